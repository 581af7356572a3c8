// SPDX-License-Identifier: GPL-3.0-or-later
// One layer with a MatMul whose input and weights are chosen so that a cause holds and its evidence can be counted by hand.
#include "againstcases.h"

#include <random>

using namespace againstcases;

namespace {

constexpr std::int64_t features = 32, outputs = 8;

onnx::ModelProto emptyNetwork()
{
    onnx::ModelProto proto;
    proto.set_ir_version(10);
    proto.add_opset_import()->set_version(21);
    auto& microsoft = *proto.add_opset_import();
    microsoft.set_domain("com.microsoft");
    microsoft.set_version(1);
    onnx::GraphProto& graph = *proto.mutable_graph();
    graph.set_name("g");
    const auto describe = [](onnx::ValueInfoProto& value, const char* name, std::int64_t size) {
        value.set_name(name);
        auto& type = *value.mutable_type()->mutable_tensor_type();
        type.set_elem_type(onnx::TensorProto::FLOAT);
        type.mutable_shape()->add_dim()->set_dim_param("N");
        type.mutable_shape()->add_dim()->set_dim_value(size);
    };
    describe(*graph.add_input(), "x", features);
    describe(*graph.add_output(), "y", outputs);
    return proto;
}

/// x · factor + offset, by feature: what the layer is fed.
void addInput(onnx::GraphProto& graph, const std::vector<float>& factor, const std::vector<float>& offset)
{
    onnxbuilder::addFloats(graph, "factor", {features}, factor);
    onnxbuilder::addFloats(graph, "offset", {features}, offset);
    onnxbuilder::addNode(graph, "Mul", {"x", "factor"}, {"scaled"}, "scaled");
    onnxbuilder::addNode(graph, "Add", {"scaled", "offset"}, {"fed"}, "fed");
}

struct Product
{
    std::vector<float> factor = std::vector<float>(features, 1.0f);
    std::vector<float> offset = std::vector<float>(features, 0.0f);
    std::vector<float> weight; ///< [features][outputs]
};

Product gaussian()
{
    Product layer;
    std::mt19937 generator(11);
    std::normal_distribution<float> distribution(0, 0.2f);
    for (std::int64_t i = 0; i < features * outputs; ++i)
        layer.weight.push_back(distribution(generator));
    return layer;
}

onnx::ModelProto floatNetwork(const Product& layer)
{
    onnx::ModelProto proto = emptyNetwork();
    onnx::GraphProto& graph = *proto.mutable_graph();
    addInput(graph, layer.factor, layer.offset);
    onnxbuilder::addFloats(graph, "w", {features, outputs}, layer.weight);
    onnxbuilder::addNode(graph, "MatMul", {"fed", "w"}, {"y"}, "product");
    return proto;
}

float stepOf(const std::vector<float>& values)
{
    float most = 0;
    for (const float value : values)
        most = std::max(most, std::abs(value));
    return most / 127;
}

std::vector<std::int8_t> codesOf(const std::vector<float>& values)
{
    std::vector<std::int8_t> codes;
    for (const float value : values)
        codes.push_back(static_cast<std::int8_t>(std::lround(value / stepOf(values))));
    return codes;
}

/// Codes of `type` at the input, of 8 bits and one scale for the weights.
onnx::ModelProto quantizedNetwork(const Product& layer, int type, float inputStep, std::uint8_t zeroPoint)
{
    onnx::ModelProto proto = emptyNetwork();
    onnx::GraphProto& graph = *proto.mutable_graph();
    addInput(graph, layer.factor, layer.offset);
    onnxbuilder::addFloats(graph, "xs", {}, {inputStep});
    onnxbuilder::addTensor<std::uint8_t>(graph, "xz", type, {}, {zeroPoint});
    onnxbuilder::addTensor(graph, "wq", onnx::TensorProto::INT8, {features, outputs}, codesOf(layer.weight));
    onnxbuilder::addFloats(graph, "ws", {}, {stepOf(layer.weight)});
    onnxbuilder::addTensor<std::int8_t>(graph, "wz", onnx::TensorProto::INT8, {}, {0});
    onnxbuilder::addNode(graph, "QuantizeLinear", {"fed", "xs", "xz"}, {"xq"}, "quantize");
    onnxbuilder::addNode(graph, "DequantizeLinear", {"xq", "xs", "xz"}, {"xd"}, "dequantize");
    onnxbuilder::addNode(graph, "DequantizeLinear", {"wq", "ws", "wz"}, {"wd"}, "weights");
    onnxbuilder::addNode(graph, "MatMul", {"xd", "wd"}, {"y"}, "product");
    return proto;
}

/// Blocks of 32 features, codes of four bits around 8.
onnx::ModelProto blockedNetwork(const Product& layer)
{
    onnx::ModelProto proto = emptyNetwork();
    onnx::GraphProto& graph = *proto.mutable_graph();
    addInput(graph, layer.factor, layer.offset);
    std::vector<float> scales;
    std::vector<std::uint8_t> packed;
    for (std::int64_t o = 0; o < outputs; ++o) {
        std::vector<float> row;
        for (std::int64_t i = 0; i < features; ++i)
            row.push_back(layer.weight[static_cast<std::size_t>(i * outputs + o)]);
        scales.push_back(stepOf(row) * 127 / 7);
        for (std::size_t i = 0; i < row.size(); i += 2) {
            const auto code = [&](float value) {
                return static_cast<unsigned>(std::lround(value / scales.back()) + 8);
            };
            packed.push_back(static_cast<std::uint8_t>(code(row[i]) | code(row[i + 1]) << 4));
        }
    }
    onnxbuilder::addTensor(graph, "wb", onnx::TensorProto::UINT8, {outputs, 1, features / 2}, packed);
    onnxbuilder::addFloats(graph, "wbs", {outputs}, scales);
    auto& node = onnxbuilder::addNode(graph, "MatMulNBits", {"fed", "wb", "wbs"}, {"y"}, "product_Q4");
    node.set_domain("com.microsoft");
    onnxbuilder::setInt(node, "K", features);
    onnxbuilder::setInt(node, "N", outputs);
    onnxbuilder::setInt(node, "bits", 4);
    onnxbuilder::setInt(node, "block_size", 32);
    return proto;
}

AgainstLayer layerOf(const Product& layer, const onnx::ModelProto& quantized)
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("float.onnx"));
    onnxbuilder::writeModel(path, floatNetwork(layer));
    Setup setup;
    setup.model = loadRunModel(path.toStdString());
    SampleOptions options;
    options.inputs = {{"x", DType::F32, {-1, features}}};
    setup.samples = openSamples("synth:gauss", options);
    for (std::size_t i = 0; i < 20; ++i)
        setup.order.push_back(i);
    const AgainstReport report = reportOf(setup, quantized);
    return report.layers.at(0);
}

