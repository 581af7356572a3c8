// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"
#include "ui/models/modelpicture.h"

namespace quantoscope {

/// What the error curve can show: a metric of the weights, or the error of the layers' outputs on the samples of a run.
struct CurveMetric
{
    std::string key; ///< as in reports
    QString title;
};
std::vector<CurveMetric> curveMetrics();

/// The metric of every layer in network order, B dashed beside A. Keys of points: layer indices, which are their x as well.
Chart errorCurveChart(const ModelPicture& picture, std::string_view metric);

/// "layer4.conv1 (12): SQNR 14.6 dB, B 20.1 dB".
QString curveReadOut(const ModelPicture& picture, std::string_view metric, LayerId layer);

} // namespace quantoscope
