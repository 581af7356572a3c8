// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/kmeans.h"
#include "core/quant/elements/packing.h"
#include "core/quant/elements/ternary.h"
#include "core/support/progress.h"
#include "tests/support/elementlevels.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>
#include <bit>
#include <limits>

using namespace quantoscope;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

/// Least error of any cut of ascending values into at most `cells` cells.
double leastError(std::vector<float> x, int cells)
{
    std::sort(x.begin(), x.end());
    double best = std::numeric_limits<double>::infinity();
    for (unsigned cuts = 0; cuts < 1u << (x.size() - 1); ++cuts) {
        if (std::popcount(cuts) >= cells)
            continue;
        double error = 0;
        for (std::size_t begin = 0; begin < x.size();) {
            std::size_t end = begin + 1;
            while (end < x.size() && !(cuts >> (end - 1) & 1))
                ++end;
            double mean = 0;
            for (std::size_t i = begin; i < end; ++i)
                mean += double(x[i]) / double(end - begin);
            for (std::size_t i = begin; i < end; ++i)
                error += (double(x[i]) - mean) * (double(x[i]) - mean);
            begin = end;
        }
        best = std::min(best, error);
    }
    return best;
}

} // namespace

/// Books fitted to the data, ternary and two-level sets, packing.
class TestElementBooks : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void fittedBookIsNeverWorseThanItsStart()
    {
        std::vector<float> x = reference::gauss(20000, 2);
        x[7] = notANumber;
        x[8] = infinity;
        std::fill(x.begin() + 100, x.begin() + 9000, 0.0f); // a spike that holds several start values
        double before = infinity;
        for (int bits = 1; bits <= 8; ++bits) {
            const FittedBook fitted = fitBook(x, bits);
            QCOMPARE(int(fitted.values.size()), 1 << bits);
            QVERIFY(fitted.mse <= fitted.startMse && fitted.mse < before);
            QVERIFY(fitted.stable);
            const FittedBook lloyd = fitBook(x, bits, {}, {2000, 0});
            QCOMPARE(int(lloyd.values.size()), 1 << bits);
            QVERIFY(!lloyd.optimal && lloyd.mse <= lloyd.startMse);
            before = fitted.mse;
            std::vector<float> finite(x.begin() + 9, x.end()), values(finite.size());
            finite.insert(finite.end(), x.begin(), x.begin() + 7);
            values.resize(finite.size());
            std::vector<std::int32_t> codes(finite.size());
            quantizeRun(fitted.book(), finite, 1, values, codes);
            QVERIFY(std::abs(reference::squaredError(finite, values) / double(finite.size()) / fitted.mse - 1)
                    < 1e-6);
        }
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_THROWS_EXCEPTION(Cancelled, fitBook(x, 4, stop.get_token()));
    }

    void gaussReachesThePublishedOptimum()
    {
        const std::vector<float> x = reference::gauss(1000000, 1);
        double power = 0;
        for (const float v : x)
            power += double(v) * double(v) / 1000000;
        // Max, 1960, table I, in dB. The power of such a sample alone has a standard error of 10·log10(1 + √(2/n)) =
        // 0.006 dB, the error a little more.
        const double published[] = {4.40, 9.30, 14.62, 20.22};
        for (int bits = 1; bits <= 4; ++bits) {
            const FittedBook fitted = fitBook(x, bits);
            QVERIFY(std::abs(10 * std::log10(power / fitted.mse) - published[bits - 1]) < 0.05);
        }
        // ±√(2/π); five standard errors √((1 - 2/π)/(n/2)) are 0.0043.
        const FittedBook oneBit = fitBook(x, 1);
        QVERIFY(std::abs(double(oneBit.values[1]) - std::sqrt(2 / M_PI)) < 0.0043);
        QVERIFY(std::abs(double(oneBit.values[0]) + std::sqrt(2 / M_PI)) < 0.0043);
    }

    void fewValuesReachTheOptimum()
    {
        std::mt19937 random(9);
        for (int round = 0; round < 60; ++round) {
            std::vector<float> x(1 + random() % 12);
            for (float& v : x)
                v = round % 2 ? float(int(random() % 9)) - 4 : float(random()) / 1e9f;
            for (const int bits : {1, 2, 3}) {
                const double best = leastError(x, 1 << bits) / double(x.size());
                const FittedBook exact = fitBook(x, bits);
                QVERIFY(exact.optimal);
                QVERIFY(std::abs(exact.mse - best) < 1e-12 * (1 + best));
                const FittedBook lloyd = fitBook(x, bits, {}, {2000, 0});
                QVERIFY(lloyd.mse > best - 1e-12 && lloyd.mse <= lloyd.startMse);
            }
        }
        QCOMPARE(fitBook({}, 3).values, std::vector<float>{0});
        QCOMPARE(fitBook(std::vector<float>{2, 1, 2}, 4).values, (std::vector<float>{1, 2}));
    }

    void ternaryLeastSquares()
    {
        std::mt19937 random(4);
        for (int round = 0; round < 20; ++round) {
            std::vector<float> x(1 + random() % 8), values(x.size());
            for (float& v : x)
                v = round % 2 ? float(int(random() % 7)) - 3 : float(random()) / 1e9f - 2;
            const Ternary best = fitTernary(TernaryRule::Mse, x);
            std::transform(x.begin(), x.end(), values.begin(),
                           [&](float v) { return best.value(best.code(v)); });
            // Every assignment of -1, 0, 1 with its best scale leaves Σx² - (Σqx)² / Σq².
            double power = 0, gain = 0;
            for (const float v : x)
                power += double(v) * double(v);
            const int all = int(std::pow(3, double(x.size())));
            for (int assignment = 0; assignment < all; ++assignment) {
                double product = 0, used = 0;
                for (std::size_t i = 0, rest = std::size_t(assignment); i < x.size(); ++i, rest /= 3) {
                    product += (double(rest % 3) - 1) * double(x[i]);
                    used += rest % 3 != 1;
                }
                if (used > 0)
                    gain = std::max(gain, product * product / used);
            }
            QVERIFY(std::abs(reference::squaredError(x, values) - (power - gain)) < 1e-5 * (power + 1e-9));
        }
    }

    void ternaryRules()
    {
        const std::vector<float> finite = {1.0f, -0.5f, 0.1f, -2.0f, 0.4f}; // mean magnitude 0.8
        const Ternary twn = fitTernary(TernaryRule::Twn, finite);
        QVERIFY(std::abs(twn.delta - 0.56f) < 1e-6f && twn.alpha == 1.5f);
        const Ternary absmean = fitTernary(TernaryRule::Absmean, finite);
        QVERIFY(std::abs(absmean.alpha - 0.8f) < 1e-6f && std::abs(absmean.delta - 0.4f) < 1e-6f);
        std::vector<int> codes;
        for (const float v : finite)
            codes.push_back(twn.code(v));
        QCOMPARE(codes, (std::vector<int>{1, 0, 0, -1, 0}));
        QVERIFY(twn.value(-1) == -1.5f);
        QVERIFY(fitTernary(TernaryRule::Twn, std::vector<float>{0, 0}).alpha == 0.0f);
        // Round(x / m) of a Gauss sample, cut to ±1, is the absmean rule.
        const std::vector<float> gauss = reference::gauss(5000, 6);
        const Ternary rule = fitTernary(TernaryRule::Absmean, gauss);
        for (const float v : gauss)
            QCOMPARE(float(rule.code(v)), std::clamp(std::nearbyint(v / rule.alpha), -1.0f, 1.0f));
    }

    void meanMagnitudeIsTheLeastSquaresScale()
    {
        std::vector<float> x = reference::gauss(1000, 8);
        for (float& v : x)
            v += 0.5f;
        const auto errorOf = [&](const TwoLevels& levels) {
            double sum = 0;
            for (const float v : x)
                sum += std::pow(double(v) - double(levels.value(levels.code(v))), 2);
            return sum;
        };
        for (const bool centred : {false, true}) {
            const TwoLevels best = fitTwoLevels(x, centred);
            for (const float factor : {0.9f, 0.999f, 1.001f, 1.1f})
                QVERIFY(errorOf(best) < errorOf({best.alpha * factor, best.centre}));
        }
        QVERIFY(errorOf(fitTwoLevels(x, true)) < errorOf(fitTwoLevels(x, false)));
        QCOMPARE(fitTwoLevels(x, false).code(0.0f), 1);
    }

    void packing()
    {
        const std::vector<std::int32_t> nibbles = {1, 15, 7};
        const auto packed = packHighNibbleFirst(nibbles);
        QCOMPARE(packed, (std::vector<std::byte>{std::byte{0x1f}, std::byte{0x70}}));
        QCOMPARE(unpackHighNibbleFirst(packed, 3), nibbles);
        const std::vector<std::int32_t> trits = {-1, 0, 1, 1, 0};
        const auto bytes = packTernary(trits);
        QCOMPARE(bytes, (std::vector<std::byte>{std::byte{0b10100100}, std::byte{1}}));
        QCOMPARE(unpackTernary(bytes, 5), trits);
        for (const int width : {1, 3, 5, 6, 7, 8}) {
            std::vector<std::byte> stream(std::size_t(width) * 4);
            for (std::size_t i = 0; i < 32; ++i)
                putBits(stream, i, width, std::uint32_t(i * 37) & ((1u << width) - 1));
            for (std::size_t i = 0; i < 32; ++i)
                QCOMPARE(getBits(stream, i, width), std::uint32_t(i * 37) & ((1u << width) - 1));
        }
    }
};

QTEST_APPLESS_MAIN(TestElementBooks)
#include "tst_elementbooks.moc"
