// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/openrunner.h"

namespace quantoscope {

OpenRunner::OpenRunner(Loader loader, QObject* parent)
    : QObject(parent), m_loader(std::move(loader)),
      m_job({.succeeded = [this](const auto& network) { emit succeeded(network); },
             .failed = [this](const JobError& error) { emit failed(error); },
             .cancelled = [this] { emit cancelled(); },
             .progressed = [this](Stage stage, int permille) { emit progressed(stage, permille); }})
{
}

void OpenRunner::open(const QString& fileOrSynth)
{
    m_job.start([loader = m_loader, file = fileOrSynth.toStdString()](const std::stop_token& stop,
                                                                      const ProgressFn& progress) {
        return loader(file, stop, progress);
    });
}

} // namespace quantoscope
