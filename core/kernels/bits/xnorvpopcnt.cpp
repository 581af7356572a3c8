// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnorkernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

namespace quantoscope {

namespace {

constexpr int vectors = 4;
constexpr int columns = 8 * vectors;
constexpr int mostRows = 6;

inline std::int64_t wordAt(const std::byte* at)
{
    return *static_cast<const std::int64_t*>(static_cast<const void*>(at));
}

// 24 counts, four vectors of weights and one word of activations in all lanes stay in the 32 registers.
template <int rows>
void multiplyRows(const TileInput& input, const std::uint64_t* panel, std::int32_t start, std::int32_t* sums,
                  std::size_t stride)
{
    __m512i count[rows][vectors];
    for (auto& row : count)
        for (__m512i& lanes : row)
            lanes = _mm512_setzero_si512();
    for (const std::ptrdiff_t segment : input.segments) {
        const std::byte* at = input.base + segment;
        for (std::size_t k = 0; k < input.stepsPerSegment; ++k) {
            __m512i weights[vectors];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                weights[v] = _mm512_load_si512(panel + 8 * v);
#pragma GCC unroll 6
            for (int r = 0; r < rows; ++r) {
                const __m512i word = _mm512_set1_epi64(wordAt(at + r * input.rowStride));
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v)
                    count[r][v] = _mm512_add_epi64(count[r][v],
                                                   _mm512_popcnt_epi64(_mm512_xor_si512(word, weights[v])));
            }
            panel += columns;
            at += input.stepStride;
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            _mm256_storeu_si256(
                static_cast<__m256i*>(
                    static_cast<void*>(sums + static_cast<std::size_t>(r) * stride + 8 * v)),
                _mm256_sub_epi32(_mm256_set1_epi32(start),
                                 _mm256_slli_epi32(_mm512_maskz_cvtepi64_epi32(0xff, count[r][v]), 1)));
}

void multiply(const TileInput& input, const std::uint64_t* panel, int rows, std::int32_t start,
              std::int32_t* sums, std::size_t stride)
{
    using Function =
        void (*)(const TileInput&, const std::uint64_t*, std::int32_t, std::int32_t*, std::size_t);
    static constexpr Function functions[] = {multiplyRows<1>, multiplyRows<2>, multiplyRows<3>,
                                             multiplyRows<4>, multiplyRows<5>, multiplyRows<6>};
    functions[rows - 1](input, panel, start, sums, stride);
}

} // namespace

extern const XnorKernel xnorVpopcnt;
const XnorKernel xnorVpopcnt = {"vpopcntq 6×32", Isa::Avx512Vnni, columns, mostRows, multiply};

} // namespace quantoscope

#pragma GCC pop_options
#endif
