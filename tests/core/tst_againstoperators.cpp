// SPDX-License-Identifier: GPL-3.0-or-later
// Files of operators on codes: QLinearConv with a merged Relu, MatMulInteger behind a range found at each inference.
#include "againstcases.h"

#include <random>

using namespace againstcases;

class TestAgainstOperators : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void integerOperators_data();
    void integerOperators();
};

namespace {

std::vector<float> gauss(std::size_t count, float deviation, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> distribution(0, deviation);
    std::vector<float> values(count);
    for (float& value : values)
        value = distribution(generator);
    return values;
}

std::vector<std::int8_t> codesOf(const std::vector<float>& values, float scale)
{
    std::vector<std::int8_t> codes;
    for (const float value : values)
        codes.push_back(static_cast<std::int8_t>(std::clamp(std::nearbyint(value / scale), -127.0f, 127.0f)));
    return codes;
}

constexpr float convStep = 0.01f, productStep = 0.004f, inputStep = 0.04f;

onnx::ModelProto model()
{
    onnx::ModelProto proto;
    proto.set_ir_version(8);
    proto.add_opset_import()->set_version(13);
    onnx::GraphProto& graph = *proto.mutable_graph();
    graph.set_name("g");
    const auto describe = [](onnx::ValueInfoProto& value, const std::string& name, std::vector<int> dims) {
        value.set_name(name);
        auto& type = *value.mutable_type()->mutable_tensor_type();
        type.set_elem_type(onnx::TensorProto::FLOAT);
        type.mutable_shape()->add_dim()->set_dim_param("N");
        for (const int dim : dims)
            type.mutable_shape()->add_dim()->set_dim_value(dim);
    };
    describe(*graph.add_input(), "x", {4, 6, 6});
    describe(*graph.add_output(), "y", {10});
    return proto;
}

const std::vector<float> convWeight = gauss(8 * 4 * 9, 0.3f, 1);
const std::vector<float> convBias = gauss(8, 0.2f, 2);
const std::vector<float> productWeight = gauss(128 * 10, 0.1f, 3);

onnx::ModelProto floatModel()
{
    onnx::ModelProto proto = model();
    onnx::GraphProto& graph = *proto.mutable_graph();
    onnxbuilder::addFloats(graph, "w1", {8, 4, 3, 3}, convWeight);
    onnxbuilder::addFloats(graph, "b1", {8}, convBias);
    onnxbuilder::addFloats(graph, "w2", {128, 10}, productWeight);
    onnxbuilder::addNode(graph, "Conv", {"x", "w1", "b1"}, {"c"}, "conv");
    onnxbuilder::addNode(graph, "Relu", {"c"}, {"r"}, "relu");
    onnxbuilder::addNode(graph, "Flatten", {"r"}, {"f"}, "flatten");
    onnxbuilder::addNode(graph, "MatMul", {"f", "w2"}, {"y"}, "product");
    return proto;
}

onnx::ModelProto integerModel(float outputStep)
{
    onnx::ModelProto proto = model();
    onnx::GraphProto& graph = *proto.mutable_graph();
    onnxbuilder::addFloats(graph, "xs", {}, {inputStep});
    onnxbuilder::addTensor<std::uint8_t>(graph, "xz", onnx::TensorProto::UINT8, {}, {128});
    onnxbuilder::addTensor(graph, "w1q", onnx::TensorProto::INT8, {8, 4, 3, 3},
                           codesOf(convWeight, convStep));
    onnxbuilder::addFloats(graph, "w1s", {}, {convStep});
    onnxbuilder::addTensor<std::int8_t>(graph, "w1z", onnx::TensorProto::INT8, {}, {0});
    onnxbuilder::addFloats(graph, "cs", {}, {outputStep});
    onnxbuilder::addTensor<std::uint8_t>(graph, "cz", onnx::TensorProto::UINT8, {}, {0});
    std::vector<std::int32_t> bias;
    for (const float value : convBias)
        bias.push_back(static_cast<std::int32_t>(std::lround(value / (convStep * inputStep))));
    onnxbuilder::addTensor(graph, "b1q", onnx::TensorProto::INT32, {8}, bias);
    onnxbuilder::addTensor(graph, "w2q", onnx::TensorProto::INT8, {128, 10},
                           codesOf(productWeight, productStep));
    onnxbuilder::addFloats(graph, "w2s", {}, {productStep});
    onnxbuilder::addNode(graph, "QuantizeLinear", {"x", "xs", "xz"}, {"xq"}, "quantize");
    onnxbuilder::addNode(graph, "QLinearConv", {"xq", "xs", "xz", "w1q", "w1s", "w1z", "cs", "cz", "b1q"},
                         {"cq"}, "conv_quant");
    onnxbuilder::addNode(graph, "DequantizeLinear", {"cq", "cs", "cz"}, {"r"}, "dequantize");
    onnxbuilder::addNode(graph, "Flatten", {"r"}, {"f"}, "flatten");
    onnxbuilder::addNode(graph, "DynamicQuantizeLinear", {"f"}, {"fq", "fs", "fz"}, "dynamic");
    onnxbuilder::addNode(graph, "MatMulInteger", {"fq", "w2q", "fz"}, {"sums"}, "product_quant");
    onnxbuilder::addNode(graph, "Cast", {"sums"}, {"reals"}, "cast");
    onnxbuilder::setInt(*graph.mutable_node(graph.node_size() - 1), "to", onnx::TensorProto::FLOAT);
    onnxbuilder::addNode(graph, "Mul", {"fs", "w2s"}, {"steps"}, "steps");
    onnxbuilder::addNode(graph, "Mul", {"reals", "steps"}, {"y"}, "scale");
    return proto;
}

} // namespace

