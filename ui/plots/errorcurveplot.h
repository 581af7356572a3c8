// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"

#include <QWidget>

#include <memory>
#include <optional>

class QCPGraph;
class QCPItemText;
class QCustomPlot;

namespace quantoscope {

class CursorLine;
class LegendRow;

/// Mean squared error of a layer over the bit width, split into rounding and clipping, on a log axis. A format of one
/// width is a single mark beside the curve of the integer grid. Clicking a width chooses it.
class ErrorCurvePlot : public QWidget
{
    Q_OBJECT

public:
    using Sweep = std::vector<SweepPoint>;

    explicit ErrorCurvePlot(QWidget* parent = nullptr);
    ~ErrorCurvePlot() override;

    void setSweep(std::shared_ptr<const Sweep> sweep);
    /// What the other views show; null: nothing.
    void setReport(const LayerReport* report);
    /// The other views show one channel or group; this one keeps showing the layer and says so.
    void setOneSetShown(bool oneSet);
    /// The curve belongs to an older scheme: drawn faint, marked ≈.
    void setStale(bool stale);

signals:
    void bitsChosen(int bits);
    void replotted();

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    void applyStyle();
    void showSweep();
    void showOwnPoint();
    void updateTexts();
    const SweepPoint* pointAt(int bits) const;
    QString titleText() const;

    std::shared_ptr<const Sweep> m_sweep;
    Scheme m_scheme;
    int m_bits = 0;        ///< of the scheme shown; 0: none
    double m_ownMse = 0;   ///< of the scheme shown
    bool m_single = false; ///< the scheme shown has one width: it is not on the curve
    int m_hovered = 0;     ///< bit width under the mouse, 0: none
    bool m_stale = false;
    bool m_oneSetShown = false;
    LegendRow* m_legend;
    QCustomPlot* m_plot;
    QCPGraph* m_rounding = nullptr;
    QCPGraph* m_clipping = nullptr;
    QCPGraph* m_total = nullptr; ///< rings around the points of the present width
    QCPGraph* m_own = nullptr;   ///< the mark of a format of one width
    CursorLine* m_current = nullptr;
    QCPItemText* m_placeholder = nullptr;
};

} // namespace quantoscope
