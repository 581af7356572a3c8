// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/errorcurveplot.h"

#include "ui/format.h"
#include "ui/models/schemechoices.h"
#include "ui/plots/legendrow.h"
#include "ui/plots/plotitems.h"
#include "ui/plots/plotstyle.h"
#include "ui/schemenames.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr int widest = 16;
constexpr double staleAlpha = 0.35;
} // namespace

ErrorCurvePlot::ErrorCurvePlot(QWidget* parent)
    : QWidget(parent), m_legend(new LegendRow(this)), m_plot(new QCustomPlot(this))
{
    stackUnderLegend(*this, *m_legend, *m_plot);
    build();
    applyStyle();
    showSweep();
}

ErrorCurvePlot::~ErrorCurvePlot() = default;

void ErrorCurvePlot::build()
{
    m_plot->setObjectName(u"errorCanvas"_s);
    m_plot->setMinimumSize(150, 120);
    m_plot->setAccessibleName(tr("Error over the bit width"));
    QCPAxisRect* rect = m_plot->axisRect();
    rect->setAutoMargins(QCP::msLeft | QCP::msBottom);
    rect->setMargins(QMargins(0, 6, 12, 0));
    makeLogAxis(*m_plot->yAxis);
    auto ticker = QSharedPointer<QCPAxisTickerText>::create();
    for (int bits = 1; bits <= widest; ++bits)
        ticker->addTick(bits, bits == 1 || bits % 4 == 0 ? QString::number(bits) : QString());
    m_plot->xAxis->setTicker(ticker);
    m_plot->xAxis->setRange(0.4, widest + 0.8);
    m_plot->xAxis->setLabel(tr("bits per code"));
    m_plot->yAxis->setLabel(tr("mean squared error (log)"));

    m_current = new CursorLine(*m_plot, rect);
    m_current->setLayer(u"grid"_s);
    m_rounding = m_plot->addGraph();
    m_clipping = m_plot->addGraph();
    m_total = m_plot->addGraph();
    m_total->setLineStyle(QCPGraph::lsNone);
    m_own = m_plot->addGraph();
    m_own->setLineStyle(QCPGraph::lsNone);
    m_placeholder = addPlaceholder(*m_plot, rect);

    connect(m_plot, &QCustomPlot::afterReplot, this, &ErrorCurvePlot::replotted);
    const auto bitsAt = [this](const QPoint& at) {
        if (!m_plot->axisRect()->rect().contains(at))
            return 0;
        return std::clamp(static_cast<int>(std::lround(m_plot->xAxis->pixelToCoord(at.x()))), 1, widest);
    };
    connect(m_plot, &QCustomPlot::mouseMove, this, [this, bitsAt](QMouseEvent* event) {
        m_hovered = bitsAt(event->pos());
        m_plot->setCursor(m_hovered ? Qt::PointingHandCursor : Qt::ArrowCursor);
        updateTexts();
    });
    connect(m_plot, &QCustomPlot::mousePress, this, [this, bitsAt](QMouseEvent* event) {
        const int bits = bitsAt(event->pos());
        if (bits && event->button() == Qt::LeftButton)
            emit bitsChosen(bits);
    });
}

void ErrorCurvePlot::setSweep(std::shared_ptr<const Sweep> sweep)
{
    m_sweep = std::move(sweep);
    showSweep();
}

void ErrorCurvePlot::setReport(const LayerReport* report)
{
    const int bits = report ? report->scheme.bits : 0;
    const double mse = report && report->params ? report->metrics.mse : 0;
    if (bits == m_bits && mse == m_ownMse && (!report || report->scheme == m_scheme))
        return;
    m_bits = bits;
    m_ownMse = mse;
    m_single = report && !hasWidths(report->scheme.format);
    if (report)
        m_scheme = report->scheme;
    showSweep();
}

void ErrorCurvePlot::setOneSetShown(bool oneSet)
{
    if (oneSet == m_oneSetShown)
        return;
    m_oneSetShown = oneSet;
    updateTexts();
}

void ErrorCurvePlot::setStale(bool stale)
{
    if (stale == m_stale)
        return;
    m_stale = stale;
    applyStyle();
    updateTexts();
}

const SweepPoint* ErrorCurvePlot::pointAt(int bits) const
{
    if (!m_sweep)
        return nullptr;
    const auto found =
        std::find_if(m_sweep->begin(), m_sweep->end(), [&](const SweepPoint& p) { return p.bits == bits; });
    return found == m_sweep->end() || !found->issue.empty() ? nullptr : &*found;
}

