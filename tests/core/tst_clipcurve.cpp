// SPDX-License-Identifier: GPL-3.0-or-later
// Clip curves against single reports and closed forms, and error profiles against sums one by one.
#include "core/analysis/clipcurve.h"
#include "core/analysis/errorprofile.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <limits>
#include <numeric>

using namespace quantoscope;

namespace {

LayerData dataOf(const std::vector<float>& values, Shape shape)
{
    const auto kept = std::make_shared<const std::vector<float>>(values);
    return LayerData({*kept, kept}, std::move(shape), 0);
}

std::uint64_t sumOf(const std::vector<std::uint64_t>& counts)
{
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

} // namespace

class TestClipCurve : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void everyPointIsTheReportOfThatRatio_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* text :
             {"bits=4", "bits=4,grid=zero-point", "bits=3,granularity=channel", "bits=2,granularity=group:7",
              "bits=4,grid=mid-rise", "format=nf4,granularity=channel", "format=e4m3",
              "bits=8,rounding=floor", "bits=4,range=mse"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    void everyPointIsTheReportOfThatRatio()
    {
        QFETCH(QString, scheme);
        const auto values = reference::gauss(13 * 37, 7);
        LayerData data = dataOf(values, {13, 37});
        const Scheme given = parseScheme(scheme.toStdString());
        const ClipCurve curve = clipCurve(data, given, given.bits, {}, {.points = 7});
        QVERIFY2(curve.issue.empty(), curve.issue.c_str());
        QVERIFY(curve.points.size() >= 8);
        double before = 0;
        for (const ClipPoint& point : curve.points) {
            QVERIFY(point.ratio > before);
            before = point.ratio;
            Scheme one = given;
            one.range = {RangeRule::Kind::Ratio, point.ratio, 0};
            const ErrorMetrics metrics = data.report(one).metrics;
            QCOMPARE(point.mse, metrics.mse);
            QCOMPARE(point.clippingMse, metrics.clippingMse);
            QCOMPARE(point.roundingMse, metrics.roundingMse);
            QCOMPARE(point.clippedFraction, metrics.clippedFraction);
            QVERIFY(curve.points[curve.best].mse <= point.mse);
        }
    }

    void valuesOfOneMagnitudeAreClippedByTheClosedForm()
    {
        std::vector<float> values(64, 1.0f);
        for (std::size_t i = 0; i < values.size(); i += 2)
            values[i] = -1;
        LayerData data = dataOf(values, {8, 8});
        for (const int bits : {2, 4, 8}) {
            const ClipCurve curve = clipCurve(data, Scheme{}, bits);
            for (const ClipPoint& point : curve.points) {
                if (point.ratio > 1)
                    continue;
                const double lost = 1 - point.ratio;
                QVERIFY2(std::abs(point.clippingMse - lost * lost) < 1e-6,
                         qPrintable(QString::number(point.ratio)));
                QVERIFY(point.roundingMse < 1e-12);
            }
            QCOMPARE(curve.points[curve.best].ratio, 1.0);
        }
    }

    void theOptimumIsAsGoodAsAFineSearch()
    {
        const auto values = reference::gauss(4000, 11);
        LayerData data = dataOf(values, {40, 100});
        for (const int bits : {2, 3, 4}) {
            const ClipCurve curve = clipCurve(data, Scheme{}, bits);
            double least = std::numeric_limits<double>::infinity();
            for (int i = 50; i <= 1250; ++i) {
                Scheme one = parseScheme("bits=" + std::to_string(bits));
                one.range = {RangeRule::Kind::Ratio, i / 1000.0, 0};
                least = std::min(least, data.report(one).metrics.mse);
            }
            const double found = curve.points[curve.best].mse;
            QVERIFY2(found <= least * 1.01, qPrintable(QString::number(found / least)));
            QVERIFY(curve.points[curve.best].ratio < 1);
        }
    }

    void threadsAndAlgorithmsDoNotMatter()
    {
        const auto values = reference::gauss(70000, 3);
        LayerData data = dataOf(values, {70, 1000});
        Scheme scheme = parseScheme("bits=3,granularity=channel");
        const ClipCurve many = clipCurve(data, scheme, 3);
        const ThreadLimit one(1);
        const ClipCurve single = clipCurve(data, scheme, 3);
        QCOMPARE(many.points.size(), single.points.size());
        for (std::size_t i = 0; i < many.points.size(); ++i)
            QCOMPARE(many.points[i].mse, single.points[i].mse);
    }

