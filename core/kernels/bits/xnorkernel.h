// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"
#include "core/kernels/tile.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quantoscope {

/// The inner loop of binary × binary products: 64 signs a word, bit 1 for +1, bit 0 for -1. Some rows of activations against one
/// panel of `columns` outputs; a step of TileInput is one word (stepStride 8 in rows that lie packed). Panels are
/// [words][columns] and aligned to 64 bytes, activations to 8. Exact; thread-safe.
///
/// With K the number of signs, bits of padding equal on both sides, and differences = popcount(a xor w):
///   Σ a·w = K - 2 · differences, the kernel's sum for start = K
/// A convolution pads with real 0, which no bit says. Let the words of a padded tap be 0 in the activations; each then counts the
/// ones of its weights, and with P the padded taps, c their channels and ones(n, t) those of output n in tap t
/// (XnorWeights::ones):
///   Σ a·w = K - 2 · differences + Σ_{t in P} (2 · ones(n, t) - c)
struct XnorKernel
{
    std::string_view name; ///< "vpopcntq 6×32", …
    Isa isa = Isa::Scalar;
    int columns = 0;
    int rows = 0; ///< at most, ≥ 1
    /// sums[r · stride + c] = start - 2 · differences over all segments, fewer than 2^30; 1 ≤ rows ≤ this->rows.
    void (*multiply)(const TileInput& input, const std::uint64_t* panel, int rows, std::int32_t start,
                     std::int32_t* sums, std::size_t stride) = nullptr;
};

/// Bounds for buffers of one tile.
constexpr int xnorMostRows = 8;
constexpr int xnorMostColumns = 32;

const XnorKernel& xnorKernel(Isa isa);

} // namespace quantoscope
