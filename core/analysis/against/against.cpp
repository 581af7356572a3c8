// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/against.h"

#include "core/analysis/against/causes.h"
#include "core/analysis/against/jumps.h"
#include "core/analysis/against/lockstep.h"
#include "core/analysis/against/matching.h"
#include "core/analysis/against/rangestats.h"
#include "core/analysis/against/valuepairs.h"
#include "core/analysis/layeranalysis.h"
#include "core/metrics/judging/answers.h"
#include "core/support/error.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Σ of the squares of a layer's output and of its error.
struct OutputSums
{
    double signal = 0, noise = 0;
    bool differs = false; ///< in size

    void add(const Tensor& original, const Tensor& quantized, const std::optional<StoredRange>& codes)
    {
        const FloatArray a = floatsOf(original), b = floatsOf(quantized);
        differs = differs || a.values.size() != b.values.size();
        for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i) {
            const double x = static_cast<double>(a.values[i]);
            const double y =
                static_cast<double>(codes ? codes->valueOf(static_cast<int>(b.values[i])) : b.values[i]);
            if (!std::isfinite(x) || !std::isfinite(y))
                continue;
            signal += x * x;
            noise += (y - x) * (y - x);
        }
    }
};

/// An output of the networks, sample by sample.
struct NetworkOutput
{
    NetworkErrorSum error;
    std::size_t agreeing = 0, samples = 0;
    bool answers = true;

    void add(const Tensor& original, const Tensor& quantized, std::size_t count)
    {
        const FloatArray a = floatsOf(original), b = floatsOf(quantized);
        if (a.values.size() != b.values.size())
            throw Error(ErrorCode::InvalidArgument,
                        "An output is " + toText(original.shape) + " in the float network and "
                            + toText(quantized.shape)
                            + " in the quantized one: they are not the same network.");
        if (a.values.empty() || a.values.size() % count != 0)
            count = 1;
        const std::size_t size = a.values.size() / count;
        answers = answers && original.shape.size() == 2 && original.shape[1] >= 2;
        for (std::size_t i = 0; i < count; ++i) {
            const auto x = a.values.subspan(i * size, size), y = b.values.subspan(i * size, size);
            error.add(x, y);
            agreeing += topClass(x) == topClass(y);
            ++samples;
        }
    }
};

class Comparison
{
public:
    Comparison(const std::shared_ptr<const RunModel>& original,
               const std::shared_ptr<const RunModel>& quantized, const SampleSource& samples,
               const SampleOrder& order, const AgainstSettings& settings, std::stop_token stop,
               const ProgressFn& progress)
        : m_original(original), m_quantized(quantized), m_samples(samples), m_order(order),
          m_stop(std::move(stop)), m_progress(progress)
    {
        m_report.original = original->network;
        m_report.quantized = quantized->network;
        m_report.settings = settings;
        m_report.samples = order.size();
    }

    AgainstReport run()
    {
        match();
        compareAllWeights();
        planLayers();
        planOutputs();
        runInLockstep(
            m_original.shared(), m_quantized.shared(), m_samples, m_order, m_pairs, m_report.settings.run,
            [this](const PairedValues& values) { m_take[values.index](values); }, m_stop, m_progress);
        readResults();
        findCauses();
        judgeLayers(m_report);
        return std::move(m_report);
    }

private:
    /// What goes through one place of quantization.
    struct RangeTask
    {
        AgainstRange range;
        RangeStats stats;
    };

    /// What is known of a layer beside its row.
    struct Work
    {
        LayerSite original, quantized;
        OutputPair output;
        OutputSums sums;
        bool observed = false;
        std::vector<std::unique_ptr<RangeTask>> ranges;
        std::unique_ptr<RangeStats> input; ///< of the float input, whatever the file does with it
        std::optional<WeightComparison> weights;
        const StoredQuantization* stored = nullptr;
    };

