// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layerpicture.h"

#include <QWidget>

#include <vector>

class QLabel;

namespace quantoscope {

class ElidedLabel;

/// The metrics that have no card, one a line, each with its definition as tooltip.
class NumberList : public QWidget
{
    Q_OBJECT

public:
    explicit NumberList(QWidget* parent = nullptr);
    void setPicture(std::shared_ptr<const LayerPicture> picture);

private:
    struct Row
    {
        std::string_view key;
        bool fraction;
        double ErrorMetrics::*value;
        QWidget* line;
        ElidedLabel* title;
        QLabel* number;
    };
    std::vector<Row> m_rows;
};

} // namespace quantoscope
