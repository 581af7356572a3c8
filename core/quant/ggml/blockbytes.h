// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ggml/half.h"
#include "core/tensor/dtype.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope::ggml {

inline std::uint8_t byteAt(const std::byte* bytes, std::size_t at)
{
    return std::to_integer<std::uint8_t>(bytes[at]);
}

/// A scale as every block stores it: binary16, little-endian.
inline float readHalf(const std::byte* bytes)
{
    return floatFromHalf(static_cast<std::uint16_t>(byteAt(bytes, 0) | byteAt(bytes, 1) << 8));
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
            for (std::size_t l = 0; l < Stride; ++l) {
                unsigned byte = 0;
                for (std::size_t k = 0; k < perByte; ++k)
                    byte |= (codes[first + k * Stride + l] >> shift & mask) << (k * Bits);
                out[l] = static_cast<std::byte>(byte);
            }
    }
    /// Adds the stored bits, moved up by `shift`, to every code.
    static void unpack(const std::byte* in, std::size_t count, unsigned shift, std::uint8_t* codes)
    {
        for (std::size_t first = 0; first < count; first += run, in += Stride)
            for (std::size_t k = 0; k < perByte; ++k)
                for (std::size_t l = 0; l < Stride; ++l) {
                    const unsigned field = static_cast<unsigned>(byteAt(in, l)) >> (k * Bits) & mask;
                    std::uint8_t& code = codes[first + k * Stride + l];
                    code = static_cast<std::uint8_t>(code | field << shift);
                }
    }
};

} // namespace quantoscope::ggml
