// SPDX-License-Identifier: GPL-3.0-or-later
// How much the algorithms gain over nearest rounding on random layers with correlated inputs, row by row.
#include "core/quant/algorithms/adaround.h"
#include "core/quant/algorithms/awq.h"
#include "core/quant/algorithms/gptq.h"
#include "core/quant/quantize.h"
#include "tests/core/algorithmdata.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>

using namespace quantoscope;
using namespace quantoscope::testdata;

namespace {

struct Gains
{
    std::vector<double> decibels; ///< of each row, ascending; above 0: better than nearest
    double total = 0;             ///< of the sums
    std::size_t losing = 0;

    double at(double share) const
    {
        return decibels[std::min(decibels.size() - 1, std::size_t(share * double(decibels.size())))];
    }
};

Gains gainsOf(const ChannelMajor& weights, const AlgorithmResult& result, const Samples& samples)
{
    const Scheme scheme = result.params.scheme;
    const ParamSets plain =
        makeParamSets(scheme, layoutFor(scheme, weights), estimateRanges(weights, scheme));
    const std::vector<double> nearest = rowErrorsOf(weights, valuesOf(weights, plain), samples);
    const std::vector<double> own = rowErrorsOf(weights, valuesOf(weights, result.params), samples);
    Gains gains;
    for (std::size_t row = 0; row < own.size(); ++row) {
        gains.decibels.push_back(10 * std::log10(nearest[row] / own[row]));
        gains.losing += own[row] > nearest[row] * (1 + 1e-5);
    }
    std::sort(gains.decibels.begin(), gains.decibels.end());
    gains.total = 10 * std::log10(sumOf(nearest) / sumOf(own));
    return gains;
}

void print(const char* name, const char* scheme, const Gains& gains, std::size_t rowsWorse)
{
    qInfo("%-22s %-42s total %5.2f dB, rows: least %6.2f, 5%% %5.2f, median %5.2f, 95%% %5.2f; losing %zu of "
          "%zu "
          "(before keeping: %zu)",
          name, scheme, gains.total, gains.decibels.front(), gains.at(0.05), gains.at(0.5), gains.at(0.95),
          gains.losing, gains.decibels.size(), rowsWorse);
}

} // namespace

class TestAlgorithmsGains : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void gains_data()
    {
        QTest::addColumn<QByteArray>("scheme");
        QTest::newRow("4 bits, channel") << QByteArray("bits=4,granularity=channel");
        QTest::newRow("3 bits, channel") << QByteArray("bits=3,granularity=channel");
        QTest::newRow("4 bits, groups of 32") << QByteArray("bits=4,grid=offset,granularity=group:32");
        QTest::newRow("2 bits, groups of 16") << QByteArray("bits=2,grid=zero-point,granularity=group:16");
    }
    void gains()
    {
        QFETCH(QByteArray, scheme);
        const ChannelMajor weights = gaussLayer(96, 128, 11);
        const Samples samples = correlatedSamples(512, 128, 12, 0, true);
        const auto with = [&](const char* algorithm) {
            return parseScheme(scheme.toStdString() + ",algorithm=" + algorithm);
        };

        const AlgorithmResult gptq = runGptq(weights, with("gptq"), samples.inputs());
        const Gains plain = gainsOf(weights, gptq, samples);
        print("gptq", scheme.constData(), plain, gptq.rowsWorse);
        QVERIFY(plain.total > 1.5);
        const AlgorithmResult ordered = runGptq(weights, with("gptq-actorder"), samples.inputs());
        const Gains byOrder = gainsOf(weights, ordered, samples);
        print("gptq-actorder", scheme.constData(), byOrder, ordered.rowsWorse);
        QVERIFY(byOrder.total > 1.5);
        GptqOptions keeping;
        keeping.keepBetter = true;
        const AlgorithmResult kept = runGptq(weights, with("gptq"), samples.inputs(), keeping);
        const Gains keptGains = gainsOf(weights, kept, samples);
        print("gptq, keeping better", scheme.constData(), keptGains, kept.rowsWorse);
        QCOMPARE(keptGains.losing, 0u);
        QCOMPARE(kept.rowsWorse, gptq.rowsWorse);
        QCOMPARE(kept.rowsKept, gptq.rowsWorse);

        const AlgorithmResult awq = runAwq(weights, with("awq"), samples.inputs());
        const Gains aware = gainsOf(weights, awq, samples);
        print("awq", scheme.constData(), aware, awq.rowsWorse);
        QVERIFY(aware.total >= -1e-4);

        const AlgorithmResult rounded = runAdaRound(weights, with("adaround"), samples.inputs());
        const Gains adaptive = gainsOf(weights, rounded, samples);
        print("adaround", scheme.constData(), adaptive, rounded.rowsWorse);
        QCOMPARE(adaptive.losing, 0u);
        QVERIFY(adaptive.total > 1.5);
        AdaRoundOptions noSearch;
        noSearch.searchSweeps = 0;
        const AlgorithmResult relaxed = runAdaRound(weights, with("adaround"), samples.inputs(), noSearch);
        const Gains relaxedGains = gainsOf(weights, relaxed, samples);
        print("adaround, no search", scheme.constData(), relaxedGains, relaxed.rowsWorse);
        QVERIFY(relaxedGains.total > 2);
        QVERIFY(relaxed.rowsWorse < 10);
        QCOMPARE(relaxedGains.losing, 0u);
        AdaRoundOptions onlySearch;
        onlySearch.iterations = 1;
        const AlgorithmResult searched = runAdaRound(weights, with("adaround"), samples.inputs(), onlySearch);
        print("search alone", scheme.constData(), gainsOf(weights, searched, samples), searched.rowsWorse);
    }
};

QTEST_APPLESS_MAIN(TestAlgorithmsGains)
#include "tst_algorithmsgains.moc"
