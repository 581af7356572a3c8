// SPDX-License-Identifier: GPL-3.0-or-later
// Values of a network over samples: complete, in order, the same bits as in a run that gives out everything.
#include "networkvalues.h"
#include "onnxbuilder.h"

#include "core/runtime/execute/capture.h"
#include "core/samples/arraysource.h"
#include "core/support/error.h"

#include <QTemporaryDir>

#include <fstream>
#include <map>
#include <set>
#include <unistd.h>

using namespace quantoscope;
using namespace onnxbuilder;
using namespace networkvalues;

class TestCapture : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void everyValueIsThatOfAFullRun_data();
    void everyValueIsThatOfAFullRun();
    void littleMemoryTakesMorePassesInOrder();
    void aFixedBatchIsFilledUp();
    void manyValuesAreCaptured();
    void unknownValuesAreNamed();
    void nothingAskedForIsNothing();
    void progressReachesItsTotal();
    void cancelling();
    void batches_data();
    void batches();
    void reasonsAgainstObserving();
    void memoryStaysBounded();

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

std::shared_ptr<const SampleSource> stack(const Tensor& tensor)
{
    return arraySource({{"", tensor, false}}, {"waves", {}, {}});
}

SampleOrder backwards(std::size_t count)
{
    SampleOrder order;
    for (std::size_t i = count; i-- > 0;)
        order.push_back(i);
    return order;
}

/// Inputs and outputs of every layer, the network's own too.
std::vector<std::string> layerValues(const RunModel& model)
{
    std::vector<std::string> names;
    for (const Layer& layer : model.network->layers)
        for (const WeightUseNode& use : layer.uses)
            if (!use.inBody) {
                names.push_back(use.input);
                names.push_back(use.output);
            }
    return names;
}

/// What was captured of each name, one batch behind the other.
struct Captured
{
    std::vector<std::string> bytes;
    std::vector<std::size_t> next; ///< position expected next
    std::set<std::size_t> batches;
    bool inOrder = true;
};

Captured captureAll(const std::shared_ptr<const RunModel>& model, const SampleSource& samples,
                    const SampleOrder& order, const std::vector<std::string>& names,
                    const CaptureOptions& options)
{
    Captured captured;
    captured.bytes.resize(names.size());
    captured.next.resize(names.size());
    capture(model, samples, order, names, options, [&](const CapturedValue& value) {
        captured.inOrder = captured.inOrder && captured.next[value.index] == value.first
                           && value.tensor.shape.at(0) == static_cast<std::int64_t>(value.samples);
        captured.next[value.index] = value.first + value.samples;
        captured.batches.insert(value.samples);
        captured.bytes[value.index].append(reinterpret_cast<const char*>(value.tensor.bytes.data()),
                                           value.tensor.bytes.size());
    });
    return captured;
}

/// The same by running batch after batch with every value as an output.
std::vector<std::string> fullRun(const std::shared_ptr<const RunModel>& model, const SampleSource& samples,
                                 const SampleOrder& order, const std::vector<std::string>& names,
                                 std::size_t batch)
{
    SessionOptions options;
    options.observed = names;
    NetworkSession session(model, options);
    std::vector<std::string> bytes(names.size());
    for (std::size_t first = 0; first < order.size(); first += batch) {
        const auto part = std::span(order).subspan(first, std::min(batch, order.size() - first));
        const auto values = session.run(samples.read(part));
        for (std::size_t i = 0; i < names.size(); ++i) {
            const Tensor& value = values[values.size() - names.size() + i];
            bytes[i].append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
        }
    }
    return bytes;
}

onnx::ModelProto twoNodes(const Dims& dims)
{
    auto model = emptyModel();
    model.mutable_opset_import(0)->set_version(15);
    auto& graph = *model.mutable_graph();
    auto& type = *graph.mutable_input(0)->mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const auto dim : dims)
        if (auto& added = *type.mutable_shape()->add_dim(); dim > 0)
            added.set_dim_value(dim);
    addNode(graph, "Neg", {"x"}, {"negative"});
    addNode(graph, "Abs", {"negative"}, {"y"});
    graph.add_output()->set_name("y");
    return model;
}

