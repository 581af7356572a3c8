// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/againsttable.h"

#include "app/cli/text.h"

#include <algorithm>
#include <cmath>
#include <ostream>

namespace quantoscope {

namespace {

constexpr std::size_t nameColumns = 60;

std::string dbText(double value) { return decimalsText(value, 1); }

std::string markOf(const AgainstLayer& row)
{
    if (row.jump)
        return "jump";
    return row.suspicious ? "suspicious" : "";
}

void printLayers(std::ostream& out, const AgainstReport& report)
{
    TextTable table;
    table.addColumn("layer", TextTable::Align::Elided);
    table.addColumn("matched by", TextTable::Align::Left);
    for (const char* title : {"score", "weight dB", "ours", "local dB", "ours", "output dB", "drop"})
        table.addColumn(title);
    table.addColumn("", TextTable::Align::Left);
    for (const AgainstLayer& row : report.layers)
        table.addRow({report.original->layer(row.layer).name, row.matched ? row.matchedBy : "-",
                      row.matched ? decimalsText(row.score, 3) : "-", dbText(row.weightSqnrDb),
                      dbText(row.ourWeightSqnrDb), dbText(row.localSqnrDb), dbText(row.ourLocalSqnrDb),
                      dbText(row.accumulatedSqnrDb), dbText(row.dropDb), markOf(row)});
    table.print(out);
}

void printCauses(std::ostream& out, const std::vector<AgainstCause>& causes)
{
    for (const AgainstCause& cause : causes) {
        out << "    " << cause.name;
        if (std::isfinite(cause.gainDb))
            out << " (mending it: +" << dbText(cause.gainDb) << " dB)";
        out << ": " << nameText(cause.sentence, 300) << '\n';
    }
}

void printSuspicious(std::ostream& out, const AgainstReport& report)
{
    if (report.firstJump)
        out << "First jump: " << nameText(report.original->layer(*report.firstJump).name, nameColumns)
            << " (its output drops by " << dbText(report.layers[report.firstJump->index].dropDb)
            << " dB against the best layer before it)\n";
    else
        out << "No layer's output drops by " << numberText(report.settings.jumpDb)
            << " dB or more through a fault of the file.\n";
    for (const AgainstLayer& row : report.layers)
        if (row.suspicious) {
            out << "  " << nameText(report.original->layer(row.layer).name, nameColumns) << ": "
                << row.storedScheme << "; input " << row.storedAct << '\n';
            printCauses(out, row.causes);
        }
    for (const AgainstOutput& output : report.outputs)
        if (output.suspicious) {
            out << "  output " << nameText(output.name, nameColumns) << '\n';
            printCauses(out, output.causes);
        }
}

/// What is no fault of the file, or too little to matter.
void printStrained(std::ostream& out, const AgainstReport& report)
{
    bool first = true;
    for (const AgainstLayer& row : report.layers) {
        std::vector<AgainstCause> causes;
        std::copy_if(row.causes.begin(), row.causes.end(), std::back_inserter(causes),
                     [](const AgainstCause& cause) { return !cause.ofFile; });
        if (row.suspicious || causes.empty())
            continue;
        if (first)
            out << "No fault of the file, but worth knowing:\n";
        first = false;
        out << "  " << nameText(report.original->layer(row.layer).name, nameColumns) << '\n';
        printCauses(out, causes);
    }
}

void printUnmatched(std::ostream& out, const AgainstReport& report)
{
    for (const AgainstLayer& row : report.layers)
        if (!row.matched)
            out << "Not matched: " << nameText(report.original->layer(row.layer).name, nameColumns) << ": "
                << nameText(row.reason, 200) << '\n';
    for (const Skipped& layer : report.unmatched)
        out << "Not matched, in the quantized file: " << nameText(layer.name, nameColumns) << ": "
            << nameText(layer.reason, 200) << '\n';
}

} // namespace

void printAgainst(std::ostream& out, const AgainstReport& report)
{
    printLayers(out, report);
    for (const AgainstOutput& output : report.outputs) {
        out << "Output " << nameText(output.name, nameColumns) << ": " << dbText(output.error.sqnrDb)
            << " dB";
        if (output.agreement)
            out << ", same answer for " << percentText(*output.agreement) << " of "
                << countText(report.samples) << " samples";
        out << '\n';
    }
    printSuspicious(out, report);
    printStrained(out, report);
    printUnmatched(out, report);
}

} // namespace quantoscope
