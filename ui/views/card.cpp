// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/card.h"

#include "ui/theme.h"

#include <QPainter>

namespace quantoscope {

namespace {
constexpr double radius = 6;
} // namespace

Card::Card(QWidget* parent) : QFrame(parent) { setFrameShape(QFrame::NoFrame); }

void Card::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor outline = colors.outline;
    if (colors.dark)
        outline = colors.grid;
    painter.setPen(outline);
    painter.setBrush(colors.base);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
}

} // namespace quantoscope
