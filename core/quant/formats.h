// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <span>

namespace quantoscope {

/// How a format makes values of codes.
enum class Family {
    Uniform, ///< scale · (q - zero point) + offset; Int
    Signs,   ///< two levels; Binary
    Ternary, ///< three levels
    Scaled,  ///< scale · value of a fixed book or small float
    Cast,    ///< a float format as it is, no scale
    Fitted,  ///< a code book of the set's own; KMeans
    Blocks   ///< blocks of fixed size with scales inside
};

struct FormatInfo
{
    Format format;
    std::string_view name; ///< as in scheme text
    Family family;
    int bits;               ///< stored bits of a code; 0: the scheme's choice
    int block;              ///< elements of a block; 0: none
    std::string_view title; ///< for people: "Q4_0"
};

/// Every format, in the order of the enumeration.
std::span<const FormatInfo> formats();
const FormatInfo& infoOf(Format format);

} // namespace quantoscope
