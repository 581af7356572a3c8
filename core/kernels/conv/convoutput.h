// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"
#include "core/kernels/conv/sumplanes.h"
#include "core/kernels/conv/tilecodes.h"
#include "core/kernels/conv/transpose.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// The three ways out under one name: `write` is the epilogue's, with the rule's columns moved to `column`. `toPlanes` is the
/// same for positions of one plane a column, where there is such a kernel.
struct SumsWriter
{
    using Element = std::int32_t;
    static constexpr bool canWritePlanes = true;
    Element* out;
    const Epilogue& epilogue;
    const SumPlanes& planes;
    void toPlanes(const PositionSums& sums, const ColumnTerms& terms, std::size_t, Element* to,
                  std::size_t stride) const
    {
        planes.toInt32(sums, terms, to, stride);
    }
    void write(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
               const ColumnTerms& terms, std::size_t, Element* to, std::size_t stride) const
    {
        epilogue.toInt32(sums, factors, rows, terms, to, stride);
    }
};

struct RealsWriter
{
    using Element = float;
    static constexpr bool canWritePlanes = true;
    Element* out;
    const Epilogue& epilogue;
    const SumPlanes& planes;
    FloatOutput rule;
    void toPlanes(const PositionSums& sums, const ColumnTerms& terms, std::size_t column, Element* to,
                  std::size_t stride) const
    {
        FloatOutput moved = rule;
        moved.bias = rule.bias == nullptr ? nullptr : rule.bias + column;
        planes.toFloat(sums, terms, moved, to, stride);
    }
    void write(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
               const ColumnTerms& terms, std::size_t column, Element* to, std::size_t stride) const
    {
        FloatOutput moved = rule;
        moved.bias = rule.bias == nullptr ? nullptr : rule.bias + column;
        epilogue.toFloat(sums, factors, rows, terms, moved, to, stride);
    }
};

struct CodesWriter
{
    using Element = std::int8_t;
    static constexpr bool canWritePlanes = false;
    Element* out;
    const Epilogue& epilogue;
    QuantizedOutput rule;
    const CodeTables* tables = nullptr; ///< not null: kernels write codes themselves
    TileToCodes shortcut = nullptr;     ///< else, for tiles of 32 columns
    void write(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
               const ColumnTerms& terms, std::size_t column, Element* to, std::size_t stride) const
    {
        QuantizedOutput moved = rule;
        moved.bias = rule.bias == nullptr ? nullptr : rule.bias + column;
        moved.multipliers = rule.multipliers == nullptr ? nullptr : rule.multipliers + column;
        moved.floatMultipliers = rule.floatMultipliers == nullptr ? nullptr : rule.floatMultipliers + column;
        if (shortcut != nullptr)
            shortcut(sums, rows, terms, moved, to, stride);
        else
            epilogue.toInt8(sums, factors, rows, terms, moved, to, stride);
    }
};

/// Those that kernels write codes with, or null.
inline const CodeTables* tablesOf(const ConvCodes& codes)
{
    return codes.tables == nullptr || codes.tables->isEmpty() ? nullptr : codes.tables;
}

/// to[channel][position] from [position][channel].
template <typename Element>
void writePlanes(Isa isa, const Element* from, std::size_t fromStride, std::size_t positions,
                 std::size_t channels, Element* to, std::size_t toStride)
{
    if constexpr (sizeof(Element) == 1)
        transpose(isa, from, fromStride, positions, channels, to, toStride);
    else
        transpose(from, fromStride, positions, channels, to, toStride);
}

/// The terms of the columns from `column`, those of padding's `kind`.
inline ColumnTerms columnTerms(const PackedConv& conv, std::size_t kind, std::size_t column)
{
    ColumnTerms terms;
    terms.zero = conv.zero.empty() ? nullptr : conv.zero.data() + column;
    terms.sum = conv.windows.sumsOf(kind) + column;
    terms.scale = conv.scale.data() + column;
    terms.offset = conv.offset.empty() ? nullptr : conv.offset.data() + column;
    terms.depth = conv.windows.depth[kind];
    return terms;
}

/// Nothing but integers with factors of 1 on the way to `Writer`'s planes, and a kernel for that?
template <typename Writer>
bool writesPlanes(const PackedConv& conv, const ConvInput& input, const Writer& writer, ImageLayout layout)
{
    if constexpr (Writer::canWritePlanes)
        return layout == ImageLayout::Nchw && writer.planes.toFloat != nullptr && conv.factor == 1
               && input.factor == 1 && conv.offset.empty()
               && std::all_of(input.terms.begin(), input.terms.end(),
                              [](const RowTerms& terms) { return terms.offset == 0; });
    else
        return false;
}

/// Sums of `count` positions whose windows are clipped as `kind` says, changed as if they were clipped as `wanted` says.
inline void moveToKind(const PackedConv& conv, std::int32_t rowZero, std::size_t kind, std::size_t wanted,
                       std::size_t column, std::size_t columns, std::int32_t* acc, std::size_t stride,
                       std::size_t count)
{
    if (rowZero == 0 || kind == wanted)
        return;
    const std::int32_t* const from = conv.windows.sumsOf(kind) + column;
    const std::int32_t* const to = conv.windows.sumsOf(wanted) + column;
    const auto zero = static_cast<std::uint32_t>(rowZero);
    for (; count > 0; --count, acc += stride)
        for (std::size_t i = 0; i < columns; ++i)
            acc[i] = static_cast<std::int32_t>(
                static_cast<std::uint32_t>(acc[i])
                + zero * (static_cast<std::uint32_t>(to[i]) - static_cast<std::uint32_t>(from[i])));
}

/// The kind of the window in the middle of the image: that of most.
inline std::size_t usualKind(const PackedConv& conv)
{
    const WindowClasses& windows = conv.windows;
    return windows.y.runAt(conv.geometry.y.output() / 2)->kind * windows.x.ranges.size()
           + windows.x.runAt(conv.geometry.x.output() / 2)->kind;
}

inline const RowTerms& termsOf(const ConvInput& input, std::size_t image)
{
    return input.terms[input.terms.size() == 1 ? 0 : image];
}

} // namespace quantoscope
