// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QStackedWidget;

namespace quantoscope {

class ActivationPlot;
class Card;
class ChannelsPlot;
class ElidedLabel;
class FeatureMapPlot;

/// What the selected layer is fed on the calibration samples, or a sentence on why that is not known.
class ActivationsView : public QWidget
{
    Q_OBJECT

public:
    explicit ActivationsView(QWidget* parent = nullptr);

    void setPicture(std::shared_ptr<const ActivationPicture> picture);
    /// Shown instead of data. `offerRun`: with a button that leads to the Run tab.
    void setMessage(const QString& message, bool offerRun = false);
    /// The picture is of other samples, ranges or another layer than those asked for.
    void setStale(bool stale);
    ActivationPlot* plot() const { return m_plot; }

signals:
    void runTabRequested();

private:
    QWidget* buildPlots();

    std::shared_ptr<const ActivationPicture> m_picture;
    QStackedWidget* m_pages;
    QLabel* m_message;
    QPushButton* m_toRun;
    ElidedLabel* m_name;
    ElidedLabel* m_facts;
    ActivationPlot* m_plot;
    ChannelsPlot* m_channels;
    FeatureMapPlot* m_map;
    Card* m_mapCard = nullptr;
};

} // namespace quantoscope
