// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/channelcharts.h"

#include "ui/format.h"

#include <QCoreApplication>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ChannelChart", text); }

ChartSeries bars(const QString& name, Ink ink, Fill fill)
{
    ChartSeries series;
    series.name = name;
    series.shape = SeriesShape::Bars;
    series.ink = ink;
    series.fill = fill;
    series.thin = true;
    return series;
}

void addBar(ChartSeries& series, double x, double lo, double hi, std::uint32_t channel)
{
    series.x.push_back(x);
    series.y.push_back(hi);
    series.y2.push_back(lo);
    series.keys.push_back(channel);
}

Json rowOf(const ChannelSpan& span)
{
    Json row;
    row["channel"] = span.channel;
    row["min"] = jsonNumber(static_cast<double>(span.min));
    row["max"] = jsonNumber(static_cast<double>(span.max));
    row["p0.1"] = jsonNumber(static_cast<double>(span.low));
    row["p99.9"] = jsonNumber(static_cast<double>(span.high));
    row["levelLo"] = jsonNumber(static_cast<double>(span.levels.lo));
    row["levelHi"] = jsonNumber(static_cast<double>(span.levels.hi));
    row["mse"] = jsonNumber(span.mse);
    setNumber(row, "sqnrDb", span.sqnrDb, span.mse == 0 ? "exact" : "zero signal");
    row["clippedFraction"] = jsonNumber(span.clippedFraction);
    return row;
}

void addLevels(ChartPanel& panel, const ChannelsPicture& picture, const std::vector<std::size_t>& order)
{
    ChartSeries lo;
    ChartSeries hi;
    lo.shape = hi.shape = SeriesShape::Steps;
    lo.ink = hi.ink = Ink::SchemeA;
    hi.name = tr("lowest, highest level");
    for (std::size_t at = 0; at < order.size(); ++at) {
        const ChannelSpan& span = picture.spans[order[at]];
        for (ChartSeries* series : {&lo, &hi})
            series->x.push_back(static_cast<double>(at));
        lo.y.push_back(static_cast<double>(span.levels.lo));
        hi.y.push_back(static_cast<double>(span.levels.hi));
    }
    panel.series.push_back(std::move(hi));
    panel.series.push_back(std::move(lo));
}

ChartPanel rangesPanel(const ChannelsPicture& picture, const std::vector<std::size_t>& order)
{
    ChartPanel panel;
    panel.stretch = 2;
    panel.y.title = tr("value");
    ChartSeries all = bars(tr("min … max"), Ink::Data, Fill::Tint);
    ChartSeries middle = bars(tr("p0.1 … p99.9"), Ink::Rounding, Fill::Tint);
    middle.width = 0.5;
    ChartSeries after;
    after.name = tr("after equalization");
    after.shape = SeriesShape::Intervals;
    after.ink = Ink::Ok;
    for (std::size_t at = 0; at < order.size(); ++at) {
        const ChannelSpan& span = picture.spans[order[at]];
        const double x = static_cast<double>(at);
        addBar(all, x, static_cast<double>(span.min), static_cast<double>(span.max), span.channel);
        addBar(middle, x, static_cast<double>(span.low), static_cast<double>(span.high), span.channel);
        if (!picture.equalized.empty()) {
            const ChannelSpan& other = picture.equalized[order[at]];
            addBar(after, x, static_cast<double>(other.min), static_cast<double>(other.max), span.channel);
        }
    }
    panel.series = {std::move(all), std::move(middle)};
    if (!picture.equalized.empty())
        panel.series.push_back(std::move(after));
    if (picture.issue.empty())
        addLevels(panel, picture, order);
    if (picture.tensor && picture.issue.empty())
        for (const float end : {picture.tensor->lo, picture.tensor->hi}) {
            ChartRule rule;
            rule.at = static_cast<double>(end);
            rule.orientation = Qt::Horizontal;
            rule.ink = Ink::Text;
            rule.stroke = Stroke::Dashed;
            rule.name = end == picture.tensor->hi ? tr("one scale for the tensor") : QString();
            panel.rules.push_back(rule);
        }
    return panel;
}

ChartPanel errorPanel(const ChannelsPicture& picture, const std::vector<std::size_t>& order)
{
    ChartPanel panel;
    panel.row = 1;
    panel.shareXAbove = true;
    panel.y.title = tr("SQNR [dB]");
    ChartSeries sqnr;
    sqnr.shape = SeriesShape::Points;
    sqnr.ink = Ink::SchemeA;
    sqnr.marker = Marker::Disc;
    for (std::size_t at = 0; at < order.size(); ++at) {
        const ChannelSpan& span = picture.spans[order[at]];
        sqnr.x.push_back(static_cast<double>(at));
        sqnr.y.push_back(span.sqnrDb);
        sqnr.keys.push_back(span.channel);
        sqnr.labels << tr("channel %1").arg(span.channel);
    }
    panel.series.push_back(std::move(sqnr));
    return panel;
}

} // namespace

QString channelReadOut(const ChannelSpan& span)
{
    const auto ends = [](float lo, float hi) {
        return format::number(static_cast<double>(lo), 3) + u" … "_s
               + format::number(static_cast<double>(hi), 3);
    };
    return tr("channel %1: %2, middle 99.8 % %3, SQNR %4, clipped %5")
        .arg(span.channel)
        .arg(ends(span.min, span.max), ends(span.low, span.high), format::decibel(span.sqnrDb),
             format::percent(span.clippedFraction));
}

Chart channelsChart(const ChannelsPicture& picture)
{
    Chart chart;
    chart.kind = "channels";
    chart.title = tr("%1 channels of %2")
                      .arg(format::count(picture.spans.size()),
                           format::text(picture.network->layer(picture.layer).name));
    chart.caption =
        tr("Bars: smallest to largest value of a channel; inner bars: its 0.1 and 99.9 percentile. SQNR = "
           "10·log10(Σx²/Σe²) over the channel.");
    if (picture.spans.empty()) {
        chart.message = tr("This tensor is empty.");
        return chart;
    }
    const std::vector<std::size_t> order = ordered(picture.spans, picture.order);
    ChartAxis x;
    x.title = picture.order == ChannelOrder::Index ? tr("channel") : tr("channel, worst first");
    x.integers = true;
    x.lo = -0.5;
    x.hi = static_cast<double>(order.size()) - 0.5;
    if (picture.order != ChannelOrder::Index)
        for (std::size_t at = 0; at < order.size(); ++at)
            x.ticks.emplace_back(static_cast<double>(at), QString::number(picture.spans[order[at]].channel));
    chart.panels.push_back(rangesPanel(picture, order));
    chart.panels.back().x = x;
    if (picture.issue.empty()) {
        chart.panels.push_back(errorPanel(picture, order));
        chart.panels.back().x = x;
    }
    for (const std::size_t i : order)
        chart.rows.push_back(rowOf(picture.spans[i]));
    return chart;
}

} // namespace quantoscope
