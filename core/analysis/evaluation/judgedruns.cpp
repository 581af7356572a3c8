// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/evaluation/judgedruns.h"

#include "core/runtime/execute/capture.h"
#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_map>

namespace quantoscope {

namespace {

using Values = std::vector<Tensor>;

std::size_t judgedOutput(const std::vector<std::string>& names, const std::string& wanted)
{
    if (wanted.empty())
        return 0;
    const auto found = std::find(names.begin(), names.end(), wanted);
    if (found != names.end())
        return static_cast<std::size_t>(found - names.begin());
    const std::string nearest = nearestName(wanted, {names.begin(), names.end()});
    throw Error(
        ErrorCode::InvalidArgument,
        "The network has no output '" + wanted + "'; "
            + (nearest.empty() ? "its first is '" + names.front() + "'." : "did you mean '" + nearest + "'?"),
        wanted);
}

/// One batch of an output, cut into samples.
struct BatchOutput
{
    Shape sample;
    std::size_t size = 0; ///< of a sample
    FloatArray reference;
    FloatArray quantized;

    BatchOutput(const std::string& name, const Tensor& left, const Tensor& right, std::size_t samples)
        : reference(floatsOf(left)), quantized(floatsOf(right))
    {
        if (left.shape != right.shape)
            throw Error(ErrorCode::InvalidArgument,
                        "Output '" + name + "' has the shape " + toText(left.shape)
                            + " in the float network and " + toText(right.shape) + " in the quantized one.",
                        name);
        sample = left.shape;
        const bool stacked = !sample.empty() && static_cast<std::size_t>(sample.front()) == samples;
        if (stacked)
            sample.erase(sample.begin());
        else if (samples != 1)
            throw Error(ErrorCode::InvalidArgument,
                        "Output '" + name + "' of shape " + toText(left.shape) + " is no stack of "
                            + std::to_string(samples) + " samples; run them one by one with a batch of 1.",
                        name);
        size = reference.values.size() / samples;
    }

    JudgedValues at(std::size_t index) const
    {
        return {sample, reference.values.subspan(index * size, size),
                quantized.values.subspan(index * size, size)};
    }
};

void requireFinite(const std::string& output, const BatchOutput& values, std::span<const std::size_t> samples)
{
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto row = values.reference.values.subspan(i * values.size, values.size);
        if (std::none_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); })
            && !row.empty())
            throw Error(ErrorCode::InvalidArgument,
                        "The float network's output '" + output + "' has no finite value for sample "
                            + std::to_string(samples[i]) + ": nothing can be compared with it.",
                        output);
    }
}

class JudgedRuns
{
public:
    JudgedRuns(const EvaluationSettings& settings, const EvaluationData& data, std::vector<std::string> names)
        : m_data(data), m_names(std::move(names)), m_judge(options(settings))
    {
    }

    void add(std::span<const std::size_t> samples, const Values& reference, const Values& quantized)
    {
        std::vector<BatchOutput> outputs;
        for (std::size_t i = 0; i < m_names.size(); ++i) {
            outputs.emplace_back(m_names[i], reference[i], quantized[i], samples.size());
            requireFinite(m_names[i], outputs.back(), samples);
        }
        std::vector<JudgedValues> row;
        for (std::size_t i = 0; i < samples.size(); ++i) {
            row.clear();
            for (const BatchOutput& output : outputs)
                row.push_back(output.at(i));
            m_judge.add(samples[i], row, truthOf(samples[i]));
        }
    }
    Judgement result(std::stop_token stop) const { return m_judge.result(stop); }

private:
    JudgeOptions options(const EvaluationSettings& settings) const
    {
        JudgeOptions options;
        options.outputs = m_names;
        options.judged = judgedOutput(m_names, settings.output);
        options.flipsKept = settings.flipsKept;
        options.bootstrap.seed = settings.seed + 1;
        return options;
    }
    Truth truthOf(std::size_t sample) const
    {
        Truth truth;
        if (m_data.labels)
            truth.label = m_data.labels->at(sample);
        if (!m_data.tokens.empty())
            truth.tokens = m_data.tokens.at(sample);
        return truth;
    }

    const EvaluationData& m_data;
    std::vector<std::string> m_names;
    Judge m_judge;
};

/// Where the sums of a layer are among the outputs of the paired session.
void addSums(const PairedModel& paired, const NetworkSession& session, const Values& outputs,
             std::vector<LayerEvaluation>& layers)
{
    std::unordered_map<std::string, const Tensor*> byName;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        byName.emplace(session.outputs()[i].name, &outputs[i]);
    const auto add = [&](const std::string& name, std::optional<PairSums>& sums) {
        if (name.empty())
            return;
        if (!sums)
            sums.emplace();
        sums->merge(pairSumsFrom(*byName.at(name)));
    };
    for (std::size_t i = 0; i < layers.size(); ++i) {
        add(paired.layers[i].local, layers[i].local);
        add(paired.layers[i].accumulated, layers[i].accumulated);
    }
}

