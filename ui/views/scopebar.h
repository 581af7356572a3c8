// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/setup.h"

#include <QWidget>

class QComboBox;
class QPushButton;
class QToolButton;

namespace quantoscope {

/// Which layers the edits of the scheme are about, and ways to give a layer's scheme to others or to take it back.
class ScopeBar : public QWidget
{
    Q_OBJECT

public:
    explicit ScopeBar(QWidget* parent = nullptr);

    /// `layer`: null where none is chosen.
    void setState(Scope scope, const AnalysisSettings& settings, const Layer* layer);

signals:
    void scopeChosen(quantoscope::Scope scope);
    void applyRequested(quantoscope::Scope scope);
    void resetRequested();

private:
    QComboBox* m_scope;
    QToolButton* m_apply;
    QPushButton* m_reset;
};

} // namespace quantoscope
