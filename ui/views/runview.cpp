// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/runview.h"

#include "ui/format.h"
#include "ui/models/flippedmodel.h"
#include "ui/models/layerproxy.h"
#include "ui/models/runfiguresmodel.h"
#include "ui/models/runlayersmodel.h"
#include "ui/schemenames.h"
#include "ui/views/card.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/noticebar.h"
#include "ui/views/runform.h"

#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr int thumbnailSize = 28;
constexpr int rowPadding = 7;

QVBoxLayout* cardLayout(Card& card)
{
    auto* layout = new QVBoxLayout(&card);
    layout->setContentsMargins(12, 10, 12, 10);
    layout->setSpacing(8);
    return layout;
}

} // namespace

RunView::RunView(QWidget* parent)
    : QWidget(parent), m_form(new RunForm), m_error(new NoticeBar(NoticeBar::Kind::Error)),
      m_figuresModel(new RunFiguresModel(this)), m_layersModel(new RunLayersModel(this)),
      m_flippedModel(new FlippedModel(this))
{
    // In front of a room the fonts take more height than a small projector has.
    auto* contents = new QWidget;
    auto* scroll = new QScrollArea;
    scroll->setWidget(contents);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(scroll);
    auto* layout = new QVBoxLayout(contents);
    layout->setContentsMargins(6, 6, 6, 8);
    layout->setSpacing(8);
    auto* top = new Card;
    QVBoxLayout* form = cardLayout(*top);
    form->addWidget(m_form);
    form->addWidget(buildControls());
    m_error->setObjectName(u"runError"_s);
    m_message = new QLabel;
    m_message->setObjectName(u"runMessage"_s);
    m_message->setWordWrap(true);
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setTextFormat(Qt::PlainText);
    m_message->setForegroundRole(QPalette::PlaceholderText);
    m_message->setContentsMargins(40, 0, 40, 0);
    m_results = new QStackedWidget;
    m_results->addWidget(m_message);
    m_results->addWidget(buildResults());
    layout->addWidget(top);
    layout->addWidget(m_error);
    layout->addWidget(m_results, 1);
    connect(m_form, &RunForm::runRequested, this, [this] {
        if (m_start->isEnabled())
            emit runRequested();
    });
    setRun(nullptr);
    setRunning(false);
}

QWidget* RunView::buildControls()
{
    auto* controls = new QWidget;
    auto* row = new QHBoxLayout(controls);
    row->setContentsMargins(0, 0, 0, 0);
    m_start = new QPushButton(tr("&Run"));
    m_start->setObjectName(u"runStart"_s);
    m_start->setToolTip(
        tr("Quantize the network by the scheme on the right and run it beside the float one"));
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setObjectName(u"runCancel"_s);
    m_progress = new QProgressBar;
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    m_progress->setMaximumWidth(140);
    m_progress->setAccessibleName(tr("Progress of the run"));
    m_state = new ElidedLabel;
    m_state->setObjectName(u"runState"_s);
    m_state->setForegroundRole(QPalette::PlaceholderText);
    row->addWidget(m_start);
    row->addWidget(m_cancel);
    row->addWidget(m_progress);
    row->addWidget(m_state, 1);
    connect(m_start, &QPushButton::clicked, this, &RunView::runRequested);
    connect(m_cancel, &QPushButton::clicked, this, &RunView::cancelRequested);
    return controls;
}

QTableView* RunView::addTable(const QString& name, const QString& title)
{
    auto* table = new QTableView;
    table->setObjectName(name);
    table->setAccessibleName(title);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setTabKeyNavigation(false);
    table->setFrameShape(QFrame::NoFrame);
    table->setAlternatingRowColors(true);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + rowPadding);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setStretchLastSection(true);
    return table;
}

