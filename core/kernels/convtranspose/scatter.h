// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/convtranspose/geometry.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace quantoscope {

/// Rows [begin, end).
struct RowRange
{
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::int64_t count() const { return end - begin; }
};

/// The rows of the image that reach the rows [first, end) of the result; none: empty.
inline RowRange rowsReaching(const TransposeAxis& y, std::int64_t first, std::int64_t end)
{
    const std::int64_t low = first + y.padBegin - (y.kernel - 1) * y.dilation;
    RowRange rows{low <= 0 ? 0 : (low + y.stride - 1) / y.stride, (end - 1 + y.padBegin) / y.stride + 1};
    rows.end = std::min(rows.end, y.input);
    rows.begin = std::min(rows.begin, rows.end);
    return rows;
}

/// Bands of rows of the result: about `sums` products of their pixels with all taps, but of at least `leastPixels`, and rows of the
/// image that two bands need are few.
std::vector<RowRange> bandsOf(const TransposeGeometry& geometry, std::size_t sums, std::size_t leastPixels);

/// What a row of pixels adds through the taps of one kernel row to a row of the result, [x][outputs of a group]. `columns`: [pixel]
/// of `stride` elements, of which the first are [kernel x][output]. Integers wrap around.
template <typename Element>
void addRow(const TransposeGeometry& geometry, const Element* columns, std::size_t stride, Element* row)
{
    using Sum = typename std::conditional_t<std::is_integral_v<Element>, std::make_unsigned<Element>,
                                            std::type_identity<Element>>::type;
    const TransposeAxis& x = geometry.x;
    const std::int64_t outputs = geometry.groupOutputs();
    const std::int64_t width = x.output();
    // Taps beside each other in the result are one run.
    const std::int64_t together = x.dilation == 1 ? x.kernel : 1;
    for (std::int64_t i = 0; i < x.input; ++i, columns += stride) {
        for (std::int64_t tap = 0; tap < x.kernel; tap += together) {
            const std::int64_t at = i * x.stride + tap * x.dilation - x.padBegin;
            const std::int64_t begin = std::max<std::int64_t>(0, -at);
            const std::int64_t end = std::min(together, width - at);
            if (begin >= end)
                continue;
            const Element* const from = columns + (tap + begin) * outputs;
            Element* const to = row + (at + begin) * outputs;
            for (std::int64_t k = 0; k < (end - begin) * outputs; ++k)
                to[k] = static_cast<Element>(static_cast<Sum>(to[k]) + static_cast<Sum>(from[k]));
        }
    }
}

/// The same for one output a group, from planes: [kernel x] of `stride` elements, of which the first are [pixel].
template <typename Element>
void addPlanes(const TransposeGeometry& geometry, const Element* planes, std::size_t stride, Element* row)
{
    using Sum = std::make_unsigned_t<Element>;
    const TransposeAxis& x = geometry.x;
    const std::int64_t width = x.output();
    for (std::int64_t tap = 0; tap < x.kernel; ++tap, planes += stride) {
        const std::int64_t at = tap * x.dilation - x.padBegin;
        const std::int64_t first = at >= 0 ? 0 : (x.stride - 1 - at) / x.stride;
        const std::int64_t end = at >= width ? 0 : std::min(x.input, (width - 1 - at) / x.stride + 1);
        Element* to = row + at + first * x.stride;
        for (std::int64_t i = first; i < end; ++i, to += x.stride)
            *to = static_cast<Element>(static_cast<Sum>(*to) + static_cast<Sum>(planes[i]));
    }
}

/// The row of the image whose tap of that kernel row reaches row `at` of the result, where it is one of `of`; or -1.
inline std::int64_t rowBehind(const TransposeAxis& y, std::int64_t at, std::int64_t tap, RowRange of)
{
    const std::int64_t from = at + y.padBegin - tap * y.dilation;
    const bool is =
        from >= 0 && from % y.stride == 0 && from / y.stride >= of.begin && from / y.stride < of.end;
    return is ? from / y.stride : -1;
}

/// One row of the result, [x][outputs of a group], from the columns of the rows `of` of the image: [row][pixel] of `stride`
/// elements, [kernel y][kernel x][output]. Taps in order.
template <typename Element>
void sumRow(const TransposeGeometry& geometry, std::int64_t at, RowRange of, const Element* columns,
            std::size_t stride, Element* row)
{
    const TransposeAxis& y = geometry.y;
    const std::int64_t outputs = geometry.groupOutputs();
    std::fill_n(row, geometry.x.output() * outputs, Element{0});
    for (std::int64_t tap = 0; tap < y.kernel; ++tap) {
        const std::int64_t from = rowBehind(y, at, tap, of);
        if (from < 0)
            continue;
        const auto pixel = static_cast<std::size_t>((from - of.begin) * geometry.x.input);
        addRow(geometry, columns + pixel * stride + tap * geometry.x.kernel * outputs, stride, row);
    }
}

} // namespace quantoscope
