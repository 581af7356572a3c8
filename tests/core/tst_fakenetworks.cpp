// SPDX-License-Identifier: GPL-3.0-or-later
#include "onnxbuilder.h"
#include "quantizednetworks.h"

#include "core/formats/numpy/npy.h"
#include "core/quant/algorithms/layerinputs.h"
#include "core/quant/outliers.h"
#include "core/runtime/fake/activationop.h"
#include "core/runtime/fake/fakesession.h"
#include "core/tensor/channelmajor.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <random>

using namespace quantoscope;
using namespace quantizednetworks;

namespace {

Tensor gauss(const Shape& shape, std::uint32_t seed = 1)
{
    std::mt19937 bits(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(*elementCount(shape));
    for (float& value : values)
        value = normal(bits);
    return tensorFromFloats(shape, values);
}

std::vector<float> floats(const Tensor& tensor)
{
    const FloatArray values = floatsOf(tensor);
    return {values.values.begin(), values.values.end()};
}

double sqnrDb(const Tensor& reference, const Tensor& other)
{
    const std::vector<float> x = floats(reference);
    const std::vector<float> y = floats(other);
    double signal = 0;
    double noise = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        signal += double(x[i]) * x[i];
        noise += (double(y[i]) - x[i]) * (double(y[i]) - x[i]);
    }
    return noise == 0 ? 1000 : 10 * std::log10(signal / noise);
}

onnx::ModelProto modelWith(const Shape& input, const Shape& output)
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(17);
    auto& graph = *model.mutable_graph();
    graph.set_name("g");
    const auto describe = [](onnx::ValueInfoProto& value, const char* name, const Shape& shape) {
        value.set_name(name);
        auto& tensor = *value.mutable_type()->mutable_tensor_type();
        tensor.set_elem_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t size : shape)
            tensor.mutable_shape()->add_dim()->set_dim_value(size);
    };
    describe(*graph.add_input(), "x", input);
    describe(*graph.add_output(), "y", output);
    return model;
}

void addGauss(onnx::GraphProto& graph, const std::string& name, const Shape& shape, std::uint32_t seed)
{
    onnxbuilder::addFloats(graph, name, shape, floats(gauss(shape, seed)));
}

/// "y" of the edited network.
Tensor output(const EditedModel& edited, const Tensor& x, int threads = 1)
{
    return valuesOfRun(edited.model, {{"x", x}}, {}, edited.operators, threads).at("y");
}

} // namespace

