// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are broken, partial or hostile: what is readable opens, the rest is named, nothing explodes.
#include "onnxbuilder.h"

#include "core/support/error.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <functional>

using namespace quantoscope;
using namespace onnxbuilder;
using F = std::vector<float>;

class TestOnnxDamaged : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void notAModel_data();
    void notAModel();
    void truncatedEverywhere();
    void everyByteFlipped();
    void badTensors_data();
    void badTensors();
    void externalData_data();
    void externalData();
    void externalLinkOutside();
    void externalDataIsSharedAndCounted();
    void deepSubgraphs();
    void cyclesAndRedefinitions();
    void growingConcatIsBounded();
    void longConstantChainIsBounded();
    void emptyTensorsWithHugeAxes();

private:
    QString path(const char* name = "model.onnx") const
    {
        return m_folder.filePath(QString::fromLatin1(name));
    }
    QTemporaryDir m_folder;
};

namespace {

/// One good layer, so that a test can see that the rest still opens.
onnx::ModelProto modelWithGoodLayer()
{
    auto model = emptyModel();
    addFloats(*model.mutable_graph(), "good", {2, 2});
    addNode(*model.mutable_graph(), "MatMul", {"x", "good"}, {"g"}, "good layer");
    return model;
}

std::string errorOf(const QString& path)
{
    try {
        (void)readOnnx(path.toStdString());
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

bool contains(const std::string& text, const QString& part)
{
    return QString::fromStdString(text).contains(part);
}

} // namespace

void TestOnnxDamaged::notAModel_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("reason");
    QTest::newRow("empty") << QByteArray() << "empty";
    QTest::newRow("text") << QByteArray("Hello, this is a letter and no network.\n") << "not an ONNX";
    QTest::newRow("zeros") << QByteArray(4096, '\0') << "not an ONNX";
    QTest::newRow("ones") << QByteArray(4096, '\xff') << "not an ONNX";
    QTest::newRow("only a version") << QByteArray("\x08\x08") << "no graph";
    QTest::newRow("a length beyond the end") << QByteArray("\x3a\xff\xff\xff\xff\x07") << "truncated";
}

void TestOnnxDamaged::notAModel()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, reason);
    writeBytes(path(), bytes);
    const std::string error = errorOf(path());
    QVERIFY2(contains(error, reason), error.c_str());
    QVERIFY2(contains(error, path()), error.c_str());
    QVERIFY2(contains(error, QString::number(bytes.size()) + " bytes"), error.c_str());
    QVERIFY(contains(errorOf(m_folder.path()), QStringLiteral("not a regular file")));
    QVERIFY(contains(errorOf(path("none.onnx")), QStringLiteral("No such file")));
}

void TestOnnxDamaged::truncatedEverywhere()
{
    auto model = modelWithGoodLayer();
    auto& graph = *model.mutable_graph();
    for (int i = 0; i < 20; ++i) {
        addFloats(graph, "w" + std::to_string(i), {8, 8});
        addNode(graph, "MatMul", {"x", "w" + std::to_string(i)}, {"y" + std::to_string(i)});
    }
    const QByteArray whole = QByteArray::fromStdString(model.SerializeAsString());
    for (int length = 0; length < whole.size(); length += 7) {
        writeBytes(path(), whole.left(length));
        QVERIFY2(!errorOf(path()).empty(), qPrintable(QString::number(length)));
    }
}

void TestOnnxDamaged::everyByteFlipped()
{
    auto model = modelWithGoodLayer();
    auto& graph = *model.mutable_graph();
    addTensor<std::int8_t>(graph, "wq", 3, {2, 3}, {1, 2, 3, 4, 5, 6});
    addFloats(graph, "s", {2});
    addInts(graph, "perm", {1, 0});
    auto& node = addNode(graph, "DequantizeLinear", {"wq", "s"}, {"w"});
    setInt(node, "axis", 0);
    addNode(graph, "Reshape", {"good", "perm"}, {"r"});
    addNode(graph, "Transpose", {"w"}, {"t"});
    addNode(graph, "Gemm", {"x", "t", "s"}, {"y"});
    addNode(setGraph(addNode(graph, "If", {"x"}, {"b"}), "then_branch"), "MatMul", {"y", "good"}, {"z"});
    const QByteArray whole = QByteArray::fromStdString(model.SerializeAsString());
    for (int at = 0; at < whole.size(); ++at)
        for (const char mask : {'\x01', '\x80', '\xff'}) {
            QByteArray bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ mask);
            writeBytes(path(), bytes);
            try {
                const auto network = readOnnx(path().toStdString());
                for (const Weight& weight : network->weights)
                    QCOMPARE(valuesOf(weight).values.size(), weight.data.size());
            } catch (const Error& error) {
                QVERIFY(*error.what() != '\0');
            }
        }
}

