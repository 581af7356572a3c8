// SPDX-License-Identifier: GPL-3.0-or-later
// Networks in ONNX Runtime: what goes in, what comes out, and what is said where something does not fit.
#include "networkvalues.h"
#include "onnxbuilder.h"

#include "core/formats/numpy/npy.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

using namespace quantoscope;
using namespace onnxbuilder;
using namespace networkvalues;

class TestNetworkSession : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void theSampleIsAsAccurateAsItsDescriptionSays();
    void realNetworksRun_data();
    void realNetworksRun();
    void inputsConvert_data();
    void inputsConvert();
    void inputsThatDoNotFitAreNamed_data();
    void inputsThatDoNotFitAreNamed();
    void anArrayWithoutANameGoesToTheOpenInput();
    void outputsOfAnyTypeOwnTheirBytes();
    void observedValuesFollowTheOutputs();
    void valuesThatCannotBeObservedAreNamed_data();
    void valuesThatCannotBeObservedAreNamed();
    void bodiesRun();
    void unknownOperatorsAreNamed();
    void sequencesAreRefused();
    void initializersThatNobodyReadsAreNoObstacle();
    void swappedWeightsCountInEveryOptimization();
    void runningIsCancelled();
    void sessionsRunAtOnce();
    void wrongThreadCountsAreRefused();

private:
    std::shared_ptr<const RunModel> load(const onnx::ModelProto& model) const
    {
        const QString path = m_folder.filePath(QStringLiteral("net.onnx"));
        writeModel(path, model);
        return loadRunModel(path.toStdString());
    }
    QTemporaryDir m_folder;
};

namespace {

void describe(onnx::ValueInfoProto& value, int type, const Dims& dims)
{
    value.mutable_type()->mutable_tensor_type()->set_elem_type(type);
    auto& shape = *value.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (const auto dim : dims)
        if (auto& added = *shape.add_dim(); dim > 0)
            added.set_dim_value(dim);
}

/// x of this type and shape, outputs without types.
onnx::ModelProto modelOf(int type, const Dims& dims, const std::vector<std::string>& outputs = {"y"})
{
    auto model = emptyModel();
    model.mutable_opset_import(0)->set_version(15);
    describe(*model.mutable_graph()->mutable_input(0), type, dims);
    for (const auto& name : outputs)
        model.mutable_graph()->add_output()->set_name(name);
    return model;
}

std::string messageOf(const std::function<void()>& call, ErrorCode code)
{
    try {
        call();
    } catch (const Error& error) {
        return error.code() == code ? error.what() : std::string("another code: ") + error.what();
    }
    return "nothing was thrown";
}

#define VERIFY_HAS(text, part)                                                                               \
    QVERIFY2((text).find(part) != std::string::npos, qPrintable(QString::fromStdString(text)))

Tensor int64s(const Shape& shape, const std::vector<std::int64_t>& values)
{
    return tensorOf(DType::I64, shape, values);
}

std::size_t largestOf(std::span<const float> row)
{
    return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

/// A sum of many terms that runs for seconds: Loop with a MatMul in its body.
onnx::ModelProto longRunning()
{
    auto model = modelOf(onnx::TensorProto::FLOAT, {64, 64});
    auto& graph = *model.mutable_graph();
    addTensor<std::int64_t>(graph, "count", onnx::TensorProto::INT64, {}, {10'000'000});
    addTensor<std::uint8_t>(graph, "go", onnx::TensorProto::BOOL, {}, {1});
    auto& body = setGraph(addNode(graph, "Loop", {"count", "go", "x"}, {"y"}), "body");
    body.set_name("body");
    describe(*body.add_input(), onnx::TensorProto::INT64, {});
    body.mutable_input(0)->set_name("i");
    describe(*body.add_input(), onnx::TensorProto::BOOL, {});
    body.mutable_input(1)->set_name("before");
    describe(*body.add_input(), onnx::TensorProto::FLOAT, {64, 64});
    body.mutable_input(2)->set_name("state");
    addNode(body, "Identity", {"before"}, {"after"});
    addNode(body, "MatMul", {"state", "x"}, {"product"});
    addNode(body, "Tanh", {"product"}, {"next"});
    describe(*body.add_output(), onnx::TensorProto::BOOL, {});
    body.mutable_output(0)->set_name("after");
    describe(*body.add_output(), onnx::TensorProto::FLOAT, {64, 64});
    body.mutable_output(1)->set_name("next");
    return model;
}

} // namespace

void TestNetworkSession::theSampleIsAsAccurateAsItsDescriptionSays()
{
    const auto model = loadRunModel(samplePath);
    Tensor images, labels;
    for (const auto& array : readNpz(QUANTOSCOPE_SOURCE_DIR "/resources/sample/digits.npz"))
        if (array.name != "x_calib")
            (array.name == "x_test" ? images : labels) = array.tensor;
    std::vector<float> values = floats(images);
    for (float& value : values)
        value /= 255;
    const auto truth = floats(labels);
    const std::vector<InputValue> inputs = {{"input", tensorFromFloats(images.shape, values)}};
    for (const Optimization optimization : {Optimization::Off, Optimization::Deployed}) {
        SessionOptions options;
        options.optimization = optimization;
        const auto logits = floats(NetworkSession(model, options).run(inputs).front());
        int right = 0;
        for (std::size_t i = 0; i < truth.size(); ++i)
            right += largestOf(std::span(logits).subspan(i * 10, 10)) == static_cast<std::size_t>(truth[i]);
        QCOMPARE(right, 992); // of 1,000: resources/sample/README.md
    }
}

void TestNetworkSession::realNetworksRun_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QVector<qint64>>("input");
    QTest::addColumn<QVector<qint64>>("output");
    using V = QVector<qint64>;
    const auto row = [](const char* name, const char* file, V input, V output) {
        QTest::newRow(name) << QString::fromLatin1(file) << input << output;
    };
    row("text recognition", "ch_PP-OCRv4_rec_infer.onnx", V{2, 3, 48, 160}, V{2, 20, 6625});
    row("text direction", "ch_ppocr_mobile_v2.0_cls_infer.onnx", V{3, 3, 48, 192}, V{3, 2});
    row("face detection", "face_detection_front_128x128_barracuda.onnx", V{1, 128, 128, 3}, V{1, 512, 1});
    row("line segments", "mlsd_320x320_tiny.onnx", V{1, 320, 320, 4}, V{1, 160, 160, 4});
    row("speech", "silero_vad_16k_op15.onnx", V{2, 576}, V{2, 1});
    row("sound embedding", "embedding_model.onnx", V{2, 76, 32, 1}, V{2, 1, 1, 96});
}

