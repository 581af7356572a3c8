// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/modelcolumns.h"

#include "core/report/json.h"
#include "ui/format.h"

#include <QCoreApplication>

#include <cmath>
#include <limits>
#include <vector>

namespace quantoscope {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

QString tr(const char* text) { return QCoreApplication::translate("ModelColumns", text); }

double worked(const LayerReport* report, double value)
{
    return report && report->issue.empty() ? value : none;
}

void addOfLayer(std::vector<ModelColumn>& columns)
{
    using Look = ModelColumn::Look;
    columns.push_back(
        {"layer", tr("Layer"), tr("Name of the layer in the file"), Look::Text, false, nullptr,
         [](const Network&, const Layer& layer, const LayerReport*) { return format::text(layer.name); }});
    columns.push_back({"kind", tr("Kind"), tr("What the layer computes"), Look::Text, false, nullptr,
                       [](const Network&, const Layer& layer, const LayerReport*) {
                           return format::kindName(layer.kind);
                       }});
    columns.push_back(
        {"shape", tr("Shape"), tr("Dimensions of the weight, outermost first; sorted by size"), Look::Text,
         false,
         [](const Network& network, const Layer& layer, const LayerReport*, const ModelColumn&) {
             return static_cast<double>(network.weightOf(layer).data.size());
         },
         [](const Network& network, const Layer& layer, const LayerReport*) {
             return format::shape(network.weightOf(layer).data.shape);
         }});
    columns.push_back(
        {"params", tr("Params"), tr("Elements of the weight"), Look::Count, false,
         [](const Network& network, const Layer& layer, const LayerReport*, const ModelColumn&) {
             return static_cast<double>(network.weightOf(layer).data.size());
         }});
}

void addOfScheme(std::vector<ModelColumn>& columns)
{
    using Look = ModelColumn::Look;
    columns.push_back({"scheme", tr("Scheme"), tr("What the layer is quantized with"), Look::Text, true,
                       nullptr, [](const Network&, const Layer&, const LayerReport* report) {
                           return report ? format::text(toText(report->scheme)) : QString();
                       }});
    columns.push_back({"bits", tr("Bits"), tr("Bits of a stored code"), Look::Count, true,
                       [](const Network&, const Layer&, const LayerReport* report, const ModelColumn&) {
                           return report ? static_cast<double>(report->scheme.bits) : none;
                       }});
    columns.push_back(
        {"sets", tr("Scales"), tr("Sets of the weight that have a scale of their own"), Look::Count, true,
         [](const Network&, const Layer&, const LayerReport* report, const ModelColumn&) {
             return report && report->params ? static_cast<double>(report->params->layout.count()) : none;
         }});
}

void addMetrics(std::vector<ModelColumn>& columns)
{
    for (const MetricDefinition& metric : metricDefinitions()) {
        const auto look = metric.unit == "dB"         ? ModelColumn::Look::Decibel
                          : metric.unit == "fraction" ? ModelColumn::Look::Share
                          : metric.value              ? ModelColumn::Look::Number
                                                      : ModelColumn::Look::Count;
        QString title = format::metricTitle(metric.key);
        if (look == ModelColumn::Look::Decibel)
            title += QStringLiteral(" dB");
        columns.push_back(
            {std::string(metric.key), title, format::metricTooltip(metric.key), look, true,
             [](const Network&, const Layer&, const LayerReport* report, const ModelColumn& column) {
                 return report ? metricValue(*column.metric, *report) : none;
             },
             nullptr, &metric});
    }
    using Look = ModelColumn::Look;
    columns.push_back(
        {"nanCount", tr("NaN"), tr("Values that are no number; left out of every metric"), Look::Count, true,
         [](const Network&, const Layer&, const LayerReport* report, const ModelColumn&) {
             return worked(report, report ? static_cast<double>(report->metrics.nanCount) : none);
         }});
    columns.push_back(
        {"infCount", tr("Infinite"), tr("Infinite values; left out of every metric"), Look::Count, true,
         [](const Network&, const Layer&, const LayerReport* report, const ModelColumn&) {
             return worked(report, report ? static_cast<double>(report->metrics.infCount) : none);
         }});
}

void addSizes(std::vector<ModelColumn>& columns)
{
    using Look = ModelColumn::Look;
    columns.push_back(
        {"fp32Bytes", tr("Size before"), tr("Of the weight as float32"), Look::Bytes, false,
         [](const Network& network, const Layer& layer, const LayerReport*, const ModelColumn&) {
             return static_cast<double>(network.weightOf(layer).data.size() * sizeof(float));
         }});
    columns.push_back({"bytes", tr("Size"), tr("Packed codes with their scales and zero points"), Look::Bytes,
                       true, [](const Network&, const Layer&, const LayerReport* report, const ModelColumn&) {
                           return worked(report, report ? static_cast<double>(report->bytes) : none);
                       }});
    columns.push_back({"bitsPerWeight", tr("Bits/weight"),
                       tr("Bits of the packed weight with its scales, for each of its elements"),
                       Look::Number, true,
                       [](const Network&, const Layer&, const LayerReport* report, const ModelColumn&) {
                           return worked(report, report ? report->bitsPerWeight : none);
                       }});
}

std::vector<ModelColumn> allColumns()
{
    std::vector<ModelColumn> columns;
    addOfLayer(columns);
    addOfScheme(columns);
    addMetrics(columns);
    addSizes(columns);
    for (ModelColumn& column : columns)
        column.hasBar = column.look != ModelColumn::Look::Text && column.key != "bits"
                        && column.key != "bitsPerWeight" && column.key != "cosine";
    return columns;
}

} // namespace

std::span<const ModelColumn> modelColumns()
{
    static const std::vector<ModelColumn> columns = allColumns();
    return columns;
}

double metricValue(const MetricDefinition& metric, const LayerReport& report)
{
    if (!report.issue.empty())
        return none;
    return metric.value ? report.metrics.*metric.value : static_cast<double>(report.metrics.levelsUsed);
}

QString modelNumber(ModelColumn::Look look, double value)
{
    if (std::isnan(value))
        return format::missing();
    switch (look) {
    case ModelColumn::Look::Count:
        return format::count(static_cast<std::uint64_t>(value));
    case ModelColumn::Look::Bytes:
        return format::bytes(static_cast<std::uint64_t>(value));
    case ModelColumn::Look::Decibel:
        return format::decibelNumber(value);
    case ModelColumn::Look::Share:
        return format::percent(value);
    default:
        return format::number(value, 4);
    }
}

QString rawNumber(double value)
{
    if (!std::isfinite(value))
        return {};
    constexpr double exactIntegers = 9007199254740992.0;
    if (value == std::trunc(value) && std::abs(value) < exactIntegers)
        return QString::number(static_cast<qlonglong>(value));
    return QString::fromStdString(jsonNumber(value).dump());
}

} // namespace quantoscope
