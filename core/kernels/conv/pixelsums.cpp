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

void sumByDotProducts(const std::int8_t* codes, std::size_t pixels, std::size_t channels,
                      std::size_t pixelCodes, std::int32_t* sums)
{
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
