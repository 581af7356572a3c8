// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/activations/activationdetail.h"

#include "core/analysis/layeranalysis.h"
#include "core/analysis/ptq/listeners.h"
#include "core/metrics/valuestats.h"
#include "core/quant/formats.h"
#include "core/quant/ranges/observer.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

using Kind = RangeRule::Kind;

constexpr std::size_t piece = 1 << 20; ///< values between two looks at the stop token
constexpr std::size_t mostSamplesOfMap = 64;

Scheme schemeFor(const ActivationScheme& act, const RangeRule& rule)
{
    ActivationScheme wanted = act.format == Format::Int ? act : ActivationScheme{};
    if (act.format != Format::Int)
        wanted.grid = Grid::Symmetric;
    wanted.granularity = {};
    wanted.range = rule;
    return schemeOf(wanted);
}

/// About four bins per √n values, as weights are shown.
std::size_t binsFor(std::uint64_t values, std::size_t most)
{
    constexpr std::size_t least = 48;
    const auto wanted = static_cast<std::size_t>(4 * std::sqrt(static_cast<double>(values)));
    return std::clamp(wanted, std::min(least, most), most);
}

void raise(Extremes& all, const Extremes& more)
{
    if (more.finite > 0) {
        all.min = all.finite == 0 ? more.min : std::min(all.min, more.min);
        all.max = all.finite == 0 ? more.max : std::max(all.max, more.max);
    }
    all.finite += more.finite;
    all.nan += more.nan;
    all.inf += more.inf;
}

class Collector
{
public:
    Collector(std::shared_ptr<const RunModel> model, const Layer& layer,
              const ActivationDetailSettings& settings, std::stop_token stop)
        : m_model(std::move(model)), m_settings(settings), m_stop(std::move(stop)), m_inputs(inputsOf(layer)),
          m_channels(m_inputs.front().features)
    {
        m_detail.layer = layer.id;
        m_detail.outlierFactor = settings.outlierFactor;
        for (const ProductInput& input : m_inputs)
            m_detail.values.push_back(input.value);
        if (layer.kind != LayerKind::MatMul && layer.kind != LayerKind::Gemm)
            m_detail.whyNoMap = "it is drawn for products of matrices";
        else if (m_inputs.front().axisFromEnd != 1)
            m_detail.whyNoMap = "the features are not the last axis of the input";
        for (const RangeRule& rule : observedRules(settings.act.range))
            addObserver(rule);
    }

    ActivationDetail run(const SampleSource& samples, const SampleOrder& order, const ProgressFn& progress)
    {
        pass(samples, order, 0, progress, &Collector::lookAt);
        finishRanges();
        pass(samples, order, 1, progress, &Collector::count);
        m_detail.samples = order.size();
        m_detail.channels = m_channels.result();
        m_detail.outliers = outlierChannels(m_detail.channels, m_settings.outlierFactor);
        makeMap();
        return std::move(m_detail);
    }

private:
    using Handler = void (Collector::*)(const ProductInput&, const HeardBatch&);

    std::vector<ProductInput> inputsOf(const Layer& layer) const
    {
        LayerInput read = layerInputOf(*m_model, layer);
        if (!read.reason.empty())
            throw Error(ErrorCode::Unsupported,
                        "What '" + layer.name + "' is fed cannot be observed: " + read.reason + ".",
                        layer.name);
        return std::move(read.inputs);
    }

    void addObserver(const RangeRule& rule)
    {
        ObservedRange observed{rule, rule == m_settings.act.range, {}, {}, 0, 0, {}};
        try {
            m_observers.push_back(std::make_unique<RangeObserver>(schemeFor(m_settings.act, rule)));
        } catch (const Error& error) {
            m_observers.push_back(nullptr);
            observed.issue = error.what();
        }
        m_detail.observers.push_back(std::move(observed));
    }

    void pass(const SampleSource& samples, const SampleOrder& order, std::size_t number,
              const ProgressFn& progress, Handler handler)
    {
        Listeners listeners;
        for (const ProductInput& input : m_inputs)
            listeners.add(input.value, [this, &input, handler](const HeardBatch& batch) {
                (this->*handler)(input, batch);
            });
        const ProgressFn half = [&](Stage stage, std::size_t done, std::size_t total) {
            if (progress)
                progress(stage, number * total + done, 2 * total);
        };
        listeners.run(m_model, samples, order, m_settings.capture, m_stop, half);
    }

    void lookAt(const ProductInput& input, const HeardBatch& batch)
    {
        raise(m_detail.extremes, extremes(batch.value.values));
        m_channels.addEnds(input, batch.value, m_stop);
        parallelFor(
            m_observers.size(), [&](std::size_t i) { observe(i, batch.value.values); }, m_stop);
        if (m_detail.whyNoMap.empty() && &input == &m_inputs.front())
            keepRows(input, batch);
    }

    void observe(std::size_t i, std::span<const float> values)
    {
        if (!m_observers[i])
            return;
        // A moving average takes a batch as a whole.
        const bool whole = m_detail.observers[i].rule.kind == Kind::Ema;
        const std::size_t step = whole ? std::max<std::size_t>(values.size(), 1) : piece;
        for (std::size_t at = 0; at < values.size(); at += step) {
            throwIfStopped(m_stop);
            m_observers[i]->add(values.subspan(at, std::min(step, values.size() - at)));
        }
    }

