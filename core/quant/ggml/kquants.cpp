// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of 256 in groups of 16 or 32 whose own scales are integers times a scale of the block.
#include "core/quant/ggml/blockbytes.h"
#include "core/quant/ggml/families.h"
#include "core/quant/ggml/fit.h"
#include "core/quant/ggml/format.h"
#include "core/quant/ggml/groupfits.h"

namespace quantoscope::ggml {

namespace {

constexpr std::size_t blockSize = 256;
using Codes = std::array<std::uint8_t, blockSize>;

/// Codes anew, from the scales as they were stored: those of a group without a scale stay.
template <class Format>
void recode(const float* values, const std::byte* block, Codes& codes)
{
    constexpr int lowest = Format::lowest;
    for (std::size_t first = 0; first < blockSize; first += Format::group) {
        const Steps steps = Format::steps(block, first / Format::group);
        if (steps.scale == 0)
            continue;
        for (std::size_t i = first; i < first + Format::group; ++i) {
            const int code = nearest((values[i] - steps.offset) / steps.scale);
            codes[i] =
                static_cast<std::uint8_t>(std::clamp(code, lowest, lowest + Format::codes - 1) - lowest);
        }
    }
}

/// Asks for the values of the next blocks: a search takes too long for the processor to see that they follow.
inline void prefetch(const float* values, std::size_t blocks)
{
    for (std::size_t i = 0; i < blocks * blockSize; i += 16)
        __builtin_prefetch(values + i);
}

/// recode() with all lanes of the processor.
template <class Format>
void recodeAbreast(const float* values, const std::byte* block, Codes& codes)
{
    constexpr std::size_t groups = blockSize / Format::group;
    std::array<Steps, groups> steps;
    for (std::size_t g = 0; g < groups; ++g)
        steps[g] = Format::steps(block, g);
    recodeGroups(values, groups, Format::group, steps.data(), Format::lowest, Format::codes, codes.data());
}

/// Integer scales and minimums of the groups, not yet cut to what the format stores.
template <std::size_t Groups>
struct GroupSteps
{
    std::array<std::uint8_t, Groups> scales;
    std::array<std::uint8_t, Groups> minimums;
};

/// Stores the scale and the minimum of each group as integers, and the block's own.
template <class Format>
void storeFits(const AffineFit* fits, std::byte* block)
{
    constexpr std::size_t groups = blockSize / Format::group;
    float largestScale = 0;
    float largestMinimum = 0; // as a positive number
    for (std::size_t g = 0; g < groups; ++g) {
        largestScale = std::max(largestScale, fits[g].scale);
        largestMinimum = std::max(largestMinimum, -fits[g].minimum);
    }
    constexpr auto top = static_cast<float>(Format::maxScale);
    const float inverseScale = largestScale > 0 ? top / largestScale : 0.0f;
    const float inverseMinimum = largestMinimum > 0 ? top / largestMinimum : 0.0f;
    GroupSteps<groups> steps;
    for (std::size_t g = 0; g < groups; ++g) {
        steps.scales[g] = static_cast<std::uint8_t>(nearest(inverseScale * fits[g].scale));
        steps.minimums[g] = static_cast<std::uint8_t>(nearest(inverseMinimum * -fits[g].minimum));
    }
    writeHalf(block + Format::scaleAt, largestScale / top);
    writeHalf(block + Format::scaleAt + 2, largestMinimum / top);
    Format::writeSteps(steps, block);
}

/// The formats with a scale and a minimum for each group: value = d·scale·code - dmin·minimum.
/// Format adds: search, weighing, maxScale, scaleAt, weigh(), writeSteps(), writeCodes().
template <class Format>
struct WithMinimums : Affine
{
    static void encode(const float* values, std::byte* block)
    {
        constexpr std::size_t groups = blockSize / Format::group;
        Codes codes;
        std::array<AffineFit, groups> fits;
        for (std::size_t g = 0; g < groups; ++g) {
            const std::span<const float> members(values + g * Format::group, Format::group);
            std::array<float, Format::group> weights;
            Format::weigh(members, weights.data());
            fits[g] = fitAffine(members, weights, Format::search, codes.data() + g * Format::group);
        }
        storeFits<Format>(fits.data(), block);
        recode<Format>(values, block, codes);
        Format::writeCodes(codes, block);
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        constexpr std::size_t groups = blockSize / Format::group;
        constexpr std::size_t abreast = groupsAbreast / groups;
        const std::size_t count = values.size() / blockSize;
        for (std::size_t first = 0; first < count; first += abreast) {
            const std::size_t now = std::min(abreast, count - first);
            const float* source = values.data() + first * blockSize;
            std::array<AffineFit, groupsAbreast> fits;
            std::array<Codes, abreast> codes;
            prefetch(source + now * blockSize, now);
            fitAffineGroups(source, now * groups, Format::group, Format::weighing, Format::search,
                            fits.data(), codes[0].data());
            for (std::size_t b = 0; b < now; ++b) {
                std::byte* block = blocks.data() + (first + b) * Format::bytes;
                storeFits<Format>(fits.data() + b * groups, block);
                recodeAbreast<Format>(source + b * blockSize, block, codes[b]);
                Format::writeCodes(codes[b], block);
            }
        }
    }
};

struct Q2_K : WithMinimums<Q2_K>
{
    static constexpr std::string_view name = "q2_k";
    static constexpr std::size_t elements = blockSize, group = 16, bytes = 84;
    static constexpr int codes = 4, lowest = 0, maxScale = 15;
    static constexpr std::size_t stepsAt = 0, codesAt = 16, scaleAt = 80;
    static constexpr AffineSearch search = {codes - 1, -0.5f, 0.1f, 15, true};
    static constexpr Weighing weighing = Weighing::Magnitude;

