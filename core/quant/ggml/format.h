// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/blockcodec.h"
#include "core/quant/ggml/groupvalues.h"

#include <algorithm>
#include <array>

namespace quantoscope::ggml {

/// The three ways from stored code to value. Float32, one rounding per operation.
template <int Center>
struct Symmetric
{
    static constexpr int firstCode = 0, center = Center;
    static constexpr CodeValues values = {Center, false, nullptr};
    static constexpr std::span<const float> levels{};
    static float value(const Steps& steps, int code)
    {
        return steps.scale * static_cast<float>(code - Center);
    }
};
struct Affine
{
    static constexpr int firstCode = 0, center = 0;
    static constexpr CodeValues values = {0, true, nullptr};
    static constexpr std::span<const float> levels{};
    static float value(const Steps& steps, int code)
    {
        return steps.scale * static_cast<float>(code) + steps.offset;
    }
};
struct NonLinear4
{
    static constexpr int firstCode = 0, center = 0;
    /// The sixteen levels of the IQ4 formats, ascending.
    static constexpr std::array<std::int8_t, 16> table = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                          1,    13,   25,  38,  53,  69,  89,  113};
    static constexpr CodeValues values = {0, false, table.data()};
    static constexpr std::array<float, 16> levels = [] {
        std::array<float, 16> floats{};
        for (std::size_t i = 0; i < floats.size(); ++i)
            floats[i] = table[i];
        return floats;
    }();
    static float value(const Steps& steps, int code)
    {
        return steps.scale * static_cast<float>(table[static_cast<std::size_t>(code)]);
    }
};

/// BlockCodec of a format, which says:
///   name, elements, bytes, group                               group: elements that share their Steps
///   firstCode, codes                                           the stored codes that its encoder writes
///   encode(const float* values, std::byte* block)
///   readCodes(const std::byte* block, std::uint8_t* codes)     as stored; arrive as zeros
///   steps(const std::byte* block, std::size_t group) -> Steps
///   value(const Steps&, int code) -> float                     of a stored code, monotone
/// and may bring encodeMany(values, blocks) of its own. encode and decode are the plain references that encodeMany and
/// decodeMany agree with bit for bit.
template <class Format>
struct Adapter
{
    using Codes = std::array<std::uint8_t, Format::elements>;
    static_assert(Format::elements % Format::group == 0 && Format::codes <= 256);

    static Codes codesOf(const std::byte* block)
    {
        Codes codes{};
        Format::readCodes(block, codes.data());
        return codes;
    }
    static void encode(std::span<const float> values, std::span<std::byte> block)
    {
        Format::encode(values.data(), block.data());
    }
    static void decode(std::span<const std::byte> block, std::span<float> values)
    {
        const Codes codes = codesOf(block.data());
        for (std::size_t i = 0; i < Format::elements; i += Format::group) {
            const Steps steps = Format::steps(block.data(), i / Format::group);
            for (std::size_t k = i; k < i + Format::group; ++k)
                values[k] = Format::value(steps, codes[k]);
        }
    }
    static void readCodes(std::span<const std::byte> block, std::span<std::int32_t> out)
    {
        const Codes codes = codesOf(block.data());
        for (std::size_t i = 0; i < Format::elements; ++i)
            out[i] = std::clamp(codes[i] - Format::firstCode, 0, Format::codes - 1);
    }
    static void readSets(std::span<const std::byte> block, std::span<SetParams> sets)
    {
        for (std::size_t g = 0; g < Format::elements / Format::group; ++g) {
            const Steps steps = Format::steps(block.data(), g);
            sets[g].scale = steps.scale;
            sets[g].offset = steps.offset;
            sets[g].zeroPoint = Format::center - Format::firstCode;
        }
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        if constexpr (requires { Format::encodeMany(values, blocks); })
            Format::encodeMany(values, blocks);
        else
            encodeEach<encode, Format::elements>(values, blocks);
    }
    static void decodeMany(std::span<const std::byte> blocks, std::span<float> values)
    {
        constexpr std::size_t abreast = 256 / Format::elements; // pays for the call into the vector code
        constexpr std::size_t groups = Format::elements / Format::group;
        const std::size_t count = values.size() / Format::elements;
        for (std::size_t first = 0; first < count; first += abreast) {
            const std::size_t now = std::min(abreast, count - first);
            std::array<Codes, abreast> codes{};
            std::array<Steps, abreast * groups> steps;
            for (std::size_t b = 0; b < now; ++b) {
                const std::byte* block = blocks.data() + (first + b) * Format::bytes;
                Format::readCodes(block, codes[b].data());
                for (std::size_t g = 0; g < groups; ++g)
                    steps[b * groups + g] = Format::steps(block, g);
            }
            valuesOfGroups(codes[0].data(), now * groups, Format::group, steps.data(), Format::values,
                           values.data() + first * Format::elements);
        }
    }
    static constexpr BlockCodec codec()
    {
        return {Format::name, Format::elements, Format::bytes, Format::codes,  encode,     decode,
                readCodes,    Format::group,    readSets,      Format::levels, encodeMany, decodeMany};
    }
};

} // namespace quantoscope::ggml
