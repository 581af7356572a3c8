// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/floatbins.h"

#include "core/metrics/valuestats.h"

#include "core/support/parallelfor.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>

namespace quantoscope {

void FloatBins::add(std::span<const float> values)
{
    Extremes found;
    if (values.empty())
        return;
    extremesOfRuns(values, values.size(), {&found, 1});
    m_notFinite += found.nan + found.inf;
    if (found.finite == 0)
        return;
    m_ends = m_finite == 0 ? Interval{found.min, found.max}
                           : Interval{std::min(m_ends.lo, found.min), std::max(m_ends.hi, found.max)};
    m_finite += found.finite;
    std::array<std::uint64_t*, pages> counts;
    std::transform(m_pages.begin(), m_pages.end(), counts.begin(),
                   [](auto& page) { return page.empty() ? nullptr : page.data(); });
    for (const float x : values) {
        const std::uint32_t key = std::bit_cast<std::uint32_t>(x) >> droppedBits;
        const std::size_t page = key / perPage;
        if (counts[page] == nullptr) {
            if ((page & 0xff) == 0xff) // not finite
                continue;
            m_pages[page].resize(perPage);
            counts[page] = m_pages[page].data();
        }
        ++counts[page][key % perPage];
    }
}

/// One table of all bins for one thread: no look at pages for each value. Of its 4 MiB only what is counted in is touched.
class FloatBins::Counter
{
public:
    void add(std::span<const float> values)
    {
        if (!m_counts) {
            m_counts.reset(static_cast<std::uint32_t*>(std::calloc(pages * perPage, sizeof(std::uint32_t))));
            if (!m_counts)
                throw std::bad_alloc();
        }
        if (m_room < values.size())
            flush();
        m_room -= values.size();
        std::uint32_t* const counts = m_counts.get();
        for (const float x : values)
            ++counts[std::bit_cast<std::uint32_t>(x) >> droppedBits];
    }

    const FloatBins& result()
    {
        flush();
        return m_total;
    }

private:
    struct Free
    {
        void operator()(std::uint32_t* counts) const { std::free(counts); }
    };

    void flush()
    {
        for (std::size_t p = 0; m_counts && p < pages; ++p) {
            std::uint32_t* const page = m_counts.get() + p * perPage;
            if ((p & 0xff) == 0xff
                || std::all_of(page, page + perPage, [](auto count) { return count == 0; }))
                continue;
            m_total.m_pages[p].resize(perPage);
            std::transform(page, page + perPage, m_total.m_pages[p].begin(), m_total.m_pages[p].begin(),
                           std::plus<>());
            std::fill(page, page + perPage, 0u);
        }
        m_room = 0xffffffff;
    }

    std::unique_ptr<std::uint32_t, Free> m_counts;
    std::size_t m_room = 0xffffffff; ///< until a count could overflow
    FloatBins m_total;
};

FloatBins FloatBins::of(std::span<const float> values, std::stop_token stop)
{
    constexpr std::size_t perTask = 1 << 18;
    tbb::enumerable_thread_specific<Counter> parts;
    parallelFor((values.size() + perTask - 1) / perTask,
                [&](std::size_t task) {
                    const std::size_t begin = task * perTask;
                    parts.local().add(values.subspan(begin, std::min(perTask, values.size() - begin)));
                },
                std::move(stop));
    FloatBins result;
    for (Counter& part : parts)
        result.merge(part.result());
    const Extremes found = extremes(values);
    result.m_ends = {found.min, found.max};
    result.m_finite = found.finite;
    result.m_notFinite = found.nan + found.inf;
    return result;
}

void FloatBins::merge(const FloatBins& other)
{
    if (other.m_finite > 0) {
        m_ends = m_finite == 0
                     ? other.m_ends
                     : Interval{std::min(m_ends.lo, other.m_ends.lo), std::max(m_ends.hi, other.m_ends.hi)};
    }
    m_finite += other.m_finite;
    m_notFinite += other.m_notFinite;
    for (std::size_t p = 0; p < pages; ++p) {
        if (other.m_pages[p].empty())
            continue;
        m_pages[p].resize(perPage);
        std::transform(m_pages[p].begin(), m_pages[p].end(), other.m_pages[p].begin(), m_pages[p].begin(),
                       std::plus<>());
    }
}

double FloatBins::ordered(double rank, bool magnitudes) const
{
    double before = 0;
    double found = 0;
    bool done = false;
    const auto look = [&](float below, float above, std::uint64_t count) {
        const auto width = static_cast<double>(count);
        if (!done && rank < before + width) {
            // Element j of n lies at (j + 1/2)/n of the bin.
            const double share = std::min(1.0, (rank - before + 0.5) / width);
            found = below + share * (static_cast<double>(above) - static_cast<double>(below));
            done = true;
        }
        before += width;
    };
    if (magnitudes) {
        forMagnitudes(look);
        const auto largest = static_cast<double>(std::max(-m_ends.lo, m_ends.hi));
        const auto smallest = static_cast<double>(m_ends.lo > 0 ? m_ends.lo : std::max(0.0f, -m_ends.hi));
        return std::clamp(found, smallest, largest);
    }
    forBins(look);
    return std::clamp(found, static_cast<double>(m_ends.lo), static_cast<double>(m_ends.hi));
}

} // namespace quantoscope
