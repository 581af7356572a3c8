// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace quantoscope {

/// Ends of a 95 % interval; NaN where there is none.
struct Bounds
{
    double low = std::numeric_limits<double>::quiet_NaN();
    double high = std::numeric_limits<double>::quiet_NaN();

    bool operator==(const Bounds&) const = default;
};

/// count / samples, 0 … 1; NaN without samples.
struct Proportion
{
    std::uint64_t count = 0;
    std::uint64_t samples = 0;

    double value() const { return static_cast<double>(count) / static_cast<double>(samples); }
    /// Wilson's score interval without continuity correction. Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
    Bounds ci95() const;
    bool operator==(const Proportion&) const = default;
};

/// Answers of two networks on the same samples.
struct PairedAnswers
{
    std::uint64_t samples = 0;
    std::uint64_t before = 0; ///< right in the first network
    std::uint64_t lost = 0;   ///< right in the first, wrong in the second
    std::uint64_t gained = 0; ///< wrong in the first, right in the second

    std::uint64_t after() const { return before - lost + gained; }
    /// Accuracy of the second less that of the first, -1 … 1; higher is better. NaN without samples.
    double difference() const;
    /// Of difference(): Newcombe's square-and-add interval for paired proportions, method 10 (Wilson ends, correlation
    /// with his continuity correction). Source: Newcombe, Statistics in Medicine 17 (1998) 2635.
    Bounds differenceCi95() const;
    bool operator==(const PairedAnswers&) const = default;
};

/// Exact two-sided p that lost and gained are equally likely: min(1, 2·P(B ≤ min(lost, gained))), B binomial(lost +
/// gained, 1/2); 1 when both are 0. Relative error below 1e-8 up to 10^7 changes.
/// Source: McNemar, Psychometrika 12 (1947) 153, in its exact form.
double mcnemarP(std::uint64_t lost, std::uint64_t gained);

/// p values of several comparisons made together, adjusted so that the chance of any false finding stays at the level they
/// are read at: the i-th smallest of m becomes the running maximum of min(1, (m - i + 1)·p). In the order given; NaN stays NaN
/// and counts for nothing. Source: Holm, Scandinavian J. of Statistics 6 (1979) 65.
std::vector<double> holmAdjusted(std::span<const double> p);

/// What a sample of this size can prove at p < 0.05, and whether it proves the drop seen.
struct Provable
{
    std::uint64_t smallestLost =
        0;                   ///< answers lost with none gained that make p < 0.05 / comparisons; 6 for one
    double smallestDrop = 0; ///< smallestLost / samples; NaN where the samples do not suffice for any
    bool proven = false;     ///< the accuracy fell and p < 0.05 / comparisons
    std::string sentence;    ///< plain English, with the numbers
};

/// `comparisons` ≥ 1: how many schemes are judged on these samples; then the level is Bonferroni's 0.05 / comparisons, the
/// first step of Holm's.
Provable provable(const PairedAnswers& answers, std::uint64_t comparisons = 1);

} // namespace quantoscope
