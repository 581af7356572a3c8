// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include "app/cli/isachoice.h"
#include "app/cli/rooflinecache.h"
#include "app/cli/text.h"
#include "core/kernels/layer/widths.h"
#include "core/report/hardware.h"
#include "core/report/rooflinefile.h"
#include "core/runtime/ortversion.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace quantoscope {

namespace {

/// The same machine in both forms of the answer.
struct Machine
{
    explicit Machine(Isa used) : isa(used), widths(widthSupport(used)) {}

    Isa isa;
    std::vector<WidthSupport> widths;
    RooflineFigures roofline;
};

std::string vectorLoopsOn(Isa isa)
{
    for (const InstructionSet& set : instructionSets())
        if (set.name == nameOf(isa))
            return set.target;
    return {};
}

void printSets(std::ostream& out, Isa used)
{
    TextTable table;
    table.addColumn("instruction set", TextTable::Align::Left);
    table.addColumn("kernels", TextTable::Align::Left);
    table.addColumn("vector loops (library's name)", TextTable::Align::Left);
    for (const Isa isa : availableIsas())
        table.addRow({std::string(nameOf(isa)), isa == used ? "used" : "yes", vectorLoopsOn(isa)});
    table.print(out);
}

void printWidths(std::ostream& out, const Machine& machine)
{
    out << "\nHow weights are multiplied here (" << nameOf(machine.isa) << ")\n";
    TextTable table;
    for (const char* title : {"weights", "activations", "multiplied", "by"})
        table.addColumn(title, TextTable::Align::Left);
    for (const WidthSupport& row : machine.widths)
        table.addRow({row.weights, row.activations, std::string(nameOf(row.how)), row.by});
    table.print(out);
}

void printRoofline(std::ostream& out, const RooflineFigures& figures)
{
    constexpr double giga = 1e9;
    out << "\nLimits of this machine (measured once, then kept)\n";
    TextTable table;
    table.addColumn("what", TextTable::Align::Left);
    table.addColumn("measured");
    table.addRow({"streaming read, 1 thread", decimalsText(figures.readOneThread / giga, 1) + " GB/s"});
    table.addRow({"streaming read, " + std::to_string(figures.threads) + " threads",
                  decimalsText(figures.readAllThreads / giga, 1) + " GB/s"});
    table.addRow({"int8, 1 thread", decimalsText(figures.int8Peak / giga, 0) + " GMAC/s"});
    table.addRow({"int16, 1 thread", decimalsText(figures.int16Peak / giga, 0) + " GMAC/s"});
    table.addRow({"binary, 1 thread", decimalsText(figures.binaryPeak / giga, 0) + " GMAC/s"});
    table.addRow({"float32, 1 thread", decimalsText(figures.floatPeak / giga, 0) + " GMAC/s"});
    table.print(out);
}

void printDocumented(std::ostream& out)
{
    out << "\nElsewhere (documented by the makers, not measured)\n";
    TextTable table;
    for (const char* title : {"hardware", "widths", "rate", "source"})
        table.addColumn(title, TextTable::Align::Left);
    for (const DocumentedHardware& row : documentedHardware())
        table.addRow(
            {std::string(row.name), std::string(row.widths), std::string(row.rate), std::string(row.source)});
    table.print(out);
}

void printMachine(const Machine& machine, std::ostream& out)
{
    out << "Processor        " << cpuName() << '\n'
        << "Threads          " << threadCount() << '\n'
        << "ONNX Runtime     " << onnxRuntimeVersion() << '\n'
        << "Quantoscope      " << programVersion() << " (commit " << programCommit() << ")\n\n";
    printSets(out, machine.isa);
    out << "\nFeatures:";
    for (const std::string_view feature : cpuFeatures())
        out << ' ' << feature;
    out << '\n';
    printWidths(out, machine);
    printRoofline(out, machine.roofline);
    printDocumented(out);
}

Json setsJson(Isa used)
{
    Json sets = Json::array();
    for (const Isa isa : availableIsas()) {
        Json row;
        row["name"] = nameOf(isa);
        row["used"] = isa == used;
        row["vectorLoops"] = vectorLoopsOn(isa);
        sets.push_back(std::move(row));
    }
    return sets;
}

Json widthsJson(const Machine& machine)
{
    Json rows = Json::array();
    for (const WidthSupport& width : machine.widths) {
        Json row;
        row["bits"] = width.bits;
        row["weights"] = width.weights;
        row["activations"] = width.activations;
        row["multiplied"] = nameOf(width.how);
        row["by"] = width.by;
        row["isa"] = nameOf(machine.isa);
        rows.push_back(std::move(row));
    }
    return rows;
}

Json documentedJson()
{
    Json rows = Json::array();
    for (const DocumentedHardware& hardware : documentedHardware()) {
        Json row;
        row["name"] = hardware.name;
        row["widths"] = hardware.widths;
        row["rate"] = hardware.rate;
        row["source"] = hardware.source;
        row["measured"] = false;
        rows.push_back(std::move(row));
    }
    return rows;
}

struct MachineOptions
{
    std::string isa;
    bool json = false;
    bool measure = false;
};

int runMachine(const MachineOptions& options, Job& job)
{
    Machine machine(wantedIsa(options.isa));
    machine.roofline =
        rooflineOfThisMachine(rooflineCacheFile(), machine.isa, threadCount(), options.measure, job.stop);
    if (!options.json) {
        printMachine(machine, job.out);
        return exitDone;
    }
    Json answer;
    answer["cpu"] = cpuName();
    answer["threads"] = threadCount();
    answer["instructionSet"] = usedInstructionSet().name;
    answer["isa"] = setsJson(machine.isa);
    answer["features"] = cpuFeatures();
    answer["widths"] = widthsJson(machine);
    answer["roofline"] = toJson(machine.roofline);
    answer["documented"] = documentedJson();
    answer["meta"] = metaJson(provenanceOf(job, {}));
    job.out << toText(answer);
    return exitDone;
}

} // namespace

void addMachine(CLI::App& parent, Command& command)
{
    const auto options = std::make_shared<MachineOptions>();
    CLI::App* app = parent.add_subcommand(
        "machine", "Instruction sets, what each width runs on, and the limits of this machine");
    app->add_option(
        "--isa", options->isa,
        "avx512-vnni, avx512, avx2, sse4, neon or scalar; default $QUANTOSCOPE_ISA or the best here");
    app->add_flag("--json", options->json, "Print JSON only");
    app->add_flag("--measure", options->measure,
                  "Measure the limits again, should the machine have been busy the first time");
    app->callback(
        [options, &command] { command = [options](Job& job) { return runMachine(*options, job); }; });
}

} // namespace quantoscope