void TestNetworkSession::realNetworksRun()
{
    QFETCH(QString, file);
    QFETCH(QVector<qint64>, input);
    QFETCH(QVector<qint64>, output);
    const QString path = modelPath(file);
    REQUIRE_MODEL(path);
    const auto model = loadRunModel(path.toStdString());
    for (const Optimization optimization : {Optimization::Off, Optimization::Deployed}) {
        SessionOptions options;
        options.optimization = optimization;
        options.threads = 2;
        NetworkSession session(model, options);
        std::vector<InputValue> inputs = {{session.inputs()[0].name, waves({input.begin(), input.end()})}};
        if (session.inputs().size() > 1) { // speech: a state and the sampling rate
            inputs.push_back({"state", waves({2, 2, 128}, 3)});
            inputs.push_back({"sr", int64s({}, {16000})});
        }
        const auto outputs = session.run(inputs);
        QCOMPARE(outputs[0].shape, Shape(output.begin(), output.end()));
        for (const Tensor& tensor : outputs)
            for (const float value : floats(tensor))
                QVERIFY(std::isfinite(value));
    }
}

void TestNetworkSession::inputsConvert_data()
{
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    QTest::addColumn<double>("value");
    QTest::addColumn<double>("expected"); // NaN: refused
    const auto row = [](const char* name, DType from, int to, double value, double expected) {
        QTest::newRow(name) << static_cast<int>(from) << to << value << expected;
    };
    using P = onnx::TensorProto;
    row("bytes to floats", DType::U8, P::FLOAT, 200, 200);
    row("doubles to floats, rounded", DType::F64, P::FLOAT, 0.1, 0.1f);
    row("halves to floats", DType::F16, P::FLOAT, 0.5, 0.5);
    row("floats to doubles", DType::F32, P::DOUBLE, 0.1f, 0.1f);
    row("floats to halves, rounded", DType::F32, P::FLOAT16, 1 + 1 / 1024.0 + 1 / 4096.0, 1 + 1 / 1024.0);
    row("floats to halves, ties to even", DType::F32, P::FLOAT16, 1 + 3 / 2048.0, 1 + 2 / 1024.0);
    row("32-bit to 64-bit integers", DType::I32, P::INT64, -5, -5);
    row("64-bit integers that fit 32 bits", DType::I64, P::INT32, -2147483648.0, -2147483648.0);
    row("64-bit integers that do not", DType::I64, P::INT32, 2147483648.0, NAN);
    row("negative numbers to unsigned ones", DType::I8, P::UINT8, -1, NAN);
    row("large integers that floats hold", DType::I64, P::FLOAT, 16777216, 16777216);
    row("large integers that they do not", DType::I64, P::FLOAT, 16777217, NAN);
    row("floats to integers", DType::F32, P::INT64, 1, NAN);
    row("bytes to booleans", DType::U8, P::BOOL, 1, 1);
    row("other bytes to booleans", DType::U8, P::BOOL, 2, NAN);
}

