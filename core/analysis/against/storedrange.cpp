// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/storedrange.h"

#include <algorithm>
#include <cstdio>

namespace quantoscope {

std::string StoredRange::description() const
{
    const std::string type = (isSigned ? "int" : "uint") + std::to_string(bits);
    if (dynamic)
        return type + " per tensor, found at each inference";
    char range[80];
    std::snprintf(range, sizeof range, "%.4g … %.4g", static_cast<double>(lowest()),
                  static_cast<double>(highest()));
    return type + " per tensor, zero point " + std::to_string(zeroPoint) + ", " + range;
}

StoredRange dynamicRange(float min, float max)
{
    StoredRange range;
    min = std::min(min, 0.0f);
    max = std::max(max, 0.0f);
    range.scale = (max - min) / 255.0f;
    if (!(range.scale > 0) || !std::isfinite(range.scale))
        range.scale = 1;
    range.zeroPoint = static_cast<std::int32_t>(std::nearbyint(std::clamp(-min / range.scale, 0.0f, 255.0f)));
    return range;
}

} // namespace quantoscope
