// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/histogramplot.h"

#include "ui/charts/valuecharts.h"
#include "ui/plots/chartview.h"
#include "ui/plots/cliphandle.h"

#include <QVBoxLayout>
#include <qcustomplot.h>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr int lateMs = 30;
}

HistogramPlot::HistogramPlot(QWidget* parent) : QWidget(parent), m_chart(new ChartView)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_chart);
    m_chart->canvas()->setObjectName(u"histogramCanvas"_s);
    m_chart->canvas()->setMinimumSize(200, 120);
    m_handleLo = makeHandle(false);
    m_handleHi = makeHandle(true);
    m_late.setSingleShot(true);
    m_late.setInterval(lateMs);
    connect(&m_late, &QTimer::timeout, this, &HistogramPlot::showChart);
    connect(m_chart, &ChartView::replotted, this, [this] {
        placeHandles();
        emit replotted();
    });
    connect(m_chart, &ChartView::hovered, this, [this](std::size_t, std::optional<QPointF> place) {
        emit hovered(place && m_picture ? std::optional(place->x()) : std::nullopt);
    });
    connect(m_chart, &ChartView::clicked, this,
            [this](std::size_t, QPointF place) { emit clicked(place.x()); });
    connect(m_chart, &ChartView::fitted, this, [this] {
        if (m_axis && !isDragging()) {
            m_axis.reset();
            showChart();
        }
    });
}

ClipHandle* HistogramPlot::makeHandle(bool upper)
{
    auto* handle = new ClipHandle(m_chart->canvas());
    handle->setObjectName(upper ? u"upperClipHandle"_s : u"lowerClipHandle"_s);
    handle->setAccessibleName(upper ? tr("Upper clip limit") : tr("Lower clip limit"));
    handle->setToolTip(
        tr("Drag to clip. Shift: fine. Arrow keys move it, Home and End go to the data's ends.\n"
           "Double-click: back to minimum and maximum. Esc cancels a drag."));
    handle->hide();
    connect(handle, &ClipHandle::dragStarted, this, [this] {
        m_dragBase = m_picture;
        emit rangeGestureStarted();
    });
    connect(handle, &ClipHandle::draggedTo, this, [this, upper](double x) { moveTo(upper, valueAt(x)); });
    connect(handle, &ClipHandle::dragFinished, this, [this] {
        emit rangeGestureFinished();
        finishDrag();
    });
    connect(handle, &ClipHandle::dragCancelled, this, [this] {
        emit rangeGestureCancelled();
        finishDrag();
    });
    connect(handle, &ClipHandle::stepped, this, [this, upper](int pixels) {
        moveTo(upper, valueAt(columnAt(upper ? m_limits.hi : m_limits.lo) + pixels));
    });
    connect(handle, &ClipHandle::endRequested, this, [this, upper](bool end) {
        if (m_picture)
            moveTo(upper, double(end ? m_picture->detail.data.hi : m_picture->detail.data.lo));
    });
    connect(handle, &ClipHandle::resetRequested, this, &HistogramPlot::rangeResetRequested);
    return handle;
}

double HistogramPlot::columnAt(double value) const
{
    return m_chart->panelCount() > 0 ? m_chart->pixelOf(0, value, 1).x() : 0;
}

double HistogramPlot::valueAt(double column) const
{
    return m_chart->panelCount() > 0 ? m_chart->placeOf(0, {column, 0}).x() : 0;
}

int HistogramPlot::columnOf(double value) const
{
    const int canvas = m_chart->canvas()->mapTo(this, QPoint(0, 0)).x();
    return canvas + static_cast<int>(std::lround(columnAt(value)));
}

void HistogramPlot::moveTo(bool upper, double value)
{
    const auto& base = m_dragBase ? m_dragBase : m_picture;
    if (!base)
        return;
    if (!m_axis && m_chart->panelCount() > 0) {
        const QRectF area = m_chart->areaOf(0);
        m_axis = AxisSpan{valueAt(area.left()), valueAt(area.right())};
    }
    const MovedLimits moved = moveLimit(*base, upper, value);
    m_limits = moved.limits;
    // The handles follow at once; all else comes with the picture, or alone when that takes long.
    placeHandles();
    if (!m_late.isActive())
        m_late.start();
    emit rangeEdited(moved.rule);
}

