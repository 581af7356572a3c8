// SPDX-License-Identifier: GPL-3.0-or-later
// A culprit planted in a QDQ file that is well made otherwise: the report must name the layer and the cause.
#include "againstcases.h"
#include "core/report/againstrows.h"
#include "core/support/error.h"

using namespace quantoscope;
using namespace againstcases;

class TestAgainst : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void plantedCulprits_data();
    void plantedCulprits();
    void namesAndOrderMayChange();
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
    row("scale of the bias", 2, Fault::BiasScale, "bias-scale");
}

void TestAgainst::plantedCulprits()
{
    QFETCH(int, layer);
    QFETCH(Fault, fault);
    QFETCH(QString, cause);
    checkPlanted(setUp(QStringLiteral("digits.onnx"), "sample", 40), layer, fault, cause);
}

/// Layers of one size in another order and under other names are told apart by their weights.
void TestAgainst::namesAndOrderMayChange()
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
