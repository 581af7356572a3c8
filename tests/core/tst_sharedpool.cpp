// SPDX-License-Identifier: GPL-3.0-or-later
// The shared pool and sessions used from several threads at once; meant to run under the thread sanitizer too (./dev tsan).
#include "core/analysis/evaluation/evaluation.h"
#include "core/runtime/integer/integersession.h"
#include "core/samples/numpysamples.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <QTest>

#include <atomic>
#include <numeric>
#include <thread>

using namespace quantoscope;

namespace {

const std::string sample = QUANTOSCOPE_SOURCE_DIR "/resources/sample/digits";

std::vector<std::size_t> counting(std::size_t count)
{
    std::vector<std::size_t> values(count);
    std::iota(values.begin(), values.end(), std::size_t{0});
    return values;
}

double outputSqnrDb(std::shared_ptr<const RunModel> model, const SampleSource& digits, Engine engine)
{
    EvaluationSettings settings;
    settings.ptq.schemes.scheme = parseScheme("int8-per-channel");
    settings.ptq.threads = 2;
    settings.engine = engine;
    settings.batch = 64;
    settings.threads = 2;
    settings.timedRuns = 0;
    EvaluationData data;
    data.inputs = data.calibration = &digits;
    data.order = data.calibrationOrder = counting(128);
    return evaluate(std::move(model), settings, data).judgement.outputs.front().error.sqnrDb;
}

/// Both at once; what they throw fails the test.
template <class First, class Second>
void together(const First& first, const Second& second)
{
    std::atomic<int> failures = 0;
    const auto guarded = [&](const auto& call) {
        try {
            call();
        } catch (const std::exception&) {
            ++failures;
        }
    };
    {
        const std::jthread one([&] { guarded(first); });
        const std::jthread two([&] { guarded(second); });
    }
    QCOMPARE(failures.load(), 0);
}

} // namespace

class TestSharedPool : public QObject
{
    Q_OBJECT

private slots:
    void partsSeeWhatCameBeforeAndAreSeenAfter();
    void limitedOnesRunBesideOthers();
    void sessionsRunAtOnce();
    void networksAreEvaluatedAtOnce();
};

void TestSharedPool::partsSeeWhatCameBeforeAndAreSeenAfter()
{
    const std::vector<std::size_t> before = counting(10000); // plain memory: order comes from the pool alone
    std::vector<std::size_t> results(before.size());
    for (int round = 0; round < 20; ++round)
        parallelFor(results.size(), [&](std::size_t i) { results[i] = before[i] * 2 + results[i] % 2; });
    for (std::size_t i = 0; i < results.size(); ++i)
        QCOMPARE(results[i], 2 * i);
    std::atomic<std::size_t> calls = 0;
    QVERIFY_EXCEPTION_THROWN(parallelFor(1000,
                                         [&](std::size_t i) {
                                             ++calls;
                                             if (i == 500)
                                                 throw Error(ErrorCode::InvalidArgument, "enough");
                                         }),
                             Error);
    QVERIFY(calls <= 1000);
}

void TestSharedPool::limitedOnesRunBesideOthers()
{
    const auto sums = [](int threads) {
        std::vector<std::size_t> results(2000);
        onThreads(threads, [&] {
            for (int round = 0; round < 20; ++round)
                parallelFor(results.size(), [&](std::size_t i) { results[i] += i; });
        });
        QCOMPARE(results[1999], std::size_t{20 * 1999});
    };
    together([&] { sums(1); }, [&] { sums(2); });
}

void TestSharedPool::sessionsRunAtOnce()
{
    const auto model = loadRunModel(sample + ".onnx");
    const auto digits = sampleTestSet(sample + ".npz");
    const auto inputs = digits->read(counting(4));
    std::array<Tensor, 2> outputs;
    const auto run = [&](std::size_t which) {
        SessionOptions options;
        options.threads = 2;
        for (int round = 0; round < 5; ++round) {
            NetworkSession session(model, options);
            outputs[which] = session.run(inputs).front();
        }
    };
    together([&] { run(0); }, [&] { run(1); });
    QVERIFY(std::equal(outputs[0].bytes.begin(), outputs[0].bytes.end(), outputs[1].bytes.begin()));
}

void TestSharedPool::networksAreEvaluatedAtOnce()
{
    const auto model = loadRunModel(sample + ".onnx");
    const auto digits = sampleTestSet(sample + ".npz");
    for (const Engine engine : {Engine::Fake, Engine::Integer}) {
        std::array<double, 2> sqnr{};
        together([&] { sqnr[0] = outputSqnrDb(model, *digits, engine); },
                 [&] { sqnr[1] = outputSqnrDb(model, *digits, engine); });
        QCOMPARE(sqnr[0], sqnr[1]);
        QCOMPARE(sqnr[0], outputSqnrDb(model, *digits, engine));
    }
}

QTEST_APPLESS_MAIN(TestSharedPool)
#include "tst_sharedpool.moc"
