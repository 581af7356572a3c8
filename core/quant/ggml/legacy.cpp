// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of 32 with one scale; the affine ones add the minimum.
#include "core/quant/ggml/blockbytes.h"
#include "core/quant/ggml/families.h"
#include "core/quant/ggml/fit.h"
#include "core/quant/ggml/format.h"
#include "core/quant/ggml/legacylanes.h"

#include <cmath>

namespace quantoscope::ggml {

namespace {

constexpr std::size_t blockSize = 32;
using Codes = std::array<std::uint8_t, blockSize>;

/// The 4- and 5-bit formats: scales, then for 5 bits the 32 top bits in element order, then the nibbles.
template <unsigned Bits, std::size_t Scales>
struct Layout
{
    static constexpr std::size_t elements = blockSize;
    static constexpr std::size_t group = blockSize;
    static constexpr int codes = 1 << Bits;
    static constexpr std::size_t topBits = 2 * Scales;
    static constexpr std::size_t nibbles = topBits + (Bits == 5 ? 4 : 0);
    static constexpr std::size_t bytes = nibbles + blockSize / 2;

    static void writeCodes(const Codes& source, std::byte* block)
    {
        Fields<4, 16>::pack(source.data(), blockSize, 0, block + nibbles);
        if constexpr (Bits == 5)
            Fields<1, 1>::pack(source.data(), blockSize, 4, block + topBits);
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        Fields<4, 16>::unpack(block + nibbles, blockSize, 0, target);
        if constexpr (Bits == 5)
            Fields<1, 1>::unpack(block + topBits, blockSize, 4, target);
    }
};

float inverseOrZero(float scale) { return scale != 0 ? 1.0f / scale : 0.0f; }

/// The value of largest magnitude gets the lowest code, whatever its sign: the scale is signed.
template <unsigned Bits>
struct SignedScale : Layout<Bits, 1>, Symmetric<1 << (Bits - 1)>
{
    using Base = Layout<Bits, 1>;
    static constexpr std::string_view name = Bits == 4 ? "q4_0" : "q5_0";

    static void encode(const float* values, std::byte* block)
    {
        constexpr int half = 1 << (Bits - 1);
        const float scale = largestMagnitude({values, blockSize}) / static_cast<float>(-half);
        const float inverse = inverseOrZero(scale);
        Codes codes;
        for (std::size_t i = 0; i < blockSize; ++i)
            codes[i] = static_cast<std::uint8_t>(
                std::min(truncated(values[i] * inverse + (half + 0.5f)), Base::codes - 1));
        writeHalf(block, scale);
        Base::writeCodes(codes, block);
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        encodeLegacy(Bits == 4 ? LegacyFormat::Q4_0 : LegacyFormat::Q5_0, values, blocks, encode);
    }
    static Steps steps(const std::byte* block, std::size_t) { return {readHalf(block), 0}; }
};

/// Codes span the block's own range; the minimum is stored as it is.
template <unsigned Bits>
struct WithMinimum : Layout<Bits, 2>, Affine
{
    using Base = Layout<Bits, 2>;
    static constexpr std::string_view name = Bits == 4 ? "q4_1" : "q5_1";

    static void encode(const float* values, std::byte* block)
    {
        const float minimum = *std::min_element(values, values + blockSize);
        const float maximum = *std::max_element(values, values + blockSize);
        const float scale = (maximum - minimum) / static_cast<float>(Base::codes - 1);
        const float inverse = inverseOrZero(scale);
        Codes codes;
        for (std::size_t i = 0; i < blockSize; ++i)
            codes[i] = static_cast<std::uint8_t>(
                std::min(truncated((values[i] - minimum) * inverse + 0.5f), Base::codes - 1));
        writeHalf(block, scale);
        writeHalf(block + 2, minimum);
        Base::writeCodes(codes, block);
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        encodeLegacy(Bits == 4 ? LegacyFormat::Q4_1 : LegacyFormat::Q5_1, values, blocks, encode);
    }
    static Steps steps(const std::byte* block, std::size_t) { return {readHalf(block), readHalf(block + 2)}; }
};

/// A signed byte for each element, -127 … 127, halves rounded away from zero.
struct Q8_0 : Symmetric<128>
{
    static constexpr std::string_view name = "q8_0";
    static constexpr std::size_t elements = blockSize;
    static constexpr std::size_t group = blockSize;
    static constexpr std::size_t bytes = 2 + blockSize;
    static constexpr int firstCode = 1, codes = 255;

    static void encode(const float* values, std::byte* block)
    {
        const float scale = std::abs(largestMagnitude({values, blockSize})) / 127.0f;
        const float inverse = inverseOrZero(scale);
        writeHalf(block, scale);
        for (std::size_t i = 0; i < blockSize; ++i)
            block[2 + i] = static_cast<std::byte>(truncated(std::round(values[i] * inverse)));
    }
    static void encodeMany(std::span<const float> values, std::span<std::byte> blocks)
    {
        encodeLegacy(LegacyFormat::Q8_0, values, blocks, encode);
    }
    static void readCodes(const std::byte* block, std::uint8_t* target)
    {
        for (std::size_t i = 0; i < blockSize; ++i) // two's complement to offset 128
            target[i] = byteAt(block, 2 + i) ^ 0x80u;
    }
    static Steps steps(const std::byte* block, std::size_t) { return {readHalf(block), 0}; }
};

static_assert(SignedScale<4>::bytes == 18 && WithMinimum<4>::bytes == 20);
static_assert(SignedScale<5>::bytes == 22 && WithMinimum<5>::bytes == 24 && Q8_0::bytes == 34);

constexpr std::array<BlockCodec, 5> codecs = {
    Adapter<SignedScale<4>>::codec(), Adapter<WithMinimum<4>>::codec(), Adapter<SignedScale<5>>::codec(),
    Adapter<WithMinimum<5>>::codec(), Adapter<Q8_0>::codec()};

} // namespace

std::span<const BlockCodec> legacyCodecs() { return codecs; }

} // namespace quantoscope::ggml