void ErrorCurvePlot::showSweep()
{
    QVector<QCPGraphData> rounding;
    QVector<QCPGraphData> clipping;
    QVector<QCPGraphData> current;
    double lowest = std::numeric_limits<double>::infinity();
    double lowestRounding = lowest;
    double highest = 0;
    const auto add = [&](QVector<QCPGraphData>& to, int bits, double mse) {
        // A log axis has no place for zero: the line stops there.
        const bool positive = mse > 0;
        to.append({double(bits), positive ? mse : qQNaN()});
        if (!positive)
            return;
        lowest = std::min(lowest, mse);
        highest = std::max(highest, mse);
    };
    for (int bits = 1; bits <= widest; ++bits) {
        const SweepPoint* point = pointAt(bits);
        if (!point)
            continue;
        add(rounding, bits, point->metrics.roundingMse);
        if (point->metrics.roundingMse > 0)
            lowestRounding = std::min(lowestRounding, point->metrics.roundingMse);
        add(clipping, bits, point->metrics.clippingMse);
        if (bits == m_bits && !m_single) {
            add(current, bits, point->metrics.roundingMse);
            add(current, bits, point->metrics.clippingMse);
        }
    }
    // Clipping by the last bit of a float is true but tiny: it does not get to stretch the axis.
    if (std::isfinite(lowestRounding))
        lowest = std::max(lowest, lowestRounding / 100);
    if (m_single && highest > 0 && m_ownMse > 0) {
        lowest = std::min(lowest, m_ownMse);
        highest = std::max(highest, m_ownMse);
    }
    const bool shown = highest > 0;
    m_rounding->data()->set(rounding, true);
    m_clipping->data()->set(clipping, true);
    m_total->data()->set(current, true);
    if (shown)
        m_plot->yAxis->setRange(std::pow(10, std::floor(std::log10(lowest))),
                                std::pow(10, std::ceil(std::log10(highest) + 0.4)));
    m_plot->xAxis->setVisible(shown);
    m_plot->yAxis->setVisible(shown);
    showOwnPoint();
    m_current->setVisible(shown && m_bits > 0);
    m_current->setValue(m_bits);
    m_placeholder->setVisible(!shown);
    m_placeholder->setText(m_sweep && !m_sweep->empty() ? tr("No error at any width") : QString());
    updateTexts();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ErrorCurvePlot::showOwnPoint()
{
    QVector<QCPGraphData> own;
    if (m_single && m_ownMse > 0)
        own.append({double(m_bits), m_ownMse});
    m_own->data()->set(own, true);
}

QString ErrorCurvePlot::titleText() const
{
    if (m_single)
        return m_oneSetShown ? tr("Layer against int") : tr("Error against int");
    return m_oneSetShown ? tr("Error over bits, whole layer") : tr("Error over bits");
}

void ErrorCurvePlot::updateTexts()
{
    using Swatch = LegendRow::Swatch;
    m_legend->setTitle(titleText());
    const SweepPoint* point = pointAt(m_hovered ? m_hovered : m_bits);
    const bool clips = m_sweep && std::any_of(m_sweep->begin(), m_sweep->end(), [](const SweepPoint& p) {
                           return p.issue.empty() && p.metrics.clippingMse > 0;
                       });
    const auto value = [&](const QString& name, double mse) {
        return point ? tr("%1 %2").arg(name, format::number(mse, 2)) : name;
    };
    if (!m_sweep) {
        m_legend->setEntries({});
    } else if (m_single) {
        LegendRow::Entry integers{Swatch::Rounding,
                                  point ? value(format::levelsName(point->scheme), point->metrics.mse)
                                        : tr("int")};
        const QString own = tr("%1 %2").arg(format::levelsName(m_scheme), format::number(m_ownMse, 2));
        m_legend->setEntries(m_ownMse > 0 ? std::vector{LegendRow::Entry{Swatch::Own, own}, integers}
                                          : std::vector{integers});
    } else {
        m_legend->setEntries(
            {{Swatch::Rounding, value(tr("rounding"), point ? point->metrics.roundingMse : 0)},
             {Swatch::Clipping,
              clips ? value(tr("clipping"), point ? point->metrics.clippingMse : 0) : tr("no clipping")}});
    }
    QString note;
    if (m_stale)
        note = tr("≈ recomputing");
    else if (m_single)
        note = format::granularityName(sweepScheme(m_scheme).granularity);
    else if (point)
        note = tr("at %1 bit").arg(point->bits);
    m_legend->setNote(note);
    if (m_single && point)
        m_plot->setAccessibleDescription(tr("%1 has mean squared error %2, integers of %3 bits %4")
                                             .arg(format::levelsName(m_scheme), format::number(m_ownMse, 3),
                                                  QString::number(point->bits),
                                                  format::number(point->metrics.mse, 3)));
    else if (point)
        m_plot->setAccessibleDescription(tr("%1 bits: rounding %2, clipping %3")
                                             .arg(QString::number(point->bits),
                                                  format::number(point->metrics.roundingMse, 3),
                                                  format::number(point->metrics.clippingMse, 3)));
}

void ErrorCurvePlot::applyStyle()
{
    const ThemeColors& colors = themeColors(palette());
    applyPlotStyle(*m_plot, colors);
    const double strength = m_stale ? staleAlpha : 1;
    const QColor line = withAlpha(colors.schemeA, strength);
    m_rounding->setPen(QPen(line, 1.5));
    m_rounding->setBrush(withAlpha(colors.roundingError, 0.38 * strength));
    m_rounding->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssCircle, line, withAlpha(colors.roundingError, strength), 6));
    m_clipping->setPen(QPen(line, 1.5));
    m_clipping->setBrush(QBrush(withAlpha(colors.schemeA, 0.5 * strength), Qt::BDiagPattern));
    m_clipping->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssTriangle, line, colors.base, 7));
    m_total->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle,
                                             QPen(withAlpha(colors.text, strength), 1.6), Qt::NoBrush, 11));
    m_own->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDiamond,
                                           QPen(withAlpha(colors.text, strength), 1.4),
                                           withAlpha(colors.schemeA, strength), 12));
    m_current->setPen(QPen(withAlpha(colors.schemeA, 0.45), 0));
    m_placeholder->setColor(colors.muted);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ErrorCurvePlot::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyStyle();
    QWidget::changeEvent(event);
}

} // namespace quantoscope
