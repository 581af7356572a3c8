// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/answers.h"
#include "core/metrics/judging/networkerror.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <QTest>

#include <cmath>

using namespace quantoscope;

namespace {

constexpr float inf = HUGE_VALF;
const float nan32 = std::nanf("");

bool near(double value, double wanted, double relative = 1e-12)
{
    return std::abs(value - wanted) <= relative * std::abs(wanted);
}

double ratio(double a, double b) { return a / b; }
double decibels(double a, double b) { return 10 * std::log10(a / b); }

using Row = std::vector<float>;

NetworkError errorOf(const Row& reference, const Row& quantized)
{
    NetworkErrorSum sum;
    sum.add(reference, quantized);
    return sum.result();
}

/// Three rows of four logits, and the same a little off.
const Row logits = {1.5f, -2, 0.25f, 3, 0, 0, 0, 0, 100, 99, -50, 2};
const Row offLogits = {1.25f, -1.5f, 0.5f, 3.25f, 0.5f, 0, -0.5f, 0, 98, 99.5f, -40, 1};

std::vector<float> softmaxOf(const Row& row)
{
    double sum = 0;
    for (const float x : row)
        sum += std::exp(static_cast<double>(x));
    Row p;
    for (const float x : row)
        p.push_back(static_cast<float>(std::exp(static_cast<double>(x)) / sum));
    return p;
}

} // namespace

class TestJudgingOutputs : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void errorIsThatOfNumpy();
    void sumsComeBeforeTheRatio();
    void exactAndSilentOutputsHaveAReason();
    void whatIsNotFiniteIsCountedAndLeftOut();
    void lengthsOfAnySizeAreSummed();
    void bootstrapIsThatOfAnotherProgram();
    void bootstrapOfTheMeanIsAsWideAsTheory();
    void bootstrapDoesNotDependOnThreads();
    void bootstrapKnowsItsLimits();
    void divergenceIsThatOfScipy();
    void divergenceOfProbabilitiesIsThatOfTheirLogits();
    void zeroProbabilitiesCountAsTheSmallestFloat();
    void maskedClassesCountForNothing();
    void rowsWithoutADistributionAreLeftOut();
    void kindIsRecognized_data();
    void kindIsRecognized();
    void theTopClassIsTheLowestOfEquals();
    void topFiveBreaksTiesByClass();
    void answersAreCounted();
    void fiveClassesHaveNoTopFive();
    void theSurestFlipsAreKept();
    void labelsBeyondTheClassesAreRefused();
};

// numpy, float64 sums: 10*log10((y**2).sum()/((q-y)**2).sum()), (y*q).sum()/norm(y)/norm(q)
void TestJudgingOutputs::errorIsThatOfNumpy()
{
    const NetworkError error = errorOf(logits, offLogits);
    QVERIFY(near(error.sqnrDb, 23.2262687452175) && near(error.cosine, 0.997936359844629));
    QCOMPARE(error.maxError, 10.0);
    QCOMPARE(error.elements, 12u);
    QVERIFY(error.sqnrReason.empty());
}

void TestJudgingOutputs::sumsComeBeforeTheRatio()
{
    NetworkErrorSum sum;
    sum.add(Row{3, 4}, Row{3, 5});
    sum.add(Row{0, 0}, Row{0, 2});
    const NetworkError error = sum.result();
    QVERIFY(near(error.sqnrDb, decibels(25, 5)));
    QVERIFY(near(error.cosine, 29 / std::sqrt(25.0 * 38)));
    QCOMPARE(error.maxError, 2.0);
    QCOMPARE(error.samples, 2u);
    QCOMPARE(sum.signalPowers(), (std::vector<double>{25, 0}));
    QCOMPARE(sum.noisePowers(), (std::vector<double>{1, 4}));
}

void TestJudgingOutputs::exactAndSilentOutputsHaveAReason()
{
    QCOMPARE(errorOf({1, 2}, {1, 2}).sqnrReason, std::string_view("exact"));
    QVERIFY(std::isnan(errorOf({1, 2}, {1, 2}).sqnrDb) && near(errorOf({1, 2}, {1, 2}).cosine, 1));
    QCOMPARE(errorOf({0, 0}, {1, 2}).sqnrReason, std::string_view("zero signal"));
    QVERIFY(std::isnan(errorOf({0, 0}, {1, 2}).cosine));
    QCOMPARE(errorOf({}, {}).sqnrReason, std::string_view("no finite elements"));
    QVERIFY(std::isnan(errorOf({}, {}).maxError));
    QCOMPARE(NetworkErrorSum().result().sqnrReason, std::string_view("no finite elements"));
    // squares beyond float32
    QVERIFY(near(errorOf({3e38f}, {0}).sqnrDb + 1, 1) && std::isnan(errorOf({3e38f}, {0}).cosine));
}

