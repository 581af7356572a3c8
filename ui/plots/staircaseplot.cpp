// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/staircaseplot.h"

#include "ui/format.h"
#include "ui/models/cliplimits.h"
#include "ui/plots/legendrow.h"
#include "ui/plots/plotitems.h"
#include "ui/plots/plotstyle.h"
#include "ui/charts/valuetexts.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
/// Two samples a pixel: risers look upright, and the cost does not depend on the number of levels.
constexpr int samplesPerPixel = 2;
constexpr double margin = 0.06;
} // namespace

StaircasePlot::StaircasePlot(QWidget* parent)
    : QWidget(parent), m_legend(new LegendRow(this)), m_plot(new QCustomPlot(this))
{
    stackUnderLegend(*this, *m_legend, *m_plot);
    build();
    applyStyle();
    updateTexts();
}

StaircasePlot::~StaircasePlot() = default;

void StaircasePlot::build()
{
    m_plot->setObjectName(u"staircaseCanvas"_s);
    m_plot->setMinimumSize(150, 120);
    m_plot->setAccessibleName(tr("Staircase of the quantizer and its error"));
    m_plot->setNoAntialiasingOnDrag(true);
    m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    m_plot->installEventFilter(this);
    m_plot->plotLayout()->clear();
    m_curveRect = new QCPAxisRect(m_plot);
    m_errorRect = new QCPAxisRect(m_plot);
    m_plot->plotLayout()->addElement(0, 0, m_curveRect);
    m_plot->plotLayout()->addElement(1, 0, m_errorRect);
    m_plot->plotLayout()->setRowStretchFactor(0, 2.2);
    m_plot->plotLayout()->setRowSpacing(4);
    auto* group = new QCPMarginGroup(m_plot);
    for (QCPAxisRect* rect : {m_curveRect, m_errorRect}) {
        rect->setMarginGroup(QCP::msLeft, group);
        rect->setRangeDrag(Qt::Horizontal);
        rect->setRangeZoom(Qt::Horizontal);
        rect->setAutoMargins(QCP::msLeft | QCP::msBottom);
        rect->setMargins(QMargins(0, 6, 10, 0));
    }
    m_errorRect->setMargins(QMargins(0, 2, 10, 0));
    for (QCPAxisRect* rect : {m_curveRect, m_errorRect}) {
        makeLinearAxis(*rect->axis(QCPAxis::atBottom));
        makeLinearAxis(*rect->axis(QCPAxis::atLeft));
    }
    // Both share one x axis; the upper one shows no numbers.
    m_curveRect->setAutoMargins(QCP::msLeft);
    m_curveRect->axis(QCPAxis::atBottom)->setTickLabels(false);
    m_errorRect->axis(QCPAxis::atLeft)->ticker()->setTickCount(3);
    m_errorRect->axis(QCPAxis::atBottom)->ticker()->setTickCount(3);
    m_curveRect->axis(QCPAxis::atBottom)->ticker()->setTickCount(3);
    m_curveRect->axis(QCPAxis::atLeft)->ticker()->setTickCount(5);

    m_plot->addLayer(u"front"_s, m_plot->layer(u"axes"_s));
    m_plot->layer(u"front"_s)->setMode(QCPLayer::lmBuffered);
    const auto graph = [this](QCPAxisRect* rect) {
        auto* result = m_plot->addGraph(rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft));
        result->setAdaptiveSampling(false);
        return result;
    };
    m_identity = graph(m_curveRect);
    m_steps = graph(m_curveRect);
    m_steps->setLineStyle(QCPGraph::lsStepCenter);
    m_steps->setAntialiased(false);
    m_error = graph(m_errorRect);
    for (int i = 0; i < 4; ++i) {
        m_zones[i] = new HatchZone(*m_plot, i < 2 ? m_curveRect : m_errorRect,
                                   i % 2 == 0 ? HatchZone::Side::Below : HatchZone::Side::Above);
    }
    for (int i = 0; i < 2; ++i) {
        m_cursors[i] = new CursorLine(*m_plot, i == 0 ? m_curveRect : m_errorRect);
        m_cursors[i]->setLayer(u"front"_s);
        m_cursors[i]->setVisible(false);
    }
    m_placeholder = addPlaceholder(*m_plot, m_curveRect);

    using RangeSignal = void (QCPAxis::*)(const QCPRange&);
    constexpr RangeSignal rangeChanged = &QCPAxis::rangeChanged;
    QCPAxis* upper = m_curveRect->axis(QCPAxis::atBottom);
    QCPAxis* lower = m_errorRect->axis(QCPAxis::atBottom);
    connect(upper, rangeChanged, lower, qOverload<const QCPRange&>(&QCPAxis::setRange));
    connect(lower, rangeChanged, upper, qOverload<const QCPRange&>(&QCPAxis::setRange));
    connect(lower, rangeChanged, this, &StaircasePlot::sampleCurve);
    connect(m_plot, &QCustomPlot::afterReplot, this, &StaircasePlot::replotted);
    connect(m_plot, &QCustomPlot::mouseWheel, this, [this] { m_zoomed = true; });
    connect(m_plot, &QCustomPlot::mouseDoubleClick, this, &StaircasePlot::fit);
    connect(m_plot, &QCustomPlot::mouseMove, this, [this, lower](QMouseEvent* event) {
        if (event->buttons() & Qt::LeftButton)
            m_zoomed = true;
        const bool inside =
            m_picture
            && (m_curveRect->rect().contains(event->pos()) || m_errorRect->rect().contains(event->pos()));
        emit hovered(inside ? std::optional(lower->pixelToCoord(event->pos().x())) : std::nullopt);
    });
}

