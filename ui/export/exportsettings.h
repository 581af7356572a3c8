// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/export/svgdevice.h"

#include <QSize>
#include <QString>

#include <optional>

namespace quantoscope {

enum class ExportFormat { Png, Svg, Pdf, Csv, JsonRows };
enum class ExportSize { Screen, Slide, Column, Page, Custom };
enum class ExportTheme { Light, Dark, Transparent };

/// How a chart becomes a file; what it shows is the chart's. The same for window and command line.
struct ExportSettings
{
    ExportSize size = ExportSize::Screen;
    QSize custom = {1000, 620}; ///< pixels of 1/96 inch
    double scale = 2;           ///< of PNG: pixels per 1/96 inch, 1 … 4
    ExportTheme theme = ExportTheme::Light;
    double fontSize = 0; ///< points; 0: what suits the size
    bool title = true;   ///< title above
    bool caption = true; ///< formulas and conventions below
    SvgText text = SvgText::Text;
    bool visibleOnly = false; ///< of data: rows between the ends of the first x axis
    bool operator==(const ExportSettings&) const = default;

    QSize pixels() const;
    double points() const;
    /// Of pens and markers.
    double lineScale() const;
    /// Width on paper; 0 where the size is one of screens.
    double millimetres() const;
};

constexpr double smallestFont = 5;
constexpr double largestFont = 48;
constexpr int smallestSide = 120;
constexpr int largestSide = 8000;

/// "png" …, the extension and the word.
QString nameOf(ExportFormat format);
/// By the extension of a path; nothing: none of ours.
std::optional<ExportFormat> exportFormatOf(const QString& path);
/// screen · slide · 85mm · 170mm · WIDTHxHEIGHT
QString sizeText(const ExportSettings& settings);
/// False, and nothing changed, where the text is none of these.
bool setSizeText(ExportSettings& settings, const QString& text);
QString nameOf(ExportTheme theme); ///< light · dark · transparent
std::optional<ExportTheme> exportThemeOf(const QString& name);

} // namespace quantoscope
