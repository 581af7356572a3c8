// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/failif.h"

#include "app/cli/job.h"
#include "app/cli/textinput.h"
#include "core/quant/scheme.h"
#include "core/support/nearestname.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>

namespace quantoscope {

namespace {

bool isNumberOrMissing(const Json& value) { return value.is_number() || value.is_null(); }

std::string rowName(const Json& row)
{
    std::string name;
    if (row.contains("layer"))
        name = "'" + row["layer"].get<std::string>() + "'";
    if (row.contains("scheme"))
        name += (name.empty() ? "" : " with ") + row["scheme"].get<std::string>();
    return name;
}

} // namespace

FailIf::FailIf(const std::vector<std::string>& texts)
{
    for (const std::string& text : texts)
        m_thresholds.push_back(parse(text));
}

FailIf::Threshold FailIf::parse(const std::string& text)
{
    const std::size_t at = text.find_first_of("<>");
    const std::size_t width = at != std::string::npos && text.substr(at + 1, 1) == "=" ? 2 : 1;
    const std::string form = "--fail-if '" + text + "' is not of the form KEY<NUM (or > <= >=)";
    if (at == std::string::npos)
        throw UsageError(form + ".");
    const auto limit = parseDouble(trimmed(std::string_view(text).substr(at + width)));
    const std::string key(trimmed(std::string_view(text).substr(0, at)));
    if (key.empty() || !limit || !std::isfinite(*limit))
        throw UsageError(form + ": " + (key.empty() ? "it has no key." : "NUM is no finite number."));
    return {text, key, text.substr(at, width), *limit};
}

bool FailIf::Threshold::crosses(const Json& value) const
{
    if (!value.is_number())
        return true;
    const double number = value.get<double>();
    if (comparison == "<")
        return number < limit;
    if (comparison == ">")
        return number > limit;
    return comparison == "<=" ? number <= limit : number >= limit;
}

void FailIf::checkKeys(const Json& rows) const
{
    std::vector<std::string> names;
    for (const Json& row : rows) {
        for (const auto& [key, value] : row.items()) {
            if (isNumberOrMissing(value) && std::find(names.begin(), names.end(), key) == names.end())
                names.push_back(key);
        }
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    for (const Threshold& threshold : m_thresholds) {
        if (std::find(known.begin(), known.end(), threshold.key) != known.end())
            continue;
        const std::string nearest = nearestName(threshold.key, known);
        throw UsageError("--fail-if '" + threshold.text + "': no row has a number '" + threshold.key + "'"
                         + (nearest.empty() ? "; try sqnrDb or mse." : "; did you mean '" + nearest + "'?"));
    }
}

int FailIf::check(const Json& rows, std::ostream& err) const
{
    checkKeys(rows);
    int status = exitDone;
    for (const Threshold& threshold : m_thresholds) {
        std::size_t crossed = 0;
        std::string first;
        for (const Json& row : rows) {
            const auto value = row.find(threshold.key);
            if (value != row.end() && !threshold.crosses(*value))
                continue;
            if (++crossed == 1)
                first = rowName(row) + ": " + (value == row.end() ? "missing" : value->dump());
        }
        if (crossed == 0)
            continue;
        status = exitThreshold;
        err << "quantoscope: --fail-if '" << threshold.text << "' holds for " << crossed << " of "
            << rows.size() << " rows, the first " << first << ".\n";
    }
    return status;
}

void addFailIf(CLI::App& app, std::vector<std::string>& texts)
{
    app.add_option(
           "--fail-if", texts,
           "'KEY<NUM' (also > <= >=, repeatable): exit status 3 when any row crosses it; null crosses")
        ->allow_extra_args(false);
}

} // namespace quantoscope
