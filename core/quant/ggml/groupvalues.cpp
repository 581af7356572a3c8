// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/ggml/groupvalues.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/ggml/groupvalues.h"
#include "core/quant/ggml/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace quantoscope::ggml::HWY_NAMESPACE {

using Signed = hn::Rebind<std::int8_t, D>;
constexpr std::size_t lookupRun = 16;

/// The levels of sixteen codes.
HWY_INLINE void lookUp(const std::uint8_t* codes, const std::int8_t* levels, std::int8_t* to)
{
#if HWY_TARGET == HWY_SCALAR
    for (std::size_t i = 0; i < lookupRun; ++i)
        to[i] = levels[codes[i]];
#else
    const hn::FixedTag<std::int8_t, lookupRun> d;
    const auto indices = hn::LoadU(d, reinterpret_cast<const std::int8_t*>(codes));
    hn::Store(hn::TableLookupBytes(hn::LoadU(d, levels), indices), d, to);
#endif
}

template <bool affine>
HWY_INLINE void storeValues(hn::Vec<Signed> factors, const Steps& steps, float* to)
{
    const D d;
    const V whole = hn::ConvertTo(d, hn::PromoteTo(DI(), factors));
    V value = hn::Mul(hn::Set(d, steps.scale), whole);
    if constexpr (affine) // else the sign of a zero is kept
        value = hn::Add(value, hn::Set(d, steps.offset));
    hn::StoreU(value, d, to);
}

template <bool affine>
void centered(const std::uint8_t* codes, std::size_t groups, std::size_t length, const Steps* steps,
              int center, float* values)
{
    const Signed d;
    const auto zero = hn::Set(d, static_cast<std::int8_t>(center)); // 128 wraps, and so does the difference
    for (std::size_t g = 0; g < groups; ++g)
        for (std::size_t i = g * length; i < (g + 1) * length; i += lanes)
            storeValues<affine>(hn::Sub(hn::LoadU(d, reinterpret_cast<const std::int8_t*>(codes) + i), zero),
                                steps[g], values + i);
}

void lookedUp(const std::uint8_t* codes, std::size_t groups, std::size_t length, const Steps* steps,
              const std::int8_t* levels, float* values)
{
    HWY_ALIGN std::int8_t found[lookupRun];
    for (std::size_t g = 0; g < groups; ++g)
        for (std::size_t first = g * length; first < (g + 1) * length; first += lookupRun) {
            lookUp(codes + first, levels, found);
            for (std::size_t i = 0; i < lookupRun; i += lanes)
                storeValues<false>(hn::LoadU(Signed(), found + i), steps[g], values + first + i);
        }
}

void groupValues(const std::uint8_t* codes, std::size_t groups, std::size_t length, const Steps* steps,
                 const CodeValues& kind, float* values)
{
    if (kind.levels != nullptr)
        lookedUp(codes, groups, length, steps, kind.levels, values);
    else if (kind.affine)
        centered<true>(codes, groups, length, steps, kind.center, values);
    else
        centered<false>(codes, groups, length, steps, kind.center, values);
}

} // namespace quantoscope::ggml::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope::ggml {

HWY_EXPORT(groupValues);

void valuesOfGroups(const std::uint8_t* codes, std::size_t groups, std::size_t length, const Steps* steps,
                    const CodeValues& kind, float* values)
{
    HWY_DYNAMIC_DISPATCH(groupValues)(codes, groups, length, steps, kind, values);
}

} // namespace quantoscope::ggml
#endif