QWidget* RunView::buildResults()
{
    auto* results = new QWidget;
    auto* layout = new QVBoxLayout(results);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    auto* card = new Card;
    QVBoxLayout* figures = cardLayout(*card);
    m_figures = addTable(u"runFigures"_s, tr("Figures of the run"));
    m_figures->setModel(m_figuresModel);
    m_figures->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_figures->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_figures->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_notes = new ElidedLabel;
    m_notes->setObjectName(u"runNotes"_s);
    m_notes->setForegroundRole(QPalette::PlaceholderText);
    figures->addWidget(m_figures);
    figures->addWidget(m_notes);
    m_tables = new QTabWidget;
    m_tables->setObjectName(u"runTables"_s);
    m_tables->setAccessibleName(tr("Tables of the run"));
    m_tables->setDocumentMode(true);
    m_layers = addTable(u"runLayers"_s, tr("Layers of the run"));
    auto* proxy = new LayerProxy(this);
    proxy->setSourceModel(m_layersModel);
    m_layers->setModel(proxy);
    m_layers->setSortingEnabled(true);
    m_layers->sortByColumn(-1, Qt::AscendingOrder);
    m_layers->horizontalHeader()->setSortIndicatorClearable(true);
    connect(m_layers, &QTableView::activated, this, [this](const QModelIndex& index) {
        emit layerActivated(index.data(RunLayersModel::LayerNameRole).toString());
    });
    m_flipped = addTable(u"runFlipped"_s, tr("Samples whose answer changed"));
    m_flipped->setModel(m_flippedModel);
    m_flipped->setIconSize({2 * thumbnailSize, thumbnailSize});
    m_flipped->verticalHeader()->setDefaultSectionSize(thumbnailSize + 6);
    m_tables->addTab(m_layers, tr("Layers"));
    m_tables->addTab(m_flipped, tr("Changed answers"));
    layout->addWidget(card);
    layout->addWidget(m_tables, 1);
    return results;
}

void RunView::setUnable(const QString& reason)
{
    m_unable = reason;
    m_form->setEnabled(reason.isEmpty());
    setRun(m_run);
    setRunning(m_running);
}

void RunView::setRun(std::shared_ptr<const NetworkRun> run)
{
    if (run)
        m_error->hide();
    m_run = std::move(run);
    m_figuresModel->setRun(m_run);
    m_layersModel->setRun(m_run);
    m_flippedModel->setRun(m_run);
    m_stale.clear();
    m_results->setCurrentIndex(m_run ? 1 : 0);
    m_message->setText(
        !m_unable.isEmpty()
            ? m_unable
            : tr("Name samples and press Run: the network is quantized by the scheme on the right "
                 "and judged beside the float one, answer by answer and layer by layer."));
    if (!m_run)
        return;
    const auto& answers = m_run->evaluation.judgement.answers;
    m_tables->setTabText(1, answers ? tr("Changed answers (%1)").arg(format::count(answers->flips))
                                    : tr("Changed answers"));
    m_tables->setTabVisible(1, answers.has_value());
    fitFigures();
    updateNotes();
}

void RunView::fitFigures()
{
    const int rows = m_figuresModel->rowCount();
    m_figures->setFixedHeight(rows * m_figures->verticalHeader()->defaultSectionSize()
                              + m_figures->horizontalHeader()->sizeHint().height() + 2);
}

void RunView::updateNotes()
{
    QStringList parts;
    if (!m_stale.isEmpty())
        parts << u"≈ "_s + m_stale;
    if (m_run) {
        parts << m_run->data << format::schemeName(m_run->schemes.scheme);
        if (!m_run->evaluation.judgement.whyNoAnswers.empty() && !m_run->evaluation.judgement.answers)
            parts << format::text(m_run->evaluation.judgement.whyNoAnswers);
        parts << m_run->notes;
    }
    m_notes->setText(parts.join(u" · "_s));
    m_figures->setEnabled(m_stale.isEmpty());
}

void RunView::setStale(const QString& reason)
{
    m_stale = reason;
    updateNotes();
}

void RunView::setRunning(bool running)
{
    m_running = running;
    m_start->setEnabled(!running && m_unable.isEmpty());
    m_cancel->setVisible(running);
    m_progress->setVisible(running);
    m_progress->setValue(0);
    m_state->setText(running ? tr("Starting") : QString());
    if (running)
        m_error->hide();
}

void RunView::setProgress(const QString& stage, int permille)
{
    m_progress->setValue(permille);
    m_state->setText(stage);
}

void RunView::setError(const QString& message) { m_error->showText(message); }

} // namespace quantoscope
