// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/benchtable.h"

#include "app/cli/text.h"

#include <algorithm>
#include <limits>
#include <ostream>
#include <set>

namespace quantoscope {

namespace {

constexpr double micro = 1e6;

std::string microText(double seconds) { return numberText(seconds * micro, 4); }

std::string timesText(const std::optional<PeerTiming>& peer)
{
    return peer ? decimalsText(peer->speedup.median, 2) + "×" : "-";
}

std::string proofText(const LayerTiming& timing)
{
    if (!timing.exact)
        return "float";
    return *timing.exact ? "exact" : "not exact";
}

/// What tells the rows of one table apart: layers under one scheme, or schemes and kernels of one layer.
enum class RowsOf { Layers, Kernels };

std::vector<std::string> rowName(const Network& network, const LayerTiming& timing, RowsOf rows)
{
    return {rows == RowsOf::Layers ? network.layer(timing.layer).name : toText(timing.scheme)};
}

void addNameColumn(TextTable& table, RowsOf rows)
{
    if (rows == RowsOf::Layers)
        table.addColumn("layer", TextTable::Align::Elided);
    else
        table.addColumn("scheme", TextTable::Align::Left);
}

void printTable(std::ostream& out, const Network& network, std::span<const LayerTiming> timings, RowsOf rows)
{
    TextTable table;
    addNameColumn(table, rows);
    for (const char* title : {"hot µs", "cold µs", "int8 µs", "GOP/s", "limit", "vs fp32", "vs ORT"})
        table.addColumn(title);
    table.addColumn("sums", TextTable::Align::Left);
    for (const LayerTiming& timing : timings) {
        std::vector<std::string> row = rowName(network, timing, rows);
        for (std::string& cell :
             std::vector<std::string>{microText(timing.hot.seconds.median) + (timing.noisy ? "~" : ""),
                                      timing.cold ? microText(timing.cold->seconds.median) : "-",
                                      timing.integer ? microText(timing.integer->seconds.median) : "-",
                                      numberText(2 * timing.macs / timing.hot.seconds.median / 1e9, 3),
                                      percentText(timing.rooflineShare), timesText(timing.fp32),
                                      timesText(timing.ort), proofText(timing)})
            row.push_back(std::move(cell));
        table.addRow(std::move(row));
    }
    table.print(out);
}

/// Stages in the order in which kernels name them first.
std::vector<std::string> stagesOf(std::span<const LayerTiming> timings)
{
    std::vector<std::string> stages;
    for (const LayerTiming& timing : timings)
        for (const PartTiming& part : timing.parts)
            if (std::find(stages.begin(), stages.end(), part.name) == stages.end())
                stages.push_back(part.name);
    return stages;
}

void printParts(std::ostream& out, const Network& network, std::span<const LayerTiming> timings, RowsOf rows)
{
    const std::vector<std::string> stages = stagesOf(timings);
    out << "\nStages by themselves, µs\n";
    TextTable table;
    if (rows == RowsOf::Layers)
        addNameColumn(table, rows);
    for (const std::string& stage : stages)
        table.addColumn(stage);
    table.addColumn("kernel", TextTable::Align::Left);
    for (const LayerTiming& timing : timings) {
        std::vector<std::string> row;
        if (rows == RowsOf::Layers)
            row = rowName(network, timing, rows);
        for (const std::string& stage : stages) {
            const auto part =
                std::find_if(timing.parts.begin(), timing.parts.end(),
                             [&](const PartTiming& candidate) { return candidate.name == stage; });
            row.push_back(part == timing.parts.end() ? "" : microText(part->seconds));
        }
        row.push_back(timing.kernel);
        table.addRow(std::move(row));
    }
    table.print(out);
}

void printPeers(std::ostream& out, std::span<const LayerTiming> timings)
{
    std::set<std::string> names;
    for (const LayerTiming& timing : timings) {
        if (timing.fp32)
            names.insert(timing.fp32->name);
        if (timing.ort)
            names.insert(timing.ort->name);
    }
    out << "\nPeers, timed in the same rounds:\n";
    for (const std::string& name : names)
        out << "  " << name << '\n';
}

/// Those that were timed: one group for the only layer, else one for each scheme.
std::vector<std::vector<LayerTiming>> groupsOf(std::span<const LayerTiming> timings, RowsOf rows)
{
    std::vector<std::vector<LayerTiming>> groups;
    for (const LayerTiming& timing : timings) {
        if (!timing.issue.empty())
            continue;
        const auto group =
            std::find_if(groups.begin(), groups.end(), [&](const std::vector<LayerTiming>& candidate) {
                return rows == RowsOf::Kernels || candidate.front().scheme == timing.scheme;
            });
        if (group == groups.end())
            groups.push_back({timing});
        else
            group->push_back(timing);
    }
    return groups;
}

/// How far off kernels are that are not exact.
void printErrors(std::ostream& out, std::span<const LayerTiming> timings)
{
    for (const LayerTiming& timing : timings)
        if (timing.exact == false)
            out << "Not exact: " << timing.kernel << ", " << toText(timing.scheme) << ": "
                << (timing.exactReason.empty() ? "sums differ from plain int64 sums." : timing.exactReason)
                << '\n';
}

void printNotTimed(std::ostream& out, const Network& network, std::span<const LayerTiming> timings)
{
    for (const LayerTiming& timing : timings)
        if (!timing.issue.empty())
            out << "Not timed: " << nameText(network.layer(timing.layer).name, 40) << ", "
                << toText(timing.scheme) << ": " << timing.issue << '\n';
}

} // namespace

void printTimings(std::ostream& out, const Network& network, std::span<const LayerTiming> timings)
{
    std::set<std::uint32_t> layers;
    for (const LayerTiming& timing : timings)
        layers.insert(timing.layer.index);
    const RowsOf rows = layers.size() == 1 ? RowsOf::Kernels : RowsOf::Layers;
    for (const std::vector<LayerTiming>& group : groupsOf(timings, rows)) {
        const LayerTiming& first = group.front();
        out << (rows == RowsOf::Kernels
                    ? nameText(network.layer(first.layer).name, 80) + ", " + countText(first.rows) + " rows"
                    : toText(first.scheme))
            << '\n';
        printTable(out, network, group, rows);
        printParts(out, network, group, rows);
        out << '\n';
    }
    out << "Medians of whole runs, float32 in and out. hot: weights in the caches. cold: each run on another "
           "copy of them.\n"
           "int8: from codes to codes with integers only, what QLinearConv is compared with. limit: share of "
           "what memory\n"
           "and arithmetic of this machine allow. ~: noisy. Stages overlap in a whole run and need not add "
           "up.\n";
    printPeers(out, timings);
    printErrors(out, timings);
    printNotTimed(out, network, timings);
}

} // namespace quantoscope
