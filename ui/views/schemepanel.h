// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <QWidget>

#include <vector>

class QCheckBox;
class QComboBox;
class QLabel;
class QSlider;
class QSpinBox;
class QVBoxLayout;

namespace quantoscope {

class ElidedLabel;
class PresetCombo;
class RangeFields;

/// The controls of a scheme: those that its format has. Shows what setScheme gives it and reports what the person
/// wants; it never changes by itself, so a refused edit springs back. What it has no field for stays as it is.
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
    void buildFormat();
    void buildBits();
    void buildGranularity();
    void buildRounding();
    void buildScale();
    void alignLabels();
    void connectFields();
    /// A row of its own, with its label; the row is what showFields() shows and hides.
    void addRow(const QString& label, QWidget* field, QWidget* second = nullptr);
    QLabel* addNote(const QString& objectName);

    void showFields();
    void showFormat();
    void showGranularity();
    void showRounding();
    void showScale();
    void showNote(const QString& refusal);

    /// Emits `scheme` when it is consistent, else says why not and shows the present one again.
    void propose(const Scheme& scheme);
    void editBits(int bits);
    void editFormat();
    void editGrid();
    void editGranularity();
    void editRange(const RangeRule& range);
    void editRounding();
    void editScale();
    void editTensorScale();
    void editThreshold();
    void editExponent();

    Scheme m_scheme;
    bool m_showing = false; ///< setScheme is filling the fields
    QVBoxLayout* m_rows;
    std::vector<QLabel*> m_labels;
    PresetCombo* m_preset;
    QComboBox* m_format;
    QLabel* m_explanation; ///< what the format is; empty for integers
    QSlider* m_bitsSlider;
    QSpinBox* m_bits;
    QComboBox* m_grid;
    QComboBox* m_granularity;
    QLabel* m_granularityLabel; ///< what the sets share: a scale or a code book
    QSpinBox* m_groupSize;
    RangeFields* m_range;
    QComboBox* m_rounding;
    QSpinBox* m_seed;
    QComboBox* m_scaleType;
    QCheckBox* m_tensorScale;
    QComboBox* m_threshold;
    QComboBox* m_exponent;
    QLabel* m_note;      ///< why an edit was refused
    ElidedLabel* m_text; ///< the scheme as text
};

} // namespace quantoscope
