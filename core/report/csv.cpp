// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/csv.h"

#include <algorithm>
#include <vector>

namespace quantoscope {

namespace {

std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string field(const Json& value)
{
    if (value.is_null())
        return {};
    const std::string text = value.is_string() ? value.get<std::string>() : line(value);
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

std::vector<std::string> columnsOf(const Json& rows)
{
    std::vector<std::string> columns;
    for (const Json& row : rows) {
        for (const auto& [key, value] : row.items()) {
            if (std::find(columns.begin(), columns.end(), key) == columns.end())
                columns.push_back(key);
        }
    }
    return columns;
}

} // namespace

std::string csvText(const Json& rows, const Json& meta)
{
    const std::vector<std::string> columns = columnsOf(rows);
    std::string text = "# " + line(meta) + '\n';
    for (std::size_t i = 0; i < columns.size(); ++i)
        text += (i == 0 ? "" : ",") + field(columns[i]);
    text += '\n';
    for (const Json& row : rows) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto found = row.find(columns[i]);
            text += (i == 0 ? "" : ",") + (found == row.end() ? std::string() : field(*found));
        }
        text += '\n';
    }
    return text;
}

} // namespace quantoscope