void TestJudgingOutputs::whatIsNotFiniteIsCountedAndLeftOut()
{
    const NetworkError error = errorOf({3, nan32, 1, inf, 4, inf}, {3, 1, inf, inf, 5, nan32});
    QCOMPARE(error.elements, 2u);
    QCOMPARE(error.nanCount, 2u);
    QCOMPARE(error.infCount, 2u);
    QCOMPARE(error.broken, 1u);
    QVERIFY(near(error.sqnrDb, decibels(25, 1)));
    QCOMPARE(errorOf({nan32}, {1}).sqnrReason, std::string_view("no finite elements"));
}

void TestJudgingOutputs::lengthsOfAnySizeAreSummed()
{
    for (std::size_t n = 1; n <= 33; ++n) {
        Row y, q;
        double signal = 0;
        for (std::size_t i = 1; i <= n; ++i) {
            y.push_back(static_cast<float>(i));
            q.push_back(static_cast<float>(i) + 1);
            signal += static_cast<double>(i * i);
        }
        QVERIFY(near(errorOf(y, q).sqnrDb, decibels(signal, static_cast<double>(n))));
    }
}

// Plain Python with integers modulo 2^64: idx = (mix(mix(seed + g*(r+1)) + g*(i+1))*n) >> 64, numpy.percentile(r, [2.5, 97.5])
void TestJudgingOutputs::bootstrapIsThatOfAnotherProgram()
{
    const std::vector<double> a = {1, 2, 3, 4, 10};
    const Bounds mean = bootstrapMean(a);
    QVERIFY(near(mean.low, 1.8) && near(mean.high, 7));
    const std::vector<double> signal = {4, 9, 1, 16, 25, 2, 8};
    const std::vector<double> noise = {0.5, 1, 0.25, 0.125, 2, 0.5, 1};
    const Bounds sqnr = bootstrapInterval(signal, noise, decibels);
    QVERIFY(near(sqnr.low, 8.3614319736133034) && near(sqnr.high, 13.440876454546881));
}

void TestJudgingOutputs::bootstrapOfTheMeanIsAsWideAsTheory()
{
    // 1 … 1000: the mean of a resample has the deviation √((n² - 1)/12)/√n; 1,000 resamples know its percentiles to about 5 %.
    std::vector<double> values(1000);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<double>(i + 1);
    const double half = 1.96 * std::sqrt((1e6 - 1) / 12 / 1000);
    const Bounds bounds = bootstrapMean(values);
    QVERIFY(std::abs((bounds.high - bounds.low) / (2 * half) - 1) < 0.12);
    QVERIFY(std::abs((bounds.high + bounds.low) / 2 - 500.5) < 0.12 * half);
    QVERIFY(!(bounds == bootstrapMean(values, {.seed = 2})));
}

void TestJudgingOutputs::bootstrapDoesNotDependOnThreads()
{
    std::vector<double> a, b;
    for (int i = 0; i < 501; ++i) {
        a.push_back(1 + i * 37 % 101);
        b.push_back(0.1 + i * 53 % 29);
    }
    const Bounds many = bootstrapInterval(a, b, ratio);
    const ThreadLimit one(1);
    QVERIFY(many == bootstrapInterval(a, b, ratio));
}

void TestJudgingOutputs::bootstrapKnowsItsLimits()
{
    const std::vector<double> one = {1}, zeros = {0, 0, 0}, some = {1, 2, 3};
    QVERIFY(std::isnan(bootstrapMean(one).low) && std::isnan(bootstrapMean({}).high));
    QVERIFY(std::isnan(bootstrapInterval(zeros, zeros, ratio).low)); // no resample has a statistic
    QVERIFY(std::isnan(bootstrapInterval(some, zeros, ratio).low));  // all are infinite
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Cancelled, bootstrapMean(some, {}, stop.get_token()));
}

