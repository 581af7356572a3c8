// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/calibration.h"

#include "core/analysis/ptq/rowsample.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

[[noreturn]] void neverReached(const Layer& layer, bool seen)
{
    throw Error(ErrorCode::InvalidArgument,
                "Layer '" + layer.name + "' "
                    + (seen ? "sees NaN and infinities alone on the calibration samples"
                            : "is not reached by any calibration sample")
                    + ": give other samples or leave the layer out (--exclude).",
                layer.name);
}

} // namespace

void Calibration::requireSamples(const std::string& what) const
{
    if (!hasSamples())
        throw Error(ErrorCode::InvalidArgument,
                    what + " needs calibration samples: give some (--calibration).");
}

void Calibration::run(const Listeners& listeners) const
{
    CaptureOptions options;
    options.threads = threads;
    listeners.run(model, *samples, order, options, stop, progress);
}

std::vector<std::vector<float>> featureMagnitudes(const Calibration& calibration,
                                                  const std::vector<const LayerPlan*>& plans)
{
    std::vector<std::vector<float>> largest;
    for (const LayerPlan* plan : plans)
        largest.emplace_back(plan->inputs.front().features, -1.0f);
    Listeners listeners;
    for (std::size_t i = 0; i < plans.size(); ++i)
        for (const ProductInput& input : plans[i]->inputs)
            listeners.add(input.value, [&own = largest[i], input](const HeardBatch& batch) {
                raiseMagnitudes(input, batch.value, own);
            });
    calibration.run(listeners);
    for (std::size_t i = 0; i < plans.size(); ++i) {
        if (std::all_of(largest[i].begin(), largest[i].end(), [](float x) { return x < 0; }))
            neverReached(calibration.layer(*plans[i]), true);
        for (float& x : largest[i])
            x = std::max(x, 0.0f);
    }
    return largest;
}

namespace {

void applyRange(const ActivationRange& found, const Layer& layer, QuantizedLayer& quantized,
                std::vector<std::string>& notes)
{
    if (found.finite == 0)
        neverReached(layer, found.notFinite > 0);
    if (found.notFinite > 0)
        notes.push_back("'" + layer.name + "': " + std::to_string(found.notFinite)
                        + " of its inputs are NaN or infinite and have no part in its range.");
    ActivationScheme& act = *quantized.scheme.act;
    if (act.format == Format::Binary)
        quantized.signScale = static_cast<float>(found.meanMagnitude);
    else
        act.range = manualRule(found.range);
}

} // namespace

void findRanges(const Calibration& calibration, const std::vector<LayerPlan>& plans,
                const std::vector<std::vector<std::uint8_t>>& marked, std::vector<QuantizedLayer>& layers,
                std::vector<std::string>& notes)
{
    Listeners listeners;
    ActivationRanges ranges;
    OutputRanges outputs;
    std::vector<std::optional<std::size_t>> rangeOf(plans.size());
    std::vector<std::optional<std::size_t>> outputOf(plans.size());
    for (std::size_t i = 0; i < plans.size(); ++i) {
        const LayerPlan& plan = plans[i];
        if (plan.range)
            rangeOf[i] = ranges.add(plan.inputs, *plan.scheme.act, marked[i], listeners);
        if (!plan.reason.empty() || !plan.scheme.act || plan.inputs.empty())
            continue;
        std::vector<std::string> names;
        for (const WeightUseNode& use : calibration.layer(plan).uses)
            names.push_back(use.output);
        outputOf[i] = outputs.add(names, listeners);
    }
    if (listeners.empty())
        return;
    calibration.run(listeners);
    for (std::size_t i = 0; i < plans.size(); ++i) {
        if (rangeOf[i])
            applyRange(ranges.answer(*rangeOf[i]), calibration.layer(plans[i]), layers[i], notes);
        if (outputOf[i])
            layers[i].output = outputs.answer(*outputOf[i]);
    }
}

std::vector<LayerRows> drawRows(const Calibration& calibration, const std::vector<const LayerPlan*>& plans,
                                std::size_t rows, std::uint64_t seed)
{
    std::vector<RowSample> draws;
    for (const LayerPlan* plan : plans)
        draws.emplace_back(seed, calibration.layer(*plan).name, rows, plan->inputs.front().width());
    Listeners listeners;
    for (std::size_t i = 0; i < plans.size(); ++i)
        for (std::size_t use = 0; use < plans[i]->inputs.size(); ++use)
            listeners.add(plans[i]->inputs[use].value,
                          [&draw = draws[i], input = plans[i]->inputs[use], use](const HeardBatch& batch) {
                              offerRows(input, batch.value, batch.first, batch.samples, use, draw);
                          });
    calibration.run(listeners);
    std::vector<LayerRows> drawn;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        const bool seen = draws[i].offered() > 0;
        drawn.push_back({draws[i].take(), draws[i].width(), plans[i]->inputs.front().groups});
        if (drawn.back().rows() == 0)
            neverReached(calibration.layer(*plans[i]), seen);
    }
    return drawn;
}

} // namespace quantoscope
