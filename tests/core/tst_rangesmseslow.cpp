// SPDX-License-Identifier: GPL-3.0-or-later
// The search for one limit against the best of 4,000 on many seeded sets, all sizes and widths.
#include "core/quant/ranges/clippass.h"
#include "core/quant/ranges/mserange.h"
#include "tests/support/reference.h"

#include <QTest>

#include <array>
#include <cmath>
#include <limits>

using namespace quantoscope;

namespace {

std::vector<float> dataOf(int form, std::size_t count, unsigned seed)
{
    std::vector<float> x = reference::gauss(count, seed);
    for (float& v : x) {
        if (form == 1)
            v = v * v * v;
        if (form == 2)
            v = v > 0 ? v : 0.1f * v;
        if (form == 3)
            v = std::max(v, 0.0f);
        if (form == 4)
            v = 0.1f * v + 3;
    }
    if (form == 5)
        x[count / 3] = 12;
    return x;
}

} // namespace

class TestRangesMseSlow : public QObject
{
    Q_OBJECT

private slots:
    void withinAThousandth_data()
    {
        QTest::addColumn<std::size_t>("count");
        QTest::addColumn<unsigned>("seeds");
        for (const std::size_t count : {2, 3, 8, 32, 33, 100, 256})
            QTest::newRow(qPrintable(QString::number(count))) << count << 12u;
        for (const std::size_t count : {257, 500, 1000})
            QTest::newRow(qPrintable(QString::number(count))) << count << 6u;
        for (const std::size_t count : {2048, 4096, 8191})
            QTest::newRow(qPrintable(QString::number(count))) << count << 1u;
    }
    void withinAThousandth()
    {
        QFETCH(std::size_t, count);
        QFETCH(unsigned, seeds);
        for (unsigned seed = 0; seed < seeds; ++seed)
            for (int form = 0; form < 6; ++form) {
                const std::vector<float> x = dataOf(form, count, seed * 100 + unsigned(form) + 1);
                for (int bits = 2; bits <= 8; ++bits)
                    for (const char* grid : {"symmetric", "symmetric-full", "mid-rise", "symmetric-wide"})
                        look(x, parseScheme("bits=" + std::to_string(bits) + ",grid=" + grid),
                             QStringLiteral("seed %1, form %2, %3 bits, %4")
                                 .arg(seed)
                                 .arg(form)
                                 .arg(bits)
                                 .arg(QString::fromUtf8(grid)));
            }
    }

private:
    void look(const std::vector<float>& x, const Scheme& scheme, const QString& name)
    {
        const CodeRange codes = codeRange(scheme);
        double largest = 0;
        for (const float v : x)
            largest = std::max(largest, std::abs(double(v)));
        double best = std::numeric_limits<double>::infinity();
        for (int i = 1; i <= 4000; i += 8) {
            std::array<SetParams, 8> sets;
            std::array<double, 8> errors;
            for (int k = 0; k < 8; ++k) {
                const float limit = float(largest * (i + k) / 4000);
                sets[std::size_t(k)] = makeParams(scheme, {-limit, limit});
            }
            judgedErrors(x, sets, codes, 1, errors);
            best = std::min(best, *std::min_element(errors.begin(), errors.end()));
        }
        const SetParams found = makeParams(scheme, MseSearch(scheme).range(x));
        double error = 0;
        judgedErrors(x, {&found, 1}, codes, 1, {&error, 1});
        // An error of nothing but float32 rounding is none.
        QVERIFY2(error <= 1.001 * best + 1e-12 * largest * largest,
                 qPrintable(QStringLiteral("%1: %2 %").arg(name).arg(100 * (error / best - 1))));
    }
};

QTEST_APPLESS_MAIN(TestRangesMseSlow)
#include "tst_rangesmseslow.moc"
