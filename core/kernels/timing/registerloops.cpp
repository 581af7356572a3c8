// SPDX-License-Identifier: GPL-3.0-or-later
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/timing/registerloops.cpp"
#include "core/kernels/foreachtarget-inl.h"

#include "core/kernels/timing/registerloops.h"

#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include <numeric>

#ifndef QUANTOSCOPE_REGISTER_LOOPS
#define QUANTOSCOPE_REGISTER_LOOPS
namespace quantoscope {

/// One table for each instruction set.
struct LoopTable
{
    RegisterLoop pairs;
    RegisterLoop binary;
    RegisterLoop floats;
    std::uint64_t (*sum)(const std::uint64_t* words, std::size_t count);
};

constexpr int loopIterations = 20'000;
constexpr int side =
    3; // side² accumulators: more than latency times instructions a cycle, and 16 registers hold them

/// Operands change place from iteration to iteration: what does not change would be taken out of the loop.
struct Operands
{
    static constexpr int places = 64;
    alignas(64) std::uint64_t words[8 * (places + 2 * side)] = {};
};
inline Operands loopOperands;
inline volatile std::uint64_t loopSink;

} // namespace quantoscope
#endif

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

constexpr int lanes = 64;

template <typename In, typename Sum, typename Op>
HWY_INLINE void plainLoop(Op op)
{
    Sum sums[lanes] = {};
    for (int i = 0; i < loopIterations; ++i) {
        const In* const a = reinterpret_cast<const In*>(loopOperands.words) + i % 8;
        for (int lane = 0; lane < lanes; ++lane)
            sums[lane] = op(sums[lane], a[lane], a[lane + lanes]);
    }
    double total = 0;
    for (const Sum sum : sums)
        total += static_cast<double>(sum);
    loopSink = static_cast<std::uint64_t>(total);
}

void pairs()
{
    plainLoop<std::int16_t, std::int32_t>([](std::int32_t sum, std::int16_t a, std::int16_t b) {
        return sum + std::int32_t{a} * std::int32_t{b};
    });
}

void binary()
{
    plainLoop<std::uint64_t, std::uint64_t>([](std::uint64_t sum, std::uint64_t a, std::uint64_t b) {
        return sum + static_cast<std::uint64_t>(__builtin_popcountll(a ^ b));
    });
}

void floats()
{
    plainLoop<float, float>([](float sum, float a, float b) { return a * b + sum; });
}

std::uint64_t sum(const std::uint64_t* words, std::size_t count)
{
    std::uint64_t sums[8] = {};
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (std::size_t lane = 0; lane < 8; ++lane)
            sums[lane] += words[i + lane];
    for (; i < count; ++i)
        sums[0] += words[i];
    for (std::size_t lane = 1; lane < 8; ++lane)
        sums[0] += sums[lane];
    return sums[0];
}

LoopTable loopTable()
{
    constexpr double calls = double{loopIterations} * lanes;
    return {{"plain C++, int16", calls, pairs},
            {"plain C++, 64 bits", 64 * calls, binary},
            {"plain C++, float32", calls, floats},
            sum};
}

#else

using D16 = hn::ScalableTag<std::int16_t>;
using D32 = hn::Repartition<std::int32_t, D16>;
using D64 = hn::Repartition<std::uint64_t, D16>;
using DF = hn::Repartition<float, D16>;

struct Pairs
{
    using D = D16;
    struct Sum
    {
        hn::Vec<D32> first, second; // x86 needs only one of them

        // Written out: an implicit constructor would lack the instruction set of this region.
        HWY_INLINE Sum() : first(hn::Zero(D32())), second(hn::Zero(D32())) {}
    };
    static HWY_INLINE Sum zero() { return Sum(); }
    static HWY_INLINE void add(Sum& sum, hn::Vec<D> a, hn::Vec<D> b)
    {
        sum.first = hn::ReorderWidenMulAccumulate(D32(), a, b, sum.first, sum.second);
    }
    static HWY_INLINE hn::Vec<D64> bits(const Sum& sum)
    {
        return hn::BitCast(D64(), hn::Add(sum.first, sum.second));
    }
};

struct Binary
{
    using D = D64;
    using Sum = hn::Vec<D64>;
    static HWY_INLINE Sum zero() { return hn::Zero(D64()); }
    static HWY_INLINE void add(Sum& sum, hn::Vec<D> a, hn::Vec<D> b)
    {
        sum = hn::Add(sum, hn::PopulationCount(hn::Xor(a, b)));
    }
    static HWY_INLINE hn::Vec<D64> bits(const Sum& sum) { return sum; }
};

struct Floats
{
    using D = DF;
    using Sum = hn::Vec<DF>;
    static HWY_INLINE Sum zero() { return hn::Zero(DF()); }
    static HWY_INLINE void add(Sum& sum, hn::Vec<D> a, hn::Vec<D> b) { sum = hn::MulAdd(a, b, sum); }
    static HWY_INLINE hn::Vec<D64> bits(const Sum& sum) { return hn::BitCast(D64(), sum); }
};

