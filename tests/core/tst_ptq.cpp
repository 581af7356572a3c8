// SPDX-License-Identifier: GPL-3.0-or-later
#include "ptqdata.h"

#include "core/analysis/outputerror.h"
#include "core/analysis/ptq/calibration.h"
#include "core/quant/quantize.h"
#include "core/quant/ranges/observer.h"

#include <QTemporaryDir>

using namespace quantoscope;
using namespace ptqdata;

namespace {

const QuantizedLayer& layerNamed(const QuantizedNetwork& network, const std::string& name)
{
    return network.layers.at(network.model->network->findLayer(name).value().index);
}

bool sameParams(const QuantizedLayer& a, const QuantizedLayer& b)
{
    return a.reason == b.reason && a.scheme == b.scheme && a.params->sets == b.params->sets
           && (a.params->coded ? a.params->coded->codes : std::vector<std::uint16_t>())
                  == (b.params->coded ? b.params->coded->codes : std::vector<std::uint16_t>())
           && a.bias == b.bias && a.signScale == b.signScale && a.output == b.output;
}

/// x → MatMul "first" → Relu → MatMul "second" → y
onnx::ModelProto twoProducts()
{
    onnx::ModelProto model = modelOf({2, 6});
    addGauss(model, "w1", {6, 8}, 1);
    addGauss(model, "w2", {8, 4}, 2);
    addNode(model, "MatMul", {"x", "w1"}, "h").set_name("first");
    addNode(model, "Relu", {"h"}, "r");
    addNode(model, "MatMul", {"r", "w2"}, "y").set_name("second");
    return model;
}

double fakeSqnr(const PtqResult& result, const std::vector<float>& reference, const SampleSource& samples,
                const SampleOrder& order)
{
    const EditedModel fake = fakeQuantized(result.network);
    return sqnrDb(reference, valuesOn(fake.model, samples, order, "logits", fake.operators));
}

} // namespace

