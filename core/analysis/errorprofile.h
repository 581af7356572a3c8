// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/histogram.h"
#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// Error of the values whose magnitude falls into one bin.
struct MagnitudeBin
{
    std::uint64_t count = 0;
    double meanError = 0; ///< mean |e|
    double maxError = 0;  ///< max |e|
};

/// How often one level is taken.
struct LevelCount
{
    int code = 0;
    double value = 0; ///< the level where all sets share it, else in units of their scale
    std::uint64_t count = 0;
};

/// How the error of a quantized tensor is spread: over the magnitude of the values, within a step, and over the codes. Finite values alone.
struct ErrorProfile
{
    std::uint64_t elements = 0;
    double largest = 0;                   ///< max |x|: the bins of magnitudes divide [0, largest]
    std::vector<MagnitudeBin> magnitudes; ///< equal bins
    /// e/s of the values that are not clipped, equal bins over [-1, 1]; empty where steps are not even.
    std::vector<std::uint64_t> steps;
    std::uint64_t stepsInside = 0; ///< sum of `steps`: the others are clipped, or moved further than a step
    std::vector<LevelCount>
        levels; ///< ascending value; empty where the sets have books of their own, or there are more than 4096
    bool oneScale = false; ///< levels are values, not units of a scale

    double magnitudeOf(std::size_t bin) const
    {
        return largest * (static_cast<double>(bin) + 0.5) / static_cast<double>(magnitudes.size());
    }
    double stepOf(std::size_t bin) const
    {
        return -1 + 2 * (static_cast<double>(bin) + 0.5) / static_cast<double>(steps.size());
    }
};

/// One pass in pieces over all cores; the same for any thread count. Throws Cancelled.
ErrorProfile errorProfile(const ChannelMajor& values, const ParamSets& params,
                          const std::stop_token& stop = {}, std::size_t magnitudeBins = 64,
                          std::size_t stepBins = 100);

/// Histogram over [-1, 1] of every finite value divided by the largest magnitude of its own set; sets of zeros count as 0. Throws
/// Error(SchemeMismatch), Cancelled.
Histogram normalizedHistogram(const ChannelMajor& values, const Granularity& granularity, std::size_t bins,
                              const std::stop_token& stop = {});

} // namespace quantoscope
