// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/analyzetable.h"

#include "app/cli/comparison.h"
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

std::string totalDecibels(const Totals& totals)
{
    return decibels(totals.sqnrDb, totals.mse == 0 ? "exact" : "");
}

/// Everything within 100 columns: where layers have schemes of their own, those take the place of the details.
TextTable tableFor(bool mixed)
{
    TextTable table;
    table.addColumn("layer", TextTable::Align::Elided);
    for (const char* title : {"params", "SQNR dB", "MSE"})
        table.addColumn(title);
    if (!mixed) {
        for (const char* title : {"max |e|", "clipped", "zeroed"})
            table.addColumn(title);
    }
    table.addColumn("size");
    table.addColumn("bits/w");
    if (mixed)
        table.addColumn("scheme", TextTable::Align::Left);
    return table;
}

std::vector<std::string> cellsOf(const LayerReport& report, const std::string& name, bool mixed)
{
    const ErrorMetrics& m = report.metrics;
    std::vector<std::string> cells = {name, countText(report.fp32Bytes / sizeof(float))};
    if (!report.issue.empty()) {
        cells.emplace_back("below");
        return cells;
    }
    cells.push_back(decibels(m.sqnrDb, m.sqnrReason));
    cells.push_back(numberText(m.mse, 3));
    if (!mixed) {
        cells.push_back(numberText(m.maxError, 3));
        cells.push_back(percentText(m.clippedFraction));
        cells.push_back(percentText(m.zeroedFraction));
    }
    cells.push_back(bytesText(report.bytes));
    cells.push_back(decimalsText(report.bitsPerWeight, 3));
    if (mixed)
        cells.push_back(toText(report.scheme));
    return cells;
}

std::vector<std::string> totalCells(const Totals& totals, bool mixed)
{
    std::vector<std::string> cells = {"all", countText(totals.params), totalDecibels(totals),
                                      numberText(totals.mse, 3)};
    if (!mixed)
        cells.insert(cells.end(), 3, "");
    cells.push_back(bytesText(totals.bytes));
    cells.push_back(decimalsText(totals.bitsPerWeight, 3));
    return cells;
}

/// Errors of the layers' outputs, where their inputs are known.
void printOutputs(std::ostream& out, const Network& network, const AnalysisRun& run)
{
    TextTable table;
    table.addColumn("layer", TextTable::Align::Elided);
    for (const char* title :
         {"samples", "output SQNR dB", "activations SQNR dB", "algorithm gain dB", "rows worse"})
        table.addColumn(title);
    bool any = false;
    for (const LayerReport& report : run.reports) {
        if (!report.output)
            continue;
        any = true;
        const OutputError& output = *report.output;
        std::vector<std::string> cells = {network.layer(report.layer).name, countText(output.samples),
                                          decibels(output.localSqnrDb, output.sqnrReason),
                                          output.act ? decibels(output.act->sqnrDb, output.act->sqnrReason)
                                                     : "float"};
        if (report.algorithm) {
            cells.push_back(
                decibels(10 * std::log10(report.algorithm->nearestError / report.algorithm->error), ""));
            cells.push_back(countText(report.algorithm->rowsWorse));
        }
        table.addRow(cells);
    }
    if (!any)
        return;
    out << "\nOn the inputs given: output of the layer alone, weights and activations as the scheme has "
           "them\n";
    table.print(out);
}

void printRun(std::ostream& out, const Network& network, const AnalysisRun& run)
{
    out << "Weights quantized with " << schemeText(run.settings) << '\n';
    const bool mixed = !run.settings.overrides.empty();
    TextTable table = tableFor(mixed);
    for (const LayerReport& report : run.reports)
        table.addRow(cellsOf(report, network.layer(report.layer).name, mixed));
    table.addRow(totalCells(run.totals, mixed));
    table.print(out);
    for (const LayerReport& report : run.reports) {
        if (!report.issue.empty())
            out << nameText(network.layer(report.layer).name, 60) << ": " << report.issue << '\n';
    }
    printOutputs(out, network, run);
    out << bytesText(run.totals.bytes) << " instead of " << bytesText(run.totals.fp32Bytes)
        << " as float32\n";
}

void printTotals(std::ostream& out, std::span<const AnalysisRun> runs)
{
    out << "\nAll of them\n";
    TextTable table;
    table.addColumn("scheme", TextTable::Align::Left);
    for (const char* title : {"SQNR dB", "MSE", "size", "bits/w"})
        table.addColumn(title);
    for (const AnalysisRun& run : runs) {
        const Totals& totals = run.totals;
        table.addRow({schemeText(run.settings), totalDecibels(totals), numberText(totals.mse, 3),
                      bytesText(totals.bytes), decimalsText(totals.bitsPerWeight, 3)});
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

void printComparisons(std::ostream& out, const Network& network, std::span<const AnalysisRun> runs)
{
    for (std::size_t layer = 0; layer < runs.front().reports.size(); ++layer) {
        std::vector<ComparisonRow> rows;
        for (const AnalysisRun& run : runs)
            if (run.codesDiffer[layer])
                rows.push_back({run.name, run.reports[layer], *run.codesDiffer[layer]});
        if (rows.size() < 2)
            continue;
        out << '\n'
            << nameText(network.layer(rows.front().report.layer).name, 60) << " under " << rows.size()
            << " schemes, codes compared with the first\n";
        printComparison(out, rows);
    }
}

} // namespace quantoscope