class TestPtq : public QObject
{
    Q_OBJECT

private slots:
    void rangesAreThoseOfAllValuesTogether_data()
    {
        QTest::addColumn<QString>("rule");
        for (const char* rule : {"minmax", "percentile:99", "mse", "entropy", "aciq", "aciq:gauss",
                                 "aciq:laplace", "sigma:3", "ratio:0.8"})
            QTest::newRow(rule) << rule;
    }
    void rangesAreThoseOfAllValuesTogether()
    {
        QFETCH(QString, rule);
        const auto model = bundled();
        const Stack samples = digits();
        const SampleOrder order = {7, 3, 11, 0, 199, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
        const std::string text = "bits=8,granularity=channel,act=8,act.range=" + rule.toStdString();
        const PtqResult result = quantizeNetwork(model, settingsOf(text), &samples, order);
        const ActivationScheme act = *parseScheme(text).act;
        for (const QuantizedLayer& layer : result.network.layers) {
            const Layer& source = model->network->layer(layer.layer);
            const std::vector<float> all = valuesOn(model, samples, order, source.input);
            RangeObserver observer(schemeOf(act));
            observer.add(all);
            QVERIFY(layer.reason.empty());
            QCOMPARE(layer.scheme.act->range, manualRule(observer.range()));
            if (rule == QStringLiteral("minmax") || rule == QStringLiteral("ratio:0.8")) {
                const ChannelMajor flat{all, 1, all.size(), 0, nullptr};
                QCOMPARE(layer.scheme.act->range, manualRule(estimateRanges(flat, schemeOf(act)).front()));
            }
            const std::vector<float> outputs = valuesOn(model, samples, order, source.uses.front().output);
            QCOMPARE(layer.output->lo, *std::min_element(outputs.begin(), outputs.end()));
            QCOMPARE(layer.output->hi, *std::max_element(outputs.begin(), outputs.end()));
        }
    }

    void movingAverageTakesBatchesInOrder()
    {
        QTemporaryDir folder;
        const auto model = loaded(twoProducts(), folder.path());
        const Stack samples(gaussTensor({40, 6}, 3));
        SampleOrder order = firstOnes(40);
        std::swap(order.front(), order.back());
        const PtqResult result =
            quantizeNetwork(model, settingsOf("bits=8,act=8,act.range=ema:0.25"), &samples, order);
        double lo = 0;
        double hi = 0;
        for (std::size_t first = 0; first < 40; first += CaptureOptions{}.batch) {
            const std::size_t count = std::min(CaptureOptions{}.batch, 40 - first);
            const auto batch = floats(samples.read(std::span(order).subspan(first, count)).front().tensor);
            const double share = first == 0 ? 1 : 0.25;
            lo += share * (static_cast<double>(*std::min_element(batch.begin(), batch.end())) - lo);
            hi += share * (static_cast<double>(*std::max_element(batch.begin(), batch.end())) - hi);
        }
        const RangeRule& range = layerNamed(result.network, "first").scheme.act->range;
        QCOMPARE(range.a, static_cast<double>(static_cast<float>(lo)));
        QCOMPARE(range.b, static_cast<double>(static_cast<float>(hi)));
    }

    void binaryActivationsTakeTheMeanMagnitude()
    {
        const auto model = bundled();
        const Stack samples = digits();
        const PtqResult result = quantizeNetwork(
            model, settingsOf("binary,granularity=channel,act.format=binary"), &samples, firstOnes(20));
        for (const QuantizedLayer& layer : result.network.layers) {
            double sum = 0;
            const auto all =
                valuesOn(model, samples, firstOnes(20), model->network->layer(layer.layer).input);
            for (const float x : all)
                sum += static_cast<double>(std::abs(x));
            QVERIFY(
                std::abs(static_cast<double>(*layer.signScale) * static_cast<double>(all.size()) / sum - 1)
                < 1e-6);
        }
    }

    void modesLeaveActivationsAsTheySay()
    {
        const auto model = bundled();
        const std::string scheme = "int8-per-channel";
        const PtqResult weights =
            quantizeNetwork(model, settingsOf(scheme, QuantizationMode::WeightOnly), nullptr, {});
        const PtqResult dynamic =
            quantizeNetwork(model, settingsOf(scheme, QuantizationMode::Dynamic), nullptr, {});
        for (const QuantizedLayer& layer : weights.network.layers) {
            QVERIFY(!layer.scheme.act);
            LayerData data(model->network, layer.layer);
            QCOMPARE(layer.params->sets, data.params(parseScheme(scheme))->sets);
        }
        for (const QuantizedLayer& layer : dynamic.network.layers) {
            QCOMPARE(layer.scheme.act->range.kind, RangeRule::Kind::Dynamic);
            QVERIFY(layer.params && !layer.output);
        }
        QVERIFY(errorOf([&] {
                    quantizeNetwork(model, settingsOf(scheme), nullptr, {});
                }).contains(QStringLiteral("calibration samples")));
    }

    void algorithmsBeatRoundingOnTheirInputs_data()
    {
        QTest::addColumn<QString>("algorithm");
        QTest::addColumn<QString>("granularity");
        QTest::addColumn<double>("gainDb");
        QTest::newRow("GPTQ") << "gptq"
                              << "channel" << 1.0;
        QTest::newRow("GPTQ by activation order") << "gptq-actorder"
                                                  << "channel" << 1.0;
        QTest::newRow("GPTQ, one range for all groups") << "gptq"
                                                        << "tensor" << 0.3;
        // Nearest rounding may be best for a layer; less error in each is not always less in the network, by tenths of a dB.
        QTest::newRow("AWQ") << "awq"
                             << "channel" << -0.3;
    }
    void algorithmsBeatRoundingOnTheirInputs()
    {
        QFETCH(QString, algorithm);
        QFETCH(QString, granularity);
        QFETCH(double, gainDb);
        const auto model = bundled();
        const Stack samples = digits();
        const SampleOrder order = firstOnes(60);
        const std::string plain = "bits=3,granularity=" + granularity.toStdString();
        PtqSettings settings =
            settingsOf(plain + ",algorithm=" + algorithm.toStdString(), QuantizationMode::WeightOnly);
        settings.algorithmSamples = 768;
        const PtqResult better = quantizeNetwork(model, settings, &samples, order);
        const PtqResult nearest =
            quantizeNetwork(model, settingsOf(plain, QuantizationMode::WeightOnly), nullptr, {});

        // Layer by layer, on rows of another draw.
        std::vector<std::string> notes;
        const auto plans = planLayers(*model, settings, notes);
        Calibration calibration;
        calibration.model = model;
        calibration.samples = &samples;
        calibration.order = order;
        int wins = 0;
        int layers = 0;
        for (const LayerPlan& plan : plans) {
            if (!plan.algorithm)
                continue;
            const LayerRows rows = drawRows(calibration, {&plan}, 768, 99).front();
            const double before = noiseOf(model, nearest.network.layers.at(plan.layer.index), rows);
            const double after = noiseOf(model, better.network.layers.at(plan.layer.index), rows);
            ++layers;
            wins += after <= before ? 1 : 0;
        }
        QVERIFY2(wins >= layers - 1, qPrintable(QStringLiteral("%1 of %2").arg(wins).arg(layers)));
        const auto reference = valuesOn(model, samples, order, "logits");
        const double gain =
            fakeSqnr(better, reference, samples, order) - fakeSqnr(nearest, reference, samples, order);
        QVERIFY2(gain > gainDb, qPrintable(QString::number(gain)));
    }

    void groupsOfAdaRoundAreThoseOfTheWholeLayer()
    {
        // Depthwise: each output is decided by its own 9 inputs alone, enumerated. A product that shares nothing is the reference.
        const auto model = bundled();
        const Stack samples = digits();
        const PtqSettings settings =
            settingsOf("bits=3,granularity=tensor,algorithm=adaround", QuantizationMode::WeightOnly);
        std::vector<std::string> notes;
        for (const LayerPlan& plan : planLayers(*model, settings, notes)) {
            if (plan.inputs.front().groups < 2)
                continue;
            Calibration calibration;
            calibration.model = model;
            calibration.samples = &samples;
            calibration.order = firstOnes(30);
            const LayerRows rows = drawRows(calibration, {&plan}, 300, 1).front();
            LayerData data(model->network, plan.layer);
            const ParamSets params = groupedParams(data, plan.scheme, rows, {});
            Scheme nearest = plan.scheme;
            nearest.algorithm = Algorithm::Rtn;
            const auto plain = data.params(nearest);
            QCOMPARE(params.sets, plain->sets);
            QCOMPARE(params.layout, plain->layout);
            QuantizedLayer a;
            a.layer = plan.layer;
            a.params = std::make_shared<const ParamSets>(params);
            QuantizedLayer b = a;
            b.params = plain;
            QVERIFY(noiseOf(model, a, rows) < noiseOf(model, b, rows));
            return;
        }
        QFAIL("no depthwise layer");
    }

    void biasCorrectionRemovesTheMeanError()
    {
        const auto model = bundled();
        const Stack samples = digits();
        PtqSettings settings = settingsOf("bits=3,granularity=tensor", QuantizationMode::WeightOnly);
        const PtqResult without = quantizeNetwork(model, settings, &samples, firstOnes(100));
        settings.biasCorrection = true;
        const PtqResult with = quantizeNetwork(model, settings, &samples, firstOnes(100));
        // The first layer sees the same inputs in both.
        const std::string name = model->network->layers.front().uses.front().output;
        const auto exact = valuesOn(model, samples, firstOnes(100), name);
        const EditedModel before = fakeQuantized(without.network);
        const EditedModel after = fakeQuantized(with.network);
        const auto meanErrors = [&](const EditedModel& fake) {
            const auto own = valuesOn(fake.model, samples, firstOnes(100), name, fake.operators);
            const std::size_t channels = model->network->layers.front().bias->size();
            std::vector<double> sums(channels);
            for (std::size_t i = 0; i < own.size(); ++i)
                sums[i / 784 % channels] +=
                    (static_cast<double>(own[i]) - static_cast<double>(exact[i])) / 78400;
            double worst = 0;
            for (const double sum : sums)
                worst = std::max(worst, std::abs(sum));
            return worst;
        };
        QVERIFY(meanErrors(after) < 0.2 * meanErrors(before));
        const auto reference = valuesOn(model, samples, firstOnes(100), "logits");
        QVERIFY(fakeSqnr(with, reference, samples, firstOnes(100))
                > fakeSqnr(without, reference, samples, firstOnes(100)));
    }

    void layersWithoutBiasGetOne()
    {
        QTemporaryDir folder;
        const auto model = loaded(twoProducts(), folder.path());
        const Stack samples(gaussTensor({200, 6}, 3));
        PtqSettings settings = settingsOf("bits=2", QuantizationMode::WeightOnly);
        settings.biasCorrection = true;
        const PtqResult result = quantizeNetwork(model, settings, &samples, firstOnes(200));
        QCOMPARE(layerNamed(result.network, "second").bias.size(), std::size_t{4});
        const auto exact = valuesOn(model, samples, firstOnes(200), "y");
        const EditedModel fake = fakeQuantized(result.network);
        QVERIFY(sqnrDb(exact, valuesOn(fake.model, samples, firstOnes(200), "y", fake.operators)) > 0);
    }

    void outlierColumnsStayInHalfPrecision()
    {
        QTemporaryDir folder;
        const auto model = loaded(twoProducts(), folder.path());
        std::vector<float> values = gauss(64 * 6, 3);
        for (std::size_t row = 0; row < 64; ++row)
            values[row * 6 + 4] = row == 17 ? -90.0f : 0.5f;
        const Stack samples(tensorFromFloats({64, 6}, values));
        const PtqResult result = quantizeNetwork(
            model, settingsOf("bits=4,granularity=channel,outliers=20,act=8"), &samples, firstOnes(64));
        const QuantizedLayer& first = layerNamed(result.network, "first");
        QCOMPARE(first.params->coded->halfColumns, (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 0}));
        // The static range does not see them.
        QVERIFY(first.scheme.act->range.a > -6 && first.scheme.act->range.b < 6);
    }

