// SPDX-License-Identifier: GPL-3.0-or-later
// The loops under the error metrics, called as the engine calls them.
#include "core/quant/errorpass.h"
#include "core/quant/measure.h"
#include "core/quant/quantize.h"
#include "core/support/parallelfor.h"
#include "core/support/vectortarget.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>

#include <cstring>
#include <limits>

using namespace quantoscope;

namespace {

bool sameBits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// All that both passes measure.
bool sameBits(const ErrorSums& a, const ErrorSums& b)
{
    return a.elements == b.elements && sameBits(a.squaredRounding, b.squaredRounding)
           && sameBits(a.squaredClipping, b.squaredClipping) && sameBits(a.squaredValue, b.squaredValue)
           && sameBits(a.maxError, b.maxError) && a.clippedBelow == b.clippedBelow
           && a.clippedAbove == b.clippedAbove && sameBits(a.valueOutput, b.valueOutput)
           && sameBits(a.squaredOutput, b.squaredOutput) && sameBits(a.error, b.error)
           && sameBits(a.absError, b.absError) && a.zeroed == b.zeroed && a.zeroOutput == b.zeroOutput;
}

/// Everything.
bool sameResult(const PassResult& a, const PassResult& b)
{
    return sameBits(a.sums, b.sums) && sameBits(a.sums.squaredSteps, b.sums.squaredSteps)
           && a.sums.saturated == b.sums.saturated && a.sums.nan == b.sums.nan && a.sums.inf == b.sums.inf
           && a.codeCounts == b.codeCounts;
}

/// Values with what a scheme makes of them, one set, everything per element.
struct Given
{
    Given(const char* schemeText, const std::vector<float>& x)
        : values{x, 1, x.size(), 0, nullptr}, scheme(parseScheme(schemeText)),
          params(makeParamSets(scheme, layoutFor(scheme, values), estimateRanges(values, scheme))),
          quantized(quantize(values, params)), limits(clipLimits(params.sets[0], params.codes)),
          lowest(x.size(), limits.lo), highest(x.size(), limits.hi),
          perStep(x.size(), 1 / std::abs(params.sets[0].scale))
    {
    }
    GivenRun run(std::size_t first, std::size_t count) const
    {
        return {values.values.data() + first, quantized.values.data() + first, lowest.data() + first,
                highest.data() + first,       perStep.data() + first,          count};
    }
    PassRun passRun(std::size_t first, std::size_t count) const
    {
        return {values.values.data() + first, count, nullptr, 0};
    }
    ChannelMajor values;
    Scheme scheme;
    ParamSets params;
    QuantizedValues quantized;
    Interval limits;
    std::vector<float> lowest, highest, perStep;
};

} // namespace

