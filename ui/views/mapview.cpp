// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/mapview.h"

#include "ui/charts/mapcharts.h"
#include "ui/plots/chartview.h"
#include "ui/views/card.h"
#include "ui/views/elidedlabel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr std::size_t mapPanel = 1; ///< of mapChart()
} // namespace

MapView::MapView(QWidget* parent)
    : QWidget(parent), m_mode(new QComboBox), m_note(new ElidedLabel), m_cell(new ElidedLabel),
      m_chart(new ChartView)
{
    m_mode->setObjectName(u"mapMode"_s);
    m_mode->setAccessibleName(tr("What the map shows"));
    for (const MapMode mode :
         {MapMode::Value, MapMode::Quantized, MapMode::Error, MapMode::Clipped, MapMode::Rounding})
        m_mode->addItem(mapModeName(mode), static_cast<int>(mode));
    auto* label = new QLabel(tr("S&how"));
    label->setBuddy(m_mode);
    auto* top = new QHBoxLayout;
    top->addWidget(label);
    top->addWidget(m_mode);
    top->addSpacing(8);
    top->addWidget(m_note, 1);
    m_note->setForegroundRole(QPalette::PlaceholderText);
    m_cell->setObjectName(u"mapCell"_s);
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(12, 8, 8, 8);
    inside->addWidget(m_chart, 1);
    inside->addWidget(m_cell);
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(6, 4, 6, 8);
    rows->setSpacing(6);
    rows->addLayout(top);
    rows->addWidget(card, 1);
    connect(m_mode, &QComboBox::currentIndexChanged, this, &MapView::modeChanged);
    connect(m_chart, &ChartView::hovered, this, [this](std::size_t panel, std::optional<QPointF> place) {
        if (m_pinned)
            return;
        showCell(panel == mapPanel ? place : std::nullopt);
        emit focusChanged(focusAt(panel == mapPanel ? place : std::nullopt), false);
    });
    connect(m_chart, &ChartView::clicked, this, [this](std::size_t panel, QPointF place) {
        m_pinned = panel == mapPanel && !m_pinned ? std::optional(place) : std::nullopt;
        showCell(m_pinned);
        emit focusChanged(focusAt(m_pinned), true);
    });
    connect(m_chart, &ChartView::viewChanged, this, [this](std::size_t panel, const QRectF& range) {
        if (panel != mapPanel || range == m_shown)
            return;
        m_shown = range;
        emit windowChanged();
    });
    showCell({});
}

MapMode MapView::mode() const { return static_cast<MapMode>(m_mode->currentData().toInt()); }

MapWindow MapView::window() const
{
    MapWindow window;
    window.maxRows = static_cast<std::size_t>(std::max(m_chart->height(), 100));
    window.maxColumns = static_cast<std::size_t>(std::max(m_chart->width(), 100));
    window.rows = window.columns = std::numeric_limits<std::size_t>::max() / 2;
    if (!m_shown || !m_picture)
        return window;
    const auto from = [](double at) { return static_cast<std::size_t>(std::max(0.0, std::floor(at))); };
    window.column = from(m_shown->left());
    window.columns = std::max<std::size_t>(from(std::ceil(m_shown->right())) - window.column, 1);
    window.row = from(m_shown->top());
    window.rows = std::max<std::size_t>(from(std::ceil(m_shown->bottom())) - window.row, 1);
    return window;
}

void MapView::setPicture(std::shared_ptr<const MapPicture> picture)
{
    const bool other = !m_picture || !picture || m_picture->network != picture->network
                       || m_picture->layer != picture->layer;
    m_picture = std::move(picture);
    if (other) {
        m_shown.reset();
        m_pinned.reset();
    }
    if (!m_picture)
        return;
    m_note->setText(mapNote(*m_picture));
    m_chart->setChart(std::make_shared<const Chart>(mapChart(*m_picture)));
    if (other)
        m_chart->fit();
    m_chart->setStale(false);
    showCell(m_pinned);
}

void MapView::setMessage(const QString& message)
{
    setPicture(nullptr);
    m_note->setText({});
    m_chart->setChart(nullptr);
    m_chart->setMessage(message);
    showCell({});
}

void MapView::setStale(bool stale) { m_chart->setStale(stale); }

Focus MapView::focusAt(std::optional<QPointF> place) const
{
    Focus focus;
    if (!place || !m_picture || place->x() < 0 || place->y() < 0)
        return focus;
    const auto row = static_cast<std::size_t>(place->y());
    const auto column = static_cast<std::size_t>(place->x());
    const WeightMap& map = *m_picture->map;
    const auto element = map.elementAt(row, column);
    const auto step = element ? map.stepAt(row, column) : std::nullopt;
    if (!step)
        return focus;
    focus.element = map.values().memoryIndex(*element);
    if (map.values().channels > 1)
        focus.channel = row;
    focus.code = step->code;
    // With many scales the code alone means the same everywhere.
    if (m_picture->scheme.granularity.kind == Granularity::Kind::Tensor)
        focus.value = static_cast<double>(step->x);
    return focus;
}

void MapView::showCell(std::optional<QPointF> place)
{
    const QString text = place && m_picture ? mapReadOut(*m_picture, place->x(), place->y()) : QString();
    m_cell->setText(text.isEmpty() ? tr("Point at a cell for its arithmetic; click to keep it.") : text);
    emit hoverChanged(text);
}

} // namespace quantoscope
