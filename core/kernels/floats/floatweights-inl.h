// SPDX-License-Identifier: GPL-3.0-or-later
// Weights of a slice as vectors of float32, once per instruction set: include after highway.h and floatdecode.h.
// at(k, v): the vector of outputs column + v · lanes at step k. No include guard: the file is read once per target.

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using WeightTag = hn::ScalableTag<float>;
using WeightIntegers = hn::RebindToSigned<WeightTag>;
using WeightVector = hn::Vec<WeightTag>;
constexpr std::size_t weightLanes = hn::MaxLanes(WeightTag());
constexpr std::size_t weightVectors = 4; ///< of one pass over a slice

template <typename Code>
HWY_INLINE hn::Vec<WeightIntegers> codesAt(const Code* codes)
{
    return hn::PromoteTo(WeightIntegers(), hn::LoadU(hn::Rebind<Code, WeightTag>(), codes));
}

/// scale · e + offset for the vectors of a pass.
template <bool offset>
class WeightSets
{
public:
    HWY_INLINE WeightSets(const FloatSlice& slice, std::size_t column)
    {
#pragma GCC unroll 4
        for (std::size_t v = 0; v < weightVectors; ++v) {
            m_scale[v] = hn::Load(WeightTag(), slice.scale + column + v * weightLanes);
            if constexpr (offset)
                m_offset[v] = hn::Load(WeightTag(), slice.offset + column + v * weightLanes);
        }
    }
    HWY_INLINE WeightVector value(WeightVector e, std::size_t v) const
    {
        const WeightVector scaled = hn::Mul(e, m_scale[v]);
        if constexpr (offset)
            return hn::Add(scaled, m_offset[v]);
        else
            return scaled;
    }

private:
    WeightVector m_scale[weightVectors];
    WeightVector m_offset[weightVectors];
};

template <typename Code, bool twice, bool offset>
class GridWeights
{
public:
    HWY_INLINE GridWeights(const FloatSlice& slice, std::size_t column)
        : m_sets(slice, column), m_codes(static_cast<const Code*>(slice.codes) + column)
    {
#pragma GCC unroll 4
        for (std::size_t v = 0; v < weightVectors; ++v)
            m_zero[v] = hn::Load(WeightIntegers(), slice.zero + column + v * weightLanes);
    }
    HWY_INLINE WeightVector at(std::size_t k, std::size_t v) const
    {
        auto code = codesAt(m_codes + k * floatColumns + v * weightLanes);
        if constexpr (twice)
            code = hn::Add(code, code);
        return m_sets.value(hn::ConvertTo(WeightTag(), hn::Sub(code, m_zero[v])), v);
    }

private:
    WeightSets<offset> m_sets;
    hn::Vec<WeightIntegers> m_zero[weightVectors];
    const Code* m_codes;
};

#if HWY_TARGET == HWY_AVX3
/// `tables` of 16 levels: two at a time by permutation, then halves chosen by the next bits of the code.
template <int tables>
HWY_INLINE WeightVector levelsAt(const float* levels, hn::Vec<WeightIntegers> code)
{
    const WeightTag d;
    if constexpr (tables == 1) {
        return WeightVector{_mm512_permutexvar_ps(code.raw, hn::Load(d, levels).raw)};
    } else if constexpr (tables == 2) {
        return WeightVector{
            _mm512_permutex2var_ps(hn::Load(d, levels).raw, code.raw, hn::Load(d, levels + 16).raw)};
    } else {
        const auto high = _mm512_test_epi32_mask(code.raw, _mm512_set1_epi32(8 * tables));
        return WeightVector{_mm512_mask_blend_ps(high, levelsAt<tables / 2>(levels, code).raw,
                                                 levelsAt<tables / 2>(levels + 8 * tables, code).raw)};
    }
}
#else
/// 0 tables: of any number of levels.
template <int tables>
HWY_INLINE WeightVector levelsAt(const float* levels, hn::Vec<WeightIntegers> code)
{
    return hn::GatherIndex(WeightTag(), levels, code);
}
#endif

template <typename Code, int tables, bool offset>
class LevelWeights
{
public:
    HWY_INLINE LevelWeights(const FloatSlice& slice, std::size_t column)
        : m_sets(slice, column), m_codes(static_cast<const Code*>(slice.codes) + column),
          m_levels(slice.levels)
    {
    }
    HWY_INLINE WeightVector at(std::size_t k, std::size_t v) const
    {
        const auto code = codesAt(m_codes + k * floatColumns + v * weightLanes);
        if constexpr (tables == 0)
            return m_sets.value(hn::GatherIndex(WeightTag(), m_levels, code), v);
        else
            return m_sets.value(levelsAt<tables>(m_levels, code), v);
    }

private:
    WeightSets<offset> m_sets;
    const Code* m_codes;
    const float* m_levels;
};

class BrainWeights
{
public:
    HWY_INLINE BrainWeights(const FloatSlice& slice, std::size_t column)
        : m_codes(static_cast<const std::uint16_t*>(slice.codes) + column)
    {
    }
    HWY_INLINE WeightVector at(std::size_t k, std::size_t v) const
    {
        return hn::BitCast(WeightTag(),
                           hn::ShiftLeft<16>(codesAt(m_codes + k * floatColumns + v * weightLanes)));
    }

private:
    const std::uint16_t* m_codes;
};

class HalfWeights
{
public:
    HWY_INLINE HalfWeights(const FloatSlice& slice, std::size_t column)
        : m_codes(static_cast<const std::uint16_t*>(slice.codes) + column)
    {
    }
    HWY_INLINE WeightVector at(std::size_t k, std::size_t v) const
    {
        const std::uint16_t* from = m_codes + k * floatColumns + v * weightLanes;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
        const hn::Rebind<hwy::float16_t, WeightTag> half;
        const hn::Rebind<std::uint16_t, WeightTag> bits;
        return hn::PromoteTo(WeightTag(), hn::BitCast(half, hn::LoadU(bits, from)));
#else // Highway's conversion makes numbers of infinities
        const WeightIntegers d;
        const auto code = codesAt(from);
        const auto sign = hn::ShiftLeft<16>(hn::And(code, hn::Set(d, 0x8000)));
        const auto magnitude = hn::ShiftLeft<13>(hn::And(code, hn::Set(d, 0x7fff)));
        const auto top = hn::Set(d, 0x0f7fffff);
        const auto special = hn::IfThenElseZero(hn::Gt(magnitude, top), hn::Set(d, 0x7f800000));
        const auto scaled = hn::Mul(hn::BitCast(WeightTag(), magnitude), hn::Set(WeightTag(), 0x1p112f));
        return hn::BitCast(WeightTag(), hn::Or(hn::Or(sign, special), hn::BitCast(d, scaled)));
#endif
    }

private:
    const std::uint16_t* m_codes;
};

class FloatWeights
{
public:
    HWY_INLINE FloatWeights(const FloatSlice& slice, std::size_t column)
        : m_values(static_cast<const float*>(slice.codes) + column)
    {
    }
    HWY_INLINE WeightVector at(std::size_t k, std::size_t v) const
    {
        return hn::Load(WeightTag(), m_values + k * floatColumns + v * weightLanes);
    }

private:
    const float* m_values;
};

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
