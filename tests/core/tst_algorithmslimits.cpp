// SPDX-License-Identifier: GPL-3.0-or-later
// GPTQ, AWQ and AdaRound at their limits: what they refuse, singular inputs, cancellation, nothing to do.
#include "core/quant/algorithms/adaround.h"
#include "core/quant/algorithms/algorithms.h"
#include "core/quant/algorithms/awq.h"
#include "core/quant/algorithms/gptq.h"
#include "core/support/error.h"
#include "tests/core/algorithmdata.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>

#include <atomic>
#include <limits>
#include <thread>

using namespace quantoscope;
using namespace quantoscope::testdata;

namespace {

template <class Run>
QString errorOf(Run run)
{
    try {
        run();
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace

class TestAlgorithmsLimits : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void refusals()
    {
        const ChannelMajor weights = gaussLayer(4, 8, 71);
        Samples samples = correlatedSamples(20, 8, 72);
        for (const char* algorithm : {"gptq", "gptq-actorder", "awq", "adaround"}) {
            const Scheme scheme = parseScheme(std::string("bits=4,algorithm=") + algorithm);
            const auto message = [&](LayerInputs inputs) {
                return errorOf([&] { runAlgorithm(weights, scheme, inputs); });
            };
            const QString features = message({samples.values, 32, 5});
            QVERIFY2(features.contains("5 features") && features.contains("8 elements"),
                     qPrintable(features));
            QVERIFY(message({std::span(samples.values).first(8), 1, 8}).contains("Too few samples: 1"));
            QVERIFY(message({{}, 0, 8}).contains("Too few samples: 0"));
            QVERIFY(message({std::span(samples.values).first(20), 3, 8}).contains("20 values"));
            for (const float bad :
                 {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
                std::vector<float> values = samples.values;
                values[3 * 8 + 2] = bad;
                QVERIFY(message({values, 20, 8}).contains("sample 3, feature 2"));
            }
            std::vector<float> huge(16, 1e30f);
            QVERIFY(message({huge, 2, 8}).contains("overflow"));
            QVERIFY(errorOf([&] { runAlgorithm(weights, scheme, {}); }).contains("calibration data"));
            Scheme other = scheme;
            other.format = Format::Nf4;
            QVERIFY(errorOf([&] { runAlgorithm(weights, other, samples.inputs()); }).contains("format=nf4"));
            other = scheme;
            other.rounding.kind = Rounding::Kind::Floor;
            QVERIFY(errorOf([&] { runAlgorithm(weights, other, samples.inputs()); }).contains("'rounding'"));
        }
        QVERIFY(
            errorOf([&] { runGptq(weights, {}, samples.inputs(), {.percdamp = -1}); }).contains("percdamp"));
        QVERIFY(errorOf([&] { runGptq(weights, {}, samples.inputs(), {.block = 0}); }).contains("column"));
        QVERIFY(errorOf([&] { runAwq(weights, {}, samples.inputs(), {0}); }).contains("point"));
        QVERIFY(errorOf([&] {
                    runAdaRound(weights, {}, samples.inputs(), {.warmStart = 1});
                }).contains("warm start"));
    }

    void singularHessians()
    {
        const ChannelMajor weights = gaussLayer(8, 40, 81);
        const Samples samples = correlatedSamples(10, 40, 82); // of rank 10
        const Scheme scheme = parseScheme("bits=4,granularity=channel,algorithm=gptq");
        const QString message =
            errorOf([&] { runGptq(weights, scheme, samples.inputs(), {.percdamp = 0, .maxDamping = 0}); });
        QVERIFY2(message.contains("singular") && message.contains("percdamp"), qPrintable(message));
        // Without damping of its own it gets some; as it does when there is too little.
        const AlgorithmResult raised = runGptq(weights, scheme, samples.inputs(), {.percdamp = 0});
        QCOMPARE(raised.damping, 0.01);
        QVERIFY(raised.error < raised.nearestError);
        // Twins among the columns, exactly: a ridge that double still sees but float32 sums do not is none.
        std::vector<float> twins;
        for (const float x : reference::gauss(400, 83, 4.0f))
            twins.insert(twins.end(), 2, std::round(x));
        const AlgorithmResult tiny = runGptq(weights, scheme, {twins, 20, 40}, {.percdamp = 1e-12});
        QVERIFY2(tiny.damping > 5e-9 && tiny.damping < 0.01, qPrintable(QString::number(tiny.damping)));
        QCOMPARE(runGptq(weights, scheme, samples.inputs()).damping, 0.01);
    }

    void cancellation()
    {
        const ChannelMajor weights = gaussLayer(256, 512, 91);
        const Samples samples = correlatedSamples(600, 512, 92, 16);
        for (const char* algorithm : {"gptq", "awq", "adaround"}) {
            const Scheme scheme =
                parseScheme(std::string("bits=4,granularity=channel,algorithm=") + algorithm);
            std::stop_source stopped;
            stopped.request_stop();
            QVERIFY_EXCEPTION_THROWN(runAlgorithm(weights, scheme, samples.inputs(), stopped.get_token()),
                                     Cancelled);
        }
        // AdaRound would take minutes here; it goes on until it has reported, and ends within 200 ms of the wish.
        std::stop_source source;
        std::size_t last = 0;
        std::atomic<std::size_t> reports = 0;
        bool forward = true;
        QElapsedTimer sinceStop;
        std::jthread stopper([&](std::stop_token ended) {
            while (reports == 0 && !ended.stop_requested())
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            sinceStop.start();
            source.request_stop();
        });
        QVERIFY_EXCEPTION_THROWN(runAdaRound(weights, parseScheme("bits=4,granularity=channel"),
                                             samples.inputs(), {}, source.get_token(),
                                             [&](Stage, std::size_t done, std::size_t total) {
                                                 forward = forward && done > last && done <= total;
                                                 last = done;
                                                 ++reports;
                                             }),
                                 Cancelled);
        const qint64 elapsed = sinceStop.elapsed();
        stopper.request_stop();
        stopper.join();
        QVERIFY(forward && reports > 0);
#if !defined(__SANITIZE_ADDRESS__) // whose code is slower by far
        QVERIFY2(elapsed < 200, qPrintable(QString::number(elapsed)));
#endif
    }

    void weightsThatAreNotFinite()
    {
        std::vector<float> values = reference::gauss(6 * 20, 95, 0.1f);
        values[7] = std::numeric_limits<float>::quiet_NaN();
        values[50] = std::numeric_limits<float>::infinity();
        const ChannelMajor weights = layerOf(values, 6);
        const Samples samples = correlatedSamples(64, 20, 96);
        for (const char* algorithm : {"gptq", "gptq-actorder", "awq", "adaround"}) {
            const Scheme scheme =
                parseScheme(std::string("bits=4,granularity=group:6,algorithm=") + algorithm);
            const AlgorithmResult result = runAlgorithm(weights, scheme, samples.inputs());
            QCOMPARE(result.params.coded->codes[7], 0);
            QCOMPARE(result.params.coded->codes[50], 0);
            QVERIFY(std::isfinite(result.error) && result.error <= result.nearestError);
        }
    }

    void nothingToDo()
    {
        const Samples samples = correlatedSamples(16, 8, 97);
        for (const char* algorithm : {"gptq", "gptq-actorder", "awq", "adaround", "rtn"}) {
            const Scheme scheme =
                parseScheme(std::string("bits=4,granularity=channel,algorithm=") + algorithm);
            const AlgorithmResult none = runAlgorithm(layerOf({}, 0), scheme, LayerInputs{{}, 2, 0});
            QCOMPARE(none.rows, 0u);
            const ChannelMajor zeros = layerOf(std::vector<float>(16), 2);
            const AlgorithmResult zero = runAlgorithm(zeros, scheme, samples.inputs());
            QCOMPARE(valuesOf(zeros, zero.params), std::vector<float>(16));
            QCOMPARE(zero.error, 0.0);
        }
    }
};

QTEST_APPLESS_MAIN(TestAlgorithmsLimits)
#include "tst_algorithmslimits.moc"
