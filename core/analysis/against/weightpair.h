// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"
#include "core/tensor/channelmajor.h"

#include <limits>
#include <vector>

namespace quantoscope {

/// A layer's weight with its output channel in front, dequantized, so that transposed ones look the same.
ChannelMajor weightsByOutput(const Network& network, const Layer& layer);
/// The same of its codes; the values themselves where it is not quantized.
ChannelMajor codesByOutput(const Network& network, const Layer& layer);

/// How much two weights look alike. Equal sizes.
struct WeightLikeness
{
    double cosine = 0;
    /// Mean of the channels' absolute correlations, weighted by their variance: blind to scales, signs and zero points of channels.
    double correlation = 0;
    double best() const { return std::max(std::abs(cosine), correlation); }
};
WeightLikeness likeness(const ChannelMajor& original, const ChannelMajor& stored);

/// A stored weight against the float one it was made from. dB are NaN where nothing is lost or nothing is there.
struct WeightComparison
{
    double sqnrDb = 0;
    double worstChannelSqnrDb = 0;
    double perChannelSqnrDb = 0; ///< as many bits, symmetric, a scale for each channel
    double worstPerChannelSqnrDb = 0;
    double clippedFraction = 0;
    double clippingShare = 0;     ///< of the squared error
    double rangeRatio = 0;        ///< largest |stored| / largest |float|
    double channelRangeRatio = 0; ///< largest channel max |w| / median one
    std::size_t widestChannel = 0;
    // x̂ ≈ a·x + b in each channel, least squares:
    double shiftedSqnrDb = 0; ///< with b taken away
    double fittedSqnrDb = 0;  ///< with a and b taken away
    double shiftSteps = 0;    ///< median b, in steps
    double slope = 1;         ///< median a
};

/// `layer` is the stored one, quantized; `original` and `stored` of weightsByOutput().
WeightComparison compareWeights(const ChannelMajor& original, const ChannelMajor& stored,
                                const ChannelMajor& codes, const Weight& weight);

/// 10·log10(signal / noise); NaN where one of them is 0.
double decibels(double signal, double noise);
double medianOf(std::vector<double> values);

} // namespace quantoscope
