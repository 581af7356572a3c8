// SPDX-License-Identifier: GPL-3.0-or-later
// What quantization costs the sample network on its 1,000 test digits, 100 of each.
#include "core/analysis/evaluation/evaluation.h"
#include "core/samples/numpysamples.h"
#include "core/support/parallelfor.h"

#include <QTest>

#include <cmath>
#include <map>
#include <optional>

using namespace quantoscope;

namespace {

constexpr double chance = 0.1; // ten digits, equally many of each

SampleOrder firstOnes(std::size_t count)
{
    SampleOrder order(count);
    for (std::size_t i = 0; i < count; ++i)
        order[i] = i;
    return order;
}

Evaluation evaluated(const std::string& scheme, QuantizationMode mode, Engine engine,
                     std::size_t digits = 1000, int threads = 1)
{
    const std::string root = QUANTOSCOPE_SOURCE_DIR "/resources/sample/";
    const auto test = sampleTestSet(root + "digits.npz");
    const auto calibration = sampleCalibrationSet(root + "digits.npz");
    EvaluationSettings settings;
    settings.ptq.schemes.scheme = parseScheme(scheme);
    settings.ptq.mode = mode;
    settings.ptq.threads = threads;
    settings.threads = threads;
    settings.engine = engine;
    settings.timedRuns = 0;
    settings.exactness = false;
    settings.layerErrors = digits < 1000;
    settings.flipsKept = digits;
    EvaluationData data;
    data.inputs = test.get();
    data.order = firstOnes(digits);
    data.labels = test->labels();
    data.calibration = calibration.get();
    data.calibrationOrder = firstOnes(calibration->count());
    return evaluate(loadRunModel(root + "digits.onnx"), settings, data);
}

struct Point
{
    const char* name;
    const char* scheme;
    QuantizationMode mode = QuantizationMode::Static;
};

const Point points[] = {
    {"8-bit static", "bits=8,granularity=channel,act=8"},
    {"8-bit dynamic", "bits=8,granularity=channel,act=8,act.range=dynamic", QuantizationMode::Dynamic},
    {"4-bit", "bits=4,granularity=channel,act=8"},
    {"4-bit GPTQ", "bits=4,granularity=channel,algorithm=gptq,act=8"},
    {"3-bit", "bits=3,granularity=channel,act=8"},
    {"3-bit GPTQ", "bits=3,granularity=channel,algorithm=gptq,act=8"},
    {"2-bit", "bits=2,granularity=channel,range=mse,act=8"},
    {"ternary", "format=ternary,granularity=channel,act=8"},
    {"binary", "format=binary,granularity=channel,act=8"},
};

using Results = std::map<std::string, Evaluation>;

Results allPoints(Engine engine)
{
    Results results;
    for (const Point& point : points)
        results.emplace(point.name, evaluated(point.scheme, point.mode, engine));
    return results;
}

const Answers& answersOf(const Results& results, const std::string& name)
{
    return results.at(name).judgement.answers.value();
}

double sqnrOf(const Evaluation& evaluation) { return evaluation.judgement.outputs.front().error.sqnrDb; }

/// Of two quantized networks on the same digits, from what each changed of the float one's answers (all changes are kept).
PairedAnswers paired(const Answers& first, const Answers& second)
{
    std::map<std::size_t, std::pair<const FlippedAnswer*, const FlippedAnswer*>> changed;
    for (const FlippedAnswer& flip : first.flipped)
        changed[flip.sample].first = &flip;
    for (const FlippedAnswer& flip : second.flipped)
        changed[flip.sample].second = &flip;
    PairedAnswers result{first.agreement.samples, first.accuracyAfter.count, 0, 0};
    for (const auto& [sample, flips] : changed) {
        const FlippedAnswer& any = flips.first ? *flips.first : *flips.second;
        const auto right = [&](const FlippedAnswer* flip) {
            return (flip ? flip->after : any.before) == any.label;
        };
        result.lost += right(flips.first) && !right(flips.second);
        result.gained += !right(flips.first) && right(flips.second);
    }
    return result;
}

bool provenWorse(const Answers& before, const Answers& after)
{
    return paired(before, after).differenceCi95().high < 0;
}

} // namespace

