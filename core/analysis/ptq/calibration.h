// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/activationranges.h"
#include "core/analysis/ptq/groupedparams.h"
#include "core/analysis/ptq/layerplan.h"

#include <map>

namespace quantoscope {

/// A network and the samples that it is calibrated with. No activation outlives its batch but for what each function says.
struct Calibration
{
    std::shared_ptr<const RunModel> model;
    const SampleSource* samples = nullptr; ///< null: none
    SampleOrder order;
    int threads = 1;
    std::stop_token stop;
    ProgressFn progress;

    bool hasSamples() const { return samples && !order.empty(); }
    /// Throws Error(InvalidArgument) saying what needs samples where there are none.
    void requireSamples(const std::string& what) const;
    void run(const Listeners& listeners) const;
    const Layer& layer(const LayerPlan& plan) const { return model->network->layer(plan.layer); }
};

/// Largest |x| of every feature or channel that a layer reads, over all samples; keeps one number for each. In the order of `plans`;
/// of those alone that have inputs. Throws Error(InvalidArgument) naming a layer whose inputs hold no finite value.
std::vector<std::vector<float>> featureMagnitudes(const Calibration& calibration,
                                                  const std::vector<const LayerPlan*>& plans);

/// Fills in static ranges (scheme.act, signScale) and the ranges of outputs. `marked` [layers]: features that no range sees.
/// Throws Error(InvalidArgument) naming a layer that no sample reaches with a finite value.
void findRanges(const Calibration& calibration, const std::vector<LayerPlan>& plans,
                const std::vector<std::vector<std::uint8_t>>& marked, std::vector<QuantizedLayer>& layers,
                std::vector<std::string>& notes);

/// Draws rows of these layers' inputs in one run. Keeps samples · features floats for each of them.
std::vector<LayerRows> drawRows(const Calibration& calibration, const std::vector<const LayerPlan*>& plans,
                                std::size_t rows, std::uint64_t seed);

} // namespace quantoscope
