// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/modelview.h"

#include "ui/charts/modelcharts.h"
#include "ui/focusbus.h"
#include "ui/format.h"
#include "ui/models/modeltablemodel.h"
#include "ui/plots/chartview.h"
#include "ui/views/card.h"
#include "ui/views/cellbars.h"
#include "ui/views/elidedlabel.h"

#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpression>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr int cellPadding = 14;  ///< both sides of a column together
constexpr int measuredRows = 60; ///< that decide how wide a column begins
constexpr int widest = 170;
constexpr int nameWidth = 130; ///< at least
} // namespace

ModelView::ModelView(FocusBus& focus, QWidget* parent)
    : QWidget(parent), m_focus(focus), m_model(new ModelTableModel(this)),
      m_bars(new CellBars(ModelTableModel::BarRole, this)), m_filter(new QLineEdit),
      m_expression(new QCheckBox(tr("Rege&x"))), m_problem(new QLabel), m_columnsButton(new QToolButton),
      m_copy(new QPushButton(tr("Cop&y"))), m_save(new QPushButton(tr("Save CS&V…"))),
      m_table(new QTableView), m_totals(new ElidedLabel), m_metric(new QComboBox), m_chart(new ChartView)
{
    buildTable();
    auto* tableCard = new Card;
    auto* inside = new QVBoxLayout(tableCard);
    inside->setContentsMargins(1, 1, 1, 6);
    inside->setSpacing(4);
    inside->addWidget(m_table, 1);
    auto* foot = new QHBoxLayout;
    foot->setContentsMargins(10, 0, 10, 0);
    foot->addWidget(m_totals);
    inside->addLayout(foot);
    m_totals->setObjectName(u"modelTotals"_s);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->setObjectName(u"modelSplitter"_s);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(tableCard);
    splitter->addWidget(buildCurve());
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(6, 4, 6, 8);
    rows->setSpacing(6);
    rows->addWidget(buildBar());
    rows->addWidget(splitter, 1);
    connectCurve();
    connect(&m_focus, &FocusBus::changed, this, &ModelView::showFocus);
    setColumns({});
}

QWidget* ModelView::buildBar()
{
    m_filter->setObjectName(u"modelFilter"_s);
    m_filter->setAccessibleName(tr("Filter the table of layers"));
    m_filter->setPlaceholderText(tr("Filter by name, kind or shape"));
    m_filter->setClearButtonEnabled(true);
    m_expression->setObjectName(u"modelExpression"_s);
    m_expression->setToolTip(tr("The filter is a regular expression, found in the layer's name"));
    m_problem->setObjectName(u"modelProblem"_s);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->hide();
    m_columnsButton->setObjectName(u"modelColumns"_s);
    m_columnsButton->setText(tr("Colu&mns"));
    m_columnsButton->setAccessibleName(tr("Columns of the table of layers"));
    m_columnsButton->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_columnsButton);
    m_columnsButton->setMenu(menu);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] { fillColumnMenu(*menu); });
    m_copy->setObjectName(u"modelCopy"_s);
    m_copy->setToolTip(tr("Copy the rows, or of several selected ones just those, for a spreadsheet: every "
                          "digit, tabs between"));
    m_save->setObjectName(u"modelSave"_s);
    m_save->setToolTip(tr("Save the rows as they are shown, with every column that analyze --csv has"));
    connect(m_filter, &QLineEdit::textChanged, this, &ModelView::applyFilter);
    connect(m_expression, &QCheckBox::toggled, this, &ModelView::applyFilter);
    connect(m_copy, &QPushButton::clicked, this, &ModelView::copy);
    connect(m_save, &QPushButton::clicked, this, &ModelView::chooseFile);
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_filter, 1);
    row->addWidget(m_expression);
    row->addWidget(m_problem);
    row->addSpacing(8);
    row->addWidget(m_columnsButton);
    row->addWidget(m_copy);
    row->addWidget(m_save);
    return bar;
}

