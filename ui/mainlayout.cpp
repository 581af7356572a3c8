// SPDX-License-Identifier: GPL-3.0-or-later
// Where everything is in the main window: tabs, docks, bars.
#include "ui/mainwindow.h"

#include "ui/focusbus.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/activationsview.h"
#include "ui/views/answers.h"
#include "ui/views/detailcharts.h"
#include "ui/views/layersdock.h"
#include "ui/views/metriccards.h"
#include "ui/views/noticebar.h"
#include "ui/views/numberlist.h"
#include "ui/views/runview.h"
#include "ui/views/schemepanel.h"
#include "ui/views/scopebar.h"
#include "ui/views/valuesview.h"

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStatusBar>
#include <QTabWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr QSize designed(1280, 800);
constexpr int layersWidth = 300;
constexpr int schemeWidth = 284;
} // namespace

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
    markAnswer(*m_hover);
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

} // namespace quantoscope
