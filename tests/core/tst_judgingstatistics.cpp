// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/bitoperations.h"
#include "core/metrics/judging/proportions.h"
#include "core/metrics/judging/repeats.h"
#include "core/metrics/judging/specialfunctions.h"

#include <QTest>

#include <cmath>

using namespace quantoscope;

namespace {

bool near(double value, double wanted, double relative = 1e-12)
{
    return std::abs(value - wanted) <= relative * std::max(std::abs(wanted), 1e-300);
}

} // namespace

class TestJudgingStatistics : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void wilsonIsThatOfStatsmodels_data();
    void wilsonIsThatOfStatsmodels();
    void mcnemarIsTheBinomialTest_data();
    void mcnemarIsTheBinomialTest();
    void mcnemarOfFewIsTheSumByHand();
    void pairedIntervalIsNewcombesMethod10_data();
    void pairedIntervalIsNewcombesMethod10();
    void holmIsThatOfStatsmodels();
    void provableSaysWhatTheSampleCanShow_data();
    void provableSaysWhatTheSampleCanShow();
    void severalSchemesNeedMore();
    void studentQuantileIsThatOfTables_data();
    void studentQuantileIsThatOfTables();
    void logGammaIsThatOfFactorials();
    void repeatsHaveMeanDeviationAndInterval();
    void latencyIsInterpolatedBetweenOrderStatistics();
    void bitOperationsAreProducts();
};

// statsmodels 0.13: proportion_confint(count, samples, method='wilson')
void TestJudgingStatistics::wilsonIsThatOfStatsmodels_data()
{
    QTest::addColumn<quint64>("count");
    QTest::addColumn<quint64>("samples");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::newRow("none of ten") << quint64{0} << quint64{10} << 0.0 << 0.277532799862889;
    QTest::newRow("all of ten") << quint64{10} << quint64{10} << 0.722467200137111 << 1.0;
    QTest::newRow("one of three") << quint64{1} << quint64{3} << 0.0614919447203963 << 0.792340399197952;
    QTest::newRow("187 of 200") << quint64{187} << quint64{200} << 0.891980920700931 << 0.961623645350847;
    QTest::newRow("9,712 of 10,000") << quint64{9712} << quint64{10000} << 0.967736775890728
                                     << 0.974301344044746;
    QTest::newRow("half a million") << quint64{500000} << quint64{1000000} << 0.499020019890005
                                    << 0.500979980109995;
}

void TestJudgingStatistics::wilsonIsThatOfStatsmodels()
{
    QFETCH(quint64, count);
    QFETCH(quint64, samples);
    QFETCH(double, low);
    QFETCH(double, high);
    const Bounds bounds = Proportion{count, samples}.ci95();
    QVERIFY(near(bounds.low, low) && near(bounds.high, high));
    QVERIFY(std::isnan(Proportion{}.ci95().low) && std::isnan(Proportion{}.value()));
}

// scipy 1.10: binomtest(min(lost, gained), lost + gained).pvalue; statsmodels' mcnemar(exact=True) agrees
void TestJudgingStatistics::mcnemarIsTheBinomialTest_data()
{
    QTest::addColumn<quint64>("lost");
    QTest::addColumn<quint64>("gained");
    QTest::addColumn<double>("p");
    QTest::newRow("nothing changed") << quint64{0} << quint64{0} << 1.0;
    QTest::newRow("six lost, the fewest that prove") << quint64{6} << quint64{0} << 0.03125;
    QTest::newRow("five lost do not") << quint64{5} << quint64{0} << 0.0625;
    QTest::newRow("as many lost as gained") << quint64{7} << quint64{7} << 1.0;
    QTest::newRow("10 lost, 3 gained") << quint64{10} << quint64{3} << 0.09228515625;
    QTest::newRow("3 lost, 10 gained") << quint64{3} << quint64{10} << 0.09228515625;
    QTest::newRow("25 lost, 30 gained") << quint64{25} << quint64{30} << 0.590053331776635;
    QTest::newRow("40 lost, 5 gained") << quint64{40} << quint64{5} << 7.87838416727027e-08;
    QTest::newRow("thousands") << quint64{1500} << quint64{1320} << 0.000746790220967588;
    QTest::newRow("far in the tail") << quint64{100} << quint64{300} << 2.59188690697211e-24;
    QTest::newRow("just below a thousand changes") << quint64{470} << quint64{530} << 0.0620231950983635;
    QTest::newRow("just above") << quint64{470} << quint64{531} << 0.0578505223716867;
    QTest::newRow("a million") << quint64{500000} << quint64{501000} << 0.318036540840338;
}