class TestAccuracy : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void accuraciesLieInTheirBands_data() { engines(); }
    void accuraciesLieInTheirBands();
    void enginesAgree();
    void anythingAgainIsTheSame_data();
    void anythingAgainIsTheSame();

private:
    static void engines()
    {
        QTest::addColumn<int>("engine");
        QTest::newRow("fake") << int(Engine::Fake);
        QTest::newRow("integer") << int(Engine::Integer);
    }
    const Results& results(Engine engine)
    {
        auto& kept = m_results[engine];
        if (!kept)
            kept = allPoints(engine);
        return *kept;
    }
    std::map<Engine, std::optional<Results>> m_results;
};

void TestAccuracy::accuraciesLieInTheirBands()
{
    QFETCH(int, engine);
    const Results& all = results(Engine(engine));
    const auto accuracy = [&](const char* name) { return answersOf(all, name).accuracyAfter.value(); };
    for (const Point& point : points) {
        const Evaluation& evaluation = all.at(point.name);
        qInfo("%s: %.3f, lost %d, gained %d, %.2f dB", point.name, accuracy(point.name),
              int(evaluation.judgement.answers->paired.lost),
              int(evaluation.judgement.answers->paired.gained), sqnrOf(evaluation));
        for (const Replacement& replacement : evaluation.replacements)
            QVERIFY2(replacement.replaced, replacement.reason.c_str());
    }

    // fp32: what the sample's description says, 992; one digit may tip with another machine's order of summation.
    const Answers& eight = answersOf(all, "8-bit static");
    QCOMPARE(eight.agreement.samples, std::uint64_t{1000});
    QVERIFY(eight.accuracyBefore.count >= 991 && eight.accuracyBefore.count <= 993);
    const Bounds fp32 = eight.accuracyBefore.ci95();

    // 8 bits: a uniform full-scale signal has 48.1 dB; values that reach 4σ have 20·log10(4/√3) = 7 dB less, weights and activations both add
    // noise, 3 dB, and each of the ten layers as much again at worst, 10 dB. At 28 dB noise is a 25th of the logits' size and moves only
    // answers that were all but open: fewer than the 6 that could be proven.
    for (const char* name : {"8-bit static", "8-bit dynamic"}) {
        QVERIFY(sqnrOf(all.at(name)) > 28);
        const PairedAnswers& changes = answersOf(all, name).paired;
        QVERIFY(changes.lost + changes.gained < 6);
        QVERIFY(accuracy(name) > fp32.low && accuracy(name) < fp32.high);
    }
    // A range of each sample's own is never wider than that of all: dynamic loses nothing that could be proven.
    QVERIFY(!provenWorse(eight, answersOf(all, "8-bit dynamic")));

    // 4 bits: 20·log10(255/15) = 24.6 dB less of the weights' part, so more than 28 - 24.6 dB are left. Noise below the signal moves answers
    // that were close, a few of the thousand: two of a hundred at most, interval included.
    QVERIFY(sqnrOf(all.at("4-bit")) > 28 - 24.6 && sqnrOf(all.at("4-bit")) < sqnrOf(all.at("8-bit static")));
    QVERIFY(answersOf(all, "4-bit").paired.differenceCi95().low > -0.02);
    // GPTQ minimizes the error of layers' outputs on calibration data: less noise, and no worse an answer within the paired interval.
    for (const char* bits : {"4-bit", "3-bit"}) {
        const std::string gptq = std::string(bits) + " GPTQ";
        QVERIFY(sqnrOf(all.at(gptq)) > sqnrOf(all.at(bits)));
        QVERIFY(!provenWorse(answersOf(all, bits), answersOf(all, gptq)));
    }
    // 3 bits: 20·log10(15/7) = 6.6 dB below 4 bits; half of that is asked for. Noise a sixth of the logits' size: still few answers.
    QVERIFY(sqnrOf(all.at("3-bit")) < sqnrOf(all.at("4-bit")) - 3);
    QVERIFY(accuracy("3-bit") > 0.95);

    // 2 bits and ternary are both -s, 0, s: noise as large as the signal. Much is lost, provably, yet not everything.
    for (const char* name : {"2-bit", "ternary"}) {
        QVERIFY(provenWorse(answersOf(all, "3-bit"), answersOf(all, name)));
        QVERIFY(answersOf(all, name).accuracyAfter.ci95().low > chance);
        QVERIFY(sqnrOf(all.at(name)) < 7);
    }
    // Binary has no zero and was not trained for: its answers know next to nothing of the digit, one answer to all is chance.
    QVERIFY(answersOf(all, "binary").accuracyAfter.ci95().low < 2 * chance);
    QVERIFY(provenWorse(answersOf(all, "ternary"), answersOf(all, "binary")));
}

