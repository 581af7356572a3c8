// SPDX-License-Identifier: GPL-3.0-or-later
// The charts of a layer's values hold the engine's numbers.
#include "core/analysis/layeranalysis.h"
#include "tests/support/reference.h"
#include "ui/charts/valuecharts.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

struct Given
{
    std::shared_ptr<const std::vector<float>> values;
    LayerData data;

    explicit Given(std::vector<float> x, Shape shape)
        : values(std::make_shared<const std::vector<float>>(std::move(x))),
          data({*values, values}, std::move(shape), 0)
    {
    }
    LayerPicture picture(const char* scheme, std::optional<std::size_t> set = {}, bool inValues = false)
    {
        LayerPicture made;
        made.stats = data.stats();
        made.detail =
            layerDetail(data, {.scheme = parseScheme(scheme), .set = set, .bins = 64, .inValues = inValues});
        return made;
    }
};

Given gauss() { return Given(reference::gauss(40 * 30, 4), {40, 30}); }

double sumOf(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

const ChartSeries* named(const Chart& chart, const QString& part)
{
    for (const ChartPanel& panel : chart.panels)
        for (const ChartSeries& series : panel.series)
            if (series.name.contains(part))
                return &series;
    return nullptr;
}

} // namespace

class TestValueCharts : public QObject
{
    Q_OBJECT

private slots:
    void histogramHoldsEveryValueAndTheGrid()
    {
        Given given = gauss();
        const LayerPicture picture = given.picture("bits=4");
        const Chart chart = histogramChart(picture);
        const ChartPanel& panel = chart.panels.at(0);
        QCOMPARE(sumOf(panel.series.at(0).y), 1200.0);
        QCOMPARE(chart.rows.size(), std::size_t(64));
        double counted = 0;
        for (const Json& row : chart.rows)
            counted += row["count"].get<double>();
        QCOMPARE(counted, 1200.0);
        const ChartLevels& levels = panel.levels.at(0);
        QCOMPARE(levels.count, std::size_t(15));
        const Interval ends = picture.detail.grid.ends();
        QCOMPARE(levels.first, double(ends.lo));
        QVERIFY(std::abs(levels.first + 14 * levels.step - double(ends.hi)) < 1e-6);
        QCOMPARE(panel.zones.at(0).to, double(ends.lo));
        QCOMPARE(panel.zones.at(1).from, double(ends.hi));
        QCOMPARE(panel.rules.size(), std::size_t(2));
        QVERIFY(panel.rules.at(1).label.contains(u"above"_s));
    }

    void histogramOfManySetsHasThreeModes()
    {
        Given given = gauss();
        const Chart steps = histogramChart(given.picture("bits=3,granularity=channel"));
        QCOMPARE(steps.panels.at(0).levels.at(0).first, -3.0);
        QCOMPARE(steps.panels.at(0).levels.at(0).step, 1.0);
        const Chart one = histogramChart(given.picture("bits=3,granularity=channel", 5));
        QCOMPARE(sumOf(one.panels.at(0).series.at(0).y), 30.0);

        const LayerPicture picture = given.picture("bits=3,granularity=channel", {}, true);
        const Chart values = histogramChart(picture);
        const ChartPanel& panel = values.panels.at(0);
        QVERIFY(panel.levels.empty());
        QCOMPARE(panel.zones.size(), std::size_t(4));
        float widest = 0;
        float narrowest = 1e9f;
        const ParamSets& params = *picture.detail.report.params;
        for (std::size_t set = 0; set < params.sets.size(); ++set) {
            widest = std::max(widest, valueEnds(params, set).hi);
            narrowest = std::min(narrowest, valueEnds(params, set).hi);
        }
        QCOMPARE(panel.zones.at(1).from, double(narrowest));
        QCOMPARE(panel.zones.at(1).to, double(widest));
        QVERIFY(staircaseChart(picture).message.contains(u"choose one"_s));
    }

