// SPDX-License-Identifier: GPL-3.0-or-later
#include "onnxbuilder.h"
#include "quantizednetworks.h"

#include "core/formats/numpy/npy.h"
#include "core/runtime/fake/fakesession.h"
#include "core/runtime/qdq/integerforms.h"
#include "core/runtime/qdq/qdqsession.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <random>

using namespace quantoscope;
using namespace quantizednetworks;

namespace {

std::vector<float> floats(const Tensor& tensor)
{
    const FloatArray values = floatsOf(tensor);
    return {values.values.begin(), values.values.end()};
}

Tensor gauss(const Shape& shape, std::uint32_t seed)
{
    std::mt19937 bits(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(*elementCount(shape));
    for (float& value : values)
        value = normal(bits);
    return tensorFromFloats(shape, values);
}

/// As a program that only knows ONNX Runtime runs it.
Tensor deployed(const RunModel& model, std::shared_ptr<const RunModel> shared,
                const std::vector<InputValue>& inputs)
{
    SessionOptions options;
    options.optimization = Optimization::Deployed;
    options.quantizedFusions = true;
    NetworkSession session(std::move(shared), options);
    return session.run(inputs).at(model.proto.graph().output_size() - 1);
}

double sqnrDb(const std::vector<float>& x, const std::vector<float>& y)
{
    double signal = 0;
    double noise = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        signal += double(x[i]) * x[i];
        noise += (double(y[i]) - x[i]) * (double(y[i]) - x[i]);
    }
    return noise == 0 ? 1000 : 10 * std::log10(signal / noise);
}

int countOf(const RunModel& model, const std::string& op)
{
    int count = 0;
    for (const auto& node : model.proto.graph().node())
        count += node.op_type() == op ? 1 : 0;
    return count;
}

onnx::ModelProto modelWith(const Shape& input, const Shape& output, int opset)
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(opset);
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

} // namespace

