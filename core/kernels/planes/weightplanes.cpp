// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/planes/weightplanes.h"

#include "core/kernels/planes/depthsteps.h"
#include "core/kernels/planes/planelayout.h"
#include "core/kernels/tile.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace quantoscope {

namespace {

void requirePlanes(const CodeMatrix& weights, int step)
{
    weights.validate();
    if (weights.bits > 8)
        throw Error(ErrorCode::InvalidArgument,
                    "Bit planes hold codes of 1 to 8 bits; these have " + std::to_string(weights.bits) + ".");
    const auto fits = [](std::int16_t value) { return value >= -128 && value <= 127; };
    if (step == 4 && !std::all_of(weights.table.begin(), weights.table.end(), fits))
        throw Error(ErrorCode::InvalidArgument,
                    "A table of levels for int8 products holds integers in [-128, 127].");
}

/// Some steps of a panel as bytes [steps][columns][step], one code a byte.
void gatherCodes(const CodeMatrix& weights, const WeightPlanes& planes, std::size_t panel,
                 const std::vector<DepthStep>& steps, std::size_t firstStep, std::size_t count,
                 std::uint8_t* out)
{
    const auto columns = static_cast<std::size_t>(planes.columns);
    const auto codes = static_cast<std::size_t>(planes.step);
    std::memset(out, 0, count * columns * codes);
    const std::size_t end = std::min(firstStep + count, steps.size());
    for (std::size_t column = 0; column < planes.columnsOf(panel); ++column) {
        const std::uint16_t* from = weights.codes.data() + (panel * columns + column) * weights.depth.depth;
        std::uint8_t* to = out + column * codes;
        for (std::size_t step = firstStep; step < end; ++step, to += columns * codes)
            for (int i = 0; i < steps[step].count; ++i)
                to[i] = static_cast<std::uint8_t>(from[steps[step].first + static_cast<std::size_t>(i)]);
    }
}

/// One vector of a plane: the fields of `codes`, [fields][bytes], beside each other.
void mergeFields(const std::uint8_t* codes, std::size_t bytes, int width, int position, std::uint8_t* out)
{
    const std::uint32_t mask = ((1U << width) - 1U) * 0x01010101U;
    for (std::size_t i = 0; i < bytes; i += 4) {
        std::uint32_t merged = 0;
        for (int field = 0; field < 8 / width; ++field) {
            std::uint32_t four;
            std::memcpy(&four, codes + static_cast<std::size_t>(field) * bytes + i, 4);
            merged |= ((four >> position) & mask) << (field * width);
        }
        std::memcpy(out + i, &merged, 4);
    }
}

void packPanel(const CodeMatrix& weights, const std::vector<DepthStep>& steps, std::size_t panel,
               WeightPlanes& planes)
{
    const PlaneLayout layout = planeLayout(planes.bits);
    const auto vector = static_cast<std::size_t>(planes.columns * planes.step);
    const auto chunkSteps = static_cast<std::size_t>(layout.chunkSteps);
    // About 8 KiB of codes at once stay in the first cache.
    const std::size_t blockSteps = std::max<std::size_t>(8192 / vector, 8) / 8 * 8;
    std::vector<std::uint8_t> codes(blockSteps * vector);
    std::uint8_t* out = planes.bytes.data() + panel * planes.panelBytes;
    for (std::size_t first = 0; first < planes.paddedSteps; first += blockSteps) {
        const std::size_t count = std::min(blockSteps, planes.paddedSteps - first);
        gatherCodes(weights, planes, panel, steps, first, count, codes.data());
        for (std::size_t step = 0; step < count; step += chunkSteps) {
            for (std::size_t plane = 0; plane < static_cast<std::size_t>(layout.planes); ++plane) {
                const auto fields = static_cast<std::size_t>(8 / layout.width[plane]);
                for (std::size_t at = 0; at < chunkSteps; at += fields, out += vector)
                    mergeFields(codes.data() + (step + at) * vector, vector, layout.width[plane],
                                layout.position[plane], out);
            }
        }
    }
}

} // namespace

std::size_t WeightPlanes::columnsOf(std::size_t panel) const
{
    const auto wide = static_cast<std::size_t>(columns);
    return std::min(wide, outputs - panel * wide);
}

WeightPlanes packPlanes(const CodeMatrix& weights, Isa isa, std::stop_token stop)
{
    const TileKernel& kernel = tileKernel(isa);
    requirePlanes(weights, kernel.step);
    WeightPlanes planes;
    planes.isa = isa;
    planes.bits = weights.bits;
    planes.step = kernel.step;
    planes.columns = kernel.columns;
    planes.outputs = weights.outputs;
    planes.depth = weights.depth;
    if (!weights.table.empty()) {
        planes.hasTable = true;
        planes.shift = kernel.step == 4 ? 128 : 0;
        std::copy(weights.table.begin(), weights.table.end(), planes.table.begin());
    }
    const PlaneLayout layout = planeLayout(weights.bits);
    const auto wide = static_cast<std::size_t>(kernel.columns);
    const auto chunkSteps = static_cast<std::size_t>(layout.chunkSteps);
    const std::vector<DepthStep> steps = depthSteps(weights.depth, kernel.step);
    planes.panels = (weights.outputs + wide - 1) / wide;
    planes.steps = steps.size();
    const std::size_t chunks = (planes.steps + chunkSteps - 1) / chunkSteps;
    planes.paddedSteps = chunks * chunkSteps;
    planes.panelBytes = chunks * static_cast<std::size_t>(layout.chunkVectors * kernel.columns * kernel.step);
    planes.bytes = AlignedBuffer<std::uint8_t>(planes.panels * planes.panelBytes);
    parallelFor(
        planes.panels, [&](std::size_t panel) { packPanel(weights, steps, panel, planes); }, stop);
    return planes;
}

} // namespace quantoscope
