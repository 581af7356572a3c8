// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/ptq.h"

#include "core/analysis/ptq/calibration.h"
#include "core/analysis/ptq/equalizenetwork.h"
#include "core/analysis/ptq/smoothquant.h"
#include "core/quant/outliers.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Rows of several layers' inputs that are held at once; more layers take further runs of the samples.
constexpr std::size_t rowBytesAtOnce = 64u << 20;

/// The steps behind quantizeNetwork(), in order.
class Quantization
{
public:
    Quantization(Calibration calibration, const PtqSettings& settings)
        : m_calibration(std::move(calibration)), m_settings(settings)
    {
    }

    PtqResult run()
    {
        checkSettings(m_settings, *m_calibration.model->network);
        editModel();
        m_plans = planLayers(*m_calibration.model, m_settings, m_notes);
        for (const LayerPlan& plan : m_plans) {
            QuantizedLayer layer;
            layer.layer = plan.layer;
            layer.scheme = plan.scheme;
            layer.reason = plan.reason;
            m_layers.push_back(std::move(layer));
        }
        m_columns.resize(m_plans.size());
        m_marked.resize(m_plans.size());
        findOutliers();
        findStaticRanges();
        makeParams();
        return {{m_calibration.model, std::move(m_layers), m_settings.dynamicRange}, std::move(m_notes)};
    }

private:
    const Layer& layerOf(std::size_t i) const { return m_calibration.layer(m_plans[i]); }

    void editModel()
    {
        if (m_settings.equalize)
            m_calibration.model = equalized(m_calibration.model, m_notes, m_calibration.stop);
        if (!m_settings.smoothQuant)
            return;
        m_calibration.requireSamples("SmoothQuant");
        std::vector<std::string> unused; // the plans are made again for the edited model
        const auto plans = planLayers(*m_calibration.model, m_settings, unused);
        m_calibration.model = smoothed(m_calibration, plans, *m_settings.smoothQuant, m_notes);
    }

    /// LLM.int8(): columns by the largest magnitude on all samples.
    void findOutliers()
    {
        std::vector<const LayerPlan*> plans;
        for (const LayerPlan& plan : m_plans)
            if (plan.reason.empty() && plan.scheme.outliers)
                plans.push_back(&plan);
        if (plans.empty())
            return;
        m_calibration.requireSamples("outliers=T");
        const auto largest = featureMagnitudes(m_calibration, plans);
        for (std::size_t i = 0; i < plans.size(); ++i)
            splitColumns(*plans[i], largest[i]);
    }

    void splitColumns(const LayerPlan& plan, const std::vector<float>& largest)
    {
        const std::size_t index = plan.layer.index;
        const ProductInput& input = plan.inputs.front();
        const std::size_t perGroup = input.features / input.groups;
        // Groups share the columns of the arranged weight: an outlier of one is one of all.
        std::vector<std::uint8_t> columns(perGroup * input.taps());
        std::size_t marked = 0;
        for (std::size_t f = 0; f < input.features; ++f) {
            if (!(static_cast<double>(largest[f]) > *plan.scheme.outliers))
                continue;
            ++marked;
            std::fill_n(columns.begin() + static_cast<std::ptrdiff_t>(f % perGroup * input.taps()),
                        input.taps(), std::uint8_t{1});
        }
        if (!input.images) // what meets columns in binary16 stays float; images are quantized as a whole
            m_marked[index] = columns;
        m_notes.push_back("'" + layerOf(index).name + "': " + std::to_string(marked) + " of "
                          + std::to_string(input.features) + (input.images ? " channels" : " features")
                          + " stay in binary16, their inputs exceed the threshold.");
        m_columns[index] = std::move(columns);
    }

    void findStaticRanges()
    {
        if (m_settings.mode != QuantizationMode::Static)
            return;
        if (std::any_of(m_plans.begin(), m_plans.end(), [](const LayerPlan& plan) { return plan.range; }))
            m_calibration.requireSamples("Mode static");
        if (m_calibration.hasSamples())
            findRanges(m_calibration, m_plans, m_marked, m_layers, m_notes);
    }

