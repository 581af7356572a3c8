// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobrunner.h"
#include "core/analysis/analyze.h"

#include <QObject>
#include <QTimer>

namespace quantoscope {

/// Error and size of every layer of a network. Requests are gathered: only what stands for a moment runs.
class AnalysisRunner : public QObject
{
    Q_OBJECT

public:
    explicit AnalysisRunner(QObject* parent = nullptr);

    /// Stops what runs and starts this after the debounce, or at once.
    void request(std::shared_ptr<const Network> network, const AnalysisSettings& settings);
    void startNow(std::shared_ptr<const Network> network, const AnalysisSettings& settings);
    void cancel();
    bool isRunning() const { return m_job.isRunning() || m_debounce.isActive(); }

    static constexpr int debounceMs = 150;

signals:
    void succeeded(std::shared_ptr<const quantoscope::AnalysisResult> result);
    void failed(const quantoscope::JobError& error);
    void cancelled();
    void progressed(quantoscope::Stage stage, int permille);

private:
    void start();

    std::shared_ptr<const Network> m_network;
    AnalysisSettings m_settings;
    QTimer m_debounce;
    JobRunner<AnalysisResult> m_job;
};

} // namespace quantoscope
