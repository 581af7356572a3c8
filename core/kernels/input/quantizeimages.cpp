// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizeimages.h"

#include "core/kernels/conv/transpose.h"
#include "core/kernels/input/rowsum.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace quantoscope {

namespace {

constexpr std::size_t side = 64;          ///< of a square that is transposed: 4 KiB
constexpr std::size_t taskValues = 16384; ///< about 2 µs

/// Neighbouring pixels of one image.
struct Stretch
{
    std::size_t image = 0;
    std::size_t y = 0;
    std::size_t x = 0;
    std::size_t pixels = 0;
};

class ImageQuantizer
{
public:
    ImageQuantizer(Isa isa, const FloatImages& input, const PixelPadding& padding, std::int8_t* out)
        : m_isa(isa), m_kernel(quantizer(isa)), m_input(input), m_padding(padding), m_out(out),
          m_plane(input.height * input.width), m_pixelCodes(input.channels + padding.channels),
          m_rowCodes((input.width + padding.left + padding.right) * m_pixelCodes)
    {
        // Rows without padding between them are one long row.
        const bool flat = padding.left + padding.right == 0;
        m_height = flat ? 1 : input.height;
        m_width = flat ? m_plane : input.width;
        m_strip = side;
        while (m_strip < m_width && m_strip * input.channels < taskValues)
            m_strip *= 2;
        m_strips = (m_width + m_strip - 1) / m_strip;
    }

    std::size_t stretchesPerImage() const { return m_height * m_strips; }
    std::size_t stretchesPerTask() const
    {
        return 1 + taskValues / (1 + std::min(m_width, m_strip) * m_input.channels);
    }
    std::size_t imageCodes() const
    {
        return (m_input.height + m_padding.top + m_padding.bottom) * m_rowCodes;
    }

    Stretch stretch(std::size_t index) const
    {
        const std::size_t x = index % m_strips * m_strip;
        return {index / stretchesPerImage(), index / m_strips % m_height, x, std::min(m_strip, m_width - x)};
    }

    /// The rows above and below.
    void clearAround(std::size_t image) const
    {
        std::int8_t* first = m_out + image * imageCodes();
        std::fill_n(first, m_padding.top * m_rowCodes, std::int8_t{0});
        first += (m_padding.top + m_input.height) * m_rowCodes;
        std::fill_n(first, m_padding.bottom * m_rowCodes, std::int8_t{0});
    }

    PackedSum quantize(const Stretch& at, const QuantizeRule& rule) const
    {
        std::int8_t* row = m_out + at.image * imageCodes() + (m_padding.top + at.y) * m_rowCodes;
        std::int8_t* to = row + (m_padding.left + at.x) * m_pixelCodes;
        if (at.x == 0)
            std::fill_n(row, m_padding.left * m_pixelCodes, std::int8_t{0});
        if (at.x + at.pixels == m_width)
            std::fill_n(to + at.pixels * m_pixelCodes, m_padding.right * m_pixelCodes, std::int8_t{0});
        if (m_padding.channels > 0)
            for (std::size_t pixel = 0; pixel < at.pixels; ++pixel)
                std::fill_n(to + pixel * m_pixelCodes + m_input.channels, m_padding.channels, std::int8_t{0});
        const float* from = m_input.values + at.image * m_input.imageSize();
        const std::size_t pixel = at.y * m_input.width + at.x;
        PackedSum sum;
        if (m_input.layout == ImageLayout::Nchw)
            quantizePlanes(from + pixel, at.pixels, rule, to, sum);
        else
            quantizePixels(from + pixel * m_input.channels, at.pixels, rule, to, sum);
        return sum;
    }

private:
    void add(PackedSum& sum, const float* x, std::size_t count, const QuantizeRule& rule,
             std::int8_t* to) const
    {
        const PackedSum part = m_kernel.toInt8(x, count, rule, to);
        sum.sum += part.sum;
        sum.nonFinite += part.nonFinite;
    }

    void quantizePixels(const float* from, std::size_t pixels, const QuantizeRule& rule, std::int8_t* to,
                        PackedSum& sum) const
    {
        if (m_padding.channels == 0)
            return add(sum, from, pixels * m_input.channels, rule, to);
        for (std::size_t pixel = 0; pixel < pixels; ++pixel)
            add(sum, from + pixel * m_input.channels, m_input.channels, rule, to + pixel * m_pixelCodes);
    }

    void quantizePlanes(const float* from, std::size_t pixels, const QuantizeRule& rule, std::int8_t* to,
                        PackedSum& sum) const
    {
        alignas(64) std::array<std::int8_t, side * side> square;
        for (std::size_t x = 0; x < pixels; x += side) {
            const std::size_t columns = std::min(side, pixels - x);
            for (std::size_t first = 0; first < m_input.channels; first += side) {
                const std::size_t rows = std::min(side, m_input.channels - first);
                for (std::size_t r = 0; r < rows; ++r)
                    add(sum, from + (first + r) * m_plane + x, columns, rule, square.data() + r * side);
                transpose(m_isa, square.data(), side, rows, columns, to + x * m_pixelCodes + first,
                          m_pixelCodes);
            }
        }
    }

    Isa m_isa;
    const Quantizer& m_kernel;
    const FloatImages& m_input;
    const PixelPadding& m_padding;
    std::int8_t* m_out;
    std::size_t m_plane, m_pixelCodes, m_rowCodes;
    std::size_t m_height = 0, m_width = 0, m_strip = 0, m_strips = 0;
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
