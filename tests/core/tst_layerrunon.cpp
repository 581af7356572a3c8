// SPDX-License-Identifier: GPL-3.0-or-later
// A kernel that is handed values gives what one made for those very values gives.
#include "core/kernels/layer/layerkernel.h"

#include "core/analysis/layeranalysis.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <bit>
#include <limits>
#include <random>

using namespace quantoscope;

class TestLayerRunOn : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void rowsOfAnyNumber_data();
    void rowsOfAnyNumber();
    void rowsShareDynamicRanges_data();
    void rowsShareDynamicRanges();
    void imagesOfAnySize_data();
    void imagesOfAnySize();
    void resultsAreClamped_data();
    void resultsAreClamped();
    void whatDoesNotFitIsRefused();
};

namespace {

constexpr std::size_t outputs = 37;
constexpr std::size_t depth = 96;

std::vector<float> gaussian(std::size_t count, unsigned seed, float mean, float sigma)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(mean, sigma);
    std::vector<float> values(count);
    for (float& value : values)
        value = normal(random);
    return values;
}

const std::vector<float>& someWeights()
{
    static const std::vector<float> values = gaussian(outputs * depth, 3, 0.01f, 0.1f);
    return values;
}

const std::vector<float>& someBias()
{
    static const std::vector<float> values = gaussian(outputs, 4, 0, 1);
    return values;
}

LayerWork workFor(const QString& scheme, const std::vector<float>& weights, std::size_t channels)
{
    const Scheme parsed = parseScheme(scheme.toStdString());
    const auto rows = static_cast<std::int64_t>(channels);
    const auto columns = static_cast<std::int64_t>(weights.size() / channels);
    LayerData data({weights, nullptr}, {rows, columns}, 0);
    LayerWork work;
    work.weights = channelMajor({weights, nullptr}, {rows, columns}, 0);
    work.params = data.params(parsed);
    work.act = parsed.act;
    work.bias.assign(someBias().begin(), someBias().begin() + rows);
    work.rows = 0;
    if (work.act && work.act->format == Format::Binary && work.act->range.kind != RangeRule::Kind::Dynamic)
        work.signScale = 0.75f;
    return work;
}

std::vector<float> madeFor(LayerWork work, std::size_t rows, std::vector<float> input)
{
    work.rows = rows;
    work.input = std::move(input);
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(std::move(work), bestIsa());
    kernel->run();
    return {kernel->output().begin(), kernel->output().end()};
}

bool sameBits(const std::vector<float>& a, const std::vector<float>& b)
{
    return std::ranges::equal(a, b, [](float x, float y) {
        return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
    });
}

const QStringList manual = {
    "bits=8,granularity=channel,act.bits=8,act.range=manual:-2:3",
    "bits=5,grid=offset,granularity=channel,act.bits=6,act.grid=offset,act.range=manual:-2:3",
    "bits=4,granularity=group:32,act.bits=8,act.range=manual:-2:3",
    "bits=12,granularity=channel,act.bits=16,act.range=manual:-2:3",
    "binary,act.format=binary",
    "ternary,act.bits=8,act.grid=symmetric,act.range=manual:-2:3,act.granularity=row",
    "bits=4,granularity=group:32",
    "nf4"};
const QStringList dynamic = {"bits=8,granularity=channel,act.bits=8,act.range=dynamic",
                             "bits=3,grid=mid-rise,act.bits=8,act.grid=mid-rise,act.range=dynamic",
                             "bits=4,granularity=group:32,act.bits=8,act.range=dynamic",
                             "bits=12,act.bits=10,act.range=dynamic",
                             "binary,act.format=binary,act.range=dynamic"};

} // namespace

void TestLayerRunOn::rowsOfAnyNumber_data()
{
    QTest::addColumn<QString>("scheme");
    for (const QString& scheme : manual + dynamic)
        QTest::addRow("%s", qPrintable(scheme)) << scheme;
}

