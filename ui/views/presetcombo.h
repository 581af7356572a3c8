// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <QComboBox>

namespace quantoscope {

/// Every preset, grouped by the tool whose convention it is. Presets that need a layer's inputs are listed, not
/// choosable.
class PresetCombo : public QComboBox
{
    Q_OBJECT

public:
    explicit PresetCombo(QWidget* parent = nullptr);

    /// Selects the preset of this scheme: the one shown already if it fits, else the first, else "Own setting".
    void showScheme(const Scheme& scheme);

signals:
    void chosen(const quantoscope::Scheme& scheme);

private:
    void addGroups();
};

} // namespace quantoscope
