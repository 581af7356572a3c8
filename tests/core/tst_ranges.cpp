// SPDX-License-Identifier: GPL-3.0-or-later
// Range rules in closed form and by histograms, each against a value known otherwise.
#include "core/quant/quantize.h"
#include "core/quant/ranges/aciqrange.h"
#include "core/quant/ranges/entropyrange.h"
#include "core/quant/ranges/erfc.h"
#include "core/quant/ranges/ortentropy.h"
#include "core/quant/ranges/rangekey.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"
#include "tests/support/reference.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <limits>
#include <numeric>

using namespace quantoscope;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float unbounded = std::numeric_limits<float>::infinity();

Interval rangeOf(const std::vector<float>& x, const std::string& scheme)
{
    return estimateRanges(ChannelMajor{x, 1, x.size(), 0, nullptr}, parseScheme(scheme)).at(0);
}

/// The data of tests/data/ort_entropy.py.
std::vector<float> congruential(std::uint64_t shape, std::size_t count)
{
    std::uint64_t state = shape;
    std::vector<float> values(count);
    for (float& value : values) {
        double x = 0;
        for (int i = 0; i < 4; ++i) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            x += static_cast<double>(state >> 40) * 0x1p-24;
        }
        x -= 2;
        value = static_cast<float>(shape == 1   ? std::max(x, 0.0)
                                   : shape == 2 ? x * x * x
                                   : shape == 3 ? x + 1
                                                : x);
    }
    return values;
}

/// KL of a slice, bin by bin and in the words of the definition.
double slowDivergence(const std::vector<std::uint64_t>& counts, BinSlice slice, std::size_t cells)
{
    const std::size_t n = slice.last - slice.first;
    std::vector<double> p(counts.begin() + long(slice.first), counts.begin() + long(slice.last)), q(n, 0.0);
    const std::vector<double> inside = p;
    p.front() += std::accumulate(counts.begin(), counts.begin() + long(slice.first), 0.0);
    p.back() += std::accumulate(counts.begin() + long(slice.last), counts.end(), 0.0);
    for (std::size_t j = 0; j < cells; ++j) {
        const std::size_t from = j * n / cells, to = (j + 1) * n / cells;
        const double sum = std::accumulate(inside.begin() + long(from), inside.begin() + long(to), 0.0);
        const double used = double(
            std::count_if(p.begin() + long(from), p.begin() + long(to), [](double v) { return v > 0; }));
        for (std::size_t i = from; i < to; ++i)
            q[i] = p[i] > 0 ? (sum > 0 ? sum : 1e-4) / used : 0;
    }
    const double sumP = std::accumulate(p.begin(), p.end(), 0.0);
    const double sumQ = std::accumulate(inside.begin(), inside.end(), 0.0);
    if (sumQ == 0)
        return std::numeric_limits<double>::infinity();
    double kl = 0;
    for (std::size_t i = 0; i < n; ++i)
        if (p[i] > 0)
            kl += p[i] / sumP * std::log(p[i] / sumP / (q[i] / sumQ));
    return kl;
}

} // namespace

