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
constexpr int vectorBytes = 64;

/// A field lies this many bits above its place in the code; below where negative.
constexpr int shiftOf(const PlaneLayout& layout, int plane, int step)
{
    const auto index = static_cast<std::size_t>(plane);
    const int width = layout.width[index];
    return step % (8 / width) * width - layout.position[index];
}

/// The different shifts of a width, one accumulator each.
struct Shifts
{
    int count = 0;
    std::array<int, 12> shift{};

    constexpr int find(int wanted) const
    {
        int at = 0;
        while (at < count && shift[static_cast<std::size_t>(at)] != wanted)
            ++at;
        return at;
    }
};

constexpr Shifts shiftsOf(int bits)
{
    const PlaneLayout layout = planeLayout(bits);
    Shifts shifts;
    for (int plane = 0; plane < layout.planes; ++plane)
        for (int step = 0; step < layout.chunkSteps; ++step)
            if (const int shift = shiftOf(layout, plane, step); shifts.find(shift) == shifts.count)
                shifts.shift[static_cast<std::size_t>(shifts.count++)] = shift;
    return shifts;
}

using Ints __attribute__((vector_size(64))) = std::int32_t;

// All below is unrolled by templates: with every index a constant the accumulators are registers from the first pass on. Left to
// the unroller of loops, or held as __m512i (64-bit lanes, converted for each sum), GCC 12 keeps some in memory.

/// `sets` accumulators a shift break chains of dependent sums; lanes [sets][shifts][2 vectors].
template <int bits, int sets>
struct Sums
{
    static constexpr Shifts shifts = shiftsOf(bits);
    static constexpr int count = sets * shifts.count * 2;
    static constexpr int index(int set, int shift, int vector)
    {
        return (set * shifts.count + shifts.find(shift)) * 2 + vector;
    }
    Ints lanes[count];
};

template <int index, typename S>
inline __attribute__((always_inline)) void clear(S& sums)
{
    sums.lanes[index] = Ints{};
    if constexpr (index + 1 < S::count)
        clear<index + 1>(sums);
}

inline __attribute__((always_inline)) void addQuads(Ints& sums, __m512i codes, __m512i values)
{
    sums = reinterpret_cast<Ints>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums), codes, values));
}

template <int mask>
inline __attribute__((always_inline)) __m512i masked(const std::uint8_t* codes)
{
    const __m512i all = _mm512_load_si512(codes);
    if constexpr (mask == 255)
        return all;
    else
        return _mm512_and_si512(all, _mm512_set1_epi8(static_cast<char>(mask)));
}

/// Sums keep the processor from looking far enough ahead by itself. Weights that are read once are not to push others out of the
/// larger caches. What lies behind the last panel is only asked for.
inline __attribute__((always_inline)) void fetchAhead(const std::uint8_t* codes)
{
    constexpr std::ptrdiff_t ahead = 8192;
    _mm_prefetch(reinterpret_cast<const char*>(codes) + ahead, _MM_HINT_NTA);
    _mm_prefetch(reinterpret_cast<const char*>(codes) + ahead + vectorBytes, _MM_HINT_NTA);
}

template <int bits, int set, int plane, int step, typename S>
inline __attribute__((always_inline)) void addPlane(S& sums, const std::uint8_t* chunk, __m512i values)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    constexpr int width = layout.width[plane];
    constexpr int fields = 8 / width;
    constexpr int mask = ((1 << width) - 1) << (step % fields * width);
    constexpr int first = S::index(set, shiftOf(layout, plane, step), 0);
    const std::uint8_t* codes = chunk + (layout.vector[plane] + step / fields) * columns * 4;
    if constexpr (step % fields == 0)
        fetchAhead(codes);
    addQuads(sums.lanes[first], masked<mask>(codes), values);
    addQuads(sums.lanes[first + 1], masked<mask>(codes + vectorBytes), values);
    if constexpr (plane + 1 < layout.planes)
        addPlane<bits, set, plane + 1, step>(sums, chunk, values);
}

