// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartreadout.h"

#include "ui/format.h"
#include "ui/plots/seriespainter.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr double reach = 14; ///< pixels

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(ChartReadOut)
};

bool isBetween(double value, double a, double b)
{
    return value >= std::min(a, b) && value <= std::max(a, b);
}

/// How far the pixel is from a point: 0 within its bar, bin or span.
double distance(const ChartSeries& series, std::size_t i, const PanelMap& map, QPointF pixel)
{
    const double inf = std::numeric_limits<double>::infinity();
    const QPointF at = map.pixel(series.x[i], series.y[i]);
    if (std::isnan(at.x()) || std::isnan(at.y()))
        return inf;
    switch (series.shape) {
    case SeriesShape::Bars: {
        const double left = map.x.pixel(series.x[i] - series.width / 2);
        const double right = map.x.pixel(series.x[i] + series.width / 2);
        return isBetween(pixel.x(), left, right) ? 0 : std::abs(pixel.x() - at.x());
    }
    case SeriesShape::Steps: {
        const auto [left, right] = binEdges(series.x, i);
        return isBetween(pixel.x(), map.x.pixel(left), map.x.pixel(right)) ? 1 : inf;
    }
    case SeriesShape::StepsAfter:
        return i + 1 < series.x.size() && isBetween(pixel.x(), at.x(), map.x.pixel(series.x[i + 1])) ? 2
                                                                                                     : inf;
    case SeriesShape::Spans: {
        if (i >= series.x2.size())
            return inf;
        const double top = map.y.pixel(series.y[i] - series.width / 2);
        const double bottom = map.y.pixel(series.y[i] + series.width / 2);
        if (!isBetween(pixel.y(), top, bottom))
            return inf;
        return isBetween(pixel.x(), at.x(), map.x.pixel(series.x2[i])) ? 0 : 3;
    }
    case SeriesShape::Points:
        return std::hypot(pixel.x() - at.x(), pixel.y() - at.y());
    default:
        // Of lines the nearest in x is meant, of several the one that is near in y as well.
        return std::abs(pixel.x() - at.x()) + 0.02 * std::abs(pixel.y() - at.y());
    }
}

/// Points that can be the nearest: all, or those about the pixel of series ordered by x.
std::pair<std::size_t, std::size_t> candidates(const ChartSeries& series, const PanelMap& map, QPointF pixel)
{
    const std::size_t count = std::min(series.x.size(), series.y.size());
    if (series.shape == SeriesShape::Points || series.shape == SeriesShape::Spans
        || series.shape == SeriesShape::Bars)
        return {0, count};
    auto range = visiblePoints(series.x, map.x.value(pixel.x()), map.x.value(pixel.x()));
    range.second = std::min(range.second + 1, count);
    return range;
}

QString cellText(const ChartPanel& panel, const ChartImage& image, const PanelMap& map, QPointF pixel)
{
    const double x = (map.x.value(pixel.x()) - image.left) / (image.right - image.left);
    const double y = (map.y.value(pixel.y()) - image.top) / (image.bottom - image.top);
    if (!(x >= 0 && x < 1 && y >= 0 && y < 1) || !image.cells)
        return {};
    const auto row = static_cast<std::size_t>(y * double(image.rows));
    const auto column = static_cast<std::size_t>(x * double(image.columns));
    const std::size_t at = row * image.columns + column;
    if (at >= image.cells->size())
        return {};
    const double value = double((*image.cells)[at]);
    ChartAxis axis;
    axis.title = image.scaleTitle;
    const auto centre = [](double first, double last, std::size_t cells, std::size_t index) {
        return first + (last - first) * (double(index) + 0.5) / double(cells);
    };
    return QStringList{quantityText(panel.y, centre(image.top, image.bottom, image.rows, row)),
                       quantityText(panel.x, centre(image.left, image.right, image.columns, column)),
                       std::isfinite(value) ? quantityText(axis, value) : Words::tr("not finite")}
        .join(u" · "_s);
}

} // namespace

std::optional<ChartHit> hitAt(const ChartPanel& panel, const PanelMap& map, QPointF pixel, bool draggable)
{
    std::optional<ChartHit> best;
    double nearest = reach;
    for (std::size_t s = 0; s < panel.series.size(); ++s) {
        const ChartSeries& series = panel.series[s];
        if (draggable && !series.draggable)
            continue;
        const auto [first, last] = candidates(series, map, pixel);
        for (std::size_t i = first; i < last; ++i) {
            const double d = distance(series, i, map, pixel);
            if (d < nearest) {
                nearest = d;
                best = {s, i};
            }
        }
    }
    return best;
}

QString quantityText(const ChartAxis& axis, double value)
{
    const auto open = axis.title.lastIndexOf(u'[');
    const bool hasUnit = open > 0 && axis.title.endsWith(u']');
    const QString name = hasUnit ? axis.title.left(open).trimmed() : axis.title;
    const QString unit = hasUnit ? axis.title.mid(open + 1).chopped(1) : QString();
    QString text;
    for (const auto& [at, tick] : axis.ticks)
        if (at == value)
            text = tick;
    if (text.isEmpty())
        text = value == std::round(value) && std::abs(value) < 1e9
                   ? format::integer(static_cast<std::int64_t>(value))
                   : format::number(value);
    QStringList parts{name, text, unit};
    parts.removeAll(QString());
    return parts.join(u' ');
}

QString readOutAt(const ChartPanel& panel, const PanelMap& map, QPointF pixel)
{
    const auto hit = hitAt(panel, map, pixel);
    if (!hit) {
        for (const ChartImage& image : panel.images)
            if (const QString text = cellText(panel, image, map, pixel); !text.isEmpty())
                return text;
        return {};
    }
    const ChartSeries& series = panel.series[hit->series];
    const std::size_t i = hit->point;
    QStringList parts;
    if (!series.name.isEmpty())
        parts << series.name;
    if (i < static_cast<std::size_t>(series.labels.size()))
        parts << series.labels[static_cast<qsizetype>(i)];
    parts << quantityText(panel.x, series.x[i]);
    if (series.shape == SeriesShape::Spans)
        parts.back() += u" … "_s + format::number(series.x2[i]);
    parts << quantityText(panel.y, series.y[i]);
    const bool interval = series.shape == SeriesShape::Band || series.shape == SeriesShape::Intervals;
    if (i < series.y2.size() && (interval || (series.shape == SeriesShape::Bars && series.y2[i] != 0)))
        parts.back() += u" … "_s + format::number(series.y2[i]);
    return parts.join(u" · "_s);
}

} // namespace quantoscope
