// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/suites.h"

#include "core/metrics/histogram.h"
#include "core/metrics/valuestats.h"
#include "core/quant/measure.h"
#include "core/quant/quantize.h"

#include <cmath>
#include <memory>
#include <numbers>

namespace quantoscope::bench {

namespace {

constexpr std::size_t channels = 4096;
constexpr std::size_t perChannel = 16384;
constexpr std::size_t count = channels * perChannel; // 256 MiB of floats: far beyond every cache

std::uint64_t mix(std::uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/// Gauss by Box and Muller from a counter (SplitMix64); the first 2^20 values repeat with a shift, which no
/// branch predictor can learn and which takes milliseconds instead of seconds.
std::vector<float> gaussian()
{
    constexpr std::size_t period = 1 << 20;
    std::vector<float> values(count);
    for (std::size_t i = 0; i < period; i += 2) {
        const std::uint64_t bits = mix((i + 1) * 0x9e3779b97f4a7c15);
        const double radius = std::sqrt(-2 * std::log((static_cast<double>(bits >> 32) + 0.5) * 0x1p-32));
        const double angle = 2 * std::numbers::pi * static_cast<double>(bits & 0xffffffff) * 0x1p-32;
        values[i] = static_cast<float>(radius * std::cos(angle));
        values[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    for (std::size_t i = period; i < count; ++i)
        values[i] = values[(i * 5 + i / period) % period];
    return values;
}

struct Data
{
    std::shared_ptr<const std::vector<float>> floats = std::make_shared<std::vector<float>>(gaussian());
    ChannelMajor values{*floats, channels, perChannel, 0, floats};
};

ParamSets paramsOf(const Data& data, const char* schemeText)
{
    const Scheme scheme = parseScheme(schemeText);
    return makeParamSets(scheme, layoutFor(scheme, data.values), estimateRanges(data.values, scheme));
}

std::function<void()> errorPass(std::shared_ptr<const Data> data, const char* schemeText, PassOptions options)
{
    options.extremes = extremes(data->values.values); // known to the engine, which finds them once per layer
    return [data, params = paramsOf(*data, schemeText), options] {
        benchmark::DoNotOptimize(measureError(data->values, params, options));
    };
}

} // namespace

std::vector<Timed> streamingSuite()
{
    const auto data = std::make_shared<const Data>();
    const std::span<const float> floats = *data->floats;
    const std::span words(reinterpret_cast<const std::uint64_t*>(floats.data()), count / 2);
    const double bytes = count * sizeof(float);
    const auto row = [&](const char* name, double limit) {
        return Row{name, "streaming read", limit > 0 ? Goal::AtLeast : Goal::None, limit, bytes};
    };
    const PassOptions fast{.full = false, .codeCounts = false, .extremes = {}};
    const char* const perTensor = "bits=8,granularity=tensor";
    const char* const perChannelText = "bits=8,granularity=channel";
    return {
        {Row{"streaming read", "", Goal::None, 0, bytes},
         [data, words] { benchmark::DoNotOptimize(streamingRead(words)); }},
        {row("min and max", 0.9), [data, floats] { benchmark::DoNotOptimize(extremes(floats)); }},
        {row("quantize + error, tensor", 0.55), errorPass(data, perTensor, fast)},
        {row("quantize + error, channel", 0.55), errorPass(data, perChannelText, fast)},
        {row("quantize + error, group:32", 0), errorPass(data, "bits=4,granularity=group:32", fast)},
        {row("all metrics, tensor", 0), errorPass(data, perTensor, PassOptions{})},
        {row("all metrics, channel", 0), errorPass(data, perChannelText, PassOptions{})},
        {row("histogram, 2048 bins", 0.3),
         [data, floats] { benchmark::DoNotOptimize(histogram(floats, -6, 6, 2048)); }},
    };
}

} // namespace quantoscope::bench
