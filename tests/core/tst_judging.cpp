// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/judge.h"
#include "core/report/judgingrows.h"
#include "core/support/error.h"

#include <QTest>

#include <cmath>

using namespace quantoscope;

namespace {

bool near(double value, double wanted, double relative = 1e-12)
{
    return std::abs(value - wanted) <= relative * std::abs(wanted);
}

using Row = std::vector<float>;
using Codes = std::vector<std::uint32_t>;

constexpr std::size_t steps = 25, vocabulary = 7;

/// A made-up language model's outputs; `off` ones are those of a quantized one.
Row tokenLogits(bool off)
{
    Row values;
    for (std::size_t i = 0; i < steps * vocabulary; ++i)
        values.push_back(static_cast<float>(i * 37 % 101) / 16 - 3
                         + (off ? (static_cast<float>(i * 53 % 29) - 14) / 8 : 0));
    return values;
}

std::vector<std::int64_t> tokenIds()
{
    std::vector<std::int64_t> ids;
    for (std::size_t t = 0; t < steps; ++t)
        ids.push_back(static_cast<std::int64_t>(t * 5 % vocabulary));
    return ids;
}

/// One probability row for each class, nearly sure of it.
Row spelled(const Codes& classes)
{
    Row values;
    for (const std::uint32_t wanted : classes)
        for (std::uint32_t k = 0; k < 4; ++k)
            values.push_back(k == wanted ? 0.97f : 0.01f);
    return values;
}

Judge judgeOf(std::vector<std::string> outputs = {"y"})
{
    JudgeOptions options;
    options.outputs = std::move(outputs);
    return Judge(std::move(options));
}

/// One sample of one output.
void add(Judge& judge, std::size_t sample, const Shape& shape, const Row& reference, const Row& quantized,
         const Truth& truth = {})
{
    const JudgedValues values{shape, reference, quantized};
    judge.add(sample, {&values, 1}, truth);
}

QString messageOf(const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

class TestJudging : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void sequencesAreThoseOfNumpy_data();
    void sequencesAreThoseOfNumpy();
    void uniformLogitsHaveThePerplexityOfTheVocabulary();
    void sequencesRefuseWhatDoesNotFit();
    void positionsWithoutADistributionAreLeftOut();
    void percentilesAreLinear();
    void ctcIsReadGreedily();
    void editDistanceCountsTheFewestEdits_data();
    void editDistanceCountsTheFewestEdits();
    void textsAreCompared();
    void meaningFollowsTheShape_data();
    void meaningFollowsTheShape();
    void classesAreJudgedAndWritten();
    void withoutLabelsTheReasonIsGiven();
    void textIsJudgedAgainstTheTruth();
    void tokensAreJudgedAndWritten();
    void plainNumbersHaveNoAnswers();
    void anEmptyJudgementIsWritten();
    void measurementsAreWritten();
    void judgeRefusesWhatDoesNotFit();
};

// numpy and scipy on the arrays above: log_softmax, rel_entr, percentile; √(var/(n - 1)); the covariance form of the ratio
void TestJudging::sequencesAreThoseOfNumpy_data()
{
    QTest::addColumn<std::size_t>("first");
    QTest::addColumn<std::vector<double>>("wanted");
    QTest::newRow("all positions") << std::size_t{
        0} << std::vector<double>{13.5694016551676,  3.01218902964463,  16.0957104863588,  4.29172829091279,
                                  0.170735427406434, 0.198959079828707, 1.18617687760972,  0.236000660083318,
                                  0.364269831359525, 0.025346524377871, 0.408995781118474, 0.491152312298173,
                                  0.496042036463107, 0.502182997635279, 0.503759563602382, 0.458333333333333,
                                  0.103894572166229};
    QTest::newRow("the second half") << std::size_t{
        12} << std::vector<double>{21.0010474490368,   5.32563255778428,  23.2925922107461,
                                   9.48403269479037,   0.103563064146562, 0.280693605831439,
                                   1.10911573659696,   0.311321695389792, 0.407725284536895,
                                   0.0240961250389656, 0.432579188348079, 0.491024558602026,
                                   0.491152312298173,  0.491152312298173, 0.491152312298173,
                                   0.333333333333333,  0.14213381090374};
}

void TestJudging::sequencesAreThoseOfNumpy()
{
    QFETCH(std::size_t, first);
    QFETCH(std::vector<double>, wanted);
    SequenceSum sum(OutputKind::Logits);
    sum.add(0, tokenLogits(false), tokenLogits(true), tokenIds(), first);
    const SequenceStats s = sum.result();
    QCOMPARE(s.positions, steps - 1 - first);
    const std::vector<double> found = {s.perplexityBefore.value,
                                       s.perplexityBefore.error,
                                       s.perplexityAfter.value,
                                       s.perplexityAfter.error,
                                       s.lnRatio.value,
                                       s.lnRatio.error,
                                       s.ratio.value,
                                       s.ratio.error,
                                       s.kld.value,
                                       s.kld.error,
                                       s.kldMedian,
                                       s.kldP90,
                                       s.kldP95,
                                       s.kldP99,
                                       s.kldMax,
                                       s.sameTop.value,
                                       s.sameTop.error};
    for (std::size_t i = 0; i < wanted.size(); ++i)
        QVERIFY2(near(found[i], wanted[i], 1e-11),
                 qPrintable(QString("figure %1: %2").arg(i).arg(found[i], 0, 'g', 17)));
}

void TestJudging::uniformLogitsHaveThePerplexityOfTheVocabulary()
{
    const Row flat(5 * 8, 3.0f);
    const std::vector<std::int64_t> ids = {0, 7, 3, 3, 1};
    SequenceSum sum(OutputKind::Logits);
    sum.add(0, flat, flat, ids);
    const SequenceStats stats = sum.result();
    QCOMPARE(stats.positions, 4u);
    QVERIFY(near(stats.perplexityBefore.value, 8) && stats.perplexityBefore.error == 0);
    QCOMPARE(stats.sameTop.value, 1.0);
    QVERIFY(std::isnan(SequenceSum(OutputKind::Logits).result().perplexityAfter.value));
}

void TestJudging::sequencesRefuseWhatDoesNotFit()
{
    SequenceSum sum(OutputKind::Logits);
    const Row values(12);
    QVERIFY(messageOf([&] {
                sum.add(3, values, values, std::vector<std::int64_t>{0, 4, 0});
            }).contains("sample 3 has the token id 4 at position 1"));
    QVERIFY(
        messageOf([&] { sum.add(3, values, values, std::vector<std::int64_t>(5)); }).contains("5 token ids"));
    QVERIFY(messageOf([&] { sum.add(3, values, values, {}); }).contains("0 token ids"));
}

void TestJudging::positionsWithoutADistributionAreLeftOut()
{
    Row broken = tokenLogits(true);
    broken[0] = std::nanf("");
    broken[vocabulary] = -HUGE_VALF; // an infinite divergence
    SequenceSum sum(OutputKind::Logits);
    sum.add(0, tokenLogits(false), broken, tokenIds());
    QCOMPARE(sum.result().leftOut, 2u);
    QCOMPARE(sum.result().positions, steps - 3);
}

void TestJudging::percentilesAreLinear()
{
    const std::vector<double> sorted = {1, 2, 4, 8, 16};
    QCOMPARE(percentileOf(sorted, 0), 1.0);
    QCOMPARE(percentileOf(sorted, 0.5), 4.0);
    QCOMPARE(percentileOf(sorted, 0.875), 12.0);
    QCOMPARE(percentileOf(sorted, 1), 16.0);
    QVERIFY(std::isnan(percentileOf({}, 0.5)));
}

void TestJudging::ctcIsReadGreedily()
{
    QCOMPARE(greedyText(spelled({0, 1, 1, 0, 1, 2, 2, 3, 0}), 4), (Codes{1, 1, 2, 3}));
    QCOMPARE(greedyText(spelled({0, 0}), 4), Codes{});
    QCOMPARE(greedyText(spelled({1, 3, 3, 1}), 4, 3), (Codes{1, 1})); // another blank
    QCOMPARE(greedyText({}, 4), Codes{});
}

void TestJudging::editDistanceCountsTheFewestEdits_data()
{
    QTest::addColumn<QString>("a");
    QTest::addColumn<QString>("b");
    QTest::addColumn<std::size_t>("distance");
    QTest::newRow("two empty texts") << ""
                                     << "" << std::size_t{0};
    QTest::newRow("all inserted") << ""
                                  << "abc" << std::size_t{3};
    QTest::newRow("the textbook's pair") << "kitten"
                                         << "sitting" << std::size_t{3};
    QTest::newRow("one deleted in the middle") << "quantoscope"
                                               << "quantscope" << std::size_t{1};
    QTest::newRow("a swap is two") << "ab"
                                   << "ba" << std::size_t{2};
    QTest::newRow("the same") << "intention"
                              << "intention" << std::size_t{0};
    QTest::newRow("another textbook's pair") << "intention"
                                             << "execution" << std::size_t{5};
}

void TestJudging::editDistanceCountsTheFewestEdits()
{
    QFETCH(QString, a);
    QFETCH(QString, b);
    QFETCH(std::size_t, distance);
    const auto codes = [](const QString& text) {
        Codes list;
        for (const QChar c : text)
            list.push_back(c.unicode());
        return list;
    };
    QCOMPARE(editDistance(codes(a), codes(b)), distance);
    QCOMPARE(editDistance(codes(b), codes(a)), distance);
}

void TestJudging::textsAreCompared()
{
    TextSum sum;
    sum.add(Codes{1, 2, 3, 4}, Codes{1, 2, 3, 4});
    sum.add(Codes{1, 2, 3, 4}, Codes{1, 3, 4});
    sum.add(Codes{}, Codes{});
    sum.add(Codes{}, Codes{7, 7});
    const TextStats stats = sum.result();
    QCOMPARE(stats.equal, (Proportion{2, 4}));
    QVERIFY(near(stats.editDistance, (0 + 0.25 + 0 + 1) / 4));
    QVERIFY(std::isnan(TextSum().result().editDistance));
}

void TestJudging::meaningFollowsTheShape_data()
{
    QTest::addColumn<Shape>("shape");
    QTest::addColumn<bool>("tokens");
    QTest::addColumn<Row>("values");
    QTest::addColumn<int>("meaning");
    const auto row = [](const char* name, Shape shape, bool tokens, Row values, OutputMeaning meaning) {
        QTest::newRow(name) << std::move(shape) << tokens << std::move(values) << static_cast<int>(meaning);
    };
    row("a row of classes", {10}, false, Row(10), OutputMeaning::Classes);
    row("a row behind dimensions of 1", {1, 10, 1}, false, Row(10), OutputMeaning::Classes);
    row("a single number", {1}, false, Row(1), OutputMeaning::Values);
    row("a scalar", {}, false, Row(1), OutputMeaning::Values);
    row("token logits", {6, 7}, true, Row(42), OutputMeaning::Tokens);
    row("the same without ids", {6, 7}, false, Row(42), OutputMeaning::Values);
    row("distributions over time", {2, 4}, false, spelled({1, 2}), OutputMeaning::Text);
    row("distributions over two classes", {2, 2}, false, {0.5f, 0.5f, 1, 0}, OutputMeaning::Values);
    row("an image", {3, 4, 5}, false, Row(60), OutputMeaning::Values);
}

void TestJudging::meaningFollowsTheShape()
{
    QFETCH(Shape, shape);
    QFETCH(bool, tokens);
    QFETCH(Row, values);
    QFETCH(int, meaning);
    QCOMPARE(static_cast<int>(meaningOf(shape, tokens, values)), meaning);
}

void TestJudging::classesAreJudgedAndWritten()
{
    JudgeOptions options;
    options.outputs = {"features", "logits"};
    options.judged = 1;
    Judge judge(options);
    const Row features = {1, 2}, off = {1, 3};
    const Row yes = {2, 0, 1}, no = {0, 2, 1};
    for (std::size_t sample = 0; sample < 4; ++sample) {
        const JudgedValues values[] = {{{2}, features, off}, {{3}, yes, sample == 2 ? no : yes}};
        judge.add(sample, values, {.label = 0});
    }
    Json json;
    addJudgement(json, judge.result());
    QVERIFY(json["samples"] == 4 && json["judgedOutput"] == "logits");
    QVERIFY(json["fp32"]["accuracy"] == 1.0 && json["quantized"]["accuracy"] == 0.75);
    QVERIFY(json["fp32"]["accuracyCi95"].size() == 2 && json["fp32"]["top5"].is_null());
    QVERIFY(json["fp32"]["top5Reason"] == "5 classes or fewer");
    QVERIFY(json["lost"] == 1 && json["gained"] == 0 && json["mcnemarP"] == 1.0 && json["agreement"] == 0.75);
    QVERIFY(json["accuracyDifference"] == -0.25 && json["accuracyDifferenceCi95"][0] < -0.25);
    QVERIFY(json["provable"]["smallestDrop"].is_null() && json["provable"]["proven"] == false);
    QVERIFY(near(json["outputSqnrDb"].get<double>(), 10 * std::log10(20.0 / 8)));
    QVERIFY(near(json["outputs"][0]["sqnrDb"].get<double>(), 10 * std::log10(5.0)));
    QVERIFY(json["flips"] == 1 && json["flipped"][0]["sample"] == 2 && json["flipped"][0]["label"] == 0);
    QVERIFY(json["flipped"][0]["before"] == 0 && json["flipped"][0]["after"] == 1);
    QVERIFY(json["flipped"][0]["topsAfter"][0]["class"] == 1);
    // Of p = softmax(2, 0, 1) and the same with two places swapped: Σ p·ln(p/q) = 2·(p0 - p1), on one sample of four.
    const double share = (std::exp(2) - 1) / (std::exp(2) + 1 + std::exp(1));
    QVERIFY(near(json["klSoftmax"].get<double>(), 2 * share / 4));
    QVERIFY(json["timeNs"]["ort"].is_null() && json["timeNs"]["ortReason"] == "not measured");
    QVERIFY(json["peakBytes"].is_null() && !json.contains("perplexity") && !json.contains("mcnemarHolm"));
}

void TestJudging::withoutLabelsTheReasonIsGiven()
{
    Judge judge = judgeOf();
    add(judge, 0, {3}, {1, 2, 3}, {1, 2, 3});
    Json json;
    addJudgement(json, judge.result());
    QVERIFY(json["fp32"]["accuracy"].is_null() && json["fp32"]["accuracyReason"] == "no labels");
    QVERIFY(json["lost"].is_null() && json["lostReason"] == "no labels" && json["provable"].is_null());
    QVERIFY(json["outputSqnrDb"].is_null() && json["outputSqnrDbReason"] == "exact");
    QVERIFY(json["agreement"] == 1.0 && json["klSoftmax"] == 0.0);
}

void TestJudging::textIsJudgedAgainstTheTruth()
{
    Judge judge = judgeOf();
    const Codes truth = {1, 2};
    add(judge, 0, {3, 4}, spelled({1, 0, 2}), spelled({1, 0, 3}), {.text = truth});
    Json json;
    addJudgement(json, judge.result());
    QVERIFY(json["textEqual"] == 0.0 && json["editDistance"] == 0.5);
    QVERIFY(json["textTruth"]["fp32"]["equal"] == 1.0
            && json["textTruth"]["quantized"]["editDistance"] == 0.5);
    QVERIFY(json["agreementReason"] == "a text: see textEqual");
    QVERIFY(json["klSoftmax"].get<double>() > 1);
}

void TestJudging::tokensAreJudgedAndWritten()
{
    Judge judge = judgeOf();
    const std::vector<std::int64_t> ids = tokenIds();
    add(judge, 0, {steps, vocabulary}, tokenLogits(false), tokenLogits(true), {.tokens = ids});
    Json json;
    addJudgement(json, judge.result());
    QVERIFY(near(json["perplexity"]["quantized"].get<double>(), 16.0957104863588));
    QVERIFY(near(json["kld"]["p90"].get<double>(), 0.491152312298173));
    QVERIFY(near(json["sameTop1"].get<double>(), 11.0 / 24));
    QVERIFY(json["perplexity"]["positions"] == 24 && json["flips"].is_null());
}

void TestJudging::plainNumbersHaveNoAnswers()
{
    Judge judge = judgeOf();
    add(judge, 0, {2, 1, 2}, {1, 2, 3, 4}, {1, 2, 3, 5});
    Json json;
    addJudgement(json, judge.result());
    QVERIFY(near(json["outputSqnrDb"].get<double>(), 10 * std::log10(30)));
    QVERIFY(json["klSoftmaxReason"] == "the output of shape 2×1×2 is no row of classes");
    QVERIFY(json["outputSqnrCi95"].is_null() && json["outputSqnrCi95Reason"] == "needs 2 samples");
}

void TestJudging::anEmptyJudgementIsWritten()
{
    Json json;
    addJudgement(json, judgeOf().result());
    QVERIFY(json["samples"] == 0 && json["outputSqnrDbReason"] == "no finite elements");
    QVERIFY(json["agreementReason"] == "no samples");
    Json bare;
    addJudgement(bare, Judgement{});
    QVERIFY(bare["outputSqnrDb"].is_null() && bare["outputs"].empty());
}

void TestJudging::measurementsAreWritten()
{
    Judgement judgement;
    judgement.timesNs.ours = latencyStats({100, 200, 300});
    judgement.peakBytes = 123;
    judgement.work = {{"conv", {1000, 4, 8}}};
    judgement.repeated = {{"accuracy", repeatStats(std::vector<double>{0.5, 0.7})}};
    Json json;
    addJudgement(json, judgement);
    QVERIFY(json["timeNs"]["ours"] == 200.0 && json["timePercentilesNs"]["ours"]["p95"] == 290.0);
    QVERIFY(!json["timePercentilesNs"].contains("fp32") && json["peakBytes"] == 123);
    QVERIFY(json["bitOperations"]["modelled"] == true && json["bitOperations"]["total"] == 32000.0);
    QVERIFY(json["bitOperations"]["fp32Total"] == 1024000.0);
    QVERIFY(near(json["repeated"]["accuracy"]["mean"].get<double>(), 0.6));
}

void TestJudging::judgeRefusesWhatDoesNotFit()
{
    Judge judge = judgeOf();
    QVERIFY(messageOf([&] {
                add(judge, 4, {3}, {1, 2, 3}, {1, 2});
            }).contains("sample 4: output 'y' of shape 3"));
    QVERIFY(messageOf([&] { add(judge, 4, {4}, {1, 2, 3}, {1, 2, 3}); }).contains("has 3 values"));
    QVERIFY(messageOf([&] { judge.add(5, {}); }).contains("sample 5: 0 outputs came where 1"));
    QVERIFY(messageOf([&] { add(judge, 6, {2}, {1, 2}, {1, 2}, {.label = 9}); }).contains("label 9"));
    QVERIFY(messageOf([] { judgeOf({}); }).contains("output 0 was to be judged"));
    JudgeOptions options;
    options.outputs = {"y"};
    options.meaning = OutputMeaning::Tokens;
    Judge tokens(options);
    QVERIFY(messageOf([&] { add(tokens, 0, {1, 2}, {1, 2}, {1, 2}); }).contains("need token ids"));
}

QTEST_APPLESS_MAIN(TestJudging)
#include "tst_judging.moc"
