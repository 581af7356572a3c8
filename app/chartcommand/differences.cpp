// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chartcommand/differences.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace quantoscope {

namespace {

constexpr std::size_t mostListed = 50;

void add(Json& list, const std::string& where, const Json& given, const Json& now)
{
    if (list.size() < mostListed)
        list.push_back({{"where", where}, {"given", given}, {"now", now}});
}

/// Measured, not computed: no two runs give the same.
bool isMeasured(std::string_view key)
{
    constexpr std::array<std::string_view, 10> names = {"gops",          "parts",   "noisy",    "peakBytes",
                                                        "rooflineShare", "machine", "roofline", "timeNs",
                                                        "runs",          "repeat"};
    return key.ends_with("Ns") || key.ends_with("Ms") || key.starts_with("speedup")
           || std::find(names.begin(), names.end(), key) != names.end();
}

/// Where the command wrote: made again, it writes elsewhere.
bool isOutputPath(std::string_view key) { return key == "packedOut" || key == "path"; }

bool isCompared(std::string_view key) { return !isMeasured(key) && !isOutputPath(key); }

void compareJson(Json& list, const std::string& where, const Json& given, const Json& now)
{
    if (given.is_object() && now.is_object()) {
        for (const auto& [key, value] : given.items())
            if (isCompared(key))
                compareJson(list, where.empty() ? key : where + '.' + key, value, now.value(key, Json()));
        for (const auto& [key, value] : now.items())
            if (isCompared(key) && !given.contains(key))
                add(list, where.empty() ? key : where + '.' + key, nullptr, value);
    } else if (given.is_array() && now.is_array()) {
        if (given.size() != now.size())
            add(list, where + " (count)", given.size(), now.size());
        for (std::size_t i = 0; i < std::min(given.size(), now.size()); ++i)
            compareJson(list, where + '[' + std::to_string(i) + ']', given[i], now[i]);
    } else if (given != now) {
        add(list, where, given, now);
    }
}

bool makesNumbers(const std::string& key)
{
    return key == "modelSha256" || key == "dataSha256" || key == "schemes" || key == "seeds"
           || key == "samples" || key == "engine";
}

void compareMeta(Reproduced& result, const Json& given, const Json& now)
{
    for (const auto& [key, value] : given.items()) {
        const Json other = now.value(key, Json());
        if (value != other && key != "command")
            add(makesNumbers(key) ? result.differences : result.notes, "meta." + key, value, other);
    }
}

} // namespace

Reproduced compared(const QByteArray& given, const QByteArray& now)
{
    Reproduced result;
    result.bytesEqual = given == now;
    if (result.bytesEqual)
        return result;
    const ReadExport before = readExport(given);
    const ReadExport after = readExport(now);
    compareMeta(result, before.meta, after.meta);
    Json numbers = Json::array();
    compareJson(numbers, before.format == ExportFormat::Csv ? "rows" : "", before.content, after.content);
    compareJson(numbers, "data", before.data, after.data);
    result.numbersEqual = numbers.empty();
    for (const Json& difference : numbers)
        result.differences.push_back(difference);
    if (drawingOf(given, before.format) != drawingOf(now, after.format))
        add(result.differences, "drawing", "as in the file", "drawn differently");
    return result;
}

} // namespace quantoscope
