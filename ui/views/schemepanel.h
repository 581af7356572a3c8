// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <QWidget>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSlider;
class QSpinBox;
class QVBoxLayout;

namespace quantoscope {

/// The controls of a scheme. Shows what setScheme gives it and reports what the person wants; it never
/// changes by itself, so a refused edit springs back.
class SchemePanel : public QWidget
{
    Q_OBJECT

public:
    explicit SchemePanel(QWidget* parent = nullptr);

    void setScheme(const Scheme& scheme);
    /// The limits in force: where a manual range starts from.
    void setPresentRange(double lo, double hi);

signals:
    void bitsEdited(int bits);
    void schemeEdited(const quantoscope::Scheme& scheme);

private:
    void buildBits();
    void buildChoices();
    void buildRangeFields();
    void connectFields();
    void addRow(const QString& label, QWidget* field);
    QWidget* pair(QWidget* first, QWidget* second);

    /// Emits `scheme` when it is consistent, else says why not and shows the present one again.
    void propose(Scheme scheme);
    void editGrid();
    void editGranularity();
    void editRangeKind();
    void editRangeFields();
    void editRounding();
    void editPreset(int index);
    void showPreset();
    void showNote(const QString& refusal = {});

    Scheme m_scheme;
    double m_presentLo = -1;
    double m_presentHi = 1;
    bool m_showing = false; ///< setScheme is filling the fields
    QVBoxLayout* m_layout;
    QComboBox* m_preset;
    QSlider* m_bitsSlider;
    QSpinBox* m_bits;
    QComboBox* m_grid;
    QComboBox* m_granularity;
    QSpinBox* m_groupSize;
    QComboBox* m_range;
    QDoubleSpinBox* m_rangeValue; ///< percentile or ratio
    QDoubleSpinBox* m_rangeLo;
    QDoubleSpinBox* m_rangeHi;
    QWidget* m_manualRow;
    QComboBox* m_rounding;
    QSpinBox* m_seed;
    QLabel* m_note;
};

} // namespace quantoscope
