// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/saturating/saturatingdot.h"

#include <algorithm>

#if defined(__x86_64__)

#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2")

namespace quantoscope {

namespace {

std::int32_t sumOfLanes(__m256i lanes)
{
    alignas(32) std::int32_t values[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(values), lanes);
    std::int32_t sum = 0;
    for (const std::int32_t value : values)
        sum += value;
    return sum;
}

/// The pairs without saturation: what leaves 16 bits wraps around, and so differs from the saturated ones.
__m256i wrappedPairs(__m256i activations, __m256i weights)
{
    const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(activations, _mm256_set1_epi16(255)),
                                            _mm256_srai_epi16(_mm256_slli_epi16(weights, 8), 8));
    const __m256i odd = _mm256_mullo_epi16(_mm256_srli_epi16(activations, 8), _mm256_srai_epi16(weights, 8));
    return _mm256_add_epi16(even, odd);
}

SaturatedSum dotAvx2(const std::uint8_t* activations, const std::int8_t* weights, std::size_t size)
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sums = _mm256_setzero_si256();
    __m256i unequal = _mm256_setzero_si256(); // pairs, less those that are equal
    for (std::size_t k = 0; k < size; k += saturatingStep) {
        const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(activations + k));
        const __m256i w = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + k));
        const __m256i pairs = _mm256_maddubs_epi16(a, w);
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, ones));
        const __m256i equal = _mm256_cmpeq_epi16(pairs, wrappedPairs(a, w));
        unequal = _mm256_add_epi32(unequal, _mm256_madd_epi16(_mm256_add_epi16(equal, ones), ones));
    }
    return {sumOfLanes(sums), sumOfLanes(unequal)};
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options

#endif // __x86_64__

namespace quantoscope {

namespace {

SaturatedSum dotPlain(const std::uint8_t* activations, const std::int8_t* weights, std::size_t size)
{
    SaturatedSum result;
    for (std::size_t k = 0; k < size; k += 2) {
        const int pair = activations[k] * weights[k] + activations[k + 1] * weights[k + 1];
        const int saturated = std::clamp(pair, -32768, 32767);
        result.sum += saturated;
        result.saturatedPairs += saturated != pair ? 1 : 0;
    }
    return result;
}

} // namespace

SaturatingDot saturatingDot(Isa isa)
{
#if defined(__x86_64__)
    if (isa == Isa::Avx2 || isa == Isa::Avx512 || isa == Isa::Avx512Vnni)
        return dotAvx2;
#endif
    static_cast<void>(isa);
    return dotPlain;
}

} // namespace quantoscope
