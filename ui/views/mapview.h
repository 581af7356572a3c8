// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/focusbus.h"
#include "ui/models/mappicture.h"

#include <QWidget>

class QComboBox;

namespace quantoscope {

class ChartView;
class ElidedLabel;

/// The weights of the selected layer as a map, and the arithmetic of the cell at the pointer.
class MapView : public QWidget
{
    Q_OBJECT

public:
    explicit MapView(QWidget* parent = nullptr);

    void setPicture(std::shared_ptr<const MapPicture> picture);
    /// Shown instead of the map.
    void setMessage(const QString& message);
    void setStale(bool stale);
    MapMode mode() const;
    /// The part that is looked at and how many cells of it can be told apart; everything before the first picture.
    MapWindow window() const;
    ChartView* chart() const { return m_chart; }

signals:
    void modeChanged();
    /// The person zoomed or moved: finer or other cells are needed.
    void windowChanged();
    void hoverChanged(const QString& readOut);
    /// The value under the pointer, or the one clicked; empty: none.
    void focusChanged(const quantoscope::Focus& focus, bool pinned);

private:
    Focus focusAt(std::optional<QPointF> place) const;
    void showCell(std::optional<QPointF> place);

    std::shared_ptr<const MapPicture> m_picture;
    QComboBox* m_mode;
    ElidedLabel* m_note;
    ElidedLabel* m_cell;
    ChartView* m_chart;
    std::optional<QRectF> m_shown;
    std::optional<QPointF> m_pinned;
};

} // namespace quantoscope