void TestNetworkSession::inputsConvert()
{
    QFETCH(int, from);
    QFETCH(int, to);
    QFETCH(double, value);
    QFETCH(double, expected);
    auto model = modelOf(to, {-1});
    addNode(*model.mutable_graph(), "Identity", {"x"}, {"y"});
    NetworkSession session(load(model), {});
    Tensor x;
    switch (static_cast<DType>(from)) {
    case DType::U8:
        x = tensorOf<std::uint8_t>(DType::U8, {1}, {static_cast<std::uint8_t>(value)});
        break;
    case DType::I8:
        x = tensorOf<std::int8_t>(DType::I8, {1}, {static_cast<std::int8_t>(value)});
        break;
    case DType::I32:
        x = tensorOf<std::int32_t>(DType::I32, {1}, {static_cast<std::int32_t>(value)});
        break;
    case DType::I64:
        x = int64s({1}, {static_cast<std::int64_t>(value)});
        break;
    case DType::F16:
        x = tensorOf<std::uint16_t>(DType::F16, {1}, {0x3800}); // 0.5
        break;
    case DType::F64:
        x = tensorOf<double>(DType::F64, {1}, {value});
        break;
    default:
        x = tensorFromFloats({1}, {static_cast<float>(value)});
    }
    const std::vector<InputValue> inputs = {{"x", x}};
    if (std::isnan(expected)) {
        const std::string text = messageOf([&] { session.run(inputs); }, ErrorCode::InvalidArgument);
        VERIFY_HAS(text, "Input 'x' of '");
    } else {
        const Tensor y = session.run(inputs).front();
        QCOMPARE(y.dtype, session.outputs()[0].dtype);
        QCOMPARE(double(floats(y).at(0)), expected);
    }
}

void TestNetworkSession::inputsThatDoNotFitAreNamed_data()
{
    QTest::addColumn<QString>("words");
    QTest::newRow("missing") << "Input 'input' of '%1' has no value; it takes f32 ?×1×28×28.";
    QTest::newRow("unknown") << "'%1' has no input 'imput'; it has 'input'. Was 'input' meant?";
    QTest::newRow("twice") << "Input 'input' of '%1' was given twice.";
    QTest::newRow("rank") << "Input 'input' of '%1' takes f32 ?×1×28×28 but was given f32 1×28×28.";
    QTest::newRow("size") << "Input 'input' of '%1' takes f32 ?×1×28×28 but was given f32 2×3×28×28.";
    QTest::newRow("bytes")
        << "Input 'input' of '%1' takes f32 ?×1×28×28 but was given f32 1×1×28×28 in 4 bytes.";
}

