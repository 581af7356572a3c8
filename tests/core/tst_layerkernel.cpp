// SPDX-License-Identifier: GPL-3.0-or-later
// From scheme to kernel: a layer run with integers must give what its quantized values give when multiplied as reals.
#include "core/kernels/layer/layerkernel.h"

#include "core/analysis/layeranalysis.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace quantoscope;

class TestLayerKernel : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void productsOfQuantizedValues_data();
    void productsOfQuantizedValues();
    void convolutionsOfQuantizedValues_data();
    void convolutionsOfQuantizedValues();
    void transposedConvolutionsOfQuantizedValues_data();
    void transposedConvolutionsOfQuantizedValues();
    void instructionSetsAgree_data();
    void instructionSetsAgree();
    void copiesAndPartsGiveTheSame();
    void rangesOfZeroAreZero_data();
    void rangesOfZeroAreZero();
    void noRowsGiveAnEmptyResult();
    void gatheredWindowsTakeTheRangeOfTheImage_data();
    void gatheredWindowsTakeTheRangeOfTheImage();
    void deepSumsHaveFewerParts();
    void missingSignsHaveNoMagnitude();
    void integersThatDoNotFitSayWhy();
    void ternaryWithoutMultiplication();
    void saturatingPairsAreOffAndSaySo();
    void whatHasNoKernelSaysWhy_data();
    void whatHasNoKernelSaysWhy();
};

namespace {

std::vector<float> gaussian(std::size_t count, unsigned seed, float mean, float sigma)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(mean, sigma);
    std::vector<float> values(count);
    for (float& value : values)
        value = normal(random);
    return values;
}

/// Weights [outputs][depth] under the scheme.
LayerWork workFor(const std::string& scheme, const std::vector<float>& weights, std::int64_t outputs,
                  std::int64_t depth)
{
    const Scheme parsed = parseScheme(scheme);
    LayerData data({weights, nullptr}, {outputs, depth}, 0);
    LayerWork work;
    work.weights = channelMajor({weights, nullptr}, {outputs, depth}, 0);
    work.params = data.params(parsed);
    work.act = parsed.act;
    return work;
}

/// x̂ of the engine for the activations of a static or dynamic scheme.
std::vector<float> quantizedInput(const std::optional<ActivationScheme>& act, const std::vector<float>& input,
                                  std::size_t rows)
{
    if (!act)
        return input;
    Scheme scheme = schemeOf(*act);
    // Dynamic ranges are those of each sample.
    const bool dynamic = scheme.range.kind == RangeRule::Kind::Dynamic;
    const bool perRow = dynamic || act->granularity.kind == Granularity::Kind::Row;
    if (dynamic)
        scheme.range = {};
    scheme.granularity = {};
    std::vector<float> result;
    const std::size_t sets = perRow ? rows : 1;
    for (std::size_t set = 0; set < sets; ++set) {
        const std::span<const float> part =
            std::span(input).subspan(set * input.size() / sets, input.size() / sets);
        LayerData data({part, nullptr}, {static_cast<std::int64_t>(part.size())}, 0);
        const QuantizedValues values = quantize(data.arranged(scheme), *data.params(scheme));
        result.insert(result.end(), values.values.begin(), values.values.end());
    }
    return result;
}

float largestOf(const std::vector<float>& values)
{
    float largest = 0;
    for (const float value : values)
        largest = std::max(largest, std::abs(value));
    return largest;
}

/// |y - expected| within the roundings of float32: of sums, and of values, which on grids with an offset are as coarse as the
/// ends of the range however small the value is. `magnitude` is Σ |ŵ| · max |x̂|.
bool isNear(double value, double expected, double magnitude)
{
    return std::abs(value - expected) <= 1e-6 * magnitude + 1e-9;
}

} // namespace

