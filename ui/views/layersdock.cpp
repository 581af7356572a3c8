// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/layersdock.h"

#include "ui/format.h"
#include "ui/models/layerproxy.h"
#include "ui/models/layertablemodel.h"

#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr int nameWidth = 108;  ///< the least the name column may shrink to before others give way
constexpr int cellPadding = 12; ///< both sides of a column together
} // namespace

LayersDock::LayersDock(QWidget* parent)
    : QDockWidget(tr("Layers"), parent), m_model(new LayerTableModel(this)), m_proxy(new LayerProxy(this)),
      m_filter(new QLineEdit), m_table(new QTableView)
{
    setObjectName(u"layersDock"_s);
    m_proxy->setSourceModel(m_model);
    auto* contents = new QWidget;
    auto* layout = new QVBoxLayout(contents);
    layout->setContentsMargins(8, 4, 2, 8);
    layout->setSpacing(6);
    layout->addWidget(m_filter);
    layout->addWidget(m_table, 1);
    layout->addWidget(buildSummary());
    setWidget(contents);

    m_filter->setObjectName(u"layerFilter"_s);
    m_filter->setPlaceholderText(tr("Filter layers (Ctrl+F)"));
    m_filter->setAccessibleName(tr("Filter layers"));
    m_filter->setClearButtonEnabled(true);
    connect(m_filter, &QLineEdit::textChanged, m_proxy, &LayerProxy::setFilterText);

    m_table->setObjectName(u"layerTable"_s);
    m_table->setAccessibleName(tr("Layers of the network"));
    m_table->setModel(m_proxy);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setAlternatingRowColors(true);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // the order of the network
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 9);
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setMinimumSectionSize(20);
    header->setSectionResizeMode(QHeaderView::Fixed);
    header->setSectionResizeMode(LayerTableModel::Name, QHeaderView::Stretch);
    header->setSortIndicatorClearable(true);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setToolTip(tr("Right click: choose columns"));
    connect(header, &QWidget::customContextMenuRequested, this, [this, header](const QPoint& at) {
        QMenu menu;
        fillColumnMenu(menu);
        menu.exec(header->mapToGlobal(at));
    });
    m_table->viewport()->installEventFilter(this);
    m_table->installEventFilter(this);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid() && !m_settingCurrent)
                    emit layerActivated(LayerId{current.data(LayerTableModel::LayerIndexRole).toUInt()});
            });
}

QWidget* LayersDock::buildSummary()
{
    auto* summary = new QWidget;
    auto* layout = new QVBoxLayout(summary);
    layout->setContentsMargins(2, 2, 2, 0);
    layout->setSpacing(3);
    m_size = new QLabel;
    m_error = new QLabel;
    for (QLabel* label : {m_size, m_error}) {
        label->setTextFormat(Qt::PlainText);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        label->setForegroundRole(QPalette::PlaceholderText);
    }
    m_worst = new QPushButton;
    m_worst->setObjectName(u"worstButton"_s);
    m_worst->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    connect(m_worst, &QPushButton::clicked, this, &LayersDock::selectWorst);
    layout->addWidget(m_size);
    layout->addWidget(m_error);
    layout->addSpacing(2);
    layout->addWidget(m_worst);
    updateSummary();
    return summary;
}

void LayersDock::setNetwork(std::shared_ptr<const Network> network)
{
    const QScopedValueRollback guard(m_settingCurrent, true);
    m_model->setNetwork(std::move(network));
    m_result.reset();
    m_filter->clear();
    updateSummary();
    hideColumnsThatDoNotFit();
}

void LayersDock::setResult(std::shared_ptr<const AnalysisResult> result)
{
    m_result = result;
    m_model->setResult(std::move(result));
    updateSummary();
}

void LayersDock::setReport(const LayerReport& report) { m_model->setReport(report); }

void LayersDock::setCurrentLayer(std::optional<LayerId> layer)
{
    const QScopedValueRollback guard(m_settingCurrent, true);
    if (!layer)
        return m_table->clearSelection();
    const QModelIndex index = m_proxy->mapFromSource(m_model->index(static_cast<int>(layer->index), 0));
    if (index.isValid() && index.row() != m_table->currentIndex().row())
        selectRow(index);
}

void LayersDock::selectRow(const QModelIndex& proxyIndex)
{
    m_table->selectRow(proxyIndex.row());
    m_table->setCurrentIndex(proxyIndex);
    m_table->scrollTo(proxyIndex);
}

void LayersDock::setSettings(const AnalysisSettings& settings) { m_model->setSettings(settings); }

void LayersDock::chooseColumns(const std::optional<std::set<int>>& columns)
{
    m_columns = columns;
    hideColumnsThatDoNotFit();
}