    void layersAreExcludedAndOverridden()
    {
        const auto model = bundled();
        const Stack samples = digits();
        PtqSettings settings = settingsOf("int8-per-channel");
        settings.exclude = "^conv1$|pointwise";
        settings.schemes.overrides["block1.depthwise"] = parseScheme("bits=4,granularity=channel");
        if (!model->network->findLayer("block1.depthwise"))
            QFAIL("the sample has other names");
        const PtqResult result = quantizeNetwork(model, settings, &samples, firstOnes(10));
        QCOMPARE(layerNamed(result.network, "conv1").reason, std::string("excluded"));
        QVERIFY(!layerNamed(result.network, "conv1").params);
        QCOMPARE(layerNamed(result.network, "block1.depthwise").scheme.bits, 4);
        QVERIFY(!layerNamed(result.network, "block1.depthwise").scheme.act);
    }

    void layersWhoseInputsAreUnknownKeepWhatTheyCan()
    {
        onnx::ModelProto proto = modelOf({2, 3, 6});
        addGauss(proto, "W", {1, 16, 6}, 1);
        addGauss(proto, "R", {1, 16, 4}, 2);
        addGauss(proto, "inner", {6, 5}, 3);
        onnx::NodeProto& recurrent = addNode(proto, "LSTM", {"x", "W", "R"}, "h");
        onnxbuilder::setInt(recurrent, "hidden_size", 4);
        onnxbuilder::addTensor(*proto.mutable_graph(), "yes", onnx::TensorProto::BOOL, {},
                               std::vector<std::uint8_t>{1});
        addNode(proto, "Identity", {"yes"}, "condition");
        onnx::NodeProto& branch = addNode(proto, "If", {"condition"}, "product");
        for (const char* which : {"then_branch", "else_branch"}) {
            onnx::GraphProto& body = onnxbuilder::setGraph(branch, which);
            body.set_name(which);
            onnxbuilder::addNode(body, "MatMul", {"x", "inner"}, {std::string("made by ") + which}, "hidden");
            auto& made = *body.add_output();
            made.set_name(std::string("made by ") + which);
            made.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
        }
        addNode(proto, "ReduceMean", {"h"}, "m");
        addNode(proto, "Add", {"product", "m"}, "y");
        QTemporaryDir folder;
        const auto model = loaded(proto, folder.path());
        QCOMPARE(model->network->layers.size(), std::size_t{3});
        const Stack samples(gaussTensor({8, 3, 6}, 4));
        const std::string scheme = "bits=4,granularity=channel,algorithm=gptq,act=8";
        const PtqResult fixed = quantizeNetwork(model, settingsOf(scheme), &samples, firstOnes(8));
        const PtqResult dynamic =
            quantizeNetwork(model, settingsOf(scheme, QuantizationMode::Dynamic), &samples, firstOnes(8));
        for (const Layer& layer : model->network->layers) {
            const QuantizedLayer& one = fixed.network.layers.at(layer.id.index);
            const QuantizedLayer& other = dynamic.network.layers.at(layer.id.index);
            QCOMPARE(other.scheme.algorithm, Algorithm::Rtn);
            QVERIFY(other.params);
            if (layer.kind == LayerKind::Lstm) {
                QVERIFY(one.params && !one.scheme.act && !other.scheme.act);
            } else {
                QVERIFY2(one.reason.find("weight-only") != std::string::npos, one.reason.c_str());
                QVERIFY(!one.params && other.scheme.act);
            }
        }
        QCOMPARE(std::count_if(dynamic.notes.begin(), dynamic.notes.end(),
                               [](const std::string& note) {
                                   return note.find("instead of gptq") != std::string::npos;
                               }),
                 std::ptrdiff_t{3});
    }

