// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/job.h"

#include <algorithm>
#include <ostream>

namespace quantoscope {

namespace {

template <class T>
void addOnce(std::vector<T>& list, const T& item)
{
    if (std::find(list.begin(), list.end(), item) == list.end())
        list.push_back(item);
}

const char* wordOf(Stage stage)
{
    switch (stage) {
    case Stage::Reading:
        return "Reading";
    case Stage::Analyzing:
        return "Analyzing";
    case Stage::Sweeping:
        return "Sweeping bits";
    case Stage::Capturing:
        return "Running samples";
    }
    return "Working";
}

} // namespace

Provenance provenanceOf(const Job& job, const std::vector<Scheme>& schemes)
{
    Provenance provenance;
    provenance.command = job.command;
    for (const Scheme& scheme : schemes) {
        addOnce(provenance.schemes, toText(scheme));
        if (scheme.rounding.kind == Rounding::Kind::Stochastic)
            addOnce(provenance.seeds, scheme.rounding.seed);
    }
    if (!schemes.empty())
        provenance.engine = "fake";
    return provenance;
}

ProgressLine::~ProgressLine()
{
    if (m_shown)
        m_job.err << "\r\033[K" << std::flush;
}

void ProgressLine::show(const std::string& what, std::size_t done, std::size_t total)
{
    if (!m_job.showProgress)
        return;
    const auto now = std::chrono::steady_clock::now();
    if (m_shown && now - m_last < std::chrono::milliseconds(100))
        return;
    m_last = now;
    m_shown = true;
    m_job.err << "\r\033[K" << what << ' ' << done << " of " << total << std::flush;
}

ProgressFn ProgressLine::function()
{
    return [this](Stage stage, std::size_t done, std::size_t total) { show(wordOf(stage), done, total); };
}

} // namespace quantoscope
