// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plotstyle.h"

#include <QVBoxLayout>

#include <algorithm>

namespace quantoscope {

namespace {

/// Labels with the minus sign of the rest of the window.
class NumberTicker : public QCPAxisTicker
{
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override
    {
        return QCPAxisTicker::getTickLabel(tick, locale, format, precision).replace(u'-', QChar(0x2212));
    }
};

} // namespace

QFont axisFont(const QFont& base)
{
    QFont font = base;
    font.setPointSizeF(std::max(6.0, base.pointSizeF() * 8 / 9));
    return font;
}

void stackUnderLegend(QWidget& frame, QWidget& legend, QCustomPlot& plot)
{
    auto* layout = new QVBoxLayout(&frame);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(&legend);
    layout->addWidget(&plot, 1);
    plot.setFocusPolicy(Qt::StrongFocus);
}

void applyPlotStyle(QCustomPlot& plot, const ThemeColors& colors)
{
    plot.setBackground(QBrush(colors.base));
    const QFont font = axisFont(plot.font());
    for (QCPAxisRect* rect : plot.axisRects()) {
        for (QCPAxis* axis : rect->axes()) {
            axis->setBasePen(QPen(colors.outline));
            axis->setTickPen(QPen(colors.outline));
            axis->setTickLength(0, 4);
            axis->setSubTicks(false);
            axis->setTickLabelColor(colors.muted);
            axis->setLabelColor(colors.muted);
            axis->setTickLabelFont(font);
            axis->setLabelFont(font);
            axis->setSelectableParts(QCPAxis::spNone);
            axis->grid()->setPen(QPen(colors.grid));
            axis->grid()->setZeroLinePen(QPen(colors.outline));
            axis->grid()->setAntialiased(false);
            axis->grid()->setAntialiasedZeroLine(false);
        }
    }
}

void makeLogAxis(QCPAxis& axis)
{
    axis.setScaleType(QCPAxis::stLogarithmic);
    axis.setTicker(QSharedPointer<QCPAxisTickerLog>::create());
    axis.setNumberFormat(QStringLiteral("eb"));
    axis.setNumberPrecision(0);
}

void makeLinearAxis(QCPAxis& axis)
{
    axis.setScaleType(QCPAxis::stLinear);
    axis.setTicker(QSharedPointer<NumberTicker>::create());
    axis.setNumberFormat(QStringLiteral("g"));
    axis.setNumberPrecision(5);
}

QCPItemText* addPlaceholder(QCustomPlot& plot, QCPAxisRect* rect)
{
    auto* text = new QCPItemText(&plot);
    text->position->setType(QCPItemPosition::ptAxisRectRatio);
    text->position->setAxisRect(rect);
    text->position->setCoords(0.5, 0.5);
    text->setPositionAlignment(Qt::AlignCenter);
    text->setTextAlignment(Qt::AlignCenter);
    text->setVisible(false);
    return text;
}

QString wrapped(const QString& text, const QFont& font, int width)
{
    const QFontMetrics metrics(font);
    QString result;
    QString line;
    for (const QString& word : text.split(u' ')) {
        const QString longer = line.isEmpty() ? word : line + u' ' + word;
        if (!line.isEmpty() && metrics.horizontalAdvance(longer) > width) {
            result += line + u'\n';
            line = word;
        } else {
            line = longer;
        }
    }
    return result + line;
}

} // namespace quantoscope
