// SPDX-License-Identifier: GPL-3.0-or-later
// What is done to an ONNX network before it runs: constants stored, inputs closed, dimensions filled, batch norm folded.
#include "networkvalues.h"
#include "onnxbuilder.h"

#include "core/support/error.h"

#include <QDir>
#include <QTemporaryDir>

using namespace quantoscope;
using namespace onnxbuilder;
using namespace networkvalues;

class TestRunModel : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void constantsOfEveryKindBecomeInitializers();
    void constantsInBodiesBecomeInitializersOfTheirBody();
    void oldFilesWithInitializersAmongTheInputsRun();
    void foldedBatchNormGivesTheSameOutputs_data();
    void foldedBatchNormGivesTheSameOutputs();
    void foldingIsExact();
    void batchNormStaysWhereFoldingWouldChangeAValue_data();
    void batchNormStaysWhereFoldingWouldChangeAValue();
    void aRealNetworkFoldsToTheSameOutputs();
    void dimensionsAreFilled();
    void wrongDimensionsAreRefused();
    void externalDataRunAndFold();
    void externalDataOutsideTheFolderAreRefused();
    void editedModelsAreReadAgain();
    void weightsAreViewsThatOutliveTheModel();
    void cancelling();

private:
    std::string save(const onnx::ModelProto& model) const
    {
        const QString path = m_folder.filePath(QStringLiteral("model ä.onnx"));
        writeModel(path, model);
        return path.toStdString();
    }
    QTemporaryDir m_folder;
};

namespace {

void describe(onnx::ValueInfoProto& value, const std::vector<std::string>& dims)
{
    value.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    auto& shape = *value.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (const std::string& dim : dims)
        if (std::isdigit(dim[0]))
            shape.add_dim()->set_dim_value(std::stoll(dim));
        else
            shape.add_dim()->set_dim_param(dim);
}

/// A model of operator set 15 with the float input x of these dimensions and the output y.
onnx::ModelProto modelOf(const std::vector<std::string>& dims)
{
    auto model = emptyModel();
    model.mutable_opset_import(0)->set_version(15);
    describe(*model.mutable_graph()->mutable_input(0), dims);
    model.mutable_graph()->add_output()->set_name("y");
    return model;
}

std::vector<float> someFloats(std::int64_t count, std::size_t seed) { return floats(waves({count}, seed)); }

onnx::NodeProto& addNorm(onnx::GraphProto& graph, const std::string& from, const std::string& to,
                         std::int64_t channels, const std::string& name = "norm")
{
    addFloats(graph, name + ".scale", {channels}, someFloats(channels, 3));
    addFloats(graph, name + ".shift", {channels}, someFloats(channels, 4));
    addFloats(graph, name + ".mean", {channels}, someFloats(channels, 5));
    std::vector<float> variance = someFloats(channels, 6);
    for (float& value : variance)
        value = std::abs(value) + 0.5f;
    addFloats(graph, name + ".variance", {channels}, variance);
    auto& node =
        addNode(graph, "BatchNormalization",
                {from, name + ".scale", name + ".shift", name + ".mean", name + ".variance"}, {to}, name);
    auto& epsilon = *node.add_attribute();
    epsilon.set_name("epsilon");
    epsilon.set_type(onnx::AttributeProto::FLOAT);
    epsilon.set_f(0.25f); // large enough to be missed
    return node;
}

void setFloat(onnx::NodeProto& node, const std::string& name, float value)
{
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(value);
}

Tensor onlyOutput(const std::shared_ptr<const RunModel>& model, const Tensor& x)
{
    const std::vector<InputValue> inputs = {{"x", x}};
    return NetworkSession(model, {}).run(inputs).front();
}

int countOf(const onnx::GraphProto& graph, const std::string& op)
{
    int count = 0;
    for (const auto& node : graph.node())
        count += node.op_type() == op;
    return count;
}

onnx::ModelProto convolution(bool withBias = true)
{
    auto model = modelOf({"1", "3", "5", "5"});
    auto& graph = *model.mutable_graph();
    addFloats(graph, "w", {4, 3, 2, 2}, someFloats(48, 2));
    addFloats(graph, "b", {4}, someFloats(4, 7));
    addNode(graph, "Conv",
            withBias ? std::vector<std::string>{"x", "w", "b"} : std::vector<std::string>{"x", "w"}, {"c"},
            "conv");
    return model;
}

onnx::ModelProto gemm(bool transposed, bool scalarBias)
{
    auto model = modelOf({"2", "3"});
    auto& graph = *model.mutable_graph();
    addFloats(graph, "w", transposed ? Dims{5, 3} : Dims{3, 5}, someFloats(15, 2));
    addFloats(graph, "b", scalarBias ? Dims{1} : Dims{1, 5}, someFloats(scalarBias ? 1 : 5, 7));
    auto& node = addNode(graph, "Gemm", {"x", "w", "b"}, {"c"}, "gemm");
    setInt(node, "transB", transposed);
    setFloat(node, "alpha", 0.5f);
    setFloat(node, "beta", -3.0f);
    addNorm(graph, "c", "y", 5);
    return model;
}

onnx::ModelProto foldable(const QString& kind)
{
    if (kind.startsWith(QLatin1String("gemm")))
        return gemm(kind.contains(QLatin1String("transposed")), kind.contains(QLatin1String("scalar")));
    if (kind == QLatin1String("transposed convolution")) {
        auto model = modelOf({"1", "4", "3", "3"});
        addFloats(*model.mutable_graph(), "w", {4, 3, 2, 2}, someFloats(48, 2));
        setInt(addNode(*model.mutable_graph(), "ConvTranspose", {"x", "w"}, {"c"}), "group", 2);
        addNorm(*model.mutable_graph(), "c", "y", 6);
        return model;
    }
    auto model = convolution(kind != QLatin1String("no bias"));
    auto& graph = *model.mutable_graph();
    if (kind == QLatin1String("two norms")) {
        addNorm(graph, "c", "d", 4, "first");
        addNorm(graph, "d", "y", 4, "second");
    } else if (kind == QLatin1String("shared bias")) {
        addNorm(graph, "c", "d", 4);
        addNode(graph, "Reshape", {"b", "shape"}, {"column"});
        addInts(graph, "shape", {4, 1, 1});
        addNode(graph, "Add", {"d", "column"}, {"y"});
    } else {
        addNorm(graph, "c", "y", 4);
    }
    return model;
}

} // namespace

