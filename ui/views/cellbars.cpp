// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/cellbars.h"

#include <QPainter>

namespace quantoscope {

namespace {
constexpr int barHeight = 3;
constexpr int inset = 4;
} // namespace

CellBars::CellBars(int role, QObject* parent) : QStyledItemDelegate(parent), m_role(role) {}

void CellBars::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyledItemDelegate::paint(painter, option, index);
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (index.row() == m_marked && !selected) {
        QColor tint = option.palette.color(QPalette::Highlight);
        tint.setAlphaF(0.18f);
        painter->fillRect(option.rect, tint);
    }
    const QVariant share = index.data(m_role);
    if (!share.isValid())
        return;
    const QRect room = option.rect.adjusted(inset, 0, -inset, -1);
    const int width = qRound(share.toDouble() * room.width());
    if (width < 1)
        return;
    QColor color = option.palette.color(selected ? QPalette::HighlightedText : QPalette::Highlight);
    color.setAlphaF(selected ? 0.7f : 0.45f);
    painter->fillRect(QRect(room.right() + 1 - width, room.bottom() + 1 - barHeight, width, barHeight),
                      color);
}

} // namespace quantoscope
