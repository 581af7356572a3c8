// SPDX-License-Identifier: GPL-3.0-or-later
// Ranges of streams: the same bits however the values come, and near what memory gives.
#include "core/quant/quantize.h"
#include "core/quant/ranges/observer.h"
#include "core/support/error.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>

#include <limits>
#include <random>

using namespace quantoscope;

namespace {

std::vector<float> stream()
{
    std::vector<float> x = reference::gauss(20'000, 7, 0.02f);
    for (std::size_t i = 0; i < x.size(); i += 3)
        x[i] = x[i] * x[i] * 100;
    x[11] = std::numeric_limits<float>::quiet_NaN();
    x[500] = std::numeric_limits<float>::infinity();
    x[501] = -std::numeric_limits<float>::infinity();
    x[502] = 0;
    x[9000] = 3.5f;
    x[19'999] = -1e-42f;
    return x;
}

Interval observed(std::span<const float> x, const std::string& scheme)
{
    RangeObserver observer(parseScheme(scheme));
    observer.add(x);
    return observer.range();
}

} // namespace

class TestRangesObserver : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void negativePowersOfTwoAreSmallestValues()
    {
        // A bin of negative floats holds its edge nearer to 0.
        for (const float lowest : {-16.0f, -1.0f, -0.25f, -3.0f}) {
            const std::vector<float> values = {lowest, 9, 1, -3e-3f, 4, 2};
            RangeObserver observer(parseScheme("bits=8,range=entropy,grid=zero-point"));
            observer.add(values);
            const Interval range = observer.range();
            QVERIFY(range.lo >= lowest && range.lo < range.hi && range.hi <= 9);
        }
    }

    void sameBitsHoweverSplit_data()
    {
        QTest::addColumn<QString>("rule");
        for (const char* rule : {"minmax", "ratio:0.9", "manual:-1:2", "percentile:99.9", "mse", "entropy",
                                 "aciq", "aciq:gauss", "aciq:laplace", "sigma:3"})
            QTest::newRow(rule) << QString::fromUtf8(rule);
    }
    void sameBitsHoweverSplit()
    {
        QFETCH(QString, rule);
        const std::vector<float> x = stream();
        std::mt19937 engine(1);
        for (const char* grid : {"symmetric", "symmetric-signed", "offset", "zero-point"}) {
            const Scheme scheme =
                parseScheme("bits=8,grid=" + std::string(grid) + ",range=" + rule.toStdString());
            RangeObserver whole(scheme);
            whole.add(x);
            for (const std::size_t pieces : {std::size_t{2}, std::size_t{7}, std::size_t{1000}}) {
                std::vector<std::size_t> cuts = {0, x.size(), 0, x.size()}; // with empty pieces
                for (std::size_t i = 1; i < pieces; ++i)
                    cuts.push_back(engine() % x.size());
                std::sort(cuts.begin(), cuts.end());
                RangeObserver split(scheme);
                std::vector<RangeObserver> parts(5, split);
                for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
                    const auto piece = std::span(x).subspan(cuts[i], cuts[i + 1] - cuts[i]);
                    split.add(piece);
                    parts[engine() % 4].add(piece); // the fifth stays empty
                }
                QCOMPARE(split.range(), whole.range());
                std::shuffle(parts.begin(), parts.end(), engine);
                RangeObserver merged(scheme);
                for (const RangeObserver& part : parts)
                    merged.merge(part);
                QCOMPARE(merged.range(), whole.range());
                QCOMPARE(merged.finite(), x.size() - 3);
                QCOMPARE(merged.notFinite(), 3u);
            }
        }
    }

    void nearTheRangeInMemory_data()
    {
        QTest::addColumn<QString>("rule");
        QTest::addColumn<double>(
            "tolerance"); // relative, from the bins' width of 2^-11 and how flat the rule's optimum is
        QTest::newRow("minmax") << "minmax" << 0.0;
        QTest::newRow("ratio") << "ratio:0.7" << 0.0;
        QTest::newRow("manual") << "manual:-1:2" << 0.0;
        QTest::newRow("percentile") << "percentile:99" << 0x1p-11;
        QTest::newRow("sigma") << "sigma:2" << 0x1p-10;
        QTest::newRow("aciq:gauss") << "aciq:gauss" << 0x1p-10;
        QTest::newRow("aciq:laplace") << "aciq:laplace" << 0x1p-10;
        QTest::newRow("mse") << "mse" << 0.1;
        QTest::newRow("entropy") << "entropy" << 0.3;
    }
    void nearTheRangeInMemory()
    {
        QFETCH(QString, rule);
        QFETCH(double, tolerance);
        const std::vector<float> x = reference::gauss(50'000, 3);
        for (const char* grid : {"symmetric", "offset"}) {
            const std::string text = "bits=4,grid=" + std::string(grid) + ",range=" + rule.toStdString();
            const Interval exact =
                estimateRanges(ChannelMajor{x, 1, x.size(), 0, nullptr}, parseScheme(text)).at(0);
            const Interval found = observed(x, text);
            QVERIFY2(std::abs(double(found.lo) - double(exact.lo)) <= tolerance * std::abs(double(exact.lo))
                         && std::abs(double(found.hi) - double(exact.hi))
                                <= tolerance * std::abs(double(exact.hi)),
                     qPrintable(QStringLiteral("%1: %2 %3 for %4 %5")
                                    .arg(QString::fromUtf8(grid))
                                    .arg(double(found.lo))
                                    .arg(double(found.hi))
                                    .arg(double(exact.lo))
                                    .arg(double(exact.hi))));
        }
    }

    void movingAverage()
    {
        RangeObserver observer(parseScheme("range=ema:0.25,grid=offset"));
        observer.add(std::vector<float>{-1, 3});
        observer.add(std::vector<float>{});
        observer.add(std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
        observer.add(std::vector<float>{-5, 7});
        QCOMPARE(observer.range(), (Interval{-2, 4}));
        RangeObserver other = observer;
        QVERIFY_EXCEPTION_THROWN(other.merge(observer), Error);
    }

    void refusals()
    {
        QVERIFY_EXCEPTION_THROWN(RangeObserver(parseScheme("bits=10,range=entropy")), Error);
        QVERIFY_EXCEPTION_THROWN(RangeObserver(parseScheme("bits=9,range=entropy,grid=offset")), Error);
        RangeObserver one(parseScheme("range=mse"));
        QVERIFY_EXCEPTION_THROWN(one.merge(RangeObserver(parseScheme("range=mse,bits=4"))), Error);
    }

    void emptyAndConstant()
    {
        for (const char* rule : {"minmax", "percentile:99", "mse", "entropy", "aciq", "sigma:3", "ema:0.5"}) {
            const std::string text = "grid=offset,range=" + std::string(rule);
            QCOMPARE(observed({}, text), Interval{});
            QCOMPARE(observed(std::vector<float>{0, 0, -0.0f}, text).hi, 0.0f);
            QCOMPARE(observed(std::vector<float>(10, 4.25f), text).hi, 4.25f);
            const Interval extreme = observed(std::vector<float>{3e38f, -3e38f, 1, 1e-45f}, text);
            QVERIFY(std::isfinite(extreme.lo) && std::isfinite(extreme.hi));
        }
    }
};

QTEST_APPLESS_MAIN(TestRangesObserver)
#include "tst_rangesobserver.moc"
