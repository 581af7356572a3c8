// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"
#include "core/kernels/isa.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace quantoscope {

/// Weights of 1 … 8 bits as bit planes in the order in which the kernels of an instruction set read them: panels of `columns`
/// outputs, chunk after chunk as planelayout.h says. Each run of the depth is padded with codes 0 to whole steps, each panel to
/// whole chunks, the last panel to `columns` outputs. A code takes exactly its bits.
struct WeightPlanes
{
    Isa isa = Isa::Scalar;
    int bits = 8;
    int step = 2;    ///< codes summed in a lane: as TileKernel
    int columns = 0; ///< outputs of a panel: as TileKernel
    std::size_t outputs = 0;
    Depth depth;
    std::size_t panels = 0;
    std::size_t steps = 0;             ///< of a panel, runs padded
    std::size_t paddedSteps = 0;       ///< whole chunks
    std::size_t panelBytes = 0;        ///< of planes
    AlignedBuffer<std::uint8_t> bytes; ///< [panels][panelBytes]

    bool hasTable = false;
    std::array<std::int16_t, 256> table{}; ///< the integer of each code, where there is a table
    /// What the integers of decoded panels are too large by: 128 for tables in quad panels, whose entries are unsigned.
    std::int32_t shift = 0;

    std::uint64_t size() const { return bytes.size(); }
    const std::uint8_t* panel(std::size_t index) const { return bytes.data() + index * panelBytes; }
    /// Of a decoded panel: [paddedSteps][columns][step] of uint8 (step 4) or int16 (step 2).
    std::size_t decodedBytes() const { return paddedSteps * static_cast<std::size_t>(columns) * 4; }
    /// How many outputs of a panel are real.
    std::size_t columnsOf(std::size_t panel) const;
};

/// Throws Error(InvalidArgument) for weights that contradict themselves, that have more than 8 bits, or whose table does not
/// fit: quad panels hold entries in [-128, 127]. Parallel over panels; throws Cancelled.
WeightPlanes packPlanes(const CodeMatrix& weights, Isa isa, std::stop_token stop = {});

/// One panel as tile kernels read it: uint8 codes (step 4) or int16 codes (step 2), or the table's integers (+ shift).
/// `out`: decodedBytes(), aligned to 64 bytes. Thread-safe.
void decodePanel(const WeightPlanes& planes, std::size_t panel, void* out);

/// The same for the steps [firstStep, firstStep + steps), both whole chunks.
void decodeSteps(const WeightPlanes& planes, std::size_t panel, std::size_t firstStep, std::size_t steps,
                 void* out);

/// Whether planes are decoded panels already.
inline bool isPanel(const WeightPlanes& planes)
{
    return planes.bits == 8 && planes.step == 4 && !planes.hasTable;
}

/// decodePanel without copying where isPanel(); else decodes into `scratch` and returns that.
const void* panelOf(const WeightPlanes& planes, std::size_t panel, void* scratch);

} // namespace quantoscope
