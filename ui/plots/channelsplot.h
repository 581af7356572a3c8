// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QWidget>

class QCPGraph;
class QCustomPlot;

namespace quantoscope {

class ChannelBars;
class LegendRow;

/// Ranges of the channels that a layer is fed: all values, the middle 99.8 %, outliers marked, and the one range of the tensor.
class ChannelsPlot : public QWidget
{
    Q_OBJECT

public:
    explicit ChannelsPlot(QWidget* parent = nullptr);
    ~ChannelsPlot() override;

    void setPicture(std::shared_ptr<const ActivationPicture> picture);

protected:
    void changeEvent(QEvent* event) override;

private:
    void showChannels();
    void updateTexts();
    void applyStyle();

    std::shared_ptr<const ActivationPicture> m_picture;
    LegendRow* m_legend;
    QCustomPlot* m_plot;
    ChannelBars* m_bars;
    QCPGraph* m_outliers;
    QCPGraph* m_limits[2];
};

} // namespace quantoscope
