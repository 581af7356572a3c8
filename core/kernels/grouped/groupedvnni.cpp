// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/grouped/groupedkernel.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cstring>
#include <immintrin.h>
#include <type_traits>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")
#pragma GCC diagnostic push
// The intrinsics' own "undefined" operands.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace quantoscope {

namespace {

constexpr std::size_t columns = GroupedLayout::columns;
constexpr std::size_t vectorBytes = GroupedLayout::vectorBytes;
constexpr int tileRows = 7; // 14 integer and 14 float accumulators of 16 lanes, 3 registers left

__m512i broadcast(const std::byte* codes)
{
    std::int32_t quad = 0;
    std::memcpy(&quad, codes, sizeof(quad));
    return _mm512_set1_epi32(quad);
}

/// vcvtdq2ps keeps both of Zen 5's multipliers busy for a cycle, a subtraction none of them.
__m512 unbiased(__m512i sum)
{
    return _mm512_sub_ps(_mm512_castsi512_ps(sum), _mm512_castsi512_ps(_mm512_set1_epi32(floatBias)));
}

/// What the columns of a group carry, from a decoded panel.
struct GroupTerms
{
    GroupTerms(const std::byte*& in, GroupedMode mode) : scale(_mm512_load_ps(in))
    {
        in += 64;
        if (hasZeros(mode)) {
            zero = _mm512_load_si512(in);
            in += 64;
        }
        if (hasOffsets(mode)) {
            offset = _mm512_load_ps(in);
            in += 64;
        }
    }
    __m512 scale;
    __m512i zero = _mm512_setzero_si512(); ///< negated
    __m512 offset = _mm512_setzero_ps();
};

template <GroupedMode mode>
__m512i startOf(const GroupTerms& terms, const GroupedTile& tile, std::size_t at)
{
    if constexpr (mode == GroupedMode::General)
        return _mm512_setzero_si512();
    else if constexpr (hasZeros(mode)) // both fit int16: half the time of a multiplication of int32
        return _mm512_dpwssd_epi32(_mm512_set1_epi32(floatBias),
                                   _mm512_and_si512(terms.zero, _mm512_set1_epi32(0xffff)),
                                   _mm512_set1_epi32(tile.sums[at]));
    else
        return _mm512_set1_epi32(tile.starts[at]);
}

template <GroupedMode mode>
__m512 addGroup(__m512 total, __m512i sum, const GroupTerms& terms, const GroupedTile& tile, std::size_t at)
{
    __m512 real;
    if constexpr (mode == GroupedMode::General)
        real = _mm512_cvtepi32_ps(
            _mm512_add_epi32(_mm512_slli_epi32(sum, static_cast<unsigned>(tile.shift)),
                             _mm512_mullo_epi32(terms.zero, _mm512_set1_epi32(tile.sums[at]))));
    else
        real = unbiased(sum);
    total = _mm512_add_ps(total, _mm512_mul_ps(terms.scale, real));
    if constexpr (hasOffsets(mode))
        total = _mm512_add_ps(total,
                              _mm512_mul_ps(terms.offset, _mm512_set1_ps(static_cast<float>(tile.sums[at]))));
    return total;
}

template <std::size_t rows>
[[gnu::always_inline]] inline void addStep(const std::byte* left, const std::byte* right,
                                           const std::byte* codes, __m512i (&acc)[rows][2])
{
    const __m512i w0 = _mm512_load_si512(left);
    const __m512i w1 = _mm512_load_si512(right);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
        const __m512i x = broadcast(codes + r * 4);
        acc[r][0] = _mm512_dpbusd_epi32(acc[r][0], w0, x);
        acc[r][1] = _mm512_dpbusd_epi32(acc[r][1], w1, x);
    }
}

