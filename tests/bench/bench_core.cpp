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

/// A layer of 4096 × 4096 weights under 1 … 16 bits, and a piece of it that stays in the cache.
struct Widths
{
    Widths(std::shared_ptr<const Data> all, const char* granularity) : data(std::move(all))
    {
        for (int bits = 1; bits <= 16; ++bits) {
            const Scheme scheme =
                parseScheme("bits=" + std::to_string(bits) + ",grid=zero-point,granularity=" + granularity);
            for (const bool small : {false, true}) {
                const ChannelMajor& values = small ? piece : layer;
                auto& params = small ? pieceParams : layerParams;
                params.push_back(
                    makeParamSets(scheme, layoutFor(scheme, values), estimateRanges(values, scheme)));
            }
        }
        for (const ParamSets& params : layerParams)
            pointers.push_back(&params);
    }
    void together() const { benchmark::DoNotOptimize(measureErrors(layer, pointers, fast(layerRange))); }
    /// As many elements as together(), each width alone, nothing from memory.
    void inCache() const
    {
        for (std::size_t done = 0; done < layer.values.size(); done += piece.values.size())
            for (const ParamSets& params : pieceParams)
                benchmark::DoNotOptimize(measureError(piece, params, fast(pieceRange)));
    }
    static PassOptions fast(const Extremes& range)
    {
        return {.full = false, .codeCounts = false, .extremes = range};
    }

    static constexpr std::size_t rows = 4096;
    static constexpr std::size_t pieceRows = 16;
    std::shared_ptr<const Data> data;
    ChannelMajor layer{std::span(*data->floats).first(rows * rows), rows, rows, 0, data->floats};
    ChannelMajor piece{std::span(*data->floats).first(pieceRows * rows), pieceRows, rows, 0, data->floats};
    Extremes layerRange = extremes(layer.values), pieceRange = extremes(piece.values);
    std::vector<ParamSets> layerParams, pieceParams;
    std::vector<const ParamSets*> pointers;
};

/// Rows of one granularity: from cache, together, together on two threads.
void addWidths(std::vector<Timed>& rows, const std::shared_ptr<const Data>& data,
               const std::string& granularity)
{
    const auto widths = std::make_shared<const Widths>(data, granularity.c_str());
    const std::string together = "16 widths, " + granularity;
    const double bytes = Widths::rows * Widths::rows * sizeof(float);
    rows.push_back(
        {Row{together + ", from cache", "", Goal::None, 0, 16 * bytes}, [widths] { widths->inCache(); }});
    rows.push_back(
        {Row{together, together + ", from cache", Goal::AtMost, 1, bytes}, [widths] { widths->together(); }});
    rows.push_back({Row{together + ", 2 threads", together, Goal::AtLeast, 1.85, bytes},
                    [widths] { widths->together(); }, 2});
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
    std::vector<Timed> rows = {
        {Row{"streaming read", "", Goal::None, 0, bytes},
         [data, words] { benchmark::DoNotOptimize(streamingRead(words)); }},
        {row("min and max", 0.95), [data, floats] { benchmark::DoNotOptimize(extremes(floats)); }},
        {row("quantize + error, tensor", 0.65), errorPass(data, perTensor, fast)},
        {row("quantize + error, channel", 0.65), errorPass(data, perChannelText, fast)},
        {row("quantize + error, group:32", 0.5), errorPass(data, "bits=4,granularity=group:32", fast)},
        {row("all metrics, tensor", 0), errorPass(data, perTensor, PassOptions{})},
        {row("all metrics, channel", 0), errorPass(data, perChannelText, PassOptions{})},
        {row("histogram, 2048 bins", 0.35),
         [data, floats] { benchmark::DoNotOptimize(histogram(floats, -6, 6, 2048)); }},
    };
    // A goal only where one thread leaves memory time enough for a second.
    for (std::size_t i = 1, single = rows.size(); i < single; ++i) {
        const Row& one = rows[i].row;
        const bool computes = one.name.starts_with("all metrics") || one.name.starts_with("histogram");
        rows.push_back({Row{one.name + ", 2 threads", one.name, computes ? Goal::AtLeast : Goal::None,
                            computes ? 1.8 : 0, bytes},
                        rows[i].work, 2});
    }
    for (const char* granularity : {"tensor", "channel", "group:32"})
        addWidths(rows, data, granularity);
    return rows;
}

} // namespace quantoscope::bench
