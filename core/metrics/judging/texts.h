// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/bootstrap.h"

#include <cstdint>

namespace quantoscope {

/// Greedy reading of a CTC output [time, classes]: the top class of each step (ties: the lowest), runs collapsed, blanks dropped.
/// Source: Graves et al., Connectionist Temporal Classification, ICML 2006, sec. 3.2 (best path decoding).
std::vector<std::uint32_t> greedyText(std::span<const float> values, std::size_t classes,
                                      std::uint32_t blank = 0);

/// Fewest insertions, deletions and substitutions (Levenshtein). Time and memory: product and minimum of the lengths.
std::size_t editDistance(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

/// How well texts are kept.
struct TextStats
{
    Proportion equal; ///< same text, higher is better
    double editDistance =
        0; ///< mean over samples of distance / length of the longer, 0 … 1, lower is better; NaN without samples
    Bounds editCi95; ///< bootstrapMean()
};

/// Sample by sample: a float network's text against the quantized one's, or the true text against either. One thread.
class TextSum
{
public:
    void add(std::span<const std::uint32_t> expected, std::span<const std::uint32_t> read);
    TextStats result(const BootstrapOptions& options = {}, std::stop_token stop = {}) const;

private:
    std::uint64_t m_equal = 0;
    std::vector<double> m_distances;
};

} // namespace quantoscope
