// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QWidget>

class QCPAxisRect;
class QCPColorMap;
class QCPColorScale;
class QCustomPlot;

namespace quantoscope {

class LegendRow;

/// |x| of the tokens and channels that a product reads, before and after SmoothQuant, in one scale of colours.
class FeatureMapPlot : public QWidget
{
    Q_OBJECT

public:
    explicit FeatureMapPlot(QWidget* parent = nullptr);
    ~FeatureMapPlot() override;

    /// Hidden where the picture has no map.
    void setPicture(std::shared_ptr<const ActivationPicture> picture);

protected:
    void changeEvent(QEvent* event) override;

private:
    void showMap(QCPColorMap& map, const std::vector<float>& cells);
    void updateTexts();
    void applyStyle();

    std::shared_ptr<const ActivationPicture> m_picture;
    LegendRow* m_legend;
    QCustomPlot* m_plot;
    QCPColorScale* m_scale;
    QCPAxisRect* m_rects[2];
    QCPColorMap* m_maps[2]; ///< before, after
};

} // namespace quantoscope
