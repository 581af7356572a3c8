// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"
#include "core/report/json.h"

namespace quantoscope {

/// One row of an analysis: layer, scheme, bits, every metric, bytes. `issue` where it could not be quantized.
Json layerRow(const Layer& layer, const LayerReport& report);

/// params, bytes, fp32Bytes, bitsPerWeight, mse, sqnrDb.
Json totalsJson(const Totals& totals);

} // namespace quantoscope
