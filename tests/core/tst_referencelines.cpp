// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"

#include <QRegularExpression>
#include <QTest>
#include <cmath>
#include <functional>

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
    }
};

QTEST_APPLESS_MAIN(TestReferenceLines)
#include "tst_referencelines.moc"
