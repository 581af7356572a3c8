// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QWidget>

class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace quantoscope {

class RangeFields;

/// What a run needs to know: samples, mode, activations, engine.
class RunForm : public QWidget
{
    Q_OBJECT

public:
    explicit RunForm(QWidget* parent = nullptr);

    RunRequest request() const;
    /// Shows it; edited() does not follow.
    void setRequest(const RunRequest& request);

signals:
    void edited();
    void runRequested();

private:
    QLineEdit* addFile(int row, const QString& label, const QString& name, const QString& hint, bool folders);
    void chooseFile(QLineEdit& field, bool folder);
    void buildChoices(int row);
    void updateFields();
    void fieldEdited();

    QGridLayout* m_grid;
    QLineEdit* m_inputs;
    QLineEdit* m_labels;
    QLineEdit* m_calibration;
    QLineEdit* m_preprocess;
    QComboBox* m_mode;
    QComboBox* m_engine;
    QSpinBox* m_actBits;
    QComboBox* m_actGrid;
    QComboBox* m_actRange;
    ActivationScheme m_act;
    bool m_showing = false;
};

} // namespace quantoscope
