// SPDX-License-Identifier: GPL-3.0-or-later
// How a tensor falls into sets, what range each one gets, and what it takes to store them.
#include "core/analysis/layeranalysis.h"
#include "core/support/error.h"
#include "core/support/progress.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>

#include <limits>
#include <numeric>

using namespace quantoscope;

class TestSets : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void groupsNeverCrossChannels()
    {
        // 2 channels of 5, groups of 2: 2+2+1 each.
        const std::vector<float> x = {1, 2, 3, 4, 5, 10, 20, 30, 40, 50};
        LayerData data({x, nullptr}, {2, 5}, 0);
        const auto params = data.params(parseScheme("bits=8,granularity=group:2"));
        std::vector<float> his;
        for (const SetParams& set : params->sets)
            his.push_back(set.range.hi);
        QCOMPARE(his, (std::vector<float>{2, 4, 5, 20, 40, 50}));
    }

    void channelsOfAnyAxis()
    {
        const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}; // [2, 3, 2]
        LayerData data({x, nullptr}, {2, 3, 2}, 0);
        const auto his = [&](const char* scheme) {
            std::vector<float> list;
            const auto params = data.params(parseScheme(scheme));
            for (const SetParams& set : params->sets)
                list.push_back(set.range.hi);
            return list;
        };
        QCOMPARE(his("granularity=tensor"), (std::vector<float>{12}));
        QCOMPARE(his("granularity=channel"), (std::vector<float>{6, 12}));
        QCOMPARE(his("granularity=channel:1"), (std::vector<float>{8, 10, 12}));
        QCOMPARE(his("granularity=channel:2"), (std::vector<float>{11, 12}));
        QVERIFY_EXCEPTION_THROWN(data.params(parseScheme("granularity=channel:3")), Error);
        // A MatMul weight [K, N]: groups run along K.
        LayerData matmul({x, nullptr}, {6, 2}, 1);
        std::vector<float> list;
        const auto groups = matmul.params(parseScheme("granularity=group:3"));
        for (const SetParams& set : groups->sets)
            list.push_back(set.range.hi);
        QCOMPARE(list, (std::vector<float>{5, 11, 6, 12}));
        QCOMPARE(matmul.arranged(parseScheme("bits=8")).memoryIndex(1), 2u);
    }

    /// Where each element of an arrangement came from, for an axis in the middle.
    void arrangementsKnowTheirOrigin()
    {
        std::vector<float> x(2 * 3 * 4);
        std::iota(x.begin(), x.end(), 0.0f);
        for (int axis = 0; axis < 3; ++axis) {
            LayerData data({x, nullptr}, {2, 3, 4}, axis);
            const ChannelMajor& values = data.arranged(Scheme{});
            for (std::size_t i = 0; i < x.size(); ++i)
                QCOMPARE(x[values.memoryIndex(i)], values.values[i]);
        }
    }

    /// Whatever scale rounds to, min-max clips nothing on the grids that end at the range's ends.
    void minMaxClipsNothing()
    {
        for (const char* grid : {"symmetric", "symmetric-wide", "mid-rise", "offset"}) {
            for (int bits = 2; bits <= 16; ++bits) {
                const std::vector<float> x = reference::gauss(16 * 100, unsigned(bits));
                LayerData data({x, nullptr}, {16, 100}, 0);
                const ErrorMetrics m =
                    data.report(parseScheme("granularity=group:10,grid=" + std::string(grid)
                                            + ",bits=" + std::to_string(bits)))
                        .metrics;
                QCOMPARE(m.clippedFraction, 0.0);
                QCOMPARE(m.clippingMse, 0.0);
            }
        }
    }

    void percentiles()
    {
        std::vector<float> x(101);
        for (int i = 0; i <= 100; ++i)
            x[std::size_t(i)] = float(i);
        LayerData data({x, nullptr}, {101}, -1);
        QCOMPARE(data.params(parseScheme("range=percentile:99"))->sets[0].range.hi, 99.0f);
        QCOMPARE(data.params(parseScheme("range=percentile:99.25"))->sets[0].range.hi, 99.25f);
        QCOMPARE(data.params(parseScheme("range=percentile:100"))->sets[0].range.hi, 100.0f);
        const SetParams both = data.params(parseScheme("range=percentile:90,grid=offset"))->sets[0];
        QVERIFY(std::abs(both.range.lo - 5) < 1e-5f && std::abs(both.range.hi - 95) < 1e-5f);
    }

    /// Large sets are counted, small ones selected from: the same order statistics, whatever the data.
    void percentilesOfLargeSets()
    {
        std::vector<float> x = reference::gauss(100'001, 8);
        x[7] = std::numeric_limits<float>::quiet_NaN();
        x[8] = -std::numeric_limits<float>::infinity();
        x[9] = 1e30f;
        x[10] = -1e-40f;
        std::vector<float> values, magnitudes;
        for (const float v : x)
            if (std::isfinite(v)) {
                values.push_back(v);
                magnitudes.push_back(std::abs(v));
            }
        std::sort(values.begin(), values.end());
        std::sort(magnitudes.begin(), magnitudes.end());
        const auto expected = [](const std::vector<float>& sorted, double p) {
            const double position = p * double(sorted.size() - 1);
            const auto below = std::size_t(position);
            const double lower = sorted[below], upper = sorted[std::min(below + 1, sorted.size() - 1)];
            return float(lower + (position - double(below)) * (upper - lower));
        };
        LayerData data({x, nullptr}, {std::int64_t(x.size())}, -1);
        for (const double percentile : {0.001, 25.0, 50.0, 99.0, 99.99, 100.0}) {
            const std::string rule = "range=percentile:" + QByteArray::number(percentile).toStdString();
            QCOMPARE(data.params(parseScheme(rule))->sets[0].range.hi,
                     expected(magnitudes, percentile / 100));
            const double tail = (1 - percentile / 100) / 2;
            const auto ranges =
                estimateRanges(ChannelMajor{x, 1, x.size(), 0, nullptr}, parseScheme(rule + ",grid=offset"));
            QCOMPARE(ranges[0].lo, expected(values, tail));
            QCOMPARE(ranges[0].hi, expected(values, 1 - tail));
        }
        std::stop_source source;
        source.request_stop();
        QVERIFY_EXCEPTION_THROWN(estimateRanges(ChannelMajor{x, 1, x.size(), 0, nullptr},
                                                parseScheme("range=percentile:99"), source.get_token()),
                                 Cancelled);
    }

    void packing_data()
    {
        QTest::addColumn<int>("bits");
        QTest::addColumn<QList<int>>("codes");
        QTest::addColumn<QByteArray>("hex");
        QTest::newRow("4 bits, low nibble first") << 4 << QList<int>{1, -2, 7} << QByteArray("e107");
        QTest::newRow("1 bit") << 1 << QList<int>{1, 0, 1, 1, 0, 0, 0, 1, 1} << QByteArray("8d01");
        QTest::newRow("3 bits cross bytes") << 3 << QList<int>{5, 3, 7, 1} << QByteArray("dd03");
        QTest::newRow("8 bits") << 8 << QList<int>{-1, 127} << QByteArray("ff7f");
        QTest::newRow("16 bits") << 16 << QList<int>{-2, 258} << QByteArray("feff0201");
        QTest::newRow("11 bits") << 11 << QList<int>{2047, 0, 1}
                                 << QByteArray("ff0740"
                                               "0000");
        QTest::newRow("nothing") << 5 << QList<int>{} << QByteArray();
    }
    void packing()
    {
        QFETCH(int, bits);
        QFETCH(QList<int>, codes);
        QFETCH(QByteArray, hex);
        const std::vector<std::int32_t> input(codes.begin(), codes.end());
        const std::vector<std::byte> bytes = packCodes(input, bits);
        QCOMPARE(QByteArray(reinterpret_cast<const char*>(bytes.data()), qsizetype(bytes.size())).toHex(),
                 hex);
    }

    void sizes()
    {
        QCOMPARE(packedSize(parseScheme("bits=3"), 10, 1), 4u + 4);
        QCOMPARE(packedSize(parseScheme("bits=4,granularity=group:32"), 1024, 32), 512u + 128);
        QCOMPARE(packedSize(parseScheme("bits=4,grid=zero-point,granularity=group:32"), 1024, 33),
                 512u + 132 + 17);
        QCOMPARE(packedSize(parseScheme("bits=8,grid=offset"), 100, 1), 100u + 8);
        QCOMPARE(packedSize(parseScheme("binary"), 9, 1), 2u + 4);
    }
};

QTEST_APPLESS_MAIN(TestSets)
#include "tst_sets.moc"