void StaircasePlot::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    if (!picture || !m_picture || picture->layer != m_picture->layer || picture->network != m_picture->network
        || picture->detail.normalized != m_picture->detail.normalized
        || picture->detail.set != m_picture->detail.set)
        m_zoomed = false;
    m_picture = std::move(picture);
    const bool shown = m_picture && hasLevels(*m_picture);
    for (QCPAxisRect* rect : {m_curveRect, m_errorRect}) {
        for (QCPAxis* axis : {rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft)})
            axis->setVisible(shown);
    }
    for (QCPGraph* graph : {m_identity, m_steps, m_error})
        graph->setVisible(shown);
    for (HatchZone* zone : m_zones)
        zone->setVisible(shown);
    m_placeholder->setVisible(!shown);
    m_placeholder->setText(m_picture ? noStaircaseSentence(*m_picture) : QString());
    if (shown) {
        if (!m_zoomed)
            fitAxes();
        sampleCurve();
    }
    updateTexts();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void StaircasePlot::fit()
{
    m_zoomed = false;
    setPicture(m_picture);
}

void StaircasePlot::setHover(std::optional<double> value)
{
    for (CursorLine* cursor : m_cursors) {
        cursor->setVisible(value && m_picture);
        if (value)
            cursor->setValue(*value);
    }
    m_plot->layer(u"front"_s)->replot();
}

void StaircasePlot::fitAxes()
{
    const auto [lo, hi] = shownSpan(*m_picture);
    const double air = hi > lo ? (hi - lo) * margin : 1;
    m_errorRect->axis(QCPAxis::atBottom)->setRange(lo - air, hi + air);
    m_curveRect->axis(QCPAxis::atLeft)->setRange(lo - air, hi + air);
}

void StaircasePlot::sampleCurve()
{
    if (!m_picture || !hasLevels(*m_picture))
        return;
    const QCPRange range = m_errorRect->axis(QCPAxis::atBottom)->range();
    const int samples = std::max(m_plot->width(), 200) * samplesPerPixel;
    std::vector<float> x(static_cast<std::size_t>(samples));
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(range.lower + range.size() * static_cast<double>(i) / (samples - 1));
    const std::vector<float> y = quantizeCurve(*m_picture, x);

    QVector<QCPGraphData> steps(samples);
    QVector<QCPGraphData> error(samples);
    double largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto key = static_cast<double>(x[i]);
        const double e = static_cast<double>(y[i]) - key;
        steps[static_cast<qsizetype>(i)] = {key, static_cast<double>(y[i])};
        error[static_cast<qsizetype>(i)] = {key, e};
        largest = std::max(largest, std::abs(e));
    }
    m_steps->data()->set(steps, true);
    m_error->data()->set(error, true);
    m_identity->data()->set(QVector<QCPGraphData>{{range.lower, range.lower}, {range.upper, range.upper}},
                            true);
    largest = largest > 0 ? largest * 1.15 : 1;
    m_errorRect->axis(QCPAxis::atLeft)->setRange(-largest, largest);

    const Interval ends = shownLevelEnds(*m_picture);
    for (int i = 0; i < 4; ++i)
        m_zones[i]->setLimit(double(i % 2 == 0 ? std::min(ends.lo, ends.hi) : std::max(ends.lo, ends.hi)));
}

void StaircasePlot::updateTexts()
{
    using Swatch = LegendRow::Swatch;
    m_legend->setTitle(tr("Staircase"));
    if (!m_picture || !hasLevels(*m_picture)) {
        m_legend->setEntries({});
        m_legend->setNote({});
        return m_plot->setAccessibleDescription(m_placeholder->text());
    }
    m_legend->setEntries(
        {{Swatch::Step, tr("Q(x)")}, {Swatch::Identity, tr("x")}, {Swatch::Error, tr("error Q(x) − x")}});
    const StaircaseLabels labels = staircaseLabels(*m_picture);
    m_errorRect->axis(QCPAxis::atBottom)->setLabel(labels.input);
    m_curveRect->axis(QCPAxis::atLeft)->setLabel(labels.output);
    m_errorRect->axis(QCPAxis::atLeft)->setLabel(labels.error);
    const bool stochastic = m_picture->scheme().rounding.kind == Rounding::Kind::Stochastic;
    m_legend->setNote(stochastic ? tr("nearest level shown") : QString());
    const Interval ends = shownLevelEnds(*m_picture);
    m_plot->setAccessibleDescription(tr("%1 levels between %2")
                                         .arg(format::count(m_picture->detail.shown.levels),
                                              format::interval(double(ends.lo), double(ends.hi))));
}

void StaircasePlot::applyStyle()
{
    const ThemeColors& colors = themeColors(palette());
    applyPlotStyle(*m_plot, colors);
    m_curveRect->axis(QCPAxis::atBottom)->setTickLength(0, 0);
    m_steps->setPen(QPen(colors.schemeA, 2));
    m_identity->setPen(QPen(colors.muted, 1, Qt::DashLine));
    m_error->setPen(QPen(colors.schemeA, 0));
    m_error->setBrush(withAlpha(colors.roundingError, 0.75));
    for (HatchZone* zone : m_zones)
        zone->setColor(colors.schemeA);
    for (CursorLine* cursor : m_cursors)
        cursor->setPen(QPen(colors.text, 0, Qt::DotLine));
    m_placeholder->setColor(colors.muted);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void StaircasePlot::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyStyle();
    QWidget::changeEvent(event);
}

void StaircasePlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    sampleCurve();
}

bool StaircasePlot::eventFilter(QObject* object, QEvent* event)
{
    if (object == m_plot && event->type() == QEvent::Leave)
        emit hovered(std::nullopt);
    return QWidget::eventFilter(object, event);
}

} // namespace quantoscope
