// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/groupedparams.h"
#include "core/runtime/execute/capture.h"

namespace quantoscope {

/// What one layer was fed: rows as LayerInputs want them, or why there are none.
struct CapturedInputs
{
    LayerRows rows;
    std::string reason;
};

/// Runs the samples and draws at most `rows` rows of every layer's input, by seed and layer alone; one a layer of the model, in its order.
/// Memory: the rows drawn. Errors of capture(), Cancelled.
std::vector<CapturedInputs> captureInputs(const std::shared_ptr<const RunModel>& model,
                                          const SampleSource& samples, const SampleOrder& order,
                                          std::size_t rows, std::uint64_t seed, std::stop_token stop = {},
                                          const ProgressFn& progress = {});

} // namespace quantoscope
