// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layerpicture.h"

#include <QWidget>

#include <optional>

class QCPAxisRect;
class QCPGraph;
class QCPItemText;
class QCustomPlot;

namespace quantoscope {

class CursorLine;
class HatchZone;
class LegendRow;

/// The quantizer as a function: the staircase Q(x) with the identity, and below it the error Q(x) − x on the same axis.
class StaircasePlot : public QWidget
{
    Q_OBJECT

public:
    explicit StaircasePlot(QWidget* parent = nullptr);
    ~StaircasePlot() override;

    void setPicture(std::shared_ptr<const LayerPicture> picture);
    void fit();
    void setHover(std::optional<double> value);

signals:
    void hovered(std::optional<double> value);
    void replotted();

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void build();
    void applyStyle();
    void fitAxes();
    void sampleCurve();
    void updateTexts();

    std::shared_ptr<const LayerPicture> m_picture;
    bool m_zoomed = false;
    LegendRow* m_legend;
    QCustomPlot* m_plot;
    QCPAxisRect* m_curveRect = nullptr;
    QCPAxisRect* m_errorRect = nullptr;
    QCPGraph* m_steps = nullptr;
    QCPGraph* m_identity = nullptr;
    QCPGraph* m_error = nullptr;
    HatchZone* m_zones[4] = {};
    CursorLine* m_cursors[2] = {};
    QCPItemText* m_placeholder = nullptr;
};

} // namespace quantoscope
