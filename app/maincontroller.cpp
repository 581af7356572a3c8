// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/maincontroller.h"

#include "app/commandtext.h"
#include "app/sample.h"
#include "ui/format.h"
#include "ui/fusionstyle.h"
#include "ui/mainwindow.h"
#include "ui/presentmode.h"
#include "ui/views/layersdock.h"
#include "ui/views/runform.h"
#include "ui/views/runview.h"
#include "ui/views/valuesview.h"

#include <QApplication>
#include <QClipboard>
#include <QFileInfo>

namespace quantoscope {

namespace {
constexpr int staleAfterMs = 120;
constexpr int progressAfterMs = 300;
constexpr int sweepAfterMs = 40;
} // namespace

MainController::MainController(MainWindow& window, SettingsStore& settings, OpenRunner::Loader loader,
                               QObject* parent)
    : QObject(parent), m_window(window), m_settings(settings), m_preferences(settings.load()),
      m_session(m_preferences.scheme), m_cache(std::make_shared<LayerCache>()), m_open(std::move(loader)),
      m_detail(m_cache), m_sweep(m_cache), m_runs(window, m_session), m_values(window, m_session, m_cache),
      m_weights(window, m_session, m_cache), m_model(window, m_session, m_runs, m_preferences),
      m_numbers(window, m_session), m_pins(window, m_session, m_cache),
      m_files(window, m_session, m_preferences, [this](const QString& model) { openModel(model); }),
      m_present(window, m_session, m_files), m_exports(window, m_session),
      m_systemIsDark(isDark(QApplication::palette()))
{
    m_staleTimer.setSingleShot(true);
    m_staleTimer.setInterval(staleAfterMs);
    m_sweepTimer.setSingleShot(true);
    m_sweepTimer.setInterval(sweepAfterMs);
    connect(&m_sweepTimer, &QTimer::timeout, this, [this] {
        if (!m_sweepOf)
            return workEnded();
        m_sweep.start(m_sweepOf->network, m_sweepOf->layer, m_sweepOf->scheme);
    });
    m_progressTimer.setSingleShot(true);
    m_progressTimer.setInterval(progressAfterMs);
    connect(&m_staleTimer, &QTimer::timeout, this, [this] { m_window.setPictureStale(true); });
    connect(&m_progressTimer, &QTimer::timeout, this, [this] {
        if (isBusy())
            m_window.showProgress(m_stageText, m_permille, m_permille > 0 ? 1000 : 0);
    });
    connectWindow();
    connectSession();
    connectRunners();
    restorePreferences();
    m_window.setScheme(m_session.scheme());
    m_window.setMessage(tr("Open a network (Ctrl+O) or drop a file here"));
}

MainController::~MainController() = default;

void MainController::connectWindow()
{
    connect(&m_window, &MainWindow::openRequested, this, &MainController::open);
    connect(&m_window, &MainWindow::openSampleRequested, this, &MainController::openSample);
    connect(&m_window, &MainWindow::layerActivated, &m_session,
            [this](LayerId layer) { m_session.setCurrentLayer(layer); });
    connect(&m_window, &MainWindow::bitsEdited, &m_session, &Session::editBits);
    connect(&m_window, &MainWindow::bitsStepped, &m_session, &Session::stepBits);
    connect(&m_window, &MainWindow::schemeEdited, &m_session,
            [this](const Scheme& scheme) { m_session.editScheme(scheme); });
    connect(&m_window, &MainWindow::undoRequested, &m_session, &Session::undo);
    connect(&m_window, &MainWindow::redoRequested, &m_session, &Session::redo);
    connect(&m_window, &MainWindow::rangeResetRequested, &m_session, [this] { m_session.editRange({}); });
    connect(&m_window, &MainWindow::cancelRequested, this, &MainController::cancelAll);
    connect(&m_window, &MainWindow::themeChosen, this, &MainController::applyThemeMode);
    connect(m_window.presentMode(), &PresentMode::toggled, this, &MainController::applyLooks);
    connect(m_window.presentMode(), &PresentMode::looksChanged, this, &MainController::applyLooks);
    connect(&m_window, &MainWindow::hintDismissed, this, [this] { m_preferences.hintDismissed = true; });
    connect(&m_window, &MainWindow::copySchemeRequested, this,
            [this] { QApplication::clipboard()->setText(format::text(toText(m_session.scheme()))); });
    connect(&m_window, &MainWindow::copyCommandRequested, this,
            [this] { QApplication::clipboard()->setText(commandLine()); });
    connect(&m_window, &MainWindow::aboutToClose, this, &MainController::savePreferences);
}

void MainController::connectSession()
{
    connect(&m_session, &Session::networkChanged, this, [this] {
        m_window.setNetwork(m_session.network());
        m_window.setMessage({});
        m_sweepOf.reset();
    });
    connect(&m_session, &Session::schemeChanged, this, &MainController::schemeChanged);
    for (const auto signal : {&Session::schemeChanged, &Session::pinsChanged, &Session::networkChanged})
        connect(&m_session, signal, this,
                [this] { m_window.setHistory(m_session.undoText(), m_session.redoText()); });
    connect(&m_values, &ValuesController::workEnded, this, &MainController::workEnded);
    connect(&m_pins, &PinsController::workEnded, this, &MainController::workEnded);
    connect(&m_session, &Session::currentLayerChanged, this, [this] {
        m_window.setCurrentLayer(m_session.currentLayer());
        m_window.setScheme(m_session.scheme());
        requestPicture();
    });
    connect(&m_session, &Session::chosenSetChanged, this, &MainController::requestPicture);
    connect(&m_session, &Session::resultChanged, this, [this] { m_window.setResult(m_session.result()); });
    connect(&m_session, &Session::pictureChanged, this, [this] { m_window.setPicture(m_session.picture()); });
    connect(&m_session, &Session::sweepChanged, this, [this] { m_window.setSweep(m_session.sweep()); });
}

void MainController::connectRunners()
{
    connect(&m_open, &OpenRunner::succeeded, this, &MainController::networkOpened);
    connect(&m_open, &OpenRunner::failed, this, &MainController::showOpenError);
    connect(&m_open, &OpenRunner::cancelled, this, &MainController::workEnded);
    connect(&m_open, &OpenRunner::progressed, this, &MainController::showProgress);

    connect(&m_analysis, &AnalysisRunner::progressed, this, &MainController::showProgress);
    connect(&m_analysis, &AnalysisRunner::cancelled, this, &MainController::workEnded);
    connect(&m_analysis, &AnalysisRunner::failed, this, [this](const JobError& error) {
        m_window.showError(tr("The network could not be analyzed."), error.message);
        workEnded();
    });
    connect(&m_analysis, &AnalysisRunner::succeeded, this,
            [this](std::shared_ptr<const AnalysisResult> result) {
                workEnded();
                m_session.setResult(std::move(result));
                if (!m_session.currentLayer())
                    m_window.layersDock()->selectWorst();
                if (!m_session.currentLayer() && !m_session.network()->layers.empty())
                    m_session.setCurrentLayer(LayerId{0});
            });

    connect(&m_detail, &DetailRunner::succeeded, this, &MainController::pictureReady);
    connect(&m_detail, &DetailRunner::failed, this, [this](const JobError& error) {
        m_staleTimer.stop();
        m_window.setPictureStale(false);
        m_session.setPicture(nullptr);
        m_window.setLayerMessage(error.message);
        m_window.setSweepStale(false);
        m_sweepOf.reset();
        workEnded();
    });
    connect(&m_detail, &DetailRunner::cancelled, this, &MainController::workEnded);

    connect(&m_sweep, &SweepRunner::succeeded, this, [this](std::shared_ptr<const Session::Sweep> sweep) {
        m_session.setSweep(std::move(sweep));
        m_window.setSweepStale(false);
        workEnded();
    });
    connect(&m_sweep, &SweepRunner::failed, this, [this](const JobError&) { workEnded(); });
    connect(&m_sweep, &SweepRunner::cancelled, this, [this] {
        m_sweepOf.reset(); // asked for again with the next picture
        workEnded();
    });
}

void MainController::restorePreferences()
{
    if (!m_preferences.geometry.isEmpty())
        m_window.restoreGeometry(m_preferences.geometry);
    if (!m_preferences.windowState.isEmpty())
        m_window.restoreState(m_preferences.windowState, MainWindow::stateVersion);
    applyThemeMode(m_preferences.theme);
    m_window.presentMode()->setPercent(m_preferences.presentPercent);
    m_window.presentMode()->setHidesAnswers(m_preferences.hideAnswers);
    m_window.showTab(m_preferences.tab);
}

void MainController::savePreferences()
{
    m_window.presentMode()->setOn(false); // the layout to come back to
    m_preferences.presentPercent = m_window.presentMode()->percent();
    m_preferences.hideAnswers = m_window.presentMode()->hidesAnswers();
    m_preferences.geometry = m_window.saveGeometry();
    m_preferences.windowState = m_window.saveState(MainWindow::stateVersion);
    m_preferences.scheme = m_session.settings().scheme;
    m_preferences.tab = tabKey(m_window.currentTab());
    m_settings.save(m_preferences);
}

void MainController::applyThemeMode(ThemeMode mode)
{
    m_preferences.theme = mode;
    m_window.setThemeMode(mode);
    applyLooks();
}

void MainController::applyLooks()
{
    const ThemeMode mode = m_preferences.theme;
    const PresentMode& present = *m_window.presentMode();
    applyAppearance(*static_cast<QApplication*>(QCoreApplication::instance()),
                    {.dark = mode == ThemeMode::Dark || (mode == ThemeMode::System && m_systemIsDark),
                     .highContrast = present.isOn(),
                     .fontScale = (present.isOn() ? present.percent() : m_preferences.fontPercent) / 100.0});
}

void MainController::open(const QString& path) { m_files.open(path); }

void MainController::openSample() { m_files.open(QStringLiteral("sample")); }

QString MainController::commandLine() const
{
    const QString model = m_files.model();
    return m_window.currentTab() == Tab::Run
               ? evaluateCommand(model, m_session.settings(), m_window.runView()->form()->request())
               : analyzeCommand(model, m_session.settings());
}

void MainController::openModel(const QString& fileOrSynth)
{
    m_opening = fileOrSynth;
    m_openingSample = fileOrSynth == QStringLiteral("sample");
    const QString file = m_openingSample ? QString::fromStdString(sampleNetworkPath().string()) : fileOrSynth;
    m_window.clearError();
    m_stageText = tr("Opening %1").arg(QFileInfo(file).fileName());
    m_permille = 0;
    m_open.open(file);
    m_progressTimer.start();
}

bool MainController::isBusy() const
{
    return m_open.isRunning() || m_analysis.isRunning() || m_detail.isRunning() || m_sweepTimer.isActive()
           || m_sweep.isRunning() || m_values.isBusy() || m_weights.isBusy() || m_model.isBusy()
           || m_pins.isBusy();
}

void MainController::networkOpened(std::shared_ptr<const Network> network)
{
    m_isSample = m_openingSample;
    m_detail.cancel();
    m_sweep.cancel();
    m_session.setNetwork(network);
    m_files.networkOpened(m_opening);
    m_runs.networkOpened(m_isSample);
    m_window.setHintVisible(m_isSample && !m_preferences.hintDismissed);
    if (network->layers.empty()) {
        m_window.setMessage(tr("This file holds no weights that can be quantized"));
        return workEnded();
    }
    m_analysis.startNow(network, m_session.settings());
    m_progressTimer.start();
    if (network->parameters >= waitForWorstBelow)
        m_session.setCurrentLayer(LayerId{0});
}

void MainController::schemeChanged()
{
    m_window.setScheme(m_session.scheme());
    if (!m_session.network() || m_session.network()->layers.empty())
        return;
    m_analysis.request(m_session.network(), m_session.settings());
    requestPicture();
}

void MainController::requestPicture()
{
    if (!m_session.network() || !m_session.currentLayer())
        return;
    // A sweep of another scheme would take the cores from the picture that is waited for.
    if (m_sweepOf
        && (m_sweepOf->layer != *m_session.currentLayer() || m_sweepOf->scheme != m_session.widthless())) {
        m_sweep.cancel();
        m_sweepOf.reset();
        m_window.setSweepStale(true);
    }
    m_detail.start({m_session.network(), *m_session.currentLayer(), m_session.scheme(), m_session.chosenSet(),
                    m_session.isInValues()});
    if (!m_staleTimer.isActive())
        m_staleTimer.start();
    if (!m_progressTimer.isActive())
        m_progressTimer.start();
}

void MainController::pictureReady(std::shared_ptr<const LayerPicture> picture)
{
    // It may have been on its way while another file or layer was chosen.
    if (picture->network != m_session.network() || picture->layer != m_session.currentLayer())
        return workEnded();
    m_staleTimer.stop();
    m_window.setPictureStale(false);
    m_session.setPicture(std::move(picture));
    requestSweep();
    workEnded();
}

void MainController::requestSweep()
{
    const PictureRequest wanted{m_session.network(), *m_session.currentLayer(), m_session.widthless(),
                                std::nullopt, false};
    if (m_sweepOf == wanted)
        return;
    m_sweepOf = wanted;
    m_window.setSweepStale(true);
    m_sweepTimer.start();
}

void MainController::cancelAll()
{
    m_open.cancel();
    m_analysis.cancel();
    m_detail.cancel();
    m_sweep.cancel();
    m_runs.cancel();
    m_values.cancel();
    m_weights.cancel();
    m_model.cancel();
    m_pins.cancel();
}

void MainController::showProgress(Stage stage, int permille)
{
    m_permille = permille;
    if (stage != Stage::Reading)
        m_stageText = tr("Analyzing layers");
    if (!m_progressTimer.isActive() && isBusy())
        m_window.showProgress(m_stageText, m_permille, 1000);
}

void MainController::workEnded()
{
    if (isBusy())
        return;
    m_progressTimer.stop();
    m_permille = 0;
    m_stageText = tr("Computing");
    m_window.hideProgress();
}

void MainController::showOpenError(const JobError& error)
{
    workEnded();
    m_files.openFailed(m_opening);
    const QString file = error.context;
    switch (error.code) {
    case ErrorCode::FileNotFound:
        return m_window.showError(tr("There is no file %1.").arg(file), error.message);
    case ErrorCode::FileUnreadable:
        return m_window.showError(tr("%1 cannot be read.").arg(file), error.message);
    default:
        return m_window.showError(tr("Could not be opened: %1").arg(error.message), file);
    }
}

} // namespace quantoscope