void LayersDock::fillColumnMenu(QMenu& menu)
{
    for (int column = LayerTableModel::Name + 1; column < LayerTableModel::ColumnCount; ++column) {
        QAction* action =
            menu.addAction(m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(!m_table->isColumnHidden(column));
        connect(action, &QAction::triggered, this, [this, column](bool on) {
            std::set<int> columns;
            for (int other = 0; other < LayerTableModel::ColumnCount; ++other)
                if (other == column ? on : !m_table->isColumnHidden(other))
                    columns.insert(other);
            chooseColumns(columns);
        });
    }
    menu.addSeparator();
    QAction* fitting = menu.addAction(tr("&Those That Fit"), this, [this] { chooseColumns(std::nullopt); });
    fitting->setCheckable(true);
    fitting->setChecked(!m_columns);
}

void LayersDock::focusFilter()
{
    show();
    raise();
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void LayersDock::selectNeighbour(int steps)
{
    const int rows = m_proxy->rowCount();
    if (rows == 0)
        return;
    const QModelIndex current = m_table->currentIndex();
    const int row = current.isValid() ? std::clamp(current.row() + steps, 0, rows - 1) : 0;
    selectRow(m_proxy->index(row, 0));
}

void LayersDock::selectWorst()
{
    const auto worst = m_model->worstLayer();
    if (!worst)
        return;
    QModelIndex index = m_proxy->mapFromSource(m_model->index(static_cast<int>(worst->index), 0));
    if (!index.isValid()) {
        m_filter->clear();
        index = m_proxy->mapFromSource(m_model->index(static_cast<int>(worst->index), 0));
    }
    selectRow(index);
}

bool LayersDock::eventFilter(QObject* object, QEvent* event)
{
    // A view without a current row takes the first one with the focus: nobody chose that layer.
    if (object == m_table && event->type() == QEvent::FocusIn && !m_table->currentIndex().isValid())
        return true;
    if (event->type() == QEvent::Resize || event->type() == QEvent::FontChange)
        hideColumnsThatDoNotFit();
    return QDockWidget::eventFilter(object, event);
}

void LayersDock::hideColumnsThatDoNotFit()
{
    // Name, bits and SQNR always stay; the others give way from the least telling one.
    QHeaderView* header = m_table->horizontalHeader();
    const QFontMetrics metrics(m_table->font());
    const auto widthOf = [&](int column) {
        int width =
            metrics.horizontalAdvance(m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString())
            + cellPadding;
        for (int row = 0; row < std::min(m_model->rowCount(), 200); ++row)
            width = std::max(width, metrics.horizontalAdvance(m_model->index(row, column).data().toString())
                                        + cellPadding);
        if (column == LayerTableModel::Sqnr)
            width = std::max(width, metrics.horizontalAdvance(u"▲ −00.0"_s) + cellPadding);
        return std::min(width, 130);
    };
    header->setSectionResizeMode(LayerTableModel::Name,
                                 m_columns ? QHeaderView::Interactive : QHeaderView::Stretch);
    m_table->setHorizontalScrollBarPolicy(m_columns ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    int left = m_table->viewport()->width() - nameWidth;
    int taken = 0;
    for (const int column : {LayerTableModel::Sqnr, LayerTableModel::Bits, LayerTableModel::ShapeColumn,
                             LayerTableModel::Parameters, LayerTableModel::Kind}) {
        const int width = widthOf(column);
        const bool always = column == LayerTableModel::Sqnr || column == LayerTableModel::Bits;
        left -= width;
        const bool shown = m_columns ? m_columns->contains(column) : always || left >= 0;
        m_table->setColumnHidden(column, !shown);
        header->resizeSection(column, width);
        taken += shown ? width : 0;
    }
    if (m_columns)
        header->resizeSection(LayerTableModel::Name,
                              std::max(nameWidth, m_table->viewport()->width() - taken));
}

void LayersDock::updateSummary()
{
    m_worst->setEnabled(m_result != nullptr && m_model->worstLayer().has_value());
    if (!m_result) {
        m_size->setText(u" "_s);
        m_error->setText(u" "_s);
        m_worst->setText(tr("Go to the worst layer"));
        return;
    }
    const Totals& totals = m_result->totals;
    m_size->setText(tr("%1 → %2 · %3 bits per weight")
                        .arg(format::bytes(totals.fp32Bytes), format::bytes(totals.bytes),
                             format::number(totals.bitsPerWeight, 3)));
    m_size->setToolTip(tr("All %1 analyzed weights: float32 → packed codes with scales and zero points")
                           .arg(format::count(totals.params)));
    const auto failed = std::count_if(m_result->layers.begin(), m_result->layers.end(),
                                      [](const LayerReport& report) { return !report.issue.empty(); });
    m_error->setText(failed == 0 ? tr("All layers together: SQNR %1").arg(format::decibel(totals.sqnrDb))
                                 : tr("SQNR %1 · %2 of %3 do not fit")
                                       .arg(format::decibel(totals.sqnrDb))
                                       .arg(failed)
                                       .arg(m_result->layers.size()));
    m_error->setToolTip(format::metricTooltip("sqnrDb"));
    if (failed == static_cast<std::ptrdiff_t>(m_result->layers.size()) && failed > 0) {
        m_size->setText(tr("No layer fits this scheme"));
        m_error->setText(tr("The tooltips of the layers say why"));
        m_worst->setText(tr("Go to the worst layer"));
    }
    if (const auto worst = m_model->worstLayer())
        m_worst->setText(tr("▲ Worst: %1").arg(format::text(m_result->network->layer(*worst).name)));
    m_worst->setToolTip(tr("Go to the layer with the lowest SQNR (W)"));
}

} // namespace quantoscope
