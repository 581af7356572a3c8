// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/layeroperator.h"

#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

void LayerOperator::refuse(const Shape& input, const std::string& wanted) const
{
    throw Error(ErrorCode::InvalidArgument,
                "Layer '" + m_name + "' takes " + wanted + ", not an input of shape " + toText(input) + ".",
                m_name);
}

std::size_t LayerOperator::rowsPerRange(std::size_t perSample, std::size_t rows) const
{
    switch (m_share) {
    case RangeShare::Row:
        return 1;
    case RangeShare::Sample:
        return std::max<std::size_t>(perSample, 1);
    case RangeShare::Tensor:
        break;
    }
    return std::max<std::size_t>(rows, 1);
}

} // namespace quantoscope
