// SPDX-License-Identifier: GPL-3.0-or-later
// Our kernels against ONNX Runtime in this process, on every instruction set of this machine.
#include "tests/core/kernelsides.h"

#include "core/kernels/input/quantizepack.h"
#include "core/kernels/input/quantizerows.h"
#include "core/runtime/peers/ortpeers.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace kernelsides;

namespace {

class Random
{
public:
    explicit Random(unsigned seed) : m_engine(seed) {}
    int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(m_engine); }
    bool flip() { return between(0, 1) == 1; }
    float scale()
    {
        return static_cast<float>(std::exp2(std::uniform_real_distribution<double>(-8, -4)(m_engine)));
    }
    float value() { return std::normal_distribution<float>(0, 1)(m_engine); }

    Side side(std::size_t count, bool isSigned, int bits = 8)
    {
        Side side;
        side.isSigned = isSigned;
        const int low = isSigned ? -(1 << (bits - 1)) : 0;
        const int high = low + (1 << bits) - 1;
        side.values.resize(count);
        for (std::int32_t& value : side.values)
            value = between(low, high);
        side.zero = {between(low, high)};
        return side;
    }

private:
    std::mt19937 m_engine;
};

/// ONNX Runtime multiplies uint8 · int8 in saturating pairs of int16 where a processor has no VNNI: weights of 7 bits do not reach
/// their end.
int weightBits() { return isAvailable(Isa::Avx512Vnni) ? 8 : 7; }

template <typename T>
Tensor typed(Shape shape, const Ints& values)
{
    const std::vector<T> elements(values.begin(), values.end());
    return tensorFrom<T>(std::move(shape), elements);
}

Tensor tensorOf(Shape shape, const Ints& values, bool isSigned)
{
    return isSigned ? typed<std::int8_t>(std::move(shape), values)
                    : typed<std::uint8_t>(std::move(shape), values);
}
Tensor tensorOf(Shape shape, const Side& side)
{
    return tensorOf(std::move(shape), side.values, side.isSigned);
}
Tensor zeroOf(const Side& side)
{
    return tensorOf(side.zero.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(side.zero.size())},
                    side.zero, side.isSigned);
}

Shape shapeOf(std::initializer_list<std::size_t> sizes) { return Shape(sizes.begin(), sizes.end()); }

Ints intsOf(const Tensor& tensor)
{
    if (tensor.dtype == DType::I8) {
        const auto values = valuesOf<std::int8_t>(tensor);
        return {values.begin(), values.end()};
    }
    if (tensor.dtype == DType::U8) {
        const auto values = valuesOf<std::uint8_t>(tensor);
        return {values.begin(), values.end()};
    }
    return valuesOf<std::int32_t>(tensor);
}

/// How requantized codes compare. A difference of one counts as a tie where the exact product lies within 2^-20 of a half.
struct Agreement
{
    std::size_t same = 0;
    std::size_t ties = 0;
    std::size_t other = 0;

    void add(const Ints& ours, const Ints& theirs, const std::function<double(std::size_t)>& exact)
    {
        for (std::size_t i = 0; i < ours.size(); ++i) {
            const double product = exact(i);
            const double fromTie = std::abs(product - std::floor(product) - 0.5);
            const bool tie = fromTie <= 0x1p-20 * std::max(1.0, std::abs(product));
            ++(ours[i] == theirs[i] ? same : std::abs(ours[i] - theirs[i]) == 1 && tie ? ties : other);
        }
    }
};

ConvAxis randomAxis(Random& random)
{
    ConvAxis axis;
    axis.kernel = random.between(1, 4);
    axis.stride = random.between(1, 3);
    axis.dilation = random.between(1, 2);
    axis.padBegin = random.between(0, 2);
    axis.padEnd = random.between(0, 2);
    axis.input = axis.reach() + random.between(0, 14);
    return axis;
}

/// Plain, grouped or depthwise, some pointwise.
ConvGeometry randomGeometry(Random& random)
{
    ConvGeometry geometry;
    const int kind = random.between(0, 3);
    geometry.groups = kind == 0 ? random.between(2, 20) : kind == 1 ? random.between(2, 3) : 1;
    const int groupChannels = kind == 0 ? 1 : random.between(1, 19);
    geometry.channels = geometry.groups * groupChannels;
    geometry.outputs = geometry.groups * (kind == 0 ? random.between(1, 2) : random.between(1, 37));
    geometry.y = randomAxis(random);
    geometry.x = randomAxis(random);
    if (kind == 3)
        geometry.y = geometry.x = {random.between(1, 12), 1, 1, 1, 0, 0};
    return geometry;
}

ConvAttributes attributesOf(const ConvGeometry& geometry)
{
    return {{geometry.y.stride, geometry.x.stride},
            {geometry.y.padBegin, geometry.x.padBegin, geometry.y.padEnd, geometry.x.padEnd},
            {geometry.y.dilation, geometry.x.dilation},
            geometry.groups};
}

