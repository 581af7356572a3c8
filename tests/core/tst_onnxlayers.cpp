// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers the ONNX reader finds, with which weight, axis, name and neighbours.
#include "onnxbuilder.h"

#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace onnxbuilder;

class TestOnnxLayers : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void kindsAndAxes_data();
    void kindsAndAxes();
    void productsOfActivationsAreNoLayers();
    void recurrentNodesGiveTwoLayers();
    void aSharedWeightIsOneLayer();
    void usesInBodiesSayThatTheyCannotBeObserved();
    void namesAreUnique();
    void typedFieldsAreConverted_data();
    void typedFieldsAreConverted();
    void constantChainsAreFolded_data();
    void constantChainsAreFolded();
    void unfoldedChainsAreReported();
    void weightsInSubgraphsSeeOuterNames();
    void neighboursPassThroughOtherOperators();
    void neighboursOfResidualChainsStayFew();
    void longNetworksOpenInLinearTime();
    void attributesAndBiasAreKept();
    void invalidUtf8IsEscaped();
    void progressAndCancel();

private:
    QString path() const { return m_folder.filePath(QStringLiteral("모델 ä.onnx")); }
    QTemporaryDir m_folder;
};

void TestOnnxLayers::kindsAndAxes_data()
{
    QTest::addColumn<QString>("op");
    QTest::addColumn<QVector<qint64>>("dims");
    QTest::addColumn<bool>("constantFirst");
    QTest::addColumn<QString>("attribute");
    QTest::addColumn<qint64>("value");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("axis");
    using V = QVector<qint64>;
    const auto row = [](const char* name, const char* op, V dims, bool first, const char* attribute,
                        qint64 value, const char* kind, int axis) {
        QTest::newRow(name) << op << dims << first << attribute << value << kind << axis;
    };
    row("convolution", "Conv", V{8, 3, 3, 3}, false, "group", 1, "conv", 0);
    row("grouped convolution", "Conv", V{8, 2, 3, 3}, false, "group", 4, "conv", 0);
    row("depthwise convolution", "Conv", V{8, 1, 3, 3}, false, "group", 8, "depthwise-conv", 0);
    row("one input channel is not depthwise", "Conv", V{8, 1, 3, 3}, false, "group", 1, "conv", 0);
    row("convolution over time", "Conv", V{8, 3, 5}, false, "group", 1, "conv", 0);
    row("transposed convolution", "ConvTranspose", V{3, 8, 2, 2}, false, "group", 1, "conv-transpose", 1);
    row("gemm", "Gemm", V{4, 6}, false, "transB", 0, "gemm", 1);
    row("gemm with transposed weight", "Gemm", V{4, 6}, false, "transB", 1, "gemm", 0);
    row("gemm with the constant first", "Gemm", V{4, 6}, true, "transA", 0, "gemm", 0);
    row("gemm with the constant first, transposed", "Gemm", V{4, 6}, true, "transA", 1, "gemm", 1);
    row("matmul", "MatMul", V{4, 6}, false, "", 0, "matmul", 1);
    row("batched matmul", "MatMul", V{2, 4, 6}, false, "", 0, "matmul", 2);
    row("matmul with the constant first", "MatMul", V{4, 6}, true, "", 0, "matmul", 0);
    row("matmul with a vector", "MatMul", V{4}, false, "", 0, "matmul", 0);
    row("embedding", "Gather", V{10, 4}, true, "axis", 0, "embedding", 0);
}

void TestOnnxLayers::kindsAndAxes()
{
    QFETCH(QString, op);
    QFETCH(QVector<qint64>, dims);
    QFETCH(bool, constantFirst);
    QFETCH(QString, attribute);
    QFETCH(qint64, value);
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    const Dims shape(dims.begin(), dims.end());
    addFloats(graph, "w", shape);
    auto& node =
        addNode(graph, op.toStdString(),
                constantFirst ? std::vector<std::string>{"w", "x"} : std::vector<std::string>{"x", "w"},
                {"y"}, "node");
    if (!attribute.isEmpty())
        setInt(node, attribute.toStdString(), value);
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QVERIFY(network->skipped.empty());
    const Layer& layer = network->layers.front();
    QTEST(QString::fromStdString(std::string(nameOf(layer.kind))), "kind");
    QTEST(layer.channelAxis, "axis");
    QCOMPARE(layer.name, std::string("node"));
    QCOMPARE(network->weightOf(layer).name, std::string("w"));
    QCOMPARE(network->weightOf(layer).data.shape, shape);
    QCOMPARE(weightValues(*network, 0), counting(product(shape)));
    QCOMPARE(network->parameters, static_cast<std::uint64_t>(product(shape)));
    QVERIFY(network->findLayer("node") == layer.id);
    QVERIFY(!network->findLayer("none"));
}

