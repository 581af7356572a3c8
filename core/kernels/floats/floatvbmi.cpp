// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/floats/floatvbmi.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

namespace quantoscope {

namespace {

constexpr int vectors = 4; ///< of 16 outputs in a step

/// What the 64 outputs of a step are multiplied with and what is added.
template <bool offset>
struct Sets
{
    explicit Sets(const FloatSlice& slice)
    {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            scales[v] = _mm512_load_ps(slice.scale + 16 * v);
            if constexpr (offset)
                offsets[v] = _mm512_load_ps(slice.offset + 16 * v);
        }
    }
    __m512 value(__m512 e, int v) const
    {
        const __m512 scaled = _mm512_mul_ps(e, scales[v]);
        if constexpr (offset)
            return _mm512_add_ps(scaled, offsets[v]);
        else
            return scaled;
    }
    __m512 scales[vectors];
    __m512 offsets[vectors];
};

constexpr float magic = 0x1p23f;

/// A code in the lowest byte of 2^23 is the float 2^23 + code: one permutation puts 16 codes there, one exact difference makes
/// code - zero of them.
template <bool offset>
class Grid
{
public:
    explicit Grid(const FloatSlice& slice)
        : m_sets(slice), m_codes(static_cast<const std::uint8_t*>(slice.codes))
    {
        const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            const __m512 zero = _mm512_maskz_cvtepi32_ps(0xffff, _mm512_load_si512(slice.zero + 16 * v));
            m_zeros[v] = _mm512_add_ps(_mm512_set1_ps(magic), zero);
            m_places[v] = _mm512_add_epi32(lanes, _mm512_set1_epi32(16 * v));
        }
    }
    void load(std::size_t k) { m_step = _mm512_load_si512(m_codes + k * floatColumns); }
    __m512 at(int v) const
    {
        const __m512i base = _mm512_castps_si512(_mm512_set1_ps(magic));
        const __m512i code = _mm512_mask_permutexvar_epi8(base, 0x1111111111111111, m_places[v], m_step);
        return m_sets.value(_mm512_sub_ps(_mm512_castsi512_ps(code), m_zeros[v]), v);
    }

private:
    Sets<offset> m_sets;
    __m512 m_zeros[vectors];
    __m512i m_places[vectors];
    __m512i m_step;
    const std::uint8_t* m_codes;
};

/// Levels looked up one byte at a time in tables of 64 · `parts` bytes, then joined.
template <int parts, bool offset>
class Levels
{
public:
    explicit Levels(const FloatSlice& slice)
        : m_sets(slice), m_codes(static_cast<const std::uint8_t*>(slice.codes))
    {
#pragma GCC unroll 4
        for (int b = 0; b < 4; ++b)
#pragma GCC unroll 4
            for (int p = 0; p < parts; ++p)
                m_bytes[b][p] = _mm512_load_si512(slice.levelBytes + 256 * b + 64 * p);
    }
    void load(std::size_t k)
    {
        // Joining takes four outputs from each quarter in turn; this order makes them consecutive.
        const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
        const __m512i codes =
            _mm512_maskz_permutexvar_epi32(0xffff, order, _mm512_load_si512(m_codes + k * floatColumns));
        const __m512i byte0 = lookup(0, codes);
        const __m512i byte1 = lookup(1, codes);
        const __m512i byte2 = lookup(2, codes);
        const __m512i byte3 = lookup(3, codes);
        const __m512i low01 = _mm512_unpacklo_epi8(byte0, byte1);
        const __m512i high01 = _mm512_unpackhi_epi8(byte0, byte1);
        const __m512i low23 = _mm512_unpacklo_epi8(byte2, byte3);
        const __m512i high23 = _mm512_unpackhi_epi8(byte2, byte3);
        m_levels[0] = _mm512_castsi512_ps(_mm512_unpacklo_epi16(low01, low23));
        m_levels[1] = _mm512_castsi512_ps(_mm512_unpackhi_epi16(low01, low23));
        m_levels[2] = _mm512_castsi512_ps(_mm512_unpacklo_epi16(high01, high23));
        m_levels[3] = _mm512_castsi512_ps(_mm512_unpackhi_epi16(high01, high23));
    }
    __m512 at(int v) const { return m_sets.value(m_levels[v], v); }

private:
    __m512i lookup(int b, __m512i codes) const
    {
        if constexpr (parts == 1)
            return _mm512_maskz_permutexvar_epi8(~__mmask64{0}, codes, m_bytes[b][0]);
        const __m512i low = _mm512_permutex2var_epi8(m_bytes[b][0], codes, m_bytes[b][1 % parts]);
        if constexpr (parts == 2)
            return low;
        const __m512i high = _mm512_permutex2var_epi8(m_bytes[b][2 % parts], codes, m_bytes[b][3 % parts]);
        return _mm512_mask_blend_epi8(_mm512_movepi8_mask(codes), low, high);
    }