    void wrongSettingsAreRefused()
    {
        const auto model = bundled();
        const Stack samples = digits();
        const auto message = [&](const PtqSettings& settings) {
            return errorOf([&] { quantizeNetwork(model, settings, &samples, firstOnes(4)); });
        };
        PtqSettings settings = settingsOf("int8-per-channel");
        settings.schemes.overrides["conv2x"] = {};
        QVERIFY(message(settings).contains(QStringLiteral("'conv2x'")));
        settings = settingsOf("int8-per-channel");
        settings.exclude = "(";
        QVERIFY(message(settings).contains(QStringLiteral("cannot be read")));
        QVERIFY(message(settingsOf("bits=8,act=8,act.granularity=row")).contains(QStringLiteral("dynamic")));
        QVERIFY(message(settingsOf("bits=8,act.format=ternary")).contains(QStringLiteral("dynamic")));
        settings = settingsOf("bits=8", QuantizationMode::WeightOnly);
        settings.smoothQuant = 0.5;
        QVERIFY(message(settings).contains(QStringLiteral("SmoothQuant")));
        settings = settingsOf("bits=4,algorithm=gptq", QuantizationMode::WeightOnly);
        QVERIFY(errorOf([&] {
                    quantizeNetwork(model, settings, nullptr, {});
                }).contains(QStringLiteral("algorithm=gptq")));
    }

