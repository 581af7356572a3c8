// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnorkernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

namespace quantoscope {

namespace {

constexpr int vectors = 3;
constexpr int columns = 8 * vectors;

inline std::int64_t wordAt(const std::byte* at)
{
    return *static_cast<const std::int64_t*>(static_cast<const void*>(at));
}

// 24 sums, three vectors of weights and one word of activations in all lanes stay in the 32 registers.
template <int rows>
void differencesOf(const TileInput& input, const std::uint64_t* panel, std::int32_t* acc)
{
    __m512i sum[rows][vectors];
    for (auto& row : sum)
        for (__m512i& lanes : row)
            lanes = _mm512_setzero_si512();
    for (const std::ptrdiff_t segment : input.segments) {
        const std::byte* at = input.base + segment;
        for (std::size_t k = 0; k < input.stepsPerSegment; ++k) {
            __m512i weights[vectors];
#pragma GCC unroll 3
            for (int v = 0; v < vectors; ++v)
                weights[v] = _mm512_load_si512(panel + 8 * v);
#pragma GCC unroll 8
            for (int r = 0; r < rows; ++r) {
                const __m512i word = _mm512_set1_epi64(wordAt(at + r * input.rowStride));
#pragma GCC unroll 3
                for (int v = 0; v < vectors; ++v)
                    sum[r][v] =
                        _mm512_add_epi64(sum[r][v], _mm512_popcnt_epi64(_mm512_xor_si512(word, weights[v])));
            }
            panel += columns;
            at += input.stepStride;
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 3
        for (int v = 0; v < vectors; ++v)
            _mm256_storeu_si256(static_cast<__m256i*>(static_cast<void*>(acc + r * columns + 8 * v)),
                                _mm512_maskz_cvtepi64_epi32(0xff, sum[r][v]));
}

void differences(const TileInput& input, const std::uint64_t* panel, int rows, std::int32_t* acc)
{
    using Function = void (*)(const TileInput&, const std::uint64_t*, std::int32_t*);
    static constexpr Function functions[] = {differencesOf<1>, differencesOf<2>, differencesOf<3>,
                                             differencesOf<4>, differencesOf<5>, differencesOf<6>,
                                             differencesOf<7>, differencesOf<8>};
    functions[rows - 1](input, panel, acc);
}

} // namespace

extern const XnorKernel xnorVpopcnt;
const XnorKernel xnorVpopcnt = {"vpopcntq 8×24", Isa::Avx512Vnni, columns, 8, differences};

} // namespace quantoscope

#pragma GCC pop_options
#endif
