// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/analyzetable.h"

#include "app/cli/text.h"

#include <cmath>
#include <ostream>

namespace quantoscope {

namespace {

std::string decibels(double value, std::string_view reason)
{
    if (std::isnan(value))
        return std::string(reason.empty() ? "-" : reason);
    return numberText(value, 4);
}

void printRun(std::ostream& out, const Network& network, const AnalysisRun& run)
{
    out << "Weights quantized with " << schemeText(run.settings) << '\n';
    const bool mixed = !run.settings.overrides.empty();
    TextTable table;
    table.addColumn("layer", TextTable::Align::Left);
    for (const char* title :
         {"params", "SQNR dB", "MSE", "max |e|", "clipped", "zeroed", "size", "bit/weight"})
        table.addColumn(title);
    if (mixed)
        table.addColumn("scheme", TextTable::Align::Left);
    for (const LayerReport& report : run.reports) {
        const ErrorMetrics& m = report.metrics;
        const std::string name = nameText(network.layer(report.layer).name, 26);
        if (!report.issue.empty()) {
            table.addRow({name, countText(report.fp32Bytes / 4), "see below"});
            continue;
        }
        table.addRow({name, countText(report.fp32Bytes / 4), decibels(m.sqnrDb, m.sqnrReason),
                      numberText(m.mse, 4), numberText(m.maxError, 4), percentText(m.clippedFraction),
                      percentText(m.zeroedFraction), bytesText(report.bytes),
                      numberText(report.bitsPerWeight, 4), mixed ? toText(report.scheme) : ""});
    }
    const Totals& totals = run.totals;
    table.addRow({"all", countText(totals.params), decibels(totals.sqnrDb, totals.mse == 0 ? "exact" : ""),
                  numberText(totals.mse, 4), "", "", "", bytesText(totals.bytes),
                  numberText(totals.bitsPerWeight, 4)});
    table.print(out);
    for (const LayerReport& report : run.reports) {
        if (!report.issue.empty())
            out << nameText(network.layer(report.layer).name, 60) << ": " << report.issue << '\n';
    }
    out << bytesText(totals.bytes) << " instead of " << bytesText(totals.fp32Bytes) << " as float32\n";
}

void printTotals(std::ostream& out, std::span<const AnalysisRun> runs)
{
    out << "\nAll of them\n";
    TextTable table;
    table.addColumn("scheme", TextTable::Align::Left);
    for (const char* title : {"SQNR dB", "MSE", "size", "bit/weight"})
        table.addColumn(title);
    for (const AnalysisRun& run : runs) {
        const Totals& totals = run.totals;
        table.addRow({schemeText(run.settings), decibels(totals.sqnrDb, totals.mse == 0 ? "exact" : ""),
                      numberText(totals.mse, 4), bytesText(totals.bytes),
                      numberText(totals.bitsPerWeight, 4)});
    }
    table.print(out);
}

} // namespace

std::string schemeText(const AnalysisSettings& settings)
{
    std::string text = toText(settings.scheme);
    if (!settings.overrides.empty())
        text += " (" + std::to_string(settings.overrides.size()) + " layers otherwise)";
    return text;
}

void printRuns(std::ostream& out, const Network& network, std::span<const AnalysisRun> runs)
{
    for (const AnalysisRun& run : runs) {
        if (&run != &runs.front())
            out << '\n';
        printRun(out, network, run);
    }
    if (runs.size() > 1)
        printTotals(out, runs);
}

} // namespace quantoscope
