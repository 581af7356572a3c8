// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/theme.h"

#include <qcustomplot.h>

namespace quantoscope {

/// Legend above, plot below in all the room that is left, reachable by Tab.
void stackUnderLegend(QWidget& frame, QWidget& legend, QCustomPlot& plot);

/// Colours, pens and fonts of one axis rectangle and of the plot's background. Nothing of QCustomPlot
/// follows the palette by itself: call it again on PaletteChange.
void applyPlotStyle(QCustomPlot& plot, const ThemeColors& colors);

/// 8/9 of `base`, the size of everything on an axis.
QFont axisFont(const QFont& base);

/// A log axis with ticks at powers of ten, written 10³.
void makeLogAxis(QCPAxis& axis);
void makeLinearAxis(QCPAxis& axis);

/// The sentence in the middle of a plot without data.
QCPItemText* addPlaceholder(QCustomPlot& plot, QCPAxisRect* rect);
/// `text` in lines of at most `width` pixels.
QString wrapped(const QString& text, const QFont& font, int width);

} // namespace quantoscope