void TestJudgingStatistics::mcnemarIsTheBinomialTest()
{
    QFETCH(quint64, lost);
    QFETCH(quint64, gained);
    QFETCH(double, p);
    // ln n! of a million is 1.3e7: its last bits are 2e-9 of the term.
    QVERIFY2(near(mcnemarP(lost, gained), p, 1e-8),
             qPrintable(QString::number(mcnemarP(lost, gained), 'g', 17)));
}

void TestJudgingStatistics::mcnemarOfFewIsTheSumByHand()
{
    for (std::uint64_t lost = 0; lost <= 12; ++lost)
        for (std::uint64_t gained = 0; gained <= 12; ++gained) {
            double ways = 1, sum = 0; // n over k
            for (std::uint64_t k = 0; k <= std::min(lost, gained); ++k) {
                sum += ways;
                ways = ways * static_cast<double>(lost + gained - k) / static_cast<double>(k + 1);
            }
            const double p = std::min(1.0, 2 * sum * std::exp2(-static_cast<double>(lost + gained)));
            QVERIFY(mcnemarP(lost, gained) == p);
        }
}

// numpy by Newcombe's formula on statsmodels' proportion_confint(…, method='wilson')
void TestJudgingStatistics::pairedIntervalIsNewcombesMethod10_data()
{
    QTest::addColumn<PairedAnswers>("answers");
    QTest::addColumn<double>("difference");
    QTest::addColumn<Bounds>("bounds");
    QTest::newRow("1 both, 1 gained, 7 lost, 12 neither") << PairedAnswers{21, 8, 7, 1} << -0.285714285714286
                                                          << Bounds{-0.506920226686141, -0.0255591241648598};
    QTest::newRow("36 both, 12 gained, 2 lost")
        << PairedAnswers{50, 38, 2, 12} << 0.2 << Bounds{0.0569295840032388, 0.340427602974941};
    QTest::newRow("a small drop of 200")
        << PairedAnswers{200, 195, 8, 1} << -0.035 << Bounds{-0.0730189125241636, -0.00379092535040608};
    QTest::newRow("no correlation to be had")
        << PairedAnswers{100, 6, 6, 0} << -0.06 << Bounds{-0.124768154458959, -0.010946430110487};
    QTest::newRow("ten thousand") << PairedAnswers{10000, 9680, 80, 40} << -0.004
                                  << Bounds{-0.00621294990376611, -0.00184610304073079};
    QTest::newRow("all right twice") << PairedAnswers{50, 50, 0, 0} << 0.0
                                     << Bounds{-0.0713475991333588, 0.0713475991333588};
}

void TestJudgingStatistics::pairedIntervalIsNewcombesMethod10()
{
    QFETCH(PairedAnswers, answers);
    QFETCH(double, difference);
    QFETCH(Bounds, bounds);
    QVERIFY(std::abs(answers.difference() - difference) < 1e-14);
    QVERIFY(near(answers.differenceCi95().low, bounds.low, 1e-11));
    QVERIFY(near(answers.differenceCi95().high, bounds.high, 1e-11));
}

