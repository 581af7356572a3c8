// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <cmath>
#include <string>
#include <string_view>

namespace quantoscope {

/// JSON that keeps the order in which keys were added, so that equal runs give equal bytes.
using Json = nlohmann::ordered_json;

/// Numbers are written in the shortest form that reads back as the same double; NaN and infinities are null,
/// and there is one zero only.
inline Json jsonNumber(double value) { return std::isfinite(value) ? Json(value + 0.0) : Json(nullptr); }

/// Sets `key`; where the value is not finite, null, and `keyReason` says why.
inline void setNumber(Json& object, const std::string& key, double value, std::string_view reason)
{
    object[key] = jsonNumber(value);
    if (!std::isfinite(value))
        object[key + "Reason"] = reason;
}

/// Two spaces of indentation, lists of plain values on one line, a final newline; bytes that are not UTF-8
/// become U+FFFD.
std::string toText(const Json& json);

} // namespace quantoscope
