// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/parameterize.h"
#include "core/quant/quantize.h"
#include "core/runtime/fake/activationquantizer.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace quantoscope;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

std::vector<float> gauss(std::size_t count, std::uint32_t seed = 1)
{
    std::mt19937 bits(seed);
    std::normal_distribution<float> normal(0.3f, 2.0f);
    std::vector<float> values(count);
    for (float& value : values)
        value = normal(bits);
    return values;
}

ActivationRule ruleOf(const std::string& act)
{
    ActivationRule rule;
    rule.act = *parseScheme("bits=8," + act).act;
    return rule;
}

std::vector<float> levels(const ActivationRule& rule, const Shape& shape, const std::vector<float>& in)
{
    std::vector<float> out(in.size(), -12345.0f);
    ActivationQuantizer(rule).run(shape, in, out);
    return out;
}

/// What the engine makes of one array of `rows`.
std::vector<float> byEngine(const ActivationScheme& act, std::span<const float> in, std::size_t rows)
{
    Scheme scheme = schemeOf(act);
    if (scheme.range.kind == RangeRule::Kind::Dynamic)
        scheme.range = {};
    const ChannelMajor values{in, rows, in.size() / rows, 0, nullptr};
    const auto ranges = hasRanges(scheme) ? requestedRanges(values, scheme) : std::vector<Interval>{};
    return quantize(values, parameterize(values, scheme, ranges)).values;
}

bool sameBits(const std::vector<float>& a, const std::vector<float>& b)
{
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0 && !(a[i] == 0 && b[i] == 0)) {
            qWarning("element %zu: %a is not %a", i, double(a[i]), double(b[i]));
            return false;
        }
    return true;
}

} // namespace

class TestFakeActivations : public QObject
{
    Q_OBJECT

private slots:
    void everyGridAndWidthIsTheEngines_data()
    {
        QTest::addColumn<QString>("grid");
        for (const char* grid : {"symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed",
                                 "symmetric-wide", "mid-rise", "offset", "zero-point"})
            QTest::newRow(grid) << grid;
    }
    void everyGridAndWidthIsTheEngines()
    {
        QFETCH(QString, grid);
        const Shape shape{3, 5, 67};
        const std::vector<float> in = gauss(3 * 5 * 67);
        for (int bits = 1; bits <= 16; ++bits) {
            for (const char* rounding : {"half-even", "half-away", "half-up", "floor", "stochastic:7"}) {
                for (const char* range : {"manual:-3:5.5", "dynamic", "percentile:99"}) {
                    if (bits == 1 && (grid == "symmetric" || grid == "symmetric-wide"))
                        continue;
                    ActivationRule rule =
                        ruleOf(QString("act.bits=%1,act.grid=%2,act.rounding=%3,act.range=%4")
                                   .arg(bits)
                                   .arg(grid, rounding, range)
                                   .toStdString());
                    rule.dynamicRange = DynamicRange::Tensor;
                    QVERIFY2(sameBits(levels(rule, shape, in), byEngine(rule.act, in, 1)),
                             qPrintable(QString("%1 bits %2 %3").arg(bits).arg(rounding, range)));
                    rule.act.granularity.kind = Granularity::Kind::Row;
                    QVERIFY(sameBits(levels(rule, shape, in), byEngine(rule.act, in, 15)));
                    rule.rowsAreSamples = true;
                    QVERIFY(sameBits(levels(rule, shape, in), byEngine(rule.act, in, 3)));
                }
            }
        }
    }

    void everyFormatIsTheEngines_data()
    {
        QTest::addColumn<QString>("act");
        for (const char* act :
             {"act.format=fp16", "act.format=bf16", "act.format=e4m3,act.range=manual:-7:7",
              "act.format=e5m2,act.range=dynamic", "act.format=e2m1,act.range=dynamic,act.granularity=row",
              "act.format=nf4,act.range=dynamic", "act.format=ternary", "act.format=binary",
              "act.format=binary,act.grid=offset", "act.format=mxfp8-e4m3", "act.format=nvfp4",
              "act.format=q8_0", "act.codes=-100:100,act.grid=symmetric,act.range=dynamic",
              "act.bits=16,act.codes=unsigned,act.grid=symmetric,act.range=manual:-1:1"})
            QTest::newRow(act) << act;
    }
    void everyFormatIsTheEngines()
    {
        QFETCH(QString, act);
        const Shape shape{4, 3, 128};
        const std::vector<float> in = gauss(4 * 3 * 128);
        ActivationRule rule = ruleOf(act.toStdString());
        const bool rows =
            act.contains("row") || act.contains("mx") || act.contains("nv") || act.contains("q8");
        rule.dynamicRange = DynamicRange::Tensor;
        QVERIFY(sameBits(levels(rule, shape, in), byEngine(rule.act, in, rows ? 12 : 1)));
        // Each sample by itself: the answer for one does not depend on its neighbours.
        rule.dynamicRange = DynamicRange::Sample;
        std::vector<float> expected;
        for (std::size_t s = 0; s < 4; ++s) {
            const auto sample = std::span(in).subspan(s * 384, 384);
            const auto own = byEngine(rule.act, sample, rows ? 3 : 1);
            expected.insert(expected.end(), own.begin(), own.end());
        }
        QVERIFY(sameBits(levels(rule, shape, in), expected));
    }