template <typename Op>
HWY_INLINE void vectorLoop()
{
    const typename Op::D d;
    const D64 d64;
    typename Op::Sum sums[side][side];
    for (auto& row : sums)
        for (auto& sum : row)
            sum = Op::zero();
    for (int i = 0; i < loopIterations; ++i) {
        const std::uint64_t* const place = loopOperands.words + 8 * (i % Operands::places);
        hn::Vec<typename Op::D> b[side];
        for (int column = 0; column < side; ++column)
            b[column] = hn::BitCast(d, hn::Load(d64, place + 8 * (side + column)));
        for (int row = 0; row < side; ++row) {
            const auto a = hn::BitCast(d, hn::Load(d64, place + 8 * row));
            for (int column = 0; column < side; ++column)
                Op::add(sums[row][column], a, b[column]);
        }
    }
    auto total = hn::Zero(d64);
    for (const auto& row : sums)
        for (const auto& sum : row)
            total = hn::Xor(total, Op::bits(sum));
    loopSink = hn::GetLane(hn::SumOfLanes(d64, total));
}

void pairs() { vectorLoop<Pairs>(); }
void binary() { vectorLoop<Binary>(); }
void floats() { vectorLoop<Floats>(); }

/// Several sums, so that no addition waits for the one before; the prefetch lets the read run on where the processor's own
/// prefetching stops for a page.
std::uint64_t sum(const std::uint64_t* words, std::size_t count)
{
    const D64 d;
    const std::size_t step = hn::Lanes(d);
    std::uint64_t rest = 0;
    for (; count > 0 && reinterpret_cast<std::uintptr_t>(words) % 64 != 0; --count)
        rest += *words++;
    auto sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (; count >= 4 * step; count -= 4 * step, words += 4 * step) {
        for (std::size_t line = 0; line < 4 * step; line += 8)
            hwy::Prefetch(words + line + 512);
        sum0 = hn::Add(sum0, hn::Load(d, words));
        sum1 = hn::Add(sum1, hn::Load(d, words + step));
        sum2 = hn::Add(sum2, hn::Load(d, words + 2 * step));
        sum3 = hn::Add(sum3, hn::Load(d, words + 3 * step));
    }
    for (; count > 0; --count)
        rest += *words++;
    // Not SumOfLanes: GCC's reduction adds signed, where sums may overflow.
    HWY_ALIGN std::uint64_t lanes[hn::MaxLanes(d)];
    hn::Store(hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3)), d, lanes);
    return std::accumulate(lanes, lanes + step, rest);
}

LoopTable loopTable()
{
    const double calls = double{loopIterations} * side * side;
    return {{"pairs of int16", calls * static_cast<double>(hn::Lanes(D16())), pairs},
            {"xor, population count", calls * 64 * static_cast<double>(hn::Lanes(D64())), binary},
            {"float32 multiply-add", calls * static_cast<double>(hn::Lanes(DF())), floats},
            sum};
}

#endif

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

RegisterLoop vnniLoop(Arithmetic arithmetic); // vnniloops.cpp

namespace {

LoopTable tableFor(Isa isa)
{
    switch (isa) {
#if HWY_TARGETS & HWY_AVX3
    case Isa::Avx512Vnni:
    case Isa::Avx512:
        return N_AVX3::loopTable();
#endif
#if HWY_TARGETS & HWY_AVX2
    case Isa::Avx2:
        return N_AVX2::loopTable();
#endif
#if HWY_TARGETS & HWY_SSE4
    case Isa::Sse4:
        return N_SSE4::loopTable();
#endif
#if HWY_TARGETS & HWY_NEON
    case Isa::Neon:
        return N_NEON::loopTable();
#endif
    default:
        break;
    }
#if HWY_TARGETS & HWY_SCALAR
    return N_SCALAR::loopTable();
#else
    return HWY_STATIC_DISPATCH(loopTable)();
#endif
}

} // namespace

RegisterLoop registerLoop(Isa isa, Arithmetic arithmetic)
{
    if (isa == Isa::Avx512Vnni && arithmetic != Arithmetic::Float)
        return vnniLoop(arithmetic);
    const LoopTable table = tableFor(isa);
    switch (arithmetic) {
    case Arithmetic::Binary:
        return table.binary;
    case Arithmetic::Float:
        return table.floats;
    case Arithmetic::Int8:
    case Arithmetic::Int16:
        break;
    }
    return table.pairs;
}

std::uint64_t streamingSum(Isa isa, std::span<const std::uint64_t> words)
{
    return tableFor(isa).sum(words.data(), words.size());
}

} // namespace quantoscope
#endif
