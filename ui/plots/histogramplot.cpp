// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/histogramplot.h"

#include "ui/format.h"
#include "ui/plots/cliphandle.h"
#include "ui/plots/legendrow.h"
#include "ui/plots/plotitems.h"
#include "ui/plots/plotstyle.h"
#include "ui/charts/valuetexts.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr int labelStrip = 24;     ///< pixels above the axes for the labels of the limits
constexpr double emptyCount = 0.5; ///< where zero counts lie on a log axis
constexpr double sideMargin = 0.04;

} // namespace

HistogramPlot::HistogramPlot(QWidget* parent)
    : QWidget(parent), m_legend(new LegendRow(this)), m_plot(new QCustomPlot(this))
{
    stackUnderLegend(*this, *m_legend, *m_plot);
    m_legend->setTitle(tr("Values and levels"));

    m_plot->setObjectName(u"histogramCanvas"_s);
    m_plot->setMinimumSize(200, 120);
    m_plot->setAccessibleName(tr("Histogram of the values"));
    m_plot->setNoAntialiasingOnDrag(true);
    m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    m_plot->installEventFilter(this);
    QCPAxisRect* rect = m_plot->axisRect();
    rect->setRangeDrag(Qt::Horizontal);
    rect->setRangeZoom(Qt::Horizontal);
    rect->setAutoMargins(QCP::msLeft | QCP::msBottom);
    rect->setMargins(QMargins(0, labelStrip, 12, 0));

    m_plot->addLayer(u"front"_s, m_plot->layer(u"axes"_s));
    m_plot->layer(u"front"_s)->setMode(QCPLayer::lmBuffered);
    m_counts = m_plot->addGraph();
    m_counts->setLineStyle(QCPGraph::lsStepCenter);
    m_counts->setAdaptiveSampling(false);
    m_counts->setAntialiased(false);
    m_counts->setAntialiasedFill(false);
    m_below = new HatchZone(*m_plot, rect, HatchZone::Side::Below);
    m_above = new HatchZone(*m_plot, rect, HatchZone::Side::Above);
    m_levels = new LevelLines(*m_plot, rect);
    m_placeholder = addPlaceholder(*m_plot, rect);
    m_cursor = new CursorLine(*m_plot, rect);
    m_cursor->setLayer(u"front"_s);
    m_cursor->setVisible(false);
    for (QCPItemText** label : {&m_labelLo, &m_labelHi}) {
        *label = new QCPItemText(m_plot);
        (*label)->setLayer(u"front"_s);
        (*label)->setClipToAxisRect(false);
        (*label)->position->setType(QCPItemPosition::ptAbsolute);
        (*label)->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        (*label)->setVisible(false);
    }
    m_handleLo = makeHandle(false);
    m_handleHi = makeHandle(true);

    connect(m_plot, &QCustomPlot::afterLayout, this, &HistogramPlot::placeHandles);
    connect(m_plot, &QCustomPlot::beforeReplot, this,
            [this] { m_placeholder->setText(wrapped(m_message, font(), m_plot->width() - 80)); });
    connect(m_plot, &QCustomPlot::afterReplot, this, &HistogramPlot::replotted);
    connect(m_plot, &QCustomPlot::mouseWheel, this, [this] { m_zoomed = true; });
    connect(m_plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) {
        if (event->buttons() & Qt::LeftButton)
            m_zoomed = true;
        const bool inside = m_picture && m_plot->axisRect()->rect().contains(event->pos());
        emit hovered(inside ? std::optional(m_plot->xAxis->pixelToCoord(event->pos().x())) : std::nullopt);
    });
    connect(m_plot, &QCustomPlot::mouseDoubleClick, this, &HistogramPlot::fit);
    makeLinearAxis(*m_plot->xAxis);
    setLogCounts(true);
    applyStyle();
    updateTexts();
}

HistogramPlot::~HistogramPlot() = default;

