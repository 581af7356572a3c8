// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/theme.h"

#include <QProxyStyle>

class QApplication;

namespace quantoscope {

/// Fusion with outlines that stay visible on dark palettes: Fusion derives them by darkening the window
/// colour, which leaves inputs without a border there.
class FusionStyle : public QProxyStyle
{
    Q_OBJECT

public:
    FusionStyle();

    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
};

/// How the whole program looks; `System` was resolved by the caller.
struct Appearance
{
    bool dark = false;
    bool highContrast = false;
    double fontScale = 1; ///< of the system's font
    bool operator==(const Appearance&) const = default;
};

/// Sets style, palette and font sizes of the program. Widgets with sizes of their own keep their proportion to the rest;
/// those sizes are set in points once, when a widget is made.
void applyAppearance(QApplication& application, const Appearance& appearance);

} // namespace quantoscope