void TestOnnxLayers::productsOfActivationsAreNoLayers()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    graph.add_input()->set_name("x2");
    addInts(graph, "ids", {1, 2});
    addFloats(graph, "table3", {2, 3, 4});
    addFloats(graph, "a", {2, 2});
    addFloats(graph, "b", {2, 2});
    addNode(graph, "MatMul", {"x", "x2"}, {"y"});
    addNode(graph, "Gather", {"ids", "x"}, {"i"});      // integers are no table
    addNode(graph, "Gather", {"table3", "x"}, {"t"});   // not two-dimensional
    addNode(graph, "MatMul", {"a", "b"}, {"constant"}); // computed once, no layer
    addNode(graph, "Conv", {"x", "x2"}, {"z"});
    auto& custom = addNode(graph, "Conv", {"x", "a"}, {"c"});
    custom.set_domain("somebody.else");
    const auto network = writeAndRead(path(), model);
    QVERIFY(network->layers.empty());
    QVERIFY(network->skipped.empty());
    QCOMPARE(network->parameters, 32u);
}

void TestOnnxLayers::recurrentNodesGiveTwoLayers()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "W", {1, 8, 3});
    addFloats(graph, "R", {1, 8, 2});
    addFloats(graph, "B", {1, 16});
    addNode(graph, "LSTM", {"x", "W", "R", "B"}, {"y"}, "lstm");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 2u);
    QCOMPARE(network->layers[0].name, std::string("W"));
    QCOMPARE(network->layers[1].name, std::string("R"));
    QCOMPARE(network->layers[1].channelAxis, 1);
    QVERIFY(network->layers[0].bias.has_value());
    QVERIFY(network->layers[0].kind == LayerKind::Lstm);
    // The state that R is multiplied with is no value of the graph.
    const auto& first = network->layers[0].uses.at(0);
    const auto& second = network->layers[1].uses.at(0);
    QCOMPARE(first.slot, 1);
    QCOMPARE(first.input, std::string("x"));
    QCOMPARE(second.slot, 2);
    QCOMPARE(second.input, std::string());
    QCOMPARE(second.output, std::string("y"));
    QCOMPARE(network->layers[1].input, std::string());
}

void TestOnnxLayers::aSharedWeightIsOneLayer()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "w", {4, 4});
    addNode(graph, "Gather", {"w", "x"}, {"e"}, "embed");
    addNode(graph, "MatMul", {"e", "w"}, {"a"}, "first");
    addNode(graph, "Transpose", {"w"}, {"wt"});
    addNode(graph, "MatMul", {"a", "wt"}, {"b"}, "tied");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QCOMPARE(network->layers[0].name, std::string("embed"));
    QVERIFY(network->layers[0].before.empty());
    QCOMPARE(network->parameters, 16u);
    const auto& uses = network->layers[0].uses;
    QCOMPARE(uses.size(), 3u);
    const char* const outputs[] = {"e", "a", "b"};
    const char* const inputs[] = {"x", "e", "a"};
    const int positions[] = {0, 1, 1};
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(uses[i].output, std::string(outputs[i]));
        QCOMPARE(uses[i].input, std::string(inputs[i]));
        QCOMPARE(uses[i].slot, positions[i]);
        QVERIFY(!uses[i].inBody);
    }
}

void TestOnnxLayers::usesInBodiesSayThatTheyCannotBeObserved()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "w", {4, 4});
    addNode(graph, "MatMul", {"x", "w"}, {"a"});
    auto& body = setGraph(addNode(graph, "If", {"c"}, {"y"}), "then_branch");
    addNode(body, "MatMul", {"w", "a"}, {"b"});
    const auto network = writeAndRead(path(), model);
    const auto& uses = network->layers.at(0).uses;
    QCOMPARE(uses.size(), 2u);
    QCOMPARE(uses[0].input, std::string("x"));
    QCOMPARE(uses[1].input, std::string());
    QCOMPARE(uses[1].slot, 0);
    QVERIFY(uses[1].inBody);
    QCOMPARE(network->layers[0].input, std::string("x"));
}

