// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizeimages.h"

#include "core/kernels/conv/transpose.h"
#include "core/kernels/input/rowsum.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace quantoscope {

namespace {

constexpr std::size_t runLength = 256;     ///< of one channel, quantized at once
constexpr std::size_t channelsAtOnce = 64; ///< 16 KiB of their runs are transposed in the first cache
constexpr std::size_t taskValues = 16384;  ///< about 2 µs

/// Whole rows of pixels, or a part of one.
struct Stretch
{
    std::size_t image = 0;
    std::size_t y = 0;
    std::size_t rows = 1;
    std::size_t x = 0;
    std::size_t pixels = 0; ///< of each row

    std::size_t run() const { return rows * pixels; } ///< neighbours in memory
};

class ImageQuantizer
{
public:
    ImageQuantizer(Isa isa, const FloatImages& input, const PixelPadding& padding, std::int8_t* out)
        : m_isa(isa), m_kernel(quantizer(isa)), m_input(input), m_padding(padding), m_out(out),
          m_pixelCodes(input.channels + padding.channels),
          m_rowCodes((input.width + padding.left + padding.right) * m_pixelCodes),
          m_rows(std::max<std::size_t>(1, runLength / std::max<std::size_t>(1, input.width))),
          m_strips((input.width + runLength - 1) / runLength)
    {
    }

    std::size_t stretchesPerImage() const { return (m_input.height + m_rows - 1) / m_rows * m_strips; }
    std::size_t stretchesPerTask() const { return 1 + taskValues / (1 + runLength * m_input.channels); }

    Stretch stretch(std::size_t index) const
    {
        const std::size_t x = index % m_strips * runLength;
        const std::size_t y = index % stretchesPerImage() / m_strips * m_rows;
        return {index / stretchesPerImage(), y, std::min(m_rows, m_input.height - y), x,
                std::min(runLength, m_input.width - x)};
    }

    /// The rows above and below.
    void clearAround(std::size_t image) const
    {
        std::fill_n(rowOf(image, 0) - m_padding.top * m_rowCodes, m_padding.top * m_rowCodes, std::int8_t{0});
        std::fill_n(rowOf(image, m_input.height), m_padding.bottom * m_rowCodes, std::int8_t{0});
    }

    PackedSum quantize(const Stretch& at, const QuantizeRule& rule) const
    {
        for (std::size_t row = 0; row < at.rows; ++row)
            clearBeside(at, rowOf(at.image, at.y + row));
        PackedSum sum;
        if (m_input.layout == ImageLayout::Nchw)
            quantizePlanes(at, rule, sum);
        else
            quantizePixels(at, rule, sum);
        return sum;
    }

private:
    /// Its padding on the left first.
    std::int8_t* rowOf(std::size_t image, std::size_t y) const
    {
        const std::size_t rows = m_input.height + m_padding.top + m_padding.bottom;
        return m_out + (image * rows + m_padding.top + y) * m_rowCodes;
    }

    std::int8_t* pixelOf(const Stretch& at, std::size_t row) const
    {
        return rowOf(at.image, at.y + row) + (m_padding.left + at.x) * m_pixelCodes;
    }

    void clearBeside(const Stretch& at, std::int8_t* row) const
    {
        if (at.x == 0)
            std::fill_n(row, m_padding.left * m_pixelCodes, std::int8_t{0});
        std::int8_t* const pixel = row + (m_padding.left + at.x) * m_pixelCodes;
        if (at.x + at.pixels == m_input.width)
            std::fill_n(pixel + at.pixels * m_pixelCodes, m_padding.right * m_pixelCodes, std::int8_t{0});
        // All of the pixels, not the few bytes of each: the channels are written over.
        if (m_padding.channels > 0)
            std::fill_n(pixel, at.pixels * m_pixelCodes, std::int8_t{0});
    }

    void add(PackedSum& sum, const float* x, std::size_t count, const QuantizeRule& rule,
             std::int8_t* to) const
    {
        const PackedSum part = m_kernel.toInt8(x, count, rule, to);
        sum.sum += part.sum;
        sum.nonFinite += part.nonFinite;
    }

    void quantizePixels(const Stretch& at, const QuantizeRule& rule, PackedSum& sum) const
    {
        const std::size_t channels = m_input.channels;
        const float* from =
            m_input.values + at.image * m_input.imageSize() + (at.y * m_input.width + at.x) * channels;
        std::vector<std::int8_t> codes(m_padding.channels == 0 ? 0 : at.pixels * channels);
        for (std::size_t row = 0; row < at.rows; ++row, from += m_input.width * channels) {
            std::int8_t* to = pixelOf(at, row);
            if (codes.empty()) {
                add(sum, from, at.pixels * channels, rule, to);
                continue;
            }
            add(sum, from, at.pixels * channels, rule, codes.data());
            for (std::size_t i = 0; i < at.pixels; ++i)
                std::copy_n(codes.data() + i * channels, channels, to + i * m_pixelCodes);
        }
    }

