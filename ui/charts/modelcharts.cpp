// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/modelcharts.h"

#include "ui/format.h"
#include "ui/models/modelcolumns.h"
#include "ui/models/setup.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr std::string_view localKey = "localSqnrDb";
constexpr std::string_view accumulatedKey = "accumulatedSqnrDb";
constexpr std::size_t markedLayers = 400; ///< beyond, markers would hide the line
constexpr std::size_t namedLayers = 16;   ///< whose names fit under the axis
constexpr double none = std::numeric_limits<double>::quiet_NaN();

QString tr(const char* text) { return QCoreApplication::translate("ModelChart", text); }

bool isOfOutputs(std::string_view key) { return key == localKey || key == accumulatedKey; }

const MetricDefinition* definitionOf(std::string_view key)
{
    for (const MetricDefinition& metric : metricDefinitions())
        if (metric.key == key)
            return &metric;
    return nullptr;
}

/// Errors over several decades are read on a logarithmic axis.
bool isLog(std::string_view key)
{
    constexpr std::array keys = {"mse",  "clippingMse", "roundingMse", "rmse",
                                 "nmse", "relativeL2",  "maxError",    "meanAbsError"};
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::vector<double> weightValues(const AnalysisResult& result, const MetricDefinition& metric)
{
    std::vector<double> values;
    values.reserve(result.layers.size());
    for (const LayerReport& report : result.layers)
        values.push_back(metricValue(metric, report));
    return values;
}

/// In the order of `network`; the layers that are run may be others.
std::vector<double> outputValues(const NetworkRun& run, const Network& network, bool accumulated)
{
    std::map<std::string_view, double> byName;
    const Network& ran = *run.evaluation.quantized.model->network;
    for (const LayerEvaluation& layer : run.evaluation.layers) {
        const auto& sums = accumulated ? layer.accumulated : layer.local;
        byName[ran.layer(layer.layer).name] = sums ? sums->sqnrDb() : none;
    }
    std::vector<double> values;
    values.reserve(network.layers.size());
    for (const Layer& layer : network.layers) {
        const auto found = byName.find(layer.name);
        values.push_back(found == byName.end() ? none : found->second);
    }
    return values;
}

std::vector<double> valuesOfA(const ModelPicture& picture, std::string_view key)
{
    if (isOfOutputs(key))
        return picture.run ? outputValues(*picture.run, *picture.a->network, key == accumulatedKey)
                           : std::vector<double>();
    return weightValues(*picture.a, *definitionOf(key));
}

std::vector<double> valuesOfB(const ModelPicture& picture, std::string_view key)
{
    const bool known = picture.b && picture.b->network == picture.a->network && !isOfOutputs(key);
    return known ? weightValues(*picture.b, *definitionOf(key)) : std::vector<double>();
}

QString titleOf(std::string_view key)
{
    return key == localKey         ? tr("Output SQNR, this layer alone")
           : key == accumulatedKey ? tr("Output SQNR, everything before it too")
                                   : format::metricTitle(key);
}

QString axisTitle(std::string_view key)
{
    const MetricDefinition* metric = definitionOf(key);
    const QString unit = isOfOutputs(key) ? u"dB"_s : format::text(metric->unit);
    return unit.isEmpty() || unit == u"value"_s || unit == u"fraction"_s
               ? titleOf(key)
               : titleOf(key) + u" ["_s + unit + u']';
}

QString captionOf(std::string_view key)
{
    if (isOfOutputs(key))
        return tr("SQNR = 10·log10(Σx²/Σe²) of the layer's output on the samples of the run.");
    return titleOf(key) + u" = "_s + format::text(definitionOf(key)->formula) + u". "_s
           + tr("Of the weights alone: e = x̂ − x, N finite elements.");
}

ChartSeries curve(const Network& network, const std::vector<double>& values, const QString& name, Ink ink,
                  Stroke stroke, Marker marker)
{
    ChartSeries series;
    series.name = name;
    series.ink = ink;
    series.stroke = stroke;
    series.marker = values.size() <= markedLayers ? marker : Marker::None;
    series.thin = values.size() > markedLayers;
    series.y = values;
    for (std::size_t i = 0; i < values.size(); ++i) {
        series.x.push_back(static_cast<double>(i));
        series.keys.push_back(i);
        series.labels << format::text(network.layers[i].name);
    }
    return series;
}

ChartAxis layerAxis(const Network& network)
{
    ChartAxis axis;
    axis.title = tr("layer, in network order");
    axis.integers = true;
    axis.lo = -0.5;
    axis.hi = static_cast<double>(network.layers.size()) - 0.5;
    if (network.layers.size() <= namedLayers)
        for (const Layer& layer : network.layers)
            axis.ticks.emplace_back(layer.id.index, format::text(layer.name));
    return axis;
}

QString nameOfA(const ModelPicture& picture, std::string_view key)
{
    if (!isOfOutputs(key))
        return u"A · "_s + settingsName(picture.a->settings);
    const bool same = picture.run->schemes == picture.a->settings;
    return same ? tr("run on %1").arg(picture.run->data)
                : tr("run on %1 under another scheme: %2")
                      .arg(picture.run->data, settingsName(picture.run->schemes));
}

} // namespace