void ModelView::buildTable()
{
    m_table->setObjectName(u"modelTable"_s);
    m_table->setAccessibleName(tr("Every layer with its numbers"));
    m_table->setModel(m_model);
    m_table->setItemDelegate(m_bars);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setAlternatingRowColors(true);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setMouseTracking(true);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 9);
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionsMovable(true);
    header->setSortIndicatorClearable(true);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // the order of the network
    connect(header, &QWidget::customContextMenuRequested, this, [this, header](const QPoint& at) {
        QMenu menu;
        fillColumnMenu(menu);
        menu.exec(header->mapToGlobal(at));
    });
    auto* copyRows = new QAction(tr("&Copy Rows"), m_table);
    copyRows->setShortcut(QKeySequence::Copy);
    copyRows->setShortcutContext(Qt::WidgetShortcut);
    connect(copyRows, &QAction::triggered, this, &ModelView::copy);
    m_table->addAction(copyRows);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->viewport()->installEventFilter(this);
    connect(m_table, &QAbstractItemView::entered, this, [this](const QModelIndex& index) {
        hover(index.data(ModelTableModel::LayerIndexRole).toUInt());
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid() && !m_settingCurrent)
                    emit layerActivated(LayerId{current.data(ModelTableModel::LayerIndexRole).toUInt()});
            });
}

QWidget* ModelView::buildCurve()
{
    m_metric->setObjectName(u"modelMetric"_s);
    m_metric->setAccessibleName(tr("What the curve shows"));
    for (const CurveMetric& metric : curveMetrics())
        m_metric->addItem(metric.title, QString::fromStdString(metric.key));
    auto* label = new QLabel(tr("Cur&ve"));
    label->setBuddy(m_metric);
    auto* card = new Card;
    auto* rows = new QVBoxLayout(card);
    rows->setContentsMargins(12, 6, 8, 8);
    rows->setSpacing(2);
    auto* top = new QHBoxLayout;
    top->addWidget(label);
    top->addWidget(m_metric);
    top->addStretch(1);
    rows->addLayout(top);
    rows->addWidget(m_chart, 1);
    m_chart->setMinimumHeight(140);
    return card;
}

void ModelView::connectCurve()
{
    connect(m_metric, &QComboBox::currentIndexChanged, this, &ModelView::showCurve);
    connect(m_chart, &ChartView::hovered, this, [this](std::size_t, std::optional<QPointF> place) {
        const double x = place ? std::round(place->x()) : -1;
        const bool there = x >= 0 && x < static_cast<double>(m_model->layerCount());
        hover(there ? std::optional(static_cast<std::uint32_t>(x)) : std::nullopt);
    });
    connect(m_chart, &ChartView::pointClicked, this, [this](std::size_t, std::size_t, std::size_t key) {
        emit layerActivated(LayerId{static_cast<std::uint32_t>(key)});
    });
    connect(m_chart, &ChartView::clicked, this, [this](std::size_t, QPointF place) {
        const double x = std::round(place.x());
        if (x >= 0 && x < static_cast<double>(m_model->layerCount()))
            emit layerActivated(LayerId{static_cast<std::uint32_t>(x)});
    });
    m_chart->setReadOut([this](double x, double) {
        const double at = std::round(x);
        return at >= 0 && at < static_cast<double>(m_model->layerCount())
                   ? curveReadOut(m_picture, metric(), LayerId{static_cast<std::uint32_t>(at)})
                   : QString();
    });
}

std::string ModelView::metric() const { return m_metric->currentData().toString().toStdString(); }

void ModelView::setNetwork(std::shared_ptr<const Network> network)
{
    const QScopedValueRollback guard(m_settingCurrent, true);
    m_picture = {};
    m_filter->clear();
    m_model->setNetwork(std::move(network));
    m_chart->setChart(nullptr);
    m_chart->setMessage(m_model->layerCount() > 0 ? tr("Measuring…") : tr("Open a network"));
    fitColumns();
    showTotals();
}

