// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mainwindow.h"

#include "ui/focusbus.h"
#include "ui/format.h"
#include "ui/models/cliplimits.h"
#include "ui/plots/histogramplot.h"
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

#include <QAbstractSpinBox>
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStatusBar>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr QSize smallest(1000, 640);
constexpr QSize designed(1280, 800);
constexpr int layersWidth = 300;
constexpr int schemeWidth = 284;

QString droppedFile(const QMimeData& data)
{
    for (const QUrl& url : data.urls()) {
        if (url.isLocalFile())
            return url.toLocalFile();
    }
    return {};
}

} // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent), m_focus(new FocusBus(this)), m_layers(new LayersDock(this))
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
    buildHelpMenu();
    connect(m_layers, &LayersDock::layerActivated, this, &MainWindow::layerActivated);
    WheelGuard::protect(*this);
    qApp->installEventFilter(this);
    resetLayout();
    m_layers->table()->setFocus();
}

void MainWindow::buildCentre()
{
    auto* centre = new QWidget;
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* bars = new QVBoxLayout;
    bars->setContentsMargins(6, 6, 6, 0);
    bars->setSpacing(6);
    m_error = new NoticeBar(NoticeBar::Kind::Error);
    m_error->setObjectName(u"errorBar"_s);
    m_hint = new NoticeBar(NoticeBar::Kind::Hint);
    m_hint->setObjectName(u"hintBar"_s);
    m_hint->setAction(tr("Open your model…"));
    connect(m_hint, &NoticeBar::actionTriggered, this, &MainWindow::chooseFile);
    connect(m_hint, &NoticeBar::dismissed, this, &MainWindow::hintDismissed);
    m_notice = new NoticeBar(NoticeBar::Kind::Hint);
    m_notice->setObjectName(u"noticeBar"_s);
    connect(m_notice, &NoticeBar::actionTriggered, this, [this] {
        m_notice->hide();
        emit noticeAccepted();
    });
    bars->addWidget(m_error);
    bars->addWidget(m_notice);
    bars->addWidget(m_hint);
    layout->addLayout(bars);
    buildTabs(*layout);
    setCentralWidget(centre);
    connect(m_values, &ValuesView::hoverChanged, this,
            [this](const QString& text) { m_hover->setText(text); });
    connect(m_values->details(), &DetailCharts::bitsChosen, this, &MainWindow::bitsEdited);
    connect(m_values->histogram(), &HistogramPlot::rangeResetRequested, this,
            &MainWindow::rangeResetRequested);
}

void MainWindow::buildTabs(QVBoxLayout& layout)
{
    m_values = new ValuesView;
    m_activations = new ActivationsView;
    m_run = new RunView;
    m_tabs = new QTabWidget;
    m_tabs->setObjectName(u"centreTabs"_s);
    m_tabs->setAccessibleName(tr("Views"));
    m_tabs->setDocumentMode(true);
    addTab(Tab::Values, m_values, tr("Values"),
           tr("The weights of the selected layer and what the scheme makes of them"));
    addTab(Tab::Activations, m_activations, tr("Activations"),
           tr("What the selected layer is fed on the calibration samples"));
    addTab(Tab::Run, m_run, tr("Run"), tr("The whole network on samples, quantized and float"));
    layout.addWidget(m_tabs, 1);
    connect(m_tabs, &QTabWidget::currentChanged, this, &MainWindow::tabChanged);
    connect(m_activations, &ActivationsView::runTabRequested, this, [this] { showTab(m_run); });
}

void MainWindow::addTab(Tab tab, QWidget* view, const QString& title, const QString& tip)
{
    int index = 0;
    while (index < m_tabs->count() && m_tabOrder.at(m_tabs->widget(index)) < tab)
        ++index;
    m_tabOrder[view] = tab;
    const bool first = m_tabs->count() == 0;
    m_tabs->insertTab(index, view, title);
    m_tabs->setTabToolTip(index, tip);
    if (first)
        m_tabs->setCurrentIndex(0);
    updateTabKeys();
}

void MainWindow::showTab(QWidget* view) { m_tabs->setCurrentWidget(view); }

bool MainWindow::showTab(const QString& key)
{
    for (const auto& [view, place] : m_tabOrder) {
        if (tabKey(place) == key) {
            showTab(view);
            return true;
        }
    }
    return false;
}

bool MainWindow::showTab(Tab tab)
{
    for (const auto& [view, place] : m_tabOrder) {
        if (place == tab) {
            showTab(view);
            return true;
        }
    }
    return false;
}

Tab MainWindow::currentTab() const { return m_tabOrder.at(m_tabs->currentWidget()); }

QString tabKey(Tab tab)
{
    static const QString keys[] = {u"values"_s, u"map"_s, u"channels"_s, u"activations"_s, u"kernels"_s,
                                   u"model"_s,  u"run"_s, u"compare"_s,  u"numbers"_s};
    return keys[static_cast<std::size_t>(tab)];
}