// scipy 1.10: rel_entr(softmax(y, axis=1), softmax(q, axis=1)).sum(1)
void TestJudgingOutputs::divergenceIsThatOfScipy()
{
    const double wanted[] = {0.0162439335104847, 0.0618596072403227, 0.715798037039542};
    KlSoftmaxSum all(OutputKind::Logits);
    for (std::size_t row = 0; row < 3; ++row) {
        const auto y = std::span(logits).subspan(4 * row, 4);
        const auto q = std::span(offLogits).subspan(4 * row, 4);
        KlSoftmaxSum one(OutputKind::Logits);
        one.add(y, q, 4);
        all.add(y, q, 4);
        QVERIFY(near(one.result().mean, wanted[row]));
    }
    const KlSoftmax kl = all.result();
    QVERIFY(near(kl.mean, 0.26463385926345) && near(kl.max, wanted[2]));
    QVERIFY(kl.ci95.low >= wanted[0] - 1e-15 && kl.ci95.high <= wanted[2] + 1e-15
            && kl.ci95.low < kl.ci95.high);
    KlSoftmaxSum rows(OutputKind::Logits); // a sample of several rows is their mean
    rows.add(logits, offLogits, 4);
    QVERIFY(near(rows.result().mean, 0.26463385926345));
    QCOMPARE(rows.result().samples, 1u);
}

void TestJudgingOutputs::divergenceOfProbabilitiesIsThatOfTheirLogits()
{
    const Row y(logits.begin(), logits.begin() + 4);
    const Row q(offLogits.begin(), offLogits.begin() + 4);
    KlSoftmaxSum sum(OutputKind::Probabilities);
    sum.add(softmaxOf(y), softmaxOf(q), 4);
    QVERIFY(near(sum.result().mean, 0.0162439335104847, 1e-5)); // probabilities rounded to float
}

void TestJudgingOutputs::zeroProbabilitiesCountAsTheSmallestFloat()
{
    KlSoftmaxSum sum(OutputKind::Probabilities);
    sum.add(Row{0.5f, 0.5f}, Row{1, 0}, 2);
    QVERIFY(near(sum.result().mean, std::log(0.5) + 0.5 * 149 * std::log(2)));
}

void TestJudgingOutputs::maskedClassesCountForNothing()
{
    KlSoftmaxSum both(OutputKind::Logits);
    both.add(Row{1, -inf, 2}, Row{2, -inf, 1}, 3);
    KlSoftmaxSum without(OutputKind::Logits);
    without.add(Row{1, 2}, Row{2, 1}, 2);
    QVERIFY(near(both.result().mean, without.result().mean));
}

void TestJudgingOutputs::rowsWithoutADistributionAreLeftOut()
{
    KlSoftmaxSum sum(OutputKind::Logits);
    sum.add(Row{1, nan32}, Row{1, 2}, 2);
    sum.add(Row{1, 2}, Row{1, inf}, 2);
    sum.add(Row{1, 2}, Row{1, -inf}, 2); // infinite
    sum.add(Row{-inf, -inf}, Row{1, 2}, 2);
    sum.add(Row{}, Row{}, 2);
    QCOMPARE(sum.result().leftOut, 5u);
    QVERIFY(std::isnan(sum.result().mean));
    sum.add(Row{1, 2}, Row{1, 2}, 2);
    QCOMPARE(sum.result().mean, 0.0);
    KlSoftmaxSum probabilities(OutputKind::Probabilities);
    probabilities.add(Row{0.5f, 0.5f}, Row{-0.5f, 1.5f}, 2);
    probabilities.add(Row{0.5f, 0.5f}, Row{0, 0}, 2);
    QCOMPARE(probabilities.result().leftOut, 2u);
}

void TestJudgingOutputs::kindIsRecognized_data()
{
    QTest::addColumn<Row>("values");
    QTest::addColumn<bool>("probabilities");
    QTest::newRow("rows that sum to 1") << Row{0.25f, 0.75f, 1, 0} << true;
    QTest::newRow("off by less than a thousandth") << Row{0.25f, 0.7509f} << true;
    QTest::newRow("off by more") << Row{0.25f, 0.752f} << false;
    QTest::newRow("one row of two does not") << Row{0.25f, 0.75f, 0.5f, 0.25f} << false;
    QTest::newRow("a negative value") << Row{-0.5f, 1.5f} << false;
    QTest::newRow("NaN") << Row{nan32, 1} << false;
    QTest::newRow("nothing") << Row{} << false;
}

void TestJudgingOutputs::kindIsRecognized()
{
    QFETCH(Row, values);
    QFETCH(bool, probabilities);
    QCOMPARE(kindOf(values, 2) == OutputKind::Probabilities, probabilities);
}

