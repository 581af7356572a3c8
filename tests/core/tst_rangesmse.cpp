// SPDX-License-Identifier: GPL-3.0-or-later
// The searches for the least squared error against exhaustive ones with the quantizer's scalar form.
#include "core/quant/elements/elementformat.h"
#include "core/quant/quantize.h"
#include "core/quant/ranges/bookrange.h"
#include "core/quant/ranges/clippass.h"
#include "core/quant/ranges/exactlimit.h"
#include "core/quant/ranges/mserange.h"
#include "core/quant/ranges/phasepass.h"
#include "core/support/vectortarget.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>

#include <limits>

using namespace quantoscope;

namespace {

/// Of one range, element by element in double.
double errorOf(const std::vector<float>& x, const Scheme& scheme, Interval range)
{
    const SetParams params = makeParams(scheme, range);
    const CodeRange codes = codeRange(scheme);
    double sum = 0;
    for (const float v : x)
        if (std::isfinite(v)) {
            const double e = double(levelValue(params, quantizeOne(scheme, params, codes, v))) - double(v);
            sum += e * e;
        }
    return sum;
}

/// The engine's quick form of the same, once it has been compared with it.
double quickErrorOf(const std::vector<float>& x, const Scheme& scheme, Interval range)
{
    const SetParams params = makeParams(scheme, range);
    double error = 0;
    judgedErrors(x, {&params, 1}, codeRange(scheme), 1, {&error, 1});
    return error;
}

enum class Form { Gauss, Cubed, Outlier, LeakyRelu, Relu, Moved, Laplace };

std::vector<float> dataOf(Form shape, std::size_t count, unsigned seed)
{
    std::vector<float> x = reference::gauss(count, seed);
    for (float& v : x) {
        if (shape == Form::Cubed)
            v = v * v * v;
        if (shape == Form::LeakyRelu)
            v = v > 0 ? v : 0.1f * v;
        if (shape == Form::Relu)
            v = std::max(v, 0.0f);
        if (shape == Form::Moved)
            v = 0.1f * v + 3;
        if (shape == Form::Laplace)
            v = std::copysign(-std::log(std::max(std::erfc(std::abs(v) / std::sqrt(2.0f)), 1e-30f)), v);
    }
    if (shape == Form::Outlier)
        x[count / 3] = 12;
    return x;
}

Interval limitsOf(const Scheme& scheme, const std::vector<float>& x, double share, bool negative)
{
    double largest = 0;
    for (const float v : x)
        largest = std::max(largest, std::abs(double(v)));
    const float limit = float(largest * share);
    if (scheme.grid != Grid::SymmetricSigned)
        return {-limit, limit};
    return negative ? Interval{-limit, 0} : Interval{0, limit};
}

bool largestIsNegative(const std::vector<float>& x)
{
    const auto [lo, hi] = std::minmax_element(x.begin(), x.end());
    return -*lo >= *hi;
}

} // namespace

