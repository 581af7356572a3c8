// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mainwindow.h"

#include "ui/focusbus.h"
#include "ui/format.h"
#include "ui/models/cliplimits.h"
#include "ui/plots/histogramplot.h"
#include "ui/presentmode.h"
#include "ui/views/activationsview.h"
#include "ui/views/detailcharts.h"
#include "ui/views/layersdock.h"
#include "ui/views/metriccards.h"
#include "ui/views/noticebar.h"
#include "ui/views/numberlist.h"
#include "ui/views/runview.h"
#include "ui/views/schemepanel.h"
#include "ui/views/scopebar.h"
#include "ui/views/valuesview.h"
#include "ui/views/wheelguard.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QProgressBar>
#include <QPushButton>
#include <QTableView>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr QSize smallest(1000, 640);
} // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent), m_focus(new FocusBus(this)), m_present(new PresentMode(*this)),
      m_layers(new LayersDock(this))
{
    setObjectName(u"mainWindow"_s);
    setWindowTitle(tr("Quantoscope"));
    setMinimumSize(smallest);
    setAcceptDrops(true);
    setDockNestingEnabled(false);
    buildCentre();
    addDockWidget(Qt::LeftDockWidgetArea, m_layers);
    buildSchemeDock();
    buildStatusBar();
    buildFileMenu();
    buildEditMenu();
    buildViewMenu();
    buildLayerMenu();
    buildCompareMenu();
    buildPresentMenu();
    buildHelpMenu();
    connect(m_layers, &LayersDock::layerActivated, this, &MainWindow::layerActivated);
    WheelGuard::protect(*this);
    qApp->installEventFilter(this);
    resetLayout();
    m_layers->table()->setFocus();
}

void MainWindow::setNetwork(std::shared_ptr<const Network> network)
{
    m_network = std::move(network);
    m_layers->setNetwork(m_network);
    const QString name = m_network ? QFileInfo(format::text(m_network->path)).fileName() : QString();
    updateTitle();
    setCurrentLayer(std::nullopt);
    if (m_network && !m_network->skipped.empty()) {
        QStringList reasons;
        for (const Skipped& skipped : m_network->skipped)
            reasons << format::text(skipped.name) + u": "_s + format::text(skipped.reason);
        showError(tr("%n part(s) of %1 could not be used: %2", nullptr, static_cast<int>(reasons.size()))
                      .arg(name, reasons.first()),
                  reasons.join(u'\n'));
    }
}

void MainWindow::updateTitle()
{
    const QString model = m_network ? QFileInfo(format::text(m_network->path)).fileName() : QString();
    const QString names =
        m_sessionName.isEmpty() ? model : tr("%1[*] (%2)", "session and model").arg(m_sessionName, model);
    setWindowTitle(names.isEmpty() ? tr("Quantoscope") : tr("%1 – Quantoscope").arg(names));
}

void MainWindow::setSessionName(const QString& name, bool modified)
{
    m_sessionName = name;
    updateTitle();
    setWindowModified(modified);
}

void MainWindow::showNotice(const QString& text, const QString& action)
{
    m_notice->setAction(action);
    m_notice->showText(text);
}

void MainWindow::hideNotice() { m_notice->hide(); }

void MainWindow::setResult(std::shared_ptr<const AnalysisResult> result)
{
    m_layers->setResult(std::move(result));
}

void MainWindow::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    m_picture = std::move(picture);
    if (!m_picture)
        m_showingB = false;
    showPictures();
    if (!m_picture)
        return;
    m_layers->setReport(m_picture->detail.report);
    if (!m_picture->detail.normalized && !m_picture->detail.setEnds) {
        const ClipLimits limits = clipLimits(*m_picture);
        m_scheme->setPresentRange(limits.lo, limits.hi);
    }
}

void MainWindow::setPictureB(std::shared_ptr<const LayerPicture> picture)
{
    m_pictureB = std::move(picture);
    m_showB->setEnabled(m_pictureB != nullptr);
    if (m_showingB)
        setShowingB(m_pictureB != nullptr);
    m_cards->setPictureB(m_showingB ? nullptr : m_pictureB);
    m_values->setPictureB(m_showingB ? nullptr : m_pictureB);
}