    void quantizePlanes(const Stretch& at, const QuantizeRule& rule, PackedSum& sum) const
    {
        alignas(64) std::array<std::int8_t, channelsAtOnce * runLength> runs;
        const std::size_t plane = m_input.height * m_input.width;
        const float* from = m_input.values + at.image * m_input.imageSize() + at.y * m_input.width + at.x;
        for (std::size_t first = 0; first < m_input.channels; first += channelsAtOnce) {
            const std::size_t count = std::min(channelsAtOnce, m_input.channels - first);
            for (std::size_t i = 0; i < count; ++i)
                add(sum, from + (first + i) * plane, at.run(), rule, runs.data() + i * runLength);
            transposeRuns(at, runs.data(), count, first);
        }
    }

    void transposeRuns(const Stretch& at, const std::int8_t* runs, std::size_t count, std::size_t first) const
    {
        if (m_pixelCodes == 4 && count == 3) {
            for (std::size_t row = 0; row < at.rows; ++row)
                joinThree(runs + row * at.pixels, at.pixels, pixelOf(at, row));
        } else if (m_padding.left + m_padding.right == 0) {
            // Nothing lies between the rows.
            transpose(m_isa, runs, runLength, count, at.run(), pixelOf(at, 0) + first, m_pixelCodes);
        } else {
            for (std::size_t row = 0; row < at.rows; ++row)
                transpose(m_isa, runs + row * at.pixels, runLength, count, at.pixels,
                          pixelOf(at, row) + first, m_pixelCodes);
        }
    }

    /// Images with colours, the input of most networks.
    static void joinThree(const std::int8_t* __restrict runs, std::size_t pixels, std::int8_t* __restrict to)
    {
        for (std::size_t i = 0; i < pixels; ++i) {
            to[4 * i] = runs[i];
            to[4 * i + 1] = runs[runLength + i];
            to[4 * i + 2] = runs[2 * runLength + i];
            to[4 * i + 3] = 0;
        }
    }

    Isa m_isa;
    const Quantizer& m_kernel;
    const FloatImages& m_input;
    const PixelPadding& m_padding;
    std::int8_t* m_out;
    std::size_t m_pixelCodes, m_rowCodes;
    std::size_t m_rows;   ///< of a stretch
    std::size_t m_strips; ///< of a row
};

std::size_t sumImages(const std::vector<PackedSum>& parts, std::size_t perImage, std::span<RowTerms> terms)
{
    std::size_t nonFinite = 0;
    for (std::size_t image = 0; image < terms.size(); ++image) {
        std::int64_t sum = 0;
        for (std::size_t i = image * perImage; i < (image + 1) * perImage; ++i) {
            sum += parts[i].sum;
            nonFinite += parts[i].nonFinite;
        }
        terms[image].sum = sumOfRow(sum, image);
    }
    return nonFinite;
}

} // namespace

std::size_t paddedSize(const FloatImages& input, const PixelPadding& padding)
{
    return input.images * (input.height + padding.top + padding.bottom)
           * (input.width + padding.left + padding.right) * (input.channels + padding.channels);
}

std::size_t quantizeImages(Isa isa, const FloatImages& input, const ActivationRules& rules,
                           const PixelPadding& padding, std::int8_t* out, std::span<RowTerms> terms,
                           std::stop_token stop)
{
    if (terms.size() != input.images)
        throw Error(ErrorCode::InvalidArgument, std::to_string(input.images)
                                                    + " images need as many terms, not "
                                                    + std::to_string(terms.size()) + ".");
    const FloatRows rows{input.values, input.images, input.imageSize()};
    const RowRules ruleOf(isa, rows, rules, 8, stop);
    std::vector<QuantizeRule> perImage(input.images);
    const ImageQuantizer images(isa, input, padding, out);
    parallelFor(
        input.images,
        [&](std::size_t image) {
            const RowRule rule = ruleOf(image);
            perImage[image] = rule.quantize;
            terms[image] = rule.terms;
            images.clearAround(image);
        },
        stop);
    std::vector<PackedSum> parts(input.images * images.stretchesPerImage());
    const std::size_t perTask = images.stretchesPerTask();
    parallelFor((parts.size() + perTask - 1) / perTask,
                [&](std::size_t task) {
                    for (std::size_t i = task * perTask; i < std::min(parts.size(), (task + 1) * perTask);
                         ++i) {
                        const Stretch at = images.stretch(i);
                        parts[i] = images.quantize(at, perImage[at.image]);
                    }
                },
                stop);
    return sumImages(parts, images.stretchesPerImage(), terms);
}

} // namespace quantoscope
