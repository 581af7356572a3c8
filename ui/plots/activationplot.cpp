// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/activationplot.h"

#include "ui/format.h"
#include "ui/plots/legendrow.h"
#include "ui/plots/plotitems.h"
#include "ui/plots/plotstyle.h"
#include "ui/schemenames.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr double emptyCount = 0.5; ///< where zero counts lie on the log axis
constexpr double sideMargin = 0.04;
constexpr double barHalf = 0.3; ///< of a row
constexpr int rowHeight = 16;

QString clippedText(const ObservedRange& observed, std::uint64_t finite)
{
    if (!observed.issue.empty() || finite == 0)
        return format::missing();
    return ActivationPlot::tr("clips %1")
        .arg(format::percent(double(observed.below + observed.above) / double(finite)));
}

} // namespace

ActivationPlot::ActivationPlot(QWidget* parent)
    : QWidget(parent), m_legend(new LegendRow(this)), m_plot(new QCustomPlot(this))
{
    stackUnderLegend(*this, *m_legend, *m_plot);
    m_plot->setObjectName(u"activationCanvas"_s);
    m_plot->setMinimumSize(200, 220);
    m_plot->setAccessibleName(tr("Histogram of what the layer is fed"));
    m_plot->plotLayout()->clear();
    m_plot->plotLayout()->setRowSpacing(4);
    buildHistogram();
    buildRules();
    auto* margins = new QCPMarginGroup(m_plot);
    for (QCPAxisRect* rect : {m_top, m_bottom})
        rect->setMarginGroup(QCP::msLeft | QCP::msRight, margins);
    connect(m_plot, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
        if (!m_picture || event->button() != Qt::LeftButton || event->pos().y() < m_bottom->top())
            return;
        const auto row = std::lround(m_bottom->axis(QCPAxis::atLeft)->pixelToCoord(event->pos().y()));
        const auto& observers = m_picture->detail.observers;
        if (row >= 0 && row < static_cast<long>(observers.size()))
            emit ruleChosen(observers[static_cast<std::size_t>(row)].rule);
    });
    applyStyle();
    setPicture(nullptr);
}

ActivationPlot::~ActivationPlot() = default;

void ActivationPlot::buildHistogram()
{
    m_top = new QCPAxisRect(m_plot, true);
    m_plot->plotLayout()->addElement(0, 0, m_top);
    m_top->setAutoMargins(QCP::msLeft | QCP::msRight);
    m_top->setMargins(QMargins(0, 6, 0, 6));
    makeLinearAxis(*m_top->axis(QCPAxis::atBottom));
    makeLogAxis(*m_top->axis(QCPAxis::atLeft));
    m_top->axis(QCPAxis::atLeft)->setNumberFormat(u"gb"_s);
    m_top->axis(QCPAxis::atLeft)->setNumberPrecision(5);
    m_top->axis(QCPAxis::atLeft)->setLabel(tr("values per bin (log)"));
    m_top->axis(QCPAxis::atBottom)->setTickLabels(false);
    m_counts = m_plot->addGraph(m_top->axis(QCPAxis::atBottom), m_top->axis(QCPAxis::atLeft));
    m_counts->setLineStyle(QCPGraph::lsStepCenter);
    m_counts->setAdaptiveSampling(false);
    m_counts->setAntialiased(false);
    m_counts->setAntialiasedFill(false);
    m_below = new HatchZone(*m_plot, m_top, HatchZone::Side::Below);
    m_above = new HatchZone(*m_plot, m_top, HatchZone::Side::Above);
}