void TestOnnxDamaged::badTensors_data()
{
    QTest::addColumn<QVector<qint64>>("dims");
    QTest::addColumn<int>("type");
    QTest::addColumn<int>("bytes");
    QTest::addColumn<QStringList>("reason");
    using V = QVector<qint64>;
    constexpr qint64 huge = std::numeric_limits<qint64>::max();
    QTest::newRow("too few bytes") << V{2, 3} << 1 << 20 << QStringList{"20 bytes", "2×3", "24"};
    QTest::newRow("too many bytes") << V{2, 3} << 1 << 25 << QStringList{"25 bytes", "24"};
    QTest::newRow("no bytes") << V{2, 3} << 1 << 0 << QStringList{"0 bytes"};
    QTest::newRow("negative") << V{-2, 3} << 1 << 24 << QStringList{"-2×3"};
    QTest::newRow("huge") << V{1 << 20, 1 << 20, 1 << 20} << 1 << 24
                          << QStringList{"1048576×1048576×1048576"};
    QTest::newRow("overflow to a small product") << V{huge, huge, 4} << 1 << 16 << QStringList{"too large"};
    QTest::newRow("large but allowed")
        << V{1 << 23, 1 << 23} << 1 << 24 << QStringList{"24 bytes", "281474976710656"};
    QTest::newRow("unknown type") << V{2, 3} << 99 << 24 << QStringList{"type 99"};
    QTest::newRow("negative type") << V{2, 3} << -5 << 24 << QStringList{"type -5"};
    QTest::newRow("float4") << V{2, 3} << 23 << 3 << QStringList{"float4e2m1"};
    QTest::newRow("many axes") << V(1000, 1) << 1 << 4 << QStringList{"1000 dimensions"};
}

void TestOnnxDamaged::badTensors()
{
    QFETCH(QVector<qint64>, dims);
    QFETCH(int, type);
    QFETCH(int, bytes);
    QFETCH(QStringList, reason);
    auto model = modelWithGoodLayer();
    auto& graph = *model.mutable_graph();
    setRaw(*graph.add_initializer(), "bad", type, {dims.begin(), dims.end()},
           std::string(static_cast<std::size_t>(bytes), '\0'));
    addNode(graph, "MatMul", {"x", "bad"}, {"y"}, "bad layer");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QCOMPARE(network->layers[0].name, std::string("good layer"));
    QCOMPARE(network->skipped.size(), 2u); // the tensor and the layer
    QCOMPARE(network->skipped[0].name, std::string("bad"));
    QCOMPARE(network->skipped[1].name, std::string("bad layer"));
    for (const QString& part : reason)
        QVERIFY2(contains(network->skipped[0].reason, part), network->skipped[0].reason.c_str());
}

void TestOnnxDamaged::externalData_data()
{
    QTest::addColumn<QString>("location");
    QTest::addColumn<QString>("offset");
    QTest::addColumn<QString>("length");
    QTest::addColumn<QString>("reason"); // empty: opens
    const auto row = [](const char* name, const QString& location, const char* offset, const char* length,
                        const char* reason) {
        QTest::newRow(name) << location << QString::fromLatin1(offset) << QString::fromLatin1(length)
                            << QString::fromLatin1(reason);
    };
    row("whole", "model/w.bin", "8", "16", "");
    row("without a length", "model/w.bin", "8", "", "");
    row("dot in the path", "./model/w.bin", "8", "16", "");
    row("missing", "model/none.bin", "", "", "missing");
    row("parent folder", "../secret.bin", "0", "16", "outside");
    row("parent folder inside", "model/../../secret.bin", "0", "16", "outside");
    row("absolute", "/etc/passwd", "0", "16", "outside");
    row("no name", "", "0", "16", "without a file name");
    row("folder", "model", "0", "16", "regular file");
    row("offset past the end", "model/w.bin", "100", "16", "has 24");
    row("length past the end", "model/w.bin", "16", "16", "has 24");
    row("huge offset", "model/w.bin", "18446744073709551615", "16", "has 24");
    row("offset is no number", "model/w.bin", "-8", "16", "not a number");
    row("wrong length", "model/w.bin", "8", "12", "length 12");
}

