// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"
#include "core/support/vectortarget.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>
#include <cstring>
#include <limits>
#include <numeric>

using namespace quantoscope;

namespace {

ChannelMajor arrangement(const std::vector<float>& values, std::size_t channels)
{
    return {values, channels, values.size() / channels, 0, nullptr};
}

ParamSets paramsOf(const Scheme& scheme, const ChannelMajor& values)
{
    return makeParamSets(scheme, layoutFor(scheme, values), estimateRanges(values, scheme));
}

bool sameBits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

bool sameBits(const ErrorSums& a, const ErrorSums& b)
{
    return a.elements == b.elements && a.nan == b.nan && a.inf == b.inf
           && sameBits(a.squaredRounding, b.squaredRounding) && sameBits(a.squaredClipping, b.squaredClipping)
           && sameBits(a.squaredValue, b.squaredValue) && sameBits(a.maxError, b.maxError)
           && a.clippedBelow == b.clippedBelow && a.clippedAbove == b.clippedAbove
           && sameBits(a.valueOutput, b.valueOutput) && sameBits(a.squaredOutput, b.squaredOutput)
           && sameBits(a.error, b.error) && sameBits(a.absError, b.absError)
           && sameBits(a.squaredSteps, b.squaredSteps) && a.zeroed == b.zeroed && a.saturated == b.saturated
           && a.zeroOutput == b.zeroOutput;
}

const char* const someSchemes[] = {
    "bits=8",
    "bits=4,granularity=channel",
    "bits=3,grid=offset,granularity=group:7",
    "bits=2,grid=mid-rise,granularity=group:32",
    "bits=5,grid=zero-point,granularity=channel,rounding=half-away",
    "bits=6,grid=symmetric-full,range=percentile:97,rounding=half-up",
    "bits=7,grid=symmetric-signed,granularity=group:16,rounding=floor",
    "bits=4,grid=symmetric-wide,range=ratio:0.5,rounding=stochastic:3",
    "bits=16,grid=symmetric-full-neg",
    "bits=12,range=manual:-1:0.5,grid=zero-point",
    "binary,granularity=group:9",
    "bits=1,grid=zero-point",
};

} // namespace

