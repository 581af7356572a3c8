// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

namespace quantoscope {

namespace {

/// Text, outlines and marks at the ends of the scale, the hues deeper (light) or paler (dark).
ThemeColors highContrast(ThemeColors colors)
{
    const bool dark = colors.dark;
    colors.highContrast = true;
    colors.window = dark ? QColor(Qt::black) : QColor(0xFFFFFF);
    colors.base = colors.window;
    colors.text = dark ? QColor(0xFFFFFF) : QColor(Qt::black);
    colors.muted = dark ? QColor(0xD8DCE0) : QColor(0x2B3138);
    colors.outline = dark ? QColor(0xA0A9B4) : QColor(0x57606A);
    colors.grid = dark ? QColor(0x3A424B) : QColor(0xC9D1D9);
    colors.histogram = dark ? QColor(0xA9B3BF) : QColor(0x66717E);
    colors.schemeA = dark ? QColor(0x6CC4FF) : QColor(0x005A8F);
    colors.schemeB = dark ? QColor(0xFFA666) : QColor(0xA34100);
    colors.warning = dark ? QColor(0xFFCB52) : QColor(0x7A5200);
    colors.ok = dark ? QColor(0x52D9A6) : QColor(0x0F6646);
    return colors;
}

} // namespace

const ThemeColors& themeColors(bool dark, bool contrast)
{
    static const ThemeColors light{
        .dark = false,
        .window = QColor(0xF6F7F9),
        .base = QColor(0xFFFFFF),
        .alternate = QColor(0xF3F4F6),
        .text = QColor(0x1F2328),
        .muted = QColor(0x57606A),
        .outline = QColor(0xC9D1D9),
        .grid = QColor(0xE3E7EB),
        .histogram = QColor(0x8A95A3),
        .schemeA = QColor(0x0072B2),
        .schemeB = QColor(0xC24E00),
        .roundingError = QColor(0x7FB8DE),
        .warning = QColor(0x9A6700),
        .ok = QColor(0x1A7F5A),
        .selection = QColor(0x0069B4),
        .selectionText = QColor(0xFFFFFF),
    };
    static const ThemeColors night{
        .dark = true,
        .window = QColor(0x1E2227),
        .base = QColor(0x15181C),
        .alternate = QColor(0x20252B),
        .text = QColor(0xE6E8EB),
        .muted = QColor(0xA0A9B4),
        .outline = QColor(0x57616C),
        .grid = QColor(0x2A3037),
        .histogram = QColor(0x7D8896),
        .schemeA = QColor(0x56B4E9),
        .schemeB = QColor(0xFF9248),
        .roundingError = QColor(0x2B6F9E),
        .warning = QColor(0xE3B341),
        .ok = QColor(0x3FB98C),
        .selection = QColor(0x4BA3E3),
        .selectionText = QColor(0x0B0E11),
    };
    static const ThemeColors lightContrast = highContrast(light);
    static const ThemeColors nightContrast = highContrast(night);
    if (contrast)
        return dark ? nightContrast : lightContrast;
    return dark ? night : light;
}

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightnessF() < palette.color(QPalette::WindowText).lightnessF();
}

const ThemeColors& themeColors(const QPalette& palette)
{
    const QRgb text = palette.color(QPalette::Active, QPalette::WindowText).rgb();
    return themeColors(isDark(palette), text == qRgb(0, 0, 0) || text == qRgb(255, 255, 255));
}

QPalette makePalette(bool dark, bool highContrast)
{
    const ThemeColors& c = themeColors(dark, highContrast);
    QPalette palette;
    palette.setColor(QPalette::Window, c.window);
    palette.setColor(QPalette::WindowText, c.text);
    palette.setColor(QPalette::Base, c.base);
    palette.setColor(QPalette::AlternateBase, c.alternate);
    palette.setColor(QPalette::Text, c.text);
    palette.setColor(QPalette::PlaceholderText, c.muted);
    palette.setColor(QPalette::Button, dark ? QColor(0x2A3037) : QColor(0xF6F7F9));
    palette.setColor(QPalette::ButtonText, c.text);
    palette.setColor(QPalette::BrightText, c.warning);
    palette.setColor(QPalette::ToolTipBase, dark ? c.alternate : c.base);
    palette.setColor(QPalette::ToolTipText, c.text);
    palette.setColor(QPalette::Highlight, c.selection);
    palette.setColor(QPalette::HighlightedText, c.selectionText);
    palette.setColor(QPalette::Link, c.schemeA);
    palette.setColor(QPalette::LinkVisited, c.schemeA);
    palette.setColor(QPalette::Light, dark ? QColor(0x333A42) : QColor(0xFFFFFF));
    palette.setColor(QPalette::Midlight, dark ? QColor(0x2F353C) : QColor(0xEBEEF1));
    palette.setColor(QPalette::Mid, c.outline);
    palette.setColor(QPalette::Dark, dark ? QColor(0x101316) : QColor(0xAEB7C0));
    palette.setColor(QPalette::Shadow, dark ? QColor(0x0B0E11) : QColor(0x8A95A3));
    const QColor disabled = dark ? QColor(0x6E7883) : QColor(0x8A95A3);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, disabled);
    palette.setColor(QPalette::Disabled, QPalette::Base, c.window);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, c.outline);
    return palette;
}

QColor withAlpha(QColor color, double alpha)
{
    color.setAlphaF(static_cast<float>(alpha));
    return color;
}

} // namespace quantoscope