void TestAgainstOperators::integerOperators_data()
{
    QTest::addColumn<float>("outputStep");
    QTest::addColumn<QString>("cause");
    QTest::newRow("a range that fits") << 0.03f << QString();
    QTest::newRow("an output range that clips") << 0.002f << QStringLiteral("clipped-activation");
    QTest::newRow("an output range that is too wide") << 1.0f << QStringLiteral("wide-activation");
}

void TestAgainstOperators::integerOperators()
{
    QFETCH(float, outputStep);
    QFETCH(QString, cause);
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("float.onnx"));
    onnxbuilder::writeModel(path, floatModel());
    Setup setup;
    setup.model = loadRunModel(path.toStdString());
    SampleOptions options;
    options.inputs = {{"x", DType::F32, {-1, 4, 6, 6}}};
    setup.samples = openSamples("synth:gauss", options);
    for (std::size_t i = 0; i < 20; ++i)
        setup.order.push_back(i);
    const AgainstReport report = reportOf(setup, integerModel(outputStep));

    const AgainstLayer& conv = report.layers[0];
    const AgainstLayer& product = report.layers[1];
    QCOMPARE(conv.matched.value_or(LayerId{9}).index, 0u);
    QCOMPARE(product.matched.value_or(LayerId{9}).index, 1u);
    QCOMPARE(QString::fromStdString(product.storedAct),
             QStringLiteral("uint8 per tensor, found at each inference"));
    QVERIFY(std::isfinite(conv.accumulatedSqnrDb) && std::isfinite(product.accumulatedSqnrDb));
    if (cause.isEmpty()) {
        // 8 bits: above 30 dB each, so codes, scales and the Relu were taken as the file means them.
        QVERIFY2(conv.accumulatedSqnrDb > 30, qPrintable(QString::number(conv.accumulatedSqnrDb)));
        QVERIFY2(product.accumulatedSqnrDb > 30, qPrintable(QString::number(product.accumulatedSqnrDb)));
        QCOMPARE(suspiciousOf(report), QStringList());
        return;
    }
    QCOMPARE(suspiciousOf(report), QStringList{QStringLiteral("0 ") + cause});
    QVERIFY(report.firstJump && report.firstJump->index == 0);
}

QTEST_APPLESS_MAIN(TestAgainstOperators)
#include "tst_againstoperators.moc"