void ModelView::setPicture(const ModelPicture& picture)
{
    const bool first = !m_picture.a;
    const bool moved = m_picture.current != picture.current;
    const bool otherCurve =
        m_picture.a != picture.a || m_picture.b != picture.b || m_picture.run != picture.run || moved;
    m_picture = picture;
    {
        const QScopedValueRollback guard(m_settingCurrent, true);
        m_model->setResult(picture.a);
    }
    if (first && picture.a)
        fitColumns();
    selectCurrent(moved);
    if (otherCurve)
        showCurve();
    showTotals();
    setStale(false);
}

void ModelView::setMessage(const QString& message)
{
    m_chart->setChart(nullptr);
    m_chart->setMessage(message);
}

void ModelView::setStale(bool stale)
{
    m_stale = stale;
    m_chart->setStale(stale);
    showTotals();
}

QStringList ModelView::columns() const
{
    QStringList keys;
    const QHeaderView* header = m_table->horizontalHeader();
    for (int at = 0; at < header->count(); ++at)
        if (const int column = header->logicalIndex(at); !m_table->isColumnHidden(column))
            keys << format::text(ModelTableModel::keyOf(column));
    return keys;
}

void ModelView::setColumns(const QStringList& keys)
{
    QStringList known;
    for (const QString& key : keys)
        if (ModelTableModel::columnOf(key.toStdString()) >= 0)
            known << key;
    showColumns(known.isEmpty() ? ModelTableModel::usualColumns() : known);
}

void ModelView::showColumns(const QStringList& keys)
{
    for (int column = 0; column < m_model->columnCount(); ++column)
        m_table->setColumnHidden(column,
                                 column != 0 && !keys.contains(format::text(ModelTableModel::keyOf(column))));
    fitColumns();
}

void ModelView::fillColumnMenu(QMenu& menu)
{
    menu.clear();
    for (int column = 1; column < m_model->columnCount(); ++column) {
        QAction* action = menu.addAction(m_model->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!m_table->isColumnHidden(column));
        action->setData(format::text(ModelTableModel::keyOf(column)));
        connect(action, &QAction::triggered, this, [this, column](bool on) {
            m_table->setColumnHidden(column, !on);
            fitColumns();
            emit columnsChanged();
        });
    }
    menu.addSeparator();
    menu.addAction(tr("The &Usual Ones"), this, [this] {
        showColumns(ModelTableModel::usualColumns());
        emit columnsChanged();
    });
}

void ModelView::fitColumns()
{
    const QFontMetrics metrics(m_table->font());
    int others = 0;
    const auto widthOf = [&](int column) {
        int width = metrics.horizontalAdvance(m_model->headerData(column, Qt::Horizontal).toString())
                    + cellPadding + 8;
        for (int row = 0; row < std::min(m_model->rowCount(), measuredRows); ++row)
            width = std::max(width, metrics.horizontalAdvance(m_model->index(row, column).data().toString())
                                        + cellPadding);
        return std::min(width, widest);
    };
    for (int column = 1; column < m_model->columnCount(); ++column) {
        if (m_table->isColumnHidden(column))
            continue;
        const int width = widthOf(column);
        m_table->setColumnWidth(column, width);
        others += width;
    }
    m_table->setColumnWidth(0, std::max({nameWidth, widthOf(0), m_table->viewport()->width() - others}));
}

void ModelView::applyFilter()
{
    const QScopedValueRollback guard(m_settingCurrent, true);
    const QString problem = m_model->setFilter(m_filter->text(), m_expression->isChecked());
    m_problem->setVisible(!problem.isEmpty());
    m_problem->setText(problem.isEmpty() ? QString() : tr("▲ No expression: %1").arg(problem));
    selectCurrent(false);
    showTotals();
}

void ModelView::selectCurrent(bool scroll)
{
    const QScopedValueRollback guard(m_settingCurrent, true);
    const int row = m_picture.current ? m_model->rowOf(*m_picture.current) : -1;
    if (row < 0)
        return m_table->selectionModel()->clear();
    const QModelIndex index = m_model->index(row, 0);
    if (m_table->currentIndex().row() == row && m_table->selectionModel()->isRowSelected(row))
        return;
    m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect
                                                          | QItemSelectionModel::Rows);
    if (scroll)
        m_table->scrollTo(m_model->index(row, std::max(m_table->columnAt(0), 0)));
}

