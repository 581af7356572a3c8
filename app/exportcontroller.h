// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobrunner.h"
#include "app/session.h"
#include "core/report/json.h"
#include "ui/charts/chart.h"
#include "ui/export/exportsettings.h"

#include <QObject>
#include <QPointer>

namespace quantoscope {

class ExportDialog;
class MainWindow;

/// Writes the charts of the window to files, with what made them inside.
class ExportController : public QObject
{
    Q_OBJECT

public:
    /// After all tabs are there: listens to their charts.
    ExportController(MainWindow& window, Session& session, QObject* parent = nullptr);

    /// Asks how and where.
    void exportChart(const std::shared_ptr<const Chart>& chart);
    bool isBusy() const { return m_hash.isRunning(); }

private:
    void exportShown();
    void save(const QString& path);
    void write(const std::string& modelSha256);

    MainWindow& m_window;
    Session& m_session;
    JobRunner<std::string> m_hash;
    ExportSettings m_settings; ///< of the last export
    std::shared_ptr<const Chart> m_chart;
    QString m_path;
    QPointer<ExportDialog> m_dialog;
};

} // namespace quantoscope