    Sets<offset> m_sets;
    __m512i m_bytes[4][parts];
    __m512 m_levels[vectors];
    const std::uint8_t* m_codes;
};

struct Store
{
    float* out;

    template <class Weights>
    void run(const FloatSlice& slice) const
    {
        Weights weights(slice);
        float* to = out;
        for (std::size_t k = 0; k < slice.steps; ++k, to += floatColumns) {
            weights.load(k);
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                _mm512_store_ps(to + 16 * v, weights.at(v));
        }
    }
};

struct Accumulate
{
    const float* x;
    float* sums;

    template <class Weights>
    void run(const FloatSlice& slice) const
    {
        Weights weights(slice);
        __m512 sum[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            sum[v] = _mm512_loadu_ps(sums + 16 * v);
        for (std::size_t k = 0; k < slice.steps; ++k) {
            __builtin_prefetch(slice.ahead + k * slice.aheadStride);
            weights.load(k);
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                sum[v] = _mm512_fmadd_ps(_mm512_set1_ps(x[k]), weights.at(v), sum[v]);
        }
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            _mm512_storeu_ps(sums + 16 * v, sum[v]);
    }
};

/// 2^23 + zero and all differences are exact.
bool zerosFit(const FloatSlice& slice)
{
    __mmask16 beyond = 0;
    for (int v = 0; v < vectors; ++v)
        beyond |= _mm512_cmpgt_epu32_mask(_mm512_load_si512(slice.zero + 16 * v), _mm512_set1_epi32(1 << 22));
    return beyond == 0;
}

template <class Pass>
void runGrid(const FloatSlice& slice, const Pass& pass)
{
    slice.offset != nullptr ? pass.template run<Grid<true>>(slice) : pass.template run<Grid<false>>(slice);
}

template <int parts, class Pass>
void runLevels(const FloatSlice& slice, const Pass& pass)
{
    slice.offset != nullptr ? pass.template run<Levels<parts, true>>(slice)
                            : pass.template run<Levels<parts, false>>(slice);
}

template <class Pass>
void runLevels(const FloatSlice& slice, const Pass& pass)
{
    if (slice.levelCount <= 64)
        runLevels<1>(slice, pass);
    else if (slice.levelCount <= 128)
        runLevels<2>(slice, pass);
    else
        runLevels<4>(slice, pass);
}

void decodeGrid(const FloatSlice& slice, float* out)
{
    if (slice.twice || !zerosFit(slice))
        floatDecoder(FloatCoding::Bytes, Isa::Avx512).decode(slice, out);
    else
        runGrid(slice, Store{out});
}

void accumulateGrid(const FloatSlice& slice, const float* x, float* sums)
{
    if (slice.twice || !zerosFit(slice))
        floatDecoder(FloatCoding::Bytes, Isa::Avx512).accumulate(slice, x, sums);
    else
        runGrid(slice, Accumulate{x, sums});
}

void decodeLevels(const FloatSlice& slice, float* out) { runLevels(slice, Store{out}); }

void accumulateLevels(const FloatSlice& slice, const float* x, float* sums)
{
    runLevels(slice, Accumulate{x, sums});
}

} // namespace

FloatDecoder vbmiGridDecoder() { return {decodeGrid, accumulateGrid}; }
FloatDecoder vbmiLevelDecoder() { return {decodeLevels, accumulateLevels}; }

} // namespace quantoscope

#pragma GCC pop_options
#endif
