// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/depthwisekernel.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/conv/depthwisepair.cpp"
#include "core/kernels/foreachtarget-inl.h"

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace quantoscope {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR

constexpr std::size_t vectorLanes = 8;

void multiplyPosition(const DepthwiseRun& run, const std::byte* at, std::int32_t* acc)
{
    std::memset(acc, 0, run.lanes * sizeof *acc);
    const auto* weights = reinterpret_cast<const std::int16_t*>(run.weights);
    for (std::size_t tap = 0; tap < run.taps.size(); ++tap) {
        const auto* codes = reinterpret_cast<const std::int16_t*>(at + run.taps[tap]);
        const std::int16_t* ofTap = weights + tap / 2 * run.lanes * 2 + tap % 2;
        for (std::size_t lane = 0; lane < run.lanes; ++lane)
            acc[lane] += codes[lane] * ofTap[2 * lane];
    }
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D16 = hn::CappedTag<std::int16_t, 16>;
using D32 = hn::RepartitionToWide<D16>;
using V32 = hn::Vec<D32>;
constexpr std::size_t vectorLanes = HWY_MIN(16, HWY_MAX_BYTES / 2);

/// Sums of pairs. NEON's long multiplication keeps the products of a pair apart until the end.
struct PairSum
{
    V32 part[2];

    HWY_INLINE PairSum() : part{hn::Zero(D32()), hn::Zero(D32())} {}
    HWY_INLINE void add(hn::Vec<D16> codes, hn::Vec<D16> weights)
    {
        part[0] = hn::ReorderWidenMulAccumulate(D32(), codes, weights, part[0], part[1]);
    }
    HWY_INLINE V32 sum() const
    {
#if HWY_TARGET == HWY_NEON
        return V32(vpaddq_s32(part[0].raw, part[1].raw));
#else
        return part[0];
#endif
    }
};

/// Channels [lane, lane + vectorLanes) of a position. Interleaving works within blocks of 128 bits, so that the sums of wider
/// vectors have to be put back in order.
HWY_INLINE void multiplyLanes(const DepthwiseRun& run, const std::byte* at, std::size_t lane,
                              std::int32_t* acc)
{
    const D16 d16;
    const D32 d32;
    PairSum lower;
    PairSum upper;
    const auto* weights = reinterpret_cast<const std::int16_t*>(run.weights) + 2 * lane;
    for (std::size_t tap = 0; tap < run.taps.size(); tap += 2, weights += 2 * run.period) {
        const auto a = hn::LoadU(d16, reinterpret_cast<const std::int16_t*>(at + run.taps[tap]) + lane);
        const auto b = hn::LoadU(d16, reinterpret_cast<const std::int16_t*>(at + run.taps[tap + 1]) + lane);
        lower.add(hn::InterleaveLower(d16, a, b), hn::LoadU(d16, weights));
        upper.add(hn::InterleaveUpper(d16, a, b), hn::LoadU(d16, weights + vectorLanes));
    }
    V32 first = lower.sum();
    V32 second = upper.sum();
    if constexpr (vectorLanes == 16) {
        const V32 low = first;
        first = hn::ConcatLowerLower(d32, second, low);
        second = hn::ConcatUpperUpper(d32, second, low);
    }
    hn::StoreU(first, d32, acc + lane);
    hn::StoreU(second, d32, acc + lane + vectorLanes / 2);
}

void multiplyPosition(const DepthwiseRun& run, const std::byte* at, std::int32_t* acc)
{
    for (std::size_t lane = 0; lane < run.lanes; lane += vectorLanes)
        multiplyLanes(run, at, lane, acc);
}

#endif

void multiply(const DepthwiseRun& run, std::int32_t* acc)
{
    const std::byte* at = run.at;
    for (std::size_t i = 0; i < run.positions; ++i, at += run.positionBytes, acc += run.lanes)
        multiplyPosition(run, at, acc);
}

/// Vectors hold the first halves of all their 128-bit blocks, then the second halves.
std::size_t place(std::size_t lane)
{
    if (HWY_TARGET == HWY_SCALAR || vectorLanes == 8)
        return lane;
    const std::size_t in = lane % 16;
    return lane - in + in / 4 % 2 * 8 + in / 8 * 4 + in % 4;
}

} // namespace

DepthwiseKernel depthwiseTable(std::string_view name)
{
    return {name, 2, 16, multiply, nullptr, nullptr, place};
}

} // namespace HWY_NAMESPACE
} // namespace quantoscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace quantoscope {

const DepthwiseKernel& depthwisePair(Isa isa)
{
#if HWY_TARGETS & HWY_AVX3
    static const DepthwiseKernel avx512 = N_AVX3::depthwiseTable("depthwise vpmaddwd ymm, AVX-512");
    if (isa == Isa::Avx512 || isa == Isa::Avx512Vnni)
        return avx512;
#endif
#if HWY_TARGETS & HWY_AVX2
    static const DepthwiseKernel avx2 = N_AVX2::depthwiseTable("depthwise vpmaddwd ymm");
    if (isa == Isa::Avx2)
        return avx2;
#endif
#if HWY_TARGETS & HWY_SSE4
    static const DepthwiseKernel sse4 = N_SSE4::depthwiseTable("depthwise pmaddwd");
    if (isa == Isa::Sse4)
        return sse4;
#endif
#if HWY_TARGETS & HWY_NEON
    static const DepthwiseKernel neon = N_NEON::depthwiseTable("depthwise smlal");
    if (isa == Isa::Neon)
        return neon;
#endif
    static const DepthwiseKernel scalar = N_SCALAR::depthwiseTable("depthwise plain");
    static_cast<void>(isa);
    return scalar;
}

} // namespace quantoscope

#endif // HWY_ONCE