void TestLayerKernel::productsOfQuantizedValues_data()
{
    QTest::addColumn<QString>("scheme");
    const QStringList grids = {"symmetric",        "symmetric-full", "symmetric-full-neg",
                               "symmetric-signed", "symmetric-wide", "mid-rise",
                               "offset",           "zero-point"};
    for (const QString& grid : grids)
        for (const QString& granularity :
             {QString("tensor"), QString("channel"), QString("group:32"), QString("group:13")})
            for (const QString& act : {QString("act=8"), QString("act.bits=8,act.grid=mid-rise"),
                                       QString("act.bits=5,act.grid=offset,act.range=dynamic")})
                for (const int bits : {3, 4, 8, 11}) {
                    const QString text =
                        QString("bits=%1,grid=%2,granularity=%3,%4").arg(bits).arg(grid, granularity, act);
                    QTest::addRow("%s", qPrintable(text)) << text;
                }
    for (const char* text : {"bits=1,grid=mid-rise,granularity=channel,act=8",
                             "binary,act=8",
                             "binary,act.format=binary",
                             "format=binary,granularity=channel,act.format=binary,act.granularity=row",
                             "binary,act.format=binary,act.range=dynamic",
                             "bits=4,grid=mid-rise,scale=pow2,act=8",
                             "bits=5,grid=mid-rise,scale=f16,granularity=group:32",
                             "ternary,act=8",
                             "format=ternary,granularity=channel,act=8",
                             "format=e2m1,granularity=channel,act=8",
                             "format=e2m3,act=8",
                             "format=e3m2,granularity=channel,act=8",
                             "bits=8,act=16",
                             "bits=16,granularity=channel,act=16",
                             "bits=12,act.bits=12,act.grid=symmetric,act.granularity=row",
                             "bits=8,granularity=channel",
                             "bits=4,granularity=group:32",
                             "nf4",
                             "format=nf4,granularity=group:64",
                             "format=kmeans,bits=3",
                             "format=fp16",
                             "format=bf16",
                             "format=e4m3",
                             "format=ternary",
                             "binary",
                             "bits=16"})
        QTest::addRow("%s", text) << QString(text);
    for (const char* text :
         {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "iq4_nl", "iq4_xs",
          "tq1_0", "tq2_0", "mxfp4", "nvfp4", "mxfp6-e2m3", "mxfp8-e4m3"}) {
        QTest::addRow("%s weights alone", text) << QString("format=%1").arg(text);
        if (QString(text) != "mxfp8-e4m3")
            QTest::addRow("%s", text) << QString("format=%1,act=8").arg(text);
    }
}

void TestLayerKernel::productsOfQuantizedValues()
{
    QFETCH(QString, scheme);
    const bool blocks = scheme.contains("_k") || scheme.contains("iq4_xs") || scheme.contains("tq");
    const std::int64_t outputs = 37, depth = blocks ? 512 : 192;
    constexpr std::size_t rows = 5;
    const std::vector<float> weights = gaussian(static_cast<std::size_t>(outputs * depth), 3, 0.01f, 0.1f);
    LayerWork work = workFor(scheme.toStdString(), weights, outputs, depth);
    work.rows = rows;
    work.input = gaussian(rows * static_cast<std::size_t>(depth), 5, 0.3f, 1);
    work.bias = gaussian(static_cast<std::size_t>(outputs), 9, 0, 1);
    const std::vector<float> bias = work.bias;
    const std::vector<float> x = quantizedInput(work.act, work.input, rows);
    const QuantizedValues w = quantize(work.weights, *work.params);
    const double top = double(largestOf(x));

    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
    kernel->run();
    QCOMPARE(kernel->output().size(), rows * static_cast<std::size_t>(outputs));
    QVERIFY(!kernel->name().empty());
    QVERIFY(kernel->weightBytes() > 0);
    for (std::size_t m = 0; m < rows; ++m) {
        for (std::size_t n = 0; n < static_cast<std::size_t>(outputs); ++n) {
            double sum = double(bias[n]);
            double magnitude = std::abs(double(bias[n]));
            for (std::size_t k = 0; k < static_cast<std::size_t>(depth); ++k) {
                const double term = double(x[m * static_cast<std::size_t>(depth) + k])
                                    * double(w.values[n * static_cast<std::size_t>(depth) + k]);
                sum += term;
                magnitude += std::abs(double(w.values[n * static_cast<std::size_t>(depth) + k])) * top;
            }
            const double y = double(kernel->output()[m * static_cast<std::size_t>(outputs) + n]);
            QVERIFY2(isNear(y, sum, magnitude), qPrintable(QString("%1: row %2, output %3: %4 for %5")
                                                               .arg(kernel->name().c_str())
                                                               .arg(m)
                                                               .arg(n)
                                                               .arg(y)
                                                               .arg(sum)));
        }
    }
    const KernelProof proof = kernel->prove();
    QVERIFY2(!proof.exact || *proof.exact, kernel->name().c_str());
    QVERIFY(proof.exact || !proof.reason.empty());
    QCOMPARE(proof.exact.has_value(), kernel->arithmetic() != Arithmetic::Float);
}

