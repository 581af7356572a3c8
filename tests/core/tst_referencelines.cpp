// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"
#include "core/metrics/referencelines.h"
#include "core/support/parallelfor.h"
#include "core/tensor/dtype.h"

#include <QRegularExpression>
#include <QTest>
#include <cmath>
#include <functional>
#include <random>

using namespace quantoscope;

namespace {

constexpr std::size_t points = 4'000'000;

/// Inverse of the upper Gauss tail by Newton's method on erfc, from the answer of the call before: the caller goes inwards
/// step by step.
double gaussQuantile(double upperTail)
{
    static double z = 5;
    for (int i = 0; i < 6; ++i) {
        const double density = std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
        z += (0.5 * std::erfc(z / std::sqrt(2.0)) - upperTail) / density;
    }
    return z;
}

/// The distribution as equally likely points: midpoints of equal slices of probability, symmetric about 0.
std::vector<float> equallyLikely(const std::function<double(double)>& quantile)
{
    std::vector<float> values;
    for (std::size_t i = 0; i < points / 2; ++i) {
        const auto x = float(quantile((double(i) + 0.5) / double(points)));
        values.push_back(x);
        values.push_back(-x);
    }
    return values;
}

/// Largest SQNR over the clipping limit L, by golden-section search: the curve has one maximum.
double bestSqnr(LayerData& data, const std::string& scheme, double low, double high)
{
    const double golden = (std::sqrt(5.0) - 1) / 2;
    const auto at = [&](double limit) {
        const QByteArray number = QByteArray::number(limit, 'g', 9);
        return data
            .report(
                parseScheme(scheme + ",range=manual:-" + number.toStdString() + ":" + number.toStdString()))
            .metrics.sqnrDb;
    };
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double fa = at(a), fb = at(b);
    for (int i = 0; i < 30; ++i) {
        if (fa > fb) {
            high = b;
            b = a;
            fb = fa;
            a = high - golden * (high - low);
            fa = at(a);
        } else {
            low = a;
            a = b;
            fa = fb;
            b = low + golden * (high - low);
            fb = at(b);
        }
    }
    return std::max(fa, fb);
}

/// ∫ e²·f over [from, to] around one level by the two-point Gauss rule, in pieces of at most 1/200 deviation.
double cellError(Source source, double level, double from, double to)
{
    const auto density = [&](double x) {
        return source == Source::Gauss ? std::exp(-x * x / 2) / std::sqrt(2 * M_PI)
                                       : std::exp(-std::sqrt(2.0) * std::abs(x)) / std::sqrt(2.0);
    };
    // An even number: Laplace's corner at 0 then falls between pieces of a cell about 0.
    const int pieces = 2 * std::max(2, int(std::ceil((to - from) * 100)));
    const double half = (to - from) / pieces / 2;
    double sum = 0;
    for (int i = 0; i < pieces; ++i)
        for (const double node : {-1 / std::sqrt(3.0), 1 / std::sqrt(3.0)}) {
            const double x = from + (2 * i + 1 + node) * half;
            sum += (x - level) * (x - level) * density(x) * half;
        }
    return sum;
}

/// SQNR of the uniform quantizer of that loading for a unit source, level by level.
double integratedSqnr(GridClass grid, Source source, int bits, double loading)
{
    const int count = (1 << bits) - (grid == GridClass::Restricted ? 1 : 0);
    const double step = 2 * loading / (count - 1);
    const double lowest = grid == GridClass::Full ? -step * count / 2 : -loading;
    double error = 0;
    for (int i = 0; i < count; ++i) {
        const double level = lowest + i * step;
        error +=
            cellError(source, level, i == 0 ? -40 : level - step / 2, i == count - 1 ? 40 : level + step / 2);
    }
    return -10 * std::log10(error);
}

/// The half nearest to x, found among all of them; ties to the even code.
double nearestHalf(double x)
{
    static const std::vector<double> halves = [] {
        std::vector<double> all;
        for (std::uint16_t code = 0; code < 0x7c00; ++code)
            all.push_back(double(floatFromHalf(code)));
        return all;
    }();
    const double magnitude = std::min(std::abs(x), 65504.0);
    const auto above = std::lower_bound(halves.begin(), halves.end(), magnitude);
    if (*above == magnitude)
        return std::copysign(magnitude, x);
    const double up = *above - magnitude;
    const double down = magnitude - *(above - 1);
    const bool upward = up < down || (up == down && (above - halves.begin()) % 2 == 0);
    return std::copysign(upward ? *above : *(above - 1), x);
}

double halfSqnr(const std::vector<float>& values)
{
    double signal = 0, noise = 0;
    for (const float x : values) {
        signal += double(x) * double(x);
        noise += std::pow(nearestHalf(double(x)) - double(x), 2);
    }
    return 10 * std::log10(signal / noise);
}

const ReferenceLine& lineOf(const std::vector<ReferenceLine>& lines, std::string_view key)
{
    return *std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.key == key; });
}

} // namespace

