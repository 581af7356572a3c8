// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <algorithm>
#include <optional>

namespace quantoscope {

/// Elements of one task. Fixed: sums are combined task by task, so the split decides their last bits.
inline constexpr std::size_t elementsPerTask = 1 << 16;

/// A stretch of consecutive elements that lie in one set.
struct Stretch
{
    std::size_t set;
    std::size_t begin; ///< in ChannelMajor::values
    std::size_t count;
};

/// Consecutive sets of equal size, or a stretch of one.
struct SetBlock
{
    std::size_t firstSet;
    std::size_t begin; ///< in ChannelMajor::values
    std::size_t count; ///< of each set
    std::size_t sets;
};

/// Cuts a layout, or one set of it, into tasks of about elementsPerTask elements.
class SetTasks
{
public:
    explicit SetTasks(const SetLayout& layout, std::optional<std::size_t> onlySet = {})
        : m_layout(layout), m_first(onlySet.value_or(0)), m_last(onlySet ? *onlySet + 1 : layout.count()),
          m_setsPerTask(std::max<std::size_t>(1, elementsPerTask / std::max<std::size_t>(1, layout.length))),
          m_tasksPerSet(m_setsPerTask > 1 ? 1 : (layout.length + elementsPerTask - 1) / elementsPerTask)
    {
    }

    std::size_t count() const
    {
        if (m_layout.length == 0)
            return 0;
        return m_setsPerTask > 1 ? (m_last - m_first + m_setsPerTask - 1) / m_setsPerTask
                                 : (m_last - m_first) * m_tasksPerSet;
    }

    template <class Body>
    void forStretches(std::size_t task, Body body) const
    {
        if (m_setsPerTask > 1) {
            const std::size_t first = m_first + task * m_setsPerTask;
            const std::size_t last = std::min(m_last, first + m_setsPerTask);
            // Counted up rather than asked of the layout, which divides.
            std::size_t begin = m_layout.begin(first);
            std::size_t channelEnd = begin - begin % m_layout.perChannel + m_layout.perChannel;
            for (std::size_t s = first; s < last; ++s) {
                const std::size_t count = std::min(m_layout.length, channelEnd - begin);
                body(Stretch{s, begin, count});
                begin += count;
                if (begin == channelEnd)
                    channelEnd += m_layout.perChannel;
            }
            return;
        }
        const std::size_t set = m_first + task / m_tasksPerSet;
        const std::size_t at = task % m_tasksPerSet * elementsPerTask;
        const std::size_t size = m_layout.size(set);
        if (at < size) // the last set of a channel may be short
            body(Stretch{set, m_layout.begin(set) + at, std::min(elementsPerTask, size - at)});
    }

    /// The same elements in as few calls as there can be.
    template <class Body>
    void forBlocks(std::size_t task, Body body) const
    {
        if (m_setsPerTask == 1) {
            forStretches(task, [&](const Stretch& s) { body(SetBlock{s.set, s.begin, s.count, 1}); });
            return;
        }
        const std::size_t last = std::min(m_last, m_first + (task + 1) * m_setsPerTask);
        const bool even = m_layout.perChannel % m_layout.length == 0; // then sets go on across channels
        for (std::size_t set = m_first + task * m_setsPerTask; set < last;) {
            const std::size_t begin = m_layout.begin(set);
            const std::size_t count = m_layout.size(set);
            const std::size_t inChannel = (m_layout.perChannel - begin % m_layout.perChannel) / count;
            const std::size_t sets = even ? last - set : std::min(last - set, inChannel);
            body(SetBlock{set, begin, count, sets});
            set += sets;
        }
    }

private:
    SetLayout m_layout;
    std::size_t m_first, m_last, m_setsPerTask, m_tasksPerSet;
};

} // namespace quantoscope