void TestLayerKernel::convolutionsOfQuantizedValues_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<int>("groups");
    QTest::addColumn<int>("outputs");
    for (const char* act : {"act=8", "act.bits=8,act.grid=mid-rise", "act.bits=8,act.grid=offset",
                            "act.bits=7,act.grid=symmetric"})
        for (const char* weights :
             {"bits=8,granularity=channel", "bits=4,grid=zero-point",
              "bits=3,grid=offset,granularity=channel", "bits=2,grid=mid-rise", "ternary"})
            for (const int groups : {1, 2, 6}) {
                const QString text = QString("%1,%2").arg(weights, act);
                QTest::addRow("%s in %d groups", qPrintable(text), groups) << text << groups << 12;
            }
    for (const char* text :
         {"bits=8,granularity=channel", "nf4", "bits=12,act=16", "bits=4,granularity=group:16,act=8",
          "bits=8,act.range=dynamic,act.bits=8", "binary,act.format=binary",
          "format=binary,grid=offset,granularity=channel,act.format=binary",
          "binary,act.format=binary,act.range=dynamic", "ternary", "bits=3,grid=offset,granularity=group:4",
          "bits=4,granularity=channel,rounding=stochastic:7", "bits=12,rounding=stochastic:7,act=8",
          "format=fp16", "format=kmeans,bits=3,granularity=channel", "format=e2m1,granularity=group:4,act=8",
          "bits=12,granularity=channel,act.bits=10,act.range=dynamic",
          "bits=5,granularity=group:4,act.bits=8,act.range=dynamic"}) {
        const QString scheme = text;
        for (const int groups : {1, 2, 6})
            QTest::addRow("%s in %d groups", qPrintable(scheme), groups) << scheme << groups << 12;
        QTest::addRow("%s, depthwise", qPrintable(scheme)) << scheme << 6 << 6;
    }
}

void TestLayerKernel::convolutionsOfQuantizedValues()
{
    QFETCH(QString, scheme);
    QFETCH(int, groups);
    QFETCH(int, outputs);
    ConvGeometry conv;
    conv.channels = 6;
    conv.outputs = outputs;
    conv.groups = groups;
    conv.y = {7, 3, 2, 1, 1, 1};
    conv.x = {9, 3, 1, 2, 0, 3};
    const std::vector<float> weights =
        gaussian(static_cast<std::size_t>(conv.outputs * conv.depth()), 3, 0.01f, 0.1f);
    LayerWork work = workFor(scheme.toStdString(), weights, conv.outputs, conv.depth());
    work.conv = conv;
    work.rows = 2;
    work.input = gaussian(2 * conv.inputSize(), 5, 0.3f, 1);
    work.bias = gaussian(static_cast<std::size_t>(outputs), 9, 0, 1);
    const std::vector<float> bias = work.bias;
    work.low = -1;
    work.high = 1.5f;
    const std::vector<float> x = quantizedInput(work.act, work.input, 2);
    const QuantizedValues w = quantize(work.weights, *work.params);
    const double top = double(largestOf(x));
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
    kernel->run();
    std::size_t at = 0;
    for (std::size_t image = 0; image < 2; ++image)
        for (std::int64_t n = 0; n < conv.outputs; ++n)
            for (std::int64_t oy = 0; oy < conv.y.output(); ++oy)
                for (std::int64_t ox = 0; ox < conv.x.output(); ++ox, ++at) {
                    double sum = double(bias[std::size_t(n)]), magnitude = std::abs(sum);
                    for (std::int64_t c = 0; c < conv.groupChannels(); ++c)
                        for (std::int64_t ky = 0; ky < 3; ++ky)
                            for (std::int64_t kx = 0; kx < 3; ++kx) {
                                const std::int64_t y =
                                    oy * conv.y.stride - conv.y.padBegin + ky * conv.y.dilation;
                                const std::int64_t ix =
                                    ox * conv.x.stride - conv.x.padBegin + kx * conv.x.dilation;
                                if (y < 0 || y >= conv.y.input || ix < 0 || ix >= conv.x.input)
                                    continue;
                                const std::int64_t channel =
                                    n / conv.groupOutputs() * conv.groupChannels() + c;
                                const double term =
                                    double(x[image * conv.inputSize()
                                             + static_cast<std::size_t>(
                                                 (channel * conv.y.input + y) * conv.x.input + ix)])
                                    * double(w.values[static_cast<std::size_t>(
                                        (n * conv.groupChannels() + c) * 9 + ky * 3 + kx)]);
                                sum += term;
                                magnitude += std::abs(double(w.values[static_cast<std::size_t>(
                                                 (n * conv.groupChannels() + c) * 9 + ky * 3 + kx)]))
                                             * top;
                            }
                    sum = std::clamp(sum, -1.0, 1.5);
                    const double y = double(kernel->output()[at]);
                    QVERIFY2(isNear(y, sum, magnitude), qPrintable(QString("%1: element %2: %3 for %4")
                                                                       .arg(kernel->name().c_str())
                                                                       .arg(at)
                                                                       .arg(y)
                                                                       .arg(sum)));
                }
    const KernelProof proof = kernel->prove();
    QVERIFY2(!proof.exact || *proof.exact, kernel->name().c_str());
}

