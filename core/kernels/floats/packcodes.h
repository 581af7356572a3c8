// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

constexpr std::size_t floatColumns = 64; ///< outputs of a panel, on every instruction set
constexpr std::size_t packedSteps = 8;   ///< codes of an output that are packed together

/// Codes of 1 to 8 bits of 64 outputs, bit-packed: for each eight steps `bits` vectors of 64 bytes, one byte an output. Bits
/// split into planes of widths 8, 4, 2, 1, widest first = lowest bits (7 = 4 + 2 + 1); of a plane of width w bits
/// [f·w, (f + 1)·w) of vector v belong to step v · (8/w) + f.
/// `bytes` is [packedSteps][floatColumns].
void packEight(int bits, const std::uint8_t* bytes, std::uint8_t* packed);

/// The reverse of `groups` times eight steps. `bits` is 1 to 7, `bytes` and `packed` aligned to 64. Thread-safe.
using UnpackCodes = void (*)(const std::uint8_t* packed, std::size_t groups, std::uint8_t* bytes);
UnpackCodes unpackCodes(int bits, Isa isa);

} // namespace quantoscope
