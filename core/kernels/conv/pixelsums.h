// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// sums[i] = Σ over the `channels` codes of pixel i, which lie `pixelCodes` apart. Thread-safe.
void sumPixels(Isa isa, const std::int8_t* codes, std::size_t pixels, std::size_t channels,
               std::size_t pixelCodes, std::int32_t* sums);
void sumPixels(const std::int16_t* codes, std::size_t pixels, std::size_t channels, std::size_t pixelCodes,
               std::int32_t* sums);

} // namespace quantoscope
