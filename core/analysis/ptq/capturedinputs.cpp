// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/capturedinputs.h"

#include "core/analysis/ptq/calibration.h"

namespace quantoscope {

std::vector<CapturedInputs> captureInputs(const std::shared_ptr<const RunModel>& model,
                                          const SampleSource& samples, const SampleOrder& order,
                                          std::size_t rows, std::uint64_t seed, std::stop_token stop,
                                          const ProgressFn& progress)
{
    PtqSettings settings;
    settings.mode = QuantizationMode::WeightOnly;
    settings.biasCorrection = true; // what looks at rows of every layer
    std::vector<std::string> notes;
    const std::vector<LayerPlan> plans = planLayers(*model, settings, notes);
    std::vector<CapturedInputs> captured(plans.size());
    std::vector<const LayerPlan*> observed;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        if (plans[i].inputs.empty()) {
            captured[i].reason = plans[i].reason.empty() ? plans[i].inputsReason : plans[i].reason;
            continue;
        }
        observed.push_back(&plans[i]);
        places.push_back(i);
    }
    Calibration calibration;
    calibration.model = model;
    calibration.samples = &samples;
    calibration.order = order;
    calibration.stop = stop;
    calibration.progress = progress;
    std::vector<LayerRows> drawn = drawRows(calibration, observed, rows, seed);
    for (std::size_t i = 0; i < places.size(); ++i)
        captured[places[i]].rows = std::move(drawn[i]);
    return captured;
}

} // namespace quantoscope