    void layersThatSeeNoNumbersAreNamed()
    {
        QTemporaryDir folder;
        const auto model = loaded(twoProducts(), folder.path());
        const Stack nothing(
            tensorFromFloats({2, 6}, std::vector<float>(12, std::numeric_limits<float>::quiet_NaN())));
        const QString message =
            errorOf([&] { quantizeNetwork(model, settingsOf("bits=8,act=8"), &nothing, firstOnes(2)); });
        QVERIFY2(message.contains(QStringLiteral("'first'")), qPrintable(message));
        // One value throughout: a range that scheme text can say, and the value is kept.
        const Stack zeros(tensorFromFloats({2, 6}, std::vector<float>(12, 0.0f)));
        const PtqResult result = quantizeNetwork(model, settingsOf("bits=8,act=8"), &zeros, firstOnes(2));
        validate(layerNamed(result.network, "first").scheme);
    }

    void resultDoesNotDependOnThreads()
    {
        const auto model = bundled();
        const Stack samples = digits();
        PtqSettings settings = settingsOf("bits=4,granularity=channel,algorithm=gptq,act=8,act.range=mse");
        settings.biasCorrection = true;
        settings.equalize = true;
        settings.smoothQuant = 0.5;
        settings.algorithmSamples = 256;
        settings.seed = 5;
        const PtqResult one = quantizeNetwork(model, settings, &samples, firstOnes(40));
        settings.threads = 2;
        const PtqResult two = quantizeNetwork(model, settings, &samples, firstOnes(40));
        settings.seed = 6;
        const PtqResult other = quantizeNetwork(model, settings, &samples, firstOnes(40));
        QCOMPARE(one.notes, two.notes);
        bool differs = false;
        for (std::size_t i = 0; i < one.network.layers.size(); ++i) {
            QVERIFY(sameParams(one.network.layers[i], two.network.layers[i]));
            differs = differs || !sameParams(one.network.layers[i], other.network.layers[i]);
        }
        QVERIFY(differs);
    }

    void stopsWhenAsked()
    {
        const auto model = bundled();
        const Stack samples = digits();
        std::stop_source stop;
        std::size_t steps = 0;
        try {
            quantizeNetwork(model, settingsOf("bits=4,algorithm=adaround,granularity=channel,act=8"),
                            &samples, firstOnes(40), stop.get_token(), [&](Stage, std::size_t, std::size_t) {
                                if (++steps == 3)
                                    stop.request_stop();
                            });
            QFAIL("was not cancelled");
        } catch (const Cancelled&) {
        }
        QVERIFY(steps < 6);
    }

private:
    static double noiseOf(const std::shared_ptr<const RunModel>& model, const QuantizedLayer& layer,
                          const LayerRows& rows)
    {
        LayerData data(model->network, layer.layer);
        const ChannelMajor& weight = data.arranged(Scheme{});
        const std::vector<float> quantized = data.valuesByOutput(layer.params->scheme, *layer.params);
        const std::size_t outputs = weight.channels / rows.groups;
        const std::size_t size = outputs * weight.perChannel;
        double noise = 0;
        for (std::size_t g = 0; g < rows.groups; ++g) {
            const std::vector<float> own = rows.ofGroup(g);
            noise +=
                outputError({weight.values.subspan(g * size, size), outputs, weight.perChannel, 0, nullptr},
                            std::span(quantized).subspan(g * size, size), Scheme{},
                            {own, rows.rows(), rows.perGroup()})
                    .noise;
        }
        return noise;
    }
};

QTEST_GUILESS_MAIN(TestPtq)
#include "tst_ptq.moc"
