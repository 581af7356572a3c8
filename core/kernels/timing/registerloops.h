// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace quantoscope {

/// What a product multiplies with.
enum class Arithmetic {
    Int8,   ///< four products a lane (vpdpbusd) where the instruction set has them, else pairs of int16
    Int16,  ///< pairs of int16 summed in int32
    Binary, ///< exclusive or, population count, sum
    Float   ///< float32 multiply and add, fused where the instruction set has it
};

/// Independent multiply-accumulates and next to nothing else, operands in registers or the first cache: no product of this
/// arithmetic runs faster on one core.
struct RegisterLoop
{
    std::string_view name; ///< of its instructions: "vpdpbusd", "pairs of int16", …
    double macs = 0;       ///< multiply-accumulates of one call of `run`; binary: pairs of bits
    void (*run)() = nullptr;
};
RegisterLoop registerLoop(Isa isa, Arithmetic arithmetic);

/// Sum of all words: as little work a byte as a read can have. Any alignment of 8.
std::uint64_t streamingSum(Isa isa, std::span<const std::uint64_t> words);

} // namespace quantoscope
