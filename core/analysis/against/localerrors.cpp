// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/localerrors.h"

#include "core/analysis/against/layerrunner.h"
#include "core/analysis/against/weightpair.h"
#include "core/analysis/layeranalysis.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Channel-major values back in the file's order.
std::vector<float> inMemoryOrder(std::span<const float> values, const ChannelMajor& order)
{
    std::vector<float> out(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        out[order.memoryIndex(i)] = values[i];
    return out;
}

std::vector<float> floatsFrom(const std::vector<double>& values) { return {values.begin(), values.end()}; }

template <class Function>
Tensor mapped(const Tensor& tensor, const Function& function)
{
    const FloatArray array = floatsOf(tensor);
    std::vector<float> values(array.values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = std::isfinite(array.values[i]) ? function(array.values[i]) : array.values[i];
    return tensorFromFloats(tensor.shape, std::move(values));
}

Tensor through(const Tensor& tensor, StoredRange range)
{
    if (range.dynamic) {
        const Extremes ends = extremes(floatsOf(tensor).values);
        range = dynamicRange(ends.min, ends.max);
    }
    return mapped(tensor, [&](float x) { return range.valueOf(range.codeOf(x)); });
}

Tensor through(const Tensor& tensor, const ParamSets& params)
{
    const SetParams& set = params.sets.front();
    return mapped(tensor,
                  [&](float x) { return levelValue(set, quantizeOne(params.scheme, set, params.codes, x)); });
}

/// `kept` channels of `floats`, the others of `quantized`.
Tensor mixed(const Tensor& floats, const Tensor& quantized, const std::vector<bool>& kept, int axis)
{
    const FloatArray from = floatsOf(floats), other = floatsOf(quantized);
    std::vector<float> values(other.values.begin(), other.values.end());
    const std::size_t at = axis < 0 ? floats.shape.size() - 1 : static_cast<std::size_t>(axis);
    std::size_t inner = 1;
    for (std::size_t i = at + 1; i < floats.shape.size(); ++i)
        inner *= static_cast<std::size_t>(floats.shape[i]);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (kept[i / inner % kept.size()])
            values[i] = from.values[i];
    return tensorFromFloats(floats.shape, std::move(values));
}

/// Σ of squared errors of one variant.
struct Variant
{
    double noise = 0;
    bool used = false;

    void add(std::span<const float> reference, std::span<const float> values)
    {
        used = true;
        for (std::size_t i = 0; i < std::min(reference.size(), values.size()); ++i) {
            const double error = static_cast<double>(values[i]) - static_cast<double>(reference[i]);
            if (std::isfinite(error))
                noise += error * error;
        }
    }
};

/// One layer, batch by batch.
class LocalLayer
{
public:
    LocalLayer(const GraphView& view, const Network& quantized, const LocalTask& task, const Scheme& scheme)
        : m_task(task), m_runner(view, *task.originalSite, *task.original,
                                 view.model().network->weightOf(*task.original).data.shape),
          m_ourRange(activationParams(scheme, task.actual))
    {
        const Network& original = *view.model().network;
        const FloatArray floats = valuesOf(original.weightOf(*task.original));
        m_weight.assign(floats.values.begin(), floats.values.end());
        const ChannelMajor order = weightsByOutput(original, *task.original);
        m_stored = inMemoryOrder(weightsByOutput(quantized, *task.quantized).values, order);
        readOurWeight(view.model().network, scheme);
        readBias();
        readPairs(quantized);
        const std::vector<bool> outliers = outlierChannels(task.channelMax);
        if (std::find(outliers.begin(), outliers.end(), true) != outliers.end())
            m_outliers = outliers;
        if (!m_outliers.empty())
            m_innerRange = activationParams(scheme, rangeOfOthers());
    }

    void add(const Tensor& x, const std::stop_token& stop)
    {
        const auto& range = m_task.quantizedSite->inputRange;
        const Tensor stored = range ? through(x, range->range) : x;
        const Tensor ours = range ? through(x, m_ourRange) : x;
        const std::vector<float> y = m_runner.run(x, m_weight, m_bias, stop);
        for (const float value : y)
            m_signal += std::isfinite(value) ? static_cast<double>(value) * static_cast<double>(value) : 0;
        m_storedNoise.add(y, m_runner.run(stored, m_stored, m_storedBias, stop));
        if (range)
            m_inputNoise.add(y, m_runner.run(ours, m_stored, m_storedBias, stop));
        if (!m_ours.empty()) {
            m_weightNoise.add(y, m_runner.run(stored, m_ours, m_storedBias, stop));
            m_ourNoise.add(y, m_runner.run(ours, m_ours, m_bias, stop));
        }
        if (m_storedBias != m_bias)
            m_biasNoise.add(y, m_runner.run(stored, m_stored, m_bias, stop));
        if (range && !m_outliers.empty())
            m_outlierNoise.add(
                y, m_runner.run(mixed(x, through(x, m_innerRange), m_outliers, m_task.channelAxis), m_stored,
                                m_storedBias, stop));
        if (m_pairs)
            countSaturation(m_saturation, *m_pairs, x, range->range);
    }

    LocalErrors result() const
    {
        const auto inDb = [&](const Variant& variant) {
            return variant.used ? decibels(m_signal, variant.noise) : std::nan("");
        };
        LocalErrors errors{inDb(m_storedNoise),
                           inDb(m_inputNoise),
                           inDb(m_weightNoise),
                           inDb(m_biasNoise),
                           inDb(m_outlierNoise),
                           inDb(m_ourNoise),
                           {},
                           {}};
        if (m_pairs)
            errors.saturation = m_saturation;
        if (m_signal == 0)
            errors.reason = "the float layer gives nothing but zeros";
        else if (m_storedNoise.noise == 0)
            errors.reason = "exact";
        return errors;
    }

private:
    void readOurWeight(const std::shared_ptr<const Network>& network, const Scheme& scheme)
    {
        Scheme own = scheme;
        own.algorithm = Algorithm::Rtn; // others need inputs, and this is what the plain rule gives
        own.outliers.reset();
        LayerData data(network, m_task.original->id);
        try {
            const auto params = data.params(own);
            m_ours = inMemoryOrder(quantize(data.arranged(own), *params).values, data.arranged(own));
        } catch (const Error&) {
            // The scheme does not fit this layer: there is nothing to compare it with.
        }
    }

    void readBias()
    {
        const LayerSite& original = *m_task.originalSite;
        const LayerSite& quantized = *m_task.quantizedSite;
        if (!m_runner.hasBias())
            return;
        if (!original.bias)
            throw Error(ErrorCode::Unsupported, "its bias is no constant of the file", m_task.original->name);
        m_bias = floatsFrom(*original.bias);
        const bool comparable = quantized.bias && quantized.bias->size() == original.bias->size();
        m_storedBias = comparable ? floatsFrom(*quantized.bias) : m_bias;
    }

    void readPairs(const Network& quantized)
    {
        const Weight& weight = quantized.weightOf(*m_task.quantized);
        const auto& range = m_task.quantizedSite->inputRange;
        const bool kinds = m_task.original->kind != LayerKind::DepthwiseConv
                           && m_task.original->kind != LayerKind::ConvTranspose;
        const auto group = m_task.original->attributes.find("group");
        const bool oneGroup = group == m_task.original->attributes.end() || group->second == "1";
        if (!kinds || !oneGroup || !range || range->range.dynamic || range->range.isSigned
            || range->range.bits != 8 || !weight.stored || weight.stored->bits != 8
            || !weight.stored->isSigned || weight.stored->isFloat || weight.stored->block > 0)
            return;
        PairWeights pairs;
        m_codes = codesByOutput(quantized, *m_task.quantized);
        pairs.codes = m_codes.values;
        pairs.outputs = m_codes.channels;
        pairs.features = m_codes.perChannel;
        pairs.steps = weight.stored->scales;
        if (pairs.steps.size() != 1 && pairs.steps.size() != pairs.outputs)
            return;
        const Shape& shape = weight.data.shape;
        if (m_task.original->kind == LayerKind::Conv) {
            if (shape.size() != 4)
                return;
            pairs.kernel = {shape[2], shape[3]};
        }
        pairs.attributes = m_task.original->attributes;
        m_pairs = std::move(pairs);
    }

    Interval rangeOfOthers() const
    {
        float most = 0;
        for (std::size_t c = 0; c < m_outliers.size(); ++c)
            if (!m_outliers[c])
                most = std::max(most, m_task.channelMax[c]);
        return {std::max(m_task.actual.lo, -most), std::min(m_task.actual.hi, most)};
    }

    const LocalTask& m_task;
    LayerRunner m_runner;
    ParamSets m_ourRange, m_innerRange;
    std::vector<float> m_weight, m_stored, m_ours, m_bias, m_storedBias;
    std::vector<bool> m_outliers;
    ChannelMajor m_codes;
    std::optional<PairWeights> m_pairs;
    PairSaturation m_saturation;
    double m_signal = 0;
    Variant m_storedNoise, m_inputNoise, m_weightNoise, m_biasNoise, m_outlierNoise, m_ourNoise;
};

} // namespace

std::vector<bool> outlierChannels(std::span<const float> channelMax)
{
    std::vector<double> used;
    for (const float most : channelMax)
        if (most > 0)
            used.push_back(static_cast<double>(most));
    std::vector<bool> outliers(channelMax.size(), false);
    if (used.size() < 4)
        return outliers;
    const double limit = 8 * medianOf(used);
    for (std::size_t c = 0; c < channelMax.size(); ++c)
        outliers[c] = static_cast<double>(channelMax[c]) > limit;
    return outliers;
}

ParamSets activationParams(const Scheme& scheme, Interval range)
{
    Scheme act = schemeOf(scheme.act.value_or(ActivationScheme{}));
    act.granularity = {};
    act.range = {};
    if (act.format != Format::Int)
        act = schemeOf(ActivationScheme{});
    return makeParamSets(act, {1, 0, 0}, std::span(&range, 1));
}

namespace {

/// Tasks [first, last) in one run of the network.
void runTasks(const GraphView& original, const Network& quantized, const std::vector<LocalTask>& tasks,
              std::size_t first, std::size_t last, const LocalOptions& options,
              std::vector<LocalErrors>& results, const std::stop_token& stop, const ProgressFn& progress)
{
    std::vector<std::unique_ptr<LocalLayer>> layers;
    std::vector<std::string> names;
    std::vector<std::size_t> taskOf;
    for (std::size_t i = first; i < last; ++i) {
        throwIfStopped(stop);
        try {
            layers.push_back(std::make_unique<LocalLayer>(original, quantized, tasks[i], options.scheme));
            names.push_back(tasks[i].originalSite->input);
            taskOf.push_back(i);
        } catch (const Error& error) {
            const double none = std::nan("");
            results[i] = {none, none, none, none, none, none, {}, error.what()};
        }
    }
    if (!names.empty() && !options.order.empty())
        capture(
            original.shared(), options.samples, options.order, names, options.run,
            [&](const CapturedValue& value) { layers[value.index]->add(value.tensor, stop); }, stop,
            progress);
    for (std::size_t k = 0; k < layers.size(); ++k)
        results[taskOf[k]] = layers[k]->result();
}

} // namespace

std::vector<LocalErrors> localErrors(const GraphView& original, const Network& quantized,
                                     const std::vector<LocalTask>& tasks, const LocalOptions& options,
                                     std::stop_token stop, const ProgressFn& progress)
{
    std::vector<LocalErrors> results(tasks.size());
    const std::size_t mostWeights = options.run.memoryBytes / (4 * sizeof(float));
    for (std::size_t first = 0; first < tasks.size();) {
        std::size_t last = first, weights = 0;
        do {
            weights += original.model().network->weightOf(*tasks[last].original).data.size();
            ++last;
        } while (last < tasks.size() && weights < mostWeights);
        runTasks(original, quantized, tasks, first, last, options, results, stop, progress);
        first = last;
    }
    return results;
}

} // namespace quantoscope
