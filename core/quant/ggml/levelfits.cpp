// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/ggml/levelfits.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/ggml/groupfits.h"
#include "core/quant/ggml/lanes-inl.h"

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::ggml::HWY_NAMESPACE {

constexpr std::size_t groupSize = 32;

/// Which of sixteen entries belongs to a value: those of the nearest level, a middle going up.
class Picker
{
public:
#if HWY_TARGET <= HWY_AVX3 // a table of sixteen fits a vector: binary search
    static_assert(lanes == 16);
    Picker(const LevelTable& table, const float* entries) : m_entries(hn::LoadU(D(), entries))
    {
        HWY_ALIGN float next[lanes] = {};
        for (std::size_t step = 4, s = 0; step > 0; step /= 2, ++s) {
            for (std::size_t i = 0; i + step <= 15; ++i)
                next[i] = table.middles[i + step - 1];
            m_next[s] = hn::Load(D(), next);
        }
        m_central = hn::Set(D(), table.middles[7]);
    }
    HWY_INLINE V pick(V value) const
    {
        const DI di;
        const V doubled = hn::Add(value, value);
        VI index = hn::IfThenElseZero(hn::RebindMask(di, hn::Ge(doubled, m_central)), hn::Set(di, 8));
        for (int s = 0, step = 4; step > 0; step /= 2, ++s) {
            const V middle = hn::TableLookupLanes(m_next[s], hn::IndicesFromVec(D(), index));
            index = hn::Add(
                index, hn::IfThenElseZero(hn::RebindMask(di, hn::Ge(doubled, middle)), hn::Set(di, step)));
        }
        return hn::TableLookupLanes(m_entries, hn::IndicesFromVec(D(), index));
    }

private:
    V m_entries, m_central;
    V m_next[3]; ///< the middle that decides a step of 4, 2, 1 from each index
#else
    Picker(const LevelTable& table, const float* entries) : m_table(table), m_entries(entries) {}
    HWY_INLINE V pick(V value) const
    {
        const V doubled = hn::Add(value, value);
        V picked = hn::Set(D(), m_entries[0]);
        for (std::size_t i = 0; i < 15; ++i)
            picked = hn::IfThenElse(hn::Ge(doubled, hn::Set(D(), m_table.middles[i])),
                                    hn::Set(D(), m_entries[i + 1]), picked);
        return picked;
    }

private:
    const LevelTable& m_table;
    const float* m_entries;
#endif
};

/// The scales of the groups of one vector; 0 for negligible values.
HWY_INLINE V fitLanes(const Column<groupSize>& x, const Picker& levels, float lowestLevel)
{
    const D d;
    const V zero = hn::Zero(d);
    const V largest = largestOf(x);
    V scale = zero;
    V explained = zero;
    for (int n = 0; n < 16; ++n) {
        const V inverse = n == 0
                              ? hn::Div(hn::Set(d, 1.0f), hn::Div(hn::Neg(largest), hn::Set(d, lowestLevel)))
                              : hn::Div(hn::Set(d, static_cast<float>(n - 8) + lowestLevel), largest);
        V valueLevel = zero;
        V levelLevel = zero;
        for (std::size_t i = 0; i < groupSize; ++i) {
            const V value = x.get(i);
            const V level = levels.pick(hn::Mul(inverse, value));
            const V weighted = hn::Mul(hn::Mul(value, value), level);
            valueLevel = hn::Add(valueLevel, hn::Mul(weighted, value));
            levelLevel = hn::Add(levelLevel, hn::Mul(weighted, level));
        }
        M better = hn::Gt(levelLevel, zero);
        if (n > 0)
            better = hn::And(better, hn::Gt(hn::Mul(valueLevel, valueLevel), hn::Mul(explained, levelLevel)));
        scale = hn::IfThenElse(better, hn::Div(valueLevel, levelLevel), scale);
        explained = hn::IfThenElse(better, hn::Mul(scale, valueLevel), explained);
    }
    return hn::IfThenZeroElse(hn::Lt(hn::Abs(largest), hn::Set(d, negligible)), scale);
}

void fitLevels(const float* values, std::size_t groups, const LevelTable& table, float* scales)
{
    const Picker levels(table, table.levels.data());
    for (std::size_t first = 0; first < groups; first += lanes) {
        const std::size_t count = std::min(lanes, groups - first);
        Column<groupSize> x;
        x.load(values + first * groupSize, count);
        HWY_ALIGN float found[lanes];
        hn::Store(fitLanes(x, levels, table.levels[0]), D(), found);
        std::copy_n(found, count, scales + first);
    }
}

void nearestLevels(const float* values, std::size_t groups, const LevelTable& table, const float* inverses,
                   std::uint8_t* codes)
{
    constexpr float numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const Picker indices(table, numbers);
    for (std::size_t g = 0; g < groups; ++g)
        for (std::size_t i = g * groupSize; i < (g + 1) * groupSize; i += lanes) {
            const V scaled = hn::Mul(hn::Set(D(), inverses[g]), hn::LoadU(D(), values + i));
            storeBytes(hn::ConvertTo(DI(), indices.pick(scaled)), codes + i);
        }
}

} // namespace quantoscope::ggml::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope::ggml {

HWY_EXPORT(fitLevels);
HWY_EXPORT(nearestLevels);

void fitLevelsGroups(const float* values, std::size_t groups, const LevelTable& table, float* scales)
{
    HWY_DYNAMIC_DISPATCH(fitLevels)(values, groups, table, scales);
}

void nearestLevelsGroups(const float* values, std::size_t groups, const LevelTable& table,
                         const float* inverses, std::uint8_t* codes)
{
    HWY_DYNAMIC_DISPATCH(nearestLevels)(values, groups, table, inverses, codes);
}

} // namespace quantoscope::ggml
#endif
