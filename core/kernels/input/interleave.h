// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>

namespace quantoscope {

/// Units of four bytes from rows to columns: unit s of row r goes to `to` + s·toStride + 4·r bytes. Rows start fromStride bytes
/// apart; nothing else of `to` is written. Any alignment. Thread-safe.
using Interleave = void (*)(const std::byte* from, std::size_t fromStride, std::size_t rows,
                            std::size_t units, std::byte* to, std::size_t toStride);
Interleave interleaver(Isa isa);

} // namespace quantoscope