void TestOnnxLayers::namesAreUnique()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    const char* const names[] = {"a", "same", "same", "", "w0"};
    for (int i = 0; i < 5; ++i) {
        const std::string weight = "w" + std::to_string(i);
        addFloats(graph, weight, {2, 2});
        addNode(graph, "MatMul", {"x", weight}, {"y" + std::to_string(i)}, names[i]);
    }
    const auto network = writeAndRead(path(), model);
    std::vector<std::string> found;
    for (const Layer& layer : network->layers)
        found.push_back(layer.name);
    QCOMPARE(found, (std::vector<std::string>{"a", "w1", "w2", "w3", "w0"}));
}

void TestOnnxLayers::typedFieldsAreConverted_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QVector<int>>("entries");
    QTest::addColumn<QVector<float>>("expected");
    QTest::addColumn<QString>("dtype");
    using I = QVector<int>;
    using F = QVector<float>;
    // Half: 0x3C00 = 1, 0xC000 = -2; bfloat16: 0x3F80 = 1, 0xC000 = -2 (IEEE 754 and its upper half).
    QTest::newRow("float16") << 10 << I{0x3C00, 0xC000} << F{1, -2} << "f16";
    QTest::newRow("bfloat16") << 16 << I{0x3F80, 0xC000} << F{1, -2} << "bf16";
    // e4m3: bias 7, 0x38 = 1, 0xC0 = -2; e5m2: bias 15, 0x3C = 1, 0xC0 = -2.
    QTest::newRow("float8e4m3fn") << 17 << I{0x38, 0xC0} << F{1, -2} << "f8e4m3fn";
    QTest::newRow("float8e5m2") << 19 << I{0x3C, 0xC0} << F{1, -2} << "f8e5m2";
}

void TestOnnxLayers::typedFieldsAreConverted()
{
    QFETCH(int, type);
    QFETCH(QVector<int>, entries);
    QFETCH(QVector<float>, expected);
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    auto& tensor = *graph.add_initializer();
    tensor.set_name("w");
    tensor.set_data_type(type);
    tensor.add_dims(entries.size());
    tensor.add_dims(1);
    for (const int entry : entries)
        tensor.add_int32_data(entry);
    addNode(graph, "MatMul", {"x", "w"}, {"y"});
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QCOMPARE(weightValues(*network, 0), std::vector<float>(expected.begin(), expected.end()));
    QTEST(QString::fromStdString(std::string(nameOf(network->weights[0].data.dtype))), "dtype");
    QCOMPARE(network->parameters, 2u);
}

void TestOnnxLayers::constantChainsAreFolded_data()
{
    QTest::addColumn<QString>("chain");
    QTest::addColumn<QVector<qint64>>("shape");
    QTest::addColumn<QVector<float>>("expected");
    using V = QVector<qint64>;
    using F = QVector<float>;
    // The source is [[0 1 2] [3 4 5]].
    QTest::newRow("Identity") << "Identity" << V{2, 3} << F{0, 1, 2, 3, 4, 5};
    QTest::newRow("Transpose") << "Transpose" << V{3, 2} << F{0, 3, 1, 4, 2, 5};
    QTest::newRow("Reshape with -1") << "Reshape" << V{3, 2} << F{0, 1, 2, 3, 4, 5};
    QTest::newRow("Concat with itself") << "Concat" << V{2, 6} << F{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5};
    QTest::newRow("Unsqueeze and Squeeze") << "Unsqueeze" << V{2, 3} << F{0, 1, 2, 3, 4, 5};
    QTest::newRow("Slice backwards") << "Slice" << V{2, 2} << F{2, 0, 5, 3};
    QTest::newRow("Gather rows") << "Gather" << V{3, 3} << F{3, 4, 5, 0, 1, 2, 3, 4, 5};
    QTest::newRow("Cast from double") << "Cast" << V{2, 3} << F{0, 1, 2, 3, 4, 5};
    QTest::newRow("Quantize and dequantize") << "QDQ" << V{2, 3} << F{0, 1, 2, 3, 4, 5};
    QTest::newRow("Constant node") << "Constant" << V{6} << F{0, 1, 2, 3, 4, 5};
}