    void whatHasNoRangeSaysSo()
    {
        LayerData data = dataOf(reference::gauss(64, 1), {8, 8});
        for (const char* text : {"format=binary", "format=ternary", "format=q4_0", "format=bf16"}) {
            const Scheme scheme = parseScheme(text);
            const ClipCurve curve = clipCurve(data, scheme, scheme.bits);
            QVERIFY2(!curve.issue.empty() && curve.points.empty(), text);
        }
        LayerData empty = dataOf({}, {0, 4});
        QVERIFY(!clipCurve(empty, Scheme{}, 4).issue.empty());
        LayerData nan = dataOf({std::numeric_limits<float>::quiet_NaN()}, {1, 1});
        QVERIFY(!clipCurve(nan, Scheme{}, 4).issue.empty());
    }

    void itStops()
    {
        LayerData data = dataOf(reference::gauss(64, 1), {8, 8});
        std::stop_source source;
        source.request_stop();
        QVERIFY_THROWS_EXCEPTION(Cancelled, (void)clipCurve(data, Scheme{}, 4, source.get_token()));
        const auto params = data.params(Scheme{});
        QVERIFY_THROWS_EXCEPTION(Cancelled,
                                 (void)errorProfile(data.arranged(Scheme{}), *params, source.get_token()));
    }

    void thePresentRatioIsRead()
    {
        LayerData data = dataOf({-4, 1, 2, 3}, {2, 2});
        const auto ratio = [&](const char* text) {
            return presentClipRatio(data, *data.params(parseScheme(text)));
        };
        QCOMPARE(ratio("bits=4"), 1.0);
        QCOMPARE(ratio("bits=4,range=ratio:0.3"), 0.3);
        QVERIFY(std::abs(ratio("bits=4,range=manual:-2:2") - 0.5) < 1e-6);
        // Channels of magnitudes 4 and 3, clipped at 1: the mean of 1/4 and 1/3.
        QVERIFY(std::abs(ratio("bits=4,granularity=channel,range=manual:-1:1") - 7.0 / 24) < 1e-6);
        QVERIFY(std::isnan(ratio("format=ternary")));
    }

    void profileAddsUpToTheReport_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* text :
             {"bits=4", "bits=3,granularity=group:50,range=ratio:0.6", "format=nf4", "format=ternary"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    void profileAddsUpToTheReport()
    {
        QFETCH(QString, scheme);
        auto values = reference::gauss(30 * 137, 5);
        values[17] = std::numeric_limits<float>::quiet_NaN();
        LayerData data = dataOf(values, {30, 137});
        const Scheme given = parseScheme(scheme.toStdString());
        const LayerReport report = data.report(given);
        const ErrorProfile profile = errorProfile(data.arranged(given), *report.params);
        const QuantizedValues all = quantize(data.arranged(given), *report.params);
        QCOMPARE(profile.elements, report.metrics.elements);
        double sum = 0;
        double most = 0;
        std::uint64_t counted = 0;
        for (const MagnitudeBin& bin : profile.magnitudes) {
            sum += bin.meanError * static_cast<double>(bin.count);
            most = std::max(most, bin.maxError);
            QVERIFY(bin.meanError <= bin.maxError);
        }
        QVERIFY(std::abs(sum / static_cast<double>(profile.elements) - report.metrics.meanAbsError) < 1e-6);
        QVERIFY(std::abs(most - report.metrics.maxError) < 1e-6);
        for (const LevelCount& level : profile.levels) {
            counted += level.count;
            const auto own = std::count_if(all.codes.begin(), all.codes.end(),
                                           [&](std::int32_t code) { return code == level.code; });
            // Value 17 is not finite and has code 0 there.
            QCOMPARE(level.count, static_cast<std::uint64_t>(own) - (level.code == 0 ? 1 : 0));
        }
        QCOMPARE(counted, profile.elements);
        QCOMPARE(profile.levels.size(), std::size_t(report.metrics.levels));
        QCOMPARE(profile.oneScale, report.params->sets.size() == 1);
        QCOMPARE(profile.stepsInside, sumOf(profile.steps));
        if (report.params->tables.empty() && given.format == Format::Int) {
            const auto inside = static_cast<double>(profile.elements) * (1 - report.metrics.clippedFraction);
            QCOMPARE(static_cast<double>(profile.stepsInside), std::round(inside));
        }
    }

    void nearestRoundingStaysWithinHalfAStep()
    {
        LayerData data = dataOf(reference::gauss(5000, 9), {50, 100});
        const Scheme scheme = parseScheme("bits=5");
        const ErrorProfile profile = errorProfile(data.arranged(scheme), *data.params(scheme));
        for (std::size_t i = 0; i < profile.steps.size(); ++i)
            if (std::abs(profile.stepOf(i)) > 0.52)
                QCOMPARE(profile.steps[i], std::uint64_t{0});
    }
};

QTEST_APPLESS_MAIN(TestClipCurve)
#include "tst_clipcurve.moc"