Shape imageShape(const ConvGeometry& geometry, std::size_t images)
{
    return {static_cast<std::int64_t>(images), geometry.channels, geometry.y.input, geometry.x.input};
}
Shape weightShape(const ConvGeometry& geometry)
{
    return {geometry.outputs, geometry.groupChannels(), geometry.y.kernel, geometry.x.kernel};
}

} // namespace

class TestKernelsOrt : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void matMulIntegerIsExact();
    void qLinearMatMulDiffersAtTiesOnly();
    void convIntegerIsExact();
    void qLinearConvDiffersAtTiesOnly();
    void dynamicQuantizeMatMulAgreesToRounding();
};

void TestKernelsOrt::matMulIntegerIsExact()
{
    Random random(1);
    for (int i = 0; i < 60; ++i) {
        const std::size_t m = i % 3 == 0 ? 1 : random.between(1, 40);
        const std::size_t k = random.between(1, 300);
        const std::size_t n = random.between(1, 100);
        const Side a = random.side(m * k, i % 4 == 3);
        Side b = random.side(k * n, i % 4 != 2, weightBits());
        if (i % 5 == 0) // one zero point a column
            b.zero = random.side(n, b.isSigned, weightBits()).values;
        const OrtPeer peer(ortMatMulInteger(tensorOf(shapeOf({m, k}), a), tensorOf(shapeOf({k, n}), b),
                                            zeroOf(a), zeroOf(b)));
        const Ints expected = intsOf(peer.output());
        for (const Isa isa : availableIsas())
            QVERIFY2(
                MatrixProduct(isa, m, k, n, a, b).sums() == expected,
                qPrintable(
                    QString("%1x%2x%3 on %4").arg(m).arg(k).arg(n).arg(std::string(nameOf(isa)).c_str())));
    }
}

void TestKernelsOrt::qLinearMatMulDiffersAtTiesOnly()
{
    Random random(2);
    Agreement agreement;
    for (int i = 0; i < 60; ++i) {
        const std::size_t m = random.between(1, 30);
        const std::size_t k = random.between(1, 200);
        const std::size_t n = random.between(1, 80);
        const Side a = random.side(m * k, false);
        const Side b = random.side(k * n, true, weightBits());
        std::vector<float> scales(i % 2 == 0 ? 1 : n);
        for (float& scale : scales)
            scale = random.scale();
        const float aScale = random.scale();
        const float yScale = aScale * scales[0] * static_cast<float>(40 * std::sqrt(k));
        const std::int32_t yZero = random.between(0, 255);
        Side zeros = b;
        zeros.zero.assign(scales.size(), b.zero[0]);
        const OrtPeer peer(ortQLinearMatMul({tensorOf(shapeOf({m, k}), a), {aScale}, a.zero},
                                            {tensorOf(shapeOf({k, n}), b), scales, zeros.zero},
                                            {DType::U8, yScale, yZero}));
        FloatRule rule = FloatRule::make(aScale, scales, yScale, n);
        rule.zero = yZero;
        for (const Isa isa : availableIsas()) {
            const MatrixProduct product(isa, m, k, n, a, b);
            const Ints sums = product.sums();
            agreement.add(product.requantized(rule.output()), intsOf(peer.output()),
                          [&](std::size_t at) { return double{rule.multipliers[at % n]} * sums[at]; });
        }
    }
    qInfo("QLinearMatMul: %zu codes the same, %zu one apart at ties", agreement.same, agreement.ties);
    QCOMPARE(agreement.other, std::size_t{0});
    QVERIFY(agreement.ties * 1000 <= agreement.same);
}

void TestKernelsOrt::convIntegerIsExact()
{
    Random random(3);
    for (int i = 0; i < 60; ++i) {
        const ConvGeometry geometry = randomGeometry(random);
        const std::size_t images = random.between(1, 2);
        const Side x = random.side(images * geometry.inputSize(), false);
        const Side w = random.side(geometry.outputs * geometry.depth(), false);
        const OrtPeer peer(ortConvInteger({tensorOf(imageShape(geometry, images), x), {}, x.zero},
                                          {tensorOf(weightShape(geometry), w), {}, w.zero},
                                          attributesOf(geometry)));
        const Ints expected = intsOf(peer.output());
        for (const Isa isa : availableIsas())
            QVERIFY2(Convolution(isa, geometry, images, x, w).sums() == expected,
                     qPrintable(QString("geometry %1 on %2").arg(i).arg(std::string(nameOf(isa)).c_str())));
    }
}

