// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/featuremapplot.h"

#include "ui/format.h"
#include "ui/plots/legendrow.h"
#include "ui/plots/plotstyle.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QCPColorGradient cividis()
{
    const QRgb colors[] = {0x00204D, 0x31446B, 0x666970, 0x958F78, 0xCBBA69, 0xFFEA46};
    QCPColorGradient gradient;
    gradient.clearColorStops();
    for (int i = 0; i < 6; ++i)
        gradient.setColorStopAt(i / 5.0, QColor(colors[i]));
    return gradient;
}

} // namespace

FeatureMapPlot::FeatureMapPlot(QWidget* parent)
    : QWidget(parent), m_legend(new LegendRow(this)), m_plot(new QCustomPlot(this))
{
    stackUnderLegend(*this, *m_legend, *m_plot);
    m_plot->setObjectName(u"featureMapCanvas"_s);
    m_plot->setMinimumSize(150, 110);
    m_plot->setAccessibleName(tr("Tokens and channels before and after SmoothQuant"));
    m_plot->plotLayout()->clear();
    auto* maps = new QCPLayoutGrid;
    maps->setRowSpacing(2);
    m_scale = new QCPColorScale(m_plot);
    m_scale->setBarWidth(8);
    m_scale->setGradient(cividis());
    m_plot->plotLayout()->addElement(0, 0, maps);
    m_plot->plotLayout()->addElement(0, 1, m_scale);
    m_plot->plotLayout()->setColumnSpacing(4);
    auto* margins = new QCPMarginGroup(m_plot);
    for (int i = 0; i < 2; ++i) {
        m_rects[i] = new QCPAxisRect(m_plot, true);
        m_rects[i]->setMinimumMargins(QMargins(0, 4, 2, 2));
        m_rects[i]->setMarginGroup(QCP::msLeft, margins);
        maps->addElement(i, 0, m_rects[i]);
        QCPAxis* x = m_rects[i]->axis(QCPAxis::atBottom);
        QCPAxis* y = m_rects[i]->axis(QCPAxis::atLeft);
        for (QCPAxis* axis : {x, y}) {
            makeLinearAxis(*axis);
            axis->ticker()->setTickCount(3);
            axis->grid()->setVisible(false);
        }
        y->setRangeReversed(true);
        x->setTickLabels(i == 1);
        m_maps[i] = new QCPColorMap(x, y);
        m_maps[i]->setInterpolate(false);
        m_maps[i]->setTightBoundary(true);
        m_maps[i]->setColorScale(m_scale);
        m_maps[i]->setGradient(cividis());
    }
    m_rects[1]->axis(QCPAxis::atBottom)->setLabel(tr("channel"));
    constexpr double withAxis = 1.38; // the lower one carries the labels of both
    maps->setRowStretchFactors({1, withAxis});
    auto* ends = new QCPMarginGroup(m_plot);
    m_rects[1]->setMarginGroup(QCP::msBottom, ends);
    m_rects[0]->setMarginGroup(QCP::msTop, ends);
    m_scale->setMarginGroup(QCP::msTop | QCP::msBottom, ends);
    applyStyle();
    setPicture(nullptr);
}

FeatureMapPlot::~FeatureMapPlot() = default;

void FeatureMapPlot::setPicture(std::shared_ptr<const ActivationPicture> picture)
{
    m_picture = std::move(picture);
    const bool shown = m_picture && m_picture->detail.map;
    m_plot->setVisible(shown);
    if (shown) {
        const FeatureMap& map = *m_picture->detail.map;
        showMap(*m_maps[0], map.before);
        showMap(*m_maps[1], map.after);
        m_scale->setDataRange({0, std::max<double>({double(map.maxBefore), double(map.maxAfter), 1e-30})});
        const QString rows = map.rowsAreSamples ? tr("sample") : tr("token");
        m_rects[0]->axis(QCPAxis::atLeft)->setLabel(tr("%1, before").arg(rows));
        m_rects[1]->axis(QCPAxis::atLeft)->setLabel(tr("%1, after").arg(rows));
    }
    updateTexts();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void FeatureMapPlot::showMap(QCPColorMap& map, const std::vector<float>& cells)
{
    const FeatureMap& source = *m_picture->detail.map;
    const auto columns = static_cast<int>(source.columns);
    const auto rows = static_cast<int>(source.rows);
    const auto wide = static_cast<double>(source.channelsPerColumn);
    const auto high = static_cast<double>(source.tokensPerRow);
    map.data()->setSize(columns, rows);
    // Ranges are those of the middles of the outermost cells.
    map.data()->setRange({(wide - 1) / 2, (wide - 1) / 2 + wide * (columns - 1)},
                         {(high - 1) / 2, (high - 1) / 2 + high * (rows - 1)});
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column)
            map.data()->setCell(column, row, double(cells[static_cast<std::size_t>(row * columns + column)]));
    map.keyAxis()->setRange(-0.5, wide * columns - 0.5);
    map.valueAxis()->setRange(-0.5, high * rows - 0.5);
}

void FeatureMapPlot::updateTexts()
{
    m_legend->setTitle(m_picture ? tr("SmoothQuant, α 0.5") : QString());
    m_legend->setEntries({});
    if (!m_picture)
        return;
    if (!m_picture->detail.map) {
        m_plot->setAccessibleDescription({});
        return;
    }
    const FeatureMap& map = *m_picture->detail.map;
    const QString text =
        tr("max %1 → %2")
            .arg(format::number(double(map.maxBefore), 3), format::number(double(map.maxAfter), 3));
    m_legend->setNote(text);
    QString tip = tr("|x| of %1 rows and %2 channels, before and after each channel is divided by "
                     "s = √(max|X| / max|W|); both in the same colours.")
                      .arg(format::count(map.tokens), format::count(map.channels));
    if (map.tokensPerRow * map.channelsPerColumn > 1)
        tip +=
            u'\n'
            + tr("A cell is the largest of %1 × %2 values.").arg(map.tokensPerRow).arg(map.channelsPerColumn);
    m_plot->setToolTip(tip);
    m_plot->setAccessibleDescription(text + u". "_s + tip);
}

void FeatureMapPlot::applyStyle()
{
    const ThemeColors& colors = themeColors(palette());
    applyPlotStyle(*m_plot, colors);
    QCPAxis* axis = m_scale->axis();
    axis->setTickLabelFont(axisFont(font()));
    axis->setTickLabelColor(colors.muted);
    axis->setTickPen(QPen(colors.outline));
    axis->setBasePen(QPen(colors.outline));
    axis->setSubTicks(false);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void FeatureMapPlot::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyStyle();
    QWidget::changeEvent(event);
}

} // namespace quantoscope