void TestRunModel::constantsOfEveryKindBecomeInitializers()
{
    auto model = modelOf({"2"});
    auto& graph = *model.mutable_graph();
    const auto constant = [&graph](const std::string& kind,
                                   const std::string& name) -> onnx::AttributeProto& {
        auto& attribute = *addNode(graph, "Constant", {}, {name}).add_attribute();
        attribute.set_name(kind);
        return attribute;
    };
    auto& tensor = constant("value", "tensor");
    tensor.set_type(onnx::AttributeProto::TENSOR);
    setRaw(*tensor.mutable_t(), "other name", onnx::TensorProto::FLOAT, {2}, bytesOf<float>({1, 2}));
    auto& one = constant("value_float", "one");
    one.set_type(onnx::AttributeProto::FLOAT);
    one.set_f(0.5f);
    auto& list = constant("value_floats", "list");
    list.set_type(onnx::AttributeProto::FLOATS);
    list.add_floats(10);
    list.add_floats(20);
    auto& index = constant("value_int", "index");
    index.set_type(onnx::AttributeProto::INT);
    index.set_i(0);
    auto& axes = constant("value_ints", "axes");
    axes.set_type(onnx::AttributeProto::INTS);
    axes.add_ints(0);
    auto& out = constant("value_float", "z"); // given out as it is
    out.set_type(onnx::AttributeProto::FLOAT);
    out.set_f(7);
    graph.add_output()->set_name("z");
    addNode(graph, "Mul", {"x", "tensor"}, {"a"});
    addNode(graph, "Add", {"a", "one"}, {"b"});
    addNode(graph, "Add", {"b", "list"}, {"c"});
    addNode(graph, "Gather", {"c", "index"}, {"d"});
    addNode(graph, "Unsqueeze", {"d", "axes"}, {"y"});
    const auto loaded = loadRunModel(save(model));
    QCOMPARE(loaded->proto.graph().initializer_size(), 5);
    QCOMPARE(countOf(loaded->proto.graph(), "Constant"), 1);
    QCOMPARE(loaded->changes.front(), std::string("5 Constant nodes became initializers"));
    const std::vector<InputValue> inputs = {{"", tensorFromFloats({2}, {3, 4})}};
    const auto outputs = NetworkSession(loaded, {}).run(inputs);
    QCOMPARE(floats(outputs[0]), (std::vector<float>{3 * 1 + 0.5f + 10}));
    QCOMPARE(floats(outputs[1]), (std::vector<float>{7}));
}

