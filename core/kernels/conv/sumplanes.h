// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"
#include "core/kernels/output/epilogue.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// Sums of neighbouring output positions that all belong to one image: [positions][columns], rows of sums `stride` apart.
struct PositionSums
{
    const std::int32_t* acc = nullptr;
    std::size_t stride = 0;
    std::size_t positions = 0;
    std::size_t columns = 0;
    const RowTerms* rows = nullptr; ///< one a position where columns have zeros, else one; no real offset
};

/// Epilogue::toInt32 and toFloat with to[column][position], the same bits: sums are transposed in registers on their way out.
/// All factors are 1 and columns have no real offset. `toStride`: elements from plane to plane. Thread-safe.
struct SumPlanes
{
    void (*toInt32)(const PositionSums&, const ColumnTerms&, std::int32_t* to,
                    std::size_t toStride) = nullptr;
    void (*toFloat)(const PositionSums&, const ColumnTerms&, const FloatOutput&, float* to,
                    std::size_t toStride) = nullptr;
};

/// Null members where there is none for the instruction set.
const SumPlanes& sumPlanes(Isa isa);

} // namespace quantoscope
