// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/channelmajor.h"
#include "core/tensor/tensor.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

using namespace quantoscope;

class TestTensor : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void elementCounts_data();
    void elementCounts();
    void everyHalf();
    void everyFloat8();
    void everyBfloat16();
    void packedBytesRoundUp();
    void packedCodesFromAnyStart();
    void alignedFloatsAreNotCopied();
    void channelMajorMovesTheAxis_data();
    void channelMajorMovesTheAxis();
};

namespace {

/// The value that a small float's fields spell out, by the definition of IEEE 754.
double spelledOut(unsigned sign, int exponent, unsigned mantissa, int mantissaBits, int bias)
{
    const double fraction = mantissa / std::exp2(mantissaBits);
    const double magnitude =
        exponent == 0 ? fraction * std::exp2(1 - bias) : (1 + fraction) * std::exp2(exponent - bias);
    return sign ? -magnitude : magnitude;
}

bool sameFloat(float a, double b)
{
    return (std::isnan(a) && std::isnan(b))
           || (static_cast<double>(a) == b && std::signbit(a) == std::signbit(b));
}

} // namespace

void TestTensor::elementCounts_data()
{
    QTest::addColumn<QVector<qint64>>("dims");
    QTest::addColumn<qint64>("count"); // -1: none
    QTest::addColumn<QString>("text");
    using V = QVector<qint64>;
    QTest::newRow("scalar") << V{} << qint64{1} << "scalar";
    QTest::newRow("matrix") << V{3, 4} << qint64{12} << "3×4";
    QTest::newRow("empty") << V{3, 0, 4} << qint64{0} << "3×0×4";
    QTest::newRow("negative") << V{3, -1} << qint64{-1} << "3×-1";
    QTest::newRow("negative behind zero") << V{0, -1} << qint64{-1} << "0×-1";
    QTest::newRow("2^48") << V{1 << 24, 1 << 24} << (qint64{1} << 48) << "16777216×16777216";
    QTest::newRow("above 2^48") << V{1 << 24, (1 << 24) + 1} << qint64{-1} << "16777216×16777217";
    QTest::newRow("overflow") << V{std::numeric_limits<qint64>::max(), 2} << qint64{-1}
                              << "9223372036854775807×2";
}

void TestTensor::elementCounts()
{
    QFETCH(QVector<qint64>, dims);
    QFETCH(qint64, count);
    const Shape shape(dims.begin(), dims.end());
    const auto measured = elementCount(shape);
    QCOMPARE(measured ? static_cast<qint64>(*measured) : -1, count);
    QTEST(QString::fromStdString(toText(shape)), "text");
}

void TestTensor::everyHalf()
{
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
        const unsigned sign = bits >> 15;
        const int exponent = static_cast<int>(bits >> 10 & 31);
        const unsigned mantissa = bits & 1023;
        double expected = spelledOut(sign, exponent, mantissa, 10, 15);
        if (exponent == 31)
            expected = mantissa ? std::nan("") : sign ? -INFINITY : INFINITY;
        QVERIFY2(sameFloat(floatFromHalf(static_cast<std::uint16_t>(bits)), expected),
                 qPrintable(QString::number(bits, 16)));
    }
}

void TestTensor::everyFloat8()
{
    for (unsigned bits = 0; bits < 256; ++bits) {
        const unsigned sign = bits >> 7;
        double e4m3 = spelledOut(sign, static_cast<int>(bits >> 3 & 15), bits & 7, 3, 7);
        if ((bits & 127) == 127)
            e4m3 = std::nan("");
        double e5m2 = spelledOut(sign, static_cast<int>(bits >> 2 & 31), bits & 3, 2, 15);
        if ((bits >> 2 & 31) == 31)
            e5m2 = bits & 3 ? std::nan("") : sign ? -INFINITY : INFINITY;
        QVERIFY(sameFloat(floatFromF8E4M3(static_cast<std::uint8_t>(bits)), e4m3));
        QVERIFY(sameFloat(floatFromF8E5M2(static_cast<std::uint8_t>(bits)), e5m2));
    }
    QCOMPARE(floatFromF8E4M3(0x7e), 448.0f); // the largest values, OCP 8-bit floating point, table 1
    QCOMPARE(floatFromF8E5M2(0x7b), 57344.0f);
}

void TestTensor::everyBfloat16()
{
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
        const std::uint32_t wide = bits << 16;
        float expected = 0;
        std::memcpy(&expected, &wide, sizeof expected);
        QVERIFY(
            sameFloat(floatFromBfloat16(static_cast<std::uint16_t>(bits)), static_cast<double>(expected)));
    }
}