const AgainstCause* causeNamed(const AgainstLayer& layer, const char* name)
{
    for (const AgainstCause& cause : layer.causes)
        if (cause.name == name)
            return &cause;
    return nullptr;
}

double evidenceOf(const AgainstCause& cause, const char* key)
{
    for (const auto& [name, value] : cause.evidence)
        if (name == key)
            return value;
    return std::nan("");
}

constexpr int uint4 = 21;

} // namespace

class TestAgainstCauses : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void wellMadeFileHasNone();
    void fewActivationBits();
    void fewWeightBitsInBlocks();
    void outlierChannel();
    void saturatingPairs();
};

void TestAgainstCauses::wellMadeFileHasNone()
{
    const Product layer = gaussian();
    const AgainstLayer row = layerOf(layer, quantizedNetwork(layer, onnx::TensorProto::UINT8, 0.035f, 128));
    QVERIFY(row.matched && row.score > 0.999);
    QVERIFY(!row.suspicious && !row.jump);
    for (const char* name : {"few-activation-bits", "few-weight-bits", "outlier-channel", "saturating-pairs"})
        QVERIFY2(!causeNamed(row, name), name);
}

void TestAgainstCauses::fewActivationBits()
{
    const Product layer = gaussian();
    const AgainstLayer row = layerOf(layer, quantizedNetwork(layer, uint4, 0.5f, 8));
    QVERIFY(row.suspicious && !row.causes.empty());
    const AgainstCause& cause = row.causes.front();
    QCOMPARE(cause.name, std::string("few-activation-bits"));
    QCOMPARE(evidenceOf(cause, "bits"), 4.0);
    // Four bits fewer: 24 dB, less what the weights and the range that fits change.
    QVERIFY2(cause.gainDb > 15 && cause.gainDb < 28, qPrintable(QString::number(cause.gainDb)));
}