void TestRunModel::constantsInBodiesBecomeInitializersOfTheirBody()
{
    auto model = modelOf({"2", "2"});
    auto& graph = *model.mutable_graph();
    addTensor<std::uint8_t>(graph, "yes", onnx::TensorProto::BOOL, {}, {1});
    auto& node = addNode(graph, "If", {"yes"}, {"y"});
    for (const char* const branch : {"then_branch", "else_branch"}) {
        auto& body = setGraph(node, branch);
        auto& attribute = *addNode(body, "Constant", {}, {std::string(branch) + ".w"}).add_attribute();
        attribute.set_name("value");
        attribute.set_type(onnx::AttributeProto::TENSOR);
        const float first = branch[0] == 't' ? 2 : 5;
        setRaw(*attribute.mutable_t(), "", onnx::TensorProto::FLOAT, {2, 2},
               bytesOf<float>({first, 0, 0, first}));
        addNode(body, "MatMul", {"x", std::string(branch) + ".w"}, {std::string(branch) + ".y"});
        body.add_output()->set_name(std::string(branch) + ".y");
        body.set_name(branch);
    }
    const auto loaded = loadRunModel(save(model));
    for (const auto& attribute : loaded->proto.graph().node(0).attribute()) {
        QCOMPARE(attribute.g().node_size(), 1);
        QCOMPARE(attribute.g().initializer_size(), 1);
    }
    QCOMPARE(loaded->network->layers.size(), 2u);
    QVERIFY(loaded->network->layers[0].uses.at(0).inBody);
    QCOMPARE(floats(onlyOutput(loaded, tensorFromFloats({2, 2}, {1, 2, 3, 4}))),
             (std::vector<float>{2, 4, 6, 8}));
}

void TestRunModel::oldFilesWithInitializersAmongTheInputsRun()
{
    auto model = convolution();
    model.set_ir_version(3);
    model.mutable_graph()->mutable_node(0)->set_output(0, "y");
    describe(*model.mutable_graph()->add_input(), {"4", "3", "2", "2"});
    model.mutable_graph()->mutable_input(1)->set_name("w");
    describe(*model.mutable_graph()->add_input(), {"4"});
    model.mutable_graph()->mutable_input(2)->set_name("b");
    const auto loaded = loadRunModel(save(model));
    const NetworkSession session(loaded, {});
    QCOMPARE(session.inputs().size(), 1u);
    QCOMPARE(session.inputs()[0].name, std::string("x"));
    const Tensor y = onlyOutput(loaded, waves({1, 3, 5, 5}));
    QCOMPARE(y.shape, (Shape{1, 4, 4, 4}));
}

void TestRunModel::foldedBatchNormGivesTheSameOutputs_data()
{
    QTest::addColumn<QVector<qint64>>("shape");
    QTest::addColumn<int>("norms");
    using V = QVector<qint64>;
    QTest::newRow("bias") << V{1, 3, 5, 5} << 1;
    QTest::newRow("no bias") << V{1, 3, 5, 5} << 1;
    QTest::newRow("shared bias") << V{1, 3, 5, 5} << 1;
    QTest::newRow("two norms") << V{1, 3, 5, 5} << 2;
    QTest::newRow("transposed convolution") << V{1, 4, 3, 3} << 1;
    QTest::newRow("gemm") << V{2, 3} << 1;
    QTest::newRow("gemm transposed") << V{2, 3} << 1;
    QTest::newRow("gemm scalar bias") << V{2, 3} << 1;
}

void TestRunModel::foldedBatchNormGivesTheSameOutputs()
{
    QFETCH(QVector<qint64>, shape);
    QFETCH(int, norms);
    const auto file = save(foldable(QString::fromLatin1(QTest::currentDataTag())));
    LoadOptions keep;
    keep.foldBatchNorm = false;
    const auto plain = loadRunModel(file, keep);
    const auto folded = loadRunModel(file);
    QCOMPARE(countOf(plain->proto.graph(), "BatchNormalization"), norms);
    QCOMPARE(countOf(folded->proto.graph(), "BatchNormalization"), 0);
    QCOMPARE(folded->changes.size(), static_cast<std::size_t>(norms));
    QVERIFY(folded->changes[0].starts_with("BatchNormalization '"));
    QCOMPARE(plain->network->layers[0].name, folded->network->layers[0].name);
    // Statistics that nothing reads any more are no parameters of the network.
    QVERIFY(folded->network->parameters < plain->network->parameters);
    const Tensor x = waves({shape.begin(), shape.end()});
    const double difference = largestDifference(onlyOutput(plain, x), onlyOutput(folded, x));
    QVERIFY2(difference < 2e-6, qPrintable(QString::number(difference))); // values are below 5
}

