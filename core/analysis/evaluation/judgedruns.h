// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/evaluation/evaluation.h"
#include "core/runtime/paired/pairedmodel.h"

namespace quantoscope {

/// Runs float and quantized networks side by side over the samples and judges their outputs. `integer` null: the quantized
/// outputs are those of the paired model. Sums of the layers go into `layers`, in the order of paired.layers.
Judgement judgedRuns(const RunModel& original, const PairedModel& paired, const EditedModel* integer,
                     const EvaluationSettings& settings, const EvaluationData& data,
                     std::vector<LayerEvaluation>& layers, std::stop_token stop, const ProgressFn& progress);

/// The same of a file that is quantized already, outputs matched by position. Throws Error(InvalidArgument) for another number of them.
Judgement judgedFile(std::shared_ptr<const RunModel> original, std::shared_ptr<const RunModel> quantized,
                     const EvaluationSettings& settings, const EvaluationData& data, std::stop_token stop,
                     const ProgressFn& progress);

} // namespace quantoscope