    const Network& original() const { return *m_report.original; }
    const Network& quantized() const { return *m_report.quantized; }

    void match()
    {
        Matching matching = matchLayers(original(), quantized(), m_stop);
        m_report.unmatched = std::move(matching.unmatched);
        for (const Layer& layer : original().layers) {
            const LayerMatch& match = matching.layers[layer.id.index];
            AgainstLayer row;
            row.layer = layer.id;
            row.matched = match.quantized;
            row.matchedBy = match.by;
            row.score = match.score;
            row.reason = match.reason;
            m_report.layers.push_back(std::move(row));
        }
        m_work.resize(original().layers.size());
        for (const RunModel* model : {&m_original.model(), &m_quantized.model()})
            for (const std::string& change : model->changes)
                m_report.notes.push_back(model->file + ": " + change);
    }

    void compareAllWeights()
    {
        for (AgainstLayer& row : m_report.layers) {
            throwIfStopped(m_stop);
            if (!row.matched)
                continue;
            const Layer& layer = original().layer(row.layer);
            const Layer& other = quantized().layer(*row.matched);
            const Weight& weight = quantized().weightOf(other);
            LayerData data(m_report.original, row.layer);
            Scheme scheme = m_report.settings.scheme;
            scheme.algorithm = Algorithm::Rtn;
            scheme.outliers.reset();
            const LayerReport ours = data.report(scheme, m_stop);
            if (ours.issue.empty())
                row.ourWeightSqnrDb = ours.metrics.sqnrDb;
            row.storedScheme = weight.stored ? weight.stored->description() : "float";
            if (!weight.stored)
                continue;
            Work& work = m_work[row.layer.index];
            work.stored = &*weight.stored;
            work.weights =
                compareWeights(weightsByOutput(original(), layer), weightsByOutput(quantized(), other),
                               codesByOutput(quantized(), other), weight);
            const WeightComparison& weights = *work.weights;
            row.weightSqnrDb = weights.sqnrDb;
            row.clippedWeights = weights.clippedFraction;
            row.weightRangeRatio = weights.rangeRatio;
            row.channelRangeRatio = weights.channelRangeRatio;
            row.worstChannelSqnrDb = weights.worstChannelSqnrDb;
            row.perChannelSqnrDb = weights.perChannelSqnrDb;
        }
    }

    void observe(ValuePair pair, std::function<void(const PairedValues&)> take)
    {
        m_pairs.push_back(std::move(pair));
        m_take.push_back(std::move(take));
    }

    void planLayers()
    {
        std::vector<const Layer*> partners;
        for (AgainstLayer& row : m_report.layers) {
            Work& work = m_work[row.layer.index];
            const Layer& layer = original().layer(row.layer);
            work.original = siteOf(m_original, layer, original().weightOf(layer));
        }
        for (const Layer& layer : quantized().layers)
            if (const LayerSite site = siteOf(m_quantized, layer, quantized().weightOf(layer)); site.node)
                m_quantizedNodes.insert(site.node);
        for (AgainstLayer& row : m_report.layers)
            if (row.matched)
                planLayer(row, m_work[row.layer.index]);
    }

