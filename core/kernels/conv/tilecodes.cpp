// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/tilecodes.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace quantoscope {

bool biasesFit(const PackedConv& conv, const ConvInput& input, const QuantizedOutput& rule)
{
    std::int64_t bias = 0;
    for (std::int64_t i = 0; rule.bias != nullptr && i < conv.geometry.outputs; ++i)
        bias = std::max(bias, std::abs(std::int64_t{rule.bias[i]}));
    return largestSum(conv, input) <= std::numeric_limits<std::int32_t>::max() - bias;
}

} // namespace quantoscope

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

/// The terms of 16 columns.
struct Columns
{
    __m512i start; ///< bias - zero of the row · sum of the column
    __m512i zero;
    __m512 multiplier;
};

inline Columns columnsAt(const ColumnTerms& columns, const QuantizedOutput& output, std::int32_t rowZero,
                         std::ptrdiff_t first, __mmask16 some)
{
    const __m512i none = _mm512_setzero_si512();
    const auto load = [&](const std::int32_t* from) {
        return from == nullptr ? none : _mm512_maskz_loadu_epi32(some, from + first);
    };
    __m512i start = load(output.bias);
    if (rowZero != 0)
        start = _mm512_sub_epi32(start, _mm512_mullo_epi32(load(columns.sum), _mm512_set1_epi32(rowZero)));
    return {start, load(columns.zero), _mm512_maskz_loadu_ps(some, output.floatMultipliers + first)};
}

/// Steps of 16 columns of a row.
inline __attribute__((always_inline)) __m512i stepsOf(const std::int32_t* acc, std::int32_t rowSum,
                                                      const Columns& columns, const QuadCodes& rule)
{
    const __m512i ofZero = _mm512_mullo_epi32(columns.zero, _mm512_set1_epi32(rowSum));
    const __m512i y = _mm512_sub_epi32(_mm512_add_epi32(_mm512_loadu_si512(acc), columns.start), ofZero);
    return rule.steps(y, columns.multiplier);
}

void toCodes(const TileSums& sums, const RowTerms* rows, const ColumnTerms& columns,
             const QuantizedOutput& output, std::int8_t* out, std::size_t stride)
{
    const std::uint32_t some = ~std::uint32_t{0} >> (32 - sums.columns);
    const Columns ofColumns[2] = {
        columnsAt(columns, output, rows[0].zero, 0, static_cast<__mmask16>(some)),
        columnsAt(columns, output, rows[0].zero, 16, static_cast<__mmask16>(some >> 16))};
    const QuadCodes rule(output.zeroPoint, output.low, output.high);
    const std::int32_t* acc = sums.acc;
    for (int row = 0; row < sums.rows; row += 2, acc += 2 * sums.stride) {
        const bool both = row + 1 < sums.rows;
        const std::int32_t* const next = both ? acc + sums.stride : acc;
        const std::int32_t sum = rows[row].sum;
        const std::int32_t nextSum = rows[both ? row + 1 : row].sum;
        const __m512i codes = rule.inOrder(
            stepsOf(acc, sum, ofColumns[0], rule), stepsOf(acc + 16, sum, ofColumns[1], rule),
            stepsOf(next, nextSum, ofColumns[0], rule), stepsOf(next + 16, nextSum, ofColumns[1], rule));
        _mm256_mask_storeu_epi8(out, some, _mm512_castsi512_si256(codes));
        out += stride;
        if (both)
            _mm256_mask_storeu_epi8(out, some, _mm512_extracti64x4_epi64(codes, 1));
        out += stride;
    }
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options
#pragma GCC diagnostic pop

namespace quantoscope {

TileToCodes tileToCodes(Isa isa) { return isa == Isa::Avx512Vnni ? toCodes : nullptr; }

} // namespace quantoscope

#else

namespace quantoscope {

TileToCodes tileToCodes(Isa) { return nullptr; }

} // namespace quantoscope

#endif