void TestOnnxLayers::constantChainsAreFolded()
{
    QFETCH(QString, chain);
    QFETCH(QVector<qint64>, shape);
    QFETCH(QVector<float>, expected);
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "w", {2, 3});
    const std::string op = chain.toStdString();
    if (op == "Identity" || op == "Transpose") {
        addNode(graph, op, {"w"}, {"c"});
    } else if (op == "Reshape") {
        addInts(graph, "shape", {3, -1});
        addNode(graph, op, {"w", "shape"}, {"c"});
    } else if (op == "Concat") {
        setInt(addNode(graph, op, {"w", "w"}, {"c"}), "axis", -1);
    } else if (op == "Unsqueeze") {
        addInts(graph, "axes", {0, -1});
        addNode(graph, op, {"w", "axes"}, {"u"});
        setInts(addNode(graph, "Squeeze", {"u"}, {"c"}), "axes", {0, 3});
    } else if (op == "Slice") {
        addInts(graph, "starts", {-1});
        addInts(graph, "ends", {-1000});
        addInts(graph, "axes", {1});
        addInts(graph, "steps", {-2});
        addNode(graph, op, {"w", "starts", "ends", "axes", "steps"}, {"c"});
    } else if (op == "Gather") {
        addInts(graph, "rows", {1, 0, -1});
        addNode(graph, op, {"w", "rows"}, {"c"});
    } else if (op == "Cast") {
        addTensor(graph, "d", onnx::TensorProto::DOUBLE, {2, 3}, std::vector<double>{0, 1, 2, 3, 4, 5});
        setInt(addNode(graph, op, {"d"}, {"c"}), "to", onnx::TensorProto::FLOAT);
    } else if (op == "QDQ") {
        addFloats(graph, "s", {}, {0.1f});
        addNode(graph, "QuantizeLinear", {"w", "s"}, {"q"});
        addNode(graph, "DequantizeLinear", {"q", "s"}, {"c"});
    } else {
        auto& attribute = *addNode(graph, op, {}, {"c"}).add_attribute();
        attribute.set_name("value_floats");
        for (const float value : counting(6))
            attribute.add_floats(value);
    }
    addNode(graph, "MatMul", {"x", "c"}, {"y"});
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QVERIFY(network->skipped.empty());
    QCOMPARE(network->weights[0].data.shape, Shape(shape.begin(), shape.end()));
    QCOMPARE(weightValues(*network, 0), std::vector<float>(expected.begin(), expected.end()));
    QVERIFY(!network->weights[0].stored);
}

void TestOnnxLayers::unfoldedChainsAreReported()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "w", {2, 3});
    addNode(graph, "Tanh", {"w"}, {"c"});
    addNode(graph, "MatMul", {"x", "c"}, {"y"}, "node");
    addNode(graph, "MatMul", {"x", "w"}, {"z"}, "good");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QCOMPARE(network->skipped.size(), 1u);
    QCOMPARE(network->skipped[0].name, std::string("node"));
    QVERIFY(QString::fromStdString(network->skipped[0].reason).contains(QLatin1String("Tanh")));
}

void TestOnnxLayers::weightsInSubgraphsSeeOuterNames()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "outer", {2, 2});
    addNode(graph, "MatMul", {"x", "outer"}, {"a"}, "before");
    auto& choice = addNode(graph, "If", {"x"}, {"b"}, "if");
    for (const char* const branch : {"then_branch", "else_branch"}) {
        auto& body = setGraph(choice, branch);
        addFloats(body, "inner", {2, 3});
        addNode(body, "Transpose", {"outer"}, {"t"});
        addNode(body, "MatMul", {"a", "inner"}, {"r"}, std::string("in ") + branch);
        addNode(body, "MatMul", {"a", "t"}, {"r2"}, std::string("shared ") + branch);
        body.add_output()->set_name("r");
    }
    addFloats(graph, "last", {3, 3});
    addNode(graph, "MatMul", {"b", "last"}, {"y"}, "after");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 4u);
    QCOMPARE(network->parameters, 4u + 6u + 6u + 9u);
    const Layer& after = network->layers[3];
    QCOMPARE(after.name, std::string("after"));
    QCOMPARE(after.before, (std::vector<LayerId>{{1}, {2}}));
    QCOMPARE(network->layers[1].before, (std::vector<LayerId>{{0}}));
    QCOMPARE(network->layers[0].after, (std::vector<LayerId>{{1}, {2}}));
}

