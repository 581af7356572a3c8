// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/affinehistogram.h"
#include "core/metrics/errormetrics.h"
#include "core/metrics/histogram.h"
#include "core/metrics/valuestats.h"
#include "core/support/vectortarget.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>
#include <limits>
#include <set>

using namespace quantoscope;

class TestMetrics : public QObject
{
    Q_OBJECT

    static constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    static constexpr float inf = std::numeric_limits<float>::infinity();

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }
    void cleanup() { forceVectorTarget(""); }

    /// x = (3, 4), e = (0, -5), the second one clipped above: every formula by hand.
    void everyMetricInClosedForm()
    {
        ErrorSums sums;
        sums.elements = 2;
        sums.squaredClipping = 25;
        sums.squaredValue = 25;
        sums.maxError = 5;
        sums.clippedAbove = 1;
        sums.valueOutput = 5;
        sums.squaredOutput = 10;
        sums.error = -5;
        sums.absError = 5;
        sums.saturated = 1;
        const std::vector<std::uint64_t> codes = {0, 1, 1, 0};
        const ErrorMetrics m = errorMetrics(sums, codes, 2);
        QCOMPARE(m.mse, 12.5);
        QCOMPARE(m.clippingMse, 12.5);
        QCOMPARE(m.roundingMse, 0.0);
        QCOMPARE(m.rmse, std::sqrt(12.5));
        QCOMPARE(m.nmse, 1.0);
        QCOMPARE(m.relativeL2, 1.0);
        QCOMPARE(m.sqnrDb, 0.0);
        QVERIFY(m.sqnrReason.empty());
        QCOMPARE(m.maxError, 5.0);
        QCOMPARE(m.meanError, -2.5);
        QCOMPARE(m.meanAbsError, 2.5);
        QCOMPARE(m.cosine, 5 / (5 * std::sqrt(10.0))); // x̂ = (3, -1): 9 - 4 = 5
        QCOMPARE(m.clippedFraction, 0.5);
        QCOMPARE(m.clippedAboveFraction, 0.5);
        QCOMPARE(m.clippedBelowFraction, 0.0);
        QCOMPARE(m.saturatedFraction, 0.5);
        QCOMPARE(m.rmseSteps, 0.0);
        QCOMPARE(m.levels, 4u);
        QCOMPARE(m.levelsUsed, 2u);
        QCOMPARE(m.entropyBits, 1.0);
        QVERIFY(m.entropyFewSamples); // 2 < 10 · 4
    }

    void reasonsOfMissingNumbers()
    {
        ErrorSums exact;
        exact.elements = 4;
        exact.squaredValue = 1;
        exact.valueOutput = 1;
        exact.squaredOutput = 1;
        ErrorMetrics m = errorMetrics(exact, {}, 8);
        QVERIFY(std::isnan(m.sqnrDb));
        QCOMPARE(m.sqnrReason, std::string_view("exact"));
        QCOMPARE(m.cosine, 1.0);
        ErrorSums silent;
        silent.elements = 4;
        silent.zeroOutput = 4;
        m = errorMetrics(silent, {}, 8);
        QCOMPARE(m.sqnrReason, std::string_view("zero signal"));
        QVERIFY(std::isnan(m.cosine) && std::isnan(m.nmse));
        QCOMPARE(m.mse, 0.0);
    }

    void definitionsAreComplete()
    {
        std::set<std::string_view> keys;
        for (const MetricDefinition& definition : metricDefinitions()) {
            QVERIFY(keys.insert(definition.key).second);
            QVERIFY(!definition.title.empty() && !definition.formula.empty() && !definition.hides.empty());
        }
        for (const char* key : {"mse", "rmse", "nmse", "relativeL2", "sqnrDb", "maxError", "meanError",
                                "meanAbsError", "cosine", "zeroedFraction", "clippedFraction", "clippingMse",
                                "roundingMse", "saturatedFraction", "levelsUsed", "entropyBits"})
            QVERIFY2(keys.contains(key), key);
    }

    void entropyOfUniformCodes()
    {
        ErrorSums sums;
        sums.elements = 1600;
        const std::vector<std::uint64_t> codes(16, 100);
        const ErrorMetrics m = errorMetrics(sums, codes, 4);
        QVERIFY(std::abs(m.entropyBits - 4) < 1e-12);
        QVERIFY(!m.entropyFewSamples);
    }

    void statisticsInClosedForm()
    {
        // -1, 0, 0, 1 twice over in two channels of very different size.
        const std::vector<float> x = {-1, 0, 0, 1, -10, 0, 0, 10};
        const ValueStats s = valueStats(x, 2);
        QCOMPARE(s.extremes.min, -10.0f);
        QCOMPARE(s.extremes.max, 10.0f);
        QCOMPARE(s.mean, 0.0);
        const double variance = 202.0 / 8;
        QCOMPARE(s.std, std::sqrt(variance));
        QCOMPARE(s.kurtosis, (20002.0 / 8) / (variance * variance));
        QCOMPARE(s.absmaxPerSigma, 10 / std::sqrt(variance));
        QCOMPARE(s.channelRangeRatio, 10.0);
    }

    void statisticsOfEdgeTensors()
    {
        const ValueStats none = valueStats(std::vector<float>{nan, inf}, 1);
        QCOMPARE(none.extremes.finite, 0u);
        QCOMPARE(none.extremes.nan, 1u);
        QCOMPARE(none.extremes.inf, 1u);
        QVERIFY(std::isnan(none.mean) && std::isnan(none.std) && std::isnan(none.kurtosis));
        const ValueStats constant = valueStats(std::vector<float>(1000, 0.1f), 10);
        QCOMPARE(constant.mean, double(0.1f));
        QCOMPARE(constant.std, 0.0);
        QVERIFY(std::isnan(constant.kurtosis) && std::isnan(constant.absmaxPerSigma));
        QCOMPARE(constant.channelRangeRatio, 1.0);
        QVERIFY(std::isnan(valueStats({}, 1).mean));
        const ValueStats mixed = valueStats(std::vector<float>{nan, 2, 4, -inf}, 1);
        QCOMPARE(mixed.mean, 3.0);
        QCOMPARE(mixed.std, 1.0);
    }

    void gaussKurtosisIsThree()
    {
        const ValueStats s = valueStats(reference::gauss(1'000'000, 9), 1);
        // Standard errors at 1e6 draws: mean 0.001, std 0.0007, kurtosis √(24/N) = 0.005.
        QVERIFY(std::abs(s.mean) < 0.005 && std::abs(s.std - 1) < 0.0035 && std::abs(s.kurtosis - 3) < 0.025);
    }

    void extremesOnAwkwardLengths()
    {
        const std::vector<float> all = reference::gauss(300'000, 10);
        for (const std::string& target : vectorTargets()) {
            forceVectorTarget(target);
            for (const std::size_t length : {1u, 2u, 7u, 15u, 16u, 17u, 31u, 32u, 33u, 65u, 299'990u}) {
                for (const std::size_t offset : {0u, 3u}) {
                    const auto part = std::span(all).subspan(offset, length);
                    const Extremes found = extremes(part);
                    QCOMPARE(found.min, *std::min_element(part.begin(), part.end()));
                    QCOMPARE(found.max, *std::max_element(part.begin(), part.end()));
                    QCOMPARE(found.finite, length);
                }
            }
            forceVectorTarget("");
        }
    }

    void extremesSkipWhatIsNotFinite_data()
    {
        QTest::addColumn<int>("at");
        for (const int at : {0, 1, 15, 16, 31, 32, 40, 99})
            QTest::addRow("at %d of 100", at) << at;
    }
    void extremesSkipWhatIsNotFinite()
    {
        QFETCH(int, at);
        for (const float bad : {nan, inf, -inf}) {
            std::vector<float> x(100, 2.0f);
            x[50] = -3;
            x[std::size_t(at)] = bad;
            const Extremes found = extremes(x);
            QCOMPARE(found.min, -3.0f);
            QCOMPARE(found.max, 2.0f);
            QCOMPARE(found.finite, 99u);
            QCOMPARE(found.nan + found.inf, 1u);
        }
    }

    void negativeZeroIsZero()
    {
        for (const auto& x : {std::vector<float>{-0.0f, 0.0f}, std::vector<float>{0.0f, -0.0f}}) {
            QVERIFY(!std::signbit(extremes(x).min));
            QVERIFY(!std::signbit(extremes(x).max));
        }
    }

    void histogramBins()
    {
        const std::vector<float> x = {-2, -1, -0.5f, 0, 0.25f, 0.5f, 0.999f, 1, 1.5f, nan, inf, -inf};
        const Histogram h = histogram(x, -1, 1, 4);
        QCOMPARE(h.counts, (std::vector<std::uint64_t>{1, 1, 2, 3})); // the last bin is closed
        QCOMPARE(h.below, 1u);
        QCOMPARE(h.above, 1u);
        QCOMPARE(h.notFinite, 3u);
        QCOMPARE(h.binWidth(), 0.5);
        QCOMPARE(h.binCentre(3), 0.75);
    }

    void histogramAgreesWithReference()
    {
        const std::vector<float> x = reference::gauss(123'457, 11);
        std::vector<std::uint64_t> expected(2048);
        std::uint64_t below = 0, above = 0;
        for (const float value : x) {
            if (value < -3.0f)
                ++below;
            else if (value > 2.5f)
                ++above;
            else
                ++expected[std::size_t(std::min(2047.0f, std::floor((value + 3.0f) * float(2048 / 5.5))))];
        }
        for (const std::string& target : vectorTargets()) {
            forceVectorTarget(target);
            const Histogram h = histogram(x, -3, 2.5, 2048);
            QVERIFY2(h.counts == expected, target.c_str());
            QCOMPARE(h.below, below);
            QCOMPARE(h.above, above);
            forceVectorTarget("");
        }
    }

    /// Around the sizes of vectors and blocks; nothing but the values given is counted.
    void histogramsOfEveryLength()
    {
        const std::vector<float> x = reference::gauss(300, 14);
        for (const std::string& target : vectorTargets()) {
            forceVectorTarget(target);
            for (std::size_t length = 0; length <= 280; ++length) {
                AffineHistogram made(-1, 2, 5);
                made.add(std::span(x).subspan(length % 3, length), {0.25f, 0.5f, 0.125f});
                std::vector<std::uint64_t> expected(7);
                for (std::size_t i = length % 3; i < length % 3 + length; ++i) {
                    const float u = (x[i] - 0.25f) / 0.5f + 0.125f;
                    ++expected[u < -1  ? 0
                               : u > 2 ? 6
                                       : 1 + std::size_t(std::min(4.0f, (u + 1) * float(5 / 3.0)))];
                }
                const Histogram h = made.result();
                QVERIFY2(std::equal(h.counts.begin(), h.counts.end(), expected.begin() + 1), target.c_str());
                QCOMPARE(h.below, expected.front());
                QCOMPARE(h.above, expected.back());
                QCOMPARE(h.notFinite, 0u);
            }
            forceVectorTarget("");
        }
    }

    void streamingHistogramIgnoresTheSplit()
    {
        std::vector<float> x = reference::gauss(20'000, 12);
        x[15'000] = 77;
        x[3] = nan;
        std::fill_n(x.begin() + 100, 50, 0.0f);
        StreamingHistogram whole(256);
        whole.add(x);
        QCOMPARE(whole.binWidth(), 0.5); // 77 < 256 · 0.5, not < 256 · 0.25
        QCOMPARE(whole.count(), 19'999u);
        QCOMPARE(whole.notFinite(), 1u);
        for (const std::size_t batch : {1u, 7u, 100u, 9'999u}) {
            StreamingHistogram parts(256), left(256), right(256);
            for (std::size_t begin = 0; begin < x.size(); begin += batch) {
                const auto piece =
                    std::span(x).subspan(begin, std::min<std::size_t>(batch, x.size() - begin));
                parts.add(piece);
                (begin / batch % 2 ? left : right).add(piece);
            }
            left.merge(right);
            QVERIFY(parts.counts() == whole.counts() && parts.binWidth() == whole.binWidth());
            QVERIFY(left.counts() == whole.counts() && left.binWidth() == whole.binWidth());
        }
        // Each bin holds what it says.
        std::vector<std::uint64_t> expected(512);
        for (const float value : x)
            if (std::isfinite(value))
                ++expected[std::size_t(std::floor(double(value) / 0.5) + 256)];
        QVERIFY(whole.counts() == expected);
    }

    void streamingHistogramOfZeros()
    {
        StreamingHistogram h(64);
        h.add(std::vector<float>(10, 0.0f));
        QCOMPARE(h.binWidth(), 0.0);
        h.add(std::vector<float>{-1e-40f, 1e-40f});
        QCOMPARE(h.count(), 12u);
        StreamingHistogram edge(64);
        edge.add(std::vector<float>{64.0f}); // needs width 2: 64 is not below 64 · 1
        QCOMPARE(edge.binWidth(), 2.0);
        StreamingHistogram big(64);
        big.add(std::vector<float>{std::numeric_limits<float>::max(), 1.0f});
        QCOMPARE(big.count(), 2u);
    }
};

QTEST_APPLESS_MAIN(TestMetrics)
#include "tst_metrics.moc"
