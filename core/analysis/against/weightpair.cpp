// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/weightpair.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

ChannelMajor byOutput(const FloatArray& values, const Network& network, const Layer& layer)
{
    return channelMajor(values, network.weightOf(layer).data.shape, layer.channelAxis);
}

/// Least squares of x̂ on x in one channel.
struct Fit
{
    double a = 1, b = 0;
    double noise = 0, shifted = 0, fitted = 0; ///< Σ(x̂ - x)², without the shift, without slope and shift
    double signal = 0;
    double correlation = 0, variance = 0;
};

Fit fitChannel(std::span<const float> x, std::span<const float> y)
{
    double sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    Fit fit;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double u = static_cast<double>(x[i]), v = static_cast<double>(y[i]);
        sx += u;
        sy += v;
        sxx += u * u;
        sxy += u * v;
        syy += v * v;
        fit.noise += (v - u) * (v - u);
    }
    const double n = static_cast<double>(x.size());
    const double varX = sxx - sx * sx / n, varY = syy - sy * sy / n, covariance = sxy - sx * sy / n;
    fit.signal = sxx;
    fit.variance = std::max(varX, 0.0);
    const double shift = (sy - sx) / n;
    fit.shifted = std::max(0.0, fit.noise - n * shift * shift);
    fit.a = varX > 0 ? covariance / varX : 1;
    fit.b = (sy - fit.a * sx) / n;
    fit.fitted = varX > 0 ? std::max(0.0, varY - covariance * covariance / varX) : fit.shifted;
    if (varX > 0 && varY > 0)
        fit.correlation = covariance / std::sqrt(varX * varY);
    return fit;
}

double maxMagnitude(std::span<const float> values)
{
    double most = 0;
    for (const float value : values)
        most = std::max(most, std::abs(static_cast<double>(value)));
    return most;
}

double symmetricNoise(std::span<const float> x, int bits)
{
    const double scale = maxMagnitude(x) / std::max(1, (1 << (bits - 1)) - 1);
    double noise = 0;
    for (const float value : x) {
        const double real = static_cast<double>(value);
        const double error = scale > 0 ? std::nearbyint(real / scale) * scale - real : 0;
        noise += error * error;
    }
    return noise;
}

/// Zero point of the weight's sets where there is one for all; the middle code elsewhere matters for a tolerance only.
double commonZero(const StoredQuantization& stored)
{
    if (stored.zeroPoints.empty())
        return 0;
    return stored.zeroPoints.front();
}

/// Elements beyond the outermost levels, and their squared error.
void addClipping(std::span<const float> x, std::span<const float> y, std::span<const float> codes,
                 const StoredQuantization& stored, double& count, double& noise)
{
    const double lowest = stored.isSigned ? -(1 << (stored.bits - 1)) : 0;
    const double highest = stored.isSigned ? (1 << (stored.bits - 1)) - 1 : (1 << stored.bits) - 1;
    const double zero = commonZero(stored);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double code = static_cast<double>(codes[i]);
        const double level = static_cast<double>(y[i]), error = static_cast<double>(x[i]) - level;
        const double step = code == zero ? 0 : std::abs(level / (code - zero));
        // Restricted grids end one code above the lowest.
        const bool above = code == highest && error > 0.501 * step;
        const bool below = code <= lowest + 1 && error < -0.501 * step;
        if (step > 0 && (above || below)) {
            ++count;
            noise += error * error;
        }
    }
}

double stepOf(const StoredQuantization& stored, std::size_t channel, std::size_t channels)
{
    if (stored.scales.empty())
        return 1;
    return static_cast<double>(stored.scales[stored.scales.size() == channels ? channel : 0]);
}

} // namespace

double decibels(double signal, double noise)
{
    return signal > 0 && noise > 0 ? 10 * std::log10(signal / noise) : std::nan("");
}

double medianOf(std::vector<double> values)
{
    if (values.empty())
        return std::nan("");
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

ChannelMajor weightsByOutput(const Network& network, const Layer& layer)
{
    return byOutput(valuesOf(network.weightOf(layer)), network, layer);
}

ChannelMajor codesByOutput(const Network& network, const Layer& layer)
{
    return byOutput(floatsOf(network.weightOf(layer).data), network, layer);
}

WeightLikeness likeness(const ChannelMajor& original, const ChannelMajor& stored)
{
    double xx = 0, yy = 0, xy = 0, weighted = 0, variance = 0;
    const std::size_t length = original.perChannel;
    for (std::size_t c = 0; c < original.channels; ++c) {
        const auto x = original.values.subspan(c * length, length),
                   y = stored.values.subspan(c * length, length);
        for (std::size_t i = 0; i < length; ++i) {
            const double u = static_cast<double>(x[i]), v = static_cast<double>(y[i]);
            xx += u * u;
            yy += v * v;
            xy += u * v;
        }
        const Fit fit = fitChannel(x, y);
        weighted += fit.variance * std::abs(fit.correlation);
        variance += fit.variance;
    }
    WeightLikeness result;
    result.cosine = xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
    // Two values always correlate: short channels say nothing.
    result.correlation = variance > 0 && length >= 4 ? weighted / variance : 0;
    return result;
}

WeightComparison compareWeights(const ChannelMajor& original, const ChannelMajor& stored,
                                const ChannelMajor& codes, const Weight& weight)
{
    WeightComparison result;
    const StoredQuantization& quantization = *weight.stored;
    const std::size_t length = original.perChannel, channels = original.channels;
    double signal = 0, noise = 0, shifted = 0, fitted = 0, ours = 0, clipped = 0, clipping = 0;
    std::vector<double> shifts, slopes, ranges;
    double worst = std::nan(""), worstOurs = std::nan("");
    for (std::size_t c = 0; c < channels; ++c) {
        const auto x = original.values.subspan(c * length, length),
                   y = stored.values.subspan(c * length, length);
        const Fit fit = fitChannel(x, y);
        const double channelNoise = symmetricNoise(x, quantization.bits);
        signal += fit.signal;
        noise += fit.noise;
        shifted += fit.shifted;
        fitted += fit.fitted;
        ours += channelNoise;
        worst = std::fmin(worst, decibels(fit.signal, fit.noise));
        worstOurs = std::fmin(worstOurs, decibels(fit.signal, channelNoise));
        slopes.push_back(fit.a);
        shifts.push_back(fit.b / stepOf(quantization, c, channels));
        ranges.push_back(maxMagnitude(x));
        if (!quantization.isFloat)
            addClipping(x, y, codes.values.subspan(c * length, length), quantization, clipped, clipping);
    }
    result.sqnrDb = decibels(signal, noise);
    result.worstChannelSqnrDb = worst;
    result.perChannelSqnrDb = decibels(signal, ours);
    result.worstPerChannelSqnrDb = worstOurs;
    result.clippedFraction = clipped / static_cast<double>(original.values.size());
    result.clippingShare = noise > 0 ? clipping / noise : 0;
    result.rangeRatio = maxMagnitude(stored.values) / maxMagnitude(original.values);
    const auto widest = std::max_element(ranges.begin(), ranges.end());
    result.widestChannel = static_cast<std::size_t>(widest - ranges.begin());
    result.channelRangeRatio = *widest / medianOf(ranges);
    result.shiftedSqnrDb = decibels(signal, shifted);
    result.fittedSqnrDb = decibels(signal, fitted);
    result.shiftSteps = medianOf(shifts);
    result.slope = medianOf(slopes);
    return result;
}

} // namespace quantoscope
