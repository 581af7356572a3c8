// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"

#include <QRectF>
#include <QWidget>

#include <functional>
#include <optional>

class QAction;
class QCustomPlot;

namespace quantoscope {

/// A chart in the window: title and legend above, panels below, read-out, zoom, pan, fit, log switch, fixed axes, copy, export and the table
/// twin by its context menu and keys. Setting a chart of the same structure keeps what the person zoomed to and moves the existing
/// drawing. Everything is queued: at most one repaint per frame.
class ChartView : public QWidget
{
    Q_OBJECT

public:
    explicit ChartView(QWidget* parent = nullptr);
    ~ChartView() override;

    /// Null: setMessage()'s sentence instead. The chart is shared with exports, which draw the same.
    void setChart(std::shared_ptr<const Chart> chart);
    const std::shared_ptr<const Chart>& chart() const;
    void setMessage(const QString& message);
    /// Drawn faint with "≈" until the next chart.
    void setStale(bool stale);
    /// A vertical mark through the panels that share the first one's x axis; of the linked hover.
    void setMark(std::optional<double> x);
    /// What the read-out says at a place of the first panel instead of the nearest point.
    void setReadOut(std::function<QString(double x, double y)> readOut);
    /// Width of lines and markers: 1, more for a beamer.
    void setLineScale(double scale);
    /// "?" in place of the read-out: a room is asked first.
    void setReadOutConcealed(bool concealed);

    void fit();
    bool areAxesFixed() const;
    void setAxesFixed(bool fixed);
    /// Pixel of a place in a panel, in coordinates of the canvas; for handles, tests and tools.
    QPointF pixelOf(std::size_t panel, double x, double y) const;
    /// The place at a pixel of the canvas, and the frame of a panel on it.
    QPointF placeOf(std::size_t panel, QPointF pixel) const;
    QRectF areaOf(std::size_t panel) const;
    std::size_t panelCount() const;
    QCustomPlot* canvas() const;
    /// Its object name, for tests and tools.
    void nameCanvas(const QString& name);
    /// Without: what is around the chart says what it is.
    void setTitleVisible(bool visible);
    /// Log axes instead of linear ones and back, where axes can be both.
    void setLog(bool log);
    /// What the person sees: the chart with its log switch, and its ranges where they were zoomed or fixed. Null without a chart.
    std::shared_ptr<const Chart> shownChart() const;
    /// The actions of the context menu, with their keys; for the window's menus.
    QList<QAction*> plotActions() const;

public slots:
    void copyImage() const;
    void copyData() const;
    void showTable();

signals:
    /// The pointer is at a place of a panel; nothing: it left.
    void hovered(std::size_t panel, std::optional<QPointF> place);
    /// A point with a key was clicked.
    void pointClicked(std::size_t panel, std::size_t series, std::size_t key);
    /// A draggable point with a key is pulled to `place`; until it is let go the axes keep their ranges.
    void pointDragged(std::size_t panel, std::size_t series, std::size_t key, QPointF place);
    /// A place was clicked where there is no point with a key.
    void clicked(std::size_t panel, QPointF place);
    void readOutChanged(const QString& text);
    /// The person wants this chart in a file.
    void exportRequested(std::shared_ptr<const quantoscope::Chart> chart);
    /// A panel shows another part of its axes than at the last repaint.
    void viewChanged(std::size_t panel, const QRectF& part);
    void replotted();
    /// The person wants to see everything again.
    void fitted();

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace quantoscope
