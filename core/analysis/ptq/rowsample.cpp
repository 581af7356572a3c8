// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/rowsample.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// SplitMix64's mixing function. Source: Steele, Lea and Flood, OOPSLA 2014.
std::uint64_t mixed(std::uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

} // namespace

RowSample::RowSample(std::uint64_t seed, std::string_view name, std::size_t rows, std::size_t width)
    : m_seed(mixed(seed)), m_rows(rows), m_width(width)
{
    for (const char letter : name)
        m_seed = mixed(m_seed ^ static_cast<unsigned char>(letter));
}

std::span<float> RowSample::offer(const RowPlace& place)
{
    ++m_offered;
    const std::uint64_t number = mixed(mixed(mixed(m_seed ^ place.sample) ^ place.use) ^ place.row);
    Drawn drawn{number, place, m_drawn.size()};
    if (m_drawn.size() == m_rows) {
        if (m_rows == 0 || number >= m_drawn.front().number)
            return {};
        std::pop_heap(m_drawn.begin(), m_drawn.end());
        drawn.slot = m_drawn.back().slot;
        m_drawn.pop_back();
    } else {
        if (m_values.empty())
            m_values.reserve(m_rows * m_width); // pages are taken as rows come
        m_values.resize(m_values.size() + m_width);
    }
    m_drawn.push_back(drawn);
    std::push_heap(m_drawn.begin(), m_drawn.end());
    return std::span(m_values).subspan(drawn.slot * m_width, m_width);
}

std::vector<float> RowSample::take()
{
    std::sort(m_drawn.begin(), m_drawn.end(),
              [](const Drawn& a, const Drawn& b) { return a.place < b.place; });
    std::vector<float> rows;
    rows.reserve(m_values.size());
    for (const Drawn& drawn : m_drawn) {
        const auto row = std::span<const float>(m_values).subspan(drawn.slot * m_width, m_width);
        if (std::all_of(row.begin(), row.end(), [](float x) { return std::isfinite(x); }))
            rows.insert(rows.end(), row.begin(), row.end());
    }
    m_drawn.clear();
    m_values = {};
    return rows;
}

} // namespace quantoscope