void TestNetworkSession::inputsThatDoNotFitAreNamed()
{
    QFETCH(QString, words);
    const QByteArray kind = QTest::currentDataTag();
    const auto model = loadRunModel(samplePath);
    NetworkSession session(model, {});
    const InputValue good = {"input", waves({1, 1, 28, 28})};
    std::vector<InputValue> inputs;
    if (kind == "unknown")
        inputs = {{"imput", good.tensor}};
    else if (kind == "twice")
        inputs = {good, good};
    else if (kind == "rank")
        inputs = {{"", waves({1, 28, 28})}};
    else if (kind == "size")
        inputs = {{"input", waves({2, 3, 28, 28})}};
    else if (kind == "bytes")
        inputs = {{"input", {DType::F32, {1, 1, 28, 28}, good.tensor.bytes.first(4), good.tensor.owner}}};
    QCOMPARE(QString::fromStdString(messageOf([&] { session.run(inputs); }, ErrorCode::InvalidArgument)),
             words.arg(QString::fromLatin1(samplePath)));
    QCOMPARE(session.run(std::span(&good, 1)).front().shape, (Shape{1, 10})); // still usable
}

void TestNetworkSession::anArrayWithoutANameGoesToTheOpenInput()
{
    auto model = modelOf(onnx::TensorProto::FLOAT, {2});
    describe(*model.mutable_graph()->add_input(), onnx::TensorProto::FLOAT, {2});
    model.mutable_graph()->mutable_input(1)->set_name("z");
    addNode(*model.mutable_graph(), "Sub", {"x", "z"}, {"y"});
    NetworkSession session(load(model), {});
    const std::vector<InputValue> inputs = {{"", tensorFromFloats({2}, {5, 6})},
                                            {"z", tensorFromFloats({2}, {1, 1})}};
    QCOMPARE(floats(session.run(inputs).front()), (std::vector<float>{4, 5}));
    const std::string text =
        messageOf([&] { session.run(std::span(inputs).first(1)); }, ErrorCode::InvalidArgument);
    VERIFY_HAS(text, "2 inputs wait for a value");
}

void TestNetworkSession::outputsOfAnyTypeOwnTheirBytes()
{
    auto model = modelOf(onnx::TensorProto::FLOAT, {3}, {"i", "b", "h", "e", "w", "x"});
    auto& graph = *model.mutable_graph();
    addFloats(graph, "stored", {600}, std::vector<float>(600, 4.0f));
    setInt(addNode(graph, "Cast", {"x"}, {"i"}), "to", onnx::TensorProto::INT64);
    setInt(addNode(graph, "Cast", {"x"}, {"b"}), "to", onnx::TensorProto::BOOL);
    setInt(addNode(graph, "Cast", {"x"}, {"h"}), "to", onnx::TensorProto::FLOAT16);
    addInts(graph, "zero", {0});
    addNode(graph, "Slice", {"x", "zero", "zero"}, {"e"}); // no elements
    addNode(graph, "Identity", {"stored"}, {"w"});
    std::vector<Tensor> outputs;
    {
        NetworkSession session(load(model), {});
        std::vector<float> values = {0, 1, 2};
        const Tensor view = {DType::F32, {3}, std::as_bytes(std::span(values)), nullptr};
        const std::vector<InputValue> inputs = {{"x", view}};
        outputs = session.run(inputs);
        values = {9, 9, 9}; // outputs do not follow what becomes of the inputs
    }
    QCOMPARE(outputs[0].dtype, DType::I64);
    QCOMPARE(floats(outputs[0]), (std::vector<float>{0, 1, 2}));
    QCOMPARE(outputs[1].dtype, DType::Bool);
    QCOMPARE(floats(outputs[1]), (std::vector<float>{0, 1, 1}));
    QCOMPARE(outputs[2].dtype, DType::F16);
    QCOMPARE(floats(outputs[2]), (std::vector<float>{0, 1, 2}));
    QCOMPARE(outputs[3].shape, (Shape{0}));
    QCOMPARE(outputs[4].size(), 600u);
    QCOMPARE(floats(outputs[4])[599], 4.0f);
    QCOMPARE(floats(outputs[5]), (std::vector<float>{0, 1, 2}));
}

