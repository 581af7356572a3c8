// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/codes/imagesum.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Elements of a task: some microseconds.
constexpr std::size_t taskElements = 32768;

/// The pixel of an image that stands at one of the result.
std::size_t pixelAt(const std::array<std::size_t, 3>& of, const std::array<std::size_t, 3>& result,
                    std::size_t pixel)
{
    const std::size_t x = pixel % result[2];
    const std::size_t y = pixel / result[2] % result[1];
    const std::size_t image = pixel / result[2] / result[1];
    return ((of[0] == 1 ? 0 : image) * of[1] + (of[1] == 1 ? 0 : y)) * of[2] + (of[2] == 1 ? 0 : x);
}

Addend addendOf(const Images& images, float multiplier, std::int32_t zero)
{
    return {images.codes, images.reals, multiplier, zero};
}

} // namespace

bool isPlainRule(const RowRule& rule)
{
    return rule.quantize.offset == 0 && rule.terms.offset == 0 && rule.terms.scale == rule.quantize.scale
           && rule.terms.zero == rule.quantize.zeroPoint && rule.quantize.scale > 0
           && rule.quantize.rounding == QuantizeRounding::HalfEven;
}

ImageSum::ImageSum(const std::optional<RowRule>& a, const std::optional<RowRule>& b, const RowRule& next,
                   float low, float high, Isa isa)
    : m_isa(isa)
{
    const auto sideOf = [&](const std::optional<RowRule>& rule) {
        const double scale = rule ? static_cast<double>(rule->terms.scale) : 1.0;
        return Side{static_cast<float>(scale / static_cast<double>(next.quantize.scale)),
                    rule ? rule->terms.zero : 0};
    };
    m_a = sideOf(a);
    m_b = sideOf(b);
    const bool clamps = low < high;
    m_rule.zeroPoint = next.quantize.zeroPoint;
    m_rule.low = clamps ? packedInteger(next.quantize, low) : next.quantize.low;
    m_rule.high = clamps ? packedInteger(next.quantize, high) : next.quantize.high;
}

std::optional<std::array<std::size_t, 3>> ImageSum::sizesOf(const std::array<std::size_t, 3>& a,
                                                            const std::array<std::size_t, 3>& b)
{
    std::array<std::size_t, 3> sizes{};
    for (std::size_t i = 0; i < 3; ++i) {
        if (a[i] != b[i] && a[i] != 1 && b[i] != 1)
            return std::nullopt;
        sizes[i] = a[i] == 1 ? b[i] : a[i];
    }
    return sizes;
}

void ImageSum::run(const Images& a, const Images& b, std::int8_t* out, std::stop_token stop) const
{
    const auto sizes = sizesOf(a.sizes, b.sizes);
    if (!sizes || a.channels == 0 || b.channels == 0)
        throw Error(ErrorCode::InvalidArgument, "Images of these sizes cannot be added.");
    const bool aIsWide = a.channels >= b.channels;
    const Images& wide = aIsWide ? a : b;
    const Images& narrow = aIsWide ? b : a;
    const Addend ofA = addendOf(a, m_a.multiplier, m_a.zero);
    const Addend ofB = addendOf(b, m_b.multiplier, m_b.zero);
    const SumRows all{aIsWide ? ofA : ofB, aIsWide ? ofB : ofA, wide.channels, narrow.channels, 1};
    const bool repeats = a.sizes != b.sizes;
    const std::size_t pixels = (*sizes)[0] * (*sizes)[1] * (*sizes)[2];
    const std::size_t step = std::max<std::size_t>(taskElements / wide.channels, 1);
    const CodeLoops& loops = codeLoops(m_isa);
    const auto sumFrom = [&](std::size_t pixel, std::size_t count) {
        const std::size_t ofWide = repeats ? pixelAt(wide.sizes, *sizes, pixel) : pixel;
        const std::size_t ofNarrow = repeats ? pixelAt(narrow.sizes, *sizes, pixel) : pixel;
        SumRows rows = all;
        rows.wide = all.wide.from(ofWide * wide.channels);
        rows.narrow = all.narrow.from(ofNarrow * narrow.channels);
        rows.rows = count;
        if (wide.channels == narrow.channels) { // one long row has no ends within
            rows.rows = 1;
            rows.width = rows.narrowWidth = count * wide.channels;
        }
        loops.sum(rows, m_rule, out + pixel * wide.channels);
    };
    parallelFor((pixels + step - 1) / step,
                [&](std::size_t task) {
                    const std::size_t end = std::min((task + 1) * step, pixels);
                    if (!repeats)
                        return sumFrom(task * step, end - task * step);
                    for (std::size_t pixel = task * step; pixel < end; ++pixel)
                        sumFrom(pixel, 1);
                },
                stop);
}

} // namespace quantoscope
