// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/dtype.h"
#include "core/tensor/shape.h"

#include <cstddef>
#include <string>

namespace quantoscope {

/// What a network takes: an input of its graph. Axis 0 is the axis of samples for every input of rank 1 and more, be it
/// open or fixed, except for those that are the same for all samples (constantinputs.h).
struct InputSpec
{
    std::string name;
    DType dtype = DType::F32;
    Shape shape; ///< -1: open
};

/// "?×3×48×320", for messages.
std::string openText(const Shape& shape);

/// Same rank, and equal where `wanted` is not open, from axis `first` on.
bool fits(const Shape& shape, const Shape& wanted, std::size_t first = 0);

} // namespace quantoscope
