// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/codetables.h"
#include "core/kernels/conv/packedconv.h"
#include "core/kernels/conv/scratch.h"
#include "core/kernels/output/epilogue.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <variant>

namespace quantoscope {

/// Order of an image's elements in memory.
///   Nchw  [images][channels][y][x], as ONNX
///   Nhwc  [images][y][x][channels]
enum class ImageLayout { Nchw, Nhwc };

/// Packed activations p. What they stand for, fa·p - zero and scale · (fa·p - zero) + offset, is said once or for each image;
/// RowTerms::sum is not read.
struct ConvInput
{
    std::span<const std::int8_t> codes;
    std::size_t images = 1;
    ImageLayout layout = ImageLayout::Nchw;
    std::int32_t factor = 1;
    std::span<const RowTerms> terms; ///< one, or one an image
};

/// Where results go and how; pointers in the rules are indexed by output channel. Codes above 127 are stored as uint8.
struct ConvSums
{
    std::span<std::int32_t> out;
};
struct ConvReals
{
    std::span<float> out;
    FloatOutput rule;
};
struct ConvCodes
{
    std::span<std::int8_t> out;
    QuantizedOutput rule;
    const CodeTables* tables = nullptr; ///< codeTables() of all this; null: they are made for the call
};
struct ConvOutput
{
    std::variant<ConvSums, ConvReals, ConvCodes> to;
    ImageLayout layout = ImageLayout::Nchw;
};

/// Σ over the taps on the image of (fw·c - zero)(fa·p - zero): exact integers, then what `output` makes of them. Padding is the
/// real number 0 on every grid. The same bits for any number of threads, layout and instruction set. Parallel over positions and
/// panels of outputs. `scratch`: not shared between calls that run at the same time.
/// Throws Error(InvalidArgument) where sizes differ from the geometry or sums could pass int32; Cancelled.
void convolve(const PackedConv& conv, const ConvInput& input, const ConvOutput& output, ConvScratch& scratch,
              std::stop_token stop = {});

/// Product of largest integers and depth: what no sum's magnitude exceeds.
std::int64_t largestSum(const PackedConv& conv, const ConvInput& input);

} // namespace quantoscope
