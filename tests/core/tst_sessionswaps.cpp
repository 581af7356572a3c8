// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions made anew for each change of a layer's scheme leave nothing behind.
#include "quantizednetworks.h"

#include "core/runtime/integer/integersession.h"
#include "core/samples/numpysamples.h"

#include <QTest>

#include <filesystem>
#include <fstream>

#include <malloc.h>
#include <unistd.h>

using namespace quantoscope;
using namespace quantizednetworks;

namespace {

std::size_t entriesOf(const char* folder)
{
    const std::filesystem::directory_iterator entries(folder);
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

struct Held
{
    std::size_t bytes = 0;   ///< in memory
    std::size_t threads = 0; ///< of this process
    std::size_t files = 0;   ///< open
};

Held held()
{
    malloc_trim(0); // what the allocator keeps of what was given back is no leak
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    return {pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), entriesOf("/proc/self/task"),
            entriesOf("/proc/self/fd")};
}

} // namespace

class TestSessionSwaps : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void nothingIsLeftBehind_data()
    {
        QTest::addColumn<bool>("integer");
        QTest::newRow("fake") << false;
        QTest::newRow("integer") << true;
    }
    void nothingIsLeftBehind();
};

void TestSessionSwaps::nothingIsLeftBehind()
{
    QFETCH(bool, integer);
    const auto model = loadRunModel(sourcePath("resources/sample/digits.onnx"));
    const auto digits = sampleTestSet(sourcePath("resources/sample/digits.npz"));
    const auto inputs = digits->read(std::vector<std::size_t>{1, 2, 3, 4});
    const QuantizedNetwork eight = quantizedBy(model, "int8-per-channel", inputs);
    const QuantizedNetwork four = quantizedBy(model, "bits=4,granularity=channel,act=8", inputs);
    const auto swap = [&](std::size_t round) {
        QuantizedNetwork network = eight;
        const std::size_t layer = round % network.layers.size();
        network.layers[layer] = four.layers[layer];
        const EditedModel edited = integer ? integerQuantized(network) : fakeQuantized(network);
        SessionOptions options;
        options.threads = 1 + static_cast<int>(round % 3); // alone, in the shared pool, with one of its own
        NetworkSession session(edited.model, options, edited.operators);
        QCOMPARE(session.run(inputs).front().shape, (Shape{4, 10}));
    };
    for (std::size_t round = 0; round < 50; ++round)
        swap(round);
    const Held before = held();
    for (std::size_t round = 0; round < 500; ++round)
        swap(round);
    const Held after = held();
    const auto growth = static_cast<std::int64_t>(after.bytes) - static_cast<std::int64_t>(before.bytes);
    qInfo("%lld KiB more, %zu threads, %zu files", static_cast<long long>(growth / 1024), after.threads,
          after.files);
    // The sample's weights are 0.3 MB: one set of them left behind each time would be 150 MB, a tenth of it 15 MB.
    QVERIFY(growth < (8 << 20));
    QCOMPARE(after.threads, before.threads);
    QCOMPARE(after.files, before.files);
}

QTEST_APPLESS_MAIN(TestSessionSwaps)
#include "tst_sessionswaps.moc"
