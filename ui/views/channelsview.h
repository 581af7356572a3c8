// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelspicture.h"

#include <QWidget>

class QCheckBox;
class QComboBox;

namespace quantoscope {

class ChartView;
class ElidedLabel;
class FocusBus;

/// Ranges and errors of the channels of the selected layer's weight.
class ChannelsView : public QWidget
{
    Q_OBJECT

public:
    explicit ChannelsView(FocusBus& focus, QWidget* parent = nullptr);

    void setPicture(std::shared_ptr<const ChannelsPicture> picture);
    void setMessage(const QString& message);
    void setStale(bool stale);
    ChannelOrder order() const;
    bool wantsEqualized() const;
    ChartView* chart() const { return m_chart; }

signals:
    /// Order or equalization.
    void wishesChanged();
    /// A channel was clicked: the other tabs show it alone where the scheme has a set for each.
    void channelChosen(std::size_t channel);
    void hoverChanged(const QString& readOut);

private:
    const ChannelSpan* spanAt(double x) const;

    FocusBus& m_focus;
    std::shared_ptr<const ChannelsPicture> m_picture;
    QComboBox* m_order;
    QCheckBox* m_equalized;
    ElidedLabel* m_note;
    ChartView* m_chart;
};

} // namespace quantoscope
