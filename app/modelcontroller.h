// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobrunner.h"
#include "app/session.h"

#include <QObject>

namespace quantoscope {

class MainWindow;
class ModelView;
class RunController;
struct Preferences;

/// Rows of `analyze` of these layers, in their order, as a CSV file; blocking. Throws Error(WriteFailed), Cancelled.
void saveLayers(const AnalysisResult& result, const std::vector<std::uint32_t>& layers, const QString& path,
                const std::stop_token& stop);

/// Connects the Model tab with the session and the last run. A tab that is not looked at is not filled.
class ModelController : public QObject
{
    Q_OBJECT

public:
    ModelController(MainWindow& window, Session& session, RunController& runs, Preferences& preferences,
                    QObject* parent = nullptr);

    bool isBusy() const { return m_save.isRunning(); }
    void cancel() { m_save.cancel(); }

private:
    void update();
    void save(const QString& path);

    MainWindow& m_window;
    Session& m_session;
    RunController& m_runs;
    ModelView* m_view;
    std::shared_ptr<const Network> m_network; ///< that the view has
    JobRunner<QString> m_save;
};

} // namespace quantoscope
