// SPDX-License-Identifier: GPL-3.0-or-later
// A culprit planted in a QDQ file that is well made otherwise: the report must name the layer and the cause.
#include "againstcases.h"
#include "core/analysis/against/matching.h"

#include "core/report/againstrows.h"
#include "core/support/error.h"
#include <random>

using namespace quantoscope;
using namespace againstcases;

class TestAgainst : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void plantedCulprits_data();
    void plantedCulprits();
    void namesMayChange();
    void weightsTellLayersApart();
    void everyNumberIsInTheRows();
    void anotherNetworkIsRefused();
};

void TestAgainst::plantedCulprits_data()
{
    QTest::addColumn<int>("layer");
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<QString>("cause");
    const auto row = [](const char* name, int layer, Fault fault, const char* cause) {
        QTest::newRow(name) << layer << fault << QString::fromLatin1(cause);
    };
    row("nothing wrong", -1, Fault::None, "");
    row("clipped input range", 3, Fault::ClippedRange, "clipped-activation");
    row("input range too wide", 6, Fault::WideRange, "wide-activation");
    row("zero point mirrored", 4, Fault::ZeroPoint, "wrong-zero-point");
    row("zero points of weights", 7, Fault::WeightZeroPoint, "weight-zero-point");
    row("clipped weights of the dense layer", 8, Fault::ClippedWeights, "clipped-weights");
    row("weights of another training", 5, Fault::OtherWeights, "no-correlation");
    row("scales of weights", 4, Fault::WeightScale, "weight-scale");
    row("pads moved", 1, Fault::Pads, "different-attributes");
    row("scale of the bias", 2, Fault::BiasScale, "bias-scale");
}

void TestAgainst::plantedCulprits()
{
    QFETCH(int, layer);
    QFETCH(Fault, fault);
    QFETCH(QString, cause);
    checkPlanted(setUp(QStringLiteral("digits.onnx"), "sample", 40), layer, fault, cause);
}

void TestAgainst::namesMayChange()
{
    const Setup setup = setUp(QStringLiteral("digits.onnx"), "sample", 20);
    onnx::ModelProto proto = qdqwriter::Writer(*setup.model, setup.ranges).write(3, Fault::ClippedRange);
    int count = 0;
    for (onnx::NodeProto& node : *proto.mutable_graph()->mutable_node())
        node.set_name("node" + std::to_string(count++));
    const AgainstReport report = reportOf(setup, proto);
    for (const AgainstLayer& row : report.layers)
        QVERIFY2(row.matched == row.layer && row.score > 0.99,
                 setup.model->network->layer(row.layer).name.c_str());
    QCOMPARE(suspiciousOf(report), QStringList{QStringLiteral("3 clipped-activation")});
}

/// Layers of one size in another order, one of them transposed, one that nothing resembles.
void TestAgainst::weightsTellLayersApart()
{
    std::mt19937 generator(5);
    std::normal_distribution<float> distribution;
    const auto random = [&](std::size_t count) {
        std::vector<float> values(count);
        for (float& value : values)
            value = distribution(generator);
        return values;
    };
    const std::vector<float> a = random(64), b = random(64), c = random(96), d = random(40);
    std::vector<float> turned(96);
    for (std::size_t i = 0; i < 12; ++i)
        for (std::size_t j = 0; j < 8; ++j)
            turned[j * 12 + i] = c[i * 8 + j];
    const auto network = [](const std::vector<std::pair<std::string, std::vector<float>>>& weights,
                            bool transposed) {
        onnx::ModelProto proto = onnxbuilder::emptyModel();
        for (const auto& [name, values] : weights) {
            onnx::GraphProto& graph = *proto.mutable_graph();
            const auto outputs = static_cast<std::int64_t>(values.size() / 8);
            const bool gemm = transposed && values.size() == 96;
            onnxbuilder::addFloats(graph, name + "_w",
                                   gemm ? onnxbuilder::Dims{outputs, 8} : onnxbuilder::Dims{8, outputs},
                                   values);
            auto& node = onnxbuilder::addNode(graph, gemm ? "Gemm" : "MatMul", {"x", name + "_w"},
                                              {name + "_y"}, name);
            if (gemm)
                onnxbuilder::setInt(node, "transB", 1);
        }
        const QTemporaryDir folder;
        return onnxbuilder::writeAndRead(folder.filePath(QStringLiteral("n.onnx")), proto);
    };
    const auto original = network({{"a", a}, {"b", b}, {"c", c}, {"d", d}}, true);
    const auto quantized = network({{"p", b}, {"q", a}, {"r", turned}}, false);
    const Matching matching = matchLayers(*original, *quantized);
    QCOMPARE(matching.layers[0].quantized.value_or(LayerId{9}).index, 1u);
    QCOMPARE(matching.layers[0].by, std::string("correlation"));
    QCOMPARE(matching.layers[1].quantized.value_or(LayerId{9}).index, 0u);
    QCOMPARE(matching.layers[2].by, std::string("position"));
    QVERIFY(matching.layers[2].score > 0.999);
    QVERIFY(!matching.layers[3].quantized && !matching.layers[3].reason.empty());
}

void TestAgainst::everyNumberIsInTheRows()
{
    const Setup setup = setUp(QStringLiteral("digits.onnx"), "sample", 20);
    const AgainstReport report =
        reportOf(setup, qdqwriter::Writer(*setup.model, setup.ranges).write(3, Fault::ClippedRange));
    const Json json = againstJson(report);
    const std::string name = setup.model->network->layers[3].name;
    QCOMPARE(json["firstJump"].get<std::string>(), name);
    QCOMPARE(json["suspicious"].size(), std::size_t{1});
    const Json& row = json["layers"][3];
    QCOMPARE(row["layer"].get<std::string>(), name);
    QCOMPARE(row["storedScheme"].get<std::string>(), std::string("int8 per channel (axis 0), symmetric"));
    QCOMPARE(row["causes"][0]["name"].get<std::string>(), std::string("clipped-activation"));
    QVERIFY(row["causes"][0]["evidence"]["clippedFraction"].get<double>() > 0.1);
    // The range was made to end at a twentieth of the largest value.
    const double largest = static_cast<double>(setup.ranges.at(setup.model->network->layers[3].input).max);
    QVERIFY(std::abs(row["ranges"][0]["storedHigh"].get<double>() / (largest / 20) - 1) < 1e-5);
    QCOMPARE(row["ranges"][0]["high"].get<double>(), largest);
    QVERIFY(json["outputs"][0]["agreement"].is_number());
    QVERIFY(row["dropDb"].get<double>() > 10);
}

void TestAgainst::anotherNetworkIsRefused()
{
    const Setup setup = setUp(QStringLiteral("digits.onnx"), "sample", 2);
    onnx::ModelProto proto = setup.model->proto;
    *proto.mutable_graph()->add_output() = proto.graph().output(0);
    proto.mutable_graph()->mutable_output(1)->set_name(proto.graph().node(0).output(0));
    try {
        reportOf(setup, proto);
        QFAIL("two outputs passed for one");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::InvalidArgument);
        QVERIFY2(QString::fromUtf8(error.what()).contains(QLatin1String("outputs")), error.what());
    }
}

QTEST_APPLESS_MAIN(TestAgainst)
#include "tst_against.moc"
