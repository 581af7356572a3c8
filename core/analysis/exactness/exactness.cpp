// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/exactness/exactness.h"

#include "core/analysis/exactness/layerpair.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace quantoscope {

namespace {

/// Smallest and largest finite value.
Interval rangeOf(std::span<const float> values)
{
    Interval range{0, 0};
    for (const float value : values)
        if (std::isfinite(value))
            range = {std::min(range.lo, value), std::max(range.hi, value)};
    return range;
}

std::string whyNotCompared(const QuantizedNetwork& network, const EditedModel& fake,
                           const EditedModel& integer, std::size_t index)
{
    const Layer& layer = network.model->network->layers[index];
    if (!network.layers[index].params)
        return network.layers[index].reason;
    if (!integer.replacements[index].replaced)
        return integer.replacements[index].reason;
    if (!fake.replacements[index].replaced)
        return fake.replacements[index].reason;
    const auto unseen = [](const WeightUseNode& use) { return use.inBody || use.input.empty(); };
    return std::any_of(layer.uses.begin(), layer.uses.end(), unseen) ? "Its data cannot be observed." : "";
}

/// A range of a layer's outputs behind the clamps of all its nodes.
Interval rangeBehind(const Interval& output, const std::vector<LayerPair>& pairs)
{
    Interval range = pairs.front().clamped(output);
    for (const LayerPair& pair : pairs) {
        const Interval own = pair.clamped(output);
        range = {std::min(range.lo, own.lo), std::max(range.hi, own.hi)};
    }
    return range;
}

class Comparison
{
public:
    Comparison(const QuantizedNetwork& network, const EditedModel& fake, const EditedModel& integer, Isa isa,
               const std::stop_token& stop)
        : m_network(network)
    {
        onnx::ModelProto proto = network.model->proto; // readers may change the nodes that they find
        const Readers readers(proto);
        const ScalarConstants scalars = scalarConstants(network.model);
        const auto clampOf = [&](const WeightUseNode& use) {
            return clampBehind(readers, use.output, scalars);
        };
        for (std::size_t i = 0; i < network.layers.size(); ++i)
            addLayer(i, whyNotCompared(network, fake, integer, i), clampOf, isa, stop);
        SessionOptions options;
        m_integer.emplace(integer.model, options, integer.operators, stop);
        options.observed.assign(m_observed.begin(), m_observed.end());
        m_fake.emplace(fake.model, options, fake.operators, stop);
    }

    std::size_t batch() const { return std::max(batchFor(*m_fake, 1), batchFor(*m_integer, 1)); }

    void add(const std::vector<InputValue>& inputs, const std::stop_token& stop)
    {
        const std::vector<Tensor> fake = m_fake->run(inputs, stop);
        const std::vector<Tensor> integer = m_integer->run(inputs, stop);
        std::map<std::string, const Tensor*> values;
        for (std::size_t i = 0; i < fake.size(); ++i)
            values[m_fake->outputs()[i].name] = &fake[i];
        for (std::size_t i = 0; i < integer.size(); ++i)
            if (integer[i].dtype == DType::F32)
                addOutput(fake[i], integer[i]);
        for (auto& [index, pair] : m_pairs) {
            throwIfStopped(stop);
            compareLayer(index, pair, values);
        }
    }

    ExactnessReport take() { return std::move(m_report); }

private:
    void addLayer(std::size_t index, std::string reason,
                  const std::function<FusedClamp(const WeightUseNode&)>& clampOf, Isa isa,
                  const std::stop_token& stop)
    {
        LayerExactness entry;
        entry.layer = m_network.layers[index].layer;
        const std::optional<Interval>& output = m_network.layers[index].output;
        entry.calibrated = output.has_value();
        if (output)
            entry.codes = outputCodes(*output);
        try {
            const Layer& layer = m_network.model->network->layers[index];
            std::vector<LayerPair> pairs;
            for (std::size_t u = 0; reason.empty() && u < layer.uses.size(); ++u)
                pairs.emplace_back(m_network, m_network.layers[index], layer.uses[u], clampOf(layer.uses[u]),
                                   isa, stop);
            if (output && !pairs.empty())
                entry.codes = outputCodes(rangeBehind(*output, pairs));
            for (LayerPair& pair : pairs) {
                m_observed.insert({pair.input(), pair.output()});
                m_pairs.emplace_back(index, std::move(pair));
            }
        } catch (const Error& error) {
            reason = error.what();
        }
        entry.reason = std::move(reason);
        m_report.layers.push_back(std::move(entry));
    }

    void compareLayer(std::size_t index, LayerPair& pair, const std::map<std::string, const Tensor*>& values)
    {
        LayerExactness& entry = m_report.layers[index];
        const Tensor& fake = *values.at(pair.output());
        const FloatArray floats = floatsOf(fake);
        if (!entry.calibrated)
            entry.codes = outputCodes(rangeOf(floats.values));
        const std::vector<float> integer = pair.run(*values.at(pair.input()), fake.shape);
        const CodeComparison result =
            compareCodes(floats.values, integer, entry.codes, [&](std::size_t i) { return pair.exact(i); });
        entry.counts += result.counts;
        entry.worst = std::max(entry.worst, result.worst);
    }

    void addOutput(const Tensor& fake, const Tensor& integer)
    {
        const FloatArray a = floatsOf(fake);
        const FloatArray b = floatsOf(integer);
        if (a.values.size() != b.values.size()) // as many as were found: boxes, tokens
            return;
        const CodeComparison result = compareCodes(a.values, b.values, outputCodes(rangeOf(a.values)));
        m_report.endToEnd += result.counts;
        m_report.worstEndToEnd = std::max(m_report.worstEndToEnd, result.worst);
    }

    const QuantizedNetwork& m_network;
    std::vector<std::pair<std::size_t, LayerPair>> m_pairs;
    std::set<std::string> m_observed;
    std::optional<NetworkSession> m_fake;
    std::optional<NetworkSession> m_integer;
    ExactnessReport m_report;
};

} // namespace

ExactnessReport exactness(const QuantizedNetwork& network, const EditedModel& fake,
                          const EditedModel& integer, const SampleSource& inputs, const SampleOrder& order,
                          Isa isa, std::stop_token stop, const ProgressFn& progress, std::size_t samples)
{
    Comparison comparison(network, fake, integer, isa, stop);
    const std::size_t wanted = std::min(samples, order.size());
    const std::size_t batch = comparison.batch();
    std::size_t done = 0;
    for (; done < wanted; done += batch) {
        throwIfStopped(stop);
        SampleOrder indices; // a batch of fixed size is filled up from the front
        for (std::size_t i = 0; i < batch; ++i)
            indices.push_back(order[(done + i) % order.size()]);
        comparison.add(inputs.read(indices), stop);
        if (progress)
            progress(Stage::Analyzing, std::min(done + batch, wanted), wanted);
    }
    ExactnessReport report = comparison.take();
    report.samples = done;
    return report;
}

} // namespace quantoscope
