// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"
#include "ui/theme.h"

#include <QFont>

class QCPAxisRect;
class QCustomPlot;

namespace quantoscope {

struct PanelMap;

/// How a chart looks, apart from what it shows.
struct ChartStyle
{
    const ThemeColors* colors = nullptr; ///< of themeColors(): never null when used
    QFont font;                          ///< of titles; axes take 8/9 of its size
    double lineScale = 1;                ///< of all pens and markers: 1 in the window, more for a beamer
    bool transparent = false;
    bool withTitle =
        false; ///< title, legend and caption inside the plot (exports); the window has its own row for them
    bool operator==(const ChartStyle&) const = default;
};

/// Puts a chart on a plot. The same chart drawn again, or one of the same structure, moves what is there instead of making it anew.
/// One painter for one plot, both on the GUI thread.
class ChartPainter
{
public:
    explicit ChartPainter(QCustomPlot& plot);
    ~ChartPainter();
    ChartPainter(const ChartPainter&) = delete;
    ChartPainter& operator=(const ChartPainter&) = delete;

    /// Does not replot. `keepAxes`: the ranges shown stay, otherwise they are fitted.
    void show(const Chart& chart, const ChartStyle& style, bool keepAxes);
    void fit();
    /// No panels, a sentence in their place.
    void showMessage(const QString& message, const ChartStyle& style);

    /// Log axes where axes can be (canLog) instead of what the chart says; call show() afterwards.
    void setLog(std::optional<bool> log);
    bool isLog(const ChartAxis& axis) const;
    /// Data drawn faintly: they are not those of the setup any more.
    void setFaint(bool faint);
    /// A vertical mark through the panels that move with the first one; draws itself at once on a layer of its own.
    void setMark(std::optional<double> x);

    std::size_t panelCount() const;
    const ChartPanel& panel(std::size_t panel) const;
    QCPAxisRect* rect(std::size_t panel) const;
    PanelMap map(std::size_t panel) const;
    /// The panel whose frame holds a pixel.
    std::optional<std::size_t> panelAt(QPointF pixel) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace quantoscope