    static void weigh(std::span<const float> values, float* weights)
    {
        for (std::size_t i = 0; i < values.size(); ++i)
            weights[i] = std::abs(values[i]);
    }
    static void writeSteps(const GroupSteps<16>& steps, std::byte* block)
    {
        for (std::size_t g = 0; g < 16; ++g)
            block[stepsAt + g] = static_cast<std::byte>(steps.scales[g] | steps.minimums[g] << 4);
    }
    static Steps steps(const std::byte* block, std::size_t g)
    {
        const std::uint8_t both = byteAt(block, stepsAt + g);
        return {readHalf(block + scaleAt) * static_cast<float>(both & 15),
                -(readHalf(block + scaleAt + 2) * static_cast<float>(both >> 4))};
    }
    static void writeCodes(const Codes& source, std::byte* block)
    {
        Fields<2, 32>::pack(source.data(), blockSize, 0, block + codesAt);
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        Fields<2, 32>::unpack(block + codesAt, blockSize, 0, target);
    }
};

/// q4_k and q5_k: eight groups of 32 with 6-bit scales and minimums in 12 bytes: those of groups 0-3 in the low bits
/// of bytes 0-3 and 4-7; the low nibbles of groups 4-7 in bytes 8-11 (scale low, minimum high) and their top two bits
/// above the six of bytes 0-7.
template <unsigned Bits>
struct Q45_K : WithMinimums<Q45_K<Bits>>
{
    static constexpr std::string_view name = Bits == 4 ? "q4_k" : "q5_k";
    static constexpr std::size_t elements = blockSize, group = 32, bytes = Bits == 4 ? 144 : 176;
    static constexpr int codes = 1 << Bits, lowest = 0, maxScale = 63;
    static constexpr std::size_t scaleAt = 0, stepsAt = 4, topBits = 16, nibbles = Bits == 4 ? 16 : 48;
    static constexpr AffineSearch search =
        Bits == 4 ? AffineSearch{15, -1.0f, 0.1f, 20, false} : AffineSearch{31, -0.5f, 0.1f, 15, false};
    static constexpr Weighing weighing = Weighing::AddRootMeanSquare;

