// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

namespace quantoscope {

enum class ThemeMode { System, Light, Dark };

/// One colour per role. Hue says which scheme, pattern and shape say the role (clipped = hatch).
struct ThemeColors
{
    bool dark = false;
    bool highContrast = false;
    QColor window;
    QColor base;
    QColor alternate;
    QColor text;
    QColor muted;
    QColor outline;
    QColor grid;
    QColor histogram; ///< line of the data; the fill is the same colour at 47 %
    QColor schemeA;
    QColor schemeB;
    QColor roundingError;
    QColor warning;
    QColor ok;
    QColor selection;
    QColor selectionText;
};

/// High contrast: for a beamer in a bright room.
const ThemeColors& themeColors(bool dark, bool highContrast = false);
/// The colours that go with a palette: dark when its window is darker than its text, high contrast when that text is
/// black or white.
const ThemeColors& themeColors(const QPalette& palette);
bool isDark(const QPalette& palette);
QPalette makePalette(bool dark, bool highContrast = false);

QColor withAlpha(QColor color, double alpha);

} // namespace quantoscope
