// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/pixelsums.h"

#if defined(__x86_64__)
#include <immintrin.h>

// GCC 12 takes the undefined lanes of its own intrinsics for a mistake of the caller.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

namespace quantoscope {

namespace {

constexpr std::size_t group = 16; ///< pixels whose sums fill a vector

/// Pixels of at most four codes: each becomes a lane. Returns the pixels done.
std::size_t sumShortPixels(const std::int8_t* codes, std::size_t pixels, std::size_t channels,
                           std::size_t pixelCodes, std::int32_t* sums)
{
    alignas(64) std::int8_t places[64];
    std::uint64_t real = 0;
    for (std::size_t i = 0; i < 64; ++i) {
        places[i] = static_cast<std::int8_t>(i / 4 * pixelCodes + i % 4);
        if (i % 4 < channels)
            real |= std::uint64_t{1} << i;
    }
    const __m512i order = _mm512_load_si512(places);
    const __mmask64 some = ~std::uint64_t{0} >> (64 - group * pixelCodes);
    const __m512i ones = _mm512_set1_epi8(1);
    std::size_t pixel = 0;
    for (; pixel + group <= pixels; pixel += group, codes += group * pixelCodes) {
        const __m512i lanes =
            _mm512_maskz_permutexvar_epi8(real, order, _mm512_maskz_loadu_epi8(some, codes));
        _mm512_storeu_si512(sums + pixel, _mm512_dpbusd_epi32(_mm512_setzero_si512(), ones, lanes));
    }
    return pixel;
}

/// 16 codes of pixels 0, 4, 8 and 12, in a 128-bit piece each.
inline __attribute__((always_inline)) __m512i everyFourth(const std::int8_t* codes, std::size_t pixelCodes)
{
    const auto piece = [&](std::size_t pixel) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + pixel * pixelCodes));
    };
    const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(piece(0)), piece(4), 1);
    const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(piece(8)), piece(12), 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/// Pixels of whole pieces of 16 codes: four partial sums of each are added across vectors. Returns the pixels done.
std::size_t sumLongPixels(const std::int8_t* codes, std::size_t pixels, std::size_t channels,
                          std::size_t pixelCodes, std::int32_t* sums)
{
    const __m512i ones = _mm512_set1_epi8(1);
    std::size_t pixel = 0;
    for (; pixel + group <= pixels; pixel += group, codes += group * pixelCodes) {
        __m512i parts[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                            _mm512_setzero_si512()};
        for (std::size_t channel = 0; channel < channels; channel += 16)
#pragma GCC unroll 4
            for (std::size_t i = 0; i < 4; ++i)
                parts[i] = _mm512_dpbusd_epi32(parts[i], ones,
                                               everyFourth(codes + i * pixelCodes + channel, pixelCodes));
        const __m512i a = _mm512_add_epi32(_mm512_unpacklo_epi32(parts[0], parts[1]),
                                           _mm512_unpackhi_epi32(parts[0], parts[1]));
        const __m512i b = _mm512_add_epi32(_mm512_unpacklo_epi32(parts[2], parts[3]),
                                           _mm512_unpackhi_epi32(parts[2], parts[3]));
        _mm512_storeu_si512(sums + pixel,
                            _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)));
    }
    return pixel;
}

void sumByDotProducts(const std::int8_t* codes, std::size_t pixels, std::size_t channels,
                      std::size_t pixelCodes, std::int32_t* sums)
{
    std::size_t done = 0;
    if (pixelCodes <= 4)
        done = sumShortPixels(codes, pixels, channels, pixelCodes, sums);
    else if (channels % 16 == 0)
        done = sumLongPixels(codes, pixels, channels, pixelCodes, sums);
    codes += done * pixelCodes;
    sums += done;
    pixels -= done;
    const __m512i ones = _mm512_set1_epi8(1);
    const std::size_t whole = channels / 64 * 64;
    const __mmask64 rest = (std::uint64_t{1} << (channels - whole)) - 1;
    for (std::size_t pixel = 0; pixel < pixels; ++pixel, codes += pixelCodes) {
        __m512i sum =
            _mm512_dpbusd_epi32(_mm512_setzero_si512(), ones, _mm512_maskz_loadu_epi8(rest, codes + whole));
        for (std::size_t channel = 0; channel < whole; channel += 64)
            sum = _mm512_dpbusd_epi32(sum, ones, _mm512_loadu_si512(codes + channel));
        sums[pixel] = _mm512_reduce_add_epi32(sum);
    }
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options
#pragma GCC diagnostic pop
#endif

namespace quantoscope {

namespace {

template <typename Code>
void sumPlainly(const Code* codes, std::size_t pixels, std::size_t channels, std::size_t pixelCodes,
                std::int32_t* sums)
{
    for (std::size_t pixel = 0; pixel < pixels; ++pixel, codes += pixelCodes) {
        std::int32_t sum = 0;
        for (std::size_t channel = 0; channel < channels; ++channel)
            sum += codes[channel];
        sums[pixel] = sum;
    }
}

} // namespace

void sumPixels(Isa isa, const std::int8_t* codes, std::size_t pixels, std::size_t channels,
               std::size_t pixelCodes, std::int32_t* sums)
{
#if defined(__x86_64__)
    if (isa == Isa::Avx512Vnni)
        return sumByDotProducts(codes, pixels, channels, pixelCodes, sums);
#endif
    static_cast<void>(isa);
    sumPlainly(codes, pixels, channels, pixelCodes, sums);
}

void sumPixels(const std::int16_t* codes, std::size_t pixels, std::size_t channels, std::size_t pixelCodes,
               std::int32_t* sums)
{
    sumPlainly(codes, pixels, channels, pixelCodes, sums);
}

} // namespace quantoscope
