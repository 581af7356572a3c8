// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chartlegend.h"

#include <QWidget>

namespace quantoscope {

/// Title, note and legend of a chart in the window, above it and so never over its data.
class ChartHeader : public QWidget
{
    Q_OBJECT

public:
    explicit ChartHeader(QWidget* parent = nullptr);

    void set(const QString& title, std::vector<LegendItem> items);
    /// At the right end of the title: the read-out, or "≈" while the data are stale.
    void setNote(const QString& note);
    const QString& note() const { return m_note; }
    void setLineScale(double lineScale);
    /// Without: the legend alone.
    void setTitleRow(bool visible);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {0, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QFont titleFont() const;
    QFont itemFont() const;
    void updateRows();
    int titleHeight() const;

    QString m_title;
    QString m_note;
    std::vector<LegendItem> m_items;
    bool m_titleRow = true;
    double m_lineScale = 1;
    int m_rows = 1;
};

} // namespace quantoscope