void TestNetworkSession::observedValuesFollowTheOutputs()
{
    const auto model = loadRunModel(samplePath);
    const auto& first = model->network->layers[0].uses.at(0);
    SessionOptions options;
    options.observed = {first.output, "logits", first.input, first.output};
    NetworkSession session(model, options);
    const Tensor x = waves({2, 1, 28, 28});
    const std::vector<InputValue> inputs = {{"", x}};
    const auto outputs = session.run(inputs);
    QCOMPARE(outputs.size(), 5u);
    QCOMPARE(session.outputs().size(), 5u);
    QCOMPARE(session.outputs()[1].name, first.output);
    QCOMPARE(session.outputs()[1].shape, (Shape{-1, 24, 28, 28}));
    QCOMPARE(outputs[1].shape, (Shape{2, 24, 28, 28}));
    QVERIFY(sameBytes(outputs[0], outputs[2]));
    QVERIFY(sameBytes(outputs[3], x));
    QVERIFY(sameBytes(outputs[1], outputs[4]));
    QVERIFY(sameBytes(outputs[0], NetworkSession(model, {}).run(inputs).front()));
}

void TestNetworkSession::valuesThatCannotBeObservedAreNamed_data()
{
    QTest::addColumn<QString>("words");
    QTest::newRow("nowhere") << "the network has no such value";
    QTest::newRow("product") << "it lies in the body of an If, Loop or Scan";
    QTest::newRow("count") << "it is a constant of the file";
}

void TestNetworkSession::valuesThatCannotBeObservedAreNamed()
{
    QFETCH(QString, words);
    SessionOptions options;
    options.observed = {QTest::currentDataTag()};
    const auto model = load(longRunning());
    const std::string text = messageOf([&] { NetworkSession(model, options); }, ErrorCode::InvalidArgument);
    VERIFY_HAS(text, "Value '" + options.observed[0] + "' of '" + model->file
                         + "' cannot be observed: " + words.toStdString());
}

void TestNetworkSession::bodiesRun()
{
    auto proto = longRunning();
    proto.mutable_graph()->mutable_initializer(0)->set_raw_data(bytesOf<std::int64_t>({3}));
    NetworkSession session(load(proto), {});
    std::vector<float> identity(64 * 64, 0.0f);
    for (std::size_t i = 0; i < 64; ++i)
        identity[i * 65] = 1;
    const std::vector<InputValue> inputs = {{"x", tensorFromFloats({64, 64}, identity)}};
    const auto y = floats(session.run(inputs).front());
    const float expected = std::tanh(std::tanh(std::tanh(1.0f)));
    QVERIFY(std::abs(y[0] - expected) < 1e-5f);
    QCOMPARE(y[1], 0.0f);
}

void TestNetworkSession::unknownOperatorsAreNamed()
{
    auto model = modelOf(onnx::TensorProto::FLOAT, {2});
    addNode(*model.mutable_graph(), "Frobnicate", {"x"}, {"y"}, "middle");
    const auto loaded = load(model);
    const std::string text = messageOf([&] { NetworkSession(loaded, {}); }, ErrorCode::Unsupported);
    VERIFY_HAS(text, "Frobnicate");
    VERIFY_HAS(text, loaded->file);
}

void TestNetworkSession::sequencesAreRefused()
{
    auto model = modelOf(onnx::TensorProto::FLOAT, {4});
    setInt(addNode(*model.mutable_graph(), "SplitToSequence", {"x"}, {"y"}), "keepdims", 1);
    const auto loaded = load(model);
    const std::string text = messageOf([&] { NetworkSession(loaded, {}); }, ErrorCode::Unsupported);
    VERIFY_HAS(text, "Output 'y' of '" + loaded->file + "' is a sequence");
}