    void planLayer(AgainstLayer& row, Work& work)
    {
        const Layer& other = quantized().layer(*row.matched);
        work.quantized = siteOf(m_quantized, other, quantized().weightOf(other));
        work.output = pairOutputs(m_original, work.original, m_quantized, work.quantized);
        row.storedAct = work.quantized.inputRange ? work.quantized.inputRange->range.description() : "float";
        if (!work.output.reason.empty()) {
            row.accumulatedReason = "not observable: " + work.output.reason;
        } else {
            work.observed = true;
            observe({work.output.original.name, work.output.quantized.name},
                    [&work](const PairedValues& values) {
                        if (values.original && values.quantized)
                            work.sums.add(*values.original, *values.quantized, work.output.quantized.codes);
                    });
        }
        if (!work.original.node)
            return;
        const LayerKind kind = original().layer(row.layer).kind;
        const int axis = kind == LayerKind::Gemm || kind == LayerKind::MatMul ? -1 : 1;
        if (work.quantized.inputRange)
            planRange("input", *work.quantized.inputRange, work.original.input, axis, work.ranges);
        else if (!work.original.input.empty()) {
            work.input = std::make_unique<RangeStats>(StoredRange{}, axis);
            observe({work.original.input, {}}, [&work](const PairedValues& values) {
                if (values.original)
                    work.input->add(*values.original);
            });
        }
        if (work.quantized.outputRange)
            planRange("output", *work.quantized.outputRange, work.output.original.name, axis, work.ranges);
        for (const RangeSite& site : rangesBefore(m_quantized, work.quantized.input, m_quantizedNodes))
            if (!work.quantized.inputRange || site.name != work.quantized.inputRange->name)
                planRange("between", site, floatValueOf(m_original, m_quantized, site), axis, work.ranges);
    }

    /// `value`: of the float network; "": the quantized network's own.
    void planRange(const char* place, const RangeSite& site, const std::string& value, int axis,
                   std::vector<std::unique_ptr<RangeTask>>& into)
    {
        if (value.empty() && site.before.name.empty())
            return;
        into.push_back(std::make_unique<RangeTask>(RangeTask{{}, RangeStats(site.range, axis)}));
        RangeTask& task = *into.back();
        task.range.place = place;
        task.range.value = site.before.name.empty() ? site.name : site.before.name;
        task.range.ofFloat = !value.empty();
        observe(value.empty() ? ValuePair{{}, site.before.name} : ValuePair{value, {}},
                [&task](const PairedValues& values) {
                    if (const Tensor* tensor = values.original ? values.original : values.quantized)
                        task.stats.add(*tensor);
                });
    }

    void planOutputs()
    {
        const auto& from = m_original.model().proto.graph().output();
        const auto& to = m_quantized.model().proto.graph().output();
        if (from.size() != to.size())
            throw Error(ErrorCode::InvalidArgument,
                        "'" + m_quantized.model().file + "' has " + std::to_string(to.size())
                            + " outputs and the float network " + std::to_string(from.size())
                            + ": they are not the same network.",
                        m_quantized.model().file);
        m_outputs.resize(static_cast<std::size_t>(from.size()));
        m_outputRanges.resize(m_outputs.size());
        for (int i = 0; i < from.size(); ++i) {
            const auto at = static_cast<std::size_t>(i);
            m_report.outputs.push_back({from[i].name(), to[i].name(), {}, {}, {}, {}, false});
            observe({from[i].name(), to[i].name()}, [this, at](const PairedValues& values) {
                if (values.original && values.quantized)
                    m_outputs[at].add(*values.original, *values.quantized, values.samples);
            });
            for (const RangeSite& site : rangesBefore(m_quantized, to[i].name(), m_quantizedNodes))
                planRange("output", site, floatValueOf(m_original, m_quantized, site), 1, m_outputRanges[at]);
        }
    }

    static std::vector<AgainstRange> filled(std::vector<std::unique_ptr<RangeTask>>& tasks)
    {
        std::vector<AgainstRange> ranges;
        for (auto& task : tasks) {
            task->stats.fill(task->range);
            ranges.push_back(task->range);
        }
        return ranges;
    }