class TestQuantize : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }
    void cleanup() { forceVectorTarget(""); }

    void schemes_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* text : someSchemes)
            QTest::newRow(text) << QString::fromLatin1(text);
    }

    /// The fused pass against codes and values taken one by one, and against sums in double.
    void passAgreesWithReference_data() { schemes_data(); }
    void passAgreesWithReference()
    {
        QFETCH(QString, scheme);
        const Scheme parsed = parseScheme(scheme.toStdString());
        const std::vector<float> x = reference::gauss(6 * 1001, 1);
        const ChannelMajor values = arrangement(x, 6);
        const ParamSets params = paramsOf(parsed, values);
        const QuantizedValues quantized = quantize(values, params);
        reference::Errors expected;
        double squaredSteps = 0;
        std::vector<std::uint64_t> counts(std::size_t(params.codes.max - params.codes.min + 1));
        for (std::size_t set = 0; set < params.sets.size(); ++set) {
            const std::size_t begin = params.layout.begin(set), size = params.layout.size(set);
            const auto slice = [&](const std::vector<float>& all) {
                return std::vector<float>(all.begin() + qsizetype(begin),
                                          all.begin() + qsizetype(begin + size));
            };
            const Interval ends = clipLimits(params.sets[set], params.codes);
            reference::addErrors(expected, slice(x), slice(quantized.values), double(ends.lo),
                                 double(ends.hi));
        }
        for (std::size_t set = 0; set < params.sets.size(); ++set) {
            const Interval limits = clipLimits(params.sets[set], params.codes);
            for (std::size_t i = params.layout.begin(set);
                 i < params.layout.begin(set) + params.layout.size(set); ++i) {
                const double steps =
                    (double(quantized.values[i]) - double(x[i])) / double(params.sets[set].scale);
                if (x[i] >= limits.lo && x[i] <= limits.hi)
                    squaredSteps += steps * steps;
            }
        }
        for (const std::int32_t code : quantized.codes)
            ++counts[std::size_t(code - params.codes.min)];

        const PassResult pass = measureError(values, params);
        const ErrorMetrics m = errorMetrics(pass.sums, pass.codeCounts, parsed.bits);
        QCOMPARE(pass.codeCounts, counts);
        QCOMPARE(m.elements, expected.elements);
        QCOMPARE(pass.sums.clippedBelow, expected.below);
        QCOMPARE(pass.sums.clippedAbove, expected.above);
        QCOMPARE(pass.sums.zeroed, expected.zeroed);
        QVERIFY(std::abs(m.maxError / expected.maxError - 1) < 1e-7); // e is rounded to float32
        // float32 squares and sums of 32 terms: each term off by at most 33 half-ulps, in truth far less.
        const double tolerance = 1e-6;
        QVERIFY(std::abs(m.mse / expected.mse() - 1) < tolerance);
        QVERIFY(std::abs(m.clippingMse * double(x.size()) - expected.clipped)
                <= tolerance * expected.squaredError);
        QVERIFY(std::abs(m.sqnrDb - expected.sqnrDb()) < 1e-5);
        QVERIFY(std::abs(pass.sums.squaredSteps - squaredSteps)
                <= 1e-4 * squaredSteps); // e rounds at 16 bits
        QVERIFY(std::abs(m.cosine - expected.cosine()) < 1e-6);
        QVERIFY(std::abs(m.meanAbsError * double(x.size()) / expected.absError - 1) < tolerance);
        QVERIFY(std::abs(m.meanError * double(x.size()) - expected.error) <= tolerance * expected.absError);

        PassOptions fast;
        fast.full = false;
        fast.codeCounts = false;
        const PassResult quick = measureError(values, params, fast);
        QVERIFY(sameBits(quick.sums.squaredRounding, pass.sums.squaredRounding));
        QVERIFY(sameBits(quick.sums.squaredValue, pass.sums.squaredValue));
        QVERIFY(sameBits(quick.sums.maxError, pass.sums.maxError));
        QVERIFY(quick.codeCounts.empty());
    }

    void everyTargetGivesTheSameBits_data() { schemes_data(); }
    void everyTargetGivesTheSameBits()
    {
        QFETCH(QString, scheme);
        const Scheme parsed = parseScheme(scheme.toStdString());
        const std::vector<float> all = reference::gauss(140'000, 2);
        // Lengths around the lane counts of every target, odd offsets, and one that needs several tasks.
        for (const std::size_t length :
             {0u, 1u, 3u, 4u, 5u, 7u, 8u, 9u, 15u, 16u, 17u, 31u, 33u, 511u, 513u, 139'001u}) {
            for (const std::size_t offset : {0u, 1u, 7u}) {
                const ChannelMajor values{std::span(all).subspan(offset, length), 1, length, 0, nullptr};
                forceVectorTarget("");
                const ParamSets params = paramsOf(parsed, values);
                const PassResult expected = measureError(values, params);
                const Histogram histogramHere = codeHistogram(values, params, -10, 10, 100);
                for (const std::string& target : vectorTargets()) {
                    forceVectorTarget(target);
                    const ParamSets again = paramsOf(parsed, values);
                    QVERIFY2(again.sets == params.sets, target.c_str());
                    const PassResult result = measureError(values, params);
                    QVERIFY2(sameBits(result.sums, expected.sums), target.c_str());
                    QVERIFY(result.codeCounts == expected.codeCounts);
                    const Histogram h = codeHistogram(values, params, -10, 10, 100);
                    QVERIFY2(h.counts == histogramHere.counts && h.below == histogramHere.below
                                 && h.above == histogramHere.above,
                             target.c_str());
                    forceVectorTarget("");
                }
            }
        }
    }

    void everyThreadCountGivesTheSameBits_data() { schemes_data(); }
    void everyThreadCountGivesTheSameBits()
    {
        QFETCH(QString, scheme);
        const Scheme parsed = parseScheme(scheme.toStdString());
        const std::vector<float> x = reference::gauss(5 * 60'001, 3);
        const ChannelMajor values = arrangement(x, 5);
        std::optional<PassResult> expected;
        for (const int threads : {1, 2, 3, 8}) {
            const ThreadLimit limit(threads);
            const PassResult result = measureError(values, paramsOf(parsed, values));
            if (!expected)
                expected = result;
            QVERIFY(sameBits(result.sums, expected->sums));
            QVERIFY(result.codeCounts == expected->codeCounts);
        }
    }

    /// |e| ≤ s/2 within half a step of the levels, order kept, quantizing levels changes nothing.
    void propertiesOfRounding_data() { schemes_data(); }
    void propertiesOfRounding()
    {
        QFETCH(QString, scheme);
        const Scheme parsed = parseScheme(scheme.toStdString());
        std::vector<float> x = reference::gauss(4000, 4);
        std::sort(x.begin(), x.end());
        const ChannelMajor values = arrangement(x, 1);
        const ParamSets params = paramsOf(parsed, values);
        const QuantizedValues quantized = quantize(values, params);
        const bool stochastic = parsed.rounding.kind == Rounding::Kind::Stochastic;
        const bool wholeStep = stochastic || parsed.rounding.kind == Rounding::Kind::Floor;
        for (std::size_t set = 0; set < params.sets.size(); ++set) {
            const SetParams& p = params.sets[set];
            const Interval ends = levelEnds(p, params.codes);
            const double step = std::abs(double(p.scale));
            for (std::size_t i = params.layout.begin(set);
                 i < params.layout.begin(set) + params.layout.size(set); ++i) {
                const double value = double(x[i]), output = double(quantized.values[i]);
                if (parsed.format == Format::Int && value >= double(ends.lo) - step / 2
                    && value <= double(ends.hi) + step / 2)
                    // float32 rounds x/s and x̂: two half-ulps of the value.
                    QVERIFY(std::abs(output - value)
                            <= step * (wholeStep ? 1 : 0.5) + std::abs(value) * 0x1p-23);
                if (!stochastic && i > params.layout.begin(set))
                    QVERIFY(quantized.values[i] >= quantized.values[i - 1]);
                if (parsed.rounding.kind
                    != Rounding::Kind::Floor) // floor loses a step to a level that divides to q - ulp
                    QCOMPARE(quantizeOne(parsed, p, params.codes, quantized.values[i], 0.5f),
                             quantized.codes[i]);
            }
        }
    }

    /// Every code of every grid up to 8 bits comes back from its own level.
    void codesAreExhaustive()
    {
        for (const char* grid : {"symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed",
                                 "symmetric-wide", "mid-rise", "offset", "zero-point"}) {
            for (int bits = 1; bits <= 8; ++bits) {
                if (bits == 1
                    && (std::strcmp(grid, "symmetric") == 0 || std::strcmp(grid, "symmetric-wide") == 0))
                    continue;
                const Scheme scheme = parseScheme("bits=" + std::to_string(bits) + ",grid=" + grid);
                for (const Interval range :
                     {Interval{-1, 1}, Interval{-0.3f, 2.7f}, Interval{1, 3}, Interval{-1e-20f, 7e-20f}}) {
                    const SetParams params = makeParams(scheme, range);
                    const CodeRange codes = codeRange(scheme);
                    for (int q = codes.min; q <= codes.max; ++q)
                        QCOMPARE(quantizeOne(scheme, params, codes, levelValue(params, q)), q);
                }
            }
        }
    }

    void tiesGoWhereTheRoundingSays_data()
    {
        QTest::addColumn<QString>("rounding");
        QTest::addColumn<QList<int>>("codes"); // of -2.5 -1.5 -0.5 0.5 1.5 2.5 at step 1
        QTest::newRow("half-even") << "half-even" << QList<int>{-2, -2, 0, 0, 2, 2};
        QTest::newRow("half-away") << "half-away" << QList<int>{-3, -2, -1, 1, 2, 3};
        QTest::newRow("half-up") << "half-up" << QList<int>{-2, -1, 0, 1, 2, 3};
        QTest::newRow("floor") << "floor" << QList<int>{-3, -2, -1, 0, 1, 2};
    }
    void tiesGoWhereTheRoundingSays()
    {
        QFETCH(QString, rounding);
        QFETCH(QList<int>, codes);
        const Scheme scheme = parseScheme("bits=4,range=manual:-7:7,rounding=" + rounding.toStdString());
        const std::vector<float> x = {
            -2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, std::nextafter(0.5f, 0.0f), -std::nextafter(0.5f, 0.0f)};
        const ChannelMajor values = arrangement(x, 1);
        const ParamSets params = paramsOf(scheme, values);
        const QuantizedValues result = quantize(values, params);
        for (int i = 0; i < 6; ++i)
            QCOMPARE(result.codes[std::size_t(i)], codes[i]);
        QCOMPARE(result.codes[6], 0); // 0.49999997 is no tie
        QCOMPARE(result.codes[7], rounding == u"floor" ? -1 : 0);
        // The vectorized pass agrees.
        std::vector<std::uint64_t> counts(15);
        for (const std::int32_t code : result.codes)
            ++counts[std::size_t(code + 7)];
        for (const std::string& target : vectorTargets()) {
            forceVectorTarget(target);
            QCOMPARE(measureError(values, params).codeCounts, counts);
            forceVectorTarget("");
        }
    }

    void stochasticRoundingIsFairAndRepeats()
    {
        const std::vector<float> x(100'000, 0.3f);
        const ChannelMajor values = arrangement(x, 1);
        const Scheme scheme = parseScheme("bits=4,range=manual:-7:7,rounding=stochastic:11");
        const ParamSets params = paramsOf(scheme, values);
        const QuantizedValues a = quantize(values, params);
        const QuantizedValues b = quantize(values, params);
        QVERIFY(a.codes == b.codes);
        double up = 0;
        for (const std::int32_t code : a.codes)
            up += code;
        // Binomial: sd = √(0.21·1e5) = 145; five of them.
        QVERIFY(std::abs(up - 30'000) < 725);
        const Scheme other = parseScheme("bits=4,range=manual:-7:7,rounding=stochastic:12");
        QVERIFY(quantize(values, paramsOf(other, values)).codes != a.codes);
    }

    /// The draw belongs to the element's place in the tensor, not to the arrangement.
    void stochasticRoundingFollowsTheElement()
    {
        const std::vector<float> x = reference::gauss(12 * 20, 5);
        const FloatArray array{x, nullptr};
        LayerData byRow(array, {12, 20}, 0);
        LayerData byColumn(array, {12, 20}, 1);
        const Scheme scheme = parseScheme("bits=3,range=manual:-2:2,rounding=stochastic:1");
        const auto a = quantize(byRow.arranged(scheme), *byRow.params(scheme));
        const ChannelMajor& columns = byColumn.arranged(scheme);
        const auto b = quantize(columns, *byColumn.params(scheme));
        for (std::size_t i = 0; i < x.size(); ++i)
            QCOMPARE(b.codes[i], a.codes[columns.memoryIndex(i)]);
        // The fused pass draws the same.
        const PassResult pass = measureError(columns, *byColumn.params(scheme));
        std::vector<std::uint64_t> counts(7);
        for (const std::int32_t code : b.codes)
            ++counts[std::size_t(code + 3)];
        QCOMPARE(pass.codeCounts, counts);
        reference::Errors expected;
        reference::addErrors(expected, {columns.values.begin(), columns.values.end()}, b.values, -2, 2);
        QVERIFY(std::abs(pass.sums.squaredError() / expected.squaredError - 1) < 1e-6);
    }

    void notFiniteValuesAreFindings_data() { schemes_data(); }
    void notFiniteValuesAreFindings()
    {
        QFETCH(QString, scheme);
        const Scheme parsed = parseScheme(scheme.toStdString());
        std::vector<float> x = reference::gauss(3 * 500, 6);
        const float nan = std::numeric_limits<float>::quiet_NaN();
        const float inf = std::numeric_limits<float>::infinity();
        x[3] = nan;
        x[700] = inf;
        x[701] = -inf;
        std::fill(x.begin() + 992, x.begin() + 1024, nan); // whole groups without a value
        const ChannelMajor values = arrangement(x, 3);
        const ParamSets params = paramsOf(parsed, values);
        for (const SetParams& set : params.sets)
            QVERIFY(std::isfinite(set.scale) && std::isfinite(set.offset));
        const PassResult pass = measureError(values, params);
        const ErrorMetrics m = errorMetrics(pass.sums, pass.codeCounts, parsed.bits);
        QCOMPARE(m.elements, 1500u - 35);
        QCOMPARE(m.nanCount, 33u);
        QCOMPARE(m.infCount, 2u);
        QVERIFY(std::isfinite(m.mse) && std::isfinite(m.maxError));
        const QuantizedValues q = quantize(values, params);
        QCOMPARE(q.finite[3], 0);
        QVERIFY(std::isnan(q.values[3]) && std::isnan(q.values[700]));
    }

    void scalesDoNotMatter_data()
    {
        QTest::addColumn<int>("exponent");
        for (const int exponent : {-140, -126, -100, -60, 0, 60, 120})
            QTest::addRow("times 2^%d", exponent) << exponent;
    }
    /// Powers of two scale every result exactly, even where the squares leave float32.
    void scalesDoNotMatter()
    {
        QFETCH(int, exponent);
        const Scheme scheme = parseScheme("bits=4,granularity=channel");
        std::vector<float> x = reference::gauss(2000, 7);
        for (float& value : x) // few significant bits: exact even as denormals
            value = std::nearbyint(value * 16) / 16;
        const ErrorMetrics plain = LayerData({x, nullptr}, {4, 500}, 0).report(scheme).metrics;
        for (float& value : x)
            value = std::ldexp(value, exponent);
        const ErrorMetrics scaled = LayerData({x, nullptr}, {4, 500}, 0).report(scheme).metrics;
        // Where the scale itself turns denormal it has fewer bits.
        const double tolerance = exponent < -120 ? 1.0 : 1e-6;
        QVERIFY2(std::abs(scaled.sqnrDb - plain.sqnrDb) < tolerance,
                 qPrintable(QString::number(scaled.sqnrDb)));
        QVERIFY(std::abs(std::log2(scaled.rmse) - std::log2(plain.rmse) - exponent) < tolerance);
        if (exponent >= -120)
            QVERIFY(std::abs(scaled.rmseSteps - plain.rmseSteps) < 1e-6);
    }
    void stopsAtOnce()
    {
        const std::vector<float> x(1000, 1.0f);
        std::stop_source source;
        source.request_stop();
        LayerData data({x, nullptr}, {1000}, -1);
        QVERIFY_EXCEPTION_THROWN(data.report(parseScheme("bits=8"), source.get_token()), Cancelled);
    }

    void emptyTensor()
    {
        LayerData data({std::span<const float>(), nullptr}, {0, 5}, 0);
        for (const char* scheme :
             {"bits=8", "bits=4,granularity=channel", "bits=4,granularity=group:2", "binary"}) {
            const LayerReport report = data.report(parseScheme(scheme));
            QCOMPARE(report.metrics.elements, 0u);
            QVERIFY(std::isnan(report.metrics.mse) && std::isnan(report.metrics.sqnrDb)
                    && std::isnan(report.bitsPerWeight));
            QVERIFY(layerDetail(data, {parseScheme(scheme), {}, 64}).histogram.counts.size() == 64);
        }
    }
};

QTEST_APPLESS_MAIN(TestQuantize)
#include "tst_quantize.moc"
