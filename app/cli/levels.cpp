// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include "app/cli/leveltable.h"
#include "app/cli/text.h"
#include "app/cli/textinput.h"
#include "core/quant/formats.h"
#include "core/quant/levelgrid.h"
#include "core/quant/quantize.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>
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

struct LevelsAnswer
{
    LevelGrid grid;
    std::vector<float> levels;
    Interval ends;
    bool zeroExact;
    /// Weights alone at bits/8 bytes each, or whole blocks.
    std::uint64_t bytesPerBillion;
};

LevelsAnswer answer(const LevelsOptions& options)
{
    const Scheme scheme = parseScheme(options.scheme);
    LevelsAnswer result{gridFor(scheme, rangeOf(options, scheme, {-1, 1})), {}, {}, false, 0};
    result.levels = result.grid.values();
    result.ends = result.grid.ends();
    result.zeroExact = std::binary_search(result.levels.begin(), result.levels.end(), 0.0f);
    constexpr std::size_t billion = 1'000'000'000;
    result.bytesPerBillion = infoOf(scheme.format).family == Family::Blocks ? packedSize(scheme, billion, 0)
                                                                            : bytesPerBillion(scheme.bits);
    return result;
}

/// Null for formats whose levels are not evenly spaced.
std::optional<double> stepOf(const LevelsAnswer& answer)
{
    if (!answer.grid.isUniform())
        return std::nullopt;
    return std::abs(static_cast<double>(answer.grid.set.scale));
}

Json levelsJson(const LevelsAnswer& answer, const Job& job)
{
    const Scheme& scheme = answer.grid.scheme;
    const SetParams& params = answer.grid.set;
    const auto step = stepOf(answer);
    Json json;
    json["scheme"] = toText(scheme);
    json["bits"] = scheme.bits;
    json["count"] = answer.levels.size();
    json["step"] = step ? Json(*step) : Json(nullptr);
    if (!step)
        json["stepReason"] = "levels are not evenly spaced";
    json["zeroExact"] = answer.zeroExact;
    json["lowestLevel"] = jsonNumber(static_cast<double>(answer.ends.lo));
    json["highestLevel"] = jsonNumber(static_cast<double>(answer.ends.hi));
    json["lo"] = jsonNumber(static_cast<double>(params.range.lo));
    json["hi"] = jsonNumber(static_cast<double>(params.range.hi));
    json["scale"] = jsonNumber(static_cast<double>(params.scale));
    json["zeroPoint"] = hasZeroPoint(scheme) ? Json(params.zeroPoint) : Json(nullptr);
    json["offset"] = hasOffset(scheme) ? jsonNumber(static_cast<double>(params.offset)) : Json(nullptr);
    json["lowestCode"] = answer.grid.codes.min;
    json["highestCode"] = answer.grid.codes.max;
    json["bytesPerBillion"] = answer.bytesPerBillion;
    json["levels"] = Json::array();
    for (const float level : answer.levels)
        json["levels"].push_back(jsonNumber(static_cast<double>(level)));
    json["meta"] = metaJson(provenanceOf(job, {scheme}));
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
        table.addRow({std::to_string(answer.grid.codeOf(answer.levels[i])),
                      numberText(static_cast<double>(answer.levels[i]))});
    }
    table.print(out);
}

void printLevels(std::ostream& out, const LevelsAnswer& answer)
{
    const SetParams& params = answer.grid.set;
    const auto number = [](float value) { return numberText(static_cast<double>(value)); };
    const auto step = stepOf(answer);
    out << "Levels of " << toText(answer.grid.scheme) << " for the range " << number(params.range.lo) << " … "
        << number(params.range.hi) << '\n'
        << countText(answer.levels.size()) << " levels from " << number(answer.ends.lo) << " to "
        << number(answer.ends.hi) << " · " << (step ? "step " + numberText(*step) : "not evenly spaced")
        << " · " << (answer.zeroExact ? "0 is a level" : "0 is not a level");
    if (hasZeroPoint(answer.grid.scheme))
        out << " · zero point " << params.zeroPoint;
    const auto bytes = static_cast<double>(answer.bytesPerBillion);
    const bool blocks = infoOf(answer.grid.scheme.format).family == Family::Blocks;
    out << '\n'
        << numberText(bytes / 1e9) << " GB for 1,000,000,000 parameters (GB = 10^9 bytes, "
        << (blocks ? "whole blocks" : "weights alone") << ")\n\n";
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
