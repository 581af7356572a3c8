// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/ranges/phasepass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/ranges/phasepass.h"
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t block = 2048; // sums of squares up to 2^20 fit 32 bits
constexpr int droppedBits = 5;

#if HWY_TARGET == HWY_SCALAR // has no vectors of 16-bit integers

std::size_t split(const float* values, std::size_t count, float cut, float* inner, float* outer)
{
    std::size_t outside = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const bool inside = std::abs(values[i]) <= cut;
        inner[i] = inside ? values[i] : 0.0f;
        if (!inside)
            outer[outside++] = values[i];
    }
    return outside;
}

void addBlock(const float* values, std::size_t count, const StepRow& row, std::size_t trials,
              std::uint64_t* sums)
{
    const auto perPhase = static_cast<float>(row.first * 0x1p16);
    const auto perIncrement = static_cast<float>(row.increment * 0x1p16);
    for (std::size_t i = 0; i < count; ++i) {
        auto phase = static_cast<std::uint32_t>(std::lrint(values[i] * perPhase)) + (row.half ? 0x8000u : 0u);
        const auto increment = static_cast<std::uint32_t>(std::lrint(values[i] * perIncrement));
        for (std::size_t k = 0; k < trials; ++k, phase += increment) {
            const int distance = static_cast<std::int16_t>(phase) >> droppedBits;
            sums[k] += static_cast<std::uint64_t>(distance * distance);
        }
    }
}

#else

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
using DI = hn::RebindToSigned<D>;
using VI = hn::Vec<DI>;
using DH = hn::Repartition<std::int16_t, D>;
using VH = hn::Vec<DH>;
constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr std::size_t perVector = 2 * lanes;         // phases
constexpr std::size_t atOnce = lanes == 16 ? 16 : 8; // trials whose sums have a register each
std::size_t split(const float* values, std::size_t count, float cut, float* inner, float* outer)
{
    const D d;
    const V limit = hn::Set(d, cut);
    std::size_t outside = 0;
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const V x = hn::LoadU(d, values + i);
        const auto inside = hn::Le(hn::Abs(x), limit);
        hn::StoreU(hn::IfThenElseZero(inside, x), d, inner + i);
        if (HWY_UNLIKELY(!hn::AllTrue(d, inside))) {
            // Not CompressStore(): to memory that instruction is slow on some processors.
            const auto beyond = hn::Not(inside);
            hn::StoreU(hn::Compress(x, beyond), d, outer + outside);
            outside += hn::CountTrue(d, beyond);
        }
    }
    for (; i < count; ++i) {
        const bool inside = values[i] <= cut && values[i] >= -cut;
        inner[i] = inside ? values[i] : 0.0f;
        if (!inside)
            outer[outside++] = values[i];
    }
    return outside;
}

/// The fractions of two vectors of steps in units of 2^-16, lane by lane in one.
HWY_INLINE VH phaseOf(V a, V b, V perPhase)
{
    const DI d;
    const VI first = hn::NearestInt(hn::Mul(a, perPhase));
    const VI second = hn::NearestInt(hn::Mul(b, perPhase));
    return hn::BitCast(DH(), hn::Or(hn::And(first, hn::Set(d, 0xffff)), hn::ShiftLeft<16>(second)));
}

void addBlock(const float* values, std::size_t count, const StepRow& row, std::size_t trials,
              std::uint64_t* sums)
{
    const D d;
    const DI di;
    const DH dh;
    const V perPhase = hn::Set(d, static_cast<float>(row.first * 0x1p16));
    const V perIncrement = hn::Set(d, static_cast<float>(row.increment * 0x1p16));
    const VH half = hn::Set(dh, static_cast<std::int16_t>(row.half ? -0x8000 : 0));
    HWY_ALIGN std::int16_t phases[block], increments[block];
    for (std::size_t i = 0; i < count; i += perVector) {
        const V a = hn::LoadU(d, values + i);
        const V b = hn::LoadU(d, values + i + lanes);
        hn::Store(hn::Add(phaseOf(a, b, perPhase), half), dh, phases + i);
        hn::Store(phaseOf(a, b, perIncrement), dh, increments + i);
    }
    for (std::size_t at = 0; at < trials; at += atOnce) {
        VI squares[atOnce];
        for (std::size_t k = 0; k < atOnce; ++k)
            squares[k] = hn::Zero(di);
        const VH done = hn::Set(dh, static_cast<std::int16_t>(at));
        for (std::size_t i = 0; i < count; i += perVector) {
            const VH increment = hn::Load(dh, increments + i);
            VH phase = hn::Add(hn::Load(dh, phases + i), hn::Mul(increment, done));
            for (std::size_t k = 0; k < atOnce; ++k) {
                const VH distance = hn::ShiftRight<droppedBits>(phase);
                VI odd = hn::Zero(di); // stays so on x86
                const VI even = hn::ReorderWidenMulAccumulate(di, distance, distance, squares[k], odd);
                squares[k] = hn::RearrangeToOddPlusEven(even, odd);
                phase = hn::Add(phase, increment);
            }
        }
        const hn::RebindToUnsigned<DI> du;
        for (std::size_t k = 0; k < std::min(atOnce, trials - at); ++k)
            sums[at + k] += hn::GetLane(hn::SumOfLanes(du, hn::BitCast(du, squares[k])));
    }
}

#endif

void phaseSums(const float* values, std::size_t count, const StepRow& row, std::size_t trials,
               std::uint64_t* sums)
{
    for (std::size_t begin = 0; begin < count; begin += block)
        addBlock(values + begin, std::min(block, count - begin), row, trials, sums);
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(split);
HWY_EXPORT(phaseSums);

namespace {
constexpr std::size_t granule = 32; // phases in the longest vector
constexpr std::size_t slack = 16;   // floats that a whole vector may be stored beyond the last
} // namespace

void splitPoints(std::span<const float> values, float cut, InnerPoints& result)
{
    const std::size_t size = values.size();
    result.values.resize((size + granule - 1) / granule * granule);
    std::fill(result.values.begin() + static_cast<std::ptrdiff_t>(size), result.values.end(), 0.0f);
    result.outer.resize(size + slack);
    const std::size_t outside =
        HWY_DYNAMIC_DISPATCH(split)(values.data(), size, cut, result.values.data(), result.outer.data());
    result.outerCount = outside;
    result.zeroed = result.values.size() - size + outside;
}

void phaseErrors(const InnerPoints& points, const StepRow& row, std::span<double> errors)
{
    std::array<std::uint64_t, mostInRow> sums = {};
    assert(errors.size() <= sums.size() && points.values.size() % granule == 0);
    HWY_DYNAMIC_DISPATCH(phaseSums)
    (points.values.data(), points.values.size(), row, errors.size(), sums.data());
    // Zeros lie on a level, or half a step from two.
    const std::uint64_t ofZeros = row.half ? points.zeroed << 20 : 0;
    for (std::size_t i = 0; i < errors.size(); ++i)
        errors[i] = static_cast<double>(sums[i] - ofZeros) * 0x1p-22;
}

} // namespace quantoscope
#endif
