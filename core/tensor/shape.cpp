// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/shape.h"

namespace quantoscope {

std::optional<std::size_t> elementCount(const Shape& shape)
{
    constexpr std::int64_t limit = std::int64_t{1} << 48;
    std::int64_t count = 1;
    for (const std::int64_t dim : shape) {
        if (dim < 0)
            return std::nullopt;
        if (dim == 0)
            count = 0;
        else if (count > limit / dim)
            return std::nullopt;
        else
            count *= dim;
    }
    return static_cast<std::size_t>(count);
}

std::string toText(const Shape& shape)
{
    if (shape.empty())
        return "scalar";
    std::string text;
    for (const std::int64_t dim : shape)
        text += (text.empty() ? "" : "×") + std::to_string(dim);
    return text;
}

} // namespace quantoscope
