// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/timing/measure.h"

#include "core/support/error.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace quantoscope {

namespace {

using std::chrono::nanoseconds;

nanoseconds steadyNow()
{
    return std::chrono::duration_cast<nanoseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

/// About 50 µs at 3 GHz: long beside the clock's own cost, short beside a round.
void dependentAdditions()
{
    std::uint64_t sum = 1;
    for (int i = 0; i < 150'000; ++i) {
        sum += sum;
        asm volatile("" : "+r"(sum)); // or the compiler makes one shift of all
    }
}

double secondsOf(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

class Rounds
{
public:
    Rounds(std::span<const Candidate> candidates, const MeasureOptions& options, std::stop_token stop)
        : m_candidates(candidates), m_options(options), m_stop(std::move(stop)),
          m_now(options.clock ? options.clock : steadyNow),
          m_probe(options.driftProbe ? options.driftProbe : dependentAdditions)
    {
    }

    Measurement run()
    {
        const nanoseconds start = m_now();
        m_result.threads = m_options.threads;
        m_firstProbe = probe();
        for (const Candidate& candidate : m_candidates)
            m_result.timings.push_back(warmedUp(candidate));
        nanoseconds longest{0};
        while (m_result.rounds < m_options.rounds) {
            const nanoseconds roundStart = m_now();
            if (m_result.rounds > 0 && roundStart - start + longest > m_options.budget)
                break;
            round();
            longest = std::max(longest, m_now() - roundStart);
            if (m_options.onRound)
                m_options.onRound(m_result);
        }
        return m_result;
    }

private:
    nanoseconds timeOf(const Candidate& candidate, std::size_t calls)
    {
        const nanoseconds start = m_now();
        for (std::size_t i = 0; i < calls; ++i) {
            throwIfStopped(m_stop);
            if (candidate.rotate)
                candidate.rotate();
            candidate.call();
        }
        return m_now() - start;
    }

    /// Doubles the calls until a sample is long enough: with so few doublings the early calls, slow from cold caches, end up in
    /// no sample.
    Timing warmedUp(const Candidate& candidate)
    {
        constexpr std::size_t most = std::size_t{1} << 24; // a call that takes no time at all
        std::size_t calls = 1;
        nanoseconds total{0};
        for (;;) {
            const nanoseconds time = timeOf(candidate, calls);
            total += time;
            if (time < m_options.sample && calls < most)
                calls *= 2;
            else if (total >= m_options.warmUp || calls >= most)
                break;
        }
        return {candidate.name, static_cast<bool>(candidate.rotate), calls, {}, {}, {}, false};
    }

    void round()
    {
        for (std::size_t i = 0; i < m_candidates.size(); ++i) {
            Timing& timing = m_result.timings[i];
            const nanoseconds time = timeOf(m_candidates[i], timing.callsPerSample);
            timing.samples.push_back(secondsOf(time) / static_cast<double>(timing.callsPerSample));
        }
        ++m_result.rounds;
        m_result.complete = m_result.rounds == m_options.rounds;
        const double change = secondsOf(probe()) / secondsOf(m_firstProbe) - 1;
        m_result.frequencyDrift = std::max(m_result.frequencyDrift, std::abs(change));
        for (Timing& timing : m_result.timings)
            summarize(timing);
    }

    void summarize(Timing& timing) const
    {
        timing.seconds = spreadOf(timing.samples);
        timing.speed = pairedRatio(m_result.timings[m_options.base], timing);
        timing.noisy = timing.samples.size() < fewestSamples
                       || timing.seconds.high95 - timing.seconds.low95 > noisyWidth * timing.seconds.median;
    }

    /// The best of three: an interruption is no change of frequency.
    nanoseconds probe()
    {
        nanoseconds best = nanoseconds::max();
        for (int i = 0; i < 3; ++i) {
            const nanoseconds start = m_now();
            m_probe();
            best = std::min(best, m_now() - start);
        }
        return std::max(best, nanoseconds(1));
    }

    std::span<const Candidate> m_candidates;
    const MeasureOptions& m_options;
    std::stop_token m_stop;
    std::function<nanoseconds()> m_now;
    std::function<void()> m_probe;
    nanoseconds m_firstProbe{1};
    Measurement m_result;
};

} // namespace

Measurement measure(std::span<const Candidate> candidates, const MeasureOptions& options,
                    std::stop_token stop)
{
    if (options.rounds == 0)
        throw Error(ErrorCode::InvalidArgument, "A measurement needs at least one round; 0 were asked for.");
    if (!candidates.empty() && options.base >= candidates.size())
        throw Error(ErrorCode::InvalidArgument, "Candidate " + std::to_string(options.base)
                                                    + " is to be compared with, but there are only "
                                                    + std::to_string(candidates.size()) + ".");
    for (const Candidate& candidate : candidates)
        if (!candidate.call)
            throw Error(ErrorCode::InvalidArgument, "There is nothing to call.", candidate.name);
    return Rounds(candidates, options, std::move(stop)).run();
}

Spread pairedRatio(const Timing& numerator, const Timing& denominator)
{
    std::vector<double> ratios;
    const std::size_t rounds = std::min(numerator.samples.size(), denominator.samples.size());
    for (std::size_t i = 0; i < rounds; ++i)
        if (denominator.samples[i] > 0)
            ratios.push_back(numerator.samples[i] / denominator.samples[i]);
    return spreadOf(std::move(ratios));
}

} // namespace quantoscope