void TestNetworkSession::initializersThatNobodyReadsAreNoObstacle()
{
    auto model = modelOf(onnx::TensorProto::FLOAT, {256}, {"y", "stored"});
    auto& graph = *model.mutable_graph();
    addNode(graph, "Relu", {"x"}, {"y"});
    addNode(graph, "Neg", {"dead"}, {"unread"});
    // Big enough to be handed over: read by nobody, by a node whose result nobody reads, as an output alone, in a body alone.
    for (const char* name : {"unused", "dead", "stored", "inBody"})
        addFloats(graph, name, {1024});
    addTensor<std::uint8_t>(graph, "yes", onnx::TensorProto::BOOL, {}, {1});
    auto& choice = addNode(graph, "If", {"yes"}, {"z"});
    for (const char* branch : {"then_branch", "else_branch"}) {
        auto& body = setGraph(choice, branch);
        body.set_name(branch);
        addNode(body, "Neg", {"inBody"}, {std::string(branch) + "_out"});
        describe(*body.add_output(), onnx::TensorProto::FLOAT, {1024});
        body.mutable_output(0)->set_name(std::string(branch) + "_out");
    }
    graph.add_output()->set_name("z");
    const auto loaded = load(model);
    for (const Optimization optimization : {Optimization::Off, Optimization::Deployed}) {
        SessionOptions options;
        options.optimization = optimization;
        const auto outputs = NetworkSession(loaded, options).run(std::vector<InputValue>{{"", waves({256})}});
        QCOMPARE(floats(outputs[1]).at(1023), 1023.0f);
        QCOMPARE(floats(outputs[2]).at(1023), -1023.0f);
    }
}

void TestNetworkSession::swappedWeightsCountInEveryOptimization()
{
    const auto model = loadRunModel(samplePath);
    const std::vector<InputValue> inputs = {{"", waves({2, 1, 28, 28})}};
    // The bytes of conv2 and of the small bias in front, changed in a copy and in a file.
    onnx::ModelProto edited = model->proto;
    for (auto& tensor : *edited.mutable_graph()->mutable_initializer()) {
        std::string& raw = *tensor.mutable_raw_data();
        for (std::size_t i = 0; tensor.data_type() == onnx::TensorProto::FLOAT && i < raw.size() / 4; i += 3)
            reinterpret_cast<float*>(raw.data())[i] *= 0.5f;
    }
    const auto fromFile = load(edited);
    const auto swapped = runModelOf(std::move(edited), *model);
    for (const Optimization optimization : {Optimization::Off, Optimization::Deployed}) {
        SessionOptions options;
        options.optimization = optimization;
        const Tensor before = NetworkSession(model, options).run(inputs).front();
        const Tensor after = NetworkSession(swapped, options).run(inputs).front();
        QVERIFY(sameBytes(after, NetworkSession(fromFile, options).run(inputs).front()));
        QVERIFY(largestDifference(before, after) > 0.1);
    }
}

void TestNetworkSession::runningIsCancelled()
{
    NetworkSession session(load(longRunning()), {});
    const std::vector<InputValue> inputs = {{"x", waves({64, 64})}};
    std::stop_source source;
    QElapsedTimer timer;
    qint64 stopped = 0;
    timer.start();
    std::jthread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        stopped = timer.elapsed();
        source.request_stop();
    });
    QVERIFY_EXCEPTION_THROWN(session.run(inputs, source.get_token()), Cancelled);
    const qint64 took = timer.elapsed() - stopped;
    QVERIFY2(took < 200, qPrintable(QString::number(took)));
    other.join();
    // Once stopped, nothing starts.
    QVERIFY_EXCEPTION_THROWN(session.run(inputs, source.get_token()), Cancelled);
    QVERIFY_EXCEPTION_THROWN(NetworkSession(loadRunModel(samplePath), {}, {}, source.get_token()), Cancelled);
}

void TestNetworkSession::sessionsRunAtOnce()
{
    const auto model = loadRunModel(samplePath);
    const std::vector<InputValue> inputs = {{"", waves({8, 1, 28, 28})}};
    const Tensor expected = NetworkSession(model, {}).run(inputs).front();
    std::vector<Tensor> results(4);
    {
        std::vector<std::jthread> threads;
        for (Tensor& result : results)
            threads.emplace_back([&] {
                NetworkSession session(model, {});
                for (int i = 0; i < 5; ++i)
                    result = session.run(inputs).front();
            });
    }
    for (const Tensor& result : results)
        QVERIFY(sameBytes(result, expected));
}

void TestNetworkSession::wrongThreadCountsAreRefused()
{
    SessionOptions options;
    options.threads = 0;
    const auto model = loadRunModel(samplePath);
    const std::string text = messageOf([&] { NetworkSession(model, options); }, ErrorCode::InvalidArgument);
    VERIFY_HAS(text, "0 threads");
}

QTEST_GUILESS_MAIN(TestNetworkSession)
#include "tst_networksession.moc"
