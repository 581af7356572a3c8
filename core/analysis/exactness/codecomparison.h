// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <cstdint>
#include <functional>
#include <span>

namespace quantoscope {

/// How the codes of two computations of the same values compare. Every pair of codes lies in one class.
struct ExactnessCounts
{
    std::uint64_t identical = 0;
    std::uint64_t nearTie = 0;   ///< ±1, and the exact value lies within ε of the middle between two codes
    std::uint64_t oneOff = 0;    ///< ±1 otherwise
    std::uint64_t further = 0;   ///< more than 1
    std::uint64_t saturated = 0; ///< beyond the codes in one of the two only

    std::uint64_t total() const { return identical + nearTie + oneOff + further + saturated; }
    ExactnessCounts& operator+=(const ExactnessCounts& other);
    bool operator==(const ExactnessCounts&) const = default;
};

/// Codes of real values: clamp(nearest(y / scale) + zeroPoint, 0, 255), ties to even.
struct OutputCodes
{
    double scale = 1;
    std::int32_t zeroPoint = 0;
    static constexpr std::int64_t min = 0;
    static constexpr std::int64_t max = 255;
};

/// Eight bits, asymmetric, 0 in the range: the grid zero-point of the engine.
OutputCodes outputCodes(const Interval& range);

/// What the value should have been, and how far arithmetic in float32 may move it, in real units.
struct ExactValue
{
    double value = 0;
    double epsilon = 0;
};

struct CodeComparison
{
    ExactnessCounts counts;
    std::int64_t worst = 0; ///< largest difference of two clamped codes
};

/// `exact(i)` is asked where codes differ by 1; none: no such pair is near a tie. A value that is no number in one of the two alone counts as
/// `further`, in both as identical; infinities saturate. The spans have one length. Calls `exact` in order, from this thread.
CodeComparison compareCodes(std::span<const float> a, std::span<const float> b, const OutputCodes& codes,
                            const std::function<ExactValue(std::size_t)>& exact = {});

} // namespace quantoscope
