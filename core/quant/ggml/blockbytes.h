// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ggml/half.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace quantoscope::ggml {

inline std::uint8_t byteAt(const std::byte* bytes, std::size_t at)
{
    return std::to_integer<std::uint8_t>(bytes[at]);
}

/// A scale as every block stores it: binary16, little-endian.
inline float readHalf(const std::byte* bytes)
{
    return quickFloatFromHalf(static_cast<std::uint16_t>(byteAt(bytes, 0) | byteAt(bytes, 1) << 8));
}
inline void writeHalf(std::byte* bytes, float value)
{
    const std::uint16_t half = halfFromFloat(value);
    bytes[0] = static_cast<std::byte>(half & 0xff);
    bytes[1] = static_cast<std::byte>(half >> 8);
}

/// How all these blocks lay out fields of 1, 2 or 4 bits: a run of Stride bytes holds Stride · 8/Bits elements, and
/// byte l of it holds the elements l, l + Stride, l + 2·Stride … from its low bits up.
template <unsigned Bits, std::size_t Stride>
struct Fields
{
    static constexpr std::size_t perByte = 8 / Bits;
    static constexpr std::size_t run = Stride * perByte; ///< elements
    static constexpr unsigned mask = (1u << Bits) - 1;

    /// Writes bits `shift` … shift + Bits - 1 of every code; `count` is a multiple of `run`.
    static void pack(const std::uint8_t* codes, std::size_t count, unsigned shift, std::byte* out)
    {
        for (std::size_t first = 0; first < count; first += run, out += Stride)
            for (std::size_t l = 0; l < Stride; l += sizeof(Word)) {
                Word word = 0;
                for (std::size_t k = 0; k < perByte; ++k)
                    word = static_cast<Word>(
                        word | (load(codes + first + k * Stride + l) >> shift & maskOfAll) << (k * Bits));
                std::memcpy(out + l, &word, sizeof word);
            }
    }
    /// Adds the stored bits, moved up by `shift`, to every code.
    static void unpack(const std::byte* in, std::size_t count, unsigned shift, std::uint8_t* codes)
    {
        if constexpr (Bits == 1 && Stride == 1)
            return unpackBits(in, count, shift, codes);
        for (std::size_t first = 0; first < count; first += run, in += Stride)
            for (std::size_t k = 0; k < perByte; ++k)
                for (std::size_t l = 0; l < Stride; l += sizeof(Word))
                    add(static_cast<Word>((load(in + l) >> (k * Bits) & maskOfAll) << shift),
                        codes + first + k * Stride + l);
    }

private:
    /// As many bytes as are treated at once: no shift crosses from one byte into what is kept of the next.
    using Word = std::conditional_t<Stride % 8 == 0, std::uint64_t,
                                    std::conditional_t<Stride % 4 == 0, std::uint32_t, std::uint8_t>>;
    static constexpr Word maskOfAll = static_cast<Word>(0x0101010101010101u * mask);

    template <class Byte>
    static Word load(const Byte* from)
    {
        Word word;
        std::memcpy(&word, from, sizeof word);
        return word;
    }
    template <class Bytes>
    static void add(Bytes bytes, std::uint8_t* codes)
    {
        Bytes sum;
        std::memcpy(&sum, codes, sizeof sum);
        sum = static_cast<Bytes>(sum | bytes);
        std::memcpy(codes, &sum, sizeof sum);
    }
    /// Eight copies of a byte keep one bit each, which carries into the top bit of its copy.
    static void unpackBits(const std::byte* in, std::size_t count, unsigned shift, std::uint8_t* codes)
    {
        static_assert(std::endian::native == std::endian::little);
        for (std::size_t first = 0; first < count; first += 8) {
            const std::uint64_t kept = byteAt(in, first / 8) * 0x0101010101010101u & 0x8040201008040201u;
            const std::uint64_t bits = (kept + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u;
            add(bits << shift, codes + first);
        }
    }
};

} // namespace quantoscope::ggml