void TestRunModel::foldingIsExact()
{
    const auto folded = loadRunModel(save(foldable(QStringLiteral("bias"))));
    const auto weight = weightValues(*folded->network, 0);
    const auto bias = floats(*folded->network->layers[0].bias);
    const auto w = someFloats(48, 2), b = someFloats(4, 7), scale = someFloats(4, 3),
               shift = someFloats(4, 4), mean = someFloats(4, 5), spread = someFloats(4, 6);
    for (std::size_t c = 0; c < 4; ++c) {
        const double variance = std::abs(spread[c]) + 0.5f;
        const double factor = scale[c] / std::sqrt(variance + 0.25);
        QCOMPARE(bias[c], static_cast<float>(b[c] * factor + (shift[c] - mean[c] * factor)));
        for (std::size_t i = 0; i < 12; ++i)
            QCOMPARE(weight[c * 12 + i], static_cast<float>(w[c * 12 + i] * factor));
    }
}

void TestRunModel::batchNormStaysWhereFoldingWouldChangeAValue_data()
{
    QTest::addColumn<QString>("kind");
    const auto row = [](const char* kind) { QTest::newRow(kind) << QString::fromLatin1(kind); };
    row("the weight is read by another node");
    row("the value between is read twice");
    row("the value between is a graph output");
    row("the value between is read inside a body");
    row("training mode");
    row("a statistic comes from outside");
    row("a negative variance");
    row("an operator between");
}

void TestRunModel::batchNormStaysWhereFoldingWouldChangeAValue()
{
    QFETCH(QString, kind);
    auto model = convolution();
    auto& graph = *model.mutable_graph();
    std::string from = "c";
    if (kind.contains(QLatin1String("operator"))) {
        addNode(graph, "Relu", {"c"}, {"r"});
        from = "r";
    }
    auto& norm = addNorm(graph, from, "y", 4);
    if (kind.contains(QLatin1String("another node")))
        addNode(graph, "Identity", {"w"}, {"z"});
    else if (kind.contains(QLatin1String("twice")))
        addNode(graph, "Relu", {"c"}, {"z"});
    else if (kind.contains(QLatin1String("graph output")))
        graph.add_output()->set_name("c");
    else if (kind.contains(QLatin1String("body")))
        addNode(setGraph(addNode(graph, "If", {"q"}, {"z"}), "then_branch"), "Relu", {"c"}, {"inner"});
    else if (kind.contains(QLatin1String("training")))
        setInt(norm, "training_mode", 1);
    else if (kind.contains(QLatin1String("statistic"))) {
        norm.set_input(3, "from outside");
        graph.add_input()->set_name("from outside");
    } else if (kind.contains(QLatin1String("negative")))
        graph.mutable_initializer(graph.initializer_size() - 1)->set_raw_data(bytesOf<float>({1, -1, 1, 1}));
    const auto loaded = loadRunModel(save(model));
    QCOMPARE(countOf(loaded->proto.graph(), "BatchNormalization"), 1);
    QVERIFY(loaded->changes.empty());
    QCOMPARE(weightValues(*loaded->network, 0), someFloats(48, 2));
}

void TestRunModel::aRealNetworkFoldsToTheSameOutputs()
{
    const QString path = modelPath(QStringLiteral("ch_ppocr_mobile_v2.0_cls_infer.onnx"));
    REQUIRE_MODEL(path);
    LoadOptions keep;
    keep.foldBatchNorm = false;
    const auto plain = loadRunModel(path.toStdString(), keep);
    const auto folded = loadRunModel(path.toStdString());
    QCOMPARE(countOf(plain->proto.graph(), "BatchNormalization"), 35);
    QCOMPARE(countOf(folded->proto.graph(), "BatchNormalization"), 0);
    const Tensor x = waves({4, 3, 48, 192});
    const double difference = largestDifference(onlyOutput(plain, x), onlyOutput(folded, x));
    QVERIFY2(difference < 1e-5, qPrintable(QString::number(difference)));
    QVERIFY(difference > 0); // they are two computations
}

void TestRunModel::dimensionsAreFilled()
{
    auto model = modelOf({"N", "3", "H", "H"});
    addNode(*model.mutable_graph(), "Relu", {"x"}, {"y"});
    LoadOptions options;
    options.dimensions = {{"H", 7}};
    const auto loaded = loadRunModel(save(model), options);
    QCOMPARE(NetworkSession(loaded, {}).inputs()[0].shape, (Shape{-1, 3, 7, 7}));
    QCOMPARE(loaded->changes, (std::vector<std::string>{"dimension 'H' = 7"}));
}