void TestLayerRunOn::rowsOfAnyNumber()
{
    QFETCH(QString, scheme);
    const LayerWork work = workFor(scheme, someWeights(), outputs);
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(work, bestIsa());
    for (const std::size_t rows : {3, 0, 1, 200, 13}) {
        const std::vector<float> input = gaussian(rows * depth, 5 + unsigned(rows), 0.3f, 1);
        std::vector<float> y(rows * outputs, std::numeric_limits<float>::quiet_NaN());
        LayerCall call;
        call.x = input.data();
        call.rows = rows;
        call.y = y.data();
        for (const int threads : {1, 2}) {
            const ThreadLimit limit(threads);
            kernel->runOn(call);
            QVERIFY2(sameBits(y, madeFor(work, rows, input)), kernel->name().c_str());
        }
    }
}

void TestLayerRunOn::rowsShareDynamicRanges_data()
{
    QTest::addColumn<QString>("scheme");
    for (const QString& scheme : dynamic)
        QTest::addRow("%s", qPrintable(scheme)) << scheme;
}

/// Seven rows in samples of three: each like a kernel whose rows are the windows of one image.
void TestLayerRunOn::rowsShareDynamicRanges()
{
    QFETCH(QString, scheme);
    constexpr std::size_t rows = 7;
    const LayerWork work = workFor(scheme, someWeights(), outputs);
    const std::vector<float> input = gaussian(rows * depth, 5, 0.3f, 1);
    std::vector<float> y(rows * outputs);
    LayerCall call;
    call.x = input.data();
    call.rows = rows;
    call.y = y.data();
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(work, bestIsa());
    for (const std::size_t shared : {std::size_t{1}, std::size_t{3}, rows, 2 * rows}) {
        call.rowsPerRange = shared;
        call.ranges = {};
        kernel->runOn(call);
        std::vector<float> expected;
        std::vector<Interval> ranges;
        for (std::size_t first = 0; first < rows; first += shared) {
            const std::size_t count = std::min(shared, rows - first);
            const std::vector<float> part(input.begin() + std::ptrdiff_t(first * depth),
                                          input.begin() + std::ptrdiff_t((first + count) * depth));
            LayerWork own = work;
            own.rowsAreWindows = true;
            const std::vector<float> result = madeFor(own, count, part);
            expected.insert(expected.end(), result.begin(), result.end());
            const auto [lo, hi] = std::minmax_element(part.begin(), part.end());
            double magnitude = 0;
            for (const float value : part)
                magnitude += double(std::abs(value));
            const bool signs = work.act->format == Format::Binary;
            ranges.push_back(signs ? Interval{0, float(magnitude / double(part.size()))}
                                   : Interval{*lo, *hi});
        }
        QVERIFY(sameBits(y, expected));
        call.ranges = ranges;
        std::fill(y.begin(), y.end(), 0.0f);
        kernel->runOn(call);
        QVERIFY(sameBits(y, expected));
    }
}

void TestLayerRunOn::imagesOfAnySize_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<int>("groups");
    for (const QString& scheme : manual + dynamic) {
        QTest::addRow("dense, %s", qPrintable(scheme)) << scheme << 1;
        QTest::addRow("in groups, %s", qPrintable(scheme)) << scheme << 2;
        QTest::addRow("depthwise, %s", qPrintable(scheme)) << scheme << 6;
    }
}

