// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QWidget>

class QCPAxisRect;
class QCPGraph;
class QCPItemRect;
class QCustomPlot;

namespace quantoscope {

class CursorLine;
class HatchZone;
class LegendRow;

/// What a layer is fed: a histogram over all samples, and below it, on the same axis, the range that each rule finds. The rule in use
/// is drawn through the histogram. Clicking a rule chooses it.
class ActivationPlot : public QWidget
{
    Q_OBJECT

public:
    explicit ActivationPlot(QWidget* parent = nullptr);
    ~ActivationPlot() override;

    void setPicture(std::shared_ptr<const ActivationPicture> picture);
    void setStale(bool stale);

signals:
    void ruleChosen(const quantoscope::RangeRule& rule);

protected:
    void changeEvent(QEvent* event) override;

private:
    void buildHistogram();
    void buildRules();
    void showHistogram();
    void showRules();
    void fit();
    void updateTexts();
    void applyStyle();
    const ObservedRange* own() const;

    std::shared_ptr<const ActivationPicture> m_picture;
    bool m_stale = false;
    LegendRow* m_legend;
    QCustomPlot* m_plot;
    QCPAxisRect* m_top = nullptr;
    QCPAxisRect* m_bottom = nullptr;
    QCPGraph* m_counts = nullptr;
    HatchZone* m_below = nullptr;
    HatchZone* m_above = nullptr;
    std::vector<CursorLine*> m_limits; ///< of the other rules, two each
    std::vector<QCPItemRect*> m_bars;  ///< one a rule
};

} // namespace quantoscope
