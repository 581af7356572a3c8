// SPDX-License-Identifier: GPL-3.0-or-later
// Weights as the integers that kernels multiply: they must stand for the very values of the engine.
#include "core/analysis/layeranalysis.h"
#include "core/kernels/layer/codesof.h"
#include "core/quant/formats.h"
#include "core/support/error.h"

#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace quantoscope;

class TestCodesOf : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void integersStandForTheValues_data();
    void integersStandForTheValues();
    void floatsSayWhyTheyAreNone_data();
    void floatsSayWhyTheyAreNone();
    void missingValuesAreZero();
};

namespace {

constexpr std::int64_t rows = 5, columns = 512;

std::vector<float> gaussian()
{
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0.02f, 0.1f);
    std::vector<float> values(rows * columns);
    for (float& value : values)
        value = normal(random);
    return values;
}

double valueOf(const CodeMatrix& matrix, std::size_t output, std::size_t k)
{
    const std::uint16_t code = matrix.codes[output * matrix.depth.depth + k];
    const std::size_t set = output * matrix.setsPerOutput() + (matrix.grouped ? k / matrix.depth.run : 0);
    const std::int64_t e =
        matrix.table.empty() ? std::int64_t{matrix.factor} * code - matrix.zero[set] : matrix.table[code];
    return double(matrix.scale[set]) * double(e) + (matrix.offset.empty() ? 0.0 : double(matrix.offset[set]));
}

} // namespace

void TestCodesOf::integersStandForTheValues_data()
{
    QTest::addColumn<QString>("scheme");
    for (const char* grid : {"symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed",
                             "symmetric-wide", "mid-rise", "offset", "zero-point"})
        for (const char* granularity : {"tensor", "channel", "group:32", "group:7"})
            for (const int bits : {2, 3, 8, 12})
                QTest::addRow("%s %s %d bits", grid, granularity, bits)
                    << QString("bits=%1,grid=%2,granularity=%3").arg(bits).arg(grid).arg(granularity);
    for (const char* text :
         {"binary", "format=binary,grid=offset,granularity=channel", "ternary",
          "bits=4,grid=mid-rise,scale=f16", "bits=3,grid=mid-rise,scale=pow2,granularity=channel",
          "bits=10,grid=mid-rise,scale=bf16,granularity=group:32", "binary,scale=f16",
          "format=ternary,granularity=group:64", "format=e2m1,granularity=channel", "format=e2m3",
          "format=e3m2,granularity=group:32", "bits=8,codes=-200:55,grid=zero-point"})
        QTest::addRow("%s", text) << QString(text);
    for (const FormatInfo& info : formats())
        if (info.family == Family::Blocks && info.name.find("fp8") == std::string_view::npos)
            QTest::addRow("%s", std::string(info.name).c_str()) << QString("format=%1").arg(info.name.data());
}

void TestCodesOf::integersStandForTheValues()
{
    QFETCH(QString, scheme);
    const Scheme parsed = parseScheme(scheme.toStdString());
    const std::vector<float> x = gaussian();
    LayerData data({x, nullptr}, {rows, columns}, 0);
    const std::shared_ptr<const ParamSets> params = data.params(parsed);
    const ChannelMajor& values = data.arranged(parsed);
    const QuantizedValues expected = quantize(values, *params);
    // A scheme of one set sees one long channel; kernels always see the outputs.
    const ChannelMajor byOutput = channelMajor({x, nullptr}, {rows, columns}, 0);
    const CodesOf result = codesOf(byOutput, *params);
    QVERIFY2(result.codes, result.reason.c_str());
    for (std::size_t i = 0; i < expected.values.size(); ++i) {
        const double value = valueOf(*result.codes, i / columns, i % columns);
        // The identities hold for reals; the engine's value has float32's roundings: of the scale, the product and the sum.
        const double bound =
            std::ldexp(std::abs(double(expected.values[i])) + double(params->sets[0].range.hi) + 0.5, -22);
        QVERIFY2(
            std::abs(value - double(expected.values[i])) <= bound,
            qPrintable(QString("element %1: %2 for %3").arg(i).arg(value).arg(double(expected.values[i]))));
    }
    const std::int64_t largest = result.codes->largestInteger();
    QVERIFY(largest > 0);
    for (std::size_t i = 0; i < expected.values.size(); ++i) {
        const std::size_t set = i / columns * result.codes->setsPerOutput()
                                + (result.codes->grouped ? i % columns / result.codes->depth.run : 0);
        const std::int64_t e =
            result.codes->table.empty()
                ? std::int64_t{result.codes->factor} * result.codes->codes[i] - result.codes->zero[set]
                : result.codes->table[result.codes->codes[i]];
        QVERIFY(std::abs(e) <= largest);
    }
}

void TestCodesOf::floatsSayWhyTheyAreNone_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("why");
    for (const char* format : {"nf4", "af4", "kmeans", "e4m3", "e5m2", "mxfp8-e4m3"})
        QTest::addRow("%s", format)
            << QString("format=%1%2").arg(format, QString(format) == "kmeans" ? ",bits=4" : "")
            << QString("no integers times a step");
    QTest::addRow("fp16") << QString("format=fp16") << QString("floats");
    QTest::addRow("bf16") << QString("format=bf16") << QString("floats");
    QTest::addRow("scales along the inputs")
        << QString("bits=8,granularity=channel:1") << QString("along the inputs");
}

void TestCodesOf::floatsSayWhyTheyAreNone()
{
    QFETCH(QString, scheme);
    QFETCH(QString, why);
    const Scheme parsed = parseScheme(scheme.toStdString());
    const std::vector<float> x = gaussian();
    LayerData data({x, nullptr}, {rows, columns}, 0);
    const CodesOf result = codesOf(channelMajor({x, nullptr}, {rows, columns}, 0), *data.params(parsed));
    QVERIFY(!result.codes);
    QVERIFY2(QString::fromStdString(result.reason).contains(why), result.reason.c_str());
}

void TestCodesOf::missingValuesAreZero()
{
    std::vector<float> x = gaussian();
    x[3] = std::numeric_limits<float>::quiet_NaN();
    x[columns + 1] = std::numeric_limits<float>::infinity();
    for (const char* text : {"bits=4,granularity=channel", "bits=5,grid=zero-point", "bits=8,grid=offset"}) {
        const Scheme scheme = parseScheme(text);
        LayerData data({x, nullptr}, {rows, columns}, 0);
        const CodesOf result = codesOf(channelMajor({x, nullptr}, {rows, columns}, 0), *data.params(scheme));
        QVERIFY(result.codes);
        // Within half a step of 0: `offset` has no level there.
        QVERIFY(std::abs(valueOf(*result.codes, 0, 3)) <= 0.5 * double(result.codes->scale[0]) * 1.0001);
        QVERIFY(std::abs(valueOf(*result.codes, 1, 1)) <= 0.5 * double(result.codes->scale[0]) * 1.0001);
    }
}

QTEST_GUILESS_MAIN(TestCodesOf)
#include "tst_codesof.moc"
