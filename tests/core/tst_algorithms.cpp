// SPDX-License-Identifier: GPL-3.0-or-later
// GPTQ, AWQ and AdaRound: what they must equal and what they must never do.
#include "core/quant/algorithms/adaround.h"
#include "core/quant/algorithms/algorithms.h"
#include "core/quant/algorithms/awq.h"
#include "core/quant/algorithms/gptq.h"
#include "core/quant/quantize.h"
#include "core/support/parallelfor.h"
#include "core/support/vectortarget.h"
#include "tests/core/algorithmdata.h"

#include <QRegularExpression>
#include <QTest>

#include <limits>
#include <utility>

using namespace quantoscope;
using namespace quantoscope::testdata;

namespace {

std::vector<std::uint16_t> nearestCodes(const ChannelMajor& weights, const Scheme& scheme)
{
    const QuantizedValues nearest =
        quantize(weights, makeParamSets(scheme, layoutFor(scheme, weights), estimateRanges(weights, scheme)));
    std::vector<std::uint16_t> codes;
    for (const std::int32_t q : nearest.codes)
        codes.push_back(std::uint16_t(q - codeRange(scheme).min));
    return codes;
}

double nearestError(const ChannelMajor& weights, const Scheme& scheme, const Samples& samples)
{
    const ParamSets params =
        makeParamSets(scheme, layoutFor(scheme, weights), estimateRanges(weights, scheme));
    return sumOf(rowErrorsOf(weights, valuesOf(weights, params), samples));
}

/// Every sample has one feature that is not 0: XᵀX is diagonal, exactly.
Samples diagonalSamples(std::size_t features)
{
    Samples samples{std::vector<float>(2 * features * features), 2 * features, features};
    for (std::size_t s = 0; s < samples.samples; ++s)
        samples.values[s * features + s % features] = 0.5f + float(s % 7);
    return samples;
}

/// Least Σ over the samples of (Σ δ x)² over all ways to take the level below or above, straight from the samples.
double bruteForce(const ChannelMajor& weights, const ParamSets& params, std::size_t row,
                  const Samples& samples)
{
    const std::size_t n = weights.perChannel;
    const SetParams& set = params.sets[params.layout.channels == 1 ? 0 : row];
    std::vector<float> low(n), high(n);
    for (std::size_t j = 0; j < n; ++j) {
        const float w = weights.values[row * n + j];
        int q = params.codes.max;
        while (q > params.codes.min && levelValue(set, q) > w)
            --q;
        low[j] = levelValue(set, q);
        high[j] = levelValue(set, std::min(q + 1, params.codes.max));
        if (low[j] >= w) // beyond the outermost level, or on one
            high[j] = low[j];
    }
    double least = std::numeric_limits<double>::infinity();
    std::vector<float> values(weights.values.begin(), weights.values.end());
    for (std::uint32_t choice = 0; choice < 1u << n; ++choice) {
        for (std::size_t j = 0; j < n; ++j)
            values[row * n + j] = choice >> j & 1 ? high[j] : low[j];
        least = std::min(least, rowError(weights, values, samples, row));
    }
    return least;
}

} // namespace