// statsmodels 0.13: multipletests(p, method='holm')[1]
void TestJudgingStatistics::holmIsThatOfStatsmodels()
{
    const auto same = [](const std::vector<double>& p, const std::vector<double>& wanted) {
        const std::vector<double> adjusted = holmAdjusted(p);
        return std::equal(adjusted.begin(), adjusted.end(), wanted.begin(), wanted.end(),
                          [](double a, double b) { return (std::isnan(a) && std::isnan(b)) || near(a, b); });
    };
    QVERIFY(same({0.01, 0.04, 0.03, 0.005}, {0.03, 0.06, 0.06, 0.02}));
    QVERIFY(same({0.5, 0.6}, {1, 1}));
    QVERIFY(same({0.02, 0.02, 0.9, 0.001, 0.04}, {0.08, 0.08, 0.9, 0.005, 0.08}));
    const double nan = std::nan("");
    QVERIFY(same({0.02, nan, 0.01}, {0.02, nan, 0.02}));
    QVERIFY(same({}, {}));
}

void TestJudgingStatistics::provableSaysWhatTheSampleCanShow_data()
{
    QTest::addColumn<PairedAnswers>("answers");
    QTest::addColumn<double>("smallestDrop");
    QTest::addColumn<bool>("proven");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("a drop too small to prove")
        << PairedAnswers{200, 190, 3, 0} << 0.03 << false
        << "With 200 samples the smallest drop of the accuracy that can be proven is 3 % (6 answers lost, "
           "none gained, for "
           "p < 0.05). The drop of 1.5 % seen here is not proven (3 lost, 0 gained, p = 0.25).";
    QTest::newRow("a proven drop")
        << PairedAnswers{10000, 9700, 40, 5} << 0.0006 << true
        << "With 10000 samples the smallest drop of the accuracy that can be proven is 0.06 % (6 answers "
           "lost, none "
           "gained, for p < 0.05). The drop of 0.35 % seen here is proven (40 lost, 5 gained, p = 7.88e-08).";
    QTest::newRow("a gain") << PairedAnswers{100, 90, 1, 3} << 0.06 << false
                            << "With 100 samples the smallest drop of the accuracy that can be proven is 6 % "
                               "(6 answers lost, none gained, for "
                               "p < 0.05). No drop was seen but a gain of 2 % (1 lost, 3 gained, p = 0.625).";
    QTest::newRow("too few samples for anything")
        << PairedAnswers{5, 5, 5, 0} << std::nan("") << false
        << "With 5 samples no drop of the accuracy can be proven: it takes 6 answers lost, none gained, for "
           "p < 0.05. The "
           "drop of 100 % seen here is not proven (5 lost, 0 gained, p = 0.0625).";
    QTest::newRow("nothing changed") << PairedAnswers{6, 6, 0, 0} << 1.0 << false
                                     << "With 6 samples the smallest drop of the accuracy that can be proven "
                                        "is 100 % (6 answers lost, none gained, for "
                                        "p < 0.05). No difference was seen (0 lost, 0 gained, p = 1).";
}

void TestJudgingStatistics::provableSaysWhatTheSampleCanShow()
{
    QFETCH(PairedAnswers, answers);
    QFETCH(double, smallestDrop);
    QFETCH(bool, proven);
    QFETCH(QString, sentence);
    const Provable result = provable(answers);
    QCOMPARE(result.smallestLost, 6u);
    QVERIFY(std::isnan(smallestDrop) ? std::isnan(result.smallestDrop)
                                     : near(result.smallestDrop, smallestDrop));
    QCOMPARE(result.proven, proven);
    QCOMPARE(QString::fromStdString(result.sentence), sentence);
}

void TestJudgingStatistics::severalSchemesNeedMore()
{
    // 2^(1-k) < 0.05/10 = 0.005 from k = 9 on
    QCOMPARE(provable({100, 90, 8, 0}, 10).smallestLost, 9u);
    QVERIFY(!provable({100, 90, 8, 0}, 10).proven);
    QVERIFY(provable({100, 90, 9, 0}, 10).proven);
}

