// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/json.h"

#include <algorithm>

namespace quantoscope {

namespace {

std::string compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// A list of plain values stays on one line; everything else gets a line per entry.
bool isOneLine(const Json& json)
{
    if (!json.is_structured() || json.empty())
        return true;
    return json.is_array()
           && std::none_of(json.begin(), json.end(), [](const Json& item) { return item.is_structured(); });
}

void write(std::string& text, const Json& json, std::size_t depth)
{
    if (isOneLine(json)) {
        text += compact(json);
        return;
    }
    const bool object = json.is_object();
    const std::string indent(2 * depth + 2, ' ');
    std::string before = object ? "{\n" : "[\n";
    for (const auto& [key, value] : json.items()) {
        text += before + indent;
        if (object)
            text += compact(Json(key)) + ": ";
        write(text, value, depth + 1);
        before = ",\n";
    }
    text += '\n' + std::string(2 * depth, ' ') + (object ? '}' : ']');
}

} // namespace

std::string toText(const Json& json)
{
    std::string text;
    write(text, json, 0);
    return text + '\n';
}

} // namespace quantoscope
