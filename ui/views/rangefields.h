// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <QWidget>

class QComboBox;
class QDoubleSpinBox;

namespace quantoscope {

/// How the clipping range is found: the rule and, where it has some, its numbers.
class RangeFields : public QWidget
{
    Q_OBJECT

public:
    explicit RangeFields(QWidget* parent = nullptr);

    /// Shows the rule among those of the format.
    void setRule(Format format, const RangeRule& rule);
    /// The limits in force: where a manual range starts from.
    void setPresentRange(double lo, double hi);

signals:
    void edited(const quantoscope::RangeRule& rule);

private:
    void showValue();
    void editKind();
    void editNumbers();

    RangeRule m_rule;
    double m_presentLo = -1;
    double m_presentHi = 1;
    bool m_showing = false;
    QComboBox* m_kind;
    QDoubleSpinBox* m_value; ///< percentile, ratio or multiple of σ
    QWidget* m_manualRow;
    QDoubleSpinBox* m_lo;
    QDoubleSpinBox* m_hi;
};

} // namespace quantoscope
