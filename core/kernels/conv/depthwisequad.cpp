// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/depthwisekernel.h"

#if defined(__x86_64__)
#include <algorithm>
#include <immintrin.h>

// GCC 12 takes the undefined lanes of its own intrinsics for a mistake of the caller.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

#include "core/kernels/quad/quadcodes-inl.h"

namespace quantoscope {

namespace {

constexpr std::size_t block = 64; ///< lanes whose codes fill a vector

/// Sums of a block. Unpacking bytes works within 128-bit lanes: vector j holds lanes 4j … 4j + 3 of each 16.
struct BlockSums
{
    __m512i quarter[4];
};

/// Four taps of 64 lanes, the taps of a lane beside each other.
inline __attribute__((always_inline)) BlockSums interleave(const __m512i (&taps)[4])
{
    const __m512i a = _mm512_unpacklo_epi8(taps[0], taps[1]);
    const __m512i b = _mm512_unpackhi_epi8(taps[0], taps[1]);
    const __m512i c = _mm512_unpacklo_epi8(taps[2], taps[3]);
    const __m512i d = _mm512_unpackhi_epi8(taps[2], taps[3]);
    return {{_mm512_unpacklo_epi16(a, c), _mm512_unpackhi_epi16(a, c), _mm512_unpacklo_epi16(b, d),
             _mm512_unpackhi_epi16(b, d)}};
}

struct Pointers
{
    const std::byte* codes;
    const std::byte* weights; ///< of step 0
    const std::int32_t* start;
};

/// Four taps of a block, as they come for a step.
inline __attribute__((always_inline)) BlockSums loadStep(const std::byte* codes, const std::ptrdiff_t* tap,
                                                         __mmask64 lanes)
{
    __m512i taps[4];
#pragma GCC unroll 4
    for (int t = 0; t < 4; ++t)
        taps[t] = _mm512_maskz_loadu_epi8(lanes, codes + tap[t]);
    return interleave(taps);
}

inline __attribute__((always_inline)) BlockSums load(const void* from)
{
    BlockSums values;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j)
        values.quarter[j] = _mm512_loadu_si512(static_cast<const std::byte*>(from) + j * 64);
    return values;
}

inline __attribute__((always_inline)) void add(BlockSums& sums, const BlockSums& codes,
                                               const BlockSums& weights)
{
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j)
        sums.quarter[j] = _mm512_dpbusd_epi32(sums.quarter[j], codes.quarter[j], weights.quarter[j]);
}

inline __attribute__((always_inline)) BlockSums sumBlock(const DepthwiseRun& run, const Pointers& from,
                                                         __mmask64 lanes, std::size_t steps)
{
    BlockSums sums = load(from.start);
    const std::ptrdiff_t* tap = run.taps.data();
    const std::byte* weights = from.weights;
#pragma GCC unroll 3
    for (std::size_t step = 0; step < steps; ++step, tap += 4, weights += run.period * 4)
        add(sums, loadStep(from.codes, tap, lanes), load(weights));
    return sums;
}

/// All blocks of a run in turn. Where positions are neighbours in memory, the codes of all are one row of lanes.
template <int fixedSteps, typename Emit>
inline __attribute__((always_inline)) void forBlocks(const DepthwiseRun& run, const Emit& emit)
{
    const std::size_t steps = fixedSteps > 0 ? fixedSteps : run.taps.size() / 4;
    const bool joined = run.positionBytes == static_cast<std::ptrdiff_t>(run.lanes);
    const std::size_t rows = joined ? 1 : run.positions;
    const std::size_t lanes = joined ? run.positions * run.lanes : run.lanes;
    for (std::size_t row = 0; row < rows; ++row) {
        const std::byte* codes = run.at + static_cast<std::ptrdiff_t>(row) * run.positionBytes;
        std::size_t place = 0;
        for (std::size_t lane = 0; lane < lanes; lane += block) {
            const std::size_t count = std::min(block, lanes - lane);
            const __mmask64 some = ~std::uint64_t{0} >> (block - count);
            emit(sumBlock(run, {codes + lane, run.weights + place * 4, run.start + place}, some, steps),
                 place, row * lanes + lane, count);
            place = place + block == run.period ? 0 : place + block;
        }
    }
}

template <typename Emit>
inline __attribute__((always_inline)) void forBlocksOf(const DepthwiseRun& run, const Emit& emit)
{
    if (run.taps.size() == 12)
        forBlocks<3>(run, emit);
    else
        forBlocks<0>(run, emit);
}

void multiply(const DepthwiseRun& run, std::int32_t* acc)
{
    forBlocksOf(run, [acc](const BlockSums& sums, std::size_t, std::size_t lane, std::size_t count) {
        const __m512i* q = sums.quarter;
        // 4 × 4 pieces of 128 bits change places.
        const __m512i a = _mm512_shuffle_i32x4(q[0], q[1], 0x44);
        const __m512i b = _mm512_shuffle_i32x4(q[2], q[3], 0x44);
        const __m512i c = _mm512_shuffle_i32x4(q[0], q[1], 0xee);
        const __m512i d = _mm512_shuffle_i32x4(q[2], q[3], 0xee);
        const __m512i rows[4] = {_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd),
                                 _mm512_shuffle_i32x4(c, d, 0x88), _mm512_shuffle_i32x4(c, d, 0xdd)};
        for (std::size_t i = 0; i < count; i += 16)
            _mm512_mask_storeu_epi32(acc + lane + i,
                                     static_cast<__mmask16>((1U << std::min<std::size_t>(16, count - i)) - 1),
                                     rows[i / 16]);
    });
}