void MainWindow::buildSchemeDock()
{
    m_schemeDock = new QDockWidget(tr("Quantization scheme"), this);
    m_schemeDock->setObjectName(u"schemeDock"_s);
    m_scope = new ScopeBar;
    m_scheme = new SchemePanel;
    m_cards = new MetricCards;
    m_numbers = new NumberList;
    auto* contents = new QWidget;
    auto* layout = new QVBoxLayout(contents);
    layout->setContentsMargins(4, 4, 8, 8);
    layout->setSpacing(10);
    layout->addWidget(m_scope);
    layout->addWidget(m_scheme);
    layout->addWidget(m_cards);
    layout->addWidget(m_numbers);
    layout->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setWidget(contents);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_schemeDock->setWidget(scroll);
    addDockWidget(Qt::RightDockWidgetArea, m_schemeDock);
    connect(m_scope, &ScopeBar::scopeChosen, this, &MainWindow::scopeChosen);
    connect(m_scope, &ScopeBar::applyRequested, this, &MainWindow::applyRequested);
    connect(m_scope, &ScopeBar::resetRequested, this, &MainWindow::overrideCleared);
    connect(m_scheme, &SchemePanel::bitsEdited, this, &MainWindow::bitsEdited);
    connect(m_scheme, &SchemePanel::schemeEdited, this, &MainWindow::schemeEdited);
}

void MainWindow::buildStatusBar()
{
    m_status = new QLabel;
    m_hover = new QLabel;
    m_hover->setObjectName(u"hoverReadOut"_s);
    m_stage = new QLabel;
    m_progress = new QProgressBar;
    m_progress->setMaximumWidth(150);
    m_progress->setMaximumHeight(fontMetrics().height());
    m_progress->setAccessibleName(tr("Progress"));
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setObjectName(u"cancelButton"_s);
    for (QLabel* label : {m_status, m_hover, m_stage})
        label->setTextFormat(Qt::PlainText);
    m_status->setContentsMargins(6, 0, 0, 0);
    m_status->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    statusBar()->addWidget(m_status, 1);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_hover, m_stage, m_progress, m_cancel})
        statusBar()->addPermanentWidget(widget);
    connect(m_cancel, &QPushButton::clicked, this, &MainWindow::cancelRequested);
    connect(m_focus, &FocusBus::readOut, m_hover, &QLabel::setText);
    hideProgress();
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

void MainWindow::resetLayout()
{
    for (QDockWidget* dock : {static_cast<QDockWidget*>(m_layers), m_schemeDock}) {
        dock->setFloating(false);
        dock->show();
    }
    addDockWidget(Qt::LeftDockWidgetArea, m_layers);
    addDockWidget(Qt::RightDockWidgetArea, m_schemeDock);
    if (!isVisible())
        resize(designed);
    resizeDocks({m_layers, m_schemeDock}, {layersWidth, schemeWidth}, Qt::Horizontal);
}

QString MainWindow::askForModel()
{
    return QFileDialog::getOpenFileName(this, tr("Where is the model of this session?"), QString(),
                                        tr("Networks and arrays (*.onnx *.npy *.npz);;All files (*)"));
}

void MainWindow::chooseSessionToSave()
{
    QString path =
        QFileDialog::getSaveFileName(this, tr("Save the session"), QString(), tr("Sessions (*.quantoscope)"));
    if (path.isEmpty())
        return;
    if (!path.endsWith(u".quantoscope"_s, Qt::CaseInsensitive))
        path += u".quantoscope"_s;
    emit saveAsRequested(path);
}

MainWindow::SaveAnswer MainWindow::askToSave(const QString& name)
{
    const auto answer = QMessageBox::question(
        this, tr("Changed session"), tr("%1 has changes that are not saved.").arg(name),
        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
    return answer == QMessageBox::Save      ? SaveAnswer::Save
           : answer == QMessageBox::Discard ? SaveAnswer::Discard
                                            : SaveAnswer::Cancel;
}

void MainWindow::chooseFile()
{
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Open a network or an array"), QString(),
                                     tr("Networks, arrays and sessions (*.onnx *.npy *.npz *.quantoscope);;"
                                        "All files (*)"));
    if (!path.isEmpty())
        emit openRequested(path);
}

namespace {

/// Whether the space bar is for the widget itself.
bool usesSpace(QWidget* widget)
{
    return qobject_cast<QAbstractButton*>(widget) || qobject_cast<QLineEdit*>(widget)
           || qobject_cast<QAbstractSpinBox*>(widget) || qobject_cast<QComboBox*>(widget)
           || qobject_cast<QTextEdit*>(widget) || qobject_cast<QPlainTextEdit*>(widget);
}

} // namespace

bool MainWindow::eventFilter(QObject* object, QEvent* event)
{
    // Held space shows B; the key repeats while it is held.
    if (event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease) {
        const auto* key = static_cast<QKeyEvent*>(event);
        auto* widget = qobject_cast<QWidget*>(object);
        if (key->key() == Qt::Key_Space && key->modifiers() == Qt::NoModifier && widget
            && widget->window() == this && m_pictureB && !usesSpace(widget)) {
            if (!key->isAutoRepeat())
                setShowingB(event->type() == QEvent::KeyPress);
            return true;
        }
    }
    return QMainWindow::eventFilter(object, event);
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && !isActiveWindow() && m_showingB)
        setShowingB(false); // the key's release goes elsewhere
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_closeGuard && !m_closeGuard())
        return event->ignore();
    emit aboutToClose();
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!droppedFile(*event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QString path = droppedFile(*event->mimeData());
    if (path.isEmpty())
        return;
    event->acceptProposedAction();
    emit openRequested(path);
}

} // namespace quantoscope
