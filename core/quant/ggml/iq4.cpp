// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of 32 on sixteen unequally spaced levels.
#include "core/quant/ggml/blockbytes.h"
#include "core/quant/ggml/families.h"
#include "core/quant/ggml/fit.h"
#include "core/quant/ggml/format.h"

namespace quantoscope::ggml {

namespace {

constexpr std::size_t groupSize = 32;

/// Twice the middles between neighbouring levels: integers.
constexpr std::array<float, 15> doubledMiddles = [] {
    std::array<float, 15> middles{};
    for (std::size_t i = 0; i < middles.size(); ++i)
        middles[i] = static_cast<float>(NonLinear4::table[i] + NonLinear4::table[i + 1]);
    return middles;
}();

/// Index of the nearest level; a middle goes up.
std::uint8_t nearestLevel(float value)
{
    return static_cast<std::uint8_t>(
        std::upper_bound(doubledMiddles.begin(), doubledMiddles.end(), value + value)
        - doubledMiddles.begin());
}

/// Scale of least squared error, weighted with the square of the value, over sixteen inverse scales: largest value on
/// 127, then on -127 - 7 … -127 + 7. 0 for negligible values.
float fitScale(std::span<const float> values)
{
    const float largest = largestMagnitude(values);
    if (std::abs(largest) < negligible)
        return 0;
    const auto lowestLevel = static_cast<float>(NonLinear4::table[0]);
    float scale = 0;
    float explained = 0;
    const auto tryInverse = [&](float inverse, bool first) {
        float valueLevel = 0;
        float levelLevel = 0;
        for (const float value : values) {
            const auto level = static_cast<float>(NonLinear4::table[nearestLevel(inverse * value)]);
            const float weighted = value * value * level;
            valueLevel += weighted * value;
            levelLevel += weighted * level;
        }
        if (!first && !(levelLevel > 0 && valueLevel * valueLevel > explained * levelLevel))
            return;
        scale = levelLevel > 0 ? valueLevel / levelLevel : 0.0f;
        explained = scale * valueLevel;
    };
    tryInverse(1 / (-largest / lowestLevel), true);
    for (int shift = -7; shift <= 7; ++shift)
        tryInverse((static_cast<float>(shift) + lowestLevel) / largest, false);
    return scale;
}

/// Codes of `count` values for a scale; without one, those of zeros.
void assign(const float* values, std::size_t count, float scale, std::uint8_t* codes)
{
    const float inverse = scale != 0 ? 1 / scale : 0.0f;
    for (std::size_t i = 0; i < count; ++i)
        codes[i] = nearestLevel(inverse * values[i]);
}

struct Iq4Nl : NonLinear4
{
    static constexpr std::string_view name = "iq4_nl";
    static constexpr std::size_t elements = groupSize, group = groupSize, bytes = 18;
    static constexpr int codes = 16;

    static void encode(const float* values, std::byte* block)
    {
        std::array<std::uint8_t, elements> found;
        const float scale = fitScale({values, elements});
        assign(values, elements, scale, found.data());
        writeHalf(block, scale);
        Fields<4, 16>::pack(found.data(), elements, 0, block + 2);
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        Fields<4, 16>::unpack(block + 2, elements, 0, target);
    }
    static Steps steps(const std::byte* block, std::size_t) { return {readHalf(block), 0}; }
};

/// Eight groups; their 6-bit scales, offset by 32, times the block's: top two bits in two bytes, low nibbles in four.
struct Iq4Xs : NonLinear4
{
    static constexpr std::string_view name = "iq4_xs";
    static constexpr std::size_t elements = 256, group = groupSize, bytes = 136, groups = elements / group;
    static constexpr int codes = 16;
    static constexpr std::size_t topsAt = 2, lowsAt = 4, nibbles = 8;

    static void encode(const float* values, std::byte* block)
    {
        std::array<float, groups> scales;
        for (std::size_t g = 0; g < groups; ++g)
            scales[g] = fitScale({values + g * group, group});
        const float scale = -largestMagnitude(scales) / 32;
        const float inverse = scale != 0 ? 1 / scale : 0.0f;
        std::array<std::uint8_t, elements> found;
        std::array<std::uint8_t, groups> stored;
        for (std::size_t g = 0; g < groups; ++g) {
            const int step = std::clamp(nearest(inverse * scales[g]), -32, 31);
            stored[g] = static_cast<std::uint8_t>(step + 32);
            // The unrounded scale of the block, as the reference has it.
            assign(values + g * group, group, scale * static_cast<float>(step), found.data() + g * group);
        }
        writeHalf(block, scale);
        Fields<2, 1>::pack(stored.data(), groups, 4, block + topsAt);
        Fields<4, 1>::pack(stored.data(), groups, 0, block + lowsAt);
        Fields<4, 16>::pack(found.data(), elements, 0, block + nibbles);
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        Fields<4, 16>::unpack(block + nibbles, elements, 0, target);
    }
    static Steps steps(const std::byte* block, std::size_t g)
    {
        const int low = byteAt(block, lowsAt + g / 2) >> (g % 2 * 4) & 15;
        const int top = byteAt(block, topsAt + g / 4) >> (g % 4 * 2) & 3;
        return {readHalf(block) * static_cast<float>((low | top << 4) - 32), 0};
    }
};

static_assert(Iq4Nl::bytes == 2 + groupSize / 2 && Iq4Xs::bytes == Iq4Xs::nibbles + Iq4Xs::elements / 2);

constexpr std::array<BlockCodec, 2> codecs = {Adapter<Iq4Nl>::codec(), Adapter<Iq4Xs>::codec()};

} // namespace

std::span<const BlockCodec> nonLinearCodecs() { return codecs; }

} // namespace quantoscope::ggml