    void bIsDashedWhereItsLevelsLieOnTheAxis()
    {
        Given given = gauss();
        const LayerPicture a = given.picture("bits=4");
        const LayerPicture b = given.picture("bits=3");
        HistogramOptions options;
        options.b = &b;
        const Chart both = histogramChart(a, options);
        QCOMPARE(both.panels.at(0).levels.size(), std::size_t(2));
        QCOMPARE(both.panels.at(0).levels.at(1).ink, Ink::SchemeB);
        QCOMPARE(both.panels.at(0).levels.at(1).stroke, Stroke::Dashed);
        QCOMPARE(both.panels.at(0).levels.at(1).count, std::size_t(7));
        // Per channel, min-max: B's steps are 7/3 of A's in every channel.
        const LayerPicture a2 = given.picture("bits=4,granularity=channel");
        const LayerPicture b2 = given.picture("bits=3,granularity=channel");
        options.b = &b2;
        const Chart channels = histogramChart(a2, options);
        QVERIFY(std::abs(channels.panels.at(0).levels.at(1).step - 7.0 / 3) < 1e-5);
        // Another rule in every channel: nothing that could be drawn honestly.
        const LayerPicture b3 = given.picture("bits=3,granularity=channel,range=mse");
        options.b = &b3;
        QCOMPARE(histogramChart(a2, options).panels.at(0).levels.size(), std::size_t(1));
        const Chart stairs = staircaseChart(a, &b);
        QVERIFY(named(stairs, u"B: Q(x)"_s));
        QCOMPARE(named(stairs, u"B: Q(x)"_s)->stroke, Stroke::Dashed);
    }

    void bestLimitIsMarked()
    {
        Given given({-8, -1, 1, 2, 3, 4}, {2, 3});
        const LayerPicture picture = given.picture("bits=4");
        HistogramOptions options;
        options.best = ClipRatio{0.5, 1};
        const Chart chart = histogramChart(picture, options);
        const auto& rules = chart.panels.at(0).rules;
        QCOMPARE(rules.size(), std::size_t(4));
        QCOMPARE(rules.at(2).at, -4.0);
        QCOMPARE(rules.at(3).at, 4.0);
        const LayerPicture sets = given.picture("bits=4,granularity=channel");
        QCOMPARE(histogramChart(sets, options).panels.at(0).rules.at(3).at, 3.5);
    }

    void staircaseIsTheQuantizer()
    {
        Given given = gauss();
        for (const char* scheme :
             {"bits=4", "bits=3,grid=zero-point", "format=nf4", "bits=8", "format=ternary"}) {
            const LayerPicture picture = given.picture(scheme);
            const Chart chart = staircaseChart(picture);
            const ChartSeries* steps = named(chart, u"Q(x)"_s);
            QVERIFY(steps && steps->shape == SeriesShape::StepsAfter);
            const ChartSeries& error = chart.panels.at(1).series.at(0);
            std::size_t levels = 1;
            for (std::size_t i = 0; i < steps->x.size(); ++i) {
                const QuantizedPoint point = quantizePoint(picture, steps->x[i]);
                QCOMPARE(steps->y[i], point.value);
                QVERIFY(std::abs(error.y[i] - (point.value - steps->x[i])) < 1e-6);
                levels += i > 0 && steps->y[i] != steps->y[i - 1] ? 1 : 0;
            }
            QCOMPARE(levels, std::size_t(picture.detail.shown.levels));
        }
    }

    void staircaseOfAPartIsFiner()
    {
        Given given = gauss();
        const LayerPicture picture = given.picture("bits=12");
        const Chart part = staircaseChart(picture, nullptr, 0, 0.01);
        const ChartSeries* steps = named(part, u"Q(x)"_s);
        QVERIFY(steps->x.front() >= 0 && steps->x.back() <= 0.01 + 1e-9);
        // What fit() shows is all of it.
        QVERIFY(part.panels.at(0).x.hi > 1);
    }

    void errorOverBitsSplitsTheError()
    {
        Given given = gauss();
        const LayerPicture picture = given.picture("bits=4,range=ratio:0.5");
        const auto sweep = given.data.sweep(parseScheme("range=ratio:0.5"), 1, 16);
        const auto other = given.data.sweep(parseScheme("bits=8"), 1, 16);
        const Chart chart = errorOverBitsChart(picture.detail.report, sweep, &other);
        QCOMPARE(chart.rows.size(), std::size_t(16));
        for (std::size_t i = 0; i < sweep.size(); ++i) {
            QCOMPARE(chart.rows[i]["mse"].get<double>(), sweep[i].metrics.mse);
            QCOMPARE(named(chart, u"clipping"_s)->y[i], sweep[i].metrics.clippingMse);
            QCOMPARE(named(chart, u"B: all"_s)->y[i], other[i].metrics.mse);
        }
        QCOMPARE(chart.panels.at(0).rules.at(0).at, 4.0);
        const LayerPicture book = given.picture("format=nf4");
        QVERIFY(named(errorOverBitsChart(book.detail.report, sweep), u"NF4"_s));
        QVERIFY(!errorOverBitsChart(picture.detail.report, {}).message.isEmpty());
    }

