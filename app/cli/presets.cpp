// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/presets.h"

#include "app/cli/commands.h"
#include "app/cli/text.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace quantoscope {

namespace {

void printPresets(std::ostream& out)
{
    out << "Presets: names for schemes, to be used wherever a scheme is taken (key=value pairs after one "
           "override it)\n\n";
    TextTable table;
    table.addColumn("preset", TextTable::Align::Left);
    table.addColumn("scheme", TextTable::Align::Left);
    for (const Preset& preset : presets())
        table.addRow({std::string(preset.name), toText(parseScheme(preset.scheme))});
    table.print(out);
    out << '\n';
    for (const Preset& preset : presets())
        out << preset.name << ": " << preset.source << '\n';
}

int runPresets(bool json, Job& job)
{
    if (!json) {
        printPresets(job.out);
        return exitDone;
    }
    Json rows = Json::array();
    for (const Preset& preset : presets()) {
        Json row;
        row["name"] = preset.name;
        row["scheme"] = toText(parseScheme(preset.scheme));
        row["source"] = preset.source;
        rows.push_back(std::move(row));
    }
    Json answer;
    answer["presets"] = std::move(rows);
    answer["meta"] = metaJson(provenanceOf(job, {}));
    job.out << toText(answer);
    return exitDone;
}

} // namespace

void addPresets(CLI::App& parent, Command& command)
{
    const auto json = std::make_shared<bool>(false);
    CLI::App* app = parent.add_subcommand("presets", "Every preset with its scheme and source");
    app->add_flag("--json", *json, "Print JSON only");
    app->callback([json, &command] { command = [json](Job& job) { return runPresets(*json, job); }; });
}

} // namespace quantoscope