void TestAgainstCauses::fewWeightBitsInBlocks()
{
    const Product layer = gaussian();
    const AgainstLayer row = layerOf(layer, blockedNetwork(layer));
    QVERIFY(row.matched && row.score > 0.98);
    QVERIFY(row.suspicious && !row.causes.empty());
    const AgainstCause& cause = row.causes.front();
    QCOMPARE(cause.name, std::string("few-weight-bits"));
    QCOMPARE(evidenceOf(cause, "bits"), 4.0);
    // ±7 steps reach a row's largest weight: step²/12 of a Gaussian whose largest of 32 lies near 2.1 σ is 21.3 dB.
    QVERIFY2(std::abs(row.weightSqnrDb - 21.3) < 2, qPrintable(QString::number(row.weightSqnrDb)));
    QCOMPARE(QString::fromStdString(row.storedAct), QStringLiteral("float"));
}

void TestAgainstCauses::outlierChannel()
{
    Product layer = gaussian();
    layer.factor[5] = 60;
    const AgainstLayer row = layerOf(layer, quantizedNetwork(layer, onnx::TensorProto::UINT8, 0.85f, 128));
    const AgainstCause* cause = causeNamed(row, "outlier-channel");
    QVERIFY(cause && !cause->ofFile && !row.suspicious);
    QCOMPARE(evidenceOf(*cause, "channel"), 5.0);
    // Largest of the channels' maxima over their median: 60 but for what 20 draws vary.
    const double ratio = evidenceOf(*cause, "channelRatio");
    QVERIFY2(ratio > 30 && ratio < 90, qPrintable(QString::number(ratio)));
    QVERIFY(evidenceOf(*cause, "keptSqnrDb") - evidenceOf(*cause, "localSqnrDb") == cause->gainDb);
    QVERIFY2(cause->gainDb > 10, qPrintable(QString::number(cause->gainDb)));
}

void TestAgainstCauses::saturatingPairs()
{
    // The input is 0.99, 0.6, 0.3, …, at every sample; weights are ±1 or ±0.25.
    Product layer;
    layer.factor.assign(features, 0);
    for (std::size_t i = 0; i < features; ++i)
        layer.offset[i] = i % 3 == 0 ? 0.99f : i % 3 == 1 ? 0.6f : 0.3f;
    for (std::size_t i = 0; i < features; ++i)
        for (std::size_t o = 0; o < outputs; ++o)
            layer.weight.push_back(((i / 2 + o) % 3 == 0 ? -1.0f : 1.0f) * (i % 5 == 0 ? 0.25f : 1.0f));
    constexpr float step = 1 / 255.0f;
    const AgainstLayer row = layerOf(layer, quantizedNetwork(layer, onnx::TensorProto::UINT8, step, 0));
    const std::vector<std::int8_t> codes = codesOf(layer.weight);
    int saturated = 0;
    for (std::size_t o = 0; o < outputs; ++o)
        for (std::size_t i = 0; i < features; i += 2) {
            int sum = 0;
            for (std::size_t k = i; k < i + 2; ++k)
                sum += static_cast<int>(std::lround(layer.offset[k] / step)) * codes[k * outputs + o];
            saturated += sum < -32768 || sum > 32767;
        }
    QVERIFY(saturated > 0);
    const AgainstCause* cause = causeNamed(row, "saturating-pairs");
    QVERIFY(cause && !cause->ofFile && !row.suspicious);
    const auto samples = static_cast<double>(AgainstSettings{}.localSamples);
    QCOMPARE(evidenceOf(*cause, "saturated"), samples * saturated);
    QCOMPARE(evidenceOf(*cause, "pairs"), samples * features / 2 * outputs);
}

QTEST_APPLESS_MAIN(TestAgainstCauses)
#include "tst_againstcauses.moc"