std::size_t residentBytes()
{
    std::ifstream stream("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    stream >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

void TestCapture::everyValueIsThatOfAFullRun_data()
{
    QTest::addColumn<int>("samples");
    QTest::addColumn<int>("batch");
    QTest::newRow("one sample") << 1 << 16;
    QTest::newRow("a last batch that is short") << 20 << 7;
    QTest::newRow("whole batches") << 6 << 3;
    QTest::newRow("one at a time") << 3 << 1;
}

void TestCapture::everyValueIsThatOfAFullRun()
{
    QFETCH(int, samples);
    QFETCH(int, batch);
    const auto model = loadRunModel(samplePath);
    auto names = layerValues(*model);
    names.push_back(names[3]); // twice
    QVERIFY(std::count(names.begin(), names.end(), "input") == 1);
    QVERIFY(std::count(names.begin(), names.end(), "logits") == 1);
    const auto source = stack(waves({samples, 1, 28, 28}));
    const auto order = backwards(static_cast<std::size_t>(samples));
    CaptureOptions options;
    options.batch = static_cast<std::size_t>(batch);
    const Captured captured = captureAll(model, *source, order, names, options);
    QVERIFY(captured.inOrder);
    QCOMPARE(captured.next, std::vector<std::size_t>(names.size(), order.size()));
    QVERIFY(captured.bytes == fullRun(model, *source, order, names, options.batch));
}

void TestCapture::littleMemoryTakesMorePassesInOrder()
{
    const auto model = loadRunModel(samplePath);
    const auto names = layerValues(*model);
    const auto source = stack(waves({9, 1, 28, 28}));
    const auto order = backwards(9);
    const auto expected = fullRun(model, *source, order, names, 1);
    CaptureOptions options;
    std::size_t all = 0;
    for (const auto& bytes : expected)
        all += bytes.size() / 9;
    for (const std::size_t memory : {all / 3, std::size_t{1}}) { // of one sample; a value at a time
        options.memoryBytes = memory;
        const Captured captured = captureAll(model, *source, order, names, options);
        QVERIFY(captured.inOrder);
        QVERIFY(captured.bytes == expected);
    }
    options.memoryBytes = all * 4 + 100; // fewer samples at once go before further passes
    QCOMPARE(captureAll(model, *source, order, names, options).batches, (std::set<std::size_t>{1, 4}));
}

void TestCapture::aFixedBatchIsFilledUp()
{
    const auto model = load(twoNodes({4, 3}));
    const Tensor x = waves({6, 3});
    const Captured captured = captureAll(model, *stack(x), {5, 4, 3, 2, 1, 0}, {"y", "x"}, {});
    QCOMPARE(captured.batches, (std::set<std::size_t>{2, 4}));
    QCOMPARE(captured.bytes[1].size(), x.bytes.size());
    for (std::size_t i = 0; i < 6; ++i) // rows in the order asked for
        QVERIFY(std::memcmp(captured.bytes[1].data() + i * 12, x.bytes.data() + (5 - i) * 12, 12) == 0);
}

void TestCapture::manyValuesAreCaptured()
{
    auto proto = twoNodes({-1, 3});
    auto& graph = *proto.mutable_graph();
    std::vector<std::string> names = {"negative", "y", "x"};
    for (int i = 0; i < 100; ++i) { // more than are measured at once
        addNode(graph, "Sin", {names.back()}, {"sine" + std::to_string(i)});
        names.push_back("sine" + std::to_string(i));
    }
    const auto model = load(proto);
    const auto source = stack(waves({5, 3}));
    const Captured captured = captureAll(model, *source, backwards(5), names, {});
    QVERIFY(captured.bytes == fullRun(model, *source, backwards(5), names, 5));
}

void TestCapture::unknownValuesAreNamed()
{
    const auto model = load(twoNodes({-1, 3}));
    try {
        captureAll(model, *stack(waves({2, 3})), {0}, {"y", "nowhere"}, {});
        QFAIL("nothing was thrown");
    } catch (const Error& error) {
        QVERIFY(error.code() == ErrorCode::InvalidArgument);
        QCOMPARE(error.context(), std::string("nowhere"));
    }
}

void TestCapture::nothingAskedForIsNothing()
{
    const auto model = load(twoNodes({-1, 3}));
    const auto source = stack(waves({2, 3}));
    QCOMPARE(captureAll(model, *source, {0, 1}, {}, {}).next.size(), 0u);
    QCOMPARE(captureAll(model, *source, {}, {"y"}, {}).next, (std::vector<std::size_t>{0}));
}

void TestCapture::progressReachesItsTotal()
{
    const auto model = load(twoNodes({-1, 3}));
    std::vector<std::size_t> steps;
    std::size_t total = 0;
    CaptureOptions options;
    options.batch = 2;
    capture(
        model, *stack(waves({5, 3})), backwards(5), {"y"}, options, [](const CapturedValue&) {}, {},
        [&](Stage stage, std::size_t done, std::size_t all) {
            QVERIFY(stage == Stage::Capturing);
            steps.push_back(done);
            total = all;
        });
    QCOMPARE(steps, (std::vector<std::size_t>{2, 4, 5}));
    QCOMPARE(total, 5u);
}

void TestCapture::cancelling()
{
    const auto model = load(twoNodes({-1, 3}));
    std::stop_source source;
    CaptureOptions options;
    options.batch = 1;
    int taken = 0;
    const auto run = [&] {
        capture(
            model, *stack(waves({5, 3})), backwards(5), {"y"}, options,
            [&](const CapturedValue&) {
                ++taken;
                source.request_stop();
            },
            source.get_token());
    };
    QVERIFY_EXCEPTION_THROWN(run(), Cancelled);
    QCOMPARE(taken, 1);
}

void TestCapture::batches_data()
{
    QTest::addColumn<QVector<qint64>>("first");
    QTest::addColumn<QVector<qint64>>("second");
    QTest::addColumn<int>("expected");
    using V = QVector<qint64>;
    QTest::newRow("an open batch takes what is wanted") << V{-1, 3} << V{} << 16;
    QTest::newRow("a fixed batch takes its own") << V{4, 3} << V{} << 4;
    QTest::newRow("a batch of one") << V{1, 3} << V{} << 1;
    QTest::newRow("a state beside an open batch") << V{-1, 3} << V{2, 3} << 1;
    QTest::newRow("two open ones") << V{-1, 3} << V{-1, 3} << 16;
}

void TestCapture::batches()
{
    QFETCH(QVector<qint64>, first);
    QFETCH(QVector<qint64>, second);
    QFETCH(int, expected);
    auto proto = twoNodes({first.begin(), first.end()});
    if (!second.isEmpty()) {
        auto other = twoNodes({second.begin(), second.end()});
        other.mutable_graph()->mutable_input(0)->set_name("z");
        *proto.mutable_graph()->add_input() = other.graph().input(0);
    }
    QCOMPARE(batchFor(NetworkSession(load(proto), {}), 16), static_cast<std::size_t>(expected));
}

void TestCapture::reasonsAgainstObserving()
{
    Layer layer;
    QVERIFY(!whyNotObservable(layer).empty()); // a bare array
    layer.uses = {{"y", 1, "x", false}};
    QCOMPARE(whyNotObservable(layer), std::string());
    layer.uses = {{"y", 1, "", true}};
    QCOMPARE(whyNotObservable(layer), std::string("it lies in the body of an If, Loop or Scan"));
    layer.uses = {{"y", 1, "", true}, {"z", 1, "x", false}};
    QCOMPARE(whyNotObservable(layer), std::string());
    layer.uses = {{"y", 2, "", false}};
    QVERIFY(whyNotObservable(layer).find("state") != std::string::npos);
}

void TestCapture::memoryStaysBounded()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("the sanitizer has memory of its own");
#endif
    const QString path = modelPath(QStringLiteral("ch_PP-OCRv4_rec_infer.onnx"));
    REQUIRE_MODEL(path);
    const auto model = loadRunModel(path.toStdString());
    const auto names = layerValues(*model); // 45 MB a sample
    const auto source = stack(waves({8, 3, 48, 320}));
    {
        NetworkSession session(model, {});
        const std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5, 6, 7};
        (void)session.run(source->read(order));
    }
    const std::size_t before = residentBytes();
    std::size_t largest = 0;
    capture(model, *source, backwards(8), names, {},
            [&](const CapturedValue&) { largest = std::max(largest, residentBytes()); });
    const double grown = static_cast<double>(largest - std::min(largest, before)) / (1 << 20);
    QVERIFY2(grown < 300, qPrintable(QString::number(grown)));
}

QTEST_GUILESS_MAIN(TestCapture)
#include "tst_capture.moc"
