// SPDX-License-Identifier: GPL-3.0-or-later
// What works without rounding decisions of its own: equalization, bias correction, HQQ, statistics of the inputs.
#include "core/quant/algorithms/biascorrection.h"
#include "core/quant/algorithms/equalization.h"
#include "core/quant/algorithms/hqq.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"
#include "core/support/progress.h"
#include "tests/core/algorithmdata.h"

#include <QRegularExpression>
#include <QTest>

#include <limits>

using namespace quantoscope;
using namespace quantoscope::testdata;

namespace {

struct Plane
{
    std::size_t channels = 0, height = 1, width = 1;
    std::vector<double> values;
    double& at(std::size_t c, std::size_t y, std::size_t x) { return values[(c * height + y) * width + x]; }
};

/// 3 × 3 convolution with zero padding, or (inner = 1) a product at every position, then the activation; in double.
Plane forward(const EqualizedLayer& layer, Plane in, double leak, bool isRelu)
{
    const std::size_t side = layer.inner == 9 ? 3 : 1;
    const std::size_t inputs = layer.inputs / layer.groups, outputs = layer.outputs / layer.groups;
    Plane out{layer.outputs, in.height, in.width, std::vector<double>(layer.outputs * in.height * in.width)};
    for (std::size_t o = 0; o < layer.outputs; ++o)
        for (std::size_t y = 0; y < in.height; ++y)
            for (std::size_t x = 0; x < in.width; ++x) {
                double sum = layer.bias.empty() ? 0 : double(layer.bias[o]);
                for (std::size_t i = 0; i < inputs; ++i)
                    for (std::size_t k = 0; k < side * side; ++k) {
                        const std::size_t row = y + k / side - side / 2, column = x + k % side - side / 2;
                        if (row < in.height && column < in.width) // wraps below 0
                            sum += double(layer.weights[(o * inputs + i) * layer.inner + k])
                                   * in.at(o / outputs * inputs + i, row, column);
                    }
                if (layer.after == Between::Capped)
                    sum = std::clamp(sum, 0.0, double(layer.caps[o]));
                else if (isRelu && sum < 0)
                    sum *= leak;
                out.at(o, y, x) = sum;
            }
    return out;
}

double relativeChange(const std::vector<EqualizedLayer>& before, const std::vector<EqualizedLayer>& after,
                      const Plane& input, double leak)
{
    Plane a = input, b = input;
    for (std::size_t i = 0; i < before.size(); ++i) {
        const bool last = i + 1 == before.size();
        a = forward(before[i], a, leak, !last);
        b = forward(after[i], b, leak, !last);
    }
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        difference += (a.values[i] - b.values[i]) * (a.values[i] - b.values[i]);
        norm += a.values[i] * a.values[i];
    }
    return std::sqrt(difference / norm);
}

/// Weights whose outputs and inputs differ in size by orders of magnitude.
EqualizedLayer unevenLayer(std::size_t outputs, std::size_t inputs, std::size_t inner, std::size_t groups,
                           unsigned seed)
{
    EqualizedLayer layer;
    layer.outputs = outputs;
    layer.inputs = inputs;
    layer.inner = inner;
    layer.groups = groups;
    const std::size_t perOutput = inputs / groups * inner;
    layer.weights = reference::gauss(outputs * perOutput, seed, 0.3f);
    const std::vector<float> sizes = reference::gauss(outputs, seed + 1, 1.5f);
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
        layer.weights[i] *= std::exp(sizes[i / perOutput]);
    layer.bias = reference::gauss(outputs, seed + 2, 0.2f);
    return layer;
}

float largest(const EqualizedLayer& layer, std::size_t channel, bool isOutput)
{
    const std::size_t inputs = layer.inputs / layer.groups, outputs = layer.outputs / layer.groups;
    float result = 0;
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        const std::size_t output = i / (inputs * layer.inner);
        const std::size_t input = output / outputs * inputs + i / layer.inner % inputs;
        if ((isOutput ? output : input) == channel)
            result = std::max(result, std::abs(layer.weights[i]));
    }
    return result;
}