void TestJudgingOutputs::theTopClassIsTheLowestOfEquals()
{
    QCOMPARE(topClass(Row{1, 3, 3, 2}), 1u);
    QCOMPARE(topClass(Row{nan32, -inf, nan32}), 1u);
    QCOMPARE(topClass(Row{nan32, -1, -0.5f}), 2u);
    QCOMPARE(topClass(Row{nan32}), noAnswer);
    QCOMPARE(topClass(Row{}), noAnswer);
}

void TestJudgingOutputs::topFiveBreaksTiesByClass()
{
    const Row equal(8, 1.0f);
    QVERIFY(amongTop(equal, 4, 5) && !amongTop(equal, 5, 5));
    const Row falling = {8, 7, 6, 5, 4, 3, 2, 1};
    QVERIFY(amongTop(falling, 4, 5) && !amongTop(falling, 5, 5) && !amongTop(falling, 8, 5));
    QVERIFY(!amongTop(Row{nan32, 1}, 0, 5));
}

void TestJudgingOutputs::answersAreCounted()
{
    const Row first = {9, 1, 2, 3, 4, 5}, second = {1, 9, 2, 3, 4, 5}; // answers 0 and 1
    AnswerSum sum(OutputKind::Logits);
    sum.add(10, first, first, 0);         // right twice
    sum.add(11, first, second, 0);        // lost; 0 is last in `second`
    sum.add(12, second, first, 0);        // gained
    sum.add(13, first, second, 5);        // wrong twice, though both know it among five
    sum.add(14, first, Row(6, nan32), 0); // no answer any more
    const Answers& answers = sum.result();
    QCOMPARE(answers.agreement, (Proportion{1, 5}));
    QCOMPARE(answers.flips, 4u);
    QCOMPARE(answers.accuracyBefore, (Proportion{3, 5}));
    QCOMPARE(answers.accuracyAfter, (Proportion{2, 5}));
    QCOMPARE(answers.paired, (PairedAnswers{5, 3, 2, 1}));
    QCOMPARE(answers.paired.after(), 2u);
    QCOMPARE(answers.top5Before, (Proportion{4, 5}));
    QCOMPARE(answers.top5After, (Proportion{3, 5}));
    QVERIFY(answers.labelled);
}

void TestJudgingOutputs::fiveClassesHaveNoTopFive()
{
    AnswerSum sum(OutputKind::Logits);
    sum.add(0, Row{1, 2, 3, 4, 5}, Row{1, 2, 3, 4, 5}, 4);
    QCOMPARE(sum.result().top5Before.samples, 0u);
    AnswerSum unlabelled(OutputKind::Logits);
    unlabelled.add(0, Row{1, 2}, Row{1, 2});
    QVERIFY(!unlabelled.result().labelled);
}

void TestJudgingOutputs::theSurestFlipsAreKept()
{
    AnswerSum sum(OutputKind::Logits, 2);
    const float leads[] = {1, 3, 2, 3};
    for (std::size_t i = 0; i < 4; ++i)
        sum.add(i, Row{leads[i], 0}, Row{0, 1}, 0);
    const Answers& answers = sum.result();
    QCOMPARE(answers.flips, 4u);
    QCOMPARE(answers.flipped.size(), 2u);
    const FlippedAnswer& flip = answers.flipped[0];
    QCOMPARE(flip.sample, 1u); // before sample 3, which is as sure
    QCOMPARE(answers.flipped[1].sample, 3u);
    QVERIFY(flip.before == 0 && flip.after == 1 && flip.label == 0u);
    QVERIFY(near(flip.marginBefore, std::tanh(1.5))); // σ(3) - σ(-3)
    QVERIFY(near(flip.marginAfter, std::tanh(0.5)));
    QCOMPARE(flip.topsAfter[0].index, 1u);
    QVERIFY(near(flip.topsAfter[0].probability, 1 / (1 + std::exp(-1))));
}

void TestJudgingOutputs::labelsBeyondTheClassesAreRefused()
{
    for (const std::int64_t label : {-1, 2}) {
        AnswerSum sum(OutputKind::Logits);
        try {
            sum.add(17, Row{1, 2}, Row{1, 2}, label);
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY(QString(error.what()).contains("sample 17 has the label " + QString::number(label)));
        }
    }
}

QTEST_APPLESS_MAIN(TestJudgingOutputs)
#include "tst_judgingoutputs.moc"
