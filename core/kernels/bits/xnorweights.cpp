// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnorweights.h"

#include "core/kernels/bits/xnorsigns.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <bit>

namespace quantoscope {

namespace {

void requireBinary(const CodeMatrix& weights)
{
    weights.validate();
    const auto require = [](bool holds, const char* what) {
        if (!holds)
            throw Error(ErrorCode::InvalidArgument, std::string("The binary kernel takes weights ") + what);
    };
    require(weights.bits == 1, "of one bit.");
    require(weights.table.empty(), "without a table.");
    require(!weights.grouped, "with one scale for each output.");
    require(weights.depth.depth < std::size_t{1} << 30, "of fewer than 2^30 inputs.");
}

} // namespace

XnorWeights XnorWeights::pack(const CodeMatrix& weights, Isa isa, std::stop_token stop)
{
    requireBinary(weights);
    const SignRows rows = packSigns(weights);
    XnorWeights packed;
    packed.m_kernel = &xnorKernel(isa);
    packed.m_outputs = weights.outputs;
    packed.m_depth = weights.depth;
    packed.m_words = signWords(weights.depth);
    const auto columns = static_cast<std::size_t>(packed.m_kernel->columns);
    packed.m_panels = AlignedBuffer<std::uint64_t>(packed.panels() * packed.m_words * columns);
    packed.m_ones.resize(weights.outputs * weights.depth.runs());
    for (std::size_t n = 0; n < weights.outputs; ++n) {
        const double scale = weights.scale[n];
        const double half = 0.5 * weights.factor;
        const double mean =
            scale * (half - weights.zero[n]) + (weights.offset.empty() ? 0.0 : weights.offset[n]);
        packed.m_scales.push_back(static_cast<float>(scale * half));
        packed.m_means.push_back(static_cast<float>(mean));
    }
    if (std::all_of(packed.m_means.begin(), packed.m_means.end(), [](float mean) { return mean == 0; }))
        packed.m_means.clear();
    const std::size_t runs = weights.depth.runs();
    const std::size_t wordsPerRun = (weights.depth.run + 63) / 64;
    parallelFor(
        packed.panels(),
        [&](std::size_t p) {
            std::uint64_t* panel = packed.m_panels.data() + p * packed.m_words * columns;
            for (std::size_t c = 0; c < std::min(columns, weights.outputs - p * columns); ++c) {
                const std::size_t n = p * columns + c;
                const std::uint64_t* row = rows.row(n);
                for (std::size_t w = 0; w < packed.m_words; ++w) {
                    panel[w * columns + c] = row[w];
                    packed.m_ones[n * runs + w / wordsPerRun] += std::popcount(row[w]);
                }
            }
        },
        stop);
    return packed;
}

std::size_t XnorWeights::panels() const
{
    const auto columns = static_cast<std::size_t>(m_kernel->columns);
    return (m_outputs + columns - 1) / columns;
}

const std::uint64_t* XnorWeights::panel(std::size_t index) const
{
    return m_panels.data() + index * m_words * static_cast<std::size_t>(m_kernel->columns);
}

std::size_t XnorWeights::sizeBytes() const
{
    return m_panels.size() * sizeof(std::uint64_t) + (m_scales.size() + m_means.size()) * sizeof(float);
}

} // namespace quantoscope
