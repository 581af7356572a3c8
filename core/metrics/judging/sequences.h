// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/softmax.h"

namespace quantoscope {

/// A mean with the standard error of independent values, √((E[x²] - E[x]²)/(n - 1)); error 0 for n ≤ 10, as in llama.cpp.
struct MeanError
{
    double value = 0;
    double error = 0;
};

/// Language statistics of a float and a quantized network over scored positions: the definitions of llama.cpp's perplexity
/// tool (tools/perplexity/perplexity.cpp, kl_divergence()). Two differences: all arithmetic is double (there the float
/// network's log-probabilities are stored in 16 bits, those below e^-16 left out), and the caller says which positions are
/// scored (there the second half of each window).
struct SequenceStats
{
    std::uint64_t positions = 0;
    std::uint64_t leftOut = 0; ///< positions with a row that is no distribution, or an infinite value
    /// exp(mean of -ln p(next token)), ≥ 1, lower is better; error by the delta method: perplexity × error of the mean
    MeanError perplexityBefore, perplexityAfter;
    MeanError lnRatio; ///< ln(after / before), paired; 0 is best
    MeanError ratio;   ///< after / before
    MeanError kld;     ///< mean over positions of Σ p·ln(p/p_q), nats, lower is better
    double kldMedian = 0, kldP90 = 0, kldP95 = 0, kldP99 = 0, kldMax = 0; ///< linear between order statistics
    MeanError
        sameTop; ///< share of positions with the same most probable token, √(p(1 - p)/(n - 1)); higher is better
};

/// Sequence by sequence; three doubles of memory a position. One thread.
class SequenceSum
{
public:
    explicit SequenceSum(OutputKind kind) : m_kind(kind) {}

    /// One sequence: [time, vocabulary] of both networks and its `time` token ids. Row t predicts token t + 1; rows
    /// firstScored … time - 2 are scored. Throws Error(InvalidArgument) for lengths that do not fit and for a token beyond the
    /// vocabulary, naming sample and position.
    void add(std::size_t sample, std::span<const float> reference, std::span<const float> quantized,
             std::span<const std::int64_t> tokens, std::size_t firstScored = 0);
    /// All NaN without positions.
    SequenceStats result() const;

private:
    OutputKind m_kind;
    std::vector<double> m_nllBefore, m_nllAfter, m_kld, m_logP, m_logQ;
    std::uint64_t m_sameTop = 0, m_leftOut = 0;
};

/// Linear between the order statistics around share·(n - 1), 0 ≤ share ≤ 1; NaN for an empty list.
double percentileOf(std::span<const double> sorted, double share);

} // namespace quantoscope