void HistogramPlot::finishDrag()
{
    // A dragged limit stays under the mouse; in code coordinates the limits go back to the ends of the codes.
    if (m_picture && m_picture->detail.normalized)
        m_axis.reset();
    m_dragBase.reset();
    if (m_picture)
        m_limits = clipLimits(*m_picture);
    showChart();
}

void HistogramPlot::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    const bool sameAxis = picture && m_picture && picture->network == m_picture->network
                          && picture->layer == m_picture->layer
                          && picture->detail.set == m_picture->detail.set
                          && picture->detail.normalized == m_picture->detail.normalized;
    const bool otherCodes =
        sameAxis && picture->detail.normalized && picture->scheme().bits != m_picture->scheme().bits;
    if (!sameAxis || otherCodes) {
        m_axis.reset();
        m_best.reset();
        if (!sameAxis)
            m_dragBase.reset();
    }
    m_picture = std::move(picture);
    if (m_picture && !isDragging())
        m_limits = clipLimits(*m_picture);
    if (m_picture && m_picture->detail.normalized && !isDragging())
        m_axis.reset();
    showChart();
    if ((!sameAxis || otherCodes) && m_picture && !m_chart->areAxesFixed())
        m_chart->fit();
}

void HistogramPlot::setPictureB(std::shared_ptr<const LayerPicture> picture)
{
    if (picture == m_pictureB)
        return;
    m_pictureB = std::move(picture);
    showChart();
}

void HistogramPlot::setBest(std::optional<ClipRatio> best)
{
    if (best == m_best)
        return;
    m_best = best;
    showChart();
}

void HistogramPlot::setMessage(const QString& message) { m_chart->setMessage(message); }

void HistogramPlot::setStale(bool stale) { m_chart->setStale(stale); }

void HistogramPlot::setLogCounts(bool log) { m_chart->setLog(log); }

void HistogramPlot::fit() { m_chart->fit(); }

void HistogramPlot::setHover(std::optional<double> value) { m_chart->setMark(value); }

void HistogramPlot::showChart()
{
    m_late.stop();
    if (!m_picture)
        return m_chart->setChart(nullptr);
    // A normalized axis is measured in steps, which a drag changes under the mouse: its data stand still until the end.
    const bool still = isDragging() && m_picture->detail.normalized;
    HistogramOptions options;
    options.b = m_pictureB.get();
    options.rows = !isDragging();
    if (isDragging())
        options.dragged = m_limits;
    else
        options.best = m_best;
    LayerPicture shown = still ? *m_dragBase : *m_picture;
    shown.detail.shown = m_picture->detail.shown;
    auto chart = std::make_shared<Chart>(histogramChart(shown, options));
    if (m_axis && !chart->panels.empty()) {
        chart->panels.front().x.lo = m_axis->lo;
        chart->panels.front().x.hi = m_axis->hi;
    }
    m_chart->setChart(std::move(chart));
    const QString description = m_chart->canvas()->accessibleDescription();
    m_handleLo->setAccessibleDescription(description);
    m_handleHi->setAccessibleDescription(description);
}

void HistogramPlot::placeHandles()
{
    const bool shown = m_picture && m_chart->panelCount() > 0 && hasLevels(*m_picture) && m_limits.movable
                       && !hasFarLevels(*m_picture);
    const QRect area = m_chart->panelCount() > 0 ? m_chart->areaOf(0).toRect() : QRect();
    const auto place = [&](ClipHandle* handle, double limit) {
        const double x = columnAt(limit);
        const bool visible = shown && x >= area.left() - 1 && x <= area.right() + 1;
        if (visible && !handle->isDragging())
            handle->place(x, area.top(), area.bottom());
        else if (visible)
            handle->move(static_cast<int>(std::lround(x)) - handle->width() / 2, area.top());
        handle->setVisible(visible);
    };
    place(m_handleLo, m_limits.lo);
    place(m_handleHi, m_limits.hi);
}

} // namespace quantoscope