void TestTensor::packedBytesRoundUp()
{
    QCOMPARE(packedBytes(DType::I4, 0), 0u);
    QCOMPARE(packedBytes(DType::I4, 1), 1u);
    QCOMPARE(packedBytes(DType::U4, 2), 1u);
    QCOMPARE(packedBytes(DType::U4, 3), 2u);
    QCOMPARE(packedBytes(DType::U2, 5), 2u);
    QCOMPARE(packedBytes(DType::F64, 3), 24u);
}

void TestTensor::packedCodesFromAnyStart()
{
    const std::uint8_t bytes[] = {0x21, 0x8f, 0x07};
    const auto read = [&](DType type, std::size_t first, std::size_t count) {
        const auto all = static_cast<std::int64_t>(24 / bitsOf(type));
        const Tensor tensor{type, {all}, std::as_bytes(std::span(bytes)), nullptr};
        std::vector<float> out(count);
        readFloats(tensor, first, out);
        return out;
    };
    using F = std::vector<float>;
    QCOMPARE(read(DType::U4, 0, 6), (F{1, 2, 15, 8, 7, 0}));
    QCOMPARE(read(DType::I4, 1, 4), (F{2, -1, -8, 7}));
    QCOMPARE(read(DType::U2, 3, 3), (F{0, 3, 3}));
    QCOMPARE(read(DType::I2, 4, 4), (F{-1, -1, 0, -2}));
    QCOMPARE(read(DType::I8, 1, 1), (F{-113}));
    QVERIFY(read(DType::U4, 6, 0).empty());
}

void TestTensor::alignedFloatsAreNotCopied()
{
    const Tensor tensor = tensorFromFloats({2, 2}, {1, 2, 3, 4});
    const FloatArray view = floatsOf(tensor);
    QCOMPARE(static_cast<const void*>(view.values.data()), static_cast<const void*>(tensor.bytes.data()));
    std::vector<std::byte> shifted(17);
    std::copy(tensor.bytes.begin(), tensor.bytes.end(), shifted.begin() + 1);
    const FloatArray copy = floatsOf({DType::F32, {2, 2}, std::span(shifted).subspan(1), nullptr});
    QCOMPARE(std::vector<float>(copy.values.begin(), copy.values.end()), (std::vector<float>{1, 2, 3, 4}));
    QVERIFY(copy.owner != nullptr);
}

void TestTensor::channelMajorMovesTheAxis_data()
{
    QTest::addColumn<QVector<qint64>>("dims");
    QTest::addColumn<int>("axis");
    using V = QVector<qint64>;
    QTest::newRow("first axis") << V{3, 4} << 0;
    QTest::newRow("last axis") << V{5, 70} << 1;
    QTest::newRow("last axis, several tiles") << V{70, 65} << 1;
    QTest::newRow("middle axis") << V{3, 4, 5} << 1;
    QTest::newRow("last of three") << V{3, 4, 5} << 2;
    QTest::newRow("behind axes of one") << V{1, 1, 7, 2} << 2;
    QTest::newRow("no axis") << V{3, 4} << -1;
    QTest::newRow("one axis is a single channel") << V{6} << 0;
}

void TestTensor::channelMajorMovesTheAxis()
{
    QFETCH(QVector<qint64>, dims);
    QFETCH(int, axis);
    const Shape shape(dims.begin(), dims.end());
    std::vector<float> values(*elementCount(shape));
    std::iota(values.begin(), values.end(), 0.0f);
    const Tensor tensor = tensorFromFloats(shape, values);
    const ChannelMajor moved = channelMajor(floatsOf(tensor), shape, axis);
    const bool single = axis < 0 || shape.size() < 2;
    QCOMPARE(moved.channels, single ? 1u : static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]));
    QCOMPARE(moved.channels * moved.perChannel, values.size());
    std::size_t inner = 1;
    for (auto i = static_cast<std::size_t>(axis + 1); !single && i < shape.size(); ++i)
        inner *= static_cast<std::size_t>(shape[i]);
    float last = -1;
    for (std::size_t i = 0; i < values.size(); ++i) {
        // Each value is its own position: it says where the element came from.
        QCOMPARE(moved.values[i], static_cast<float>(moved.memoryIndex(i)));
        const auto source = static_cast<std::size_t>(moved.values[i]);
        if (!single)
            QCOMPARE(source / inner % moved.channels, i / moved.perChannel);
        if (i % moved.perChannel > 0)
            QVERIFY(moved.values[i] > last); // memory order inside a channel
        last = moved.values[i];
    }
}

QTEST_APPLESS_MAIN(TestTensor)
#include "tst_tensor.moc"
