// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold for every scheme, tried on random schemes and random tensors.
#include "core/analysis/layeranalysis.h"
#include "core/quant/elementquantizer.h"
#include "core/quant/formats.h"
#include "core/support/error.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

using namespace quantoscope;

namespace {

class Random
{
public:
    explicit Random(unsigned seed) : m_engine(seed) {}

    int below(int count) { return int(m_engine() % unsigned(count)); }
    template <class T>
    T oneOf(std::initializer_list<T> list)
    {
        return *(list.begin() + below(int(list.size())));
    }

    /// Weights, activations after ReLU, outliers, sparse, small, large (float16 holds the scales of blocks); sometimes with
    /// what is no number.
    std::vector<float> values(std::size_t count)
    {
        std::vector<float> x =
            reference::gauss(count, unsigned(m_engine()), std::ldexp(1.0f, below(20) - 10));
        const int kind = below(6);
        for (float& value : x) {
            if (kind == 1)
                value = std::max(value, 0.0f);
            if (kind == 2 && below(50) == 0)
                value *= 40;
            if (kind == 3 && below(3) != 0)
                value = 0;
            if (kind == 4 && below(40) == 0)
                value = std::numeric_limits<float>::quiet_NaN();
        }
        return x;
    }

    std::string scheme()
    {
        if (below(3) == 0) {
            const FormatInfo& info = formats()[std::size_t(below(int(formats().size())))];
            std::string text = "format=" + std::string(info.name);
            if (info.format == Format::KMeans)
                text += ",bits=" + std::to_string(1 + below(6));
            if (info.family != Family::Blocks && info.family != Family::Cast)
                text += granularity();
            return text;
        }
        std::string text = "bits=" + std::to_string(1 + below(16)) + ",grid="
                           + oneOf({"symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed",
                                    "symmetric-wide", "mid-rise", "offset", "zero-point"})
                           + granularity();
        text += oneOf({"", "", ",range=percentile:99", ",range=ratio:0.6", ",range=manual:-0.5:2"});
        text += oneOf({"", "", ",rounding=half-away", ",rounding=half-up", ",rounding=floor",
                       ",rounding=stochastic:5"});
        text += oneOf({"", "", ",scale=f16", ",scale=pow2"});
        return text + oneOf({"", "", ",scaling=reciprocal"});
    }

private:
    const char* granularity()
    {
        return oneOf({"", ",granularity=channel", ",granularity=group:7", ",granularity=group:64"});
    }

    std::mt19937 m_engine;
};

/// A scheme that the parser takes; the grids that have no form at 1 bit are drawn again.
Scheme drawScheme(Random& random)
{
    while (true) {
        try {
            return parseScheme(random.scheme());
        } catch (const Error&) {
            continue;
        }
    }
}

constexpr std::int64_t rows = 4, columns = 256;

struct Trial
{
    std::vector<float> x;
    Scheme scheme;
    std::shared_ptr<const ParamSets> params;
    QuantizedValues q;
};

Trial trial(std::vector<float> x, const Scheme& scheme)
{
    Trial t{std::move(x), scheme, {}, {}};
    LayerData data({t.x, nullptr}, {rows, columns}, 0);
    t.params = data.params(scheme);
    t.q = quantize(data.arranged(scheme), *t.params);
    return t;
}

std::size_t setOf(const SetLayout& layout, std::size_t i)
{
    return i / layout.perChannel * layout.perChannelSets() + i % layout.perChannel / layout.length;
}

bool isNearest(const Scheme& scheme)
{
    return scheme.format == Format::Int && scheme.rounding.kind != Rounding::Kind::Floor
           && scheme.rounding.kind != Rounding::Kind::Stochastic;
}

constexpr unsigned trials = 600;

} // namespace