void TestOnnxDamaged::externalData()
{
    QFETCH(QString, location);
    QFETCH(QString, offset);
    QFETCH(QString, length);
    QFETCH(QString, reason);
    QDir(m_folder.path()).mkpath(QStringLiteral("net/model"));
    writeBytes(path("secret.bin"), QByteArray(64, 's'));
    const F values = counting(6);
    writeBytes(path("net/model/w.bin"), QByteArray::fromStdString(bytesOf(values)));
    auto model = modelWithGoodLayer();
    auto& graph = *model.mutable_graph();
    auto& tensor = *graph.add_initializer();
    tensor.set_name("external");
    tensor.set_data_type(1);
    tensor.add_dims(2);
    tensor.add_dims(2);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto entry = [&](const char* key, const QString& value) {
        if (value.isEmpty() && std::strcmp(key, "location") != 0)
            return;
        auto& added = *tensor.add_external_data();
        added.set_key(key);
        added.set_value(value.toStdString());
    };
    entry("location", location);
    entry("offset", offset);
    entry("length", length);
    addNode(graph, "MatMul", {"x", "external"}, {"y"}, "external layer");
    const auto network = writeAndRead(path("net/model.onnx"), model);
    if (reason.isEmpty()) {
        QVERIFY(network->skipped.empty());
        QCOMPARE(weightValues(*network, 1), (F{2, 3, 4, 5}));
    } else {
        QCOMPARE(network->layers.size(), 1u);
        QCOMPARE(network->skipped.size(), 2u);
        QCOMPARE(network->skipped[0].name, std::string("external"));
        QVERIFY2(contains(network->skipped[0].reason, reason), network->skipped[0].reason.c_str());
    }
}

void TestOnnxDamaged::externalLinkOutside()
{
    QDir(m_folder.path()).mkpath(QStringLiteral("links"));
    writeBytes(path("outside.bin"), QByteArray(16, '\0'));
    QVERIFY(QFile::link(path("outside.bin"), path("links/link.bin"))
            || QFile::exists(path("links/link.bin")));
    auto model = modelWithGoodLayer();
    auto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name("w");
    tensor.set_data_type(1);
    tensor.add_dims(4);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    tensor.add_external_data()->set_key("location");
    tensor.mutable_external_data(0)->set_value("link.bin");
    const auto network = writeAndRead(path("links/model.onnx"), model);
    QCOMPARE(network->skipped.size(), 1u);
    QVERIFY(contains(network->skipped[0].reason, QStringLiteral("outside the model's folder")));
}

void TestOnnxDamaged::externalDataIsSharedAndCounted()
{
    writeBytes(path("shared.bin"), QByteArray::fromStdString(bytesOf(counting(8))));
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    for (int i = 0; i < 2; ++i) {
        const std::string name = "w" + std::to_string(i);
        auto& tensor = *graph.add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(1);
        tensor.add_dims(4);
        tensor.add_dims(1);
        tensor.set_data_location(onnx::TensorProto::EXTERNAL);
        tensor.add_external_data()->set_key("location");
        tensor.mutable_external_data(0)->set_value("shared.bin");
        tensor.add_external_data()->set_key("offset");
        tensor.mutable_external_data(1)->set_value(std::to_string(16 * i));
        addNode(graph, "MatMul", {"x", name}, {"y" + std::to_string(i)});
    }
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->fileBytes, static_cast<std::uint64_t>(QFile(path()).size()) + 32u);
    QCOMPARE(weightValues(*network, 1), (F{4, 5, 6, 7}));
}

