// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/packedconv.h"
#include "core/kernels/output/epilogue.h"

#include <cstdint>
#include <optional>

namespace quantoscope {

/// The activation code of the real number 0: padding that holds it counts like the image, all windows are whole. Nothing where
/// there is none: padding holds p = 0 then and counts in no sum.
inline std::optional<std::int8_t> zeroCode(const PackedConv& conv, const RowTerms& terms, std::int32_t factor)
{
    const std::int32_t code = terms.zero / factor;
    const bool exists = terms.offset == 0 && code * factor == terms.zero && code >= -128 && code <= 127;
    // Tables give codes behind the channels of a pixel a weight: those must stay 0.
    const bool ends = conv.dense.pixelCodes > static_cast<std::size_t>(conv.geometry.groupChannels());
    return exists && !ends ? std::optional(static_cast<std::int8_t>(code)) : std::nullopt;
}

} // namespace quantoscope