void TestLayerRunOn::imagesOfAnySize()
{
    QFETCH(QString, scheme);
    QFETCH(int, groups);
    ConvGeometry conv;
    conv.channels = 6;
    conv.outputs = 12;
    conv.groups = groups;
    const std::vector<float> weights =
        gaussian(static_cast<std::size_t>(conv.outputs * conv.groupChannels() * 9), 3, 0.01f, 0.1f);
    LayerWork work = workFor(scheme, weights, 12);
    // Real 0 has a code on some grids alone.
    const bool pads = !scheme.contains("act.grid=offset") && !scheme.contains("act.grid=mid-rise");
    const auto sized = [&](std::int64_t height, std::int64_t width) {
        ConvGeometry image = conv;
        image.y = {height, 3, 2, 1, pads ? 1 : 0, pads ? 1 : 0};
        image.x = {width, 3, 1, 2, pads ? 2 : 0, pads ? 1 : 0};
        return image;
    };
    work.conv = sized(3, 5);
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(work, bestIsa());
    const bool dynamicRanges = scheme.contains("dynamic");
    for (const auto& [images, height, width] : {std::array{1, 9, 8}, std::array{2, 9, 8}, std::array{0, 9, 8},
                                                std::array{3, 3, 5}, std::array{1, 20, 31}}) {
        work.conv = sized(height, width);
        const auto count = static_cast<std::size_t>(images);
        const std::vector<float> input = gaussian(count * work.conv->inputSize(), 5, 0.3f, 1);
        std::vector<float> y(count * work.conv->outputSize());
        LayerCall call;
        call.x = input.data();
        call.rows = count;
        call.y = y.data();
        call.conv = work.conv;
        kernel->runOn(call);
        std::vector<float> expected;
        if (!dynamicRanges)
            expected = madeFor(work, count, input);
        for (std::size_t image = 0; dynamicRanges && image < count; ++image) {
            const auto begin = input.begin() + std::ptrdiff_t(image * work.conv->inputSize());
            const std::vector<float> result =
                madeFor(work, 1, {begin, begin + std::ptrdiff_t(work.conv->inputSize())});
            expected.insert(expected.end(), result.begin(), result.end());
        }
        QVERIFY2(sameBits(y, expected), kernel->name().c_str());
    }
}

void TestLayerRunOn::resultsAreClamped_data() { imagesOfAnySize_data(); }

void TestLayerRunOn::resultsAreClamped()
{
    QFETCH(QString, scheme);
    QFETCH(int, groups);
    for (const bool image : {false, true}) {
        ConvGeometry conv;
        conv.channels = 6;
        conv.outputs = 12;
        conv.groups = image ? groups : 1;
        conv.y = conv.x = {5, 2, 1, 1, 0, 0};
        const std::vector<float> weights = gaussian(
            image ? static_cast<std::size_t>(12 * conv.depth()) : std::size_t{12} * depth, 3, 0.01f, 0.1f);
        LayerWork work = workFor(scheme, weights, 12);
        if (image)
            work.conv = conv;
        const std::vector<float> input = gaussian(image ? conv.inputSize() : depth, 5, 0.3f, 1);
        std::vector<float> expected = madeFor(work, 1, input);
        QVERIFY(*std::min_element(expected.begin(), expected.end()) < 0);
        QVERIFY(*std::max_element(expected.begin(), expected.end()) > 1);
        for (const float top : {std::numeric_limits<float>::infinity(), 1.0f}) {
            work.low = 0;
            work.high = top;
            for (float& value : expected)
                value = std::min(std::max(value, 0.0f), top);
            QCOMPARE(madeFor(work, 1, input), expected);
        }
    }
}

void TestLayerRunOn::whatDoesNotFitIsRefused()
{
    const std::vector<float> input(4 * depth);
    std::vector<float> y(4 * outputs);
    LayerCall call;
    call.x = input.data();
    call.rows = 4;
    call.y = y.data();
    call.rowsPerRange = 0;
    for (const QString& scheme : {dynamic.front(), dynamic.back()}) {
        const std::unique_ptr<LayerKernel> kernel =
            makeLayerKernel(workFor(scheme, someWeights(), outputs), bestIsa());
        call.rowsPerRange = 0;
        QVERIFY_EXCEPTION_THROWN(kernel->runOn(call), Error);
        call.rowsPerRange = 2;
        const std::vector<Interval> ranges(3);
        call.ranges = ranges;
        QVERIFY_EXCEPTION_THROWN(kernel->runOn(call), Error);
        call.ranges = {};
        kernel->runOn(call);
    }
    LayerWork work = workFor(manual.front(), someWeights(), outputs);
    work.conv = ConvGeometry{depth, outputs, 1, {}, {}};
    const std::unique_ptr<LayerKernel> kernel = makeLayerKernel(work, bestIsa());
    call.conv = work.conv;
    kernel->runOn(call);
    call.conv->x.kernel = 2;
    call.conv->x.input = 2;
    QVERIFY_EXCEPTION_THROWN(kernel->runOn(call), Error);
}

QTEST_GUILESS_MAIN(TestLayerRunOn)
#include "tst_layerrunon.moc"
