// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"
#include "core/formats/numpy/npy.h"
#include "core/runtime/execute/networksession.h"
#include "core/runtime/quantizednetwork.h"
#include "core/support/error.h"

#include <algorithm>
#include <map>

/// Quantizes whole networks for tests in the plainest way: round to nearest, ranges from one batch.
namespace quantizednetworks {

using namespace quantoscope;

inline std::string sourcePath(const std::string& name)
{
    return std::string(QUANTOSCOPE_SOURCE_DIR) + "/" + name;
}

/// The first calibration digits of the bundled sample, as its network takes them.
inline std::vector<InputValue> digits(std::size_t count)
{
    for (const NamedTensor& entry : readNpz(sourcePath("resources/sample/digits.npz"))) {
        if (entry.name != "x_calib")
            continue;
        std::vector<float> pixels(count * 784);
        readFloats(entry.tensor, 0, pixels);
        for (float& pixel : pixels)
            pixel /= 255;
        return {{"", tensorFromFloats({static_cast<std::int64_t>(count), 1, 28, 28}, pixels)}};
    }
    return {};
}

inline std::shared_ptr<const RunModel> sample()
{
    return loadRunModel(sourcePath("resources/sample/digits.onnx"));
}

/// Values of one run by name: those observed and the outputs.
inline std::map<std::string, Tensor> valuesOfRun(std::shared_ptr<const RunModel> model,
                                                 const std::vector<InputValue>& inputs,
                                                 std::vector<std::string> observed = {},
                                                 std::shared_ptr<CustomOperators> operators = {},
                                                 int threads = 1)
{
    SessionOptions options;
    options.threads = threads;
    options.observed = std::move(observed);
    NetworkSession session(std::move(model), options, std::move(operators));
    std::vector<Tensor> results = session.run(inputs);
    std::map<std::string, Tensor> values;
    for (std::size_t i = 0; i < results.size(); ++i)
        values[session.outputs()[i].name] = results[i];
    return values;
}

/// Names of the values that layers multiply and make.
inline std::vector<std::string> layerValues(const Network& network)
{
    std::vector<std::string> names;
    for (const Layer& layer : network.layers)
        for (const WeightUseNode& use : layer.uses)
            if (!use.inBody && !use.input.empty() && layer.kind != LayerKind::Embedding)
                names.insert(names.end(), {use.input, use.output});
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

inline Interval rangeOfTensor(const Tensor& tensor)
{
    const FloatArray values = floatsOf(tensor);
    const auto [lo, hi] = std::minmax_element(values.values.begin(), values.values.end());
    return {*lo, *hi};
}

/// Every layer by that scheme; act ranges that are not dynamic become those of this batch.
inline QuantizedNetwork quantizedBy(std::shared_ptr<const RunModel> model, const std::string& scheme,
                                    const std::vector<InputValue>& inputs)
{
    const auto values = valuesOfRun(model, inputs, layerValues(*model->network));
    QuantizedNetwork result{model, {}, DynamicRange::Sample};
    for (const Layer& layer : model->network->layers) {
        QuantizedLayer quantized{layer.id, parseScheme(scheme), nullptr, {}, {}, {}, {}};
        LayerData data(model->network, layer.id);
        try {
            quantized.params = data.params(quantized.scheme);
        } catch (const Error& error) {
            quantized.reason = error.what();
        }
        auto& act = quantized.scheme.act;
        const auto known = layer.uses.empty() ? values.end() : values.find(layer.uses.front().input);
        if (act && known == values.end()) {
            act.reset();
        } else if (act && act->range.kind != RangeRule::Kind::Dynamic && act->format == Format::Int) {
            Interval range = rangeOfTensor(known->second);
            if (!(range.lo < range.hi))
                range.hi = range.lo + 1;
            act->range = {RangeRule::Kind::Manual, range.lo, range.hi};
        }
        if (!layer.uses.empty())
            if (const auto output = values.find(layer.uses.front().output); output != values.end())
                quantized.output = rangeOfTensor(output->second);
        result.layers.push_back(std::move(quantized));
    }
    return result;
}

} // namespace quantizednetworks
