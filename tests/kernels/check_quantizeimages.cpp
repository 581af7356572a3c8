// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizeimages.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"
#include "tests/kernels/check.h"

#include <limits>
#include <random>

namespace quantoscope::test {

namespace {

RowRule ruleOver(const FiniteRange& range)
{
    const float scale = range.hi > range.lo ? (range.hi - range.lo) / 255 : 1;
    return affineRule({scale, range.lo, -128, -128, 127, {}, false});
}

struct Sizes
{
    std::size_t images, channels, height, width;
};

std::vector<float> randomValues(const Sizes& sizes)
{
    std::mt19937 random(static_cast<unsigned>(sizes.channels * 31 + sizes.width));
    std::vector<float> values(sizes.images * sizes.channels * sizes.height * sizes.width);
    for (float& value : values)
        value = random() % 50 == 0 ? std::numeric_limits<float>::infinity()
                                   : static_cast<float>(random() % 1000) * 0.01f - 4;
    return values;
}

void checkImages(Isa isa, const Sizes& sizes, ImageLayout layout, const PixelPadding& padding, bool dynamic,
                 Failures& failures)
{
    const std::vector<float> values = randomValues(sizes);
    const auto [images, channels, height, width] = sizes;
    const FloatImages input{values.data(), images, channels, height, width, layout};
    const std::vector<RowRule> one(1, affineRule({0.04f, 0, 5, -128, 127, {}, false}));
    ActivationRules rules;
    if (dynamic)
        rules.make = ruleOver, rules.perRow = true;
    else
        rules.given = one;
    std::vector<std::int8_t> out(paddedSize(input, padding) + 1, std::int8_t{99});
    std::vector<RowTerms> terms(images);
    const std::size_t nonFinite = quantizeImages(isa, input, rules, padding, out.data(), terms);
    bool same = out.back() == 99;
    std::size_t at = 0;
    std::size_t expectedNonFinite = 0;
    for (std::size_t n = 0; n < images; ++n) {
        const float* image = values.data() + n * input.imageSize();
        const RowRule rule = dynamic ? ruleOver(rangeFinder(Isa::Scalar)(image, input.imageSize())) : one[0];
        std::int32_t sum = 0;
        for (std::size_t y = 0; y < height + padding.top + padding.bottom; ++y)
            for (std::size_t x = 0; x < width + padding.left + padding.right; ++x)
                for (std::size_t c = 0; c < channels + padding.channels; ++c, ++at) {
                    std::int32_t expected = 0;
                    // Differences wrap around where padding comes first.
                    if (const std::size_t iy = y - padding.top, ix = x - padding.left;
                        iy < height && ix < width && c < channels) {
                        const float value =
                            image[layout == ImageLayout::Nchw ? (c * height + iy) * width + ix
                                                              : (iy * width + ix) * channels + c];
                        expected = packedInteger(rule.quantize, value);
                        expectedNonFinite += value > 1e30f ? 1 : 0;
                    }
                    same = same && out[at] == expected;
                    sum += expected;
                }
        same = same && terms[n].sum == sum && terms[n].scale == rule.quantize.scale;
    }
    failures.expect(same && nonFinite == expectedNonFinite,
                    std::to_string(images) + " images of " + std::to_string(channels) + "×"
                        + std::to_string(height) + "×" + std::to_string(width)
                        + (layout == ImageLayout::Nchw ? " nchw" : " nhwc"));
}

void checkCancelled(Isa isa, Failures& failures)
{
    const std::vector<float> values(6, 1.0f);
    const std::vector<RowRule> one(1, affineRule({}));
    std::vector<std::int8_t> out(6);
    std::vector<RowTerms> terms(1);
    std::stop_source source;
    source.request_stop();
    bool cancelled = false;
    try {
        quantizeImages(isa, {values.data(), 1, 2, 1, 3, ImageLayout::Nchw}, {one, nullptr, false}, {},
                       out.data(), terms, source.get_token());
    } catch (const Cancelled&) {
        cancelled = true;
    }
    failures.expect(cancelled, "stops where asked to");
}

} // namespace

/// Images of either layout to padded pixels.
void checkQuantizeImages(Isa isa, Failures& failures)
{
    const std::vector<Sizes> all = {{0, 3, 4, 4},   {1, 1, 1, 1},    {2, 3, 5, 7},     {1, 16, 4, 16},
                                    {1, 65, 3, 70}, {3, 32, 14, 14}, {1, 130, 2, 131}, {1, 4, 80, 90}};
    const std::vector<PixelPadding> paddings = {{}, {1, 1, 1, 1, 0}, {2, 0, 0, 0, 1}, {0, 1, 2, 3, 3}};
    for (const Sizes& sizes : all)
        for (const ImageLayout layout : {ImageLayout::Nchw, ImageLayout::Nhwc})
            for (const PixelPadding& padding : paddings)
                checkImages(isa, sizes, layout, padding, padding.left == 1, failures);
    const ThreadLimit one(1);
    checkImages(isa, all[5], ImageLayout::Nchw, paddings[1], true, failures);
    checkCancelled(isa, failures);
}

} // namespace quantoscope::test
