// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/bootstrap.h"

namespace quantoscope {

/// What the last axis of an output holds.
enum class OutputKind {
    Logits,       ///< any numbers; softmax is taken
    Probabilities ///< the network ends in a softmax of its own
};

/// Probabilities when every value lies in [0, 1] and every row of `classes` sums to 1 ± 1e-3; Logits otherwise, and when there
/// are no values. Ask it of the float network's first batch: a network keeps its kind.
OutputKind kindOf(std::span<const float> values, std::size_t classes);

/// ln p of one row, in double: x - max - ln Σe^(x - max) of logits; ln(x / Σx) of probabilities, of which an exact 0 stands for
/// 2^-149, what a float can hold above it. -inf where a logit is. False, and `out` unspecified, for a row with NaN, +inf or a
/// negative probability, or without any mass.
bool logSoftmax(std::span<const float> row, OutputKind kind, std::span<double> out);

/// Σ p·ln(p / q) in nats, ≥ 0 but for rounding; terms with p = 0 are 0. Infinite where q alone is masked by -inf.
double klDivergence(std::span<const double> logP, std::span<const double> logQ);

/// Mean over samples of Σ p·ln(p/p_q), p the float network's; a sample of several rows counts their mean.
struct KlSoftmax
{
    std::uint64_t samples = 0;
    std::uint64_t leftOut =
        0;           ///< samples with a row that is no distribution (NaN, +inf), or an infinite divergence
    double mean = 0; ///< nats, lower is better; NaN without samples
    double max = 0;
    Bounds ci95; ///< of the mean over samples, bootstrapMean()
};

/// Sample by sample; a double of memory each. One thread.
class KlSoftmaxSum
{
public:
    explicit KlSoftmaxSum(OutputKind kind) : m_kind(kind) {}
    /// One sample: rows of `classes` ≥ 1, equal lengths, a multiple of it.
    void add(std::span<const float> reference, std::span<const float> quantized, std::size_t classes);
    KlSoftmax result(const BootstrapOptions& options = {}, std::stop_token stop = {}) const;

private:
    OutputKind m_kind;
    std::vector<double> m_values, m_logP, m_logQ;
    std::uint64_t m_leftOut = 0;
};

} // namespace quantoscope
