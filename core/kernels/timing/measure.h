// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/timing/spread.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace quantoscope {

/// Work to be timed. What `call` throws ends the measurement and reaches the caller.
struct Candidate
{
    std::string name;
    std::function<void()> call;
    /// Cold: called before each call, on the clock, to point it at the next of several copies that together exceed the last cache.
    /// Empty: hot, each call finds what the one before left in the caches.
    std::function<void()> rotate = nullptr;
};

struct Timing
{
    std::string name;
    bool cold = false;
    std::size_t callsPerSample = 0;
    std::vector<double> samples; ///< seconds a call, one a round, in order
    Spread seconds;
    Spread speed;       ///< paired: time of the base / own time of the same round; > 1: faster than the base
    bool noisy = false; ///< fewer than 6 samples, or the interval is wider than noisyWidth of the median
};

/// An interval wider than this share of its median is called noisy: two candidates 5 % apart could not be told apart.
constexpr double noisyWidth = 0.10;

struct Measurement
{
    std::vector<Timing> timings; ///< in the order of the candidates
    std::size_t rounds = 0;
    bool complete = false; ///< all rounds wanted were measured; the budget ended it otherwise
    int threads = 1;       ///< as the caller states them
    /// Largest relative change of the time of a loop of additions, each waiting for the one before, against its time at the
    /// beginning: what the clock of the processor (or a neighbour on it) did meanwhile. 0.05: 5 %.
    double frequencyDrift = 0;
};

struct MeasureOptions
{
    std::size_t rounds = 9;                   ///< ≥ 1; an interval of 95 % takes 6
    std::chrono::nanoseconds sample{500'000}; ///< a sample is as many calls as last this long, or one
    std::chrono::nanoseconds warmUp{
        2'000'000}; ///< at least this long for each candidate, before anything counts
    std::chrono::nanoseconds budget{
        10'000'000'000};  ///< no round begins that would end after it, but for the first
    std::size_t base = 0; ///< candidate that the others are compared with
    int threads = 1;
    /// Called after each round with the results so far, from the calling thread.
    std::function<void(const Measurement&)> onRound;

    // For tests; empty: std::chrono::steady_clock and a loop of dependent additions.
    std::function<std::chrono::nanoseconds()> clock;
    std::function<void()> driftProbe;
};

/// Times the candidates side by side: warm-up and calibration of each, then rounds, in each of them one sample of every candidate
/// in turn, so that what disturbs the machine disturbs all. Runs in the calling thread; candidates may use others.
/// Throws Cancelled within one call of a candidate; Error(InvalidArgument) for no rounds, no call, or a base that is none.
Measurement measure(std::span<const Candidate> candidates, const MeasureOptions& options,
                    std::stop_token stop = {});

/// Paired ratios numerator / denominator of two timings of one measurement, round by round, with their own interval.
Spread pairedRatio(const Timing& numerator, const Timing& denominator);

} // namespace quantoscope
