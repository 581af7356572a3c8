// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/joinplanes.h"

#if defined(__x86_64__)
#include <algorithm>
#include <immintrin.h>

// GCC 12 takes the undefined lanes of its own intrinsics for a mistake of the caller.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

namespace quantoscope {

namespace {

constexpr std::size_t block = 64; ///< pixels of a plane's vector

/// Where the bytes of the three vectors of 64 joined pixels come from.
struct Parts
{
    alignas(64) std::int8_t places[3][block] = {}; ///< pixel, + 64 in the second plane
    std::uint64_t third[3] = {};
};

constexpr Parts makeParts()
{
    Parts parts;
    for (std::size_t i = 0; i < 3 * block; ++i) {
        parts.places[i / block][i % block] = static_cast<std::int8_t>(i / 3 + (i % 3 == 1 ? block : 0));
        if (i % 3 == 2)
            parts.third[i / block] |= std::uint64_t{1} << i % block;
    }
    return parts;
}

constexpr Parts parts = makeParts();

inline __mmask64 firstOf(std::size_t count)
{
    return count >= block ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

void join(const std::int8_t* planes, std::size_t planeStride, std::size_t pixels, std::int8_t* to)
{
    for (std::size_t done = 0; done < pixels; done += block, planes += block, to += 3 * block) {
        const std::size_t count = std::min(block, pixels - done);
        const __mmask64 some = firstOf(count);
        const __m512i a = _mm512_maskz_loadu_epi8(some, planes);
        const __m512i b = _mm512_maskz_loadu_epi8(some, planes + planeStride);
        const __m512i c = _mm512_maskz_loadu_epi8(some, planes + 2 * planeStride);
#pragma GCC unroll 3
        for (std::size_t i = 0; i < 3; ++i) {
            if (i * block >= 3 * count)
                break;
            const __m512i places = _mm512_load_si512(parts.places[i]);
            const __m512i two = _mm512_permutex2var_epi8(a, places, b);
            const __m512i all = _mm512_mask_permutexvar_epi8(two, parts.third[i], places, c);
            _mm512_mask_storeu_epi8(to + i * block, firstOf(3 * count - i * block), all);
        }
    }
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options
#pragma GCC diagnostic pop

namespace quantoscope {

JoinThreePlanes joinThreePlanes(Isa isa) { return isa == Isa::Avx512Vnni ? join : nullptr; }

} // namespace quantoscope

#else

namespace quantoscope {

JoinThreePlanes joinThreePlanes(Isa) { return nullptr; }

} // namespace quantoscope

#endif