class TestPasses : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }
    void cleanup() { forceVectorTarget(""); }

    void givenValuesAgainstReference_data()
    {
        QTest::addColumn<float>("gain");
        QTest::newRow("as they are") << 1.0f;
        QTest::newRow("with a gain") << 0x1p12f;
    }
    void givenValuesAgainstReference()
    {
        QFETCH(float, gain);
        const std::vector<float> x = reference::gauss(5003, 1);
        const Given given("bits=3,range=ratio:0.5", x); // clips on both sides
        reference::Errors expected;
        reference::addErrors(expected, x, given.quantized.values, double(given.limits.lo),
                             double(given.limits.hi));
        double steps = 0;
        for (std::size_t i = 0; i < x.size(); ++i)
            if (x[i] >= given.limits.lo && x[i] <= given.limits.hi)
                steps += std::pow((double(given.quantized.values[i]) - double(x[i]))
                                      / double(given.params.sets[0].scale),
                                  2);
        ErrorSums sums;
        const GivenRun run = given.run(0, x.size());
        runGivenPass(std::span(&run, 1), true, gain, sums);
        QVERIFY(expected.below > 0 && expected.above > 0 && expected.zeroed > 0);
        QCOMPARE(sums.elements, expected.elements);
        QCOMPARE(sums.clippedBelow, expected.below);
        QCOMPARE(sums.clippedAbove, expected.above);
        QCOMPARE(sums.zeroed, expected.zeroed);
        QCOMPARE(sums.zeroOutput, expected.zeroed); // no value is 0
        QCOMPARE(sums.saturated, 0u);
        // float32 squares and sums of 32 terms: each term off by at most 33 half-ulps, in truth far less.
        const auto near = [](double a, double b) { return std::abs(a / b - 1) < 1e-6; };
        QVERIFY(near(sums.squaredError(), expected.squaredError));
        QVERIFY(near(sums.squaredClipping, expected.clipped));
        QVERIFY(near(sums.squaredValue, expected.squaredValue));
        QVERIFY(near(sums.absError, expected.absError));
        QVERIFY(near(sums.maxError, expected.maxError));
        QVERIFY(near(sums.squaredSteps, steps));
        QVERIFY(std::abs(sums.error - expected.error) <= 1e-6 * expected.absError);
        QVERIFY(near(sums.valueOutput, expected.product) && near(sums.squaredOutput, expected.squaredOutput));

        GivenRun silent = run;
        silent.perStep = nullptr;
        ErrorSums without;
        runGivenPass(std::span(&silent, 1), true, gain, without);
        QCOMPARE(without.squaredSteps, 0.0);
        QVERIFY(sameBits(without, sums));
    }

    /// The same order of sums as the pass that quantizes, on every instruction set, for every length of tail.
    void givenValuesGiveTheBitsOfThePass()
    {
        const std::vector<float> x = reference::gauss(3000, 2);
        const Given given("bits=4,range=ratio:0.6", x);
        for (const std::size_t length :
             {0u, 1u, 3u, 4u, 5u, 7u, 8u, 9u, 15u, 16u, 17u, 31u, 33u, 511u, 513u, 2000u}) {
            // Several runs: the flush falls into any of them.
            std::vector<GivenRun> runs;
            std::vector<PassRun> passRuns;
            for (const std::size_t first : {0u, 1u, 7u, 991u}) {
                runs.push_back(given.run(first, length));
                passRuns.push_back(given.passRun(first, length));
            }
            for (const bool full : {false, true}) {
                ErrorSums expected;
                ErrorPass pass({.sets = given.params.sets.data(),
                                .codes = given.params.codes,
                                .rounding = PassRounding::HalfEven,
                                .full = full});
                pass.add(passRuns);
                pass.addTo(expected);
                for (const std::string& target : vectorTargets()) {
                    forceVectorTarget(target);
                    ErrorSums sums;
                    runGivenPass(runs, full, 1, sums);
                    QVERIFY2(sameBits(sums, expected), target.c_str());
                    forceVectorTarget("");
                }
            }
        }
    }

    /// Many sets in one run, one set a run, and pieces of sets: the same bits.
    void runsMayBeCutAndJoined_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {1, 7, 9, 16, 32, 48, 100, 1024, 4100})
            QTest::addRow("sets of %d", size) << size;
    }
    void runsMayBeCutAndJoined()
    {
        QFETCH(int, size);
        const auto count = std::size_t(size);
        const std::size_t sets = 9000 / count;
        const std::vector<float> x = reference::gauss(sets * count, 3);
        std::vector<SetParams> params;
        for (std::size_t i = 0; i < sets; ++i)
            params.push_back(makeParams(parseScheme("bits=4,grid=zero-point"),
                                        {-1.0f - float(i % 5) / 7, 1.5f + float(i % 11) / 9}));
        std::vector<PassRun> joined = {{x.data(), count, nullptr, 0, sets}};
        std::vector<PassRun> single, cut;
        for (std::size_t i = 0; i < sets; ++i) {
            single.push_back({x.data() + i * count, count, nullptr, i});
            for (std::size_t at = 0; at < count; at += 48)
                cut.push_back({x.data() + i * count + at, std::min<std::size_t>(48, count - at), nullptr, i});
        }
        for (const bool full : {false, true}) {
            const auto measured = [&](const std::vector<PassRun>& runs, bool atOnce) {
                ErrorPass pass({.sets = params.data(),
                                .codes = {0, 15},
                                .rounding = PassRounding::HalfEven,
                                .full = full});
                if (atOnce)
                    pass.add(runs);
                else
                    for (const PassRun& run : runs)
                        pass.add(std::span(&run, 1));
                PassResult result;
                pass.addTo(result.sums);
                return result;
            };
            const PassResult expected = measured(single, false);
            QVERIFY(expected.sums.clippedAbove > 0);
            for (const std::string& target : vectorTargets()) {
                forceVectorTarget(target);
                QVERIFY2(sameResult(measured(joined, true), expected), target.c_str());
                QVERIFY2(sameResult(measured(single, true), expected), target.c_str());
                QVERIFY2(sameResult(measured(cut, true), expected), target.c_str());
                QVERIFY2(sameResult(measured(cut, false), expected), target.c_str());
                forceVectorTarget("");
            }
        }
    }

    /// Written from the definition: 16 lanes by position in the run, float32 over 32 steps, then double.
    void sumsHaveTheDefinedOrder()
    {
        const Scheme scheme = parseScheme("bits=4,granularity=group:23");
        const std::vector<float> x = reference::gauss(23 * 300, 7);
        const ChannelMajor values{x, 1, x.size(), 0, nullptr};
        const ParamSets params =
            makeParamSets(scheme, layoutFor(scheme, values), estimateRanges(values, scheme));
        const QuantizedValues quantized = quantize(values, params);
        float single[2][16] = {};
        double lanes[2][16] = {};
        const auto flush = [&] {
            for (int s = 0; s < 2; ++s)
                for (int lane = 0; lane < 16; ++lane) {
                    lanes[s][lane] += double(single[s][lane]);
                    single[s][lane] = 0;
                }
        };
        int steps = 0;
        for (std::size_t begin = 0; begin < x.size(); begin += 23) {
            for (std::size_t at = 0; at < 23; ++at) {
                const float e = quantized.values[begin + at] - x[begin + at];
                single[0][at % 16] += e * e;
                single[1][at % 16] += x[begin + at] * x[begin + at];
                if ((at == 15 || at == 22) && ++steps % 32 == 0)
                    flush();
            }
        }
        flush();
        double totals[2] = {};
        for (int s = 0; s < 2; ++s)
            for (const double lane : lanes[s])
                totals[s] += lane;
        const ErrorSums sums = measureError(values, params).sums;
        QVERIFY(sameBits(sums.squaredRounding, totals[0]));
        QVERIFY(sameBits(sums.squaredValue, totals[1]));
    }

    void widthsTogetherGiveTheBitsOfEachAlone_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<bool>("allFinite");
        for (const char* scheme :
             {"granularity=tensor", "granularity=channel", "granularity=group:32", "granularity=group:7",
              "granularity=group:20000,grid=zero-point", "granularity=group:32,rounding=half-up",
              "granularity=group:16,rounding=stochastic:5", "range=manual:-1e15:1e15"})
            for (const bool allFinite : {true, false})
                QTest::addRow("%s, %s", scheme, allFinite ? "all finite" : "some not")
                    << QString::fromLatin1(scheme) << allFinite;
    }
    void widthsTogetherGiveTheBitsOfEachAlone()
    {
        QFETCH(QString, scheme);
        QFETCH(bool, allFinite);
        std::vector<float> x =
            reference::gauss(3 * 50'001, 4); // two tasks, pieces that end in the middle of a set
        if (!allFinite) {
            x[5] = std::numeric_limits<float>::quiet_NaN();
            x[70'000] = std::numeric_limits<float>::infinity();
        }
        const ChannelMajor values{x, 3, 50'001, 0, nullptr};
        std::vector<ParamSets> params;
        for (int bits = 2; bits <= 16; bits += 3) {
            const Scheme one = parseScheme(scheme.toStdString() + ",bits=" + std::to_string(bits));
            params.push_back(makeParamSets(one, layoutFor(one, values), estimateRanges(values, one)));
        }
        std::vector<const ParamSets*> pointers;
        for (const ParamSets& one : params)
            pointers.push_back(&one);
        for (const bool full : {false, true}) {
            PassOptions options;
            options.full = options.codeCounts = full;
            for (const int threads : {1, 3}) {
                const ThreadLimit limit(threads);
                const std::vector<PassResult> together = measureErrors(values, pointers, options);
                QCOMPARE(together.size(), params.size());
                for (std::size_t i = 0; i < params.size(); ++i)
                    QVERIFY(sameResult(together[i], measureError(values, params[i], options)));
            }
        }
    }

    void widthsOfNothing()
    {
        QVERIFY(measureErrors(ChannelMajor{{}, 1, 0, 0, nullptr}, {}).empty());
        const ChannelMajor none{{}, 1, 0, 0, nullptr};
        const Scheme scheme = parseScheme("bits=4,granularity=group:32");
        const ParamSets params = makeParamSets(scheme, layoutFor(scheme, none), estimateRanges(none, scheme));
        const ParamSets* const pointers[] = {&params, &params};
        QCOMPARE(measureErrors(none, pointers).at(1).sums.elements, 0u);
    }

    /// Other roundings cannot share the draws: each alone.
    void widthsOfDifferentRounding()
    {
        const std::vector<float> x = reference::gauss(1000, 6);
        const ChannelMajor values{x, 1, 1000, 0, nullptr};
        std::vector<ParamSets> params;
        std::vector<const ParamSets*> pointers;
        for (const char* text : {"bits=3,rounding=stochastic:1", "bits=3,rounding=stochastic:2", "bits=3"}) {
            const Scheme one = parseScheme(text);
            params.push_back(makeParamSets(one, layoutFor(one, values), estimateRanges(values, one)));
        }
        for (const ParamSets& one : params)
            pointers.push_back(&one);
        const std::vector<PassResult> together = measureErrors(values, pointers);
        for (std::size_t i = 0; i < params.size(); ++i)
            QVERIFY(sameResult(together[i], measureError(values, params[i])));
        QVERIFY(!sameResult(together[0], together[1]) && !sameResult(together[1], together[2]));
    }
};

QTEST_APPLESS_MAIN(TestPasses)
#include "tst_passes.moc"
