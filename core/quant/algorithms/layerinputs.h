// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// What a layer was fed during calibration: values [samples, features] row-major, finite, not owned. One feature per
/// element of a weight channel: for a convolution the flattened (I, kH, kW) patch of one output position is one sample.
struct LayerInputs
{
    std::span<const float> values;
    std::size_t samples = 0;
    std::size_t features = 0;
};

/// Throws Error(SchemeMismatch) naming both numbers when features is not perChannel; Error(InvalidArgument) when values
/// is not samples · features long, when there are fewer than `minSamples`, and for the first value that is not finite.
void requireInputs(const LayerInputs& inputs, std::size_t perChannel, std::size_t minSamples);

/// Mean of x, and of |x|, of every column [features], in the inputs' units; sums in double in sample order, so the
/// same for any thread count. No sample: zeros. NaN spreads to its column. Throws Cancelled.
std::vector<double> columnMeans(const LayerInputs& inputs, std::stop_token stop = {});
std::vector<double> columnMeanMagnitudes(const LayerInputs& inputs, std::stop_token stop = {});

/// 1 for each column that holds any |x| > threshold [features]; NaN is not above anything. Source: Dettmers et al.,
/// LLM.int8(), arXiv 2208.07339, section 3.2 (its threshold: 6).
std::vector<std::uint8_t> outlierColumns(const LayerInputs& inputs, double threshold);

} // namespace quantoscope
