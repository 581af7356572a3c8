// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"
#include "core/quant/steps.h"
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

/// Of one element; see core/quant/steps.h.
QuantizationStep quantizationStep(const QuantizedTensor& tensor, std::size_t element, float x);

} // namespace quantoscope
