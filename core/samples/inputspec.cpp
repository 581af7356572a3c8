// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/inputspec.h"

namespace quantoscope {

std::string openText(const Shape& shape)
{
    std::string text;
    for (const std::int64_t dim : shape)
        text += (text.empty() ? "" : "×") + (dim < 0 ? std::string("?") : std::to_string(dim));
    return text.empty() ? "scalar" : text;
}

bool fits(const Shape& shape, const Shape& wanted, std::size_t first)
{
    if (shape.size() != wanted.size())
        return false;
    for (std::size_t axis = first; axis < shape.size(); ++axis)
        if (wanted[axis] >= 0 && wanted[axis] != shape[axis])
            return false;
    return true;
}

} // namespace quantoscope
