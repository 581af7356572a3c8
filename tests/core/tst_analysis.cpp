// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/analyze.h"
#include "core/support/error.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>
#include <limits>
#include <numeric>

using namespace quantoscope;

namespace {

std::shared_ptr<const Network> networkOf(const std::vector<std::pair<Shape, std::vector<float>>>& tensors)
{
    auto network = std::make_shared<Network>();
    network->format = "test";
    for (const auto& [shape, values] : tensors) {
        const auto index = std::uint32_t(network->layers.size());
        network->weights.push_back({"w" + std::to_string(index), tensorFromFloats(shape, values), {}});
        Layer layer;
        layer.id = {index};
        layer.name = "layer" + std::to_string(index);
        layer.weight = {index};
        network->layers.push_back(layer);
    }
    return network;
}

std::uint64_t total(const Histogram& h)
{
    return std::accumulate(h.counts.begin(), h.counts.end(), std::uint64_t{0});
}

} // namespace

class TestAnalysis : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void everyLayerIsReported()
    {
        const auto network =
            networkOf({{{8, 16}, reference::gauss(128, 1)}, {{4, 4}, reference::gauss(16, 2, 3)}});
        AnalysisSettings settings{parseScheme("bits=4,granularity=channel"),
                                  {{"layer1", parseScheme("bits=8")}}};
        std::vector<std::size_t> steps;
        const AnalysisResult result =
            analyze(network, settings, {}, [&](Stage, std::size_t done, std::size_t of) {
                steps.push_back(done);
                QCOMPARE(of, 2u);
            });
        QCOMPARE(result.layers.size(), 2u);
        QCOMPARE(steps, (std::vector<std::size_t>{1, 2}));
        QCOMPARE(toText(result.layers[1].scheme), std::string("bits=8"));
        QCOMPARE(result.layers[0].params->sets.size(), 8u);
        QCOMPARE(result.layers[0].bytes, 64u + 32);
        QCOMPARE(result.layers[0].fp32Bytes, 512u);
        QCOMPARE(result.layers[0].bitsPerWeight, 6.0);
        QCOMPARE(result.totals.params, 144u);
        QCOMPARE(result.totals.bytes, 96u + 20);
        // Totals are weighted by elements: from the sums, not from the layers' means.
        const double error = result.layers[0].metrics.mse * 128 + result.layers[1].metrics.mse * 16;
        QVERIFY(std::abs(result.totals.mse - error / 144) < 1e-15);
    }

    void aLayerThatDoesNotFitIsAnIssue()
    {
        const auto network = networkOf({{{16}, reference::gauss(16, 1)}, {{4, 4}, reference::gauss(16, 2)}});
        const AnalysisResult result = analyze(network, {parseScheme("granularity=channel:1"), {}});
        QVERIFY(QString::fromStdString(result.layers[0].issue).contains(u"channel:1"));
        QVERIFY(!result.layers[0].params);
        QVERIFY(result.layers[1].issue.empty());
        QCOMPARE(result.totals.params, 16u);
    }

    void cancelled()
    {
        const auto network =
            networkOf({{{8, 16}, reference::gauss(128, 1)}, {{8, 16}, reference::gauss(128, 1)}});
        std::stop_source source;
        QVERIFY_EXCEPTION_THROWN(analyze(network, {}, source.get_token(),
                                         [&](Stage, std::size_t, std::size_t) { source.request_stop(); }),
                                 Cancelled);
    }

    void sweepEqualsSingleReports()
    {
        const std::vector<float> x = reference::gauss(6000, 3);
        LayerData data({x, nullptr}, {6, 1000}, 0);
        const auto points = data.sweep(parseScheme("granularity=channel"), 1, 16);
        QCOMPARE(points.size(), 16u);
        QCOMPARE(toText(points[0].scheme), std::string("format=binary,granularity=channel"));
        double before = std::numeric_limits<double>::infinity();
        for (const SweepPoint& point : points) {
            const ErrorMetrics whole = data.report(point.scheme).metrics;
            QCOMPARE(point.metrics.mse, whole.mse);
            QCOMPARE(point.metrics.clippingMse, whole.clippingMse);
            QCOMPARE(point.metrics.clippedFraction, whole.clippedFraction);
            QVERIFY(point.metrics.mse < before
                    || point.bits == 2); // binary may beat 2 bits on a Gauss tensor
            before = point.metrics.mse;
        }
    }

    void detailOfATensorShowsValues()
    {
        const std::vector<float> x = reference::gauss(5000, 4);
        LayerData data({x, nullptr}, {5000}, 0);
        const LayerDetail detail = layerDetail(data, {parseScheme("bits=4"), {}, 128});
        QVERIFY(!detail.normalized && !detail.set);
        QCOMPARE(detail.histogram.counts.size(), 128u);
        QCOMPARE(total(detail.histogram), 5000u);
        QCOMPARE(detail.data.lo, *std::min_element(x.begin(), x.end()));
        QCOMPARE(detail.histogram.lo, double(detail.data.lo));
        QVERIFY(detail.grid.set == detail.report.params->sets[0]);
        QCOMPARE(detail.shown.mse, detail.report.metrics.mse);
    }

    void detailOfChannelsIsNormalized_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* text :
             {"bits=4,granularity=channel", "bits=3,grid=zero-point,granularity=group:50",
              "bits=3,grid=offset,granularity=channel", "bits=4,granularity=channel,range=ratio:0.5",
              "binary,granularity=channel", "bits=4,grid=symmetric-signed,granularity=group:100"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    /// What lies beyond qmin and qmax in the normalized view is what the metrics call clipped.
    void detailOfChannelsIsNormalized()
    {
        QFETCH(QString, scheme);
        const Scheme parsed = parseScheme(scheme.toStdString());
        const std::vector<float> x = reference::gauss(4000, 5);
        LayerData data({x, nullptr}, {8, 500}, 0);
        const LayerDetail detail = layerDetail(data, {parsed, {}, 512});
        QVERIFY(detail.normalized);
        QCOMPARE(total(detail.histogram) + detail.histogram.below + detail.histogram.above, 4000u);
        QVERIFY(detail.histogram.below + detail.histogram.above <= 2); // rounding at the very ends
        const ParamSets& params = *detail.report.params;
        std::uint64_t beyond = 0;
        for (std::size_t set = 0; set < params.sets.size(); ++set)
            for (std::size_t i = params.layout.begin(set);
                 i < params.layout.begin(set) + params.layout.size(set); ++i) {
                const SetParams& p = params.sets[set];
                const double u = (double(x[i]) - double(p.offset)) / double(p.scale) + p.zeroPoint;
                beyond += u < params.codes.min - 1e-5 || u > params.codes.max + 1e-5;
            }
        const double clipped = detail.report.metrics.clippedFraction * 4000;
        // The extreme element itself may fall a rounding beyond its level: at most the two ends of each set.
        QVERIFY2(clipped >= double(beyond) && clipped <= double(beyond) + 2.0 * double(params.sets.size()),
                 qPrintable(QStringLiteral("%1 %2").arg(clipped).arg(beyond)));
    }

    void detailOfOneChannel()
    {
        const std::vector<float> x = reference::gauss(4000, 6);
        LayerData data({x, nullptr}, {8, 500}, 0);
        const LayerDetail detail = layerDetail(data, {parseScheme("bits=4,granularity=channel"), 3, 64});
        QCOMPARE(detail.set, std::optional<std::size_t>(3));
        QVERIFY(!detail.normalized);
        QCOMPARE(total(detail.histogram), 500u);
        LayerData alone({std::span(x).subspan(1500, 500), nullptr}, {500}, 0);
        QCOMPARE(detail.shown.mse, alone.report(parseScheme("bits=4")).metrics.mse);
        QVERIFY(detail.grid.set == alone.params(parseScheme("bits=4"))->sets[0]);
        QVERIFY_EXCEPTION_THROWN(layerDetail(data, {parseScheme("bits=4,granularity=channel"), 8, 64}),
                                 Error);
    }

    void edgeTensors_data()
    {
        QTest::addColumn<QList<float>>("values");
        const float nan = std::numeric_limits<float>::quiet_NaN();
        QTest::newRow("empty") << QList<float>{};
        QTest::newRow("one value") << QList<float>{0.5f};
        QTest::newRow("all zero") << QList<float>{0, 0, 0, 0};
        QTest::newRow("constant") << QList<float>{3, 3, 3, 3};
        QTest::newRow("only NaN") << QList<float>{nan, nan};
        QTest::newRow("denormal") << QList<float>{1e-45f, -1e-44f};
        QTest::newRow("smallest float") << QList<float>{1e-45f};
        QTest::newRow("largest float") << QList<float>{std::numeric_limits<float>::max()};
        QTest::newRow("largest floats") << QList<float>{3.4e38f, -3.4e38f, 1};
        QTest::newRow("infinite") << QList<float>{std::numeric_limits<float>::infinity(), 1};
    }
    void edgeTensors()
    {
        QFETCH(QList<float>, values);
        const std::vector<float> x(values.begin(), values.end());
        for (const char* text : {"bits=8", "bits=4,grid=offset,granularity=channel",
                                 "bits=3,grid=zero-point,granularity=group:2", "binary",
                                 "bits=8,range=percentile:99", "bits=4,grid=mid-rise"}) {
            LayerData data({x, nullptr}, {1, std::int64_t(x.size())}, 0);
            const LayerDetail detail = layerDetail(data, {parseScheme(text), {}, 32});
            QVERIFY(std::isfinite(detail.histogram.lo) && detail.histogram.lo < detail.histogram.hi);
            QVERIFY(std::isfinite(detail.grid.set.scale));
            for (const SweepPoint& point : data.sweep(parseScheme(text), 1, 16))
                QVERIFY(point.metrics.elements == 0 || std::isfinite(point.metrics.mse));
            data.stats();
        }
    }

    void statsAreOfTheLayersChannels()
    {
        const std::vector<float> x = {1, 10, 2, 20}; // [2, 2], channels are the columns
        LayerData data({x, nullptr}, {2, 2}, 1);
        QCOMPARE(data.stats().channelRangeRatio, 10.0);
    }
};

QTEST_APPLESS_MAIN(TestAnalysis)
#include "tst_analysis.moc"