/// Groups of 32 codes, which most formats have, are laid out step after step: a loop costs moves of all accumulators.
template <std::size_t rows>
[[gnu::always_inline]] inline void addSteps(const std::byte*& left, const std::byte*& right,
                                            const std::byte*& codes, std::size_t steps,
                                            __m512i (&acc)[rows][2])
{
    constexpr std::size_t usual = 8;
    if (steps == usual) {
#pragma GCC unroll 8
        for (std::size_t s = 0; s < usual; ++s)
            addStep<rows>(left + s * vectorBytes, right + s * vectorBytes, codes + s * rows * 4, acc);
    } else {
        for (std::size_t s = 0; s < steps; ++s)
            addStep<rows>(left + s * vectorBytes, right + s * vectorBytes, codes + s * rows * 4, acc);
    }
    left += steps * vectorBytes;
    right += steps * vectorBytes;
    codes += steps * rows * 4;
}

template <GroupedMode mode, std::size_t rows>
void multiplyRows(const GroupedTile& tile, float* f)
{
    const std::byte* left = tile.panel;
    const std::byte* right = tile.panel + tile.nextPanel;
    const std::byte* codes = tile.codes;
    __m512 total[rows][2];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r)
        total[r][0] = total[r][1] = _mm512_setzero_ps();
    for (std::size_t g = 0; g < tile.groups; ++g) {
        const GroupTerms terms0(left, mode);
        const GroupTerms terms1(right, mode);
        __m512i acc[rows][2];
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r) {
            acc[r][0] = startOf<mode>(terms0, tile, g * rows + r);
            acc[r][1] = startOf<mode>(terms1, tile, g * rows + r);
        }
        addSteps<rows>(left, right, codes, g + 1 == tile.groups ? tile.lastSteps : tile.steps, acc);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r) {
            total[r][0] = addGroup<mode>(total[r][0], acc[r][0], terms0, tile, g * rows + r);
            total[r][1] = addGroup<mode>(total[r][1], acc[r][1], terms1, tile, g * rows + r);
        }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
        _mm512_storeu_ps(f + r * 2 * columns, total[r][0]);
        _mm512_storeu_ps(f + r * 2 * columns + columns, total[r][1]);
    }
}

template <GroupedMode mode, std::size_t rows = tileRows>
void multiplyIn(const GroupedTile& tile, float* f)
{
    if (static_cast<std::size_t>(tile.rows) == rows)
        multiplyRows<mode, rows>(tile, f);
    else if constexpr (rows > 1)
        multiplyIn<mode, rows - 1>(tile, f);
}

void multiply(const GroupedTile& tile, float* f)
{
    switch (tile.mode) {
    case GroupedMode::Plain:
        return multiplyIn<GroupedMode::Plain>(tile, f);
    case GroupedMode::Zeros:
        return multiplyIn<GroupedMode::Zeros>(tile, f);
    case GroupedMode::Offsets:
        return multiplyIn<GroupedMode::Offsets>(tile, f);
    case GroupedMode::General:
        return multiplyIn<GroupedMode::General>(tile, f);
    }
}

/// The header of a group in the stream itself.
struct StreamHeader
{
    explicit StreamHeader(const GroupedLayout& layout)
        : scaleBytes(layout.scaleBytes), zeroBytes(layout.zeroBytes), offsetBytes(layout.offsetBytes)
    {
    }

    static __m512 floats(const std::byte* in, std::size_t bytes)
    {
        return bytes == 2 ? _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in)))
                          : _mm512_loadu_ps(in);
    }
    __m512 scale(const std::byte* in) const { return floats(in, scaleBytes); }
    __m512i zero(const std::byte* in) const
    {
        in += columns * scaleBytes;
        return zeroBytes == 1 ? _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in)))
                              : _mm512_loadu_si512(in);
    }
    __m512 offset(const std::byte* in) const
    {
        return floats(in + columns * (scaleBytes + zeroBytes), offsetBytes);
    }
    std::size_t bytes() const { return columns * (scaleBytes + zeroBytes + offsetBytes); }

    std::size_t scaleBytes;
    std::size_t zeroBytes;
    std::size_t offsetBytes;
};

/// A row is bound by the memory: processors fetch streams ahead by themselves, but not as far as pays.
void fetchAhead(const std::byte* in)
{
    constexpr std::size_t distance = 8192;
    _mm_prefetch(reinterpret_cast<const char*>(in) + distance, _MM_HINT_T0);
}

