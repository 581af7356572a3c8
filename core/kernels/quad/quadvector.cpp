// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/quad/quadvector.h"

#include "core/kernels/planes/planelayout.h"

#include <array>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

namespace quantoscope {

namespace {

constexpr int columns = 32;
constexpr int vectors = columns / 16;

/// A field lies `shift` bits above (below where negative) its place in the code.
constexpr int shiftOf(const PlaneLayout& layout, int plane, int step)
{
    const auto index = static_cast<std::size_t>(plane);
    const int width = layout.width[index];
    return step % (8 / width) * width - layout.position[index];
}

constexpr int lowestShift = -6;
constexpr int shifts = 14; ///< -6 … 7

/// One accumulator a shift and vector; those that a width does not use vanish. `sets` of them break chains of dependent sums.
template <int sets>
struct Sums
{
    __m512i lanes[sets][shifts][vectors];
};

template <int bits, int set, int plane, int step, int sets>
inline __attribute__((always_inline)) void addPlane(Sums<sets>& sums, const std::uint8_t* chunk,
                                                    const __m512i& values)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    constexpr int width = layout.width[plane];
    constexpr int fields = 8 / width;
    constexpr int mask = ((1 << width) - 1) << (step % fields * width);
    constexpr int shift = shiftOf(layout, plane, step) - lowestShift;
    constexpr int at = (layout.vector[plane] + step / fields) * columns * 4;
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
        __m512i codes = _mm512_load_si512(chunk + at + v * 64);
        if constexpr (width < 8)
            codes = _mm512_and_si512(codes, _mm512_set1_epi8(static_cast<char>(mask)));
        sums.lanes[set][shift][v] = _mm512_dpbusd_epi32(sums.lanes[set][shift][v], codes, values);
    }
    if constexpr (plane + 1 < layout.planes)
        addPlane<bits, set, plane + 1, step>(sums, chunk, values);
}

template <int bits, int set, int step, int sets>
inline __attribute__((always_inline)) void addChunk(Sums<sets>& sums, const std::uint8_t* chunk,
                                                    const std::byte* row, std::ptrdiff_t stride)
{
    int four;
    __builtin_memcpy(&four, row, sizeof four);
    addPlane<bits, set, 0, step>(sums, chunk, _mm512_set1_epi32(four));
    if constexpr (step + 1 < planeLayout(bits).chunkSteps)
        addChunk<bits, set, step + 1>(sums, chunk, row + stride, stride);
}

template <int sets>
inline __attribute__((always_inline)) void clear(Sums<sets>& sums)
{
#pragma GCC unroll 4
    for (int set = 0; set < sets; ++set)
#pragma GCC unroll 16
        for (int shift = 0; shift < shifts; ++shift)
#pragma GCC unroll 2
            for (int v = 0; v < vectors; ++v)
                sums.lanes[set][shift][v] = _mm512_setzero_si512();
}

/// By vector types: GCC 12 warns of the intrinsics' own undefined operands.
inline __m512i shifted(__m512i lanes, int shift)
{
    using Ints __attribute__((vector_size(64))) = std::int32_t;
    const auto ints = reinterpret_cast<Ints>(lanes);
    return reinterpret_cast<__m512i>(shift >= 0 ? ints >> shift : ints << -shift);
}

template <int sets>
inline __attribute__((always_inline)) __m512i total(const Sums<sets>& sums, int v)
{
    __m512i all = _mm512_setzero_si512();
#pragma GCC unroll 4
    for (int set = 0; set < sets; ++set)
#pragma GCC unroll 16
        for (int index = 0; index < shifts; ++index) {
            const int shift = index + lowestShift;
            const __m512i lanes = sums.lanes[set][index][v];
            all = _mm512_add_epi32(all, shifted(lanes, shift));
        }
    return all;
}

template <int bits, int sets, int set = 0>
inline __attribute__((always_inline)) void addChunks(Sums<sets>& sums, const std::uint8_t* chunk,
                                                     const std::byte* row, std::ptrdiff_t stride)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    addChunk<bits, set, 0>(sums, chunk, row, stride);
    if constexpr (set + 1 < sets)
        addChunks<bits, sets, set + 1>(sums, chunk + layout.chunkVectors * columns * 4,
                                       row + layout.chunkSteps * stride, stride);
}

template <int bits, int sets>
void multiplyBits(const std::uint8_t* chunk, std::size_t chunks, const std::byte* row, std::ptrdiff_t stride,
                  std::int32_t* acc)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    constexpr std::ptrdiff_t chunkBytes = layout.chunkVectors * columns * 4;
    Sums<sets> sums;
    clear(sums);
    for (; chunks >= sets; chunks -= sets) {
        addChunks<bits>(sums, chunk, row, stride);
        chunk += sets * chunkBytes;
        row += sets * layout.chunkSteps * stride;
    }
    for (; chunks > 0; --chunks, chunk += chunkBytes, row += layout.chunkSteps * stride)
        addChunk<bits, 0, 0>(sums, chunk, row, stride);
    for (int v = 0; v < vectors; ++v)
        _mm512_storeu_si512(acc + v * 16, total(sums, v));
}

using MultiplyBits = void (*)(const std::uint8_t*, std::size_t, const std::byte*, std::ptrdiff_t,
                              std::int32_t*);

} // namespace

} // namespace quantoscope

#pragma GCC pop_options

namespace quantoscope {

std::size_t quadVectorRows(const WeightPlanes& planes)
{
    // A masked byte may be 255 whatever the code: shifted sums are as large as those of 8 bits.
    constexpr std::size_t safeDepth = 65793;
    const bool can = planes.isa == Isa::Avx512Vnni && planes.step == 4 && !planes.hasTable
                     && planes.depth.depth <= safeDepth;
    return can ? 3 : 0;
}

void multiplyQuadVector(const WeightPlanes& planes, std::size_t panel, const std::byte* row,
                        std::ptrdiff_t stride, std::int32_t* acc)
{
    static constexpr std::array<MultiplyBits, 8> kernels{
        multiplyBits<1, 1>, multiplyBits<2, 1>, multiplyBits<3, 1>, multiplyBits<4, 2>,
        multiplyBits<5, 1>, multiplyBits<6, 1>, multiplyBits<7, 1>, multiplyBits<8, 4>};
    const auto chunkSteps = static_cast<std::size_t>(planeLayout(planes.bits).chunkSteps);
    kernels[static_cast<std::size_t>(planes.bits - 1)](planes.panel(panel), planes.paddedSteps / chunkSteps,
                                                       row, stride, acc);
}

} // namespace quantoscope

#else

namespace quantoscope {

std::size_t quadVectorRows(const WeightPlanes&) { return 0; }

void multiplyQuadVector(const WeightPlanes&, std::size_t, const std::byte*, std::ptrdiff_t, std::int32_t*) {}

} // namespace quantoscope

#endif