class TestRanges : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    /// Against the C library, which is right to a few units in the last place.
    void complementOfTheErrorFunction()
    {
        for (double x = 0; x < 26; x += 0.013)
            QVERIFY2(std::abs(exactmath::erfc(x) / std::erfc(x) - 1) < 1e-12, qPrintable(QString::number(x)));
    }

    void sigma()
    {
        // mean 2, deviation 2 (population): 2 ± K·2, cut to [0, 6]
        const std::vector<float> x = {0, 1, 1, 1, 2, 3, 6};
        const double deviation = std::sqrt((4 + 1 + 1 + 1 + 0 + 1 + 16) / 7.0);
        QCOMPARE(rangeOf(x, "range=sigma:1,grid=offset"),
                 (Interval{float(2 - deviation), float(2 + deviation)}));
        QCOMPARE(rangeOf(x, "range=sigma:1"), (Interval{-float(2 + deviation), float(2 + deviation)}));
        QCOMPARE(rangeOf(x, "range=sigma:1,grid=symmetric-signed"), (Interval{0, float(2 + deviation)}));
        QCOMPARE(rangeOf(x, "range=sigma:5,grid=offset"), (Interval{0, 6}));
        QCOMPARE(rangeOf({0, notANumber, 1, 1, 1, unbounded, 2, 3, 6}, "range=sigma:1"),
                 rangeOf(x, "range=sigma:1"));
    }

    void emaAndDynamicOfOneTensorAreItsMinimumAndMaximum()
    {
        const std::vector<float> x = {-1, 5, 3};
        QCOMPARE(rangeOf(x, "range=ema:0.1"), (Interval{-1, 5}));
        Scheme scheme;
        scheme.range.kind = RangeRule::Kind::Dynamic;
        QCOMPARE(estimateRanges(ChannelMajor{x, 1, 3, 0, nullptr}, scheme).at(0), (Interval{-1, 5}));
    }

    void aciqRatios()
    {
        // α/β to the four digits of the paper, α/σ to the six digits that ncnn's table has right.
        const std::vector<std::pair<int, double>> laplace = {{2, 2.8307}, {4, 5.0286}, {8, 9.8968}};
        for (const auto& [m, ratio] : laplace)
            QVERIFY(std::abs(aciqLaplaceRatio(m) - ratio) < 6e-5);
        const double gauss[] = {1.71063519, 2.15159277, 2.55913646, 2.93620062,
                                3.28691474, 3.6151146,  3.92403714};
        for (int m = 2; m <= 8; ++m)
            QVERIFY2(std::abs(aciqGaussRatio(m) - gauss[m - 2]) < 2e-6,
                     qPrintable(QString::number(aciqGaussRatio(m), 'g', 12)));
        // Lowest there: the predicted error rises on both sides.
        for (int m = 1; m <= 17; ++m)
            for (const double side : {0.999, 1.001}) {
                QVERIFY(aciqLaplaceError(aciqLaplaceRatio(m), m)
                        < aciqLaplaceError(side * aciqLaplaceRatio(m), m));
                QVERIFY(aciqGaussError(aciqGaussRatio(m), m) < aciqGaussError(side * aciqGaussRatio(m), m));
            }
    }

    /// The prediction is the error that a Gauss source has, by integration over steps.
    void aciqPredictsTheError()
    {
        for (const double ratio : {1.5, 2.5}) {
            const int m = 4;
            const double step = 2 * ratio / 16;
            double sum = 0;
            for (double x = -9; x < 9; x += 1e-4) {
                const double inside = std::max(std::abs(x) - ratio, 0.0);
                const double error = inside > 0 ? inside * inside : step * step / 12;
                sum += error * std::exp(-x * x / 2) / std::sqrt(2 * M_PI) * 1e-4;
            }
            // It counts steps over the whole line: more by step²/12 of what is clipped.
            const double extra = step * step / 12 * std::erfc(ratio / std::sqrt(2));
            QVERIFY(std::abs(aciqGaussError(ratio, m) - sum - extra) < 1e-7);
        }
    }

    void aciqRanges()
    {
        // |x| = 1 and 3 in equal numbers about 0: mean 0, β = 2, σ = √5; cut to ±3 at 8 bits, not at 1.
        const std::vector<float> x = {-3, -1, 1, 3, 10, -10};
        const double beta = 28.0 / 6, sigma = std::sqrt(220.0 / 6);
        const float laplace = float(beta * aciqLaplaceRatio(2)), gauss = float(sigma * aciqGaussRatio(2));
        QCOMPARE(rangeOf(x, "bits=2,range=aciq:laplace"),
                 (Interval{-std::min(laplace, 10.0f), std::min(laplace, 10.0f)}));
        QCOMPARE(rangeOf(x, "bits=2,range=aciq:gauss"),
                 (Interval{-std::min(gauss, 10.0f), std::min(gauss, 10.0f)}));
        QCOMPARE(rangeOf(x, "bits=8,range=aciq:gauss"), (Interval{-10, 10}));
        // About the mean on grids of two ends, the larger magnitude on grids of one limit.
        const std::vector<float> moved = {-2, 0, 0.5f, 1, 1.5f, 2, 4};
        const double deviation = std::sqrt((9 + 1 + .25 + 0 + .25 + 1 + 9) / 7.0) * aciqGaussRatio(3);
        const Interval both = rangeOf(moved, "bits=3,range=aciq:gauss,grid=offset");
        QCOMPARE(both,
                 (Interval{std::max(-2.0f, float(1 - deviation)), std::min(4.0f, float(1 + deviation))}));
        QCOMPARE(rangeOf(moved, "bits=3,range=aciq:gauss").hi, std::max(std::abs(both.lo), both.hi));
        // The distribution that fits is taken.
        std::vector<float> normal = reference::gauss(20000, 3), peaked = normal;
        for (float& v : peaked)
            v = v * v * v;
        for (const auto& [data, same] : {std::pair{normal, "gauss"}, std::pair{peaked, "laplace"}})
            QCOMPARE(rangeOf(data, "bits=4,range=aciq"),
                     rangeOf(data, std::string("bits=4,range=aciq:") + same));
    }

    void aciqIsOneSidedAfterRelu()
    {
        // Zeros do not count: β = mean of 1, 2, 3, 4, 10; two ends: a bit more for half the source.
        const std::vector<float> x = {0, 0, 0, 1, 0, 2, 3, 0, 4, 10};
        QCOMPARE(rangeOf(x, "bits=1,range=aciq:laplace,grid=offset"),
                 (Interval{0, float(4 * aciqLaplaceRatio(2) > 10 ? 10 : 4 * aciqLaplaceRatio(2))}));
        QCOMPARE(rangeOf(x, "bits=2,range=aciq:gauss").hi,
                 float(std::min(10.0, std::sqrt(26.0) * aciqGaussRatio(2))));
        std::vector<float> negative(x);
        for (float& v : negative)
            v = -v;
        const Interval mirror = rangeOf(negative, "bits=2,range=aciq:gauss,grid=zero-point");
        const Interval plain = rangeOf(x, "bits=2,range=aciq:gauss,grid=zero-point");
        QCOMPARE(mirror.lo, -plain.hi);
        QCOMPARE(mirror.hi, 0.0f);
    }

    void divergences()
    {
        // Two runs of two bins, the fifth outside: P = 1 3 2 4+2, Q = 2 2 3 3.
        const std::vector<std::uint64_t> counts = {1, 3, 2, 4, 2};
        const double p[] = {1 / 12.0, 3 / 12.0, 2 / 12.0, 6 / 12.0}, q[] = {0.2, 0.2, 0.3, 0.3};
        double expected = 0;
        for (int i = 0; i < 4; ++i)
            expected += p[i] * std::log(p[i] / q[i]);
        QVERIFY(std::abs(entropyDivergence(counts, {0, 4}, 2) - expected) < 1e-14);
        // The search is the brute force of the definition.
        std::vector<std::uint64_t> many(300);
        for (std::size_t i = 0; i < many.size(); ++i)
            many[i] = i % 7 == 3 ? 0 : std::uint64_t(20000 * std::exp(-double(i) / 25)) + (i == 290);
        for (const std::size_t anchor : {std::size_t{0}, std::size_t{100}, std::size_t{300}}) {
            BinSlice best;
            double least = 1e300;
            for (std::size_t k = std::max(anchor, 300 - anchor); k > 0; --k) {
                const BinSlice slice{anchor - std::min(anchor, k), std::min(std::size_t{300}, anchor + k)};
                if (slice.last - slice.first < 16)
                    break;
                const double kl = slowDivergence(many, slice, 16);
                const double found = entropyDivergence(many, slice, 16);
                QVERIFY(kl == found || std::abs(kl - found) < 1e-12);
                if (kl < least) {
                    least = kl;
                    best = slice;
                }
            }
            QCOMPARE(leastDivergence(many, anchor, 16), best);
        }
    }

    void entropyClipsTailsAndKeepsUniform()
    {
        std::vector<float> x = reference::gauss(200'000, 5);
        x[17] = 40;
        const Interval range = rangeOf(x, "bits=8,range=entropy");
        QVERIFY2(range.hi > 2.5f && range.hi < 6, qPrintable(QString::number(double(range.hi))));
        QCOMPARE(range.lo, -range.hi);
        const Interval both = rangeOf(x, "bits=8,range=entropy,grid=offset");
        QVERIFY(both.lo > -6 && both.lo < -2.5f && both.hi > 2.5f && both.hi < 8);
        std::vector<float> even(100'000);
        for (std::size_t i = 0; i < even.size(); ++i)
            even[i] = float(i + 1) / float(even.size());
        QVERIFY(rangeOf(even, "bits=8,range=entropy").hi > 0.97f);
    }

    /// ReLU's zeros change nothing.
    void entropyLeavesZerosOut()
    {
        std::vector<float> x = reference::gauss(30'000, 6);
        for (float& v : x)
            v = std::abs(v) + 1e-3f;
        for (const char* scheme : {"bits=8,range=entropy", "bits=8,range=entropy,grid=symmetric-signed"}) {
            const Interval plain = rangeOf(x, scheme);
            std::vector<float> spiked = x;
            spiked.insert(spiked.end(), 50'000, 0.0f);
            spiked.push_back(notANumber);
            spiked.push_back(-unbounded);
            QCOMPARE(rangeOf(spiked, scheme), plain);
        }
        x.push_back(0);
        const Interval one = rangeOf(x, "bits=8,range=entropy,grid=zero-point");
        x.insert(x.end(), 50'000, 0.0f);
        QCOMPARE(rangeOf(x, "bits=8,range=entropy,grid=zero-point"), one);
        QCOMPARE(one.lo, 0.0f);
    }

    void entropyPlans()
    {
        const auto plan = [](const char* scheme) { return entropyPlan(parseScheme(scheme)); };
        QCOMPARE(plan("bits=8").cells, 128u);
        QCOMPARE(plan("bits=8").bins, 2048u);
        QCOMPARE(plan("bits=8,grid=offset").cells, 256u);
        QCOMPARE(plan("bits=9").bins, 2048u);
        QCOMPARE(plan("bits=10").bins, 8192u);
        QCOMPARE(plan("bits=15").bins, std::size_t{1} << 18);
        for (const char* scheme : {"bits=16,range=entropy", "bits=15,range=entropy,grid=offset"}) {
            try {
                rangeOf({1, 2, 3}, scheme);
                QFAIL("not refused");
            } catch (const Error& error) {
                QCOMPARE(error.code(), ErrorCode::SchemeMismatch);
                QVERIFY(QString::fromUtf8(error.what()).contains(QStringLiteral("range=mse")));
            }
        }
    }

    /// Against NumPy and SciPy; recipe in tests/data/ort_entropy.py.
    void ortEntropy()
    {
        QFile file(QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/tests/data/ort_entropy.txt"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        int lines = 0;
        while (!file.atEnd()) {
            const QList<QByteArray> words = file.readLine().trimmed().split(' ');
            QCOMPARE(words.size(), 6);
            const auto x = congruential(words[0].toULongLong(), words[1].toULongLong());
            const Interval range = ortEntropyRange(x, words[2].toULongLong(), words[3].toULongLong());
            QCOMPARE(range.lo, std::strtof(words[4].constData(), nullptr));
            QCOMPARE(range.hi, std::strtof(words[5].constData(), nullptr));
            ++lines;
        }
        QCOMPARE(lines, 20);
        QCOMPARE(ortEntropyRange(std::vector<float>{}), Interval{});
        QCOMPARE(ortEntropyRange(std::vector<float>{0, notANumber, 0}), Interval{});
    }

    void badInput_data()
    {
        QTest::addColumn<QString>("rule");
        for (const char* rule :
             {"mse", "entropy", "aciq", "aciq:gauss", "aciq:laplace", "sigma:3", "percentile:99", "ema:0.1"})
            QTest::newRow(rule) << QString::fromUtf8(rule);
    }
    void badInput()
    {
        QFETCH(QString, rule);
        for (const char* grid :
             {"symmetric", "symmetric-full", "symmetric-signed", "mid-rise", "offset", "zero-point"}) {
            const std::string scheme = "bits=4,grid=" + std::string(grid) + ",range=" + rule.toStdString();
            const auto bound = [&](const std::vector<float>& x) {
                const Interval range = rangeOf(x, scheme);
                return std::max(-range.lo, range.hi);
            };
            QCOMPARE(bound({0, 0, 0, 0}), 0.0f);
            QCOMPARE(bound({notANumber, unbounded, -unbounded}), 0.0f);
            QCOMPARE(bound({2.5f, notANumber, 2.5f, 2.5f}), 2.5f);
            QCOMPARE(bound({7}), 7.0f);
            for (const std::vector<float>& x :
                 {std::vector<float>{1e-45f, -1e-45f, 3e-45f}, std::vector<float>{3e38f, -3e38f, 1e38f, 1},
                  std::vector<float>{1e-30f, 1e30f, 5}, std::vector<float>{-1, -2, -3, -3.5f, -unbounded}}) {
                const Interval range = rangeOf(x, scheme);
                QVERIFY(std::isfinite(range.lo) && std::isfinite(range.hi) && range.lo <= range.hi);
            }
        }
    }

    void rangesDoNotDependOnThreads_data() { badInput_data(); }
    void rangesDoNotDependOnThreads()
    {
        QFETCH(QString, rule);
        const std::vector<float> x = reference::gauss(300'000, 12);
        for (const char* set : {"tensor", "channel", "group:100"}) {
            const Scheme scheme =
                parseScheme("bits=4,granularity=" + std::string(set) + ",range=" + rule.toStdString());
            const ChannelMajor values{x, 3, 100'000, 0, nullptr};
            const auto many = estimateRanges(values, scheme);
            const ThreadLimit single(1);
            QCOMPARE(estimateRanges(values, scheme), many);
            // Each set alone is the same as in its tensor.
            const SetLayout layout = layoutFor(scheme, values);
            const std::size_t last = layout.count() - 1;
            const std::vector<float> own(x.begin() + long(layout.begin(last)),
                                         x.begin() + long(layout.begin(last) + layout.size(last)));
            QCOMPARE(rangeOf(own, "bits=4,range=" + rule.toStdString()), many[last]);
        }
    }

    void stopped()
    {
        std::stop_source source;
        source.request_stop();
        const std::vector<float> x(100'000, 1.5f);
        for (const char* rule : {"mse", "entropy", "aciq", "sigma:3", "percentile:99", "minmax"})
            QVERIFY_EXCEPTION_THROWN(estimateRanges(ChannelMajor{x, 1, x.size(), 0, nullptr},
                                                    parseScheme("range=" + std::string(rule)),
                                                    source.get_token()),
                                     Cancelled);
    }

    /// Schemes of one key have one range; the fields that count are in the key.
    void keys()
    {
        const auto key = [](const char* text) { return rangeKey(parseScheme(text)); };
        QCOMPARE(key("bits=8"), key("bits=3,grid=offset,rounding=floor"));
        QCOMPARE(key("bits=8,range=percentile:99"), key("bits=4,range=percentile:99"));
        QVERIFY(!(key("range=percentile:99") == key("range=percentile:99,grid=offset")));
        for (const char* rule : {"mse", "entropy", "aciq"}) {
            const std::string text = std::string("range=") + rule;
            QVERIFY(!(key((text + ",bits=8").c_str()) == key((text + ",bits=4").c_str())));
            QCOMPARE(key((text + ",rounding=floor").c_str()), key(text.c_str()));
        }
        QVERIFY(!(key("granularity=channel") == key("granularity=tensor")));
    }
};

QTEST_APPLESS_MAIN(TestRanges)
#include "tst_ranges.moc"
