// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"
#include "core/runtime/execute/capture.h"
#include "core/runtime/paired/pairederror.h"
#include "core/runtime/paired/pairedmodel.h"

#include <QTest>

#include <cmath>
#include <map>

using namespace quantoscope;

namespace {

const std::filesystem::path root = QUANTOSCOPE_SOURCE_DIR;

std::shared_ptr<const RunModel> sampleModel()
{
    static const auto model = loadRunModel(root / "resources/sample/digits.onnx");
    return model;
}

/// Quantizes the layers chosen: weights to 3 bits, activations to 4 by the range of each sample.
QuantizedNetwork quantizedNetwork(const std::function<bool(const Layer&)>& chosen)
{
    const auto model = sampleModel();
    const Scheme scheme = parseScheme("bits=3,granularity=channel,act=4,act.range=dynamic");
    QuantizedNetwork network;
    network.model = model;
    for (const Layer& layer : model->network->layers) {
        QuantizedLayer quantized;
        quantized.layer = layer.id;
        quantized.scheme = scheme;
        if (chosen(layer))
            quantized.params = LayerData(model->network, layer.id).params(scheme);
        else
            quantized.reason = "not chosen";
        network.layers.push_back(std::move(quantized));
    }
    return network;
}

/// Two made-up digits.
std::vector<InputValue> digits()
{
    std::vector<float> pixels(2 * 28 * 28);
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<float>((i * 37 + i / 28 * 11) % 101) / 100.0f;
    return {{"", tensorFromFloats({2, 1, 28, 28}, std::move(pixels))}};
}

using Values = std::map<std::string, Tensor>;

Values run(const EditedModel& edited, const std::vector<std::string>& observed = {})
{
    SessionOptions options;
    options.observed = observed;
    NetworkSession session(edited.model, options, edited.operators);
    const std::vector<Tensor> tensors = session.run(digits());
    Values values;
    for (std::size_t i = 0; i < tensors.size(); ++i)
        values[session.outputs()[i].name] = tensors[i];
    return values;
}

PairSums between(const Tensor& reference, const Tensor& other)
{
    const FloatArray x = floatsOf(reference);
    const FloatArray y = floatsOf(other);
    PairSums sums;
    for (std::size_t i = 0; i < x.values.size(); ++i)
        sums.add(x.values[i], y.values[i]);
    return sums;
}

bool sameSums(const PairSums& a, const PairSums& b)
{
    return a.count == b.count && a.signal == b.signal && a.noise == b.noise && a.product == b.product
           && a.other == b.other && a.maxError == b.maxError && a.nonFinite == b.nonFinite;
}

} // namespace

class TestPaired : public QObject
{
    Q_OBJECT
private slots:
    void sumsOfFourPairs()
    {
        PairSums sums;
        sums.add(3, 2);
        sums.add(-4, -4);
        sums.add(0, 0.5f);
        sums.add(std::nanf(""), 1);
        sums.add(1, std::numeric_limits<float>::infinity());
        QCOMPARE(sums.count, std::uint64_t{3});
        QCOMPARE(sums.nonFinite, std::uint64_t{2});
        QCOMPARE(sums.signal, 25.0);
        QCOMPARE(sums.noise, 1.25);
        QCOMPARE(sums.maxError, 1.0);
        QCOMPARE(sums.sqnrDb(), 10 * std::log10(20.0));
        QCOMPARE(sums.cosine(), 22 / std::sqrt(25 * 20.25));
        QVERIFY(std::isnan(PairSums{}.sqnrDb()));
        QVERIFY(std::isnan(PairSums{}.cosine()));
    }

    void pairedOutputsAreThoseOfBothNetworks()
    {
        const auto model = sampleModel();
        const EditedModel fake = fakeQuantized(quantizedNetwork([](const Layer&) { return true; }));
        const PairedModel paired = pairedModel(*model, fake);
        QCOMPARE(paired.outputs, std::size_t{1});
        const Values both = run(paired.edited);
        const auto bytes = [](const Tensor& tensor) {
            return std::vector<std::byte>(tensor.bytes.begin(), tensor.bytes.end());
        };
        QCOMPARE(bytes(both.at("logits")), bytes(run({model, {}, {}}).at("logits")));
        QCOMPARE(bytes(both.at("quantized/logits")), bytes(run(fake).at("logits")));
        QVERIFY(bytes(both.at("logits")) != bytes(both.at("quantized/logits")));
    }

    void sumsAreThoseOfCapturedOutputs()
    {
        const auto model = sampleModel();
        const EditedModel fake = fakeQuantized(quantizedNetwork([](const Layer&) { return true; }));
        const PairedModel paired = pairedModel(*model, fake);
        const Values both = run(paired.edited);
        std::vector<std::string> names;
        for (const Layer& layer : model->network->layers)
            names.push_back(layer.uses.front().output);
        const Values reference = run({model, {}, {}}, names);
        const Values quantized = run(fake, names);
        for (const PairedLayer& layer : paired.layers) {
            const std::string& name = model->network->layer(layer.layer).uses.front().output;
            QVERIFY2(layer.reason.empty(), layer.reason.c_str());
            QVERIFY(sameSums(pairSumsFrom(both.at(layer.accumulated)),
                             between(reference.at(name), quantized.at(name))));
        }
    }

    void localErrorIsThatOfANetworkWithOneQuantizedLayer()
    {
        const auto model = sampleModel();
        const EditedModel fake = fakeQuantized(quantizedNetwork([](const Layer&) { return true; }));
        const PairedModel paired = pairedModel(*model, fake);
        const Values both = run(paired.edited);
        for (const PairedLayer& layer : paired.layers) {
            const EditedModel one =
                fakeQuantized(quantizedNetwork([&](const Layer& other) { return other.id == layer.layer; }));
            const PairedModel alone = pairedModel(*model, one);
            const auto& sums = alone.layers[layer.layer.index];
            QVERIFY(sameSums(pairSumsFrom(both.at(layer.local)),
                             pairSumsFrom(run(alone.edited).at(sums.accumulated))));
        }
    }

    void floatLayersHaveNoLocalError()
    {
        const auto model = sampleModel();
        const EditedModel fake =
            fakeQuantized(quantizedNetwork([](const Layer& layer) { return layer.id.index > 2; }));
        const PairedModel paired = pairedModel(*model, fake);
        QCOMPARE(paired.layers[0].local, std::string());
        const PairSums sums = pairSumsFrom(run(paired.edited).at(paired.layers[0].accumulated));
        QVERIFY(sums.count > 0);
        QCOMPARE(sums.noise, 0.0);
    }
};

QTEST_GUILESS_MAIN(TestPaired)
#include "tst_paired.moc"