/// Calls `each` with the samples and inputs of one batch after the other; it may change `batch` for those to come.
void forBatches(const EvaluationData& data, const std::size_t& batch, const std::stop_token& stop,
                const ProgressFn& progress,
                const std::function<void(std::span<const std::size_t>, const std::vector<InputValue>&)>& each)
{
    std::size_t size = batch;
    for (std::size_t first = 0; first < data.order.size(); first += size, size = batch) {
        throwIfStopped(stop);
        if (progress)
            progress(Stage::Capturing, first, data.order.size());
        const auto samples = std::span(data.order).subspan(first, std::min(size, data.order.size() - first));
        each(samples, data.inputs->read(samples));
    }
}

std::vector<std::string> outputNames(const RunModel& model)
{
    std::vector<std::string> names;
    for (const auto& output : model.proto.graph().output())
        names.push_back(output.name());
    return names;
}

/// As many samples as keep what layers give within CaptureOptions' memory, by what a single one gave: each value is there in float,
/// quantized and from the layer alone, and about as much again between the layers.
std::size_t batchWithin(std::size_t wanted, const std::vector<LayerEvaluation>& layers)
{
    std::uint64_t elements = 0;
    for (const LayerEvaluation& layer : layers)
        if (layer.accumulated)
            elements += layer.accumulated->count + layer.accumulated->nonFinite;
    const std::uint64_t bytes = std::max<std::uint64_t>(1, elements * sizeof(float) * 6);
    return std::clamp<std::size_t>(CaptureOptions().memoryBytes / bytes, 1, wanted);
}

Values part(Values& outputs, std::size_t first, std::size_t count)
{
    const auto begin = outputs.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

} // namespace

Judgement judgedRuns(const RunModel& original, const PairedModel& paired, const EditedModel* integer,
                     const EvaluationSettings& settings, const EvaluationData& data,
                     std::vector<LayerEvaluation>& layers, std::stop_token stop, const ProgressFn& progress)
{
    SessionOptions options;
    options.threads = settings.threads;
    NetworkSession both(paired.edited.model, options, paired.edited.operators, stop);
    std::optional<NetworkSession> own;
    if (integer)
        own.emplace(integer->model, options, integer->operators, stop);
    JudgedRuns judged(settings, data, outputNames(original));
    const std::size_t most = batchFor(both, settings.batch);
    // A range of the whole tensor makes answers depend on the batch: it stays what was asked for.
    const bool asAsked = settings.ptq.dynamicRange == DynamicRange::Tensor;
    std::size_t batch = asAsked ? most : 1;
    forBatches(data, batch, stop, progress, [&](auto samples, const auto& inputs) {
        Values outputs = both.run(inputs, stop);
        addSums(paired, both, outputs, layers);
        if (!asAsked && samples.size() == 1 && samples.front() == data.order.front())
            batch = batchWithin(most, layers);
        const Values quantized = own ? own->run(inputs, stop) : part(outputs, paired.outputs, paired.outputs);
        judged.add(samples, part(outputs, 0, paired.outputs), quantized);
    });
    return judged.result(stop);
}

Judgement judgedFile(std::shared_ptr<const RunModel> original, std::shared_ptr<const RunModel> quantized,
                     const EvaluationSettings& settings, const EvaluationData& data, std::stop_token stop,
                     const ProgressFn& progress)
{
    SessionOptions options;
    options.threads = settings.threads;
    const std::vector<std::string> names = outputNames(*original);
    const std::size_t others = outputNames(*quantized).size();
    if (others != names.size())
        throw Error(ErrorCode::InvalidArgument,
                    "'" + quantized->file + "' has " + std::to_string(others) + " outputs, '" + original->file
                        + "' has " + std::to_string(names.size()) + ": they are not the same network.",
                    quantized->file);
    NetworkSession floats(std::move(original), options, {}, stop);
    NetworkSession codes(std::move(quantized), options, {}, stop);
    JudgedRuns judged(settings, data, names);
    const std::size_t batch = std::min(batchFor(floats, settings.batch), batchFor(codes, settings.batch));
    forBatches(data, batch, stop, progress, [&](auto samples, const auto& inputs) {
        judged.add(samples, floats.run(inputs, stop), codes.run(inputs, stop));
    });
    return judged.result(stop);
}

} // namespace quantoscope