void TestLayerKernel::instructionSetsAgree_data()
{
    QTest::addColumn<QString>("scheme");
    for (const char* text : {"bits=8,granularity=channel,act=8", "bits=3,grid=zero-point,act=8",
                             "bits=4,granularity=group:32,act=8", "bits=12,act=16",
                             "binary,act.format=binary", "q4_k,act=8", "mxfp4,act=8"})
        QTest::addRow("%s", text) << (QString(text).startsWith("q4_k") || QString(text).startsWith("mx")
                                          ? "format="
                                          : "")
                                         + QString(text);
}

void TestLayerKernel::instructionSetsAgree()
{
    QFETCH(QString, scheme);
    const std::vector<float> weights = gaussian(33 * 256, 3, 0.01f, 0.1f);
    std::vector<float> first;
    for (const Isa isa : availableIsas()) {
        LayerWork work = workFor(scheme.toStdString(), weights, 33, 256);
        work.rows = 4;
        work.input = gaussian(4 * 256, 5, 0.3f, 1);
        const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), isa);
        QCOMPARE(kernel->isa(), isa);
        for (const int threads : {1, 2}) {
            const ThreadLimit limit(threads);
            kernel->run();
            const std::vector<float> output(kernel->output().begin(), kernel->output().end());
            if (first.empty())
                first = output;
            QVERIFY2(output == first, kernel->name().c_str());
        }
    }
}

void TestLayerKernel::transposedConvolutionsOfQuantizedValues_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<bool>("exact");
    for (const char* text :
         {"bits=8,granularity=channel,act.bits=8", "bits=1,grid=zero-point,granularity=channel,act.bits=4",
          "bits=3,grid=zero-point,act.bits=8,act.range=dynamic", "bits=4,grid=mid-rise,act.bits=8",
          "ternary,act.bits=8", "format=e2m1,act.bits=8", "bits=8,act.bits=8,act.granularity=row",
          "bits=12,granularity=channel,act.bits=16", "bits=8,act.bits=8,act.grid=mid-rise,act.range=dynamic",
          "bits=5,grid=offset,act.bits=6"})
        QTest::addRow("%s", text) << QString(text) << true;
    for (const char* text : {"bits=4,granularity=channel", "nf4", "bits=4,granularity=group:9"})
        QTest::addRow("%s", text) << QString(text) << false;
}