class TestRangesMse : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    /// judgedErrors() is the scalar quantizer; float32 sums over 64 elements: within 1e-5.
    void judgesAsTheQuantizer()
    {
        std::vector<float> x = reference::gauss(3001, 1);
        x[5] = std::numeric_limits<float>::quiet_NaN();
        x[3000] = -std::numeric_limits<float>::infinity();
        for (const char* grid : {"symmetric", "symmetric-signed", "mid-rise", "offset", "zero-point"})
            for (const char* bits : {"2", "4", "8", "12"}) {
                const Scheme scheme = parseScheme("bits=" + std::string(bits) + ",grid=" + grid);
                const double exact = errorOf(x, scheme, {-1.7f, 2.3f});
                QVERIFY(std::abs(quickErrorOf(x, scheme, {-1.7f, 2.3f}) - exact) < 1e-5 * exact);
            }
    }

    void withinAThousandthOfFourThousandLimits_data()
    {
        QTest::addColumn<QString>("grid");
        for (const char* grid : {"symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-wide",
                                 "symmetric-signed", "mid-rise"})
            QTest::newRow(grid) << QString::fromUtf8(grid);
    }
    void withinAThousandthOfFourThousandLimits()
    {
        QFETCH(QString, grid);
        // tst_rangesmseslow looks at many more.
        for (const std::size_t count :
             {std::size_t{32}, std::size_t{256}, std::size_t{257}, std::size_t{1500}, std::size_t{4096}})
            for (const int bits : {2, 4, 8})
                for (const Form shape : {Form::Gauss, Form::Cubed, Form::Outlier, Form::LeakyRelu}) {
                    if (count > 2000 && shape != Form::Gauss && bits != 4)
                        continue;
                    const Scheme scheme =
                        parseScheme("bits=" + std::to_string(bits) + ",grid=" + grid.toStdString());
                    const std::vector<float> x = dataOf(shape, count, unsigned(count) + unsigned(bits));
                    const bool negative = largestIsNegative(x);
                    double best = std::numeric_limits<double>::infinity();
                    for (int i = 1; i <= 4000; ++i)
                        best = std::min(best,
                                        quickErrorOf(x, scheme, limitsOf(scheme, x, i / 4000.0, negative)));
                    const double found = quickErrorOf(x, scheme, MseSearch(scheme).range(x));
                    QVERIFY2(found <= 1.001 * best,
                             qPrintable(QStringLiteral("%1 elements, %2 bits, shape %3: %4 %")
                                            .arg(count)
                                            .arg(bits)
                                            .arg(int(shape))
                                            .arg(100 * (found / best - 1))));
                }
    }

    /// Rows of integer phases against the plain distances, on every instruction set; points beyond the cut lie apart.
    void phasesAreTheDistances()
    {
        const std::vector<float> x = dataOf(Form::Gauss, 5003, 8);
        InnerPoints split;
        for (const bool half : {false, true})
            for (const std::string& target : vectorTargets()) {
                forceVectorTarget(target);
                splitPoints(x, 2.5f, split);
                std::vector<double> errors(37);
                phaseErrors(split, {20.0, 0.03, half}, errors);
                forceVectorTarget("");
                QCOMPARE(split.values.size() % 32, std::size_t{0});
                QCOMPARE(split.others().size(), std::size_t(std::count_if(x.begin(), x.end(), [](float v) {
                             return std::abs(v) > 2.5f;
                         })));
                for (std::size_t i = 0; i < errors.size(); ++i) {
                    double exact = 0;
                    for (const float v : x)
                        if (std::abs(v) <= 2.5f) {
                            const double t = double(v) * (20 + 0.03 * double(i)) + (half ? 0.5 : 0.0);
                            exact += (t - std::nearbyint(t)) * (t - std::nearbyint(t));
                        }
                    QVERIFY(std::abs(errors[i] - exact) < 5e-4 * exact);
                }
            }
    }

    /// No step of a dense sample is better than the one found on few elements.
    void fewElementsExactly()
    {
        for (const double offset : {0.0, 0.5})
            for (const double top : {1.0, 7.0, 127.0}) {
                const std::vector<float> x = dataOf(Form::Cubed, 61, unsigned(top));
                double energy = 0;
                float largest = 0;
                for (const float v : x) {
                    energy += double(v) * double(v);
                    largest = std::max(largest, std::abs(v));
                }
                const double to = double(largest) / (top + offset);
                const StepLevels levels{offset, top, top > 1 ? top + 1 : top};
                const auto errorAt = [&](double step) {
                    double sum = 0;
                    for (const float v : x) {
                        const double t = std::abs(double(v)) / step - offset;
                        const double k = std::clamp(std::nearbyint(t), 0.0, v < 0 ? levels.down : levels.up);
                        sum += (t - k) * (t - k) * step * step;
                    }
                    return sum;
                };
                ExactSteps::Minimum best[2];
                ExactSteps().find(x, levels, to / 16, to, energy, best);
                QVERIFY(std::abs(errorAt(best[0].step) - best[0].error) < 1e-9 * energy);
                QVERIFY(best[0].error <= best[1].error);
                for (int i = 625; i <= 10'000; ++i)
                    QVERIFY(best[0].error <= errorAt(to * i / 10'000) + 1e-9 * energy);
            }
    }

    void largeSetsAreSearchedOnBins()
    {
        for (const Form shape : {Form::Gauss, Form::Laplace, Form::Outlier})
            for (const char* text : {"bits=8", "bits=4,grid=mid-rise", "bits=3,grid=symmetric-full"}) {
                const Scheme scheme = parseScheme(text);
                const std::vector<float> x = dataOf(shape, 150'000, 4);
                double best = std::numeric_limits<double>::infinity();
                for (int i = 1; i <= 4000; i += 5)
                    best = std::min(best, quickErrorOf(x, scheme, limitsOf(scheme, x, i / 4000.0, true)));
                const double found = quickErrorOf(x, scheme, MseSearch(scheme).range(x));
                QVERIFY2(found <= 1.001 * best, qPrintable(QStringLiteral("%1: %2 %")
                                                               .arg(QString::fromUtf8(text))
                                                               .arg(100 * (found / best - 1))));
            }
    }

    /// Two levels ±L on mid-rise at 1 bit: the best L is the mean magnitude.
    void closedForm()
    {
        const std::vector<float> x = {-0.2f, 0.9f, 1.1f, -1.4f, 0.3f, -0.7f};
        double sum = 0;
        for (const float v : x)
            sum += std::abs(double(v));
        const Interval range = MseSearch(parseScheme("bits=1,grid=mid-rise")).range(x);
        QVERIFY(std::abs(double(range.hi) - sum / 6) < 1e-3);
        // Values on a grid are kept as they are.
        const std::vector<float> exact = {-1.5f, -1, -0.5f, 0, 0.5f, 1, 1.5f, 1.5f};
        const Scheme scheme = parseScheme("bits=3");
        QCOMPARE(errorOf(exact, scheme, MseSearch(scheme).range(exact)), 0.0);
    }

    void neverWorseThanMinMax()
    {
        for (const char* grid : {"symmetric", "symmetric-signed", "mid-rise", "offset", "zero-point"})
            for (const int bits : {1, 2, 5, 8, 10, 16})
                for (const std::size_t count : {std::size_t{3}, std::size_t{100}, std::size_t{70'000}}) {
                    if (bits == 1 && std::string(grid) == "symmetric")
                        continue;
                    const Scheme scheme = parseScheme("bits=" + std::to_string(bits) + ",grid=" + grid);
                    for (const Form shape : {Form::Cubed, Form::Relu, Form::Moved}) {
                        const std::vector<float> x = dataOf(shape, count, unsigned(bits));
                        const auto [lo, hi] = std::minmax_element(x.begin(), x.end());
                        QVERIFY(quickErrorOf(x, scheme, MseSearch(scheme).range(x))
                                <= quickErrorOf(x, scheme, {*lo, *hi}));
                    }
                }
    }

    /// Above 8 bits bins are coarser than steps; the search still clips an outlier that min-max would spread its levels for.
    void manyBitsOnBins()
    {
        std::vector<float> x = reference::gauss(200'000, 9);
        x[100] = 30;
        const Scheme scheme = parseScheme("bits=9");
        const double found = quickErrorOf(x, scheme, MseSearch(scheme).range(x));
        double best = std::numeric_limits<double>::infinity();
        for (int i = 1; i <= 400; ++i)
            best = std::min(best, quickErrorOf(x, scheme, limitsOf(scheme, x, i / 400.0, true)));
        QVERIFY(found <= 1.02 * best);
    }

    void intervalsAreAsGoodAsExhaustiveOnes_data()
    {
        QTest::addColumn<QString>("grid");
        QTest::addColumn<int>("bits");
        for (const char* grid : {"offset", "zero-point"})
            for (const int bits : {2, 4, 8})
                QTest::newRow((std::string(grid) + " at " + std::to_string(bits) + " bits").c_str())
                    << QString::fromUtf8(grid) << bits;
    }
    void intervalsAreAsGoodAsExhaustiveOnes()
    {
        QFETCH(QString, grid);
        QFETCH(int, bits);
        const Scheme scheme = parseScheme("bits=" + std::to_string(bits) + ",grid=" + grid.toStdString());
        for (const std::size_t count : {std::size_t{32}, std::size_t{700}})
            for (const Form shape : {Form::Gauss, Form::Cubed, Form::LeakyRelu, Form::Relu, Form::Moved}) {
                if (count > 100 && shape != Form::Gauss && shape != Form::Relu)
                    continue;
                const std::vector<float> x = dataOf(shape, count, unsigned(bits));
                auto [lo, hi] = std::minmax_element(x.begin(), x.end());
                const float low = scheme.grid == Grid::ZeroPoint ? std::min(*lo, 0.0f) : *lo;
                const float high = std::max(*hi, 0.0f);
                double best = std::numeric_limits<double>::infinity();
                for (int i = 0; i < 400; ++i)
                    for (int k = 0; i + k < 400; ++k) {
                        const Interval range{low + (high - low) * float(i) / 400,
                                             high - (high - low) * float(k) / 400};
                        if (scheme.grid != Grid::ZeroPoint || (range.lo <= 0 && range.hi >= 0))
                            best = std::min(best, quickErrorOf(x, scheme, range));
                    }
                const double found = quickErrorOf(x, scheme, MseSearch(scheme).range(x));
                QVERIFY2(found <= 1.01 * best, qPrintable(QStringLiteral("%1 elements, shape %2: %3 %")
                                                              .arg(count)
                                                              .arg(int(shape))
                                                              .arg(100 * (found / best - 1))));
            }
    }

    void booksOfLevels_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"nf4", "e2m1", "e4m3", "fp4"})
            QTest::newRow(name) << QString::fromUtf8(name);
    }
    void booksOfLevels()
    {
        QFETCH(QString, name);
        const ElementFormat* format = findElementFormat(name.toStdString());
        std::vector<float> levels;
        for (int code = 0; code < format->codes(); ++code)
            if (const float value = format->decode(std::uint32_t(code)); std::isfinite(value))
                levels.push_back(value / format->maximum);
        std::sort(levels.begin(), levels.end());
        levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
        const auto error = [&](const std::vector<float>& x, float limit) {
            double sum = 0;
            for (const float v : x) {
                double least = std::numeric_limits<double>::infinity();
                const auto near = std::lower_bound(levels.begin(), levels.end(), v / limit);
                for (auto at = near == levels.begin() ? near : near - 1; at != levels.end() && at <= near;
                     ++at)
                    least = std::min(least, std::abs(double(*at * limit) - double(v)));
                sum += least * least;
            }
            return sum;
        };
        for (const std::size_t count : {std::size_t{64}, std::size_t{1000}})
            for (const Form shape : {Form::Gauss, Form::Cubed, Form::Outlier}) {
                const std::vector<float> x = dataOf(shape, count, 21);
                const double largest = std::abs(double(*std::max_element(
                    x.begin(), x.end(), [](float a, float b) { return std::abs(a) < std::abs(b); })));
                double best = std::numeric_limits<double>::infinity();
                for (int i = 1; i <= 4000; ++i)
                    best = std::min(best, error(x, float(largest * i / 4000)));
                const Interval range = mseRangeOfBook(x, levels);
                QCOMPARE(range.lo, -range.hi);
                QVERIFY2(error(x, range.hi) <= 1.002 * best,
                         qPrintable(QString::number(100 * (error(x, range.hi) / best - 1))));
            }
        QCOMPARE(mseRangeOfBook(std::vector<float>{0, 0}, levels), Interval{});
        QCOMPARE(mseRangeOfBook(std::vector<float>{}, levels), Interval{});
        // On bins: as good as on the elements.
        const std::vector<float> large = dataOf(Form::Gauss, 70'000, 5);
        const Interval found = mseRangeOfBook(large, levels);
        double best = std::numeric_limits<double>::infinity();
        for (int i = 1; i <= 200; ++i)
            best = std::min(best, error(large, float(5.0 * i / 200)));
        QVERIFY(error(large, found.hi) <= 1.002 * best);
    }

    /// The same bits on every instruction set that this processor has.
    void instructionSets()
    {
        const std::vector<float> tiny = dataOf(Form::Laplace, 77, 5), small = dataOf(Form::Cubed, 1003, 2),
                                 medium = dataOf(Form::Gauss, 4097, 6),
                                 large = dataOf(Form::Gauss, 100'003, 3);
        for (const char* text : {"bits=8", "bits=3,grid=mid-rise", "bits=4,grid=symmetric-signed",
                                 "bits=4,grid=offset", "bits=8,grid=zero-point"}) {
            MseSearch search(parseScheme(text));
            forceVectorTarget("");
            const Interval one = search.range(small), two = search.range(large), three = search.range(tiny),
                           four = search.range(medium);
            for (const std::string& target : vectorTargets()) {
                forceVectorTarget(target);
                QCOMPARE(search.range(small), one);
                QCOMPARE(search.range(large), two);
                QCOMPARE(search.range(tiny), three);
                QCOMPARE(search.range(medium), four);
            }
            forceVectorTarget("");
        }
    }
};

QTEST_APPLESS_MAIN(TestRangesMse)
#include "tst_rangesmse.moc"
