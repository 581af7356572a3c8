// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"
#include "core/kernels/conv/tilecodes.h"
#include "core/kernels/conv/transpose.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// The three ways out under one name: `write` is the epilogue's, with the rule's columns moved to `column`.
struct SumsWriter
{
    using Element = std::int32_t;
    Element* out;
    const Epilogue& epilogue;
    void write(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
               const ColumnTerms& terms, std::size_t, Element* to, std::size_t stride) const
    {
        epilogue.toInt32(sums, factors, rows, terms, to, stride);
    }
};

struct RealsWriter
{
    using Element = float;
    Element* out;
    const Epilogue& epilogue;
    FloatOutput rule;
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
    Element* out;
    const Epilogue& epilogue;
    QuantizedOutput rule;
    TileToCodes shortcut = nullptr; ///< for tiles of 32 columns
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

inline const RowTerms& termsOf(const ConvInput& input, std::size_t image)
{
    return input.terms[input.terms.size() == 1 ? 0 : image];
}

} // namespace quantoscope
