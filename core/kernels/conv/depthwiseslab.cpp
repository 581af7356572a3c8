// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/depthwiseslab.h"

#include "core/kernels/conv/convoutput.h"
#include "core/kernels/conv/paddedimage.h"
#include "core/kernels/conv/zerocode.h"

#include <algorithm>
#include <cstring>

namespace quantoscope {

namespace {

/// Slabs share the second cache with what is written.
constexpr std::size_t slabBytes = 256 * 1024;
/// Products of one task: far below a millisecond with dot products, a few milliseconds without vectors.
constexpr std::int64_t taskProducts = 4'000'000;
/// Vector loads may reach this far behind the last pixel.
constexpr std::size_t slack = 64;

/// Gives every output its channel: [pixel][channels] → [pixel][lanes].
template <typename Code>
void repeatChannels(const Code* from, std::size_t pixels, std::size_t channels, std::size_t times,
                    std::size_t lanes, Code* to)
{
    for (std::size_t pixel = 0; pixel < pixels; ++pixel, from += channels, to += lanes) {
        for (std::size_t channel = 0; channel < channels; ++channel)
            std::fill_n(to + channel * times, times, from[channel]);
        std::fill(to + channels * times, to + lanes, Code(0));
    }
}

/// Pixels that lie as the slab wants them are shifted on their way.
bool shiftRow(const PackedConv& conv, const ImageView& view, const SlabSizes& sizes, std::int64_t y,
              std::int8_t padding, std::int8_t* row)
{
    const ConvGeometry& geometry = conv.geometry;
    const std::size_t lanes = conv.depthwise.lanes;
    if (y < 0 || y >= geometry.y.input || view.layout != ImageLayout::Nhwc || lanes != view.channels)
        return false;
    const auto left = static_cast<std::size_t>(geometry.x.padBegin) * lanes;
    const auto right = static_cast<std::size_t>(geometry.x.padEnd) * lanes;
    std::memset(row, padding ^ 128, left);
    conv.depthwise.kernel->shift(view.codes + static_cast<std::size_t>(y) * view.width * lanes, row + left,
                                 view.width * lanes);
    std::memset(row + sizes.rowBytes - right, padding ^ 128, right);
    return true;
}

template <typename Code>
void fillRow(const PackedConv& conv, const ImageView& view, const SlabSizes& sizes, std::int64_t y,
             Code padding, Code* row, ConvScratch::Task& task)
{
    const ConvGeometry& geometry = conv.geometry;
    const std::size_t lanes = conv.depthwise.lanes;
    if (y < 0 || y >= geometry.y.input) {
        std::fill_n(row, sizes.width * lanes, padding);
        return;
    }
    const auto left = static_cast<std::size_t>(geometry.x.padBegin) * lanes;
    const auto right = static_cast<std::size_t>(geometry.x.padEnd) * lanes;
    std::fill_n(row, left, padding);
    std::fill_n(row + sizes.width * lanes - right, right, padding);
    const auto at = static_cast<std::size_t>(y);
    const auto times = static_cast<std::size_t>(geometry.groupOutputs());
    const std::size_t codes = view.width * view.channels;
    auto* const spare = reinterpret_cast<std::int8_t*>(task.sums.atLeast(codes));
    const std::size_t pixelCodes = times == 1 ? lanes : view.channels;
    Code* const to =
        times == 1 ? row + left : reinterpret_cast<Code*>(task.panel.atLeast(codes * sizeof(Code)));
    if constexpr (sizeof(Code) == 1)
        gatherPixels(conv.isa, view, at, 0, view.width, 0, view.channels, pixelCodes, to);
    else
        gatherPixels(conv.isa, view, at, 0, view.width, 0, view.channels, pixelCodes, to, spare);
    if (times > 1)
        repeatChannels(to, view.width, view.channels, times, lanes, row + left);
}

} // namespace

SlabSizes::SlabSizes(const PackedConv& conv)
    : width(static_cast<std::size_t>(conv.geometry.x.padded())),
      codeBytes(conv.depthwise.kernel->step == 4 ? 1 : 2), pixelBytes(conv.depthwise.lanes * codeBytes),
      rowBytes(width * pixelBytes)
{
    const ConvAxis& y = conv.geometry.y;
    const std::int64_t ofRow =
        conv.geometry.x.output() * conv.geometry.taps() * static_cast<std::int64_t>(conv.depthwise.lanes);
    const auto byProducts = static_cast<std::size_t>(std::max<std::int64_t>(taskProducts / ofRow, 1));
    const auto stride = static_cast<std::size_t>(y.stride);
    const auto byMemory = std::max<std::size_t>(slabBytes / (rowBytes * stride), 1);
    rowsOfTask = std::min({byProducts, byMemory, static_cast<std::size_t>(y.output())});
}

std::size_t SlabSizes::rowsFor(const ConvAxis& y, std::size_t outputRows) const
{
    return static_cast<std::size_t>((static_cast<std::int64_t>(outputRows) - 1) * y.stride + y.reach());
}

const std::byte* fillSlab(const PackedConv& conv, const ConvInput& input, const SlabSizes& sizes,
                          std::size_t image, std::int64_t first, std::size_t rows, ConvScratch::Task& task)
{
    const ConvGeometry& geometry = conv.geometry;
    const ImageView view{input.codes.data() + image * geometry.inputSize(), input.layout,
                         static_cast<std::size_t>(geometry.channels),
                         static_cast<std::size_t>(geometry.y.input),
                         static_cast<std::size_t>(geometry.x.input)};
    const std::int8_t padding = zeroCode(conv, termsOf(input, image), input.factor).value_or(0);
    std::byte* const slab = task.image.atLeast(rows * sizes.rowBytes + slack);
    for (std::size_t row = 0; row < rows; ++row) {
        const std::int64_t y = first + static_cast<std::int64_t>(row) - geometry.y.padBegin;
        std::byte* const at = slab + row * sizes.rowBytes;
        if (sizes.codeBytes == 1) {
            auto* const codes = reinterpret_cast<std::int8_t*>(at);
            if (shiftRow(conv, view, sizes, y, padding, codes))
                continue;
            fillRow(conv, view, sizes, y, padding, codes, task);
            conv.depthwise.kernel->shift(codes, codes, sizes.rowBytes);
        } else {
            fillRow<std::int16_t>(conv, view, sizes, y, padding, reinterpret_cast<std::int16_t*>(at), task);
        }
    }
    return slab;
}

} // namespace quantoscope
