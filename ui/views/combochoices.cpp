// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/combochoices.h"

#include <QStandardItemModel>

namespace quantoscope {

namespace {

QStandardItem& lastItem(QComboBox& combo)
{
    return *static_cast<QStandardItemModel*>(combo.model())->item(combo.count() - 1);
}

} // namespace

void addComboHeader(QComboBox& combo, const QString& title)
{
    if (combo.count() > 0)
        combo.insertSeparator(combo.count());
    combo.addItem(title);
    QFont bold = combo.font();
    bold.setWeight(QFont::DemiBold);
    bold.setPointSizeF(8);
    lastItem(combo).setFont(bold);
    lastItem(combo).setFlags(Qt::NoItemFlags);
}

void addComboItem(QComboBox& combo, const QString& text, const QVariant& data, const QString& tooltip,
                  bool enabled)
{
    combo.addItem(text, data);
    combo.setItemData(combo.count() - 1, tooltip, Qt::ToolTipRole);
    if (!enabled)
        lastItem(combo).setFlags(Qt::NoItemFlags);
}

void selectComboData(QComboBox& combo, const QVariant& data)
{
    const int index = combo.findData(data);
    combo.setCurrentIndex(index);
    combo.setToolTip(index < 0 ? QString() : combo.itemData(index, Qt::ToolTipRole).toString());
}

} // namespace quantoscope