ClipHandle* HistogramPlot::makeHandle(bool upper)
{
    auto* handle = new ClipHandle(m_plot);
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
    connect(handle, &ClipHandle::draggedTo, this,
            [this, upper](double x) { moveTo(upper, m_plot->xAxis->pixelToCoord(x)); });
    connect(handle, &ClipHandle::dragFinished, this, [this] {
        emit rangeGestureFinished();
        finishDrag();
    });
    connect(handle, &ClipHandle::dragCancelled, this, [this] {
        emit rangeGestureCancelled();
        finishDrag();
    });
    connect(handle, &ClipHandle::stepped, this, [this, upper](int pixels) {
        const double at = m_plot->xAxis->coordToPixel(upper ? m_limits.hi : m_limits.lo);
        moveTo(upper, m_plot->xAxis->pixelToCoord(at + pixels));
    });
    connect(handle, &ClipHandle::endRequested, this, [this, upper](bool end) {
        if (m_picture)
            moveTo(upper, double(end ? m_picture->detail.data.hi : m_picture->detail.data.lo));
    });
    connect(handle, &ClipHandle::resetRequested, this, &HistogramPlot::rangeResetRequested);
    return handle;
}

bool HistogramPlot::isDragging() const { return m_dragBase != nullptr; }

void HistogramPlot::moveTo(bool upper, double value)
{
    const auto& base = m_dragBase ? m_dragBase : m_picture;
    if (!base)
        return;
    const MovedLimits moved = moveLimit(*base, upper, value);
    m_limits = moved.limits;
    showLimits();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
    emit rangeEdited(moved.rule);
}

void HistogramPlot::finishDrag()
{
    // A dragged limit stays under the mouse; in code coordinates the limits go back to the ends of the codes.
    if (m_picture && !m_picture->detail.normalized)
        m_zoomed = true;
    m_dragBase.reset();
    applyPicture();
}

void HistogramPlot::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    const bool sameAxis = picture && m_picture && picture->network == m_picture->network
                          && picture->layer == m_picture->layer
                          && picture->detail.set == m_picture->detail.set
                          && picture->detail.normalized == m_picture->detail.normalized;
    if (!sameAxis || (picture->detail.normalized && picture->scheme().bits != m_picture->scheme().bits)) {
        m_zoomed = false;
        if (isDragging() && !sameAxis)
            m_dragBase.reset();
    }
    m_picture = std::move(picture);
    applyPicture();
}