class TestQdq : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void theSampleRunsOnIntegersAndStaysClose_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::newRow("static, a scale a channel") << "int8-per-channel";
        QTest::newRow("static, a scale a tensor") << "bits=8,act=8";
        QTest::newRow("static, signed codes") << "bits=8,granularity=channel,act=8,act.grid=symmetric-full";
        QTest::newRow("static, zero points in the weights") << "bits=8,grid=zero-point,act=8";
        QTest::newRow("dynamic") << "bits=8,granularity=channel,act=8,act.range=dynamic";
    }
    void theSampleRunsOnIntegersAndStaysClose()
    {
        QFETCH(QString, scheme);
        const auto inputs = digits(1);
        const auto model = sample();
        const QuantizedNetwork network = quantizedBy(model, scheme.toStdString(), inputs);
        const EditedModel standard = qdqQuantized(network);
        QVERIFY(!standard.operators);
        for (const Replacement& replacement : standard.replacements)
            QVERIFY2(replacement.replaced, replacement.reason.c_str());
        const auto reference = floats(valuesOfRun(model, inputs).at("logits"));
        const EditedModel fake = fakeQuantized(network);
        const auto ours = floats(valuesOfRun(fake.model, inputs, {}, fake.operators).at("logits"));
        const auto plain = floats(valuesOfRun(standard.model, inputs).at("logits"));
        const auto fused = floats(deployed(*standard.model, standard.model, inputs));
        // Its outputs are quantized as well, ours are not.
        QVERIFY2(sqnrDb(reference, plain) > 22, qPrintable(QString::number(sqnrDb(reference, plain))));
        QVERIFY2(sqnrDb(reference, fused) > 22, qPrintable(QString::number(sqnrDb(reference, fused))));
        QVERIFY2(sqnrDb(ours, fused) > 22, qPrintable(QString::number(sqnrDb(ours, fused))));
        qInfo("%s: float to fake %.1f dB, to QDQ %.1f dB, fused %.1f dB; fake to fused %.1f dB",
              qPrintable(scheme), sqnrDb(reference, ours), sqnrDb(reference, plain), sqnrDb(reference, fused),
              sqnrDb(ours, fused));
    }

    /// One layer whose output stays float: the only difference to ours is the bias in int32, off by half of s_x · s_w at most.
    void oneProductIsOursButForTheBias_data()
    {
        QTest::addColumn<int>("opset");
        QTest::addColumn<QString>("scheme");
        for (const int opset : {11, 17}) {
            QTest::addRow("operator set %d, static", opset) << opset << "bits=8,granularity=channel,act=8";
            QTest::addRow("operator set %d, dynamic", opset)
                << opset << "bits=8,granularity=channel,act=8,act.range=dynamic";
        }
    }
    void oneProductIsOursButForTheBias()
    {
        QFETCH(int, opset);
        QFETCH(QString, scheme);
        auto proto = modelWith({5, 24}, {5, 7}, opset);
        auto& graph = *proto.mutable_graph();
        onnxbuilder::addFloats(graph, "w", {7, 24}, floats(gauss({7, 24}, 2)));
        onnxbuilder::addFloats(graph, "b", {7}, floats(gauss({7}, 3)));
        auto& gemm = onnxbuilder::addNode(graph, "Gemm", {"x", "w", "b"}, {"y"}, "layer");
        onnxbuilder::setInt(gemm, "transB", 1);
        const auto model = load(proto);
        const Tensor x = gauss({5, 24}, 9);
        QuantizedNetwork network = quantizedBy(model, scheme.toStdString(), {{"x", x}});
        network.dynamicRange = DynamicRange::Tensor;
        network.layers[0].output.reset();
        const EditedModel standard = qdqQuantized(network);
        QVERIFY2(standard.replacements[0].replaced, standard.replacements[0].reason.c_str());
        const EditedModel fake = fakeQuantized(network);
        const auto ours = floats(valuesOfRun(fake.model, {{"x", x}}, {}, fake.operators).at("y"));
        const auto theirs = floats(valuesOfRun(standard.model, {{"x", x}}).at("y"));
        const auto fused = floats(deployed(*standard.model, standard.model, {{"x", x}}));
        // |x| below 4 and |w| below 3.2: s_x · s_w / 2 = 8 / 255 · 3.2 / 127 / 2; else float32 alone.
        const double most = scheme.contains("dynamic") ? 1e-5 : 4e-4;
        for (std::size_t i = 0; i < ours.size(); ++i) {
            QVERIFY2(std::abs(ours[i] - theirs[i]) < most, qPrintable(QString::number(ours[i] - theirs[i])));
            QVERIFY2(std::abs(ours[i] - fused[i]) < most, qPrintable(QString::number(ours[i] - fused[i])));
        }
    }

    void namesOfValuesStayAndTheOutputIsDequantized()
    {
        const auto inputs = digits(2);
        const auto model = sample();
        const EditedModel standard = qdqQuantized(quantizedBy(model, "int8-per-channel", inputs));
        QCOMPARE(standard.model->proto.graph().output(0).name(), std::string("logits"));
        valuesOfRun(standard.model, inputs, layerValues(*model->network));
        QVERIFY(countOf(*standard.model, "QuantizeLinear") > 0);
        QVERIFY(countOf(*standard.model, "DequantizeLinear") > countOf(*standard.model, "QuantizeLinear"));
    }

    void whatHasNoOperatorSaysWhy_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* scheme :
             {"bits=4,granularity=group:8,act=8", "nf4,act=8", "bits=8,act=4", "bits=8,act=none",
              "bits=8,act.grid=offset", "bits=8,act.granularity=row,act.range=dynamic",
              "bits=8,grid=mid-rise,act=8", "bits=16,act=8",
              "bits=8,act=8,act.grid=symmetric,act.range=dynamic", "bits=8,act.rounding=floor",
              "binary,act=8"})
            QTest::newRow(scheme) << scheme;
    }
    void whatHasNoOperatorSaysWhy()
    {
        QFETCH(QString, scheme);
        const auto inputs = digits(1);
        const auto model = sample();
        const EditedModel standard = qdqQuantized(quantizedBy(model, scheme.toStdString(), inputs));
        for (const Replacement& replacement : standard.replacements) {
            QVERIFY(!replacement.replaced);
            QVERIFY(replacement.reason.size() > 20);
        }
        QVERIFY(floats(valuesOfRun(model, inputs).at("logits"))
                == floats(valuesOfRun(standard.model, inputs).at("logits")));
    }

    void biasesBecomeIntegersAtTheScaleOfTheProduct()
    {
        const std::vector<float> bias{1.0f, -0.26f, 1e30f, -1e30f};
        const std::vector<float> scales{0.5f, 0.25f, 1.0f, 1.0f};
        const auto codes = integerBias(bias, 0.5f, scales);
        QVERIFY((codes == std::vector<std::int32_t>{4, -2, 2147483647, -2147483647 - 1}));
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

QTEST_APPLESS_MAIN(TestQdq)
#include "tst_qdq.moc"