void TestKernelsOrt::qLinearConvDiffersAtTiesOnly()
{
    Random random(4);
    Agreement agreement;
    for (int i = 0; i < 80; ++i) {
        const ConvGeometry geometry = randomGeometry(random);
        const auto outputs = static_cast<std::size_t>(geometry.outputs);
        const Side x = random.side(geometry.inputSize(), i % 4 == 3);
        Side w = random.side(outputs * geometry.depth(), true, weightBits());
        const bool perChannel = i % 2 == 0;
        std::vector<float> scales(perChannel ? outputs : 1);
        for (float& scale : scales)
            scale = random.scale();
        w.zero.assign(scales.size(), 0); // as ONNX Runtime asks of int8 weights with a scale each
        const float xScale = random.scale();
        const float yScale = xScale * scales[0] * static_cast<float>(40 * std::sqrt(geometry.depth()));
        const bool isSigned = x.isSigned;
        const std::int32_t yZero = isSigned ? random.between(-128, 127) : random.between(0, 255);
        FloatRule rule = FloatRule::make(xScale, scales, yScale, outputs);
        rule.zero = yZero;
        rule.isSigned = isSigned;
        if (i % 3 > 0)
            for (std::size_t n = 0; n < outputs; ++n)
                rule.bias.push_back(random.between(-3000, 3000));
        const OrtPeer peer(ortQLinearConv({tensorOf(imageShape(geometry, 1), x), {xScale}, x.zero},
                                          {tensorOf(weightShape(geometry), w), scales, w.zero}, rule.bias,
                                          {isSigned ? DType::I8 : DType::U8, yScale, yZero},
                                          attributesOf(geometry)));
        const std::size_t positions = geometry.positions();
        for (const Isa isa : availableIsas()) {
            const Convolution convolution(isa, geometry, 1, x, w);
            const Ints sums = convolution.sums();
            agreement.add(convolution.requantized(rule.output()), intsOf(peer.output()), [&](std::size_t at) {
                const std::size_t n = at / positions;
                return double{rule.multipliers[n]} * (sums[at] + (rule.bias.empty() ? 0 : rule.bias[n]));
            });
        }
    }
    qInfo("QLinearConv: %zu codes the same, %zu one apart at ties", agreement.same, agreement.ties);
    QCOMPARE(agreement.other, std::size_t{0});
    QVERIFY(agreement.ties * 1000 <= agreement.same);
}

void TestKernelsOrt::dynamicQuantizeMatMulAgreesToRounding()
{
    Random random(5);
    for (int i = 0; i < 30; ++i) {
        const std::size_t m = random.between(1, 20);
        const std::size_t k = random.between(1, 200);
        const std::size_t n = random.between(1, 60);
        std::vector<float> x(m * k);
        for (float& value : x)
            value = random.value();
        Side b = random.side(k * n, true, weightBits());
        b.zero = {0};
        const std::vector<float> scale = {random.scale()};
        const Tensor input = tensorFrom<float>(shapeOf({m, k}), x);
        const OrtPeer product(ortDynamicQuantizeMatMul(input, tensorOf(shapeOf({k, n}), b), scale));
        const OrtPeer quantizer(OrtNode{
            "DynamicQuantizeLinear", "", {OrtInput{input, false}}, {}, {DType::U8, DType::F32, DType::U8}});
        const Ints codes = intsOf(quantizer.output(0));
        const float xScale = valuesOf<float>(quantizer.output(1))[0];
        const std::int32_t zero = intsOf(quantizer.output(2))[0] - 128;

        CodeMatrix matrix = weightsOf({transposed(b.values, k, n), true, {0}}, n, k);
        matrix.scale.assign(n, scale[0]);
        QuantizeRule rule;
        rule.scale = xScale;
        rule.zeroPoint = zero;
        const RowRule row = affineRule(rule);
        for (const Isa isa : availableIsas()) {
            const FloatRows rows{x.data(), m, k};
            std::vector<std::int8_t> packed(m * k);
            std::vector<RowTerms> terms(m);
            quantizeRows(isa, rows, {{&row, 1}, {}, false}, packed.data(), terms);
            for (std::size_t at = 0; at < packed.size(); ++at)
                QCOMPARE(packed[at] + 128, codes[at]); // (x / scale) half to even in both
            PackedActivations activations;
            quantizeAndPack(isa, rows, {{&row, 1}, {}, false}, matrix.depth, 1, activations);
            std::vector<float> out(m * n);
            multiplyFloat(packWeights(matrix, isa), activations, {}, out.data());
            const auto theirs = valuesOf<float>(product.output());
            // The same integers: up to 2^24 · 2 roundings of scale · scale · sum.
            for (std::size_t at = 0; at < out.size(); ++at)
                QVERIFY(std::abs(out[at] - theirs[at]) <= 4 * 0x1p-24f * std::abs(theirs[at]));
        }
    }
}

QTEST_GUILESS_MAIN(TestKernelsOrt)
#include "tst_kernelsort.moc"