/// Codes are masked where they lie: the field at bit b of a byte sums to 2^b times its share, which is shifted once at the end.
template <std::size_t width>
struct Plane
{
    static constexpr std::size_t fields = 8 / width;
    __m512i acc[fields];

    explicit Plane(__m512i start)
    {
#pragma GCC unroll 8
        for (std::size_t f = 0; f < fields; ++f)
            acc[f] = f == 0 ? start : _mm512_setzero_si512();
    }

    void add(const std::byte*& in, const std::byte* codes, std::size_t steps)
    {
#pragma GCC unroll 4
        for (std::size_t s = 0; s < steps; s += fields, in += vectorBytes, codes += fields * 4) {
            fetchAhead(in);
            const __m512i w = _mm512_loadu_si512(in);
#pragma GCC unroll 8
            for (std::size_t f = 0; f < fields; ++f) {
                const auto mask = static_cast<char>(((1U << width) - 1) << f * width);
                acc[f] = _mm512_dpbusd_epi32(acc[f], _mm512_and_si512(w, _mm512_set1_epi8(mask)),
                                             broadcast(codes + f * 4));
            }
        }
    }

    __m512i sum() const
    {
        __m512i total = acc[0];
#pragma GCC unroll 8
        for (std::size_t f = 1; f < fields; ++f)
            total = _mm512_add_epi32(total, _mm512_srai_epi32(acc[f], static_cast<unsigned>(f * width)));
        return total;
    }
};

template <std::size_t width>
struct NoPlane
{
    explicit NoPlane(__m512i) {}
    void add(const std::byte*&, const std::byte*, std::size_t) {}
    __m512i sum() const { return _mm512_setzero_si512(); }
};

template <std::size_t width, std::size_t bits>
using PlaneIn = std::conditional_t<(bits & width) != 0, Plane<width>, NoPlane<width>>;

/// Sums of a group, planes widest first; `start` goes to the first one.
template <std::size_t bits>
__m512i sumOfPlanes(const std::byte*& in, const std::byte*& codes, std::size_t steps, __m512i start)
{
    constexpr std::size_t chunkSteps = 8 / (bits & (~bits + 1));
    const __m512i none = _mm512_setzero_si512();
    PlaneIn<8, bits> eight(start);
    PlaneIn<4, bits> four(start);
    PlaneIn<2, bits> two((bits & 4) != 0 ? none : start);
    PlaneIn<1, bits> one((bits & 6) != 0 ? none : start);
    if constexpr ((bits & (bits - 1)) == 0) { // one plane: chunks follow each other without a seam
        eight.add(in, codes, steps);
        four.add(in, codes, steps);
        two.add(in, codes, steps);
        one.add(in, codes, steps);
        codes += steps * 4;
    } else {
        for (std::size_t s = 0; s < steps; s += chunkSteps, codes += chunkSteps * 4) {
            four.add(in, codes, chunkSteps);
            two.add(in, codes, chunkSteps);
            one.add(in, codes, chunkSteps);
        }
    }
    __m512i sum = bits == 8 ? eight.sum() : four.sum();
    if constexpr ((bits & 2) != 0)
        sum = _mm512_add_epi32(sum, _mm512_slli_epi32(two.sum(), bits & 4));
    if constexpr ((bits & 1) != 0)
        sum = _mm512_add_epi32(sum, _mm512_slli_epi32(one.sum(), bits & 6));
    return sum;
}

/// The same for 4-bit codes that stand for bytes of a table.
__m512i sumOfLevels(const std::byte*& in, const std::byte*& codes, std::size_t steps, __m512i start,
                    __m512i table)
{
    const __m512i low = _mm512_set1_epi8(15);
    __m512i sums[2] = {start, _mm512_setzero_si512()};
    for (std::size_t s = 0; s < steps; s += 2, in += vectorBytes, codes += 8) {
        fetchAhead(in);
        const __m512i w = _mm512_loadu_si512(in);
        const __m512i even = _mm512_shuffle_epi8(table, _mm512_and_si512(w, low));
        const __m512i odd = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(w, 4), low));
        sums[0] = _mm512_dpbusd_epi32(sums[0], even, broadcast(codes));
        sums[1] = _mm512_dpbusd_epi32(sums[1], odd, broadcast(codes + 4));
    }
    return _mm512_add_epi32(sums[0], sums[1]);
}

