// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"
#include "core/quant/grid.h"
#include "core/quant/levelgrid.h"

#include <QRegularExpression>
#include <QTest>
#include <cmath>
#include <limits>

using namespace quantoscope;

namespace {

const std::vector<float> exampleX = {1.1f, 2.4f, -0.3f, 0.8f};

LayerData dataOf(const std::vector<float>& values)
{
    return LayerData(floatsOf(tensorFromFloats({static_cast<std::int64_t>(values.size())}, values)),
                     {static_cast<std::int64_t>(values.size())}, -1);
}

QList<double> numbers(const QString& text)
{
    QList<double> list;
    for (const QString& part : text.split(u','))
        list.append(part.trimmed().toDouble());
    return list;
}

} // namespace

class TestGrid : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void workedExamples_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<QString>("codes");
        QTest::addColumn<QString>("values");
        QTest::addColumn<double>("scale");
        const QString L = QStringLiteral(",range=manual:-2:2");
        const QString lohi = QStringLiteral(",range=manual:-0.5:2");
        QTest::newRow("A: symmetric") << "bits=3" + L << "2,3,0,1"
                                      << "1.3333,2,0,0.6667" << 4.0 / 6;
        QTest::newRow("B: offset") << "bits=3,grid=offset" + lohi << "4,7,1,4"
                                   << "0.92857,2,-0.142857,0.92857" << 2.5 / 7;
        QTest::newRow("mid-rise") << "bits=3,grid=mid-rise" + L << "5,7,3,5"
                                  << "0.857143,2,-0.285714,0.857143" << 4.0 / 7;
        QTest::newRow("symmetric-full") << "bits=3,grid=symmetric-full" + L << "2,3,-1,1"
                                        << "1.142857,1.714286,-0.571429,0.571429" << 4.0 / 7;
        QTest::newRow("symmetric-full-neg") << "bits=3,grid=symmetric-full-neg" + L << "2,3,-1,2"
                                            << "1,1.5,-0.5,1" << 0.5;
        QTest::newRow("symmetric-wide") << "bits=3,grid=symmetric-wide" + L << "2,3,0,1"
                                        << "1.3333,2,0,0.6667" << 2.0 / 3;
        QTest::newRow("zero-point") << "bits=3,grid=zero-point" + lohi << "4,7,0,3"
                                    << "1.071429,2.142857,-0.357143,0.714286" << 2.5 / 7;
        // v = 2.4 has the largest magnitude: s = -2.4/4, v is hit exactly at code -4.
        QTest::newRow("symmetric-signed") << "bits=3,grid=symmetric-signed"
                                          << "-2,-4,0,-1"
                                          << "1.2,2.4,0,0.6" << -0.6;
        QTest::newRow("int4, s = 0.3 from the lesson") << "bits=4,range=manual:-2.1:2.1"
                                                       << "4,7,-1,3"
                                                       << "1.2,2.1,-0.3,0.9" << 0.3;
    }
    void workedExamples()
    {
        QFETCH(QString, scheme);
        QFETCH(QString, codes);
        QFETCH(QString, values);
        QFETCH(double, scale);
        LayerData data = dataOf(exampleX);
        const Scheme parsed = parseScheme(scheme.toStdString());
        const auto params = data.params(parsed);
        QCOMPARE(params->sets.size(), 1u);
        QVERIFY(std::abs(params->sets[0].scale - scale) < 1e-6);
        const QuantizedValues result = quantize(data.arranged(parsed), *params);
        const QList<double> expectedCodes = numbers(codes);
        const QList<double> expectedValues = numbers(values);
        for (int i = 0; i < 4; ++i) {
            QCOMPARE(double(result.codes[std::size_t(i)]), expectedCodes[i]);
            QVERIFY2(std::abs(double(result.values[std::size_t(i)]) - expectedValues[i]) < 5e-5,
                     qPrintable(QString::number(double(result.values[std::size_t(i)]))));
        }
    }

    void workedErrors_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<double>("mse");
        QTest::addColumn<double>("clipping");
        QTest::addColumn<double>("rounding");
        QTest::addColumn<double>("sqnr");
        QTest::newRow("A") << "bits=3,range=manual:-2:2" << 0.080556 << 0.04 << 0.040556 << 13.78;
        QTest::newRow("B, offset") << "bits=3,grid=offset,range=manual:-0.5:2" << 0.057653 << 0.04 << 0.017653
                                   << 15.24;
        QTest::newRow("B, zero-point")
            << "bits=3,grid=zero-point,range=manual:-0.5:2" << 0.019388 << 0.016531 << 0.002857 << 19.97;
    }
    void workedErrors()
    {
        QFETCH(QString, scheme);
        QFETCH(double, mse);
        QFETCH(double, clipping);
        QFETCH(double, rounding);
        QFETCH(double, sqnr);
        LayerData data = dataOf(exampleX);
        const ErrorMetrics m = data.report(parseScheme(scheme.toStdString())).metrics;
        // Half a unit of the last printed digit.
        QVERIFY(std::abs(m.mse - mse) < 5.1e-7);
        QVERIFY(std::abs(m.clippingMse - clipping) < 5.1e-7);
        QVERIFY(std::abs(m.roundingMse - rounding) < 5.1e-7);
        QVERIFY(std::abs(m.sqnrDb - sqnr) < 5.1e-3);
        QCOMPARE(m.mse, m.clippingMse + m.roundingMse);
    }

    void levelTable_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<int>("count");
        QTest::addColumn<QString>("firstLevels");
        QTest::newRow("2 bits mid-rise") << "bits=2,grid=mid-rise" << 4 << "-2,-0.67,0.67,2";
        QTest::newRow("3 bits mid-rise")
            << "bits=3,grid=mid-rise" << 8 << "-2,-1.43,-0.86,-0.29,0.29,0.86,1.43,2";
        QTest::newRow("4 bits restricted") << "bits=4" << 15 << "-2,-1.71,-1.43";
        QTest::newRow("8 bits restricted") << "bits=8" << 255 << "-2";
        QTest::newRow("8 bits zero-point") << "bits=8,grid=zero-point" << 256 << "-1.992";
        QTest::newRow("1 bit mid-rise") << "bits=1,grid=mid-rise" << 2 << "-2,2";
        QTest::newRow("binary") << "binary" << 2 << "-2,2";
    }
    void levelTable()
    {
        QFETCH(QString, scheme);
        QFETCH(int, count);
        QFETCH(QString, firstLevels);
        const Scheme parsed = parseScheme(scheme.toStdString());
        const std::vector<float> found = gridFor(parsed, {-2, 2}).values();
        QCOMPARE(int(found.size()), count);
        QVERIFY(std::is_sorted(found.begin(), found.end()));
        const QList<double> expected = numbers(firstLevels);
        for (int i = 0; i < expected.size(); ++i)
            QVERIFY(std::abs(double(found[std::size_t(i)]) - expected[i]) < 5.1e-3);
    }

    void endsAndZero_data()
    {
        QTest::addColumn<QString>("grid");
        QTest::addColumn<double>("lowest"); // in units of L = 2, b = 3
        QTest::addColumn<double>("highest");
        QTest::addColumn<bool>("zeroExact");
        QTest::newRow("symmetric") << "symmetric" << -2.0 << 2.0 << true;
        QTest::newRow("symmetric-full") << "symmetric-full" << -2.0 * 8 / 7 << 2.0 * 6 / 7 << true;
        QTest::newRow("symmetric-full-neg") << "symmetric-full-neg" << -2.0 << 1.5 << true;
        QTest::newRow("symmetric-wide") << "symmetric-wide" << -2.0 - 2.0 / 3 << 2.0 << true;
        QTest::newRow("mid-rise") << "mid-rise" << -2.0 << 2.0 << false;
        QTest::newRow("offset") << "offset" << -2.0 << 2.0 << false;
        // s is stored a little above 4/7, so that 2/s falls below the tie at 3.5: z = 3.
        QTest::newRow("zero-point") << "zero-point" << -2.0 + 2.0 / 7 << 2.0 + 2.0 / 7 << true;
    }
    void endsAndZero()
    {
        QFETCH(QString, grid);
        QFETCH(double, lowest);
        QFETCH(double, highest);
        QFETCH(bool, zeroExact);
        const Scheme scheme = parseScheme("bits=3,grid=" + grid.toStdString());
        const SetParams params = makeParams(scheme, {-2, 2});
        const Interval ends = levelEnds(params, codeRange(scheme));
        QVERIFY(std::abs(double(ends.lo) - lowest) < 1e-6);
        QVERIFY(std::abs(double(ends.hi) - highest) < 1e-6);
        const std::vector<float> all = gridFor(scheme, {-2, 2}).values();
        QCOMPARE(std::find(all.begin(), all.end(), 0.0f) != all.end(), zeroExact);
    }

    void codeRanges_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<int>("min");
        QTest::addColumn<int>("max");
        QTest::addColumn<int>("zero");
        QTest::newRow("restricted") << "bits=8" << -127 << 127 << 0;
        QTest::newRow("restricted, unsigned") << "bits=8,codes=unsigned" << 0 << 254 << 127;
        QTest::newRow("full") << "bits=8,grid=symmetric-full" << -128 << 127 << 0;
        QTest::newRow("full, unsigned") << "bits=8,grid=symmetric-full,codes=unsigned" << 0 << 255 << 128;
        QTest::newRow("explicit") << "bits=8,codes=-64:64" << -64 << 64 << 0;
        QTest::newRow("reduced unsigned") << "bits=8,grid=symmetric-full,codes=0:127" << 0 << 127 << 64;
        QTest::newRow("offset") << "bits=8,grid=offset" << 0 << 255 << 0;
        QTest::newRow("offset, signed") << "bits=8,grid=offset,codes=signed" << -128 << 127 << -128;
        QTest::newRow("zero-point of ±1") << "bits=8,grid=zero-point" << 0 << 255 << 127;
        QTest::newRow("zero-point of ±1, signed")
            << "bits=8,grid=zero-point,codes=signed" << -128 << 127 << -1;
        QTest::newRow("16 bits") << "bits=16" << -32767 << 32767 << 0;
    }
    void codeRanges()
    {
        QFETCH(QString, scheme);
        QFETCH(int, min);
        QFETCH(int, max);
        QFETCH(int, zero);
        const Scheme parsed = parseScheme(scheme.toStdString());
        QCOMPARE(codeRange(parsed).min, min);
        QCOMPARE(codeRange(parsed).max, max);
        QCOMPARE(makeParams(parsed, {-1, 1}).zeroPoint, zero);
    }

    /// The tool rows of the conventions that eight grids can express, on their published 256 values.
    void publishedScales_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<double>("scale");
        QTest::addColumn<int>("zeroPoint");
        QTest::addColumn<double>("mse"); // 0: not published
        QTest::newRow("quint8 affine") << "bits=8,grid=zero-point" << 0.0257352944 << 78 << 5.40658439e-05;
        QTest::newRow("quint8 reduced") << "bits=8,grid=zero-point,codes=0:127" << 0.0516732298 << 39 << 0.0;
        QTest::newRow("qint8 symmetric")
            << "bits=8,grid=symmetric-full" << 0.0357843153 << 0 << 1.0722634e-04;
        QTest::newRow("qint8 ±127") << "bits=8" << 0.0359251983 << 0 << 1.05518273e-04;
        QTest::newRow("quint8 symmetric")
            << "bits=8,grid=symmetric-full,codes=unsigned" << 0.0357843153 << 128 << 1.0722634e-04;
    }
    void publishedScales()
    {
        QFETCH(QString, scheme);
        QFETCH(double, scale);
        QFETCH(int, zeroPoint);
        QFETCH(double, mse);
        std::vector<float> x(256);
        for (int i = 0; i < 256; ++i)
            x[std::size_t(i)] = float(((37 * i) % 64) - 32) / 16;
        x[5] += 3.0f;
        LayerData data = dataOf(x);
        const LayerReport report = data.report(parseScheme(scheme.toStdString()));
        QVERIFY(std::abs(double(report.params->sets[0].scale) - scale) < 1e-9);
        QCOMPARE(report.params->sets[0].zeroPoint, zeroPoint);
        if (mse
            > 0) // published for x·(1/s); a tie may fall to the other side: 256 values, one step of error each
            QVERIFY2(std::abs(report.metrics.mse / mse - 1) < 1e-4,
                     qPrintable(QString::number(report.metrics.mse, 'g', 9)));
    }

    /// Reference line (a): a uniform signal on N levels that end at its ends has SQNR 20·log10(N - 1).
    void uniformSignal_data()
    {
        QTest::addColumn<int>("bits");
        QTest::addColumn<double>("sqnr");
        QTest::newRow("2 bits") << 2 << 6.02;
        QTest::newRow("3 bits") << 3 << 15.56;
        QTest::newRow("4 bits") << 4 << 22.92;
        QTest::newRow("8 bits") << 8 << 48.10;
    }
    void uniformSignal()
    {
        QFETCH(int, bits);
        QFETCH(double, sqnr);
        const std::size_t count = 2'000'000;
        std::vector<float> x(count);
        for (std::size_t i = 0; i < count; ++i)
            x[i] = float(-1 + (double(i) + 0.5) * 2 / double(count));
        LayerData data = dataOf(x);
        const ErrorMetrics m =
            data.report(parseScheme("range=manual:-1:1,bits=" + std::to_string(bits))).metrics;
        const double exact = 20 * std::log10((1 << bits) - 2);
        QVERIFY(std::abs(exact - sqnr) < 5.1e-3);
        QVERIFY2(std::abs(m.sqnrDb - exact) < 1e-3, qPrintable(QString::number(m.sqnrDb, 'g', 9)));
        QVERIFY(std::abs(m.rmseSteps - 1 / std::sqrt(12.0)) < 1e-4);
    }

    void extremeRanges_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* grid : {"symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed",
                                 "symmetric-wide", "mid-rise", "offset", "zero-point"})
            for (const int bits : {2, 8, 16})
                QTest::addRow("%s at %d bits", grid, bits)
                    << QStringLiteral("bits=%1,grid=%2").arg(bits).arg(QLatin1String(grid));
    }
    /// Whatever the range, scale and levels stay finite and a representable value comes back.
    void extremeRanges()
    {
        QFETCH(QString, scheme);
        const Scheme parsed = parseScheme(scheme.toStdString());
        const float tiny = std::numeric_limits<float>::denorm_min();
        const float huge = std::numeric_limits<float>::max();
        for (const Interval range :
             {Interval{0, 0}, Interval{-tiny, tiny}, Interval{-3 * tiny, 7 * tiny}, Interval{-huge, huge},
              Interval{0, huge}, Interval{5, 5}, Interval{-5, -5}, Interval{-1e-30f, 1e30f}}) {
            const SetParams params = makeParams(parsed, range);
            QVERIFY(std::isfinite(params.scale) && params.scale != 0);
            const CodeRange codes = codeRange(parsed);
            for (int q = codes.min; q <= codes.max; ++q)
                QVERIFY(std::isfinite(levelValue(params, q)));
            for (const float x : {range.lo, range.hi, 0.0f}) {
                const int q = quantizeOne(parsed, params, codes, x);
                QVERIFY(q >= codes.min && q <= codes.max);
            }
        }
    }

    void constantsSurvive()
    {
        for (const float c : {5.0f, -5.0f, 0.0f, 1e-42f, 3e30f}) {
            LayerData data = dataOf({c, c, c});
            for (const char* text :
                 {"bits=8", "bits=2,grid=offset", "bits=8,grid=zero-point", "bits=4,grid=mid-rise",
                  "bits=4,grid=symmetric-wide", "bits=4,grid=symmetric-signed", "binary"}) {
                const ErrorMetrics m = data.report(parseScheme(text)).metrics;
                QVERIFY2(std::abs(m.maxError) <= 1e-6 * std::abs(double(c)) + 1e-44,
                         qPrintable(QStringLiteral("%1 of %2: %3")
                                        .arg(QLatin1String(text))
                                        .arg(double(c))
                                        .arg(m.maxError)));
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestGrid)
#include "tst_grid.moc"