/// Each tap of each pixel added where it falls, as reals, on every instruction set.
void TestLayerKernel::transposedConvolutionsOfQuantizedValues()
{
    QFETCH(QString, scheme);
    QFETCH(bool, exact);
    TransposeGeometry g;
    g.channels = 6;
    g.outputs = 10;
    g.groups = 2;
    g.y = {5, 3, 2, 1, 1, 0, 1};
    g.x = {7, 2, 2, 2, 0, 1, 0};
    const std::size_t images = 2;
    const std::vector<float> weights = gaussian(5 * 6 * 6, 3, 0.01f, 0.1f);
    LayerWork work = workFor(scheme.toStdString(), weights, 5, 36);
    work.transposed = g;
    work.rows = images;
    work.bias = gaussian(10, 4, 0, 1);
    work.input = gaussian(work.inputSize(), 5, 0.3f, 1);
    work.low = -1;
    work.high = 3;
    const std::vector<float> w = quantize(work.weights, *work.params).values;
    const std::vector<float> x = quantizedInput(work.act, work.input, images);
    std::vector<double> expected(work.outputSize());
    for (std::size_t i = 0; i < expected.size(); ++i)
        expected[i] = double(work.bias[i / std::size_t(g.positions()) % 10]);
    for (std::size_t at = 0; at < x.size(); ++at) {
        const auto pixel = std::int64_t(at) % g.pixels();
        const auto channel = std::int64_t(at) / g.pixels() % g.channels;
        const auto image = std::int64_t(at) / g.pixels() / g.channels;
        for (std::int64_t o = 0; o < g.groupOutputs(); ++o)
            for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
                const std::int64_t toY = pixel / g.x.input * 2 + tap / 2 - 1;
                const std::int64_t toX = pixel % g.x.input * 2 + tap % 2 * 2;
                const std::int64_t plane = image * 10 + channel / 3 * 5 + o;
                if (toY >= 0 && toY < g.y.output() && toX < g.x.output())
                    expected[std::size_t((plane * g.y.output() + toY) * g.x.output() + toX)] +=
                        double(x[at]) * double(w[std::size_t(o * 36 + channel * 6 + tap)]);
            }
    }
    for (const Isa isa : availableIsas()) {
        const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(work, isa);
        kernel->run();
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY2(isNear(kernel->output()[i], std::clamp(expected[i], -1.0, 3.0), 20),
                     qPrintable(QString("%1: %2 is %3, not %4")
                                    .arg(kernel->name().c_str())
                                    .arg(i)
                                    .arg(double(kernel->output()[i]))
                                    .arg(expected[i])));
        QCOMPARE(kernel->prove().exact, exact ? std::optional(true) : std::nullopt);
        const std::vector<float> output(kernel->output().begin(), kernel->output().end());
        kernel->keepCopies(2);
        kernel->rotate();
        for (const KernelPart& part : kernel->parts())
            part.run();
        if (const IntegerRun integer = kernel->integerRun(); integer.run)
            integer.run();
        kernel->run();
        QVERIFY(std::equal(output.begin(), output.end(), kernel->output().begin()));
    }
}

void TestLayerKernel::copiesAndPartsGiveTheSame()
{
    const std::vector<float> weights = gaussian(40 * 128, 3, 0.01f, 0.1f);
    for (const char* scheme : {"bits=4,granularity=channel,act=8", "bits=4,granularity=group:32,act=8",
                               "bits=10,act=16", "binary,act.format=binary", "ternary,act=8", "bits=8"}) {
        LayerWork work = workFor(scheme, weights, 40, 128);
        work.rows = 3;
        work.input = gaussian(3 * 128, 5, 0.3f, 1);
        const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
        kernel->run();
        const std::vector<float> expected(kernel->output().begin(), kernel->output().end());
        kernel->keepCopies(3);
        for (int i = 0; i < 4; ++i) {
            kernel->rotate();
            for (const KernelPart& part : kernel->parts())
                part.run();
            kernel->run();
            QVERIFY(std::equal(expected.begin(), expected.end(), kernel->output().begin()));
        }
        kernel->keepCopies(1);
        kernel->run();
        QVERIFY(std::equal(expected.begin(), expected.end(), kernel->output().begin()));
    }
}

void TestLayerKernel::rangesOfZeroAreZero_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<bool>("weights");
    for (const char* text : {"bits=4,act.bits=8,act.grid=mid-rise", "bits=4,act.bits=12,act.grid=mid-rise",
                             "bits=4,granularity=group:16,act.bits=8,act.grid=mid-rise,act.range=dynamic"})
        QTest::addRow("%s", text) << QString(text) << false;
    for (const char* text : {"bits=4,grid=mid-rise,act=8", "bits=4,grid=mid-rise,granularity=channel",
                             "bits=12,grid=mid-rise,granularity=group:16,act=8"})
        QTest::addRow("%s", text) << QString(text) << true;
}

