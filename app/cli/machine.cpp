// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include "app/cli/text.h"
#include "core/report/hardware.h"
#include "core/runtime/ortversion.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace quantoscope {

namespace {

void printMachine(std::ostream& out)
{
    out << "Processor        " << cpuName() << '\n'
        << "Threads          " << threadCount() << '\n'
        << "ONNX Runtime     " << onnxRuntimeVersion() << '\n'
        << "Quantoscope      " << programVersion() << " (commit " << programCommit() << ")\n"
        << "Vector loops on  " << usedInstructionSet().name << "\n\n";
    TextTable table;
    table.addColumn("instruction set", TextTable::Align::Left);
    table.addColumn("library's name", TextTable::Align::Left);
    table.addColumn("used", TextTable::Align::Left);
    for (const InstructionSet& set : instructionSets())
        table.addRow({set.name, set.target, set.used ? "yes" : ""});
    table.print(out);
    out << "\nFeatures:";
    for (const std::string_view feature : cpuFeatures())
        out << ' ' << feature;
    out << '\n';
}

int runMachine(bool json, Job& job)
{
    if (!json) {
        printMachine(job.out);
        return exitDone;
    }
    Json sets = Json::array();
    for (const InstructionSet& set : instructionSets()) {
        Json row;
        row["name"] = set.name;
        row["target"] = set.target;
        row["used"] = set.used;
        sets.push_back(std::move(row));
    }
    Json answer;
    answer["cpu"] = cpuName();
    answer["threads"] = threadCount();
    answer["instructionSet"] = usedInstructionSet().name;
    answer["isa"] = std::move(sets);
    answer["features"] = cpuFeatures();
    answer["meta"] = metaJson(provenanceOf(job, {}));
    job.out << toText(answer);
    return exitDone;
}

} // namespace

void addMachine(CLI::App& parent, Command& command)
{
    const auto json = std::make_shared<bool>(false);
    CLI::App* app = parent.add_subcommand("machine", "Instruction sets, threads and versions here");
    app->add_flag("--json", *json, "Print JSON only");
    app->callback([json, &command] { command = [json](Job& job) { return runMachine(*json, job); }; });
}

} // namespace quantoscope
