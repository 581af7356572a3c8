// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of 32 on sixteen unequally spaced levels.
#include "core/quant/ggml/blockbytes.h"
#include "core/quant/ggml/families.h"
#include "core/quant/ggml/fit.h"
#include "core/quant/ggml/format.h"
#include "core/quant/ggml/groupfits.h"

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

constexpr LevelTable levelTable = {NonLinear4::levels, doubledMiddles};

/// Index of the nearest level; a middle goes up.
std::uint8_t nearestLevel(float value)
{
    const float doubled = value + value;
    unsigned level = 0;
    for (unsigned step = 8; step > 0; step /= 2)
        level += doubled >= doubledMiddles[level + step - 1] ? step : 0;
    return static_cast<std::uint8_t>(level);
}

/// Inverse scales side by side: nearly all the time of the IQ4 formats goes into trying them.
constexpr std::size_t tries = 16;
using Lanes = std::array<float, tries>;

/// The nearest level of each lane, as its value: the lowest plus every gap whose middle is reached. Integers, so exact.
Lanes nearestLevels(const Lanes& inverses, float value)
{
    Lanes doubled;
    Lanes levels;
    for (std::size_t t = 0; t < tries; ++t) {
        const float scaled = inverses[t] * value;
        doubled[t] = scaled + scaled;
        levels[t] = NonLinear4::table[0];
    }
    for (std::size_t i = 0; i < doubledMiddles.size(); ++i) {
        const auto gap = static_cast<float>(NonLinear4::table[i + 1] - NonLinear4::table[i]);
        for (std::size_t t = 0; t < tries; ++t)
            levels[t] += doubled[t] >= doubledMiddles[i] ? gap : 0.0f;
    }
    return levels;
}

/// Scale of least squared error, weighted with the square of the value, over sixteen inverse scales: largest value on
/// 127, then on -127 - 7 … -127 + 7. 0 for negligible values.
float fitScale(std::span<const float> values)
{
    const float largest = largestMagnitude(values);
    if (std::abs(largest) < negligible)
        return 0;
    const auto lowestLevel = static_cast<float>(NonLinear4::table[0]);
    Lanes inverses;
    inverses[0] = 1 / (-largest / lowestLevel);
    for (std::size_t t = 1; t < tries; ++t)
        inverses[t] = (static_cast<float>(static_cast<int>(t) - 8) + lowestLevel) / largest;
    Lanes valueLevel{};
    Lanes levelLevel{};
    for (const float value : values) {
        const Lanes levels = nearestLevels(inverses, value);
        for (std::size_t t = 0; t < tries; ++t) {
            const float weighted = value * value * levels[t];
            valueLevel[t] += weighted * value;
            levelLevel[t] += weighted * levels[t];
        }
    }
    float scale = levelLevel[0] > 0 ? valueLevel[0] / levelLevel[0] : 0.0f;
    float explained = scale * valueLevel[0];
    for (std::size_t t = 1; t < tries; ++t)
        if (levelLevel[t] > 0 && valueLevel[t] * valueLevel[t] > explained * levelLevel[t]) {
            scale = valueLevel[t] / levelLevel[t];
            explained = scale * valueLevel[t];
        }
    return scale;
}

float inverseOrZero(float scale) { return scale != 0 ? 1 / scale : 0.0f; }

/// Codes of `count` values for a scale; without one, those of zeros.
void assign(const float* values, std::size_t count, float scale, std::uint8_t* codes)
{
    const float inverse = inverseOrZero(scale);
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
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        const std::size_t count = values.size() / elements;
        for (std::size_t first = 0; first < count; first += groupsAbreast) {
            const std::size_t now = std::min(groupsAbreast, count - first);
            const float* source = values.data() + first * elements;
            std::byte* block = blocks.data() + first * bytes;
            std::array<float, groupsAbreast> scales;
            std::array<float, groupsAbreast> inverses;
            std::array<std::uint8_t, groupsAbreast * elements> found;
            fitLevelsGroups(source, now, levelTable, scales.data());
            std::transform(scales.begin(), scales.begin() + now, inverses.begin(), inverseOrZero);
            nearestLevelsGroups(source, now, levelTable, inverses.data(), found.data());
            for (std::size_t b = 0; b < now; ++b, block += bytes) {
                writeHalf(block, scales[b]);
                Fields<4, 16>::pack(found.data() + b * elements, elements, 0, block + 2);
            }
        }
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
        std::array<float, groups> used;
        storeScales(scales.data(), block, used.data());
        std::array<std::uint8_t, elements> found;
        for (std::size_t g = 0; g < groups; ++g)
            assign(values + g * group, group, used[g], found.data() + g * group);
        Fields<4, 16>::pack(found.data(), elements, 0, block + nibbles);
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        constexpr std::size_t abreast = groupsAbreast / groups;
        const std::size_t count = values.size() / elements;
        for (std::size_t first = 0; first < count; first += abreast) {
            const std::size_t now = std::min(abreast, count - first);
            const float* source = values.data() + first * elements;
            std::byte* block = blocks.data() + first * bytes;
            std::array<float, groupsAbreast> scales;
            std::array<float, groupsAbreast> used;
            std::array<std::uint8_t, abreast * elements> found;
            fitLevelsGroups(source, now * groups, levelTable, scales.data());
            for (std::size_t b = 0; b < now; ++b)
                storeScales(scales.data() + b * groups, block + b * bytes, used.data() + b * groups);
            std::transform(used.begin(), used.begin() + now * groups, used.begin(), inverseOrZero);
            nearestLevelsGroups(source, now * groups, levelTable, used.data(), found.data());
            for (std::size_t b = 0; b < now; ++b)
                Fields<4, 16>::pack(found.data() + b * elements, elements, 0, block + b * bytes + nibbles);
        }
    }
    /// `used`: the scales that the codes are made with, from the unrounded scale of the block, as the reference has it.
    static void storeScales(const float* scales, std::byte* block, float* used)
    {
        const float scale = -largestMagnitude({scales, groups}) / 32;
        const float inverse = inverseOrZero(scale);
        std::array<std::uint8_t, groups> stored;
        for (std::size_t g = 0; g < groups; ++g) {
            const int step = std::clamp(nearest(inverse * scales[g]), -32, 31);
            stored[g] = static_cast<std::uint8_t>(step + 32);
            used[g] = scale * static_cast<float>(step);
        }
        writeHalf(block, scale);
        Fields<2, 1>::pack(stored.data(), groups, 4, block + topsAt);
        Fields<4, 1>::pack(stored.data(), groups, 0, block + lowsAt);
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