class TestFakeNetworks : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void weightsAreTheEnginesBitForBit_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* scheme :
             {"bits=8", "bits=4,granularity=channel", "bits=3,granularity=group:8,grid=offset", "nf4",
              "binary", "ternary", "bits=5,granularity=channel:1", "format=e4m3",
              "bits=4,granularity=channel,algorithm=hqq"})
            QTest::newRow(scheme) << scheme;
    }
    void weightsAreTheEnginesBitForBit()
    {
        QFETCH(QString, scheme);
        const auto model = sample();
        const QuantizedNetwork network = quantizedBy(model, scheme.toStdString() + ",act=none", digits(2));
        const EditedModel fake = fakeQuantized(network);
        QVERIFY(!fake.operators);
        QCOMPARE(fake.model->network->layers.size(), model->network->layers.size());
        for (const QuantizedLayer& quantized : network.layers) {
            QCOMPARE(fake.replacements[quantized.layer.index].replaced, quantized.params != nullptr);
            if (!quantized.params)
                continue;
            LayerData data(model->network, quantized.layer);
            const ChannelMajor& values = data.arranged(quantized.scheme);
            const auto expected = quantize(values, *quantized.params).values;
            const Layer& layer = fake.model->network->layer(quantized.layer);
            const auto swapped = floats(fake.model->network->weightOf(layer).data);
            QCOMPARE(layer.input, model->network->layer(quantized.layer).input);
            for (std::size_t i = 0; i < expected.size(); ++i)
                QVERIFY(expected[i] == swapped[values.memoryIndex(i)]);
        }
    }

    void sixteenBitsAreNearlyFloat()
    {
        const auto inputs = digits(20);
        const auto model = sample();
        const auto reference = valuesOfRun(model, inputs, layerValues(*model->network));
        for (const char* range : {"minmax", "dynamic"}) {
            const EditedModel fake = fakeQuantized(quantizedBy(
                model, std::string("bits=16,granularity=channel,act=16,act.range=") + range, inputs));
            const auto values = valuesOfRun(fake.model, inputs, layerValues(*model->network), fake.operators);
            for (const auto& [name, value] : reference)
                QVERIFY2(sqnrDb(value, values.at(name)) > 75, qPrintable(QString::fromStdString(name)));
        }
    }

    void eightBitsKeepTheAnswersAndThreadsDoNotMatter()
    {
        const auto inputs = digits(50);
        const auto model = sample();
        const Tensor reference = valuesOfRun(model, inputs).at("logits");
        const EditedModel fake = fakeQuantized(quantizedBy(model, "int8-per-channel", inputs));
        const Tensor one = valuesOfRun(fake.model, inputs, {}, fake.operators).at("logits");
        const Tensor two = valuesOfRun(fake.model, inputs, {}, fake.operators, 2).at("logits");
        const double db = sqnrDb(reference, one);
        QVERIFY2(db > 25 && db < 60, qPrintable(QString::number(db)));
        QVERIFY(sqnrDb(one, two) > 90); // ONNX Runtime itself splits its sums by threads
    }

    /// Conv → MatMul without bias and with one, both read the same value: one operator quantizes it for both.
    void layersThatShareAValueShareItsQuantizer()
    {
        auto proto = modelWith({2, 6}, {2, 5});
        auto& graph = *proto.mutable_graph();
        addGauss(graph, "w1", {6, 5}, 2);
        addGauss(graph, "w2", {6, 5}, 3);
        onnxbuilder::addNode(graph, "MatMul", {"x", "w1"}, {"a"}, "first");
        onnxbuilder::addNode(graph, "MatMul", {"x", "w2"}, {"b"}, "second");
        onnxbuilder::addNode(graph, "Add", {"a", "b"}, {"y"});
        const auto model = load(proto);
        const Tensor x = gauss({2, 6}, 9);
        QuantizedNetwork network = quantizedBy(model, "bits=8,act=8", {{"x", x}});
        network.layers[1].bias = {10, 20, 30, 40, 50};
        const EditedModel fake = fakeQuantized(network);
        int quantizers = 0;
        for (const auto& node : fake.model->proto.graph().node())
            quantizers += node.op_type() == activationOp ? 1 : 0;
        QCOMPARE(quantizers, 1);
        const auto given = floats(output(fake, x));
        network.layers[1].bias.clear();
        const auto plain = floats(output(fakeQuantized(network), x));
        for (std::size_t i = 0; i < given.size(); ++i)
            QVERIFY(std::abs(given[i] - plain[i] - 10.0f * static_cast<float>(i % 5 + 1)) < 1e-4f);
    }

    void aWeightBehindATransposeIsReplacedAsItsReaderSeesIt()
    {
        auto proto = modelWith({3, 6}, {3, 4});
        auto& graph = *proto.mutable_graph();
        addGauss(graph, "w", {4, 6}, 2);
        onnxbuilder::addNode(graph, "Transpose", {"w"}, {"wt"});
        onnxbuilder::addNode(graph, "MatMul", {"x", "wt"}, {"y"}, "product");
        const auto model = load(proto);
        const Tensor x = gauss({3, 6}, 9);
        const EditedModel fake =
            fakeQuantized(quantizedBy(model, "bits=16,granularity=channel,act=none", {{"x", x}}));
        QVERIFY(fake.replacements[0].replaced);
        QCOMPARE(fake.model->proto.graph().node_size(), 1); // nothing is left of the transposition
        QVERIFY(sqnrDb(valuesOfRun(model, {{"x", x}}).at("y"), output(fake, x)) > 70);
        // A coarse grid as well, against a plain loop over the engine's values.
        const QuantizedNetwork coarse = quantizedBy(model, "bits=2,granularity=channel,act=none", {{"x", x}});
        LayerData data(model->network, LayerId{0});
        const ChannelMajor& values = data.arranged(coarse.layers[0].scheme);
        const auto levels = quantize(values, *coarse.layers[0].params).values;
        const auto y = floats(output(fakeQuantized(coarse), x));
        const auto in = floats(x);
        for (int r = 0; r < 3; ++r)
            for (int n = 0; n < 4; ++n) {
                double sum = 0;
                for (int k = 0; k < 6; ++k)
                    sum += double(in[r * 6 + k]) * levels[n * 6 + k];
                QVERIFY(std::abs(sum - y[r * 4 + n]) < 1e-5);
            }
    }

    void weightsInTheBodyOfAnIfAreReplaced()
    {
        auto proto = modelWith({2, 6}, {2, 4});
        auto& graph = *proto.mutable_graph();
        addGauss(graph, "w", {6, 4}, 2);
        onnxbuilder::addTensor<std::uint8_t>(graph, "yes", onnx::TensorProto::BOOL, {}, {1});
        auto& branch = onnxbuilder::addNode(graph, "If", {"yes"}, {"y"});
        for (const char* name : {"then_branch", "else_branch"}) {
            auto& body = onnxbuilder::setGraph(branch, name);
            body.set_name(name);
            const std::string result = std::string(name) + "_y";
            onnxbuilder::addNode(body, "MatMul", {"x", "w"}, {result}, std::string("in_") + name);
            body.add_output()->set_name(result);
        }
        const auto model = load(proto);
        const Tensor x = gauss({2, 6}, 9);
        QuantizedNetwork network = quantizedBy(model, "bits=4,act=none", {{"x", x}});
        const EditedModel fake = fakeQuantized(network);
        QVERIFY2(fake.replacements[0].replaced, fake.replacements[0].reason.c_str());
        const double db = sqnrDb(valuesOfRun(model, {{"x", x}}).at("y"), output(fake, x));
        QVERIFY2(db > 10 && db < 40, qPrintable(QString::number(db)));
        // Activations inside as well: the operator stands in the body.
        network.layers[0].scheme.act = parseScheme("bits=8,act.range=dynamic,act.bits=2").act;
        const double coarser =
            sqnrDb(valuesOfRun(model, {{"x", x}}).at("y"), output(fakeQuantized(network), x));
        QVERIFY2(coarser < db - 1, qPrintable(QString::number(coarser)));
    }

    /// LLM.int8(): y = x̂·Ŵ over ordinary columns + half(x)·half(W) over the outliers.
    void outlierColumnsAreASecondProductInHalfPrecision_data()
    {
        QTest::addColumn<bool>("conv");
        QTest::newRow("matrix product") << false;
        QTest::newRow("convolution") << true;
    }
    void outlierColumnsAreASecondProductInHalfPrecision()
    {
        QFETCH(bool, conv);
        auto proto = conv ? modelWith({1, 6, 1, 1}, {1, 4, 1, 1}) : modelWith({1, 6}, {1, 4});
        auto& graph = *proto.mutable_graph();
        addGauss(graph, "w", conv ? Shape{4, 6, 1, 1} : Shape{6, 4}, 2);
        onnxbuilder::addNode(graph, conv ? "Conv" : "MatMul", {"x", "w"}, {"y"}, "layer");
        const auto model = load(proto);
        std::vector<float> in = floats(gauss({6}, 9));
        in[2] = 80.06f;
        const Tensor x = tensorFromFloats(conv ? Shape{1, 6, 1, 1} : Shape{1, 6}, in);
        QuantizedNetwork network = quantizedBy(
            model, "bits=8,granularity=channel,act=8,act.grid=symmetric,act.range=dynamic", {{"x", x}});
        LayerData data(model->network, LayerId{0});
        const ChannelMajor& values = data.arranged(network.layers[0].scheme);
        const std::vector<std::uint8_t> columns{0, 0, 1, 0, 0, 0};
        network.layers[0].params =
            std::make_shared<const ParamSets>(splitOutliers(values, network.layers[0].scheme, columns));
        const auto y = floats(output(fakeQuantized(network), x));
        const auto exact = floats(valuesOfRun(model, {{"x", x}}).at("y"));
        for (std::size_t i = 0; i < 4; ++i)
            if (!conv) // the range leaves the outlier out: as good as 8 bits are without it
                QVERIFY2(std::abs(y[i] - exact[i]) < 0.08, qPrintable(QString::number(y[i] - exact[i])));
            else // a tap of a convolution is in the range of its image
                QVERIFY2(std::abs(y[i] - exact[i]) < 1.5, qPrintable(QString::number(y[i] - exact[i])));
    }

    void realNetworksAreReplacedWhollyAndStayClose_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("input");
        QTest::newRow("BlazeFace") << "face_detection_front_128x128_barracuda.onnx"
                                   << "1,128,128,3";
        QTest::newRow("text direction") << "ch_ppocr_mobile_v2.0_cls_infer.onnx"
                                        << "2,3,48,192";
    }
    void realNetworksAreReplacedWhollyAndStayClose()
    {
        QFETCH(QString, file);
        QFETCH(QString, input);
        const std::string path = sourcePath(".cache/models/") + file.toStdString();
        if (!QFile::exists(QString::fromStdString(path)))
            QSKIP("needs the networks that `./dev deps` fetches");
        Shape shape;
        for (const QString& size : input.split(','))
            shape.push_back(size.toLongLong());
        const auto model = loadRunModel(path);
        const std::vector<InputValue> inputs{{"", gauss(shape, 4)}};
        const auto reference = valuesOfRun(model, inputs, layerValues(*model->network));
        for (const char* range : {"minmax", "dynamic"}) {
            const EditedModel fake = fakeQuantized(quantizedBy(
                model, std::string("bits=16,granularity=channel,act=16,act.range=") + range, inputs));
            for (const Replacement& replacement : fake.replacements)
                QVERIFY2(replacement.replaced, replacement.reason.c_str());
            const auto values = valuesOfRun(fake.model, inputs, layerValues(*model->network), fake.operators);
            for (const auto& [name, value] : reference)
                QVERIFY2(sqnrDb(value, values.at(name)) > 50, qPrintable(QString::fromStdString(name)));
        }
    }

    void whatCannotBeReplacedSaysWhy()
    {
        auto proto = modelWith({6, 3}, {4, 3});
        auto& graph = *proto.mutable_graph();
        addGauss(graph, "w", {4, 6}, 2);
        onnxbuilder::addNode(graph, "MatMul", {"w", "x"}, {"y"}, "left");
        const auto model = load(proto);
        const Tensor x = gauss({6, 3}, 9);
        const EditedModel dynamic =
            fakeQuantized(quantizedBy(model, "bits=8,act=8,act.range=dynamic", {{"x", x}}));
        QVERIFY(!dynamic.replacements[0].replaced && !dynamic.replacements[0].reason.empty());
        const EditedModel fixed = fakeQuantized(quantizedBy(model, "bits=8,act=8", {{"x", x}}));
        QVERIFY(fixed.replacements[0].replaced);
        QVERIFY(sqnrDb(valuesOfRun(model, {{"x", x}}).at("y"), output(fixed, x)) > 30);
    }

    void aRuleThatDoesNotFitFailsTheRunInWords()
    {
        auto proto = modelWith({2, 6}, {2, 4});
        addGauss(*proto.mutable_graph(), "w", {6, 4}, 2);
        onnxbuilder::addNode(*proto.mutable_graph(), "MatMul", {"x", "w"}, {"y"}, "product");
        const Tensor x = gauss({2, 6}, 9);
        const EditedModel fake =
            fakeQuantized(quantizedBy(load(proto), "bits=8,act.format=mxfp8-e4m3", {{"x", x}}));
        try {
            output(fake, x);
            QFAIL("six values are no block of 32");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains("32"), error.what());
        }
    }

private:
    std::shared_ptr<const RunModel> load(const onnx::ModelProto& proto)
    {
        const QString path = m_folder.filePath(QString("%1.onnx").arg(++m_files));
        onnxbuilder::writeModel(path, proto);
        return loadRunModel(path.toStdString());
    }

    QTemporaryDir m_folder;
    int m_files = 0;
};

QTEST_APPLESS_MAIN(TestFakeNetworks)
#include "tst_fakenetworks.moc"
