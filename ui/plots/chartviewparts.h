// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chartheader.h"
#include "ui/plots/chartpainter.h"
#include "ui/plots/chartpointer.h"
#include "ui/plots/chartreadout.h"
#include "ui/plots/chartview.h"
#include "ui/plots/tabletwin.h"

#include <QPointer>
#include <qcustomplot.h>

namespace quantoscope {

/// What a ChartView is made of; shared by its source files alone.
struct ChartView::Private
{
    ChartView& q;
    ChartHeader* header;
    QCustomPlot* canvas;
    ChartPainter painter;
    ChartPointer* pointer;
    QPointer<TableTwin> table;
    std::shared_ptr<const Chart> chart;
    QString message;
    QString readOutText;
    std::function<QString(double, double)> readOut;
    std::vector<QRectF> parts; ///< of the axes, at the last repaint
    std::optional<bool> log;   ///< what the person switched to
    double lineScale = 1;
    /// The point that follows the pointer.
    struct Grab
    {
        std::size_t panel;
        std::size_t series;
        std::size_t key;
    };
    std::optional<Grab> grab;
    bool stale = false;
    bool zoomed = false; ///< by hand
    bool fixed = false;
    bool concealed = false; ///< the read-out says "?"
    bool titled = true;

    QAction* copyImage = nullptr;
    QAction* copyData = nullptr;
    QAction* exportChart = nullptr;
    QAction* showTable = nullptr;
    QAction* logScale = nullptr;
    QAction* fixAxes = nullptr;
    QAction* fitAll = nullptr;

    explicit Private(ChartView& view);
    ChartStyle style() const;
    void draw();
    void replot();
    void updateNote();
    void setReadOutText(const QString& text);
    void pointerMoved(QPointF pixel);
    void pointerClicked(QPointF pixel);
    bool takeKey(QEvent& event);
    bool grabAt(QPointF pixel);
    void grabMoved(QPointF pixel);
    void makeActions();
    void updateActions();
    void tellParts();
    void popUpMenu(QPoint globalPosition);
    void setLog(bool log);
    QList<QAction*> actions() const;
};

} // namespace quantoscope