void MainWindow::setShowingB(bool showing)
{
    m_showingB = showing && m_pictureB;
    m_showB->setChecked(m_showingB);
    showPictures();
    m_cards->setPictureB(m_showingB ? nullptr : m_pictureB);
    updateStatus();
}

void MainWindow::showPictures()
{
    const auto& shown = m_showingB ? m_pictureB : m_picture;
    m_values->setPicture(shown);
    m_values->setPictureB(m_showingB ? nullptr : m_pictureB);
    m_cards->setPicture(shown);
    m_numbers->setPicture(shown);
}

void MainWindow::setSetup(const Setup& setup, Scope scope, const Layer* layer)
{
    m_setup = setup;
    m_scope->setState(scope, setup.settings, layer);
    m_layers->setSettings(setup.settings);
    m_swap->setEnabled(setup.pinB());
    m_noB->setEnabled(setup.pinB());
}

void MainWindow::setSweep(std::shared_ptr<const std::vector<SweepPoint>> sweep)
{
    m_values->details()->setSweep(std::move(sweep));
}

void MainWindow::setCurrentLayer(std::optional<LayerId> layer)
{
    m_layer = layer;
    m_layers->setCurrentLayer(layer);
    updateStatus();
}

void MainWindow::setScheme(const Scheme& scheme) { m_scheme->setScheme(scheme); }

void MainWindow::setPictureStale(bool stale)
{
    m_values->setStale(stale);
    m_cards->setStale(stale);
}

void MainWindow::setSweepStale(bool stale) { m_values->details()->setSweepStale(stale); }

void MainWindow::setMessage(const QString& message)
{
    m_values->setMessage(message);
    m_picture.reset();
    m_cards->setPicture(nullptr);
    m_numbers->setPicture(nullptr);
}

void MainWindow::setLayerMessage(const QString& message)
{
    setMessage(message);
    if (m_network && m_layer)
        m_values->setTitle(format::text(m_network->layer(*m_layer).name));
}

void MainWindow::setHistory(const QString& undo, const QString& redo)
{
    m_undo->setEnabled(!undo.isEmpty());
    m_redo->setEnabled(!redo.isEmpty());
    m_undo->setText(undo.isEmpty() ? tr("&Undo") : tr("&Undo: %1").arg(undo));
    m_redo->setText(redo.isEmpty() ? tr("&Redo") : tr("&Redo: %1").arg(redo));
}

void MainWindow::setThemeMode(ThemeMode mode)
{
    for (QAction* action : m_themes->actions())
        action->setChecked(action->data().toInt() == static_cast<int>(mode));
}

void MainWindow::setHintVisible(bool visible)
{
    if (visible)
        m_hint->showText(
            tr("This is a sample model. Open your own .onnx, .npy or .npz file, or drop it on the window."));
    else
        m_hint->hide();
}

void MainWindow::showError(const QString& text, const QString& details) { m_error->showText(text, details); }

void MainWindow::clearError() { m_error->hide(); }

void MainWindow::showProgress(const QString& stage, int done, int total)
{
    m_stage->setText(stage);
    m_progress->setRange(0, total);
    m_progress->setValue(done);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_stage, m_progress, m_cancel})
        widget->show();
}

void MainWindow::hideProgress()
{
    for (QWidget* widget : std::initializer_list<QWidget*>{m_stage, m_progress, m_cancel})
        widget->hide();
}

void MainWindow::updateStatus()
{
    if (!m_network || !m_layer)
        return m_status->clear();
    if (const Pin* b = m_setup.pinB(); b && m_showingB)
        return m_status->setText(tr("B is shown: %1").arg(pinName(*b)));
    const Layer& layer = m_network->layer(*m_layer);
    const Weight& weight = m_network->weightOf(layer);
    m_status->setText(tr("%1 · %2 · %3 values")
                          .arg(format::text(layer.name), format::shape(weight.data.shape),
                               format::count(weight.data.size())));
}

} // namespace quantoscope