class TestProperties : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void textRoundTrips()
    {
        Random random(1);
        for (unsigned i = 0; i < 5 * trials; ++i) {
            const Scheme scheme = drawScheme(random);
            QVERIFY2(parseScheme(toText(scheme)) == scheme, toText(scheme).c_str());
        }
    }

    /// Every code lies within the codes, every value is its level, NaN stays out.
    void codesAndValuesBelongTogether()
    {
        Random random(2);
        for (unsigned n = 0; n < trials; ++n) {
            const Scheme scheme = drawScheme(random);
            const Trial t = trial(random.values(rows * columns), scheme);
            for (std::size_t i = 0; i < t.x.size(); ++i) {
                QCOMPARE(t.q.finite[i] != 0, std::isfinite(t.x[i]));
                if (!t.q.finite[i])
                    continue;
                QVERIFY2(t.q.codes[i] >= t.params->codes.min && t.q.codes[i] <= t.params->codes.max,
                         toText(scheme).c_str());
                QVERIFY2(std::isfinite(t.q.values[i]), toText(scheme).c_str());
                QVERIFY2(t.q.values[i] == valueOf(*t.params, setOf(t.params->layout, i), t.q.codes[i]),
                         toText(scheme).c_str());
            }
        }
    }

    /// |e| ≤ s/2 within half a step of the outermost levels; floor and stochastic stay below s.
    void roundingBounds()
    {
        Random random(3);
        for (unsigned n = 0; n < trials; ++n) {
            const Scheme scheme = drawScheme(random);
            if (scheme.format != Format::Int)
                continue;
            const Trial t = trial(random.values(rows * columns), scheme);
            for (std::size_t i = 0; i < t.x.size(); ++i) {
                const std::size_t set = setOf(t.params->layout, i);
                const double step = std::abs(double(t.params->sets[set].scale));
                const Interval ends = valueEnds(*t.params, set);
                if (!t.q.finite[i] || t.x[i] < ends.lo || t.x[i] > ends.hi)
                    continue;
                const double error = std::abs(double(t.q.values[i]) - double(t.x[i]));
                // The quotient, the product and the sum are float32: 2^-22 of the largest of them.
                const double slack =
                    0x1p-22 * std::max({std::abs(double(ends.lo)), std::abs(double(ends.hi)), step});
                QVERIFY2(error <= step * (isNearest(scheme) ? 0.5 : 1.0) + slack, toText(scheme).c_str());
            }
        }
    }

    /// Levels stay where they are when they are quantized again with the same parameters.
    void idempotent()
    {
        Random random(4);
        for (unsigned n = 0; n < trials; ++n) {
            const Scheme scheme = drawScheme(random);
            if (!isNearest(scheme))
                continue;
            const Trial t = trial(random.values(rows * columns), scheme);
            ChannelMajor again;
            again.values = t.q.values;
            again.channels = rows;
            again.perChannel = columns;
            const QuantizedValues second = quantize(again, *t.params);
            for (std::size_t i = 0; i < t.x.size(); ++i) {
                // Where the offset is thousands of steps, float32 cannot hold a level to half a step.
                const SetParams& set = t.params->sets[setOf(t.params->layout, i)];
                if (t.q.finite[i] && std::abs(set.offset) < 0x1p18f * std::abs(set.scale))
                    QVERIFY2(second.codes[i] == t.q.codes[i], toText(scheme).c_str());
            }
        }
    }

    void monotone()
    {
        Random random(5);
        for (unsigned n = 0; n < trials; ++n) {
            const Scheme scheme = drawScheme(random);
            const Family family = infoOf(scheme.format).family;
            // Encoders of blocks weigh their elements against each other, but round each to the nearest level.
            if (scheme.rounding.kind == Rounding::Kind::Stochastic || family == Family::Blocks)
                continue;
            const Trial t = trial(random.values(rows * columns), scheme);
            const SetLayout& layout = t.params->layout;
            for (std::size_t s = 0; s < layout.count(); ++s) {
                std::vector<std::size_t> order;
                for (std::size_t i = layout.begin(s); i < layout.begin(s) + layout.size(s); ++i)
                    if (t.q.finite[i])
                        order.push_back(i);
                std::sort(order.begin(), order.end(),
                          [&](std::size_t a, std::size_t b) { return t.x[a] < t.x[b]; });
                for (std::size_t k = 1; k < order.size(); ++k)
                    QVERIFY2(t.q.values[order[k - 1]] <= t.q.values[order[k]], toText(scheme).c_str());
            }
        }
    }

    /// Metrics of random schemes are those of their values.
    void metricsAreThoseOfTheValues()
    {
        Random random(6);
        for (unsigned n = 0; n < trials; ++n) {
            const Scheme scheme = drawScheme(random);
            const std::vector<float> x = random.values(rows * columns);
            const Trial t = trial(x, scheme);
            LayerData data({x, nullptr}, {rows, columns}, 0);
            const ErrorMetrics m = data.report(scheme).metrics;
            double squares = 0;
            std::uint64_t clipped = 0, elements = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                if (!t.q.finite[i])
                    continue;
                const Interval limits = valueLimits(*t.params, setOf(t.params->layout, i));
                const double e = double(t.q.values[i]) - double(x[i]);
                squares += e * e;
                clipped += x[i] < limits.lo || x[i] > limits.hi;
                ++elements;
            }
            QCOMPARE(m.elements, elements);
            if (elements == 0)
                continue;
            QVERIFY2(std::abs(m.mse - squares / double(elements)) <= 4e-6 * m.mse, toText(scheme).c_str());
            QVERIFY2(m.clippedFraction == double(clipped) / double(elements), toText(scheme).c_str());
        }
    }
};

QTEST_APPLESS_MAIN(TestProperties)
#include "tst_properties.moc"
