// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace quantoscope::bench {

namespace {

std::string text(const char* format, double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

std::string goalText(const Row& row)
{
    if (row.goal == Goal::None)
        return "";
    return (row.goal == Goal::AtLeast ? ">= " : "<= ") + text("%.2f", row.limit);
}

/// The name's text is before its first '/': the benchmark library appends its own settings there.
std::string plainName(const std::string& name) { return name.substr(0, name.find('/')); }

std::string lineOf(const Figure& figure)
{
    const bool timed = figure.seconds.median > 0;
    const std::string time = timed ? text("%.3f", figure.seconds.median * 1e3) : "";
    const std::string rate =
        timed && figure.row.bytes > 0 ? text("%.2f", figure.row.bytes / figure.seconds.median / 1e9) : "";
    const bool compared = figure.ratio.median > 0;
    const std::string ratio = compared ? text("%.3f", figure.ratio.median) : "";
    const std::string interval =
        compared ? text("%.3f", figure.ratio.low95) + "-" + text("%.3f", figure.ratio.high95) : "";
    char line[200];
    std::snprintf(line, sizeof line, "%-34s %9s %7s %7s %13s %8s  %s\n", figure.row.name.c_str(),
                  time.c_str(), rate.c_str(), ratio.c_str(), interval.c_str(), goalText(figure.row).c_str(),
                  figure.verdict().c_str());
    return line;
}

Json spreadJson(const Spread& spread, double factor)
{
    return {{"median", spread.median * factor},
            {"low95", spread.low95 * factor},
            {"high95", spread.high95 * factor}};
}

/// The keys that the rows of every benchmark have, as far as the figure has them.
void setComparison(Json& json, const Figure& figure)
{
    const bool timed = figure.seconds.median > 0;
    json["unit"] = timed ? "us" : "ratio";
    json["ours"] = timed ? figure.seconds.median * 1e6 : figure.ratio.median;
    if (figure.ratio.median > 0) {
        json["peer"] = timed ? figure.baseSeconds * 1e6 : 1.0;
        json["peerName"] = figure.row.base;
        json["ratio"] = figure.ratio.median;
        json["ratioLow95"] = figure.ratio.low95;
        json["ratioHigh95"] = figure.ratio.high95;
    }
    if (figure.row.goal != Goal::None) {
        json["goal"] = figure.row.limit;
        json["goalIs"] = figure.row.goal == Goal::AtLeast ? "at least" : "at most";
        json["met"] = figure.verdict() == "met";
        json["verdict"] = figure.verdict();
    }
}

} // namespace

std::string verdictOf(Goal goal, double limit, double median, double low95, double high95)
{
    if (goal == Goal::None || median == 0)
        return "";
    const bool atLeast = goal == Goal::AtLeast;
    if (atLeast ? low95 >= limit : high95 <= limit)
        return "met";
    return (atLeast ? high95 >= limit : low95 <= limit) ? "within noise" : "not met";
}

void Collector::ReportRuns(const std::vector<Run>& runs)
{
    for (const Run& run : runs) {
        if (run.error_occurred)
            std::fprintf(stderr, "%s: %s\n", run.benchmark_name().c_str(), run.error_message.c_str());
        else if (run.run_type == Run::RT_Iteration)
            m_seconds[plainName(run.benchmark_name())].push_back(run.real_accumulated_time
                                                                 / static_cast<double>(run.iterations));
    }
}

std::string Figure::verdict() const
{
    return verdictOf(row.goal, row.limit, ratio.median, ratio.low95, ratio.high95);
}

Figure timedFigure(const Row& row, const std::map<std::string, std::vector<double>>& seconds)
{
    Figure figure{row, {}, {}, 0, 0};
    const auto own = seconds.find(row.name);
    if (own == seconds.end())
        return figure;
    figure.samples = own->second.size();
    figure.seconds = spreadOf(own->second);
    const auto base = seconds.find(row.base);
    if (base != seconds.end()) {
        const double baseMedian = spreadOf(base->second).median;
        figure.baseSeconds = baseMedian;
        std::vector<double> ratios;
        for (const double time : own->second)
            ratios.push_back(row.goal == Goal::AtMost ? time / baseMedian : baseMedian / time);
        figure.ratio = spreadOf(ratios);
    }
    return figure;
}

Figure plainFigure(const Row& row, std::vector<double> ratios)
{
    const std::size_t count = ratios.size();
    return {row, {}, spreadOf(std::move(ratios)), 0, count};
}

std::string tableOf(const std::vector<Figure>& figures)
{
    char head[200];
    std::snprintf(head, sizeof head, "%-34s %9s %7s %7s %13s %8s  %s\n", "", "ms", "GB/s", "ratio", "95 %",
                  "goal", "");
    std::string table = head;
    for (const Figure& figure : figures)
        table += lineOf(figure);
    return table;
}

Json toJson(const std::vector<Figure>& figures)
{
    Json rows = Json::array();
    for (const Figure& figure : figures) {
        Json row = {{"name", figure.row.name}, {"samples", figure.samples}};
        setComparison(row, figure);
        if (figure.seconds.median > 0)
            row["timeNs"] = spreadJson(figure.seconds, 1e9);
        if (figure.row.bytes > 0)
            row["bytesRead"] = figure.row.bytes;
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace quantoscope::bench