void TestOnnxDamaged::deepSubgraphs()
{
    // Written from the inside out, because the message classes recurse when they write.
    const auto wrap = [](char tag, const std::string& body) {
        std::string out(1, tag);
        for (std::size_t length = body.size(); true; length >>= 7) {
            out += static_cast<char>((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
            if (length <= 0x7f)
                break;
        }
        return out + body;
    };
    const auto nested = [&](int depth) {
        std::string graph;
        for (int i = 0; i < depth; ++i) // GraphProto.node 1, NodeProto.attribute 5, AttributeProto.g 6
            graph = wrap('\x0a', wrap('\x22', "If") + wrap('\x2a', wrap('\x32', graph)));
        return QByteArray::fromStdString("\x08\x08" + wrap('\x3a', graph));
    };
    writeBytes(path(), nested(50));
    QVERIFY(errorOf(path()).empty());
    writeBytes(path(), nested(2000));
    const std::string error = errorOf(path());
    QVERIFY2(contains(error, QStringLiteral("nests subgraphs")), error.c_str());
}

void TestOnnxDamaged::cyclesAndRedefinitions()
{
    auto model = modelWithGoodLayer();
    auto& graph = *model.mutable_graph();
    addNode(graph, "Transpose", {"a"}, {"b"});
    addNode(graph, "Transpose", {"b"}, {"a"});
    addNode(graph, "MatMul", {"x", "a"}, {"y"});
    addNode(graph, "Identity", {"good"}, {"good"});
    addFloats(graph, "good", {3, 3});
    auto& choice = addNode(graph, "If", {"x"}, {"i"});
    auto& body = setGraph(choice, "then_branch");
    addNode(body, "Identity", {"good"}, {"good"}); // hides and reads itself
    addNode(body, "MatMul", {"x", "good"}, {"z"}, "inner");
    const auto network = writeAndRead(path(), model);
    QVERIFY(network->findLayer("good layer"));
    QCOMPARE(network->weights[0].data.shape, (Shape{2, 2}));
    QVERIFY(!network->skipped.empty());
}

void TestOnnxDamaged::growingConcatIsBounded()
{
    auto model = modelWithGoodLayer();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "c0", {4, 4});
    for (int i = 0; i < 60; ++i) {
        const std::string last = "c" + std::to_string(i);
        setInt(addNode(graph, "Concat", {last, last}, {"c" + std::to_string(i + 1)}), "axis", 0);
    }
    addNode(graph, "MatMul", {"x", "c60"}, {"y"}, "bomb");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QVERIFY(contains(network->skipped.at(0).reason, QStringLiteral("memory")));
}

void TestOnnxDamaged::longConstantChainIsBounded()
{
    auto model = modelWithGoodLayer();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "c0", {1, 1});
    for (int i = 0; i < 100000; ++i)
        addNode(graph, "Identity", {"c" + std::to_string(i)}, {"c" + std::to_string(i + 1)});
    addNode(graph, "MatMul", {"x", "c100000"}, {"y"}, "far");
    addNode(graph, "MatMul", {"x", "c100"}, {"z"}, "near");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 2u);
    QCOMPARE(network->layers[1].name, std::string("near"));
    QCOMPARE(network->skipped.at(0).name, std::string("far"));
}

void TestOnnxDamaged::emptyTensorsWithHugeAxes()
{
    for (const char* const op : {"Transpose", "Slice", "Gather", "Reshape", "Concat", "Squeeze"}) {
        auto model = modelWithGoodLayer();
        auto& graph = *model.mutable_graph();
        addTensor<float>(graph, "w", 1, {std::int64_t{1} << 40, 0}, {});
        addInts(graph, "i", {0, 1});
        addNode(graph, op, {"w", "i", "i"}, {"c"});
        addNode(graph, "MatMul", {"x", "c"}, {"y"}, "empty");
        addNode(graph, "MatMul", {"x", "w"}, {"z"}, "direct");
        const auto network = writeAndRead(path(), model);
        QCOMPARE(network->layers.size(), 1u);
        QCOMPARE(network->skipped.size(), 2u);
    }
}

QTEST_APPLESS_MAIN(TestOnnxDamaged)
#include "tst_onnxdamaged.moc"