void ActivationPlot::buildRules()
{
    m_bottom = new QCPAxisRect(m_plot, true);
    m_plot->plotLayout()->addElement(1, 0, m_bottom);
    makeLinearAxis(*m_bottom->axis(QCPAxis::atBottom));
    m_bottom->axis(QCPAxis::atBottom)->setLabel(tr("value"));
    m_bottom->axis(QCPAxis::atRight)->setVisible(true);
    m_bottom->axis(QCPAxis::atRight)->setTickLabels(true);
    for (const auto side : {QCPAxis::atLeft, QCPAxis::atRight}) {
        m_bottom->axis(side)->setRangeReversed(true);
        m_bottom->axis(side)->grid()->setVisible(false);
    }
}

const ObservedRange* ActivationPlot::own() const
{
    if (!m_picture)
        return nullptr;
    const auto& observers = m_picture->detail.observers;
    const auto found = std::find_if(observers.begin(), observers.end(),
                                    [](const ObservedRange& observed) { return observed.isOwn; });
    return found == observers.end() || !found->issue.empty() ? nullptr : &*found;
}

void ActivationPlot::setPicture(std::shared_ptr<const ActivationPicture> picture)
{
    m_picture = std::move(picture);
    m_plot->setVisible(m_picture != nullptr);
    if (m_picture) {
        showHistogram();
        showRules();
        fit();
    }
    updateTexts();
    applyStyle();
}

void ActivationPlot::setStale(bool stale)
{
    m_stale = stale;
    updateTexts();
}

void ActivationPlot::showHistogram()
{
    const Histogram& histogram = m_picture->detail.histogram;
    QVector<QCPGraphData> points;
    std::uint64_t highest = 1;
    points.append({histogram.lo - histogram.binWidth() / 2, emptyCount / 2});
    for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
        const std::uint64_t n = histogram.counts[bin];
        highest = std::max(highest, n);
        points.append({histogram.binCentre(bin), n == 0 ? emptyCount / 2 : double(n)});
    }
    points.append({histogram.hi + histogram.binWidth() / 2, emptyCount / 2});
    m_counts->data()->set(points, true);
    m_top->axis(QCPAxis::atLeft)->setRange(emptyCount, std::max(10.0, double(highest) * 1.8));
}

void ActivationPlot::showRules()
{
    for (CursorLine* line : m_limits)
        m_plot->removeItem(line);
    for (QCPItemRect* bar : m_bars)
        m_plot->removeItem(bar);
    m_limits.clear();
    m_bars.clear();
    auto names = QSharedPointer<QCPAxisTickerText>::create();
    auto shares = QSharedPointer<QCPAxisTickerText>::create();
    const ActivationDetail& detail = m_picture->detail;
    for (std::size_t i = 0; i < detail.observers.size(); ++i) {
        const ObservedRange& observed = detail.observers[i];
        const auto row = static_cast<double>(i);
        names->addTick(row, format::rangeText(observed.rule));
        shares->addTick(row, clippedText(observed, detail.extremes.finite));
        auto* bar = new QCPItemRect(m_plot);
        for (QCPItemPosition* at : bar->positions()) {
            at->setAxisRect(m_bottom);
            at->setAxes(m_bottom->axis(QCPAxis::atBottom), m_bottom->axis(QCPAxis::atLeft));
        }
        bar->setClipAxisRect(m_bottom);
        bar->setAntialiased(false);
        bar->topLeft->setCoords(double(observed.range.lo), row - barHalf);
        bar->bottomRight->setCoords(double(observed.range.hi), row + barHalf);
        bar->setVisible(observed.issue.empty());
        m_bars.push_back(bar);
        for (const float limit : {observed.range.lo, observed.range.hi}) {
            auto* line = new CursorLine(*m_plot, m_top);
            line->setValue(double(limit));
            line->setVisible(!observed.isOwn && observed.issue.empty());
            m_limits.push_back(line);
        }
    }
    m_bottom->axis(QCPAxis::atLeft)->setTicker(names);
    m_bottom->axis(QCPAxis::atRight)->setTicker(shares);
    for (const auto side : {QCPAxis::atLeft, QCPAxis::atRight})
        m_bottom->axis(side)->setRange(-0.6, double(detail.observers.size()) - 0.4);
    const int height = rowHeight * static_cast<int>(detail.observers.size());
    m_bottom->setMinimumSize(0, height);
    m_bottom->setMaximumSize(QWIDGETSIZE_MAX, height);
    const ObservedRange* used = own();
    for (HatchZone* zone : {m_below, m_above})
        zone->setVisible(used != nullptr);
    if (used) {
        m_below->setLimit(double(used->range.lo));
        m_above->setLimit(double(used->range.hi));
    }
}

