// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layerpicture.h"

#include <QWidget>

#include <optional>

class QLabel;
class QSpinBox;

namespace quantoscope {

class ElidedLabel;
class ErrorCurvePlot;
class HistogramPlot;
class StaircasePlot;

/// The centre of the window: one layer's values with the grid over them, the staircase, and the error over the
/// bit width.
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

    HistogramPlot* histogram() const { return m_histogram; }
    StaircasePlot* staircase() const { return m_staircase; }
    ErrorCurvePlot* errorCurve() const { return m_errorCurve; }
    void fit();

signals:
    /// A channel or group, or nothing: all of them.
    void setChosen(std::optional<std::size_t> set);
    void hoverChanged(const QString& readOut);

private:
    QWidget* buildHeader();
    QWidget* buildPlots();
    void setHover(std::optional<double> value);
    void showChooser();
    QString factsLine() const;
    QString edgeSentence() const;

    std::shared_ptr<const LayerPicture> m_picture;
    ElidedLabel* m_name;
    ElidedLabel* m_facts;
    QLabel* m_edge;
    QLabel* m_setLabel;
    QSpinBox* m_set;
    HistogramPlot* m_histogram;
    StaircasePlot* m_staircase;
    ErrorCurvePlot* m_errorCurve;
    bool m_showing = false;
};

} // namespace quantoscope
