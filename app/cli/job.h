// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"
#include "core/report/provenance.h"
#include "core/support/progress.h"

#include <chrono>
#include <iosfwd>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace quantoscope {

enum ExitStatus { exitDone = 0, exitFailed = 1, exitUsage = 2, exitThreshold = 3, exitInterrupted = 130 };

/// Options that contradict each other or do not parse: exit status 2. One sentence.
class UsageError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// What every sub-command gets.
struct Job
{
    std::ostream& out;
    std::ostream& err;
    std::stop_token stop;
    bool showProgress = false;
    std::string command; ///< complete, for `meta`
};

/// Fills in what follows from command and schemes: canonical texts and the seeds of stochastic rounding.
Provenance provenanceOf(const Job& job, const std::vector<Scheme>& schemes);

/// A line on a terminal's standard error that says how far the work is, at most ten times a second; gone
/// when the object is.
class ProgressLine
{
public:
    explicit ProgressLine(Job& job) : m_job(job) {}
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const std::string& what, std::size_t done, std::size_t total);
    ProgressFn function();

private:
    Job& m_job;
    std::chrono::steady_clock::time_point m_last{};
    bool m_shown = false;
};

} // namespace quantoscope