void TestOnnxLayers::neighboursPassThroughOtherOperators()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    for (const char* const weight : {"w0", "w1", "w2"})
        addFloats(graph, weight, {2, 2});
    addNode(graph, "MatMul", {"x", "w0"}, {"a"}, "l0");
    addNode(graph, "Relu", {"a"}, {"b"});
    addNode(graph, "MatMul", {"b", "w1"}, {"c"}, "l1");
    addNode(graph, "Add", {"b", "c"}, {"d"});
    addNode(graph, "Shape", {"d"}, {"s"});
    addNode(graph, "MatMul", {"d", "w2"}, {"e"}, "l2");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 3u);
    QCOMPARE(network->layers[2].before, (std::vector<LayerId>{{0}, {1}}));
    QCOMPARE(network->layers[0].after, (std::vector<LayerId>{{1}, {2}}));
    QVERIFY(network->layers[2].after.empty());
}

void TestOnnxLayers::neighboursOfResidualChainsStayFew()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    std::string stream = "x";
    for (int i = 0; i < 100; ++i) {
        const std::string n = std::to_string(i);
        addFloats(graph, "w" + n, {1, 1});
        addNode(graph, "MatMul", {stream, "w" + n}, {"m" + n}, "l" + n);
        addNode(graph, "Add", {stream, "m" + n}, {"s" + n});
        stream = "s" + n;
    }
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 100u);
    QCOMPARE(network->layers[99].before.size(), 16u);
    QCOMPARE(network->layers[99].before.back().index, 98u);
    QCOMPARE(network->layers[50].after.size(), 16u);
}

void TestOnnxLayers::longNetworksOpenInLinearTime()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    std::string last = "x";
    for (int i = 0; i < 20000; ++i) {
        const std::string n = std::to_string(i);
        addFloats(graph, "w" + n, {2, 2});
        addNode(graph, "MatMul", {last, "w" + n}, {"m" + n}, "l" + n);
        addNode(graph, "Relu", {"m" + n}, {"r" + n});
        last = "r" + n;
    }
    QElapsedTimer timer;
    timer.start();
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 20000u);
    // 0.1 s here; a quadratic walk would take minutes.
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
}

void TestOnnxLayers::attributesAndBiasAreKept()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "w", {2, 1, 3, 3});
    addFloats(graph, "b", {2}, {0.5f, -1.0f});
    auto& node = addNode(graph, "Conv", {"x", "w", "b"}, {"y"});
    setInts(node, "strides", {2, 1});
    setInts(node, "pads", {1, 1, 0, 0});
    setInt(node, "group", 1);
    const auto network = writeAndRead(path(), model);
    const Layer& layer = network->layers.at(0);
    QCOMPARE(layer.attributes.at("strides"), std::string("2,1"));
    QCOMPARE(layer.attributes.at("pads"), std::string("1,1,0,0"));
    QCOMPARE(layer.attributes.at("group"), std::string("1"));
    QCOMPARE(layer.op, std::string("Conv"));
    std::vector<float> bias(2);
    readFloats(layer.bias.value(), 0, bias);
    QCOMPARE(bias, (std::vector<float>{0.5f, -1.0f}));
    QCOMPARE(network->producer, std::string("test"));
    QCOMPARE(network->format, std::string("onnx"));
}

void TestOnnxLayers::invalidUtf8IsEscaped()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addFloats(graph, "w\xff", {2, 2});
    addNode(graph, "MatMul", {"x", "w\xff"}, {"y"}, "l\xc3\xa4yer \xe2\x82");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.at(0).name, std::string("l\xc3\xa4yer \\xe2\\x82"));
    QCOMPARE(network->weights.at(0).name, std::string("w\\xff"));
}

void TestOnnxLayers::progressAndCancel()
{
    auto model = emptyModel();
    addFloats(*model.mutable_graph(), "w", {1024, 1024});
    addNode(*model.mutable_graph(), "MatMul", {"x", "w"}, {"y"});
    writeModel(path(), model);
    std::size_t last = 0;
    std::stop_source source;
    (void)readOnnx(path().toStdString(), {}, [&](Stage, std::size_t done, std::size_t total) {
        QVERIFY(done >= last && done <= total);
        last = done;
    });
    QCOMPARE(last, static_cast<std::size_t>(QFile(path()).size()));
    int calls = 0;
    QVERIFY_EXCEPTION_THROWN(readOnnx(path().toStdString(), source.get_token(),
                                      [&](Stage, std::size_t, std::size_t) {
                                          if (++calls == 3)
                                              source.request_stop();
                                      }),
                             Cancelled);
    QCOMPARE(calls, 3);
}

QTEST_APPLESS_MAIN(TestOnnxLayers)
#include "tst_onnxlayers.moc"
