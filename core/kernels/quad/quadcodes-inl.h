// SPDX-License-Identifier: GPL-3.0-or-later
// Sums in registers to codes. To be included where AVX-512 is the target, behind <immintrin.h>.
#pragma once

namespace quantoscope {
namespace {

/// Codes above 127 are worked out 128 lower and flipped at the end.
class QuadCodes
{
public:
    inline __attribute__((always_inline)) QuadCodes(int zeroPoint, int low, int high)
    {
        const int down = high > 127 ? 128 : 0;
        m_most = _mm512_set1_ps(65536.0f);
        m_zeroPoint = _mm512_set1_epi16(static_cast<short>(zeroPoint - down));
        m_low = _mm512_set1_epi8(static_cast<char>(low - down));
        m_high = _mm512_set1_epi8(static_cast<char>(high - down));
        m_flip = _mm512_set1_epi8(static_cast<char>(down));
    }

    /// Rounded half to even. What is too large for an integer would come out as the smallest one; what is too small does so
    /// rightly.
    inline __attribute__((always_inline)) __m512i steps(__m512i sums, __m512 multipliers) const
    {
        return _mm512_cvtps_epi32(
            _mm512_min_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), multipliers), m_most));
    }

    /// Packing saturates and works within 128-bit lanes: lane i of the codes holds those of lane i of all four.
    inline __attribute__((always_inline)) __m512i byLanes(__m512i a, __m512i b, __m512i c, __m512i d) const
    {
        const __m512i first = _mm512_adds_epi16(_mm512_packs_epi32(a, b), m_zeroPoint);
        const __m512i second = _mm512_adds_epi16(_mm512_packs_epi32(c, d), m_zeroPoint);
        const __m512i codes = _mm512_packs_epi16(first, second);
        return _mm512_xor_si512(_mm512_min_epi8(_mm512_max_epi8(codes, m_low), m_high), m_flip);
    }

    /// Those of a, b, c, d one after the other.
    inline __attribute__((always_inline)) __m512i inOrder(__m512i a, __m512i b, __m512i c, __m512i d) const
    {
        const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        return _mm512_permutexvar_epi32(order, byLanes(a, b, c, d));
    }

private:
    __m512 m_most;
    __m512i m_zeroPoint, m_low, m_high, m_flip;
};

} // namespace
} // namespace quantoscope
