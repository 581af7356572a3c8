// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/convoutput.h"
#include "core/kernels/conv/denseconv.h"
#include "core/kernels/conv/paddedimage.h"
#include "core/kernels/conv/pixelsums.h"
#include "core/kernels/conv/zerocode.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Vector loads of the last step may reach this far behind an image.
constexpr std::size_t slack = 64;

class Padder
{
public:
    Padder(const PackedConv& conv, const ConvInput& input, ConvScratch& scratch)
        : m_conv(conv), m_dense(conv.dense), m_input(input), m_scratch(scratch), m_y(m_dense.walked.y),
          m_x(m_dense.walked.x), m_groups(static_cast<std::size_t>(conv.geometry.groups)),
          m_channels(static_cast<std::size_t>(conv.geometry.groupChannels())),
          m_width(static_cast<std::size_t>(m_x.padded())), m_height(static_cast<std::size_t>(m_y.padded())),
          m_outWidth(static_cast<std::size_t>(m_x.output())), m_direct(isReady()),
          m_needsSums(!conv.zero.empty() || !conv.offset.empty())
    {
    }

    PaddedImages pad(std::stop_token stop)
    {
        PaddedImages images;
        images.groups = m_groups;
        images.groupBytes = m_dense.groupBytes();
        images.imageBytes = m_groups * images.groupBytes;
        images.positions = static_cast<std::size_t>(m_conv.geometry.positions());
        images.hasSums = m_needsSums;
        if (!m_direct)
            m_codes = m_scratch.images.atLeast(m_input.images * images.imageBytes + slack);
        images.codes = m_direct ? reinterpret_cast<const std::byte*>(m_input.codes.data()) : m_codes;
        const std::size_t lines = m_input.images * m_groups * m_height;
        if (m_needsSums)
            m_sums = reinterpret_cast<std::int32_t*>(
                m_scratch.sums.atLeast(lines * m_outWidth * sizeof(std::int32_t)));
        if (!m_direct || m_needsSums) {
            const std::size_t strips = (m_width + stripPixels() - 1) / stripPixels();
            parallelFor(
                lines * strips,
                [&](std::size_t i) { padStrip(images, i / strips, i % strips * stripPixels()); }, stop);
        }
        images.rows = m_needsSums ? sumWindows(images, stop) : sameTerms();
        return images;
    }

private:
    /// Nothing to pad, reorder or widen, and no step reaches behind a window.
    bool isReady() const
    {
        const std::size_t run = m_channels * static_cast<std::size_t>(m_x.kernel);
        return m_dense.codeBytes == 1 && m_input.layout == ImageLayout::Nhwc && m_groups == 1
               && m_x.padded() == m_x.input && m_y.padded() == m_y.input && m_dense.pixelCodes == m_channels
               && m_x.dilation == 1 && run % 4 == 0;
    }

    /// A row is one piece where windows reach over several of its pixels.
    std::size_t stripPixels() const { return m_conv.geometry.isPointwise() ? 256 : m_width; }

    ImageView view(std::size_t image) const
    {
        return {m_input.codes.data() + image * m_conv.geometry.inputSize(), m_input.layout,
                static_cast<std::size_t>(m_conv.geometry.channels), static_cast<std::size_t>(m_y.input),
                static_cast<std::size_t>(m_x.input)};
    }

    template <typename Code>
    void padPixels(std::size_t line, std::size_t first, std::size_t pixels, Code* out)
    {
        const std::size_t image = line / m_height / m_groups;
        const std::size_t group = line / m_height % m_groups;
        const auto y = static_cast<std::int64_t>(line % m_height) - m_y.padBegin;
        const Code padding = zeroCode(m_conv, termsOf(m_input, image), m_input.factor).value_or(0);
        if (y < 0 || y >= m_y.input) {
            std::fill_n(out, pixels * m_dense.pixelCodes, padding);
            return;
        }
        const bool whole = pixels == m_width;
        const std::size_t left = whole ? static_cast<std::size_t>(m_x.padBegin) : 0;
        const std::size_t count = whole ? static_cast<std::size_t>(m_x.input) : pixels;
        std::fill_n(out, left * m_dense.pixelCodes, padding);
        Code* const to = out + left * m_dense.pixelCodes;
        const auto row = static_cast<std::size_t>(y);
        if constexpr (sizeof(Code) == 1) {
            gatherPixels(m_conv.isa, view(image), row, first, count, group * m_channels, m_channels,
                         m_dense.pixelCodes, to);
        } else {
            const ConvScratch::Borrowed task(m_scratch);
            gatherPixels(m_conv.isa, view(image), row, first, count, group * m_channels, m_channels,
                         m_dense.pixelCodes, to,
                         reinterpret_cast<std::int8_t*>(task->image.atLeast(count * m_channels)));
        }
        std::fill_n(to + count * m_dense.pixelCodes, (pixels - left - count) * m_dense.pixelCodes, padding);
    }