void TestLayerKernel::rangesOfZeroAreZero()
{
    QFETCH(QString, scheme);
    QFETCH(bool, weights);
    // The layer's weights are a view.
    const std::vector<float> values =
        weights ? std::vector<float>(40 * 64, 0.0f) : gaussian(40 * 64, 3, 0.01f, 0.1f);
    LayerWork work = workFor(scheme.toStdString(), values, 40, 64);
    work.rows = 3;
    work.input = weights ? gaussian(3 * 64, 5, 0.3f, 1) : std::vector<float>(3 * 64, 0.0f);
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
    kernel->run();
    for (const float y : kernel->output()) // sums over groups are floats
        QVERIFY2(std::abs(y) <= 1e-4f, qPrintable(QString::number(double(y))));
}

void TestLayerKernel::noRowsGiveAnEmptyResult()
{
    const std::vector<float> weights = gaussian(40 * 64, 3, 0.01f, 0.1f);
    for (const char* scheme :
         {"bits=4,act=8", "bits=4,act.bits=8,act.granularity=row", "bits=4,act.bits=8,act.range=dynamic",
          "bits=10,act=16", "bits=4,granularity=group:16,act=8", "ternary,act=8", "binary,act.format=binary",
          "bits=8"}) {
        LayerWork work = workFor(scheme, weights, 40, 64);
        work.rows = 0;
        const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
        kernel->run();
        QVERIFY(kernel->output().empty());
        QVERIFY(kernel->prove().exact.value_or(true));
    }
}

void TestLayerKernel::gatheredWindowsTakeTheRangeOfTheImage_data()
{
    QTest::addColumn<QString>("scheme");
    for (const char* text : {"bits=8,granularity=group:4,act=8", "bits=12,act.bits=6,act.range=percentile:80",
                             "bits=12,act.bits=6,act.granularity=row"})
        QTest::addRow("%s", text) << QString(text);
}

void TestLayerKernel::gatheredWindowsTakeTheRangeOfTheImage()
{
    QFETCH(QString, scheme);
    // Every third pixel is read; the largest is not.
    ConvGeometry conv;
    conv.channels = 4;
    conv.outputs = 3;
    conv.x = {13, 1, 3, 1, 0, 0};
    const std::vector<float> weights = gaussian(12, 3, 0.01f, 0.1f);
    LayerWork work = workFor(scheme.toStdString(), weights, 3, 4);
    work.conv = conv;
    work.input = gaussian(conv.inputSize(), 5, 0.3f, 1);
    work.input[1] = 40;
    const std::vector<float> x = quantizedInput(work.act, work.input, 1);
    const QuantizedValues w = quantize(work.weights, *work.params);
    LayerWork two = work;
    two.rows = 2;
    two.input.resize(2 * conv.inputSize());
    const bool perImage = work.act->granularity.kind == Granularity::Kind::Row;
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
    kernel->run();
    for (std::size_t n = 0; n < 3; ++n)
        for (std::size_t position = 0; position < 5; ++position) {
            double sum = 0;
            for (std::size_t c = 0; c < 4; ++c)
                sum += double(w.values[n * 4 + c]) * double(x[c * 13 + position * 3]);
            const double y = double(kernel->output()[n * 5 + position]);
            QVERIFY2(isNear(y, sum, 40), qPrintable(QString("%1 for %2").arg(y).arg(sum)));
        }
    if (perImage)
        QVERIFY_EXCEPTION_THROWN(makeLayerKernel(std::move(two), bestIsa()), Error);
}

void TestLayerKernel::deepSumsHaveFewerParts()
{
    // Between 65,793 and 131,071 products fit about 0 alone.
    const std::vector<float> weights(2 * 70000, 1.0f);
    LayerWork work = workFor("bits=8,act.bits=8,act.grid=symmetric", weights, 2, 70000);
    work.input.assign(70000, -1.0f);
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
    kernel->run();
    QVERIFY(std::abs(kernel->output()[0] + 70000) < 0.1f);
    QCOMPARE(kernel->prove().exact, std::optional(true));
    for (const KernelPart& part : kernel->parts())
        part.run();
}

void TestLayerKernel::missingSignsHaveNoMagnitude()
{
    const std::vector<float> weights(40 * 64, 1.0f);
    LayerWork work = workFor("binary,act.format=binary", weights, 40, 64);
    work.rows = 1;
    work.input.assign(64, 2.0f);
    work.input[3] = std::numeric_limits<float>::quiet_NaN();
    work.input[4] = std::numeric_limits<float>::infinity();
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
    kernel->run();
    // 63 signs above, one below, at the mean magnitude of the others.
    for (const float y : kernel->output())
        QCOMPARE(y, 124.0f);
}