    void makeParams()
    {
        std::vector<const LayerPlan*> waiting;
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < m_plans.size(); ++i) {
            if (!m_plans[i].reason.empty())
                step();
            else if (!m_plans[i].rows())
                quantizeAlone(i);
            else {
                const std::size_t own =
                    m_settings.algorithmSamples * m_plans[i].inputs.front().width() * sizeof(float);
                if (!waiting.empty() && bytes + own > rowBytesAtOnce) {
                    quantizeOnRows(waiting);
                    waiting.clear();
                    bytes = 0;
                }
                waiting.push_back(&m_plans[i]);
                bytes += own;
            }
        }
        quantizeOnRows(waiting);
    }

    void quantizeAlone(std::size_t index)
    {
        throwIfStopped(m_calibration.stop);
        LayerData data(m_calibration.model->network, m_plans[index].layer);
        quantizeWeight(index, data, nullptr);
        step();
    }

    /// The layer's parameters, or why there are none.
    void quantizeWeight(std::size_t index, LayerData& data, const std::shared_ptr<const LayerRows>& rows)
    {
        QuantizedLayer& layer = m_layers[index];
        const std::stop_token& stop = m_calibration.stop;
        try {
            if (!m_columns[index].empty()) {
                layer.params = std::make_shared<const ParamSets>(
                    splitOutliers(data.arranged(layer.scheme), layer.scheme, m_columns[index], stop));
            } else if (m_plans[index].algorithm && rows->groups > 1) {
                layer.params =
                    std::make_shared<const ParamSets>(groupedParams(data, layer.scheme, *rows, stop));
            } else {
                if (m_plans[index].algorithm)
                    data.setInputs({rows->values, rows}, {static_cast<std::int64_t>(rows->rows()),
                                                          static_cast<std::int64_t>(rows->features)});
                layer.params = data.params(layer.scheme, stop);
            }
        } catch (const Error& error) {
            layer.reason = error.what();
        }
    }

    void quantizeOnRows(const std::vector<const LayerPlan*>& plans)
    {
        if (plans.empty())
            return;
        m_calibration.requireSamples(plans.front()->algorithm
                                         ? "algorithm=" + std::string(nameOf(plans.front()->scheme.algorithm))
                                         : "Bias correction");
        std::vector<LayerRows> rows =
            drawRows(m_calibration, plans, m_settings.algorithmSamples, m_settings.seed);
        for (std::size_t i = 0; i < plans.size(); ++i) {
            throwIfStopped(m_calibration.stop);
            quantizeOn(*plans[i], std::exchange(rows[i], {}));
            step();
        }
    }

    void quantizeOn(const LayerPlan& plan, LayerRows drawn)
    {
        const std::size_t index = plan.layer.index;
        const auto rows = std::make_shared<const LayerRows>(std::move(drawn));
        LayerData data(m_calibration.model->network, plan.layer);
        quantizeWeight(index, data, rows);
        if (plan.correctBias && m_layers[index].params)
            m_layers[index].bias =
                correctedBias(data, *m_layers[index].params, *rows, biasOf(index, data), m_calibration.stop);
    }

    /// The file's, one number for each output; empty where it has none.
    std::vector<float> biasOf(std::size_t index, LayerData& data) const
    {
        const auto& bias = layerOf(index).bias;
        if (!bias)
            return {};
        const FloatArray values = floatsOf(*bias);
        if (values.values.size() == 1)
            return std::vector<float>(data.arranged(Scheme{}).channels, values.values.front());
        return {values.values.begin(), values.values.end()};
    }

    void step()
    {
        ++m_done;
        if (m_calibration.progress)
            m_calibration.progress(Stage::Analyzing, m_done, m_plans.size());
    }

    Calibration m_calibration;
    const PtqSettings& m_settings;
    std::vector<std::string> m_notes;
    std::vector<LayerPlan> m_plans;
    std::vector<std::vector<std::uint8_t>> m_columns; ///< kept in binary16, by layer
    std::vector<std::vector<std::uint8_t>> m_marked;  ///< features that are not quantized, by layer
    std::vector<QuantizedLayer> m_layers;
    std::size_t m_done = 0;
};

} // namespace

PtqResult quantizeNetwork(std::shared_ptr<const RunModel> model, const PtqSettings& settings,
                          const SampleSource* calibration, const SampleOrder& order, std::stop_token stop,
                          const ProgressFn& progress)
{
    PtqResult result;
    onThreads(std::max(1, settings.threads), [&] {
        result =
            Quantization({std::move(model), calibration, order, settings.threads, stop, progress}, settings)
                .run();
    });
    return result;
}

} // namespace quantoscope
