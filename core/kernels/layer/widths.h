// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// How products of a width come about on a processor.
///   Native  an instruction multiplies (or counts) codes of that very width
///   Wider   codes are unpacked into the next integer that has one: exact, saves memory but no multiplication
///   Table   codes are looked up: levels that are integers become bytes or words, others float32
///   Not     there is no integer product for them here
enum class Multiplied { Native, Wider, Table, Not };

/// "native", "wider integer", "table", "not".
std::string_view nameOf(Multiplied how);

/// One row of "what runs on what here".
struct WidthSupport
{
    int bits = 0;
    std::string weights;     ///< "1-bit (binary)", "4-bit", "nf4, af4, k-means", …
    std::string activations; ///< "int8", "binary", "float32"
    Multiplied how = Multiplied::Not;
    std::string by; ///< the instruction or the detour: "vpdpbusd on bytes"
};

/// For every width 1 … 16 and the formats with tables, on one instruction set.
std::vector<WidthSupport> widthSupport(Isa isa);

/// What makers document about hardware that need not be here. Nothing of it is measured.
struct DocumentedHardware
{
    std::string_view name;   ///< "AMX-INT8 (TDPBSSD)"
    std::string_view widths; ///< "8×8 → 32"
    std::string_view rate;   ///< as documented, dense
    std::string_view source;
};
std::span<const DocumentedHardware> documentedHardware();

} // namespace quantoscope
