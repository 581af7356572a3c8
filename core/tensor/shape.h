// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quantoscope {

/// Dimensions, outermost first, row-major; an empty list is a scalar of one element.
using Shape = std::vector<std::int64_t>;

/// Product of the dimensions; nothing when one is negative or the product exceeds 2^48 elements, more
/// than any file holds.
std::optional<std::size_t> elementCount(const Shape& shape);

/// "64×3×3×3"; "scalar" for an empty shape.
std::string toText(const Shape& shape);

} // namespace quantoscope
