// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTableView;
class QTabWidget;

namespace quantoscope {

class ElidedLabel;
class FlippedModel;
class NoticeBar;
class RunFiguresModel;
class RunForm;
class RunLayersModel;

/// The whole network on samples: what to run, and what quantization did to its answers.
class RunView : public QWidget
{
    Q_OBJECT

public:
    explicit RunView(QWidget* parent = nullptr);

    /// Why nothing can be run; "": something can.
    void setUnable(const QString& reason);
    void setRun(std::shared_ptr<const NetworkRun> run);
    /// Why the results shown are of something else than what would run now; "": they are not.
    void setStale(const QString& reason);
    void setRunning(bool running);
    void setProgress(const QString& stage, int permille);
    void setError(const QString& message);
    RunForm* form() const { return m_form; }

signals:
    void runRequested();
    void cancelRequested();
    void layerActivated(const QString& name);

private:
    QWidget* buildResults();
    QWidget* buildControls();
    QTableView* addTable(const QString& name, const QString& title);
    void fitFigures();
    void updateNotes();

    RunForm* m_form;
    NoticeBar* m_error;
    QPushButton* m_start;
    QPushButton* m_cancel;
    QProgressBar* m_progress;
    ElidedLabel* m_state;
    QStackedWidget* m_results;
    QLabel* m_message;
    ElidedLabel* m_notes;
    QTableView* m_figures;
    QTabWidget* m_tables;
    RunFiguresModel* m_figuresModel;
    RunLayersModel* m_layersModel;
    FlippedModel* m_flippedModel;
    QTableView* m_layers;
    QTableView* m_flipped;
    std::shared_ptr<const NetworkRun> m_run;
    QString m_unable;
    QString m_stale;
    bool m_running = false;
};

} // namespace quantoscope
