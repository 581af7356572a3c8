// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"

#include <qcustomplot.h>

namespace quantoscope {

/// Ticks of an axis of a chart: as many as there is room for, with the window's minus sign, powers of ten on log axes, names thinned and
/// elided where the axis has names.
class ChartTicker : public QCPAxisTicker
{
public:
    void setAxis(const ChartAxis& axis, bool log, Qt::Orientation orientation);
    /// Room along the axis and for one label across it, in pixels.
    /// True: it was another one.
    bool setRoom(double length, double across, const QFont& font);
    /// What the tick at a place is called, also between ticks; "" where there is no name near.
    static QString nameAt(const ChartAxis& axis, double value);

protected:
    QVector<double> createTickVector(double tickStep, const QCPRange& range) override;
    double getTickStep(const QCPRange& range) override;
    QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;

private:
    QVector<double> logTicks(const QCPRange& range) const;
    QVector<double> nameTicks(const QCPRange& range) const;
    int roomFor(double each) const;

    std::vector<std::pair<double, QString>> m_names;
    bool m_integers = false;
    bool m_log = false;
    Qt::Orientation m_orientation = Qt::Horizontal;
    double m_length = 400;
    double m_across = 160;
    QFont m_font;
};

/// "10⁵" for whole powers beyond four digits, few digits otherwise.
QString tickText(double value, bool log);

} // namespace quantoscope
