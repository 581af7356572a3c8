// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layerpicture.h"

#include <QRectF>
#include <QWidget>

#include <optional>

class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace quantoscope {

class ChartView;
class DetailCharts;
class ElidedLabel;
class FocusBus;
struct Focus;
class HistogramPlot;
struct ValuesExtras;

/// The centre of the window: one layer's values with the grid over them, the staircase, and a chart about the error.
class ValuesView : public QWidget
{
    Q_OBJECT

public:
    explicit ValuesView(QWidget* parent = nullptr);

    void setPicture(std::shared_ptr<const LayerPicture> picture);
    /// Shown instead of data: nothing open, loading, or why there is nothing to show.
    void setMessage(const QString& message);
    /// The name of the layer, where there is only a message about it.
    void setTitle(const QString& title);
    void setStale(bool stale);
    /// The same layer under B, drawn dashed; null: none.
    void setPictureB(std::shared_ptr<const LayerPicture> picture);
    void setExtras(const ValuesExtras& extras);
    /// Tells it what the pointer is at, and marks what others tell.
    void setFocusBus(FocusBus* bus);

    /// All sets at once on the axis of the values instead of steps of their scales.
    bool inValues() const;
    void setInValues(bool inValues);

    HistogramPlot* histogram() const { return m_histogram; }
    ChartView* staircase() const { return m_staircase; }
    DetailCharts* details() const { return m_details; }
    void fit();

signals:
    /// A channel or group, or nothing: all of them.
    void setChosen(std::optional<std::size_t> set);
    void inValuesChosen(bool inValues);
    /// The limits of least error.
    void rangeChosen(const quantoscope::RangeRule& rule);
    void hoverChanged(const QString& readOut);

private:
    QWidget* buildHeader();
    QWidget* buildPlots();
    QWidget* buildChooser();
    void setHover(std::optional<double> value);
    QString readOutOf(double value) const;
    Focus focusOf(double value) const;
    void showFocus();
    void showStaircase();
    void stairsMoved(const QRectF& part);
    void showChooser();
    void showBest(const ValuesExtras& extras);
    QString factsLine() const;
    QString edgeSentence() const;

    std::shared_ptr<const LayerPicture> m_picture;
    ElidedLabel* m_name;
    ElidedLabel* m_facts;
    QLabel* m_edge;
    QLabel* m_setLabel;
    QSpinBox* m_set;
    QComboBox* m_axis;
    QPushButton* m_snap;
    HistogramPlot* m_histogram;
    ChartView* m_staircase;
    DetailCharts* m_details;
    FocusBus* m_bus = nullptr;
    std::shared_ptr<const LayerPicture> m_pictureB;
    std::optional<RangeRule> m_best; ///< of the present width
    QRectF m_stairs;                 ///< the part of the staircase that was drawn finely
    bool m_showing = false;
};

} // namespace quantoscope