// scipy 1.10: stats.t.ppf(p, freedom)
void TestJudgingStatistics::studentQuantileIsThatOfTables_data()
{
    QTest::addColumn<double>("p");
    QTest::addColumn<quint64>("freedom");
    QTest::addColumn<double>("t");
    const struct
    {
        double p;
        quint64 freedom;
        double t;
    } rows[] = {
        {0.975, 1, 12.7062047364321},   {0.975, 2, 4.30265272991127},
        {0.975, 3, 3.18244630528426},   {0.975, 5, 2.57058183661474},
        {0.975, 9, 2.26215716274099},   {0.975, 30, 2.04227245630124},
        {0.975, 100, 1.98397151844963}, {0.975, 1000, 1.96233908082641},
        {0.95, 3, 2.35336343480183},    {0.995, 1, 63.656741162874},
        {0.995, 9, 3.24983554401537},   {0.995, 1000, 2.58075469806594},
        {0.6, 1, 0.324919696234074},    {0.6, 2, 0.288675134688007},
        {0.6, 1000, 0.253414515839499}, {0.5, 4, 0},
        {0.025, 2, -4.30265272991128},
    };
    for (const auto& row : rows)
        QTest::newRow(qPrintable(QString("p %1, %2 degrees of freedom").arg(row.p).arg(row.freedom)))
            << row.p << row.freedom << row.t;
}

void TestJudgingStatistics::studentQuantileIsThatOfTables()
{
    QFETCH(double, p);
    QFETCH(quint64, freedom);
    QFETCH(double, t);
    QVERIFY2(near(studentQuantile(p, freedom), t, 1e-9),
             qPrintable(QString::number(studentQuantile(p, freedom), 'g', 17)));
}

void TestJudgingStatistics::logGammaIsThatOfFactorials()
{
    double factorial = 1;
    for (int n = 1; n <= 25; ++n) {
        QVERIFY(std::abs(logGamma(n) - std::log(factorial)) <= 1e-14 * (1 + std::log(factorial)));
        factorial *= n;
    }
    QVERIFY(near(logGamma(0.5), std::log(M_PI) / 2, 1e-13));
    // I_x(1, b) = 1 - (1 - x)^b
    QVERIFY(near(incompleteBeta(0.3, 1, 4), 1 - std::pow(0.7, 4)));
    QVERIFY(near(incompleteBeta(0.9, 2, 2), 3 * 0.81 - 2 * 0.729));
}

void TestJudgingStatistics::repeatsHaveMeanDeviationAndInterval()
{
    const std::vector<double> values = {1, 2, 3, 4, 5};
    const RepeatStats stats = repeatStats(values);
    QCOMPARE(stats.mean, 3.0);
    QVERIFY(near(stats.sd, std::sqrt(2.5)));
    QCOMPARE(stats.min, 1.0);
    QCOMPARE(stats.max, 5.0);
    const double half = 2.7764451051977987 * std::sqrt(0.5); // t(0.975, 4)
    QVERIFY(near(stats.ci95.low, 3 - half, 1e-9) && near(stats.ci95.high, 3 + half, 1e-9));
    const RepeatStats one = repeatStats(std::vector<double>{7});
    QVERIFY(one.mean == 7 && std::isnan(one.sd) && std::isnan(one.ci95.low));
    QVERIFY(std::isnan(repeatStats({}).mean));
}

void TestJudgingStatistics::latencyIsInterpolatedBetweenOrderStatistics()
{
    std::vector<double> samples;
    for (int i = 101; i >= 1; --i)
        samples.push_back(i);
    const LatencyStats stats = latencyStats(samples);
    QVERIFY(stats.p50 == 51 && stats.p95 == 96 && stats.p99 == 100);
    QVERIFY(stats.p50Ci95.low == 41
            && stats.p50Ci95.high == 61); // ranks 41 and 61 of 101: 1 - 2·P(B < 41) = 0.954
    QVERIFY(near(latencyStats({10, 20}).p95, 19.5));
    QVERIFY(std::isnan(latencyStats({10, 20}).p50Ci95.low));
    QVERIFY(std::isnan(latencyStats({}).p50));
}

void TestJudgingStatistics::bitOperationsAreProducts()
{
    const LayerOperations layers[] = {{1000, 4, 8}, {10}};
    QCOMPARE(layers[0].bitOperations(), 32000.0);
    QCOMPARE(layers[1].bitOperations(), 10240.0);
    QCOMPARE(totalBitOperations(layers), 42240.0);
}

QTEST_APPLESS_MAIN(TestJudgingStatistics)
#include "tst_judgingstatistics.moc"