void ActivationPlot::fit()
{
    double lo = m_picture->detail.histogram.lo;
    double hi = m_picture->detail.histogram.hi;
    // Three standard deviations may lie beyond the data, far ranges given by hand do not stretch the axis.
    const double reach = (hi - lo) / 4;
    for (const ObservedRange& observed : m_picture->detail.observers) {
        lo = std::min(lo, std::max(double(observed.range.lo), m_picture->detail.histogram.lo - reach));
        hi = std::max(hi, std::min(double(observed.range.hi), m_picture->detail.histogram.hi + reach));
    }
    const double margin = (hi - lo) * sideMargin;
    for (QCPAxisRect* rect : {m_top, m_bottom})
        rect->axis(QCPAxis::atBottom)->setRange(lo - margin, hi + margin);
}

void ActivationPlot::updateTexts()
{
    using Swatch = LegendRow::Swatch;
    m_legend->setTitle(tr("Activations and the ranges that rules find"));
    m_legend->setNote(m_stale ? tr("≈ recomputing") : QString());
    if (!m_picture)
        return m_legend->setEntries({});
    const ActivationDetail& detail = m_picture->detail;
    std::vector<LegendRow::Entry> entries{
        {Swatch::Data, tr("%1 values").arg(format::shortCount(detail.extremes.finite))}};
    QString description =
        tr("%1 values from %2 to %3")
            .arg(format::count(detail.extremes.finite), format::number(double(detail.extremes.min)),
                 format::number(double(detail.extremes.max)));
    if (const ObservedRange* used = own()) {
        entries.push_back({Swatch::Clipped, tr("in use: %1, %2")
                                                .arg(format::rangeText(used->rule),
                                                     clippedText(*used, detail.extremes.finite))});
        entries.push_back({Swatch::Identity, tr("other rules")});
        description += u", "_s + entries[1].text;
    }
    m_legend->setEntries(std::move(entries));
    m_plot->setAccessibleDescription(description);
    m_plot->setToolTip(tr("Click a rule to use it in the next run"));
}

void ActivationPlot::applyStyle()
{
    const ThemeColors& colors = themeColors(palette());
    applyPlotStyle(*m_plot, colors);
    m_counts->setPen(QPen(colors.histogram, 0));
    m_counts->setBrush(withAlpha(colors.histogram, 0.47));
    m_below->setColor(colors.schemeA);
    m_above->setColor(colors.schemeA);
    for (CursorLine* line : m_limits)
        line->setPen(QPen(withAlpha(colors.muted, 0.7), 0, Qt::DashLine));
    for (std::size_t i = 0; m_picture && i < m_bars.size(); ++i) {
        const bool used = m_picture->detail.observers[i].isOwn;
        const QColor color = used ? colors.schemeA : colors.histogram;
        m_bars[i]->setPen(QPen(color, 0));
        m_bars[i]->setBrush(withAlpha(color, used ? 0.75 : 0.4));
    }
    for (const auto side : {QCPAxis::atLeft, QCPAxis::atRight}) {
        m_bottom->axis(side)->setTickPen(Qt::NoPen);
        m_bottom->axis(side)->setTickLabelColor(colors.text);
    }
    m_bottom->axis(QCPAxis::atRight)->setBasePen(Qt::NoPen);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ActivationPlot::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyStyle();
    QWidget::changeEvent(event);
}

} // namespace quantoscope