inline __attribute__((always_inline)) __m512i codesOf(const QuadCodes& rule, const BlockSums& sums,
                                                      const BlockSums& multipliers)
{
    __m512i steps[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j)
        steps[j] = rule.steps(sums.quarter[j], _mm512_castsi512_ps(multipliers.quarter[j]));
    return rule.byLanes(steps[0], steps[1], steps[2], steps[3]);
}

template <bool whole>
inline __attribute__((always_inline)) __m512i loadSome(const std::byte* from, __mmask64 lanes)
{
    return whole ? _mm512_loadu_si512(from) : _mm512_maskz_loadu_epi8(lanes, from);
}

/// A block of 3-row windows down all output rows: each input row is interleaved once for the three that read it.
template <bool whole>
inline __attribute__((always_inline)) void blockDown(const DepthwiseRun& run, const DepthwiseCodes& rule,
                                                     const QuadCodes& round, std::size_t lane,
                                                     std::size_t place, __mmask64 lanes, std::int8_t* out)
{
    const std::byte* const packed = run.weights + place * 4;
    const BlockSums weights[3] = {load(packed), load(packed + run.period * 4), load(packed + run.period * 8)};
    const std::byte* codes = run.at + lane + run.taps[0];
    const std::ptrdiff_t second = run.taps[1] - run.taps[0];
    const std::ptrdiff_t third = run.taps[2] - run.taps[0];
    const std::ptrdiff_t rowBytes = rule.rowBytes;
    const std::ptrdiff_t outBytes = rule.outBytes;
    const auto nextRow = [&] {
        const __m512i a = loadSome<whole>(codes, lanes);
        const __m512i taps[4] = {a, loadSome<whole>(codes + second, lanes),
                                 loadSome<whole>(codes + third, lanes), a};
        codes += rowBytes;
        return interleave(taps);
    };
    const BlockSums multipliers = load(rule.multipliers + place);
    const BlockSums start = load(run.start + place);
    BlockSums next = start;
    BlockSums codesOfRow = nextRow();
    add(next, codesOfRow, weights[0]);
    codesOfRow = nextRow();
    BlockSums sums = next;
    add(sums, codesOfRow, weights[1]);
    for (std::size_t rows = rule.rows; rows > 0; --rows, out += outBytes) {
        next = start;
        add(next, codesOfRow, weights[0]);
        codesOfRow = nextRow();
        add(sums, codesOfRow, weights[2]);
        add(next, codesOfRow, weights[1]);
        const __m512i codesOut = codesOf(round, sums, multipliers);
        if (whole)
            _mm512_storeu_si512(out, codesOut);
        else
            _mm512_mask_storeu_epi8(out, lanes, codesOut);
        sums = next;
    }
}

void toCodesDown(const DepthwiseRun& run, const DepthwiseCodes& rule, std::int8_t* out)
{
    const QuadCodes round(rule.zeroPoint, rule.low, rule.high);
    const std::size_t lanes = run.positions * run.lanes;
    std::size_t place = 0;
    std::size_t lane = 0;
    for (; lane + block <= lanes; lane += block) {
        blockDown<true>(run, rule, round, lane, place, 0, out + lane);
        place = place + block == run.period ? 0 : place + block;
    }
    if (lane < lanes)
        blockDown<false>(run, rule, round, lane, place, ~std::uint64_t{0} >> (block - (lanes - lane)),
                         out + lane);
}

void toCodes(const DepthwiseRun& all, const DepthwiseCodes& rule, std::int8_t* out)
{
    if (rule.sharesRows && all.positionBytes == static_cast<std::ptrdiff_t>(all.lanes))
        return toCodesDown(all, rule, out);
    const QuadCodes round(rule.zeroPoint, rule.low, rule.high);
    DepthwiseRun run = all;
    for (std::size_t row = 0; row < rule.rows; ++row) {
        forBlocksOf(run, [&](const BlockSums& sums, std::size_t place, std::size_t lane, std::size_t count) {
            _mm512_mask_storeu_epi8(out + lane, ~std::uint64_t{0} >> (block - count),
                                    codesOf(round, sums, load(rule.multipliers + place)));
        });
        run.at += rule.rowBytes;
        out += rule.outBytes;
    }
}

void shift(const std::int8_t* from, std::int8_t* to, std::size_t count)
{
    const __m512i top = _mm512_set1_epi8(-128);
    std::size_t i = 0;
    for (; i + block <= count; i += block)
        _mm512_storeu_si512(to + i, _mm512_xor_si512(_mm512_loadu_si512(from + i), top));
    const __mmask64 rest = (std::uint64_t{1} << (count - i)) - 1;
    _mm512_mask_storeu_epi8(to + i, rest, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, from + i), top));
}

std::size_t place(std::size_t lane)
{
    const std::size_t in = lane % block;
    return lane - in + in % 16 / 4 * 16 + in / 16 * 4 + in % 4;
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options
#pragma GCC diagnostic pop

namespace quantoscope {

const DepthwiseKernel& depthwiseQuad()
{
    static constexpr DepthwiseKernel kernel{"depthwise vpdpbusd", 4, 8, multiply, toCodes, shift, place};
    return kernel;
}

} // namespace quantoscope

#else

namespace quantoscope {

const DepthwiseKernel& depthwiseQuad()
{
    static constexpr DepthwiseKernel kernel{};
    return kernel;
}

} // namespace quantoscope

#endif
