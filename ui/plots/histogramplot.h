// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/cliplimits.h"

#include <QWidget>

#include <optional>

class QCPGraph;
class QCPItemText;
class QCustomPlot;

namespace quantoscope {

class ClipHandle;
class CursorLine;
class HatchZone;
class LegendRow;
class LevelLines;

/// Histogram of the values of a layer (or of one channel or group), the quantization grid over it, and the
/// clip limits to drag. With several parameter sets the axis is the code coordinate: levels at integers.
class HistogramPlot : public QWidget
{
    Q_OBJECT

public:
    explicit HistogramPlot(QWidget* parent = nullptr);
    ~HistogramPlot() override;

    /// Null: the sentence of setMessage instead of data.
    void setPicture(std::shared_ptr<const LayerPicture> picture);
    void setMessage(const QString& message);
    /// The numbers belong to an older scheme: says so in the title line.
    void setStale(bool stale);

    bool isLogCounts() const { return m_logCounts; }
    void setLogCounts(bool log);
    void fit();
    void setHover(std::optional<double> value);

    /// The limits as drawn now, also in the middle of a drag.
    ClipLimits limits() const { return m_limits; }
    /// Pixel column of a value in the coordinates of the widget, for tests and tools.
    int columnOf(double value) const;

signals:
    void hovered(std::optional<double> value);
    void rangeGestureStarted();
    /// A limit stands somewhere else: the scheme's range should follow.
    void rangeEdited(const quantoscope::RangeRule& rule);
    void rangeGestureFinished();
    void rangeGestureCancelled();
    void rangeResetRequested();
    void replotted();

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    ClipHandle* makeHandle(bool upper);
    void moveTo(bool upper, double value);
    void applyStyle();
    void applyPicture();
    void showData();
    void fitValueAxis();
    void showLimits();
    void placeHandles();
    void placeLabels(double xLo, double xHi);
    void updateTexts();
    void finishDrag();
    bool isDragging() const;

    std::shared_ptr<const LayerPicture> m_picture;
    std::shared_ptr<const LayerPicture> m_dragBase; ///< the picture at the start of a drag; null otherwise
    ClipLimits m_limits;
    QString m_message;
    bool m_logCounts = true;
    bool m_zoomed = false; ///< the person chose the axis range
    bool m_stale = false;

    LegendRow* m_legend;
    QCustomPlot* m_plot;
    QCPGraph* m_counts;
    LevelLines* m_levels;
    HatchZone* m_below;
    HatchZone* m_above;
    CursorLine* m_cursor;
    QCPItemText* m_placeholder;
    QCPItemText* m_labelLo;
    QCPItemText* m_labelHi;
    ClipHandle* m_handleLo = nullptr;
    ClipHandle* m_handleHi = nullptr;
};

} // namespace quantoscope
