// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <QString>

#include <span>
#include <string>

namespace quantoscope {

/// A column of the table of layers. Its key and values are those of `analyze`.
struct ModelColumn
{
    enum class Look { Text, Count, Bytes, Decibel, Share, Number };

    std::string key;
    QString title;
    QString tooltip;
    Look look = Look::Number;
    bool ofScheme = true; ///< known with a result only
    /// NaN where there is no number; null for texts.
    double (*value)(const Network&, const Layer&, const LayerReport*, const ModelColumn&) = nullptr;
    QString (*text)(const Network&, const Layer&, const LayerReport*) = nullptr;
    const MetricDefinition* metric = nullptr; ///< of which `value` is
    bool hasBar = true;                       ///< shares of the largest say something
};

std::span<const ModelColumn> modelColumns();

/// NaN for a layer that could not be quantized.
double metricValue(const MetricDefinition& metric, const LayerReport& report);

/// As the table shows it.
QString modelNumber(ModelColumn::Look look, double value);
/// Every digit, "." as the decimal point, as `analyze` writes it; "" for NaN.
QString rawNumber(double value);

} // namespace quantoscope
