// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"
#include "core/report/json.h"

namespace quantoscope {

/// A bare tensor under one scheme, element by element in memory order.
struct QuantizedTensor
{
    LayerReport report;
    std::vector<ReferenceLine> references;
    std::vector<std::int32_t> codes;
    std::vector<float> values; ///< NaN where the element is not finite
    std::vector<std::uint8_t> finite;
    std::vector<std::size_t> setOf; ///< index into report.params->sets
};

/// Throws Error(SchemeText, SchemeMismatch), Cancelled.
QuantizedTensor quantizeTensor(LayerData& data, const Scheme& scheme, std::stop_token stop);

/// The arithmetic of one element, step by step as the engine does it in float32.
struct QuantizationStep
{
    float x = 0;
    float clipped = 0;     ///< x within the lowest and highest level
    float scaled = 0;      ///< (x - offset) / scale
    double rounded = 0;    ///< scaled as a whole number
    double shifted = 0;    ///< rounded + zero point
    std::int32_t code = 0; ///< shifted within the codes
    float value = 0;       ///< x̂
    double error = 0;      ///< x̂ - x
};

/// Binary has no rounding: `rounded` and `shifted` are the code there.
QuantizationStep quantizationStep(const QuantizedTensor& tensor, std::size_t element, float x);

} // namespace quantoscope