template <int bits, int rows, int set, int step, typename S>
inline __attribute__((always_inline)) void addChunk(S& sums, const std::uint8_t* chunk, const std::byte* row)
{
    int four;
    __builtin_memcpy(&four, row + step * rows * 4, sizeof four);
    addPlane<bits, set, 0, step>(sums, chunk, _mm512_set1_epi32(four));
    if constexpr (step + 1 < planeLayout(bits).chunkSteps)
        addChunk<bits, rows, set, step + 1>(sums, chunk, row);
}

template <int bits, int rows, int sets, int set, typename S>
inline __attribute__((always_inline)) void addChunks(S& sums, const std::uint8_t* chunk, const std::byte* row)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    addChunk<bits, rows, set, 0>(sums, chunk, row);
    if constexpr (set + 1 < sets)
        addChunks<bits, rows, sets, set + 1>(sums, chunk + layout.chunkVectors * columns * 4,
                                             row + layout.chunkSteps * rows * 4);
}

template <int shift>
inline __attribute__((always_inline)) Ints shifted(Ints lanes)
{
    if constexpr (shift >= 0)
        return lanes >> shift;
    else
        return lanes << -shift;
}

template <int index, typename S>
inline __attribute__((always_inline)) Ints total(const S& sums)
{
    constexpr int shift = S::shifts.shift[index / 2 % S::shifts.count];
    const Ints here = shifted<shift>(sums.lanes[index]);
    if constexpr (index + 2 < S::count)
        return here + total<index + 2>(sums);
    else
        return here;
}

template <int bits, int rows, int sets>
void multiplyBits(const std::uint8_t* chunk, std::size_t chunks, const std::byte* row, std::int32_t* acc)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    constexpr std::ptrdiff_t chunkBytes = layout.chunkVectors * columns * 4;
    constexpr std::ptrdiff_t rowBytes = layout.chunkSteps * rows * 4;
    Sums<bits, sets> sums;
    clear<0>(sums);
    for (std::size_t left = chunks / sets; left > 0; --left) {
        addChunks<bits, rows, sets, 0>(sums, chunk, row);
        chunk += sets * chunkBytes;
        row += sets * rowBytes;
    }
    if constexpr (sets > 1)
        for (std::size_t left = chunks % sets; left > 0; --left, chunk += chunkBytes, row += rowBytes)
            addChunk<bits, rows, 0, 0>(sums, chunk, row);
    _mm512_storeu_si512(acc, reinterpret_cast<__m512i>(total<0>(sums)));
    _mm512_storeu_si512(acc + 16, reinterpret_cast<__m512i>(total<1>(sums)));
}

using MultiplyBits = void (*)(const std::uint8_t*, std::size_t, const std::byte*, std::int32_t*);

template <int rows>
constexpr std::array<MultiplyBits, 8> allBits()
{
    return {multiplyBits<1, rows, 1>, multiplyBits<2, rows, 1>, multiplyBits<3, rows, 1>,
            multiplyBits<4, rows, 2>, multiplyBits<5, rows, 1>, multiplyBits<6, rows, 1>,
            multiplyBits<7, rows, 1>, multiplyBits<8, rows, 4>};
}

constexpr std::array<std::array<MultiplyBits, 8>, 4> kernels{allBits<1>(), allBits<2>(), allBits<3>(),
                                                             allBits<4>()};

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
    if (!can)
        return 0;
    // Each row costs about the same here; decoding once for all rows pays from the next one on. 8 bits need no decoding.
    return planes.bits == 8 ? 1 : planes.bits <= 2 ? kernels.size() : 3;
}

void multiplyQuadVector(const WeightPlanes& planes, std::size_t panel, const std::byte* row, std::size_t rows,
                        std::int32_t* acc)
{
    const auto chunkSteps = static_cast<std::size_t>(planeLayout(planes.bits).chunkSteps);
    kernels[rows - 1][static_cast<std::size_t>(planes.bits - 1)](planes.panel(panel),
                                                                 planes.paddedSteps / chunkSteps, row, acc);
}

} // namespace quantoscope

#else

namespace quantoscope {

std::size_t quadVectorRows(const WeightPlanes&) { return 0; }

void multiplyQuadVector(const WeightPlanes&, std::size_t, const std::byte*, std::size_t, std::int32_t*) {}

} // namespace quantoscope

#endif