void TestAccuracy::enginesAgree()
{
    std::vector<double> p;
    for (const Point& point : points) {
        const Answers& fake = answersOf(results(Engine::Fake), point.name);
        const Answers& integer = answersOf(results(Engine::Integer), point.name);
        // Codes of activations one off, as rounding makes them, are noise well below that of 8 bits: it shows where answers are open.
        const PairedAnswers difference = paired(fake, integer);
        qInfo("%s: integers lose %d and gain %d of the answers of fake", point.name, int(difference.lost),
              int(difference.gained));
        p.push_back(mcnemarP(difference.lost, difference.gained));
        QVERIFY2(difference.lost + difference.gained <= 30, point.name);
        const double fakeDb = sqnrOf(results(Engine::Fake).at(point.name));
        const double integerDb = sqnrOf(results(Engine::Integer).at(point.name));
        QVERIFY2(std::abs(fakeDb - integerDb) < 0.5, point.name);
    }
    // Many schemes, one question: by Holm's rule no difference is proven.
    const std::vector<double> adjusted = holmAdjusted(p);
    for (std::size_t i = 0; i < adjusted.size(); ++i)
        QVERIFY2(adjusted[i] > 0.05, points[i].name);
}

void TestAccuracy::anythingAgainIsTheSame_data() { engines(); }

void TestAccuracy::anythingAgainIsTheSame()
{
    QFETCH(int, engine);
    // 256 digits: whole batches of 16, of which each thread may take its part.
    const auto once = [&](int threads) {
        std::optional<Evaluation> result;
        onThreads(threads, [&] {
            result = evaluated("bits=4,granularity=channel,algorithm=gptq,act=8,act.range=mse",
                               QuantizationMode::Static, Engine(engine), 256, threads);
        });
        return *result;
    };
    const Evaluation first = once(1);
    for (const int threads : {1, 2}) {
        const Evaluation again = once(threads);
        const NetworkError& a = first.judgement.outputs.front().error;
        const NetworkError& b = again.judgement.outputs.front().error;
        QCOMPARE(b.sqnrDb, a.sqnrDb);
        QVERIFY(a.sqnrCi95 == b.sqnrCi95 && a.cosine == b.cosine && a.maxError == b.maxError);
        QVERIFY(first.judgement.answers->paired == again.judgement.answers->paired);
        QVERIFY(first.judgement.answers->agreement == again.judgement.answers->agreement);
        QCOMPARE(again.judgement.kl->mean, first.judgement.kl->mean);
        QCOMPARE(again.layers.size(), first.layers.size());
        for (std::size_t i = 0; i < first.layers.size(); ++i) {
            QCOMPARE(again.layers[i].accumulated->noise, first.layers[i].accumulated->noise);
            QCOMPARE(again.layers[i].local->noise, first.layers[i].local->noise);
            QVERIFY(again.quantized.layers[i].scheme == first.quantized.layers[i].scheme);
        }
    }
}

QTEST_APPLESS_MAIN(TestAccuracy)
#include "tst_accuracy.moc"