class TestAlgorithms : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }
    void cleanup() { forceVectorTarget(""); }

    void gptqIsNearestWithoutCorrelation_data()
    {
        QTest::addColumn<QByteArray>("scheme");
        QTest::newRow("tensor") << QByteArray("bits=4");
        QTest::newRow("channel") << QByteArray("bits=3,granularity=channel");
        QTest::newRow("groups, zero point") << QByteArray("bits=4,grid=zero-point,granularity=group:16");
        QTest::newRow("long groups, offset") << QByteArray("bits=2,grid=offset,granularity=group:150");
        QTest::newRow("mid-rise, percentile")
            << QByteArray("bits=2,grid=mid-rise,granularity=channel,range=percentile:99");
        QTest::newRow("signed scale") << QByteArray("bits=4,grid=symmetric-signed,granularity=group:32");
    }
    void gptqIsNearestWithoutCorrelation()
    {
        QFETCH(QByteArray, scheme);
        const ChannelMajor weights = gaussLayer(70, 200, 5);
        for (const char* algorithm : {"gptq", "gptq-actorder"}) {
            const Scheme own = parseScheme(scheme.toStdString() + ",algorithm=" + algorithm);
            const std::vector<std::uint16_t> expected = nearestCodes(weights, own);
            const AlgorithmResult diagonal = runGptq(weights, own, diagonalSamples(200).inputs());
            QVERIFY(diagonal.params.coded->codes == expected);
            QCOMPARE(diagonal.rowsWorse, 0u);
            // A ridge beside which every correlation vanishes.
            GptqOptions damped;
            damped.percdamp = 1e12;
            const Samples samples = correlatedSamples(300, 200, 6);
            QVERIFY(runGptq(weights, own, samples.inputs(), damped).params.coded->codes == expected);
        }
    }

    /// Two columns by hand: the error of the first, times their correlation, goes to the second.
    void gptqByHand()
    {
        const std::vector<float> x = {2, 1.6f, 0, 1.2f, 0, 0, 0, 0}; // G = XᵀX/4 = [[1, 0.8], [0.8, 1]]
        const ChannelMajor weights = layerOf({0.4f, 0.7f}, 1);
        GptqOptions plain;
        plain.percdamp = 0;
        // Steps of 1: 0.4 → 0, its error 0.4 moves 0.8 · 0.4 = 0.32 to the second: 1.02 → 1, as 0.7 alone does;
        // with 0.2 in place of 0.7: 0.52 → 1 instead of 0.
        const Scheme scheme = parseScheme("bits=4,range=manual:-7:7,algorithm=gptq");
        const LayerInputs inputs{x, 4, 2};
        AlgorithmResult result = runGptq(weights, scheme, inputs, plain);
        QCOMPARE(valuesOf(weights, result.params), (std::vector<float>{0, 1}));
        const ChannelMajor other = layerOf({0.4f, 0.2f}, 1);
        result = runGptq(other, scheme, inputs, plain);
        QCOMPARE(valuesOf(other, result.params), (std::vector<float>{0, 1}));
        // δ = (-0.4, 0.8): 0.16 + 0.64 - 2·0.8·0.32 = 0.288; nearest (-0.4, -0.2): 0.16 + 0.04 + 0.128 = 0.328.
        QVERIFY(std::abs(result.error - 0.288) < 1e-5 && std::abs(result.nearestError - 0.328) < 1e-5);
    }

    void gptqGroupsFollowTheUpdatedWeights()
    {
        const ChannelMajor weights = gaussLayer(40, 300, 7);
        const Samples samples = correlatedSamples(600, 300, 8);
        for (const char* groups : {"group:24", "group:100", "group:200", "group:7"}) {
            const Scheme scheme =
                parseScheme(std::string("bits=4,grid=offset,algorithm=gptq,granularity=") + groups);
            const AlgorithmResult whole = runGptq(weights, scheme, samples.inputs());
            // Blocks only save time: one column at a time must give the same but for near ties.
            GptqOptions single;
            single.block = 1;
            const AlgorithmResult each = runGptq(weights, scheme, samples.inputs(), single);
            std::size_t different = 0;
            for (std::size_t i = 0; i < weights.values.size(); ++i)
                different += whole.params.coded->codes[i] != each.params.coded->codes[i];
            QVERIFY2(different < weights.values.size() / 50, qPrintable(QString::number(different)));
            QVERIFY(std::abs(whole.error / each.error - 1) < 0.02);
            QVERIFY(whole.error < 0.8 * whole.nearestError);
            // Errors are those of the codes themselves.
            const double own = sumOf(rowErrorsOf(weights, valuesOf(weights, whole.params), samples));
            QVERIFY(std::abs(own / whole.error - 1) < 1e-4);
            QVERIFY(std::abs(nearestError(weights, scheme, samples) / whole.nearestError - 1) < 1e-4);
        }
    }

    void gptqKeepsTheBetterRows()
    {
        const ChannelMajor weights = gaussLayer(300, 64, 21);
        const Samples samples = correlatedSamples(256, 64, 22, 0, true);
        for (const char* scheme : {"bits=2,grid=zero-point,granularity=group:16,algorithm=gptq",
                                   "bits=2,grid=zero-point,granularity=group:8,algorithm=gptq"}) {
            const Scheme own = parseScheme(scheme);
            GptqOptions keep;
            keep.keepBetter = true;
            const AlgorithmResult plain = runGptq(weights, own, samples.inputs());
            const AlgorithmResult kept = runGptq(weights, own, samples.inputs(), keep);
            QVERIFY(plain.rowsWorse > 0); // otherwise nothing is tested here
            QCOMPARE(plain.rowsKept, 0u);
            QCOMPARE(kept.rowsKept, plain.rowsWorse);
            QVERIFY(kept.error < plain.error);
            const ParamSets nearest =
                makeParamSets(own, layoutFor(own, weights), estimateRanges(weights, own));
            const auto before = rowErrorsOf(weights, valuesOf(weights, nearest), samples);
            const auto after = rowErrorsOf(weights, valuesOf(weights, kept.params), samples);
            for (std::size_t row = 0; row < before.size(); ++row)
                QVERIFY(after[row] <= before[row] * (1 + 1e-5));
        }
    }

    void columnsWithoutInputsAreNearest()
    {
        const ChannelMajor weights = gaussLayer(16, 32, 9);
        Samples samples = correlatedSamples(100, 32, 10);
        for (std::size_t s = 0; s < 100; ++s)
            for (const std::size_t dead : {0u, 5u, 31u})
                samples.values[s * 32 + dead] = 0;
        const Scheme scheme = parseScheme("bits=3,granularity=channel,algorithm=gptq");
        const std::vector<std::uint16_t> expected = nearestCodes(weights, scheme);
        for (const char* algorithm : {"gptq", "gptq-actorder"}) {
            const AlgorithmResult result = runGptq(
                weights, parseScheme(std::string("bits=3,granularity=channel,algorithm=") + algorithm),
                samples.inputs());
            for (std::size_t row = 0; row < 16; ++row)
                for (const std::size_t dead : {0u, 5u, 31u})
                    QCOMPARE(result.params.coded->codes[row * 32 + dead], expected[row * 32 + dead]);
        }
        for (const char* algorithm : {"gptq", "awq", "adaround"}) { // no inputs at all
            const std::vector<float> zeros(64);
            const AlgorithmResult result = runAlgorithm(
                weights, parseScheme(std::string("bits=3,granularity=channel,algorithm=") + algorithm),
                LayerInputs{zeros, 2, 32});
            QVERIFY(result.params.coded->codes == expected);
            QCOMPARE(result.error, 0.0);
        }
    }

    void awqIsNeverWorse()
    {
        std::size_t improved = 0;
        for (unsigned seed = 0; seed < 24; ++seed) {
            const ChannelMajor weights = gaussLayer(24, 40, 100 + seed);
            const Samples samples = correlatedSamples(80, 40, 200 + seed);
            const char* const granularity = seed % 3 == 0 ? "tensor" : seed % 3 == 1 ? "channel" : "group:16";
            const Scheme scheme = parseScheme(std::string(seed % 2 ? "bits=3" : "bits=4,grid=zero-point")
                                              + ",algorithm=awq,granularity=" + granularity);
            const AlgorithmResult result = runAwq(weights, scheme, samples.inputs());
            const double nearest = nearestError(weights, scheme, samples);
            const double own = sumOf(rowErrorsOf(weights, valuesOf(weights, result.params), samples));
            QVERIFY(own <= nearest * (1 + 1e-5));
            QVERIFY(std::abs(own / result.error - 1) < 1e-4);
            improved += own < nearest * 0.98;
            QCOMPARE(result.params.coded->columnFactors.size(), result.exponent > 0 ? 40u : 0u);
        }
        QVERIFY(improved > 12);
    }

    void adaRoundEqualsBruteForce_data()
    {
        QTest::addColumn<int>("features");
        QTest::addColumn<QByteArray>("scheme");
        QTest::newRow("1 weight") << 1 << QByteArray("bits=3,granularity=channel");
        QTest::newRow("5 weights, 2 bits") << 5 << QByteArray("bits=2,grid=offset,granularity=channel");
        QTest::newRow("8 weights, clipped") << 8 << QByteArray("bits=3,range=ratio:0.6,granularity=channel");
        QTest::newRow("12 weights, tensor") << 12 << QByteArray("bits=4,grid=zero-point");
    }
    void adaRoundEqualsBruteForce()
    {
        QFETCH(int, features);
        QFETCH(QByteArray, scheme);
        const ChannelMajor weights = gaussLayer(20, std::size_t(features), 31);
        const Samples samples = correlatedSamples(50, std::size_t(features), 32, 3);
        AdaRoundOptions quick;
        quick.iterations = 50;
        const AlgorithmResult result = runAdaRound(
            weights, parseScheme(scheme.toStdString() + ",algorithm=adaround"), samples.inputs(), quick);
        const std::vector<double> own = rowErrorsOf(weights, valuesOf(weights, result.params), samples);
        for (std::size_t row = 0; row < 20; ++row) {
            const double best = bruteForce(weights, result.params, row, samples);
            // The engine compares sums of float32 products.
            QVERIFY2(own[row] <= best * (1 + 1e-5) + 1e-12,
                     qPrintable(QStringLiteral("%1 %2 %3").arg(row).arg(own[row]).arg(best)));
        }
    }

    void adaRoundStaysBesideTheWeight()
    {
        const ChannelMajor weights = gaussLayer(40, 48, 41);
        const Samples samples = correlatedSamples(200, 48, 42);
        for (const char* scheme : {"bits=4,granularity=channel,range=ratio:0.7,algorithm=adaround",
                                   "bits=8,grid=symmetric-signed,granularity=group:20,algorithm=adaround"}) {
            AdaRoundOptions quick;
            quick.iterations = 500;
            const Scheme own = parseScheme(scheme);
            const AlgorithmResult result = runAdaRound(weights, own, samples.inputs(), quick);
            const std::vector<std::uint16_t> nearest = nearestCodes(weights, own);
            for (std::size_t i = 0; i < nearest.size(); ++i)
                QVERIFY(std::abs(int(nearest[i]) - int(result.params.coded->codes[i])) <= 1
                        && result.params.coded->codes[i]
                               <= result.params.codes.max - result.params.codes.min);
            const double before = nearestError(weights, own, samples);
            QVERIFY(sumOf(rowErrorsOf(weights, valuesOf(weights, result.params), samples)) < 0.6 * before);
        }
    }

    /// The descent ends where neither one flip nor two help.
    void adaRoundIsAtLeastLocallyBest()
    {
        constexpr std::size_t rows = 40;
        const ChannelMajor weights = gaussLayer(rows, 26, 43);
        const Samples samples = correlatedSamples(40, 26, 44, 2);
        AdaRoundOptions quick;
        quick.iterations = 1;
        const Scheme scheme = parseScheme("bits=4,granularity=channel,algorithm=adaround");
        const AlgorithmResult result = runAdaRound(weights, scheme, samples.inputs(), quick);
        std::vector<float> values = valuesOf(weights, result.params);
        for (std::size_t row = 0; row < rows; ++row) {
            const float step = result.params.sets[row].scale;
            const auto flipped = [&](std::size_t i) {
                const float x = values[i], w = weights.values[i];
                return x > w ? x - step : x + step;
            };
            const double least = rowError(weights, values, samples, row) * (1 - 1e-4);
            for (std::size_t i = row * 26; i < row * 26 + 26; ++i) {
                const float kept = std::exchange(values[i], flipped(i));
                const bool isOpen = std::abs(kept - weights.values[i]) < 0.9999f * step
                                    && kept != weights.values[i]
                                    && std::abs(values[i] - weights.values[i]) < 0.9999f * step;
                QVERIFY(!isOpen || rowError(weights, values, samples, row) >= least);
                for (std::size_t j = i + 1; isOpen && j < row * 26 + 26; ++j) {
                    const float other = std::exchange(values[j], flipped(j));
                    const bool isPair = std::abs(values[j] - weights.values[j]) < 0.9999f * step;
                    QVERIFY(!isPair || rowError(weights, values, samples, row) >= least);
                    values[j] = other;
                }
                values[i] = kept;
            }
        }
    }

    /// Without the descent too: rows that the relaxation leaves worse take nearest rounding.
    void adaRoundRowsAreNeverWorse()
    {
        const ChannelMajor weights = gaussLayer(60, 40, 45);
        const Samples samples = correlatedSamples(200, 40, 46);
        const Scheme scheme = parseScheme("bits=3,granularity=channel,algorithm=adaround");
        AdaRoundOptions rough; // rounds long before it has learnt anything
        rough.iterations = 60;
        rough.learningRate = 0.2;
        rough.searchSweeps = 0;
        const AlgorithmResult result = runAdaRound(weights, scheme, samples.inputs(), rough);
        QVERIFY(result.rowsWorse > 0 && result.rowsWorse < 60); // otherwise nothing is tested here
        const ParamSets nearest =
            makeParamSets(scheme, layoutFor(scheme, weights), estimateRanges(weights, scheme));
        const auto before = rowErrorsOf(weights, valuesOf(weights, nearest), samples);
        const auto after = rowErrorsOf(weights, valuesOf(weights, result.params), samples);
        std::size_t better = 0;
        for (std::size_t row = 0; row < before.size(); ++row) {
            QVERIFY(after[row] <= before[row] * (1 + 1e-5));
            better += after[row] < before[row] * (1 - 1e-4);
        }
        QVERIFY(better > 0);
    }

    void theSameForAnyNumberOfThreads()
    {
        const ChannelMajor weights = gaussLayer(150, 300, 51);
        const Samples samples = correlatedSamples(400, 300, 52);
        AdaRoundOptions quick;
        quick.iterations = 60;
        quick.searchSweeps = 2;
        const auto all = [&] {
            const Scheme scheme = parseScheme("bits=3,grid=offset,granularity=group:64");
            const auto coded = [](const AlgorithmResult& result) { return *result.params.coded; };
            const LayerInputs inputs = samples.inputs();
            return std::vector<CodedTensor>{coded(runGptq(weights, scheme, inputs)),
                                            coded(runAwq(weights, scheme, inputs, {5})),
                                            coded(runAdaRound(weights, scheme, inputs, quick))};
        };
        const std::vector<CodedTensor> expected = all();
        const ThreadLimit single(1);
        const std::vector<CodedTensor> alone = all();
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY(expected[i].codes == alone[i].codes
                    && expected[i].columnFactors == alone[i].columnFactors);
    }

    /// Other instruction sets may decide near ties differently; the errors agree.
    void everyInstructionSet()
    {
        const ChannelMajor weights = gaussLayer(64, 130, 61);
        const Samples samples = correlatedSamples(300, 130, 62);
        AdaRoundOptions quick;
        quick.iterations = 200;
        std::vector<double> first;
        for (const std::string& target : vectorTargets()) {
            forceVectorTarget(target);
            const Scheme scheme = parseScheme("bits=4,granularity=channel");
            const LayerInputs inputs = samples.inputs();
            const std::vector<double> errors = {runGptq(weights, scheme, inputs).error,
                                                runAwq(weights, scheme, inputs).error,
                                                runAdaRound(weights, scheme, inputs, quick).error};
            if (first.empty())
                first = errors;
            for (std::size_t i = 0; i < errors.size(); ++i)
                QVERIFY2(std::abs(errors[i] / first[i] - 1) < 0.03, target.c_str());
        }
    }
};

QTEST_APPLESS_MAIN(TestAlgorithms)
#include "tst_algorithms.moc"
