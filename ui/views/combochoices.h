// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

#include <algorithm>
#include <vector>

namespace quantoscope {

/// A title that cannot be chosen, above the items added after it, with a line before it.
void addComboHeader(QComboBox& combo, const QString& title);
/// An item with a sentence as its tooltip; `enabled` false: shown, not choosable.
void addComboItem(QComboBox& combo, const QString& text, const QVariant& data, const QString& tooltip,
                  bool enabled = true);
/// The item with that data; nothing when there is none. The sentence of the item becomes the tooltip of the combo.
void selectComboData(QComboBox& combo, const QVariant& data);

/// Fills `combo` with `kinds`, and with `present` if it is not among them (a scheme may come from a file or the command
/// line), unless it holds just those already; then selects `present`.
template <class Kind, class Name, class Sentence>
void offerChoices(QComboBox& combo, std::vector<Kind> kinds, Kind present, Name name, Sentence sentence)
{
    if (std::find(kinds.begin(), kinds.end(), present) == kinds.end())
        kinds.push_back(present);
    bool same = combo.count() == static_cast<int>(kinds.size());
    for (int i = 0; same && i < combo.count(); ++i)
        same = combo.itemData(i).toInt() == static_cast<int>(kinds[static_cast<std::size_t>(i)]);
    if (!same) {
        combo.clear();
        for (const Kind kind : kinds)
            addComboItem(combo, name(kind), static_cast<int>(kind), sentence(kind));
    }
    selectComboData(combo, static_cast<int>(present));
}

} // namespace quantoscope