    void readResults()
    {
        for (AgainstLayer& row : m_report.layers) {
            Work& work = m_work[row.layer.index];
            row.ranges = filled(work.ranges);
            if (!work.observed)
                continue;
            row.accumulatedSqnrDb = decibels(work.sums.signal, work.sums.noise);
            if (work.sums.differs) {
                row.accumulatedSqnrDb = std::nan("");
                row.accumulatedReason = "not observable: the values differ in size";
            } else if (std::isnan(row.accumulatedSqnrDb))
                row.accumulatedReason = work.sums.signal > 0 ? "exact" : "zero signal";
        }
        for (std::size_t i = 0; i < m_outputs.size(); ++i) {
            AgainstOutput& output = m_report.outputs[i];
            output.error = m_outputs[i].error.result();
            if (m_outputs[i].answers && m_outputs[i].samples > 0)
                output.agreement =
                    static_cast<double>(m_outputs[i].agreeing) / static_cast<double>(m_outputs[i].samples);
            output.ranges = filled(m_outputRanges[i]);
            for (const AgainstRange& range : output.ranges)
                if (auto cause = causeOf(range, range.fittedSqnrDb - range.sqnrDb))
                    output.causes.push_back(std::move(*cause));
        }
    }

    LocalTask taskOf(const AgainstLayer& row) const
    {
        const Work& work = m_work[row.layer.index];
        LocalTask task;
        task.original = &original().layer(row.layer);
        task.quantized = &quantized().layer(*row.matched);
        task.originalSite = &work.original;
        task.quantizedSite = &work.quantized;
        task.channelAxis =
            task.original->kind == LayerKind::Gemm || task.original->kind == LayerKind::MatMul ? -1 : 1;
        for (std::size_t i = 0; i < row.ranges.size(); ++i)
            if (row.ranges[i].place == "input") {
                task.actual = {static_cast<float>(row.ranges[i].min), static_cast<float>(row.ranges[i].max)};
                task.channelMax = work.ranges[i]->stats.channelMax();
            }
        return task;
    }

    void findCauses()
    {
        std::vector<LocalTask> tasks;
        std::vector<AgainstLayer*> rows;
        for (AgainstLayer& row : m_report.layers)
            if (row.matched && m_work[row.layer.index].original.node
                && m_work[row.layer.index].quantized.node) {
                tasks.push_back(taskOf(row));
                rows.push_back(&row);
            }
        const std::size_t count = std::min(m_order.size(), m_report.settings.localSamples);
        const SampleOrder order(m_order.begin(), m_order.begin() + static_cast<std::ptrdiff_t>(count));
        const auto local = localErrors(m_original, quantized(), tasks,
                                       {m_report.settings.scheme, m_samples, order, m_report.settings.run},
                                       m_stop, m_progress);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            AgainstLayer& row = *rows[i];
            const Work& work = m_work[row.layer.index];
            row.localSqnrDb = local[i].stored;
            row.ourLocalSqnrDb = local[i].ours;
            row.localReason = local[i].reason;
            row.causes = causesOf({row, work.weights, work.stored, local[i], work.original, work.quantized,
                                   tasks[i].original, tasks[i].quantized, m_report.settings.scheme.bits});
        }
    }

    GraphView m_original, m_quantized;
    const SampleSource& m_samples;
    const SampleOrder& m_order;
    std::stop_token m_stop;
    const ProgressFn& m_progress;
    AgainstReport m_report;
    std::vector<Work> m_work; ///< one per layer of the float network
    std::set<const onnx::NodeProto*> m_quantizedNodes;
    std::vector<NetworkOutput> m_outputs;
    std::vector<std::vector<std::unique_ptr<RangeTask>>> m_outputRanges;
    std::vector<ValuePair> m_pairs;
    std::vector<std::function<void(const PairedValues&)>> m_take; ///< one per pair
};

} // namespace

AgainstReport compareWithQuantized(std::shared_ptr<const RunModel> original,
                                   std::shared_ptr<const RunModel> quantized, const SampleSource& samples,
                                   const SampleOrder& order, const AgainstSettings& settings,
                                   std::stop_token stop, const ProgressFn& progress)
{
    if (order.empty())
        throw Error(ErrorCode::InvalidArgument, "Comparing with a quantized file needs at least one sample.");
    return Comparison(original, quantized, samples, order, settings, std::move(stop), progress).run();
}

} // namespace quantoscope
