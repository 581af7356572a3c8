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

/// Sets style and palette of the program. `System` was resolved by the caller.
void applyTheme(QApplication& application, bool dark);

} // namespace quantoscope