/// bits 0: levels of a table.
template <std::size_t bits>
void multiplyRow(const GroupedWeights& weights, std::size_t panel, const GroupedTile& row, float* f)
{
    const StreamHeader header(weights.layout);
    const std::byte* in = weights.panel(panel);
    const std::byte* codes = row.codes;
    __m512i table = _mm512_setzero_si512();
    if constexpr (bits == 0) {
        alignas(16) std::uint8_t levels[16] = {};
        std::copy(weights.table.begin(), weights.table.end(), levels);
        table = _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(levels)));
    }
    const bool biased = row.mode != GroupedMode::General;
    const __m512i bias = _mm512_set1_epi32(biased ? floatBias : 0);
    __m512 total = _mm512_setzero_ps();
    for (std::size_t g = 0; g < row.groups; ++g) {
        const std::byte* const terms = in;
        fetchAhead(terms);
        in += header.bytes();
        const std::size_t steps = g + 1 == row.groups ? row.lastSteps : row.steps;
        const __m512i start =
            header.zeroBytes == 0
                ? _mm512_set1_epi32(row.starts[g])
                : _mm512_add_epi32(bias,
                                   _mm512_mullo_epi32(header.zero(terms), _mm512_set1_epi32(-row.sums[g])));
        const __m512i first = row.shift == 0 ? start : _mm512_setzero_si512();
        __m512i sum;
        if constexpr (bits == 0)
            sum = sumOfLevels(in, codes, steps, first, table);
        else
            sum = sumOfPlanes<bits>(in, codes, steps, first);
        if (row.shift != 0)
            sum = _mm512_add_epi32(_mm512_add_epi32(sum, sum), start);
        total = _mm512_add_ps(
            total, _mm512_mul_ps(header.scale(terms), biased ? unbiased(sum) : _mm512_cvtepi32_ps(sum)));
        if (header.offsetBytes != 0)
            total = _mm512_add_ps(
                total, _mm512_mul_ps(header.offset(terms), _mm512_set1_ps(static_cast<float>(row.sums[g]))));
    }
    _mm512_storeu_ps(f, total);
}

using RowKernel = void (*)(const GroupedWeights&, std::size_t, const GroupedTile&, float*);

RowKernel rowKernel(const GroupedWeights& weights)
{
    static constexpr RowKernel kernels[] = {multiplyRow<0>, multiplyRow<1>, multiplyRow<2>,
                                            multiplyRow<3>, multiplyRow<4>, multiplyRow<5>,
                                            multiplyRow<6>, multiplyRow<7>, multiplyRow<8>};
    // Shifted fields are as large as bytes: beyond this depth they may leave int32.
    constexpr std::size_t longestGroup = 1 << 17;
    const Depth& depth = weights.layout.depth;
    if (std::min(depth.run, depth.depth) > longestGroup)
        return nullptr;
    if (weights.table.empty())
        return kernels[weights.layout.storedBits];
    return weights.layout.storedBits == 4 && weights.table.size() <= 16 ? kernels[0] : nullptr;
}

} // namespace

void fillVnniKernel(const GroupedWeights& weights, GroupedKernel& kernel)
{
    kernel.name = "vpdpbusd 7×32";
    kernel.rowName = weights.table.empty() ? "vpdpbusd 1×16, masked" : "vpdpbusd 1×16, levels by vpshufb";
    kernel.wide = false;
    kernel.rows = tileRows;
    kernel.panels = 2;
    kernel.multiply = multiply;
    kernel.multiplyRow = rowKernel(weights);
}

} // namespace quantoscope

#pragma GCC diagnostic pop
#pragma GCC pop_options

#endif