template <class Run>
QString errorOf(Run run)
{
    try {
        run();
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace

class TestAlgorithmsNetwork : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void equalizationKeepsTheNetwork_data()
    {
        QTest::addColumn<bool>("isConvolution");
        QTest::addColumn<bool>("isCapped");
        QTest::addColumn<double>("leak");
        QTest::newRow("perceptron, ReLU") << false << false << 0.0;
        QTest::newRow("perceptron, leaky ReLU") << false << false << 0.1;
        QTest::newRow("perceptron, ReLU6") << false << true << 0.0;
        QTest::newRow("perceptron, no activation") << false << false << 1.0;
        QTest::newRow("convolutions, one depthwise, ReLU") << true << false << 0.0;
        QTest::newRow("convolutions, one depthwise, ReLU6") << true << true << 0.0;
    }
    void equalizationKeepsTheNetwork()
    {
        QFETCH(bool, isConvolution);
        QFETCH(bool, isCapped);
        QFETCH(double, leak);
        for (unsigned seed = 0; seed < 5; ++seed) {
            const unsigned at = 1000 * (seed + 1);
            std::vector<EqualizedLayer> layers;
            if (isConvolution)
                layers = {unevenLayer(8, 3, 9, 1, at), unevenLayer(8, 8, 9, 8, at + 10),
                          unevenLayer(6, 8, 1, 2, at + 20), unevenLayer(4, 6, 9, 1, at + 30)};
            else
                layers = {unevenLayer(12, 7, 1, 1, at), unevenLayer(9, 12, 1, 1, at + 10),
                          unevenLayer(5, 9, 1, 1, at + 20)};
            for (EqualizedLayer& layer : layers) {
                layer.after = isCapped ? Between::Capped : Between::Homogeneous;
                if (isCapped)
                    layer.caps.assign(layer.outputs, 6.0f);
            }
            layers.back().after = Between::Other; // after the last nothing is scaled
            layers.back().caps.clear();
            const Equalization result = equalize(layers);
            Plane input{layers[0].inputs, 5, 4, {}};
            for (const float x : reference::gauss(layers[0].inputs * 20, at + 40, 2.0f))
                input.values.push_back(double(x));
            QVERIFY(relativeChange(layers, result.layers, input, leak) < 1e-5);
            // The ranges agree all along, which they did not before.
            for (std::size_t i = 0; i + 1 < layers.size(); ++i)
                for (std::size_t c = 0; c < layers[i].outputs; ++c) {
                    const double ratio = double(largest(result.layers[i], c, true))
                                         / double(largest(result.layers[i + 1], c, false));
                    QVERIFY2(std::abs(ratio - 1) < 1e-3, qPrintable(QString::number(ratio)));
                }
            QVERIFY(result.change <= 1e-4 && result.iterations > 1 && result.iterations < 100);
        }
    }

    void equalizationByHand()
    {
        // r1 = (4, 1), r2 = (1, 4): s = √(r1/r2) = (2, 1/2).
        EqualizedLayer first{{4, -2, 0.5f, 1}, 2, 2, 1, 1, {6, 3}, Between::Capped, {6, 6}};
        EqualizedLayer second{{1, 4, 0.5f, -2}, 2, 2, 1, 1, {}, Between::Homogeneous, {}};
        const Equalization result = equalize({first, second});
        QCOMPARE(result.factors[0], (std::vector<float>{2, 0.5f}));
        QCOMPARE(result.layers[0].weights, (std::vector<float>{2, -1, 1, 2}));
        QCOMPARE(result.layers[0].bias, (std::vector<float>{3, 6}));
        QCOMPARE(result.layers[0].caps, (std::vector<float>{3, 12}));
        QCOMPARE(result.layers[1].weights, (std::vector<float>{2, 2, 1, -1}));
        QCOMPARE(result.iterations, 2u);
        QCOMPARE(result.change, 0.0);
    }

    void equalizationLeavesWhatItCannotScale()
    {
        EqualizedLayer first{{0, 0, 3, 1, 1e-30f, 0}, 3, 2, 1, 1, {1, 1, 1e30f}, Between::Homogeneous, {}};
        EqualizedLayer second{{5, 0, 1e30f}, 1, 3, 1, 1, {}, Between::Homogeneous, {}};
        QCOMPARE(equalize({first, second}).factors[0], (std::vector<float>{1, 1, 1}));
        first.weights[2] = std::numeric_limits<float>::infinity();
        QCOMPARE(equalize({first, second}).factors[0], (std::vector<float>{1, 1, 1}));
        QCOMPARE(equalize({}).layers.size(), 0u);
        QCOMPARE(equalize({first}).layers.size(), 1u);
    }

    void equalizationRefuses()
    {
        const EqualizedLayer good = unevenLayer(4, 4, 1, 1, 5);
        EqualizedLayer other = good;
        other.after = Between::Other;
        QVERIFY(errorOf([&] { equalize({other, good}); }).contains("activation"));
        QVERIFY(errorOf([&] {
                    equalize({unevenLayer(5, 4, 1, 1, 6), good});
                }).contains("5 outputs meet 4 inputs"));
        other = good;
        other.after = Between::Capped;
        QVERIFY(errorOf([&] { equalize({other, good}); }).contains("Layer 0"));
        other = good;
        other.weights.pop_back();
        QVERIFY(errorOf([&] { equalize({good, other}); }).contains("Layer 1"));
        other = good;
        other.groups = 0;
        QVERIFY(errorOf([&] { equalize({other}); }).contains("groups"));
        std::stop_source stopped;
        stopped.request_stop();
        QVERIFY_EXCEPTION_THROWN(equalize({good, good}, {}, stopped.get_token()), Cancelled);
    }

    void biasCorrectionIsNeverWorse()
    {
        for (unsigned seed = 0; seed < 20; ++seed) {
            const ChannelMajor weights = gaussLayer(12, 30, 300 + seed);
            const Samples samples = correlatedSamples(60, 30, 400 + seed, 0, seed % 2 == 0);
            const Scheme scheme = parseScheme(seed % 3 ? "bits=3,granularity=channel" : "bits=4,grid=offset");
            const ParamSets params =
                makeParamSets(scheme, layoutFor(scheme, weights), estimateRanges(weights, scheme));
            const std::vector<float> values = valuesOf(weights, params);
            const std::vector<float> bias =
                seed % 4 ? reference::gauss(12, 500 + seed) : std::vector<float>{};
            const BiasCorrection corrected = correctBias(weights, values, bias, samples.inputs());
            for (std::size_t row = 0; row < 12; ++row) {
                const double shift = double(corrected.bias[row]) - (bias.empty() ? 0.0 : double(bias[row]));
                double meanBefore = 0, mean = 0, squareBefore = 0, square = 0;
                for (std::size_t s = 0; s < 60; ++s) {
                    double error = 0;
                    for (std::size_t j = 0; j < 30; ++j)
                        error += (double(values[row * 30 + j]) - double(weights.values[row * 30 + j]))
                                 * double(samples.values[s * 30 + j]);
                    meanBefore += error / 60;
                    squareBefore += error * error / 60;
                    mean += (error + shift) / 60;
                    square += (error + shift) * (error + shift) / 60;
                }
                QVERIFY(std::abs(corrected.meanErrors[row] - meanBefore) < 1e-12);
                // What is left is the rounding of the bias, at most half a unit in its last place.
                const double left = std::abs(double(corrected.bias[row])) * 0x1p-24;
                QVERIFY(std::abs(mean) <= left + 1e-12);
                QVERIFY(std::abs(mean) <= std::abs(meanBefore) + left);
                QVERIFY(square <= squareBefore + left * left + 1e-12);
            }
        }
        const ChannelMajor weights = gaussLayer(2, 3, 9);
        const std::vector<float> x(9, 1.0f);
        const auto message = [&](std::span<const float> values, std::vector<float> bias, LayerInputs inputs) {
            return errorOf([&] { correctBias(weights, values, bias, inputs); });
        };
        QVERIFY(message(weights.values, {1, 2, 3}, {x, 3, 3}).contains("one bias"));
        QVERIFY(message(weights.values.first(3), {}, {x, 3, 3}).contains("one quantized value"));
        QVERIFY(message(weights.values, {}, {x, 9, 1}).contains("1 features"));
        QVERIFY(message(weights.values, {}, {{}, 0, 3}).contains("Too few samples"));
    }

    void hqqNeverRaisesItsError()
    {
        for (const char* scheme :
             {"bits=2,grid=offset,granularity=group:16,algorithm=hqq",
              "bits=4,grid=offset,granularity=channel,algorithm=hqq", "bits=3,grid=offset,algorithm=hqq"}) {
            const Scheme own = parseScheme(scheme);
            std::vector<float> values = reference::gauss(16 * 100, 600, 0.05f);
            for (std::size_t i = 0; i < values.size(); i += 37)
                values[i] *= 6; // outliers, which the norm is there for
            values[5] = std::numeric_limits<float>::quiet_NaN();
            const ChannelMajor weights = layerOf(values, 16);
            std::size_t last = 0;
            const AlgorithmResult result =
                runHqq(weights, own, {}, {}, [&](Stage, std::size_t done, std::size_t total) {
                    QVERIFY(done > last && done <= total);
                    last = done;
                });
            const ParamSets start = makeParamSets(own, layoutFor(own, weights), estimateRanges(weights, own));
            const auto setErrors = [&](const ParamSets& params) {
                const std::vector<float> decoded = valuesOf(weights, params);
                std::vector<double> sums(params.layout.count());
                for (std::size_t set = 0; set < sums.size(); ++set)
                    for (std::size_t i = params.layout.begin(set);
                         i < params.layout.begin(set) + params.layout.size(set); ++i)
                        if (std::isfinite(values[i]))
                            sums[set] += std::pow(std::abs(double(decoded[i]) - double(values[i])), 0.7);
                return sums;
            };
            const std::vector<double> before = setErrors(start), after = setErrors(result.params);
            for (std::size_t set = 0; set < before.size(); ++set)
                QVERIFY(after[set] <= before[set] * (1 + 1e-12));
            QVERIFY(std::abs(sumOf(before) / result.nearestError - 1) < 1e-9);
            QVERIFY(std::abs(sumOf(after) / result.error - 1) < 1e-9);
            QVERIFY(result.error < result.nearestError);
            QVERIFY(!result.params.coded && result.iterations >= 1 && result.iterations <= 20);
            for (std::size_t s = 0; s < start.sets.size(); ++s)
                QCOMPARE(result.params.sets[s].scale, start.sets[s].scale);
        }
        const ChannelMajor weights = gaussLayer(2, 3, 601);
        for (const char* grid : {"symmetric", "zero-point", "mid-rise"})
            QVERIFY(errorOf([&] {
                        runHqq(weights, parseScheme("bits=4,algorithm=hqq,grid=" + std::string(grid)));
                    }).contains("grid=offset"));
        const Scheme good = parseScheme("bits=4,algorithm=hqq,grid=offset");
        QVERIFY(errorOf([&] { runHqq(weights, good, {.norm = 0}); }).contains("norm"));
        std::stop_source stopped;
        stopped.request_stop();
        QVERIFY_EXCEPTION_THROWN(runHqq(weights, good, {}, stopped.get_token()), Cancelled);
    }

    void inputStatistics()
    {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        const std::vector<float> x = {1, -7, 0, 6, 3, -5, nan, -6.5f};
        QCOMPARE(outlierColumns({x, 2, 4}, 6.0), (std::vector<std::uint8_t>{0, 1, 0, 1}));
        QCOMPARE(outlierColumns({x, 2, 4}, 6.5), (std::vector<std::uint8_t>{0, 1, 0, 0}));
        QCOMPARE(outlierColumns({{}, 0, 3}, 6.0), (std::vector<std::uint8_t>{0, 0, 0}));
        const std::vector<float> y = {1, -7, 3, -5};
        QCOMPARE(columnMeans({y, 2, 2}), (std::vector<double>{2, -6}));
        QCOMPARE(columnMeanMagnitudes({y, 2, 2}), (std::vector<double>{2, 6}));
    }
};

QTEST_APPLESS_MAIN(TestAlgorithmsNetwork)
#include "tst_algorithmsnetwork.moc"
