// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/analysisrunner.h"
#include "app/detailrunner.h"
#include "app/exportcontroller.h"
#include "app/filescontroller.h"
#include "app/modelcontroller.h"
#include "app/numberscontroller.h"
#include "app/openrunner.h"
#include "app/pinscontroller.h"
#include "app/presentcontroller.h"
#include "app/runcontroller.h"
#include "app/session.h"
#include "app/settingsstore.h"
#include "app/valuescontroller.h"
#include "app/weightscontroller.h"

#include <QObject>
#include <QTimer>

namespace quantoscope {

class MainWindow;

/// Connects session, runners, preferences and window; the only place that knows all of them.
class MainController : public QObject
{
    Q_OBJECT

public:
    MainController(MainWindow& window, SettingsStore& settings, OpenRunner::Loader loader,
                   QObject* parent = nullptr);
    ~MainController() override;

    /// Reads the file and shows it; errors appear in the window.
    void open(const QString& fileOrSynth);
    void openSample();

    Session& session() { return m_session; }
    RunController& runs() { return m_runs; }
    FilesController& files() { return m_files; }
    bool isBusy() const;

    /// Networks up to this many weights wait for their first analysis and start at the worst layer.
    static constexpr std::uint64_t waitForWorstBelow = 8'000'000;

private:
    void connectWindow();
    void connectSession();
    void connectRunners();
    void restorePreferences();
    void savePreferences();
    void applyThemeMode(ThemeMode mode);
    void applyLooks();
    void openModel(const QString& fileOrSynth);
    void networkOpened(std::shared_ptr<const Network> network);
    QString commandLine() const;
    void schemeChanged();
    void requestPicture();
    void pictureReady(std::shared_ptr<const LayerPicture> picture);
    void requestSweep();
    void cancelAll();
    void showProgress(Stage stage, int permille);
    void workEnded();
    void showOpenError(const JobError& error);

    MainWindow& m_window;
    SettingsStore& m_settings;
    Preferences m_preferences;
    Session m_session;
    std::shared_ptr<LayerCache> m_cache;
    OpenRunner m_open;
    AnalysisRunner m_analysis;
    DetailRunner m_detail;
    SweepRunner m_sweep;
    RunController m_runs;
    ValuesController m_values;
    WeightsController m_weights;
    ModelController m_model;
    NumbersController m_numbers;
    PinsController m_pins;
    FilesController m_files;
    PresentController m_present;
    ExportController m_exports; ///< after everything that adds charts
    QTimer m_sweepTimer;        ///< a slider on its way needs the cores for pictures
    QTimer m_staleTimer;        ///< marks numbers as stale when new ones take noticeably long
    QTimer m_progressTimer;     ///< shows progress when work takes noticeably long
    bool m_systemIsDark;
    bool m_isSample = false;
    bool m_openingSample = false;
    QString m_opening; ///< what is being opened, as it was asked for
    std::optional<PictureRequest>
        m_sweepOf; ///< what the shown or running sweep is of; its scheme is widthless
    QString m_stageText;
    int m_permille = 0;
};

} // namespace quantoscope