void TestLayerKernel::integersThatDoNotFitSayWhy()
{
    const std::vector<float> weights = gaussian(40 * 64, 3, 0, 1e36f);
    LayerWork work = workFor("bits=8,act=8", weights, 40, 64);
    work.rows = 1;
    work.input.assign(64, 0.0f);
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
    const IntegerRun run = kernel->integerRun();
    QVERIFY(!run.run);
    QVERIFY2(run.reason.find("multiplier") != std::string::npos, run.reason.c_str());
}

void TestLayerKernel::ternaryWithoutMultiplication()
{
    const std::vector<float> weights = gaussian(40 * 128, 3, 0.01f, 0.1f);
    std::vector<std::vector<float>> outputs;
    for (const KernelChoice choice : {KernelChoice::Fastest, KernelChoice::MaskedTernary}) {
        LayerWork work = workFor("format=ternary,granularity=channel,act=8", weights, 40, 128);
        work.rows = 3;
        work.input = gaussian(3 * 128, 5, 0.3f, 1);
        const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa(), choice);
        kernel->run();
        outputs.emplace_back(kernel->output().begin(), kernel->output().end());
        QCOMPARE(kernel->prove().exact, std::optional(true));
    }
    QVERIFY(outputs[0] == outputs[1]);
}

void TestLayerKernel::saturatingPairsAreOffAndSaySo()
{
    // Two products of a large weight with a large activation pass 32,767; small ones never do.
    for (const bool large : {true, false}) {
        const std::vector<float> weights(40 * 128, 1.0f);
        LayerWork work = workFor(large ? "bits=8,act=8" : "bits=3,act=8", weights, 40, 128);
        work.rows = 3;
        work.input.assign(3 * 128, 1.0f);
        LayerWork exact = work;
        const std::unique_ptr<LayerKernel> kernel =
            makeLayerKernel(std::move(work), bestIsa(), KernelChoice::Saturating);
        kernel->run();
        const KernelProof proof = kernel->prove();
        QCOMPARE(proof.exact, std::optional(!large));
        QVERIFY2(proof.reason.find(large ? "7680 of 7680 pairs saturated" : "0 of 7680") != std::string::npos,
                 proof.reason.c_str());
        const std::unique_ptr<LayerKernel> right = makeLayerKernel(std::move(exact), bestIsa());
        right->run();
        QCOMPARE(std::equal(right->output().begin(), right->output().end(), kernel->output().begin()),
                 !large);
    }
}

void TestLayerKernel::whatHasNoKernelSaysWhy_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("why");
    QTest::addRow("levels of a book") << "nf4,act=8"
                                      << "no integers times a step";
    QTest::addRow("binary times integers") << "bits=4,act.format=binary"
                                           << "binary weights";
    QTest::addRow("binary in groups") << "format=binary,granularity=group:16,act.format=binary"
                                      << "one scale an output";
    QTest::addRow("float activations") << "bits=8,act.format=e4m3"
                                       << "no integers";
    QTest::addRow("scales of inputs") << "bits=8,granularity=channel:1,act=8"
                                      << "along the inputs";
    QTest::addRow("rounding by chance") << "bits=8,act.bits=8,act.rounding=stochastic:1"
                                        << "by chance";
}

void TestLayerKernel::whatHasNoKernelSaysWhy()
{
    QFETCH(QString, scheme);
    QFETCH(QString, why);
    const std::vector<float> weights = gaussian(8 * 64, 3, 0.01f, 0.1f);
    LayerWork work = workFor(scheme.toStdString(), weights, 8, 64);
    work.rows = 1;
    work.input.assign(64, 0.5f);
    try {
        makeLayerKernel(std::move(work), bestIsa());
        QFAIL("it has a kernel");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::Unsupported);
        QVERIFY2(QString::fromStdString(error.what()).contains(why), error.what());
    }
    LayerWork wrong = workFor("bits=8,act=8", weights, 8, 64);
    wrong.input.assign(63, 0.5f);
    QVERIFY_EXCEPTION_THROWN(makeLayerKernel(std::move(wrong), bestIsa()), Error);
}

QTEST_GUILESS_MAIN(TestLayerKernel)
#include "tst_layerkernel.moc"
