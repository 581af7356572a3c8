// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/weights/channelprofile.h"

#include "core/quant/elementquantizer.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace quantoscope {

namespace {

constexpr double tail = 0.001; ///< p0.1 and p99.9

/// The value at share `p` of the sorted order, between its neighbours. Reorders `values`, which are finite and not empty.
float quantile(std::vector<float>& values, double p)
{
    const double position = p * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::ptrdiff_t>(position);
    std::nth_element(values.begin(), values.begin() + below, values.end());
    const double at = static_cast<double>(values[static_cast<std::size_t>(below)]);
    const double share = position - static_cast<double>(below);
    if (share == 0)
        return static_cast<float>(at);
    const double next = static_cast<double>(*std::min_element(values.begin() + below + 1, values.end()));
    return static_cast<float>(at + share * (next - at));
}

void addSpan(std::span<const float> x, ChannelSpan& span)
{
    std::vector<float> finite;
    finite.reserve(x.size());
    std::copy_if(x.begin(), x.end(), std::back_inserter(finite), [](float v) { return std::isfinite(v); });
    span.finite = finite.size();
    if (finite.empty())
        return;
    const auto [min, max] = std::minmax_element(finite.begin(), finite.end());
    span.min = *min;
    span.max = *max;
    span.low = quantile(finite, tail);
    span.high = quantile(finite, 1 - tail);
}

void addError(const ChannelMajor& values, const ParamSets& params, ChannelSpan& span)
{
    const SetLayout& layout = params.layout;
    const ElementQuantizer quantizer(values, params);
    std::vector<std::int32_t> codes(layout.length);
    std::vector<float> quantized(layout.length);
    double squares = 0;
    double errors = 0;
    std::uint64_t clipped = 0;
    const std::size_t first = span.channel * layout.perChannelSets();
    for (std::size_t set = first; set < first + layout.perChannelSets(); ++set) {
        const std::size_t count = layout.size(set);
        quantizer.quantize(set, layout.begin(set), std::span(codes).first(count),
                           std::span(quantized).first(count));
        const Interval limits = valueLimits(params, set);
        const Interval ends = valueEnds(params, set);
        span.levels = set == first
                          ? ends
                          : Interval{std::min(span.levels.lo, ends.lo), std::max(span.levels.hi, ends.hi)};
        for (std::size_t i = 0; i < count; ++i) {
            const float x = values.values[layout.begin(set) + i];
            if (!std::isfinite(x))
                continue;
            const double e = static_cast<double>(quantized[i] - x);
            squares += static_cast<double>(x) * static_cast<double>(x);
            errors += e * e;
            clipped += x < limits.lo || x > limits.hi ? 1 : 0;
        }
    }
    const double n = static_cast<double>(std::max<std::uint64_t>(span.finite, 1));
    span.mse = errors / n;
    span.clippedFraction = static_cast<double>(clipped) / n;
    span.sqnrDb = squares > 0 && errors > 0 ? 10 * std::log10(squares / errors)
                                            : std::numeric_limits<double>::quiet_NaN();
}

} // namespace

std::vector<ChannelSpan> channelProfile(const ChannelMajor& values, const ParamSets* params,
                                        std::stop_token stop)
{
    std::vector<ChannelSpan> spans(values.channels);
    // One layout set may hold many channels (per tensor): such parameters are cut by channel as well.
    std::optional<ParamSets> cut;
    if (params && params->layout.channels != values.channels) {
        cut = *params;
        cut->layout = {values.channels, values.perChannel, values.perChannel};
        cut->sets.assign(values.channels, params->sets.front());
        params = &*cut;
    }
    parallelFor(
        values.channels,
        [&](std::size_t channel) {
            ChannelSpan& span = spans[channel];
            span.channel = static_cast<std::uint32_t>(channel);
            span.sqnrDb = std::numeric_limits<double>::quiet_NaN();
            addSpan(values.values.subspan(channel * values.perChannel, values.perChannel), span);
            if (params)
                addError(values, *params, span);
        },
        stop);
    return spans;
}

std::vector<std::size_t> ordered(const std::vector<ChannelSpan>& spans, ChannelOrder order)
{
    std::vector<std::size_t> positions(spans.size());
    std::iota(positions.begin(), positions.end(), std::size_t{0});
    const auto badness = [&](std::size_t i) -> double {
        const ChannelSpan& span = spans[i];
        switch (order) {
        case ChannelOrder::Range:
            return static_cast<double>(span.magnitude());
        case ChannelOrder::Error:
            return span.mse;
        case ChannelOrder::Clipped:
            return span.clippedFraction;
        case ChannelOrder::Index:
            break;
        }
        return 0;
    };
    std::stable_sort(positions.begin(), positions.end(),
                     [&](std::size_t a, std::size_t b) { return badness(a) > badness(b); });
    return positions;
}

} // namespace quantoscope
