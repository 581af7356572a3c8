// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartpaint.h"

#include <qcustomplot.h>

namespace quantoscope {

namespace {

void paintOne(const PlacedChart& placed, const ChartStyle& style, QCPPainter& painter)
{
    QCustomPlot plot;
    plot.setAttribute(Qt::WA_DontShowOnScreen);
    plot.resize(placed.place.size());
    plot.setViewport(QRect(QPoint(0, 0), placed.place.size()));
    ChartPainter chartPainter(plot);
    chartPainter.show(*placed.chart, style, false);
    // What the layout decides after the first drawing holds from the second on.
    plot.replot(QCustomPlot::rpImmediateRefresh);
    plot.setBackground(QBrush(Qt::NoBrush)); // the page has it
    painter.save();
    painter.translate(placed.place.topLeft());
    plot.toPainter(&painter, placed.place.width(), placed.place.height());
    painter.restore();
}

} // namespace

void paintCharts(const std::vector<PlacedChart>& charts, const ChartStyle& style, QPaintDevice& device,
                 double scale)
{
    QCPPainter painter;
    painter.begin(&device);
    painter.setModes(QCPPainter::pmVectorized | QCPPainter::pmNoCaching | QCPPainter::pmNonCosmetic);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(scale, scale);
    if (!style.transparent) {
        QRect page;
        for (const PlacedChart& placed : charts)
            page |= placed.place;
        painter.fillRect(page, style.colors->base);
    }
    for (const PlacedChart& placed : charts)
        paintOne(placed, style, painter);
    painter.end();
}

} // namespace quantoscope
