// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include "app/cli/leveltable.h"
#include "app/cli/text.h"
#include "app/cli/textinput.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace quantoscope {

namespace {

struct LevelsOptions
{
    std::string scheme;
    std::string range;
    bool table = false;
    bool json = false;
};

/// --range, else the scheme's own manual range, else `standard`.
Interval rangeOf(const LevelsOptions& options, const Scheme& scheme, Interval standard)
{
    if (!options.range.empty())
        return parseRange(options.range);
    if (scheme.range.kind == RangeRule::Kind::Manual)
        return {static_cast<float>(scheme.range.a), static_cast<float>(scheme.range.b)};
    return standard;
}

SetParams paramsFor(const Scheme& scheme, Interval range)
{
    if (scheme.format != Format::Binary)
        return makeParams(scheme, range);
    const float bound = std::max(std::abs(range.lo), std::abs(range.hi));
    return makeParams(scheme, {-bound, bound});
}

struct LevelsAnswer
{
    Scheme scheme;
    CodeRange codes;
    SetParams params;
    std::vector<float> levels;
    Interval ends;
};

LevelsAnswer answer(const LevelsOptions& options)
{
    LevelsAnswer result;
    result.scheme = parseScheme(options.scheme);
    result.codes = codeRange(result.scheme);
    result.params = paramsFor(result.scheme, rangeOf(options, result.scheme, {-1, 1}));
    result.levels = levels(result.scheme, result.params);
    result.ends = levelEnds(result.params, result.codes);
    return result;
}

Json levelsJson(const LevelsAnswer& answer, const Job& job)
{
    const bool zeroPoints = hasZeroPoint(answer.scheme);
    const SetParams& params = answer.params;
    Json json;
    json["scheme"] = toText(answer.scheme);
    json["bits"] = answer.scheme.bits;
    json["count"] = answer.levels.size();
    json["step"] = std::abs(static_cast<double>(params.scale)); // every grid here is uniform
    json["zeroExact"] = zeroIsExact(answer.scheme, params);
    json["lowestLevel"] = jsonNumber(static_cast<double>(answer.ends.lo));
    json["highestLevel"] = jsonNumber(static_cast<double>(answer.ends.hi));
    json["lo"] = jsonNumber(static_cast<double>(params.range.lo));
    json["hi"] = jsonNumber(static_cast<double>(params.range.hi));
    json["scale"] = jsonNumber(static_cast<double>(params.scale));
    json["zeroPoint"] = zeroPoints ? Json(params.zeroPoint) : Json(nullptr);
    json["offset"] = zeroPoints ? Json(nullptr) : jsonNumber(static_cast<double>(params.offset));
    json["lowestCode"] = answer.codes.min;
    json["highestCode"] = answer.codes.max;
    json["bytesPerBillion"] = bytesPerBillion(answer.scheme.bits);
    json["levels"] = Json::array();
    for (const float level : answer.levels)
        json["levels"].push_back(jsonNumber(static_cast<double>(level)));
    json["meta"] = metaJson(provenanceOf(job, {answer.scheme}));
    return json;
}

void printLevelRows(std::ostream& out, const LevelsAnswer& answer)
{
    constexpr std::size_t shownAll = 64;
    constexpr std::size_t shownEnd = 8;
    TextTable table;
    table.addColumn("code");
    table.addColumn("level");
    for (std::size_t i = 0; i < answer.levels.size(); ++i) {
        const bool cut = answer.levels.size() > shownAll;
        if (cut && i == shownEnd) {
            table.addRow({"…", "…"});
            i = answer.levels.size() - shownEnd;
        }
        table.addRow({std::to_string(answer.codes.min + static_cast<int>(i)),
                      numberText(static_cast<double>(answer.levels[i]))});
    }
    table.print(out);
}

void printLevels(std::ostream& out, const LevelsAnswer& answer)
{
    const SetParams& params = answer.params;
    const auto number = [](float value) { return numberText(static_cast<double>(value)); };
    out << "Levels of " << toText(answer.scheme) << " for the range " << number(params.range.lo) << " … "
        << number(params.range.hi) << '\n'
        << countText(answer.levels.size()) << " levels from " << number(answer.ends.lo) << " to "
        << number(answer.ends.hi) << " · step " << number(std::abs(params.scale)) << " · "
        << (zeroIsExact(answer.scheme, params) ? "0 is a level" : "0 is not a level");
    if (hasZeroPoint(answer.scheme))
        out << " · zero point " << params.zeroPoint;
    const auto bytes = static_cast<double>(bytesPerBillion(answer.scheme.bits));
    out << '\n'
        << numberText(bytes / 1e9) << " GB for 1,000,000,000 parameters (GB = 10^9 bytes, weights alone)\n\n";
    printLevelRows(out, answer);
}

int runLevels(const LevelsOptions& options, Job& job)
{
    if (options.table != options.scheme.empty())
        throw UsageError("Give either --scheme or --table.");
    if (options.table) {
        const LevelTable table = levelTable(rangeOf(options, Scheme{}, {-2, 2}));
        if (options.json)
            job.out << toText(levelTableJson(table, metaJson(provenanceOf(job, table.schemes()))));
        else
            printLevelTable(job.out, table);
        return exitDone;
    }
    const LevelsAnswer result = answer(options);
    if (options.json)
        job.out << toText(levelsJson(result, job));
    else
        printLevels(job.out, result);
    return exitDone;
}

} // namespace

void addLevels(CLI::App& parent, Command& command)
{
    const auto options = std::make_shared<LevelsOptions>();
    CLI::App* app = parent.add_subcommand("levels", "The levels of a grid, and the table of widths");
    app->add_option("--scheme", options->scheme, "PRESET[,key=value…] or key=value[,…]");
    app->add_option("--range", options->range,
                    "LO:HI, default -1:1 (a manual range of the scheme; -2:2 for the table); symmetric grids "
                    "use the larger magnitude");
    app->add_flag("--table", options->table, "The level table for 1, 1.58, 2, 3, 4, 5, 8, 16 and 32 bits");
    app->add_flag("--json", options->json, "Print JSON only");
    app->callback(
        [options, &command] { command = [options](Job& job) { return runLevels(*options, job); }; });
}

} // namespace quantoscope
