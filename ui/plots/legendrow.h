// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

namespace quantoscope {

/// Title and legend of a plot, above it and so never over its data.
class LegendRow : public QWidget
{
    Q_OBJECT

public:
    enum class Swatch { Data, Levels, Clipped, Step, Identity, Error, Rounding, Clipping, Own };
    struct Entry
    {
        Swatch swatch;
        QString text;
    };

    explicit LegendRow(QWidget* parent = nullptr);

    void setTitle(const QString& title);
    void setEntries(std::vector<Entry> entries);
    /// A note at the right end of the title line: a read-out or "≈" while the data are stale.
    void setNote(const QString& note);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QFont titleFont() const;
    QFont entryFont() const;
    void paintSwatch(QPainter& painter, const QRectF& box, Swatch swatch) const;

    QString m_title;
    QString m_note;
    std::vector<Entry> m_entries;
};

} // namespace quantoscope
