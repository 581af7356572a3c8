// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/timing/spread.h"
#include "core/report/json.h"

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace quantoscope::bench {

enum class Goal { None, AtLeast, AtMost };

/// One row of the table. Timed rows are compared with the row `base` measured in the same run: as speeds
/// (AtLeast: base time / own time) or as times (AtMost: own time / base time).
struct Row
{
    std::string name;
    std::string base; ///< "" : nothing to compare with
    Goal goal = Goal::None;
    double limit = 0;
    double bytes = 0; ///< read in one call; 0: no rate is shown
};

/// What an interval of 95 % says about a goal: "met": its bad end meets it; "within noise": the goal lies in it; "not met".
std::string verdictOf(Goal goal, double limit, double median, double low95, double high95);

/// Takes the time of every repetition; prints nothing while the benchmarks run.
class Collector : public benchmark::BenchmarkReporter
{
public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override;
    const std::map<std::string, std::vector<double>>& seconds() const { return m_seconds; }

private:
    std::map<std::string, std::vector<double>> m_seconds; ///< by name of the benchmark
};

/// A row with what was measured.
struct Figure
{
    Row row;
    Spread seconds; ///< all 0 for figures that are no times
    Spread ratio;   ///< all 0 without a base
    double baseSeconds = 0;
    std::size_t samples = 0;

    std::string verdict() const; ///< verdictOf(), or "" without a goal
};
Figure timedFigure(const Row& row, const std::map<std::string, std::vector<double>>& seconds);
Figure plainFigure(const Row& row, std::vector<double> ratios);

std::string tableOf(const std::vector<Figure>& figures);
Json toJson(const std::vector<Figure>& figures);

} // namespace quantoscope::bench
