// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layerpicture.h"

#include <QWidget>

#include <array>

namespace quantoscope {

class ElidedLabel;

/// Six numbers of the shown layer, channel or group, each with its definition as tooltip, and beside them those under B.
class MetricCards : public QWidget
{
    Q_OBJECT

public:
    explicit MetricCards(QWidget* parent = nullptr);

    void setPicture(std::shared_ptr<const LayerPicture> picture);
    /// The same layer under B, compared with it; null: no comparison.
    void setPictureB(std::shared_ptr<const LayerPicture> picture);
    /// Numbers of an older scheme: greyed and marked ≈.
    void setStale(bool stale);
    /// Cards side by side; allInARow: as many as there are.
    void setColumns(int columns);
    static constexpr int allInARow = 6;

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Cell
    {
        QWidget* card = nullptr;
        ElidedLabel* title = nullptr;
        ElidedLabel* value = nullptr;
        ElidedLabel* note = nullptr;
        ElidedLabel* other = nullptr; ///< the number under B, and which of both is better
    };
    enum Metric { Sqnr, Mse, Clipped, Levels, Size, Scale, MetricCount };

    Cell makeCell(const QString& title, const char* objectName);
    void setCell(Metric metric, const QString& value, const QString& note, const QString& tooltip);
    void updateSignal();
    void updateClipped();
    void updateLevels();
    void updateSize();
    void updateScale();
    void updateOther();
    void setOther(Metric metric, const QString& text, const QString& tooltip);

    std::shared_ptr<const LayerPicture> m_picture;
    std::shared_ptr<const LayerPicture> m_pictureB;
    bool m_stale = false;
    std::array<Cell, MetricCount> m_cells;
};

} // namespace quantoscope
