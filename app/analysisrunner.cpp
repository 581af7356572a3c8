// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/analysisrunner.h"

namespace quantoscope {

AnalysisRunner::AnalysisRunner(QObject* parent)
    : QObject(parent),
      m_job({.succeeded = [this](const auto& result) { emit succeeded(result); },
             .failed = [this](const JobError& error) { emit failed(error); },
             .cancelled = [this] { emit cancelled(); },
             .progressed = [this](Stage stage, int permille) { emit progressed(stage, permille); }})
{
    m_debounce.setSingleShot(true);
    m_debounce.setInterval(debounceMs);
    connect(&m_debounce, &QTimer::timeout, this, &AnalysisRunner::start);
}

void AnalysisRunner::request(std::shared_ptr<const Network> network, const AnalysisSettings& settings)
{
    m_job.cancel();
    m_network = std::move(network);
    m_settings = settings;
    m_debounce.start();
}

void AnalysisRunner::startNow(std::shared_ptr<const Network> network, const AnalysisSettings& settings)
{
    m_debounce.stop();
    m_network = std::move(network);
    m_settings = settings;
    start();
}

void AnalysisRunner::cancel()
{
    m_debounce.stop();
    m_job.cancel();
}

void AnalysisRunner::start()
{
    m_job.start([network = m_network, settings = m_settings](const std::stop_token& stop,
                                                             const ProgressFn& progress) {
        return std::make_shared<const AnalysisResult>(analyze(network, settings, stop, progress));
    });
}

} // namespace quantoscope