/// The published best SQNR of each uniform grid for Gauss and Laplace sources, reached by the engine itself.
class TestReferenceLines : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void bestUniformQuantizer_data()
    {
        QTest::addColumn<bool>("laplace");
        QTest::addColumn<QString>("grid");
        QTest::addColumn<int>("bits");
        QTest::addColumn<double>("sqnr");
        const int widths[] = {1, 2, 3, 4, 5, 6, 8};
        const struct
        {
            const char* name;
            bool laplace;
            const char* grid;
            double values[7];
        } rows[] = {{"Gauss mid-rise", false, "mid-rise", {4.40, 9.25, 14.27, 19.38, 24.57, 29.83, 40.57}},
                    {"Gauss restricted", false, "symmetric", {0, 7.21, 13.29, 18.90, 24.33, 29.71, 40.54}},
                    {"Laplace mid-rise", true, "mid-rise", {3.01, 7.07, 11.44, 15.96, 20.60, 25.36, 35.21}},
                    {"Laplace restricted", true, "symmetric", {0, 5.78, 10.80, 15.62, 20.42, 25.26, 35.18}}};
        for (const auto& row : rows)
            for (int i = 0; i < 7; ++i)
                if (row.values[i] > 0)
                    QTest::addRow("%s at %d bits", row.name, widths[i])
                        << row.laplace << QString::fromLatin1(row.grid) << widths[i] << row.values[i];
    }
    void bestUniformQuantizer()
    {
        QFETCH(bool, laplace);
        QFETCH(QString, grid);
        QFETCH(int, bits);
        QFETCH(double, sqnr);
        static const std::vector<float> gauss = equallyLikely(gaussQuantile);
        static const std::vector<float> exponential =
            equallyLikely([](double tail) { return -std::log(2 * tail); });
        const std::vector<float>& values = laplace ? exponential : gauss;
        LayerData data({values, nullptr}, {std::int64_t(values.size())}, -1);
        const double best = bestSqnr(data, "grid=" + grid.toStdString() + ",bits=" + std::to_string(bits),
                                     0.2, laplace ? 14 : 6);
        // Half a unit of the printed digit, and up to 0.015 dB for the tail beyond the last point.
        QVERIFY2(std::abs(best - sqnr) < 0.02, qPrintable(QString::number(best, 'f', 4)));
        // The table rounds to the same printed digits.
        const auto listed =
            optimalQuantizer(grid == QStringLiteral("mid-rise") ? GridClass::MidRise : GridClass::Restricted,
                             laplace ? Source::Laplace : Source::Gauss, bits);
        QVERIFY(listed && std::abs(listed->sqnrDb - sqnr) <= 0.0051);
    }

    void tableIsTheMinimumOfTheIntegral_data()
    {
        QTest::addColumn<int>("grid");
        QTest::addColumn<int>("source");
        QTest::addColumn<int>("bits");
        const char* grids[] = {"mid-rise", "restricted", "full"};
        for (int grid = 0; grid < 3; ++grid)
            for (int source = 0; source < 2; ++source)
                for (const int bits : {1, 2, 3, 4, 7, 8, 10, 13, 16})
                    if (grid != 1 || bits > 1)
                        QTest::addRow("%s %s at %d bits", source ? "Laplace" : "Gauss", grids[grid], bits)
                            << grid << source << bits;
    }
    void tableIsTheMinimumOfTheIntegral()
    {
        QFETCH(int, grid);
        QFETCH(int, source);
        QFETCH(int, bits);
        const auto listed = optimalQuantizer(GridClass(grid), Source(source), bits);
        QVERIFY(listed);
        const auto at = [&](double loading) {
            return integratedSqnr(GridClass(grid), Source(source), bits, loading);
        };
        // Half of the last printed digit.
        const double best = at(listed->loading);
        QVERIFY2(std::abs(best - listed->sqnrDb) < 5.1e-5, qPrintable(QString::number(best, 'f', 6)));
        const double digit = 2e-3 * std::max(1.0, listed->loading);
        QVERIFY(best > at(listed->loading - digit) && best > at(listed->loading + digit));
        for (double loading = 0.25; bits <= 8 && loading < 16; loading += 0.25)
            QVERIFY(at(loading) < best + 1e-9);
    }

    void whereTheTableEnds()
    {
        for (const int bits : {0, 17})
            QVERIFY(!optimalQuantizer(GridClass::MidRise, Source::Gauss, bits));
        QVERIFY(!optimalQuantizer(GridClass::Restricted, Source::Gauss, 1));
        QVERIFY(!optimalQuantizer(GridClass::Uneven, Source::Laplace, 4));
    }

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
        const auto lines = referenceLines(bits, (1u << bits) - 1, GridClass::Restricted);
        QVERIFY(std::abs(lineOf(lines, "uniformDb").sqnrDb - sqnr) < 0.0051);
        // The engine on 100,001 evenly spaced values: the ends count for half a step less, 1e-5 of the error.
        std::vector<float> values;
        for (int i = -50'000; i <= 50'000; ++i)
            values.push_back(float(i) / 50'000);
        LayerData data({values, nullptr}, {std::int64_t(values.size())}, -1);
        const double measured = data.report(parseScheme("bits=" + std::to_string(bits))).metrics.sqnrDb;
        QVERIFY(std::abs(measured - lineOf(lines, "uniformDb").sqnrDb) < 0.01);
    }

    void linesOfAScheme()
    {
        const auto lines = referenceLines(4, 16, GridClass::MidRise, 4.5);
        QCOMPARE(lines.size(), 6u);
        for (const ReferenceLine& line : lines)
            QVERIFY(line.reason.empty() && std::isfinite(line.sqnrDb) && !line.title.empty());
        QCOMPARE(lineOf(lines, "gaussUniformDb").sqnrDb, 19.3769);
        QCOMPARE(lineOf(lines, "laplaceUniformDb").sqnrDb, 15.9601);
        QVERIFY(std::abs(lineOf(lines, "gaussPanterDiteDb").sqnrDb - (4 * 6.0206 - 4.3468)) < 1e-4);
        QVERIFY(std::abs(lineOf(lines, "laplacePanterDiteDb").sqnrDb - (4 * 6.0206 - 6.5321)) < 1e-4);
        QVERIFY(std::abs(lineOf(lines, "gaussShannonDb").sqnrDb - 4.5 * 6.0206) < 1e-4);
        QVERIFY(std::abs(uniformRmseSteps - 1 / std::sqrt(12.0)) < 1e-16);
    }

    void linesThatDoNotApplySayWhy()
    {
        const auto silent = [](const ReferenceLine& line) {
            return std::isnan(line.sqnrDb) && !line.reason.empty();
        };
        for (const char* key : {"uniformDb", "gaussUniformDb", "laplaceUniformDb"})
            QVERIFY2(silent(lineOf(referenceLines(4, 16, GridClass::Uneven), key)), key);
        // Explicit codes: another number of levels than the table's.
        const auto narrow = referenceLines(8, 129, GridClass::Full);
        QVERIFY(silent(lineOf(narrow, "gaussUniformDb")) && silent(lineOf(narrow, "laplaceUniformDb")));
        QVERIFY(std::abs(lineOf(narrow, "uniformDb").sqnrDb - 42.1442) < 1e-4);
        QVERIFY(silent(lineOf(referenceLines(1, 1, GridClass::Restricted), "uniformDb")));
        QVERIFY(silent(float16Line(std::vector<float>{0.5f, -3.0f})));
        QVERIFY(silent(float16Line({})));
        QCOMPARE(float16Line(std::vector<float>{0.5f, 0.1f}).reason, std::string_view());
    }

    void float16Floor()
    {
        // Ties to even and beside them, normal and subnormal; the least that rounds to 0; overflow.
        const std::vector<float> corners = {0x1.002p0f,   0x1.006p0f,   0x1.0020002p0f, -0x1.002p0f,
                                            0x1p-25f,     0x1.8p-24f,   0x1.4p-23f,     -0x1.000002p-25f,
                                            0x1.ffep-15f, 0x1.fffp-15f, 65519.996f,     65520.0f};
        QVERIFY(std::abs(float16SqnrDb(corners) - halfSqnr(corners)) < 1e-9);
        for (const float x : corners) {
            const double expected = halfSqnr({x});
            QVERIFY2(std::abs(float16SqnrDb({&x, 1}) - expected) < 1e-9, qPrintable(QString::number(x)));
        }
        const std::vector<float> large = {1e6f};
        QVERIFY(std::abs(float16SqnrDb(large) - 20 * std::log10(1e6 / (1e6 - 65504))) < 1e-9);
        std::vector<float> every;
        for (std::uint32_t code = 0; code < 65536; ++code)
            every.push_back(floatFromHalf(std::uint16_t(code))); // with NaN and both infinities
        QCOMPARE(float16SqnrDb(every), double(INFINITY));
        QVERIFY(std::isnan(float16SqnrDb(std::vector<float>{0, NAN, INFINITY})));
    }

    void float16OfASampleForAnyThreadCount()
    {
        std::mt19937 random(5);
        std::normal_distribution<float> normal(0, 0.02f);
        std::vector<float> values(300'000);
        for (float& x : values)
            x = normal(random);
        const double all = float16SqnrDb(values);
        QVERIFY(std::abs(all - halfSqnr(values)) < 1e-9);
        const ThreadLimit single(1);
        QCOMPARE(float16SqnrDb(values), all);
    }
};

QTEST_APPLESS_MAIN(TestReferenceLines)
#include "tst_referencelines.moc"
