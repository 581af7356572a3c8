// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/constant.h"

#include <cstdint>
#include <span>
#include <vector>

namespace quantoscope {

/// Operations on constants, as the ONNX operators of these names define them. Codes keep their type and
/// their scales move with them. All throw Error with a reason that can be shown when the arguments do not
/// fit or the case is not built. Results own their bytes unless they are the same bytes in the same order.

/// `permutation` empty: reversed axes.
Constant transposed(const Constant& in, std::vector<std::int64_t> permutation);

/// `shape` may hold one -1.
Constant reshaped(const Constant& in, Shape shape);

/// For each axis the source positions to keep, in order (Slice, Gather).
Constant picked(const Constant& in, const std::vector<std::vector<std::int64_t>>& positions);

Constant concatenated(std::span<const Constant* const> parts, std::int64_t axis);

/// Converted to float32; codes and values that widen exactly stay as they are.
Constant castToFloat(const Constant& in);

/// `axis` in [-rank, rank) → [0, rank), throws otherwise.
std::size_t normalizedAxis(std::int64_t axis, std::size_t rank);

} // namespace quantoscope