std::vector<CurveMetric> curveMetrics()
{
    std::vector<CurveMetric> metrics;
    for (const MetricDefinition& metric : metricDefinitions())
        metrics.push_back({std::string(metric.key), titleOf(metric.key)});
    for (const std::string_view key : {localKey, accumulatedKey})
        metrics.push_back({std::string(key), titleOf(key)});
    return metrics;
}

Chart errorCurveChart(const ModelPicture& picture, std::string_view key)
{
    Chart chart;
    chart.kind = "layers";
    chart.xKey = "index";
    if (!picture.a || picture.a->layers.empty()) {
        chart.message = tr("No layer has been measured yet.");
        return chart;
    }
    const Network& network = *picture.a->network;
    chart.title = tr("%1 of every layer").arg(titleOf(key));
    chart.caption = captionOf(key);
    if (isOfOutputs(key) && !picture.run) {
        chart.message =
            tr("Errors of outputs are known on samples only: run the network to see them (Run tab).");
        return chart;
    }
    const std::vector<double> a = valuesOfA(picture, key);
    const std::vector<double> b = valuesOfB(picture, key);
    ChartPanel panel;
    panel.x = layerAxis(network);
    panel.y.title = axisTitle(key);
    panel.y.log = isLog(key);
    panel.y.canLog = isLog(key);
    panel.series.push_back(
        curve(network, a, nameOfA(picture, key), Ink::SchemeA, Stroke::Solid, Marker::Disc));
    if (!b.empty())
        panel.series.push_back(curve(network, b, u"B · "_s + settingsName(picture.b->settings), Ink::SchemeB,
                                     Stroke::Dashed, Marker::Square));
    if (picture.current) {
        ChartRule rule;
        rule.at = picture.current->index;
        rule.ink = Ink::Muted;
        rule.stroke = Stroke::Dotted;
        panel.rules.push_back(rule);
    }
    chart.panels.push_back(std::move(panel));
    for (std::size_t i = 0; i < a.size(); ++i) {
        Json row;
        row["index"] = i;
        row["layer"] = network.layers[i].name;
        row[std::string(key)] = jsonNumber(a[i]);
        if (!b.empty())
            row[std::string(key) + "B"] = jsonNumber(b[i]);
        chart.rows.push_back(std::move(row));
    }
    return chart;
}

QString curveReadOut(const ModelPicture& picture, std::string_view key, LayerId layer)
{
    if (!picture.a || layer.index >= picture.a->layers.size())
        return {};
    const auto text = [&](const ModelPicture& of, bool ofB) {
        double value = none;
        if (isOfOutputs(key)) {
            const auto all = valuesOfA(of, key);
            value = all.empty() ? none : all[layer.index];
        } else {
            value = metricValue(*definitionOf(key), (ofB ? of.b : of.a)->layers[layer.index]);
        }
        const bool db = isOfOutputs(key) || definitionOf(key)->unit == "dB";
        const bool share = !db && definitionOf(key)->unit == "fraction";
        return db ? format::decibel(value) : share ? format::percent(value) : format::number(value);
    };
    QString out = tr("%1 (layer %2): %3 %4")
                      .arg(format::text(picture.a->network->layer(layer).name))
                      .arg(layer.index)
                      .arg(titleOf(key), text(picture, false));
    if (picture.b && picture.b->network == picture.a->network && !isOfOutputs(key))
        out += tr(", B %1").arg(text(picture, true));
    return out;
}

} // namespace quantoscope