void HistogramPlot::setMessage(const QString& message)
{
    m_message = message;
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::setStale(bool stale)
{
    if (stale == m_stale)
        return;
    m_stale = stale;
    updateTexts();
}

void HistogramPlot::setLogCounts(bool log)
{
    m_logCounts = log;
    if (log) {
        makeLogAxis(*m_plot->yAxis);
        // Counts are read as numbers, not as powers, as long as they are short.
        m_plot->yAxis->setNumberFormat(u"gb"_s);
        m_plot->yAxis->setNumberPrecision(5);
    } else {
        makeLinearAxis(*m_plot->yAxis);
    }
    applyPicture();
}

void HistogramPlot::fit()
{
    m_zoomed = false;
    applyPicture();
}

void HistogramPlot::setHover(std::optional<double> value)
{
    m_cursor->setVisible(value && m_picture);
    if (value)
        m_cursor->setValue(*value);
    m_plot->layer(u"front"_s)->replot();
}

int HistogramPlot::columnOf(double value) const
{
    return m_plot->x() + static_cast<int>(std::lround(m_plot->xAxis->coordToPixel(value)));
}

void HistogramPlot::applyPicture()
{
    const bool hasData = m_picture && m_picture->detail.shown.elements > 0;
    m_placeholder->setVisible(!hasData);
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
        axis->setVisible(hasData);
    m_counts->setVisible(hasData);
    if (hasData && !(isDragging() && m_picture->detail.normalized)) {
        // A normalized axis is measured in steps, which a drag changes under the mouse: it stands still
        // until the drag ends.
        showData();
        if (!isDragging())
            m_limits = clipLimits(*m_picture);
    }
    showLimits();
    updateTexts();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::showData()
{
    const Histogram& histogram = m_picture->detail.histogram;
    const double floor = m_logCounts ? emptyCount / 2 : 0;
    QVector<QCPGraphData> points;
    points.reserve(static_cast<qsizetype>(histogram.counts.size() + 2));
    std::uint64_t highest = 1;
    points.append({histogram.lo - histogram.binWidth() / 2, floor});
    for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
        const std::uint64_t n = histogram.counts[bin];
        highest = std::max(highest, n);
        points.append({histogram.binCentre(bin), n == 0 ? floor : static_cast<double>(n)});
    }
    points.append({histogram.hi + histogram.binWidth() / 2, floor});
    m_counts->data()->set(points, true);

    const auto top = static_cast<double>(highest);
    if (m_logCounts)
        m_plot->yAxis->setRange(emptyCount, std::max(10.0, top * 1.8));
    else
        m_plot->yAxis->setRange(0, top * 1.06);
    if (!m_zoomed && !isDragging())
        fitValueAxis();
}

void HistogramPlot::fitValueAxis()
{
    auto [lo, hi] = shownSpan(*m_picture);
    // In units of the scale the bins reach half a code beyond all that, which is far where levels lie close.
    if (!m_picture->detail.normalized || m_picture->detail.grid.isUniform()) {
        lo = std::min(lo, m_picture->detail.histogram.lo);
        hi = std::max(hi, m_picture->detail.histogram.hi);
    }
    const double margin = hi > lo ? (hi - lo) * sideMargin : std::max(1.0, std::abs(hi));
    m_plot->xAxis->setRange(lo - margin, hi + margin);
}

void HistogramPlot::showLimits()
{
    const bool hasGrid = m_picture && hasLevels(*m_picture) && m_picture->detail.shown.elements > 0;
    for (QCPAbstractItem* item :
         {static_cast<QCPAbstractItem*>(m_levels), static_cast<QCPAbstractItem*>(m_below),
          static_cast<QCPAbstractItem*>(m_above)})
        item->setVisible(hasGrid);
    if (!hasGrid)
        return;
    const Interval ends = shownLevelEnds(*m_picture);
    double low = static_cast<double>(std::min(ends.lo, ends.hi));
    double high = static_cast<double>(std::max(ends.lo, ends.hi));
    m_levels->setLevels(m_picture->detail.grid);
    m_levels->setStretch(0, 1);
    if (isDragging() && m_picture->detail.normalized) {
        const double stretch = (m_limits.hi - m_limits.lo) / (high - low);
        const double fixed = stretch == 1 ? 0 : (m_limits.lo - stretch * low) / (1 - stretch);
        m_levels->setStretch(fixed, stretch);
        low = m_limits.lo;
        high = m_limits.hi;
    }
    m_below->setLimit(low);
    m_above->setLimit(high);
}

void HistogramPlot::placeHandles()
{
    const bool shown = m_picture && hasLevels(*m_picture) && m_picture->detail.shown.elements > 0
                       && !hasFarLevels(*m_picture);
    const QRect area = m_plot->axisRect()->rect();
    const double xLo = m_plot->xAxis->coordToPixel(m_limits.lo);
    const double xHi = m_plot->xAxis->coordToPixel(m_limits.hi);
    const auto place = [&](ClipHandle* handle, double x) {
        const bool visible = shown && m_limits.movable && x >= area.left() - 1 && x <= area.right() + 1;
        if (visible && !handle->isDragging())
            handle->place(x, area.top(), area.bottom());
        else if (visible)
            handle->move(static_cast<int>(std::lround(x)) - handle->width() / 2, area.top());
        handle->setVisible(visible);
    };
    place(m_handleLo, xLo);
    place(m_handleHi, xHi);
    m_labelLo->setVisible(shown);
    m_labelHi->setVisible(shown);
    if (shown)
        placeLabels(xLo, xHi);
}

void HistogramPlot::placeLabels(double xLo, double xHi)
{
    // Outwards from their limits where there is room, never over each other and never outside.
    const QFontMetrics metrics(m_labelLo->font());
    const int wLo = metrics.horizontalAdvance(m_labelLo->text()) + 8;
    const int wHi = metrics.horizontalAdvance(m_labelHi->text()) + 8;
    const QRect area = m_plot->axisRect()->rect();
    const double left = area.left() - 30;
    const double right = area.right() + 12;
    double atLo = std::clamp(xLo - wLo + 12, left, std::max(left, right - wLo - wHi - 8));
    double atHi = std::clamp(xHi - 12, left, std::max(left, right - wHi));
    if (atHi < atLo + wLo + 8)
        atHi = std::min(atLo + wLo + 8, right - wHi);
    m_labelLo->position->setCoords(atLo, area.top() - labelStrip + 2);
    m_labelHi->position->setCoords(atHi, area.top() - labelStrip + 2);
}

void HistogramPlot::updateTexts()
{
    using Swatch = LegendRow::Swatch;
    if (!m_picture) {
        m_legend->setEntries({});
        m_legend->setNote({});
        m_plot->setAccessibleDescription(m_message);
        return;
    }
    const LayerDetail& detail = m_picture->detail;
    const ErrorMetrics& metrics = detail.shown;
    m_labelLo->setText(
        tr("%1 · %2 below").arg(format::number(m_limits.lo), format::percent(metrics.clippedBelowFraction)));
    m_labelHi->setText(
        tr("%1 · %2 above").arg(format::number(m_limits.hi), format::percent(metrics.clippedAboveFraction)));
    m_legend->setTitle(histogramTitle(*m_picture));
    m_legend->setNote(m_stale ? tr("≈ recomputing") : QString());
    m_plot->xAxis->setLabel(valueAxisLabel(*m_picture));
    m_plot->yAxis->setLabel(m_logCounts ? tr("values per bin (log)") : tr("values per bin"));
    const QString values = tr("Values");
    if (!detail.report.params)
        return m_legend->setEntries({{Swatch::Data, values}});
    m_legend->setEntries(
        {{Swatch::Data, values},
         {Swatch::Levels, (hasLevels(*m_picture) ? tr("Levels: %1") : tr("Levels: %1 in each set"))
                              .arg(format::count(metrics.levels))},
         {Swatch::Clipped, tr("Clipped: %1").arg(format::percent(metrics.clippedFraction))}});
    const QString numbers =
        tr("Clip limits %1, %2 below, %3 above, %4 levels")
            .arg(format::interval(m_limits.lo, m_limits.hi), format::percent(metrics.clippedBelowFraction),
                 format::percent(metrics.clippedAboveFraction), format::count(metrics.levels));
    m_plot->setAccessibleDescription(numbers);
    m_handleLo->setAccessibleDescription(m_labelLo->text());
    m_handleHi->setAccessibleDescription(m_labelHi->text());
}

void HistogramPlot::applyStyle()
{
    const ThemeColors& colors = themeColors(palette());
    applyPlotStyle(*m_plot, colors);
    m_counts->setPen(QPen(colors.histogram, 0));
    m_counts->setBrush(withAlpha(colors.histogram, 0.47));
    m_levels->setColor(colors.schemeA);
    m_below->setColor(colors.schemeA);
    m_above->setColor(colors.schemeA);
    m_cursor->setPen(QPen(colors.text, 0, Qt::DotLine));
    m_placeholder->setColor(colors.muted);
    m_placeholder->setFont(font());
    for (QCPItemText* label : {m_labelLo, m_labelHi}) {
        label->setColor(colors.schemeA);
        label->setFont(axisFont(font()));
        label->setPadding(QMargins(4, 2, 4, 2));
    }
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyStyle();
    QWidget::changeEvent(event);
}

bool HistogramPlot::eventFilter(QObject* object, QEvent* event)
{
    if (object == m_plot && event->type() == QEvent::Leave)
        emit hovered(std::nullopt);
    return QWidget::eventFilter(object, event);
}

} // namespace quantoscope
