// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/texts.h"

#include "core/metrics/judging/answers.h"

#include <algorithm>
#include <numeric>

namespace quantoscope {

std::vector<std::uint32_t> greedyText(std::span<const float> values, std::size_t classes, std::uint32_t blank)
{
    std::vector<std::uint32_t> text;
    std::size_t previous = blank;
    for (std::size_t step = 0; classes > 0 && step + classes <= values.size(); step += classes) {
        const std::size_t top = topClass(values.subspan(step, classes));
        if (top != previous && top != blank && top != noAnswer)
            text.push_back(static_cast<std::uint32_t>(top));
        previous = top;
    }
    return text;
}

std::size_t editDistance(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b)
{
    if (a.size() < b.size())
        std::swap(a, b);
    std::vector<std::size_t> row(b.size() + 1); // row[j]: distance of the first i of a to the first j of b
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

void TextSum::add(std::span<const std::uint32_t> expected, std::span<const std::uint32_t> read)
{
    const std::size_t distance = quantoscope::editDistance(expected, read);
    const std::size_t longer = std::max({expected.size(), read.size(), std::size_t{1}});
    m_equal += distance == 0;
    m_distances.push_back(static_cast<double>(distance) / static_cast<double>(longer));
}

TextStats TextSum::result(const BootstrapOptions& options, std::stop_token stop) const
{
    TextStats stats;
    stats.equal = {m_equal, m_distances.size()};
    stats.editDistance = std::accumulate(m_distances.begin(), m_distances.end(), 0.0)
                         / static_cast<double>(m_distances.size());
    stats.editCi95 = bootstrapMean(m_distances, options, std::move(stop));
    return stats;
}

} // namespace quantoscope
