// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/saturationcount.h"

#include "core/kernels/saturating/saturatingdot.h"

#include <algorithm>
#include <charconv>

namespace quantoscope {

namespace {

constexpr std::size_t mostPositions = 64;

std::vector<std::int64_t> numbers(const std::map<std::string, std::string>& attributes, const char* key,
                                  std::vector<std::int64_t> fallback)
{
    const auto found = attributes.find(key);
    if (found == attributes.end())
        return fallback;
    std::vector<std::int64_t> values;
    const char* at = found->second.data();
    const char* const end = at + found->second.size();
    while (at < end) {
        std::int64_t value = 0;
        at = std::from_chars(at, end, value).ptr + 1;
        values.push_back(value);
    }
    return values.size() == fallback.size() ? values : fallback;
}

/// Codes of one position, features in the order of multiplication.
using Patch = std::vector<std::uint8_t>;

std::vector<Patch> rowsOf(const FloatArray& input, std::size_t features, const StoredRange& range)
{
    std::vector<Patch> patches;
    const std::size_t rows = input.values.size() / features;
    const std::size_t step = std::max<std::size_t>(1, rows / mostPositions);
    for (std::size_t row = 0; row < rows; row += step) {
        Patch patch;
        for (const float value : input.values.subspan(row * features, features))
            patch.push_back(static_cast<std::uint8_t>(range.codeOf(value)));
        patches.push_back(std::move(patch));
    }
    return patches;
}

struct Image
{
    std::span<const float> values; ///< [channels][height][width]
    std::int64_t channels, height, width;
};

Patch patchAt(const Image& image, const PairWeights& weights, std::int64_t top, std::int64_t left,
              const std::vector<std::int64_t>& dilations, const StoredRange& range)
{
    Patch patch;
    for (std::int64_t i = 0; i < weights.kernel[0]; ++i)
        for (std::int64_t j = 0; j < weights.kernel[1]; ++j)
            for (std::int64_t c = 0; c < image.channels; ++c) {
                const std::int64_t y = top + i * dilations[0], x = left + j * dilations[1];
                const bool inside = y >= 0 && y < image.height && x >= 0 && x < image.width;
                const float value =
                    inside ? image.values[static_cast<std::size_t>((c * image.height + y) * image.width + x)]
                           : 0;
                patch.push_back(static_cast<std::uint8_t>(range.codeOf(value)));
            }
    return patch;
}

std::vector<Patch> patchesOf(const FloatArray& input, const Shape& shape, const PairWeights& weights,
                             const StoredRange& range)
{
    std::vector<Patch> patches;
    const std::int64_t taps = weights.kernel[0] * weights.kernel[1];
    if (shape.size() != 4 || shape[1] * taps != static_cast<std::int64_t>(weights.features))
        return patches;
    const auto strides = numbers(weights.attributes, "strides", {1, 1});
    const auto dilations = numbers(weights.attributes, "dilations", {1, 1});
    const auto pads = numbers(weights.attributes, "pads", {0, 0, 0, 0});
    const std::int64_t rows =
        std::max<std::int64_t>(1, (shape[2] + pads[0] + pads[2]) / std::max<std::int64_t>(1, strides[0]));
    const std::int64_t columns =
        std::max<std::int64_t>(1, (shape[3] + pads[1] + pads[3]) / std::max<std::int64_t>(1, strides[1]));
    const std::int64_t step =
        std::max<std::int64_t>(1, rows * columns / static_cast<std::int64_t>(mostPositions));
    const auto plane = static_cast<std::size_t>(shape[1] * shape[2] * shape[3]);
    for (std::int64_t n = 0; n < shape[0]; ++n)
        for (std::int64_t at = 0; at < rows * columns; at += step)
            patches.push_back(patchAt({input.values.subspan(static_cast<std::size_t>(n) * plane, plane),
                                       shape[1], shape[2], shape[3]},
                                      weights, at / columns * strides[0] - pads[0],
                                      at % columns * strides[1] - pads[1], dilations, range));
    return patches;
}

/// Weights of one output in the patch's order: features are [channels][taps] in the file.
std::vector<std::int8_t> weightRow(const PairWeights& weights, std::size_t output)
{
    const std::size_t taps =
        weights.kernel.empty() ? 1 : static_cast<std::size_t>(weights.kernel[0] * weights.kernel[1]);
    const std::size_t channels = weights.features / taps;
    std::vector<std::int8_t> row((weights.features + saturatingStep - 1) / saturatingStep * saturatingStep,
                                 0);
    for (std::size_t t = 0; t < taps; ++t)
        for (std::size_t c = 0; c < channels; ++c)
            row[t * channels + c] =
                static_cast<std::int8_t>(weights.codes[output * weights.features + c * taps + t]);
    return row;
}

} // namespace

void countSaturation(PairSaturation& total, const PairWeights& weights, const Tensor& input,
                     const StoredRange& range)
{
    if (weights.features == 0 || input.size() == 0)
        return;
    const FloatArray floats = floatsOf(input);
    std::vector<Patch> patches;
    if (!weights.kernel.empty())
        patches = patchesOf(floats, input.shape, weights, range);
    else if (input.shape.back() == static_cast<std::int64_t>(weights.features))
        patches = rowsOf(floats, weights.features, range);
    const SaturatingDot dot = saturatingDot(bestIsa());
    for (std::size_t o = 0; o < weights.outputs; ++o) {
        const std::vector<std::int8_t> row = weightRow(weights, o);
        const double step = static_cast<double>(weights.steps[weights.steps.size() == 1 ? 0 : o])
                            * static_cast<double>(range.scale);
        for (Patch& patch : patches) {
            patch.resize(row.size(), 0);
            std::int64_t exact = 0, offset = 0;
            for (std::size_t k = 0; k < weights.features; ++k) {
                exact += std::int64_t{patch[k]} * row[k];
                offset += row[k];
            }
            const SaturatedSum sum = dot(patch.data(), row.data(), row.size());
            const double real = step * static_cast<double>(exact - offset * range.zeroPoint);
            const double error = step * static_cast<double>(sum.sum - exact);
            total.pairs += (weights.features + 1) / 2;
            total.saturated += static_cast<std::uint64_t>(sum.saturatedPairs);
            total.signal += real * real;
            total.noise += error * error;
        }
    }
}

} // namespace quantoscope