    void awkwardSizesAndThreadsDoNotMatter_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {0, 1, 2, 15, 16, 17, 2047, 2049, 8191, 8193, 70001})
            QTest::addRow("%d values", size) << size;
    }
    void awkwardSizesAndThreadsDoNotMatter()
    {
        QFETCH(int, size);
        const std::vector<float> in = gauss(static_cast<std::size_t>(size));
        for (const char* range : {"manual:-4:4", "dynamic"}) {
            const ActivationRule rule = ruleOf(std::string("act=8,act.range=") + range);
            const auto expected = size == 0 ? in : byEngine(rule.act, in, 1);
            QVERIFY(sameBits(levels(rule, {1, size}, in), expected));
            const ThreadLimit one(1);
            QVERIFY(sameBits(levels(rule, {1, size}, in), expected));
        }
    }

    void staticSignsAreTheGivenMagnitude()
    {
        ActivationRule rule = ruleOf("act.format=binary");
        rule.signScale = 0.75f;
        QVERIFY(sameBits(levels(rule, {1, 5}, {2.0f, -0.1f, 0.0f, -inf, inf}),
                         {0.75f, -0.75f, 0.75f, -0.75f, 0.75f}));
    }

    void whatIsNotFiniteIsTakenAsKernelsDo()
    {
        for (const char* rounding : {"half-even", "stochastic:3"}) {
            const ActivationRule rule =
                ruleOf(std::string("act=8,act.range=manual:-1:1,act.rounding=") + rounding);
            const auto out = levels(rule, {1, 4}, {notANumber, inf, -inf, 0.0f});
            QCOMPARE(out[0], 0.0f);
            QVERIFY(out[1] > 0.99f && std::isfinite(out[1]));
            QVERIFY(out[2] < -0.99f && std::isfinite(out[2]));
        }
        const auto floats =
            levels(ruleOf("act.format=e4m3,act.range=dynamic"), {1, 3}, {notANumber, 1.0f, inf});
        QVERIFY(std::isnan(floats[0]) && std::isnan(floats[2]));
        QCOMPARE(floats[1], 1.0f);
    }

    void outlierFeaturesStayInHalfPrecisionAndOutOfTheRange()
    {
        ActivationRule rule = ruleOf("act=8,act.grid=symmetric,act.range=dynamic");
        rule.halfFeatures = {0, 1, 0};
        const auto out = levels(rule, {1, 3}, {1.27f, 1000.3f, -0.634f});
        QVERIFY(std::abs(out[0] - 1.27f) < 1e-6f);
        QCOMPARE(out[1], 1000.5f); // nearest binary16
        QVERIFY(std::abs(out[2] + 0.63f) < 1e-6f);
        QVERIFY_THROWS_EXCEPTION(Error, levels(rule, {1, 4}, {1, 2, 3, 4}));
        rule.rowsAreSamples = true; // [N, C, W]: a feature is a channel
        const auto image = levels(rule, {1, 3, 2}, {1.27f, 0.0f, 70.03f, 3.0f, 0.01f, -1.0f});
        QCOMPARE(image[2], 70.0f);
        QCOMPARE(image[3], 3.0f);
        QVERIFY(std::abs(image[4] - 0.01f) < 1e-7f);
    }

    void rowsThatAreNoWholeBlocksAreRefused()
    {
        QVERIFY_THROWS_EXCEPTION(Error, levels(ruleOf("act.format=mxfp8-e4m3"), {2, 33}, gauss(66)));
    }
};

QTEST_APPLESS_MAIN(TestFakeActivations)
#include "tst_fakeactivations.moc"
