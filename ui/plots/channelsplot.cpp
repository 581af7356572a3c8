// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/channelsplot.h"

#include "ui/format.h"
#include "ui/plots/legendrow.h"
#include "ui/plots/plotstyle.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

/// A bar for each channel; where they are narrower than a pixel, one for the channels of each pixel column.
class ChannelBars : public QCPAbstractItem
{
public:
    explicit ChannelBars(QCustomPlot& plot) : QCPAbstractItem(&plot)
    {
        setClipAxisRect(plot.axisRect());
        setAntialiased(false);
        setSelectable(false);
    }
    void setChannels(const std::vector<ChannelRange>* channels) { m_channels = channels; }
    void setColors(const QColor& all, const QColor& inner)
    {
        m_all = all;
        m_inner = inner;
    }
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override
    {
        if (!m_channels || m_channels->empty())
            return;
        const QCPAxis& x = *parentPlot()->xAxis;
        const double width = x.coordToPixel(1) - x.coordToPixel(0);
        const double bar = std::max(1.0, width * (width > 3 ? 0.72 : 1));
        const auto step = static_cast<std::size_t>(std::max(1.0, std::ceil(1 / std::max(width, 1e-6))));
        painter->setPen(Qt::NoPen);
        for (std::size_t first = 0; first < m_channels->size(); first += step) {
            const std::size_t last = std::min(first + step, m_channels->size());
            ChannelRange widest = (*m_channels)[first];
            for (std::size_t i = first + 1; i < last; ++i)
                widen(widest, (*m_channels)[i]);
            const double left = x.coordToPixel(double(first + last - 1) / 2) - bar / 2;
            fill(*painter, left, bar, double(widest.min), double(widest.max), m_all);
            fill(*painter, left, bar, widest.low, widest.high, m_inner);
        }
    }

private:
    static void widen(ChannelRange& range, const ChannelRange& more)
    {
        range.min = std::min(range.min, more.min);
        range.max = std::max(range.max, more.max);
        range.low = std::min(range.low, more.low);
        range.high = std::max(range.high, more.high);
    }
    void fill(QCPPainter& painter, double left, double width, double lo, double hi, const QColor& color) const
    {
        const QCPAxis& y = *parentPlot()->yAxis;
        const double top = y.coordToPixel(hi);
        painter.fillRect(QRectF(left, top, width, std::max(1.0, y.coordToPixel(lo) - top)), color);
    }

    const std::vector<ChannelRange>* m_channels = nullptr;
    QColor m_all;
    QColor m_inner;
};

ChannelsPlot::ChannelsPlot(QWidget* parent)
    : QWidget(parent), m_legend(new LegendRow(this)), m_plot(new QCustomPlot(this)),
      m_bars(new ChannelBars(*m_plot)), m_outliers(m_plot->addGraph())
{
    stackUnderLegend(*this, *m_legend, *m_plot);
    m_plot->setObjectName(u"channelCanvas"_s);
    m_plot->setMinimumSize(150, 110);
    m_plot->setAccessibleName(tr("Ranges of the channels"));
    m_plot->axisRect()->setAutoMargins(QCP::msLeft | QCP::msBottom);
    m_plot->axisRect()->setMargins(QMargins(0, 8, 10, 0));
    makeLinearAxis(*m_plot->xAxis);
    makeLinearAxis(*m_plot->yAxis);
    m_plot->xAxis->setLabel(tr("channel"));
    m_plot->yAxis->setLabel(tr("value"));
    m_outliers->setLineStyle(QCPGraph::lsNone);
    for (QCPGraph*& limit : m_limits)
        limit = m_plot->addGraph();
    applyStyle();
    setPicture(nullptr);
}

ChannelsPlot::~ChannelsPlot() = default;

void ChannelsPlot::setPicture(std::shared_ptr<const ActivationPicture> picture)
{
    m_bars->setChannels(nullptr);
    m_picture = std::move(picture);
    m_plot->setVisible(m_picture != nullptr);
    if (m_picture)
        showChannels();
    updateTexts();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ChannelsPlot::showChannels()
{
    const ActivationDetail& detail = m_picture->detail;
    m_bars->setChannels(&detail.channels);
    double lo = std::min(0.0, double(detail.extremes.min));
    double hi = std::max(0.0, double(detail.extremes.max));
    const double margin = hi > lo ? (hi - lo) * 0.1 : 1;
    const double count = static_cast<double>(detail.channels.size());
    m_plot->xAxis->setRange(-0.7, count - 0.3);
    m_plot->yAxis->setRange(lo - margin, hi + margin);
    QVector<QCPGraphData> marks;
    for (const std::uint32_t channel : detail.outliers.channels) {
        const ChannelRange& range = detail.channels[channel];
        const bool above = range.max >= -range.min;
        marks.append(
            {double(channel), above ? double(range.max) + margin / 2 : double(range.min) - margin / 2});
    }
    m_outliers->data()->set(marks);
    const auto used = std::find_if(detail.observers.begin(), detail.observers.end(),
                                   [](const ObservedRange& observed) { return observed.isOwn; });
    const bool shown = used != detail.observers.end() && used->issue.empty();
    for (int end = 0; end < 2; ++end) {
        m_limits[end]->setVisible(shown);
        if (shown) {
            const double at = double(end == 0 ? used->range.lo : used->range.hi);
            m_limits[end]->data()->set(QVector<QCPGraphData>{{-0.7, at}, {count - 0.3, at}}, true);
        }
    }
}

void ChannelsPlot::updateTexts()
{
    using Swatch = LegendRow::Swatch;
    if (!m_picture) {
        m_legend->setTitle({});
        return m_legend->setEntries({});
    }
    const ActivationDetail& detail = m_picture->detail;
    const std::size_t outliers = detail.outliers.channels.size();
    m_legend->setTitle(tr("%1 channels").arg(format::count(detail.channels.size())));
    m_legend->setNote(outliers == 0 ? tr("no outliers") : tr("▲ %n outlier(s)", nullptr, int(outliers)));
    m_legend->setEntries({{Swatch::Data, tr("min – max")},
                          {Swatch::Error, tr("p0.1 – p99.9")},
                          {Swatch::Identity, tr("in use")}});
    QString text = tr("Outliers exceed %1 × the median channel, whose largest value is %2.")
                       .arg(format::number(detail.outlierFactor), format::number(detail.outliers.median));
    for (std::size_t i = 0; i < std::min<std::size_t>(outliers, 12); ++i) {
        const std::uint32_t channel = detail.outliers.channels[i];
        text += u'\n'
                + tr("channel %1: %2")
                      .arg(QString::number(channel), format::interval(double(detail.channels[channel].min),
                                                                      double(detail.channels[channel].max)));
    }
    m_plot->setToolTip(text);
    m_plot->setAccessibleDescription(text);
}

void ChannelsPlot::applyStyle()
{
    const ThemeColors& colors = themeColors(palette());
    applyPlotStyle(*m_plot, colors);
    m_bars->setColors(withAlpha(colors.histogram, 0.47), colors.roundingError);
    m_outliers->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssTriangle, colors.warning, colors.warning, 7));
    for (QCPGraph* limit : m_limits)
        limit->setPen(QPen(colors.muted, 1, Qt::DashLine));
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ChannelsPlot::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyStyle();
    QWidget::changeEvent(event);
}

} // namespace quantoscope