void TestRunModel::wrongDimensionsAreRefused()
{
    auto model = modelOf({"N", "3"});
    addNode(*model.mutable_graph(), "Relu", {"x"}, {"y"});
    const auto file = save(model);
    const auto messageFor = [&](const std::string& name, std::int64_t size) -> std::string {
        LoadOptions options;
        options.dimensions = {{name, size}};
        try {
            loadRunModel(file, options);
        } catch (const Error& error) {
            return error.code() == ErrorCode::InvalidArgument ? error.what() : "another error";
        }
        return {};
    };
    QVERIFY(messageFor("M", 2).find("has no open dimension 'M'; it has 'N'.") != std::string::npos);
    QVERIFY(messageFor("N", 0).find("Dimension 'N'") != std::string::npos);
}

void TestRunModel::externalDataRunAndFold()
{
    auto model = foldable(QStringLiteral("no bias"));
    auto& weight = *model.mutable_graph()->mutable_initializer(0);
    const std::string bytes = weight.raw_data();
    writeBytes(m_folder.filePath(QStringLiteral("weights.bin")),
               QByteArray("1234", 4) + QByteArray::fromStdString(bytes));
    const auto plain = loadRunModel(save(model));
    weight.clear_raw_data();
    weight.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : {std::pair{"location", "weights.bin"}, std::pair{"offset", "4"}}) {
        auto& entry = *weight.add_external_data();
        entry.set_key(key);
        entry.set_value(value);
    }
    LoadOptions keep;
    keep.foldBatchNorm = false;
    const auto external = loadRunModel(save(model), keep);
    const auto folded = loadRunModel(save(model));
    QVERIFY(external->proto.graph().initializer(0).data_location() == onnx::TensorProto::EXTERNAL);
    const Tensor x = waves({1, 3, 5, 5});
    QVERIFY(sameBytes(onlyOutput(plain, x), onlyOutput(folded, x)));
    QVERIFY(largestDifference(onlyOutput(plain, x), onlyOutput(external, x)) < 2e-6);
}

void TestRunModel::externalDataOutsideTheFolderAreRefused()
{
    auto model = convolution();
    auto& weight = *model.mutable_graph()->mutable_initializer(0);
    weight.clear_raw_data();
    weight.set_data_location(onnx::TensorProto::EXTERNAL);
    auto& entry = *weight.add_external_data();
    entry.set_key("location");
    entry.set_value("../secret");
    try {
        loadRunModel(save(model));
        QFAIL("nothing was thrown");
    } catch (const Error& error) {
        const std::string text = error.what();
        QVERIFY2(text.find("'w'") != std::string::npos && text.find("outside") != std::string::npos,
                 error.what());
    }
}

void TestRunModel::editedModelsAreReadAgain()
{
    auto model = convolution();
    model.mutable_graph()->mutable_node(0)->set_output(0, "y");
    const auto loaded = loadRunModel(save(model));
    onnx::ModelProto edited = loaded->proto;
    edited.mutable_graph()->mutable_initializer(0)->set_raw_data(bytesOf(std::vector<float>(48, 0.0f)));
    const auto result = runModelOf(std::move(edited), *loaded);
    QCOMPARE(result->file, loaded->file);
    QCOMPARE(weightValues(*result->network, 0), std::vector<float>(48, 0.0f));
    QCOMPARE(weightValues(*loaded->network, 0), someFloats(48, 2));
    const auto y = floats(onlyOutput(result, waves({1, 3, 5, 5})));
    QCOMPARE(y[0], someFloats(4, 7)[0]); // the bias alone
}

void TestRunModel::weightsAreViewsThatOutliveTheModel()
{
    auto model = convolution();
    auto loaded = loadRunModel(save(model));
    const auto network = loaded->network;
    const auto& raw = loaded->proto.graph().initializer(0).raw_data();
    QVERIFY(static_cast<const void*>(network->weights[0].data.bytes.data())
            == static_cast<const void*>(raw.data()));
    loaded.reset();
    QCOMPARE(weightValues(*network, 0), someFloats(48, 2));
}

void TestRunModel::cancelling()
{
    std::stop_source source;
    source.request_stop();
    const auto file = save(convolution());
    QVERIFY_EXCEPTION_THROWN(loadRunModel(file, {}, source.get_token()), Cancelled);
}

QTEST_GUILESS_MAIN(TestRunModel)
#include "tst_runmodel.moc"