    static void weigh(std::span<const float> values, float* weights)
    {
        float squares = 0;
        for (const float value : values)
            squares += value * value;
        const float level = std::sqrt(squares / static_cast<float>(group));
        for (std::size_t i = 0; i < values.size(); ++i)
            weights[i] = level + std::abs(values[i]);
    }
    static void writeSteps(const GroupSteps<8>& steps, std::byte* block)
    {
        const auto six = [](std::uint8_t step) { return std::min<unsigned>(step, maxScale); };
        std::byte* packed = block + stepsAt;
        for (std::size_t g = 0; g < 4; ++g) {
            const unsigned scale = six(steps.scales[g + 4]);
            const unsigned minimum = six(steps.minimums[g + 4]);
            packed[g] = static_cast<std::byte>(six(steps.scales[g]) | scale >> 4 << 6);
            packed[g + 4] = static_cast<std::byte>(six(steps.minimums[g]) | minimum >> 4 << 6);
            packed[g + 8] = static_cast<std::byte>((scale & 15) | (minimum & 15) << 4);
        }
    }
    static Steps steps(const std::byte* block, std::size_t g)
    {
        const std::byte* packed = block + stepsAt;
        const std::size_t column = g % 4;
        unsigned scale = byteAt(packed, column) & 63u;
        unsigned minimum = byteAt(packed, column + 4) & 63u;
        if (g >= 4) {
            scale =
                (byteAt(packed, column + 8) & 15u) | static_cast<unsigned>(byteAt(packed, column) >> 6) << 4;
            minimum = static_cast<unsigned>(byteAt(packed, column + 8) >> 4)
                      | static_cast<unsigned>(byteAt(packed, column + 4) >> 6) << 4;
        }
        return {readHalf(block + scaleAt) * static_cast<float>(scale),
                -(readHalf(block + scaleAt + 2) * static_cast<float>(minimum))};
    }
    static void writeCodes(const Codes& source, std::byte* block)
    {
        Fields<4, 32>::pack(source.data(), blockSize, 0, block + nibbles);
        if constexpr (Bits == 5)
            Fields<1, 32>::pack(source.data(), blockSize, 4, block + topBits);
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        Fields<4, 32>::unpack(block + nibbles, blockSize, 0, target);
        if constexpr (Bits == 5)
            Fields<1, 32>::unpack(block + topBits, blockSize, 4, target);
    }
};

/// The formats with signed scales of groups of 16: value = d·scale·(code + lowest), the group of largest scale
/// getting the lowest integer. Format adds: fit(), fitGroups(), storeScales(), writeCodes().
template <class Format>
struct WithSignedScales
{
    static void encode(const float* values, std::byte* block)
    {
        Codes codes;
        std::array<float, 16> scales;
        for (std::size_t g = 0; g < 16; ++g)
            scales[g] = Format::fit({values + 16 * g, 16}, -Format::lowest, codes.data() + 16 * g);
        if (!Format::storeScales(scales, block))
            return;
        recode<Format>(values, block, codes);
        Format::writeCodes(codes, block);
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        constexpr std::size_t abreast = groupsAbreast / 16;
        const std::size_t count = values.size() / blockSize;
        for (std::size_t first = 0; first < count; first += abreast) {
            const std::size_t now = std::min(abreast, count - first);
            const float* source = values.data() + first * blockSize;
            std::array<std::array<float, 16>, abreast> scales;
            std::array<Codes, abreast> codes;
            prefetch(source + now * blockSize, now);
            Format::fitGroups(source, now * 16, -Format::lowest, scales[0].data(), codes[0].data());
            for (std::size_t b = 0; b < now; ++b) {
                std::byte* block = blocks.data() + (first + b) * Format::bytes;
                if (!Format::storeScales(scales[b], block))
                    continue;
                recodeAbreast<Format>(source + b * blockSize, block, codes[b]);
                Format::writeCodes(codes[b], block);
            }
        }
    }
};

/// Third bit of the codes apart; scales 6 bits wide, offset by 32: low nibbles in 8 bytes, top bits in 4.
struct Q3_K : Symmetric<4>, WithSignedScales<Q3_K>
{
    static constexpr std::string_view name = "q3_k";
    static constexpr std::size_t elements = blockSize, group = 16, bytes = 110;
    static constexpr int codes = 8, lowest = -4;
    static constexpr std::size_t topBits = 0, codesAt = 32, stepsAt = 96, scaleAt = 108;

    static constexpr auto fit = fitSymmetricByMoves;
    static constexpr auto fitGroups = fitSymmetricByMovesGroups;

