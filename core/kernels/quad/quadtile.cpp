// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/quad/quadtile.h"

#include <algorithm>
#include <array>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>

// GCC 12 takes the undefined lanes of its own intrinsics for a mistake of the caller.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

#include "core/kernels/quad/quadcodes-inl.h"

namespace quantoscope {

namespace {

constexpr int maxRows = 12;
constexpr int columns = 32;
constexpr int vectors = columns / 16;

template <int rows>
struct Sums
{
    __m512i lanes[rows][vectors];
};

/// Four activations of a row, repeated for every column.
inline __m512i activations(const std::byte* at)
{
    int four;
    __builtin_memcpy(&four, at, sizeof four);
    return _mm512_set1_epi32(four);
}

/// Who holds signs: one side of the instruction's products has none.
enum class Signs { Activations, Weights };

/// Adds one step: activations of row r at `row(r)`.
template <Signs signs, int rows, typename Row>
inline __attribute__((always_inline)) void addStep(Sums<rows>& sums, const std::byte* panel, const Row& row)
{
    __m512i weights[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
        weights[v] = _mm512_load_si512(panel + v * 64);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        const __m512i values = activations(row(r));
        const __m512i flipped = _mm512_xor_si512(values, _mm512_set1_epi8(-128));
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            sums.lanes[r][v] = signs == Signs::Weights
                                   ? _mm512_dpbusd_epi32(sums.lanes[r][v], flipped, weights[v])
                                   : _mm512_dpbusd_epi32(sums.lanes[r][v], weights[v], values);
    }
}

/// Activations packed as [steps][rows][4]. What comes next is fetched meanwhile: products leave the memory idle.
template <int rows>
inline __attribute__((always_inline)) void addPacked(Sums<rows>& sums, const std::byte* at,
                                                     const std::byte* panel, std::size_t steps,
                                                     const std::byte* ahead)
{
    for (std::size_t step = 0; step < steps; ++step, at += rows * 4, panel += columns * 4, ahead += 64) {
        _mm_prefetch(reinterpret_cast<const char*>(ahead), _MM_HINT_T1);
        addStep<Signs::Activations>(sums, panel, [at](int r) { return at + r * 4; });
    }
}

/// Activations at any stride: every third row has a pointer, its neighbours an index, so that all fit the registers.
template <Signs signs, int rows>
inline __attribute__((always_inline)) void addStrided(Sums<rows>& sums, const TileInput& input,
                                                      const std::byte* at, const std::byte* panel)
{
    constexpr int pointers = (rows + 2) / 3;
    const std::ptrdiff_t rowStride = input.rowStride;
    const std::byte* row[pointers];
#pragma GCC unroll 4
    for (int i = 0; i < pointers; ++i)
        row[i] = at + 3 * i * rowStride;
    for (std::size_t step = 0; step < input.stepsPerSegment; ++step, panel += columns * 4) {
        addStep<signs>(sums, panel, [&row, rowStride](int r) { return row[r / 3] + r % 3 * rowStride; });
#pragma GCC unroll 4
        for (int i = 0; i < pointers; ++i)
            row[i] += input.stepStride;
    }
}

template <int rows>
inline __attribute__((always_inline)) void store(const Sums<rows>& sums, std::int32_t* acc)
{
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            _mm512_storeu_si512(acc + r * columns + v * 16, sums.lanes[r][v]);
}

template <int rows>
void multiplyRows(const TileInput& input, const std::byte* panel, std::int32_t* acc)
{
    Sums<rows> sums;
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            sums.lanes[r][v] = _mm512_setzero_si512();
    const bool packed = input.rowStride == 4 && input.stepStride == rows * 4;
    const std::size_t segmentBytes = input.stepsPerSegment * columns * 4;
    for (const std::ptrdiff_t segment : input.segments) {
        if (packed)
            addPacked(sums, input.base + segment, panel, input.stepsPerSegment,
                      input.ahead == nullptr ? panel : static_cast<const std::byte*>(input.ahead));
        else
            addStrided<Signs::Activations>(sums, input, input.base + segment, panel);
        panel += segmentBytes;
    }
    store(sums, acc);
}

template <int rows>
inline __attribute__((always_inline)) Sums<rows> signedSums(const TileInput& input, const std::byte* panel,
                                                            const std::int32_t* starts)
{
    Sums<rows> sums;
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            sums.lanes[r][v] = _mm512_loadu_si512(starts + v * 16);
    const std::size_t segmentBytes = input.stepsPerSegment * columns * 4;
    for (const std::ptrdiff_t segment : input.segments) {
        addStrided<Signs::Weights>(sums, input, input.base + segment, panel);
        panel += segmentBytes;
    }
    return sums;
}

template <int rows>
void multiplyRowsSigned(const TileInput& input, const std::byte* panel, const std::int32_t* starts,
                        std::int32_t* acc)
{
    store(signedSums<rows>(input, panel, starts), acc);
}

/// Two rows of codes fill a vector.
template <int rows>
void codesOfRows(const TileInput& input, const std::byte* panel, const TileCodes& codes, std::int8_t* out)
{
    const Sums<rows> sums = signedSums<rows>(input, panel, codes.starts);
    const QuadCodes rule(codes.zeroPoint, codes.low, codes.high);
    const __m512 multipliers[vectors] = {_mm512_loadu_ps(codes.multipliers),
                                         _mm512_loadu_ps(codes.multipliers + 16)};
    const __mmask32 some = ~std::uint32_t{0} >> (32 - codes.columns);
#pragma GCC unroll 8
    for (int r = 0; r < rows; r += 2) {
        const int next = std::min(r + 1, rows - 1);
        const __m512i both = rule.inOrder(
            rule.steps(sums.lanes[r][0], multipliers[0]), rule.steps(sums.lanes[r][1], multipliers[1]),
            rule.steps(sums.lanes[next][0], multipliers[0]), rule.steps(sums.lanes[next][1], multipliers[1]));
        _mm256_mask_storeu_epi8(out, some, _mm512_castsi512_si256(both));
        if (next > r)
            _mm256_mask_storeu_epi8(out + codes.stride, some, _mm512_extracti64x4_epi64(both, 1));
        out += 2 * codes.stride;
    }
}

using MultiplyRows = void (*)(const TileInput&, const std::byte*, std::int32_t*);
using MultiplyRowsSigned = void (*)(const TileInput&, const std::byte*, const std::int32_t*, std::int32_t*);
using CodesOfRows = void (*)(const TileInput&, const std::byte*, const TileCodes&, std::int8_t*);

struct RowKernels
{
    MultiplyRows multiply;
    MultiplyRowsSigned multiplySigned;
    CodesOfRows codesSigned;
};

template <int... index>
constexpr std::array<RowKernels, sizeof...(index)> allRows(std::integer_sequence<int, index...>)
{
    return {RowKernels{multiplyRows<index + 1>, multiplyRowsSigned<index + 1>, codesOfRows<index + 1>}...};
}

constexpr auto kernels = allRows(std::make_integer_sequence<int, maxRows>());

const RowKernels& kernelsOf(int rows) { return kernels[static_cast<std::size_t>(rows - 1)]; }

void multiply(const TileInput& input, const void* panel, int rows, std::int32_t* acc)
{
    kernelsOf(rows).multiply(input, static_cast<const std::byte*>(panel), acc);
}

void multiplySigned(const TileInput& input, const void* panel, int rows, const std::int32_t* starts,
                    std::int32_t* acc)
{
    kernelsOf(rows).multiplySigned(input, static_cast<const std::byte*>(panel), starts, acc);
}

void codesSigned(const TileInput& input, const void* panel, int rows, const TileCodes& codes,
                 std::int8_t* out)
{
    kernelsOf(rows).codesSigned(input, static_cast<const std::byte*>(panel), codes, out);
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options
#pragma GCC diagnostic pop

namespace quantoscope {

const TileKernel& quadTile()
{
    static constexpr TileKernel kernel{"vpdpbusd 12×32", Isa::Avx512Vnni, 4,          columns, maxRows,
                                       multiply,         multiplySigned,  codesSigned};
    return kernel;
}

} // namespace quantoscope

#else

namespace quantoscope {

const TileKernel& quadTile()
{
    static constexpr TileKernel kernel{};
    return kernel;
}

} // namespace quantoscope

#endif
