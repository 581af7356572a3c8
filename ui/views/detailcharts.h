// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/valuecharts.h"

#include <QWidget>

class QCheckBox;
class QComboBox;

namespace quantoscope {

class ChartView;
class ElidedLabel;

/// What the charts beside the staircase show, made off the GUI thread where it is wished for; a part is null until then.
struct ValuesExtras
{
    std::shared_ptr<const ClipCurves> clip;
    std::shared_ptr<const ProfilePicture> profile;
    std::shared_ptr<const RulerPicture> ruler;
    std::shared_ptr<const std::vector<SweepPoint>> sweepB;
};

/// One of several charts about the error of the layer, chosen by a list.
class DetailCharts : public QWidget
{
    Q_OBJECT

public:
    enum class Kind { ErrorOverBits, ClipCurve, FormatRuler, ErrorOverMagnitude, StepError, Occupancy };
    Q_ENUM(Kind)

    explicit DetailCharts(QWidget* parent = nullptr);

    Kind kind() const;
    void setKind(Kind kind);
    /// Clip curves of every width besides the present one.
    bool wantsAllWidths() const;

    /// Null: nothing is shown.
    void setPicture(std::shared_ptr<const LayerPicture> picture);
    void setSweep(std::shared_ptr<const std::vector<SweepPoint>> sweep);
    void setSweepStale(bool stale);
    void setExtras(const ValuesExtras& extras);
    void setExtrasStale(bool stale);
    /// Why there are no extras.
    void setIssue(const QString& issue);
    /// A code, where the chart has codes on its axis.
    void setHover(std::optional<int> code);
    ChartView* chartView() const { return m_chart; }

signals:
    void kindChanged();
    void bitsChosen(int bits);
    /// The pointer is at a code of the occupancy chart.
    void codeHovered(std::optional<int> code);

private:
    void showKind();
    void showStale();
    Chart chart() const;
    bool isStale() const;

    std::shared_ptr<const LayerPicture> m_picture;
    std::shared_ptr<const std::vector<SweepPoint>> m_sweep;
    ValuesExtras m_extras;
    QString m_issue;
    bool m_sweepStale = false;
    bool m_extrasStale = false;

    QComboBox* m_kind;
    QCheckBox* m_allWidths;
    ElidedLabel* m_note;
    ChartView* m_chart;
};

} // namespace quantoscope
