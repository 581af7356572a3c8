// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobrunner.h"
#include "core/network/network.h"

#include <QObject>

namespace quantoscope {

/// Reads a file into a network.
class OpenRunner : public QObject
{
    Q_OBJECT

public:
    using Loader =
        std::function<std::shared_ptr<const Network>(const std::string&, std::stop_token, const ProgressFn&)>;

    explicit OpenRunner(Loader loader, QObject* parent = nullptr);
    void open(const QString& fileOrSynth);
    void cancel() { m_job.cancel(); }
    bool isRunning() const { return m_job.isRunning(); }

signals:
    void succeeded(std::shared_ptr<const quantoscope::Network> network);
    void failed(const quantoscope::JobError& error);
    void cancelled();
    void progressed(quantoscope::Stage stage, int permille);

private:
    Loader m_loader;
    JobRunner<Network> m_job;
};

} // namespace quantoscope
