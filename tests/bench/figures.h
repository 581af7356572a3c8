// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

/// Median with its 95 % interval from the order of the samples.
struct Spread
{
    double median = 0;
    double low = 0;
    double high = 0;
};
Spread spreadOf(std::vector<double> samples);

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

/// A row with what was measured. The goal is met when the bad end of the ratio's interval meets it.
struct Figure
{
    Row row;
    Spread seconds; ///< all 0 for figures that are no times
    Spread ratio;   ///< all 0 without a base
    std::size_t samples = 0;

    std::string verdict() const; ///< "met", "median only", "missed", or ""
};
Figure timedFigure(const Row& row, const std::map<std::string, std::vector<double>>& seconds);
Figure plainFigure(const Row& row, std::vector<double> ratios);

std::string tableOf(const std::vector<Figure>& figures);
Json toJson(const std::vector<Figure>& figures);

} // namespace quantoscope::bench