    /// All rows of the first sample; where a sample has a single one, those of the first samples.
    void keepRows(const ProductInput& input, const HeardBatch& batch)
    {
        const std::span<const float> values = batch.value.values;
        const std::size_t each = values.size() / std::max<std::size_t>(batch.samples, 1);
        const bool isSingle = each == input.features;
        if (each == 0 || (batch.first > 0 && !isSingle) || batch.first >= mostSamplesOfMap)
            return;
        const std::size_t kept = isSingle ? std::min(batch.samples, mostSamplesOfMap - batch.first) : 1;
        const auto part = values.first(kept * each);
        m_rows.insert(m_rows.end(), part.begin(), part.end());
        m_rowsAreSamples = isSingle;
    }

    void finishRanges()
    {
        parallelFor(
            m_observers.size(),
            [&](std::size_t i) {
                if (!m_observers[i])
                    return;
                ObservedRange& observed = m_detail.observers[i];
                const Scheme scheme = schemeFor(m_settings.act, observed.rule);
                observed.range = m_observers[i]->range();
                observed.clip = clipLimits(makeParams(scheme, observed.range), codeRange(scheme));
                m_observers[i].reset();
            },
            m_stop);
        const Interval axis = histogramAxis(m_detail.extremes);
        m_detail.histogram.lo = static_cast<double>(axis.lo);
        m_detail.histogram.hi = static_cast<double>(axis.hi);
        m_detail.histogram.counts.resize(binsFor(m_detail.extremes.finite, m_settings.bins));
    }

    void count(const ProductInput& input, const HeardBatch& batch)
    {
        Histogram& all = m_detail.histogram;
        all.merge(histogram(batch.value.values, all.lo, all.hi, all.counts.size()));
        m_channels.addCounts(input, batch.value, m_stop);
        parallelFor(
            m_detail.observers.size(),
            [&](std::size_t i) { countBeyond(m_detail.observers[i], batch.value.values); }, m_stop);
    }

    void countBeyond(ObservedRange& observed, std::span<const float> values) const
    {
        for (std::size_t at = 0; at < values.size(); at += piece) {
            throwIfStopped(m_stop);
            for (const float x : values.subspan(at, std::min(piece, values.size() - at))) {
                observed.below += std::isfinite(x) && x < observed.clip.lo;
                observed.above += std::isfinite(x) && x > observed.clip.hi;
            }
        }
    }

    void makeMap()
    {
        if (!m_detail.whyNoMap.empty())
            return;
        std::vector<float> magnitudes;
        for (const ChannelRange& channel : m_detail.channels)
            magnitudes.push_back(channel.magnitude());
        m_detail.smoothing = smoothingFactors(*m_model, m_inputs.front(), magnitudes, m_settings.smoothAlpha);
        m_detail.map = featureMap(m_rows, magnitudes.size(), m_detail.smoothing);
        m_detail.map->rowsAreSamples = m_rowsAreSamples;
    }

    std::shared_ptr<const RunModel> m_model;
    const ActivationDetailSettings& m_settings;
    std::stop_token m_stop;
    std::vector<ProductInput> m_inputs;
    ChannelRanges m_channels;
    std::vector<std::unique_ptr<RangeObserver>> m_observers; ///< as m_detail.observers; null: no answer
    std::vector<float> m_rows;                               ///< of the map
    bool m_rowsAreSamples = false;
    ActivationDetail m_detail;
};

} // namespace

std::vector<RangeRule> observedRules(const RangeRule& own)
{
    std::vector<RangeRule> rules = {{Kind::MinMax, 0, 0},        {Kind::Percentile, 99.99, 0},
                                    {Kind::Percentile, 99.9, 0}, {Kind::Mse, 0, 0},
                                    {Kind::Entropy, 0, 0},       {Kind::Aciq, 0, 0},
                                    {Kind::Sigma, 3, 0},         {Kind::Ema, 0.01, 0}};
    const bool isThere = std::find(rules.begin(), rules.end(), own) != rules.end();
    if (!isThere && own.kind != Kind::Dynamic)
        rules.push_back(own);
    return rules;
}

ActivationDetail activationDetail(const std::shared_ptr<const RunModel>& model, LayerId layer,
                                  const SampleSource& samples, const SampleOrder& order,
                                  const ActivationDetailSettings& settings, std::stop_token stop,
                                  const ProgressFn& progress)
{
    if (order.empty())
        throw Error(ErrorCode::InvalidArgument, "There are no samples to look at the activations of.");
    if (settings.bins < 1 || !(settings.smoothAlpha >= 0 && settings.smoothAlpha <= 1)
        || !(settings.outlierFactor > 0))
        throw Error(
            ErrorCode::InvalidArgument,
            "A histogram has at least 1 bin, SmoothQuant's α is 0 to 1, the outlier factor positive.");
    Collector collector(model, model->network->layer(layer), settings, std::move(stop));
    return collector.run(samples, order, progress);
}

} // namespace quantoscope
