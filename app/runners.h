// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobrunner.h"
#include "app/runcache.h"

#include <QObject>

namespace quantoscope {

/// Judges a network under schemes of its weights and what else the request says; blocking.
/// Throws Error, Cancelled.
NetworkRun runNetwork(RunCache& cache, const std::shared_ptr<const Network>& network,
                      const AnalysisSettings& schemes, const RunRequest& request, const std::stop_token& stop,
                      const ProgressFn& progress);

/// What a layer is fed on the calibration samples of the request; blocking. Throws Error, Cancelled.
ActivationPicture activationPicture(RunCache& cache, const std::shared_ptr<const Network>& network,
                                    LayerId layer, const RunRequest& request, const std::stop_token& stop,
                                    const ProgressFn& progress);

class NetworkRunner : public QObject
{
    Q_OBJECT

public:
    explicit NetworkRunner(std::shared_ptr<RunCache> cache, QObject* parent = nullptr);
    void start(const std::shared_ptr<const Network>& network, const AnalysisSettings& schemes,
               const RunRequest& request);
    void cancel() { m_job.cancel(); }
    bool isRunning() const { return m_job.isRunning(); }

signals:
    void succeeded(std::shared_ptr<const quantoscope::NetworkRun> run);
    void failed(const quantoscope::JobError& error);
    void cancelled();
    void progressed(quantoscope::Stage stage, int permille);

private:
    std::shared_ptr<RunCache> m_cache;
    JobRunner<NetworkRun> m_job;
};

class ActivationRunner : public QObject
{
    Q_OBJECT

public:
    explicit ActivationRunner(std::shared_ptr<RunCache> cache, QObject* parent = nullptr);
    void start(const std::shared_ptr<const Network>& network, LayerId layer, const RunRequest& request);
    void cancel() { m_job.cancel(); }
    bool isRunning() const { return m_job.isRunning(); }

signals:
    void succeeded(std::shared_ptr<const quantoscope::ActivationPicture> picture);
    void failed(const quantoscope::JobError& error);
    void cancelled();
    void progressed(quantoscope::Stage stage, int permille);

private:
    std::shared_ptr<RunCache> m_cache;
    JobRunner<ActivationPicture> m_job;
};

} // namespace quantoscope