    template <typename Code>
    void sumOf(const Code* codes, std::size_t pixels, std::int32_t* sums) const
    {
        if constexpr (sizeof(Code) == 1)
            sumPixels(m_conv.isa, codes, pixels, m_channels, m_dense.pixelCodes, sums);
        else
            sumPixels(codes, pixels, m_channels, m_dense.pixelCodes, sums);
    }

    template <typename Code>
    void padAndSum(const PaddedImages& images, std::size_t line, std::size_t first)
    {
        const std::size_t pixels = std::min(stripPixels(), m_width - first);
        const std::size_t offset = line * m_dense.rowBytes() + first * m_dense.pixelBytes();
        if (!m_direct)
            padPixels(line, first, pixels, reinterpret_cast<Code*>(m_codes + offset));
        if (!m_needsSums)
            return;
        const auto* codes = reinterpret_cast<const Code*>(images.codes + offset);
        std::int32_t* const sums = m_sums + line * m_outWidth;
        if (m_conv.geometry.isPointwise())
            return sumOf(codes, pixels, sums + first);
        const ConvScratch::Borrowed task(m_scratch);
        auto* const ofPixels =
            reinterpret_cast<std::int32_t*>(task->sums.atLeast(pixels * sizeof(std::int32_t)));
        sumOf(codes, pixels, ofPixels);
        std::fill_n(sums, m_outWidth, 0);
        for (std::int64_t tap = 0; tap < m_x.kernel; ++tap)
            for (std::size_t x = 0; x < m_outWidth; ++x)
                sums[x] += ofPixels[tap * m_x.dilation + static_cast<std::int64_t>(x) * m_x.stride];
    }

    void padStrip(const PaddedImages& images, std::size_t line, std::size_t first)
    {
        if (m_dense.codeBytes == 1)
            padAndSum<std::int8_t>(images, line, first);
        else
            padAndSum<std::int16_t>(images, line, first);
    }

    const RowTerms* sumWindows(const PaddedImages& images, std::stop_token stop)
    {
        const auto outHeight = static_cast<std::size_t>(m_y.output());
        auto* const rows = reinterpret_cast<RowTerms*>(
            m_scratch.rows.atLeast(m_input.images * m_groups * images.positions * sizeof(RowTerms)));
        parallelFor(
            m_input.images * m_groups * outHeight,
            [&](std::size_t i) {
                const std::size_t plane = i / outHeight;
                const RowTerms& terms = termsOf(m_input, plane / m_groups);
                const std::int32_t* sums =
                    m_sums
                    + (plane * m_height + i % outHeight * static_cast<std::size_t>(m_y.stride)) * m_outWidth;
                const std::size_t tapPitch = static_cast<std::size_t>(m_y.dilation) * m_outWidth;
                const ConvScratch::Borrowed task(m_scratch);
                if (m_y.kernel > 1) {
                    auto* const total = reinterpret_cast<std::int32_t*>(
                        task->sums.atLeast(m_outWidth * sizeof(std::int32_t)));
                    std::copy_n(sums, m_outWidth, total);
                    for (std::int64_t tap = 1; tap < m_y.kernel; ++tap) {
                        sums += tapPitch;
                        for (std::size_t x = 0; x < m_outWidth; ++x)
                            total[x] += sums[x];
                    }
                    sums = total;
                }
                for (std::size_t x = 0; x < m_outWidth; ++x)
                    rows[i * m_outWidth + x] = {terms.scale, terms.offset, terms.zero, sums[x]};
            },
            stop);
        return rows;
    }

    const RowTerms* sameTerms()
    {
        auto* const rows = reinterpret_cast<RowTerms*>(
            m_scratch.rows.atLeast(m_input.images * PaddedImages::sameRows * sizeof(RowTerms)));
        for (std::size_t image = 0; image < m_input.images; ++image)
            std::fill_n(rows + image * PaddedImages::sameRows, PaddedImages::sameRows,
                        termsOf(m_input, image));
        return rows;
    }

    const PackedConv& m_conv;
    const DenseWeights& m_dense;
    const ConvInput& m_input;
    ConvScratch& m_scratch;
    const ConvAxis& m_y;
    const ConvAxis& m_x;
    std::size_t m_groups, m_channels, m_width, m_height, m_outWidth;
    bool m_direct, m_needsSums;
    std::byte* m_codes = nullptr;
    std::int32_t* m_sums = nullptr;
};

} // namespace

PaddedImages padImages(const PackedConv& conv, const ConvInput& input, ConvScratch& scratch,
                       std::stop_token stop)
{
    return Padder(conv, input, scratch).pad(stop);
}

} // namespace quantoscope
