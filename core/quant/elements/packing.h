// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quantoscope {

/// NF4, FP4 (and AF4): two codes 0 … 15 a byte, the first in the high nibble; the last low nibble of an odd count is 0.
std::vector<std::byte> packHighNibbleFirst(std::span<const std::int32_t> codes);
std::vector<std::int32_t> unpackHighNibbleFirst(std::span<const std::byte> bytes, std::size_t count);

/// Ternary codes -1, 0, 1 as q + 1 in two bits, the first in the lowest bits; unused bits are 0.
std::vector<std::byte> packTernary(std::span<const std::int32_t> codes);
std::vector<std::int32_t> unpackTernary(std::span<const std::byte> bytes, std::size_t count);

/// Code `index` of a stream of `width`-bit codes, lowest bits first; width 1 … 8. The stream starts out as zeros.
void putBits(std::span<std::byte> stream, std::size_t index, int width, std::uint32_t code);
std::uint32_t getBits(std::span<const std::byte> stream, std::size_t index, int width);

} // namespace quantoscope