    void clipCurveHasPartsOptimumAndPresent()
    {
        Given given = gauss();
        ClipCurves curves;
        curves.scheme = parseScheme("bits=3");
        for (const int bits : {3, 2, 4})
            curves.curves.push_back(clipCurve(given.data, curves.scheme, bits, {}, {.points = 12}));
        curves.presentMse = given.data.report(curves.scheme).metrics.mse;
        const Chart chart = clipCurveChart(curves);
        const ClipCurve& own = curves.curves.front();
        QCOMPARE(named(chart, u"both"_s)->y.at(own.best), own.points[own.best].mse);
        QCOMPARE(chart.panels.at(0).rules.at(0).at, own.points[own.best].ratio);
        QCOMPARE(named(chart, u"now"_s)->y.at(0), curves.presentMse);
        QVERIFY(named(chart, u"2 bit"_s) && named(chart, u"4 bit"_s));
        std::size_t points = 0;
        for (const ClipCurve& curve : curves.curves)
            points += curve.points.size();
        QCOMPARE(chart.rows.size(), points);
        ClipCurves binary;
        binary.curves.push_back(clipCurve(given.data, parseScheme("format=binary"), 1));
        QVERIFY(!clipCurveChart(binary).message.isEmpty());
    }

    void rulerShowsEveryFormatNormalised()
    {
        Given given = gauss();
        RulerPicture picture;
        picture.scheme = parseScheme("bits=2");
        picture.density = normalizedHistogram(given.data.arranged({}), {}, 21);
        const Chart chart = formatRulerChart(picture);
        QCOMPARE(sumOf(chart.panels.at(0).series.at(0).y), 1200.0);
        const auto levels = [&](const char* format) {
            std::vector<double> found;
            for (const Json& row : chart.rows)
                if (row["format"].get<std::string>().ends_with(format))
                    found.push_back(row["level"].get<double>());
            return found;
        };
        QCOMPARE(levels("NF4").size(), std::size_t(16));
        QCOMPARE(levels("NF4").back(), 1.0);
        QCOMPARE(levels("FP4 E2M1").size(), std::size_t(15));
        QCOMPARE(levels("ternary").size(), std::size_t(3));
        QCOMPARE(levels("MXFP4").size(), std::size_t(15));
        for (int q = -7; q <= 7; ++q)
            QVERIFY(
                std::ranges::any_of(levels("INT4"), [q](double v) { return std::abs(v - q / 7.0) < 1e-6; }));
        QCOMPARE(chart.panels.at(1).y.ticks.size(), std::size_t(6));
    }

    void profilesAreDrawnAsCounted()
    {
        Given given = gauss();
        const Scheme scheme = parseScheme("bits=4");
        const auto params = given.data.params(scheme);
        const ProfilePicture picture{scheme, errorProfile(given.data.arranged(scheme), *params),
                                     double(params->sets[0].scale)};
        const Chart magnitude = errorOverMagnitudeChart(picture);
        QCOMPARE(magnitude.panels.at(0).rules.at(0).at, double(params->sets[0].scale) / 2);
        QCOMPARE(magnitude.rows.size(), picture.profile.magnitudes.size());
        const Chart steps = stepErrorChart(picture);
        QCOMPARE(sumOf(steps.panels.at(0).series.at(0).y), double(picture.profile.stepsInside));
        const Chart codes = occupancyChart(picture);
        const ChartSeries& bars = codes.panels.at(0).series.at(0);
        QCOMPARE(sumOf(bars.y), 1200.0);
        QCOMPARE(bars.x.front(), -7.0);
        QCOMPARE(static_cast<int>(bars.keys.front()), -7);
        const Scheme book = parseScheme("format=nf4");
        QVERIFY(!stepErrorChart({book, errorProfile(given.data.arranged(book), *given.data.params(book)), {}})
                     .message.isEmpty());
    }

    void nothingToShowIsSaid()
    {
        Given nan({std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}, {1, 2});
        const LayerPicture picture = nan.picture("bits=4");
        QVERIFY(!histogramChart(picture).message.isEmpty());
        QVERIFY(!staircaseChart(picture).message.isEmpty());
        QVERIFY(!formatRulerChart({parseScheme("bits=4"), {}, {}}).message.isEmpty());
        const ProfilePicture profile{
            parseScheme("bits=4"),
            errorProfile(nan.data.arranged({}), *nan.data.params(parseScheme("bits=4"))),
            {}};
        QVERIFY(!errorOverMagnitudeChart(profile).message.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestValueCharts)
#include "tst_valuecharts.moc"
