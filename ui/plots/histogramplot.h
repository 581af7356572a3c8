// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/cliplimits.h"

#include <QTimer>
#include <QWidget>

#include <optional>

namespace quantoscope {

class ChartView;
class ClipHandle;

/// Histogram of the values of a layer (or of one channel or group), the quantization grid over it, and the
/// clip limits to drag. With several parameter sets the axis is the code coordinate: levels at integers.
class HistogramPlot : public QWidget
{
    Q_OBJECT

public:
    explicit HistogramPlot(QWidget* parent = nullptr);

    /// Null: the sentence of setMessage instead of data.
    void setPicture(std::shared_ptr<const LayerPicture> picture);
    /// The same layer under B, drawn dashed; null: none.
    void setPictureB(std::shared_ptr<const LayerPicture> picture);
    /// Where the limits would have the least error, as a ratio of minimum and maximum; `present`: where they are.
    void setBest(std::optional<ClipRatio> best);
    void setMessage(const QString& message);
    /// The numbers belong to an older scheme: says so in the title line.
    void setStale(bool stale);

    void setLogCounts(bool log);
    void fit();
    /// A mark; the caller says it to the other plots.
    void setHover(std::optional<double> value);
    ChartView* chartView() const { return m_chart; }

    /// The limits as drawn now, also in the middle of a drag.
    ClipLimits limits() const { return m_limits; }
    /// Pixel column of a value in the coordinates of the widget, for tests and tools.
    int columnOf(double value) const;

signals:
    void hovered(std::optional<double> value);
    void clicked(double value);
    void rangeGestureStarted();
    /// A limit stands somewhere else: the scheme's range should follow.
    void rangeEdited(const quantoscope::RangeRule& rule);
    void rangeGestureFinished();
    void rangeGestureCancelled();
    void rangeResetRequested();
    void replotted();

private:
    ClipHandle* makeHandle(bool upper);
    void moveTo(bool upper, double value);
    void finishDrag();
    void showChart();
    void placeHandles();
    double columnAt(double value) const;
    double valueAt(double column) const;
    bool isDragging() const { return m_dragBase != nullptr; }

    std::shared_ptr<const LayerPicture> m_picture;
    std::shared_ptr<const LayerPicture> m_pictureB;
    std::shared_ptr<const LayerPicture> m_dragBase; ///< the picture at the start of a drag; null otherwise
    std::optional<ClipRatio> m_best;
    ClipLimits m_limits;
    /// The axis as it was when a drag began: a dragged limit stays under the mouse.
    std::optional<AxisSpan> m_axis;

    QTimer m_late; ///< a drag whose picture takes longer than an eye waits
    ChartView* m_chart;
    ClipHandle* m_handleLo;
    ClipHandle* m_handleHi;
};

} // namespace quantoscope
