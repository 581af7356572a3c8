// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/suites.h"

#include "core/metrics/histogram.h"
#include "core/quant/quantize.h"
#include "core/quant/ranges/observer.h"

#include <chrono>
#include <cmath>
#include <memory>
#include <numbers>
#include <thread>

namespace quantoscope::bench {

namespace {

constexpr std::size_t side = 4096;

std::uint64_t mix(std::uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/// Gauss by Box and Muller from a counter (SplitMix64); every channel is another stretch of 2^20 of them.
std::vector<float> gaussian()
{
    constexpr std::size_t period = 1 << 20;
    std::vector<float> values(side * side);
    for (std::size_t i = 0; i < period; i += 2) {
        const std::uint64_t bits = mix((i + 1) * 0x9e3779b97f4a7c15);
        const double radius = std::sqrt(-2 * std::log((static_cast<double>(bits >> 32) + 0.5) * 0x1p-32));
        const double angle = 2 * std::numbers::pi * static_cast<double>(bits & 0xffffffff) * 0x1p-32;
        values[i] = static_cast<float>(radius * std::cos(angle));
        values[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    for (std::size_t i = period; i < values.size(); ++i)
        values[i] = values[(i * 5 + i / period) % period];
    return values;
}

} // namespace

std::vector<Timed> rangeSuite()
{
    const auto floats = std::make_shared<const std::vector<float>>(gaussian());
    const ChannelMajor values{*floats, side, side, 0, floats};
    const char* const base = "ranges: histogram, 2048 bins";
    const double bytes = static_cast<double>(floats->size() * sizeof(float));
    std::vector<Timed> suite = {{Row{base, "", Goal::None, 0, bytes}, [values] {
                                     benchmark::DoNotOptimize(histogram(values.values, -6, 6, 2048));
                                 }}};
    // A goal is a number of histogram passes and 20 ms for what does not grow with the tensor: its row runs just that.
    const auto passes = [](int count) {
        return "ranges: " + std::to_string(count) + " histogram passes + 20 ms";
    };
    for (const int count : {3, 4, 6})
        suite.push_back({Row{passes(count), "", Goal::None, 0, 0}, [values, count] {
                             for (int i = 0; i < count; ++i)
                                 benchmark::DoNotOptimize(histogram(values.values, -6, 6, 2048));
                             std::this_thread::sleep_for(std::chrono::milliseconds(20));
                         }});
    const auto add = [&](const char* scheme, int count) {
        const Goal goal = count > 0 ? Goal::AtMost : Goal::None;
        suite.push_back(
            {Row{std::string("ranges: ") + scheme, count > 0 ? passes(count) : base, goal, 1, bytes},
             [values, parsed = parseScheme(scheme)] {
                 benchmark::DoNotOptimize(estimateRanges(values, parsed));
             }});
    };
    add("bits=8,range=mse,granularity=tensor", 3);
    add("bits=4,range=mse,granularity=tensor", 3);
    add("bits=8,range=mse,granularity=channel", 6);
    add("bits=4,range=mse,granularity=channel", 6);
    add("bits=4,range=mse,granularity=group:128", 0);
    add("bits=4,range=mse,granularity=group:32", 0);
    add("bits=8,grid=zero-point,range=mse,granularity=channel", 0);
    add("bits=4,grid=offset,range=mse,granularity=group:128", 0);
    add("bits=8,range=entropy,granularity=tensor", 4);
    add("bits=8,range=entropy,granularity=channel", 0);
    add("bits=8,range=aciq,granularity=channel", 0);
    add("bits=8,range=sigma:3,granularity=channel", 0);
    suite.push_back({Row{"ranges: stream, bits=8,range=mse", base, Goal::None, 0, bytes}, [values] {
                         RangeObserver observer(parseScheme("bits=8,range=mse"));
                         for (std::size_t i = 0; i < side; ++i)
                             observer.add(values.values.subspan(i * side, side));
                         benchmark::DoNotOptimize(observer.range());
                     }});
    return suite;
}

} // namespace quantoscope::bench