    static bool storeScales(const std::array<float, 16>& scales, std::byte* block)
    {
        const float largest = largestMagnitude(scales);
        std::array<std::uint8_t, 16> steps{};
        const float inverse = largest != 0 ? -32.0f / largest : 0.0f;
        if (largest != 0)
            for (std::size_t g = 0; g < 16; ++g)
                steps[g] = static_cast<std::uint8_t>(
                    std::clamp<int>(static_cast<std::int8_t>(nearest(inverse * scales[g])), -32, 31) + 32);
        Fields<4, 8>::pack(steps.data(), 16, 0, block + stepsAt);
        Fields<2, 4>::pack(steps.data(), 16, 4, block + stepsAt + 8);
        writeHalf(block + scaleAt, largest != 0 ? 1 / inverse : 0.0f);
        return true;
    }
    static void writeCodes(const Codes& source, std::byte* block)
    {
        Fields<1, 32>::pack(source.data(), blockSize, 2, block + topBits);
        Fields<2, 32>::pack(source.data(), blockSize, 0, block + codesAt);
    }
    static Steps steps(const std::byte* block, std::size_t g)
    {
        const int low = byteAt(block, stepsAt + g % 8) >> (g / 8 * 4) & 15;
        const int high = byteAt(block, stepsAt + 8 + g % 4) >> (g / 4 * 2) & 3;
        return {readHalf(block + scaleAt) * static_cast<float>((low | high << 4) - 32), 0};
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        Fields<2, 32>::unpack(block + codesAt, blockSize, 0, target);
        Fields<1, 32>::unpack(block + topBits, blockSize, 2, target);
    }
};

/// Low nibbles and top two bits of the codes apart; a signed byte of scale for each group.
struct Q6_K : Symmetric<32>, WithSignedScales<Q6_K>
{
    static constexpr std::string_view name = "q6_k";
    static constexpr std::size_t elements = blockSize, group = 16, bytes = 210;
    static constexpr int codes = 64, lowest = -32;
    static constexpr std::size_t nibbles = 0, topBits = 128, stepsAt = 192, scaleAt = 208;

    static constexpr auto fit = fitSymmetric;
    static constexpr auto fitGroups = fitSymmetricGroups;

    /// False where the whole block is zeros, as its bytes are then.
    static bool storeScales(const std::array<float, 16>& scales, std::byte* block)
    {
        const float largest = largestMagnitude(scales);
        if (std::abs(largest) < negligible) {
            std::fill_n(block, bytes, std::byte{0});
            return false;
        }
        const float inverse = -128.0f / largest;
        for (std::size_t g = 0; g < 16; ++g)
            block[stepsAt + g] = static_cast<std::byte>(std::min(nearest(inverse * scales[g]), 127));
        writeHalf(block + scaleAt, 1 / inverse);
        return true;
    }
    static void writeCodes(const Codes& source, std::byte* block)
    {
        Fields<4, 64>::pack(source.data(), blockSize, 0, block + nibbles);
        Fields<2, 32>::pack(source.data(), blockSize, 4, block + topBits);
    }
    static Steps steps(const std::byte* block, std::size_t g)
    {
        return {readHalf(block + scaleAt)
                    * static_cast<float>(static_cast<std::int8_t>(byteAt(block, stepsAt + g))),
                0};
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        Fields<4, 64>::unpack(block + nibbles, blockSize, 0, target);
        Fields<2, 32>::unpack(block + topBits, blockSize, 4, target);
    }
};

static_assert(Q2_K::scaleAt + 4 == Q2_K::bytes && Q3_K::scaleAt + 2 == Q3_K::bytes);
static_assert(Q45_K<4>::nibbles + 128 == Q45_K<4>::bytes && Q45_K<5>::nibbles + 128 == Q45_K<5>::bytes);
static_assert(Q6_K::scaleAt + 2 == Q6_K::bytes);

constexpr std::array<BlockCodec, 5> codecs = {Adapter<Q2_K>::codec(), Adapter<Q3_K>::codec(),
                                              Adapter<Q45_K<4>>::codec(), Adapter<Q45_K<5>>::codec(),
                                              Adapter<Q6_K>::codec()};

} // namespace

std::span<const BlockCodec> kCodecs() { return codecs; }

} // namespace quantoscope::ggml
