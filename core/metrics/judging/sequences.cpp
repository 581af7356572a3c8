// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/sequences.h"

#include "core/metrics/judging/answers.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr std::size_t fewestForError = 11;

MeanError meanOf(std::span<const double> values)
{
    const auto n = static_cast<double>(values.size());
    double sum = 0;
    for (const double value : values)
        sum += value;
    const double mean = sum / n;
    double squares = 0; // around the mean: no difference of large sums
    for (const double value : values)
        squares += (value - mean) * (value - mean);
    return {mean, values.size() < fewestForError ? 0 : std::sqrt(squares / n / (n - 1))};
}

/// The delta method: the error of e^x is e^x times that of x.
MeanError exponentialOf(const MeanError& mean)
{
    const double value = std::exp(mean.value);
    return {value, value * mean.error};
}

void refuse(std::size_t sample, const std::string& what)
{
    throw Error(ErrorCode::InvalidArgument, "sample " + std::to_string(sample) + ' ' + what);
}

} // namespace

double percentileOf(std::span<const double> sorted, double share)
{
    if (sorted.empty())
        return std::nan("");
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double part = place - static_cast<double>(below);
    if (part == 0)
        return sorted[below]; // also keeps infinities apart
    return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

void SequenceSum::add(std::size_t sample, std::span<const float> reference, std::span<const float> quantized,
                      std::span<const std::int64_t> tokens, std::size_t firstScored)
{
    const std::size_t time = tokens.size();
    if (time == 0 || reference.size() % time != 0 || reference.size() != quantized.size())
        refuse(sample, "has " + std::to_string(time) + " token ids, which do not fit outputs of "
                           + std::to_string(reference.size()) + " and " + std::to_string(quantized.size())
                           + " values: give one id for each time step");
    const std::size_t vocabulary = reference.size() / time;
    m_logP.resize(vocabulary);
    m_logQ.resize(vocabulary);
    for (std::size_t t = firstScored; t + 1 < time; ++t) {
        const std::int64_t token = tokens[t + 1];
        if (token < 0 || static_cast<std::uint64_t>(token) >= vocabulary)
            refuse(sample, "has the token id " + std::to_string(token) + " at position "
                               + std::to_string(t + 1) + ", but the network's vocabulary has "
                               + std::to_string(vocabulary)
                               + " entries: check that tokens and network belong together");
        const auto before = reference.subspan(t * vocabulary, vocabulary);
        const auto after = quantized.subspan(t * vocabulary, vocabulary);
        const bool valid = logSoftmax(before, m_kind, m_logP) && logSoftmax(after, m_kind, m_logQ);
        const auto next = static_cast<std::size_t>(token);
        const double kld = valid ? klDivergence(m_logP, m_logQ) : HUGE_VAL;
        if (!std::isfinite(kld) || !std::isfinite(m_logP[next]) || !std::isfinite(m_logQ[next])) {
            ++m_leftOut;
            continue;
        }
        m_nllBefore.push_back(-m_logP[next]);
        m_nllAfter.push_back(-m_logQ[next]);
        m_kld.push_back(kld);
        m_sameTop += topClass(before) == topClass(after);
    }
}

SequenceStats SequenceSum::result() const
{
    SequenceStats stats;
    stats.positions = m_kld.size();
    stats.leftOut = m_leftOut;
    stats.perplexityBefore = exponentialOf(meanOf(m_nllBefore));
    stats.perplexityAfter = exponentialOf(meanOf(m_nllAfter));
    std::vector<double> differences(m_kld.size());
    std::transform(m_nllAfter.begin(), m_nllAfter.end(), m_nllBefore.begin(), differences.begin(),
                   std::minus<>());
    // Its own variance is that of both less twice their covariance.
    stats.lnRatio = meanOf(differences);
    stats.ratio = exponentialOf(stats.lnRatio);
    stats.kld = meanOf(m_kld);
    std::vector<double> sorted = m_kld;
    std::sort(sorted.begin(), sorted.end());
    stats.kldMedian = percentileOf(sorted, 0.5);
    stats.kldP90 = percentileOf(sorted, 0.90);
    stats.kldP95 = percentileOf(sorted, 0.95);
    stats.kldP99 = percentileOf(sorted, 0.99);
    stats.kldMax = percentileOf(sorted, 1);
    const auto n = static_cast<double>(stats.positions);
    const double same = static_cast<double>(m_sameTop) / n;
    stats.sameTop = {same, std::sqrt(same * (1 - same) / (n - 1))};
    return stats;
}

} // namespace quantoscope