void ModelView::showTotals()
{
    const std::size_t all = m_model->layerCount();
    const std::size_t shown = m_model->shown().size();
    QString text = shown == all ? tr("%1 layers").arg(format::count(all))
                                : tr("%1 of %2 layers").arg(format::count(shown), format::count(all));
    if (const auto totals = m_model->totals(); totals && totals->params > 0) {
        const QString sqnr = totals->mse == 0 ? tr("exact") : format::decibel(totals->sqnrDb);
        text += tr(" together: %1 weights · %2 → %3 · %4 bits per weight · SQNR %5 · MSE %6")
                    .arg(format::shortCount(totals->params), format::bytes(totals->fp32Bytes),
                         format::bytes(totals->bytes), format::number(totals->bitsPerWeight, 3), sqnr,
                         format::number(totals->mse, 3));
    }
    m_totals->setText(m_stale && m_model->result() ? u"≈ "_s + text : text);
    m_copy->setEnabled(shown > 0);
    m_save->setEnabled(shown > 0 && m_model->result());
}

void ModelView::showCurve()
{
    if (!m_picture.a)
        return;
    auto chart = std::make_shared<const Chart>(errorCurveChart(m_picture, metric()));
    if (!chart->message.isEmpty()) {
        m_chart->setChart(nullptr);
        m_chart->setMessage(chart->message);
        return;
    }
    m_chart->setChart(std::move(chart));
    m_chart->setStale(m_stale);
}

void ModelView::hover(std::optional<std::uint32_t> layer)
{
    Focus at;
    at.layer = layer;
    m_focus.setHover(at);
    emit hoverChanged(layer ? curveReadOut(m_picture, metric(), LayerId{*layer}) : QString());
}

void ModelView::showFocus()
{
    if (!isVisible())
        return;
    const auto layer = m_focus.shown().layer;
    m_chart->setMark(layer && m_chart->chart() ? std::optional<double>(*layer) : std::nullopt);
    m_bars->setMarkedRow(layer ? m_model->rowOf(LayerId{*layer}) : -1);
    m_table->viewport()->update();
}

bool ModelView::eventFilter(QObject* object, QEvent* event)
{
    if (event->type() == QEvent::Leave)
        hover({});
    if (event->type() == QEvent::Resize)
        fitColumns();
    return QWidget::eventFilter(object, event);
}

void ModelView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange) {
        m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 9);
        fitColumns();
    }
    QWidget::changeEvent(event);
}

QString ModelView::tabbedText() const
{
    std::vector<int> rows;
    const QModelIndexList selected = m_table->selectionModel()->selectedRows();
    for (int row = 0; row < m_model->rowCount(); ++row)
        if (selected.size() < 2 || m_table->selectionModel()->isRowSelected(row))
            rows.push_back(row);
    const QStringList keys = columns();
    QString text = keys.join(u'\t') + u'\n';
    for (const int row : rows) {
        QStringList cells;
        for (const QString& key : keys) {
            QString cell = m_model->index(row, ModelTableModel::columnOf(key.toStdString()))
                               .data(ModelTableModel::RawRole)
                               .toString();
            cells << cell.replace(QRegularExpression(u"[\t\r\n]"_s), u" "_s);
        }
        text += cells.join(u'\t') + u'\n';
    }
    return text;
}

void ModelView::copy() const { QGuiApplication::clipboard()->setText(tabbedText()); }

void ModelView::chooseFile()
{
    const QString path = QFileDialog::getSaveFileName(this, tr("Save Table"), u"layers.csv"_s,
                                                      tr("Comma-separated values (*.csv)"));
    if (!path.isEmpty())
        emit saveRequested(path);
}

} // namespace quantoscope
