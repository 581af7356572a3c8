// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of 256 on the levels -d, 0, d, where d is the largest magnitude.
#include "core/quant/ggml/blockbytes.h"
#include "core/quant/ggml/families.h"
#include "core/quant/ggml/fit.h"
#include "core/quant/ggml/format.h"
#include "core/quant/ggml/ternarylanes.h"

namespace quantoscope::ggml {

namespace {

constexpr std::size_t blockSize = ternaryBlock;
using Codes = std::array<std::uint8_t, blockSize>;

/// Stores the largest magnitude and finds the codes 0, 1, 2; halves go away from zero.
Codes encodeTernary(const float* values, std::byte* scaleBytes)
{
    const float scale = std::abs(largestMagnitude({values, blockSize}));
    const float inverse = scale != 0 ? 1.0f / scale : 0.0f;
    writeHalf(scaleBytes, scale);
    Codes codes;
    for (std::size_t i = 0; i < blockSize; ++i)
        codes[i] = static_cast<std::uint8_t>(truncated(std::round(values[i] * inverse)) + 1);
    return codes;
}

/// A byte is the fraction 0.t₀t₁t₂t₃t₄ to base 3 in units of 1/256, rounded up: the first trit is the integer part of
/// 3/256 of it, and tripling the byte modulo 256 brings up the next.
struct Tq1_0 : Symmetric<1>
{
    static constexpr std::string_view name = "tq1_0";
    static constexpr std::size_t elements = blockSize, group = blockSize, bytes = 54, scaleAt = 52;
    static constexpr int codes = 3;

    static void encode(const float* values, std::byte* block)
    {
        const Codes found = encodeTernary(values, block + scaleAt);
        for (const TritRun& run : tritRuns)
            for (std::size_t l = 0; l < run.width; ++l) {
                unsigned number = 0;
                for (std::size_t n = 0; n < 5; ++n)
                    number = 3 * number + (n < run.trits ? found[run.first + n * run.width + l] : 0u);
                block[run.at + l] = static_cast<std::byte>((number * 256 + 242) / 243);
            }
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        encodeTernaryBlocks(TernaryFormat::Tq1_0, values, blocks);
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        for (const TritRun& run : tritRuns)
            for (std::size_t n = 0, power = 1; n < run.trits; ++n, power *= 3)
                for (std::size_t l = 0; l < run.width; ++l) {
                    const auto fraction = static_cast<std::uint8_t>(byteAt(block, run.at + l) * power);
                    target[run.first + n * run.width + l] = static_cast<std::uint8_t>(fraction * 3u >> 8);
                }
    }
    static Steps steps(const std::byte* block, std::size_t) { return {readHalf(block + scaleAt), 0}; }
};

/// Two bits an element.
struct Tq2_0 : Symmetric<1>
{
    static constexpr std::string_view name = "tq2_0";
    static constexpr std::size_t elements = blockSize, group = blockSize, bytes = 66, scaleAt = 64;
    static constexpr int codes = 3;

    static void encode(const float* values, std::byte* block)
    {
        const Codes found = encodeTernary(values, block + scaleAt);
        Fields<2, 32>::pack(found.data(), blockSize, 0, block);
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        encodeTernaryBlocks(TernaryFormat::Tq2_0, values, blocks);
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        Fields<2, 32>::unpack(block, blockSize, 0, target);
    }
    static Steps steps(const std::byte* block, std::size_t) { return {readHalf(block + scaleAt), 0}; }
};

static_assert(tritRuns[2].at + tritRuns[2].width == Tq1_0::scaleAt && Tq1_0::bytes == Tq1_0::scaleAt + 2);
static_assert(Tq2_0::bytes == blockSize / 4 + 2);

constexpr std::array<BlockCodec, 2> codecs = {Adapter<Tq1_0>::codec(), Adapter<Tq2_0>::codec()};

} // namespace

std::span<const BlockCodec> ternaryCodecs() { return codecs; }

} // namespace quantoscope::ggml
