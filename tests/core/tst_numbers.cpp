// SPDX-License-Identifier: GPL-3.0-or-later
// Short vectors step by step, bit patterns and the integer product, against hand-computed numbers.
#include "core/analysis/numbers/integerdot.h"
#include "core/analysis/numbers/numbers.h"
#include "core/support/error.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace quantoscope;

class TestNumbers : public QObject
{
    Q_OBJECT

private slots:
    void workedExampleA();
    void zeroPointsShift();
    void notFiniteValuesStandAlone();
    void schemesThatDoNotFitSaySo();
    void packedNibblesInMemoryOrder();
    void patterns();
    void fieldsOfFloats_data();
    void fieldsOfFloats();
    void dotTermsAddUp();
    void dotRoundsBothWays();
    void dotRefusesWhatItCannot();
};

void TestNumbers::workedExampleA()
{
    // symmetric, b = 3, L = 2: s = 4/6.
    const NumbersPicture picture =
        numbersPicture({1.1f, 2.4f, -0.3f, 0.8f}, parseScheme("bits=3,range=manual:-2:2"));
    const float s = 4.0f / 6.0f;
    const int codes[] = {2, 3, 0, 1};
    for (std::size_t i = 0; i < 4; ++i) {
        QCOMPARE(picture.rows[i].step.code, codes[i]);
        QCOMPARE(picture.rows[i].step.value, static_cast<float>(codes[i]) * s);
    }
    QCOMPARE(picture.rows[1].step.clipped, 2.0f);
    QCOMPARE(picture.rows[1].step.rounded, 4.0); // 3.6, clamped to 3 afterwards
    QVERIFY(std::abs(picture.metrics.mse - 0.080556) < 1e-6);
    QVERIFY(std::abs(picture.metrics.clippingMse - 0.04) < 1e-6);
}

void TestNumbers::zeroPointsShift()
{
    const NumbersPicture picture =
        numbersPicture({1.1f, 2.4f, -0.3f, 0.8f}, parseScheme("bits=3,grid=zero-point,range=manual:-0.5:2"));
    const int codes[] = {4, 7, 0, 3};
    for (std::size_t i = 0; i < 4; ++i)
        QCOMPARE(picture.rows[i].step.code, codes[i]);
    QCOMPARE(picture.rows[0].step.rounded, 3.0);
    QCOMPARE(picture.rows[0].step.shifted, 4.0);
    QVERIFY(std::abs(picture.metrics.mse - 0.019388) < 1e-6);
}

void TestNumbers::notFiniteValuesStandAlone()
{
    const NumbersPicture picture =
        numbersPicture({1, std::numeric_limits<float>::infinity(), -1}, parseScheme("bits=2"));
    QVERIFY(!picture.rows[1].finite);
    QCOMPARE(picture.rows[2].step.code, -1);
    QCOMPARE(picture.metrics.elements, 2u);
    QCOMPARE(numbersPicture({}, parseScheme("bits=2")).rows.size(), 0u);
}

void TestNumbers::schemesThatDoNotFitSaySo()
{
    const NumbersPicture picture = numbersPicture({1, 2, 3}, parseScheme("ggml-q4_0"));
    QVERIFY(!picture.issue.empty());
    QVERIFY(!picture.params);
    QCOMPARE(picture.rows.size(), 3u);
}

void TestNumbers::packedNibblesInMemoryOrder()
{
    // max 7 at 4 bits: step 1. Codes 7, -1, 2: low nibble first.
    const NumbersPicture picture = numbersPicture({7, -1, 2}, parseScheme("bits=4"));
    QCOMPARE(picture.packed.size(), 2u);
    QCOMPARE(std::to_integer<int>(picture.packed[0]), 0xF7);
    QCOMPARE(std::to_integer<int>(picture.packed[1]), 0x02);
}

void TestNumbers::patterns()
{
    QCOMPARE(twosComplement(-3, 4), std::string("1101"));
    QCOMPARE(twosComplement(5, 4), std::string("0101"));
    QCOMPARE(offsetBinary(-8, -8, 4), std::string("0000"));
    QCOMPARE(offsetBinary(7, -8, 4), std::string("1111"));
    QCOMPARE(twosComplement(-1, 16), std::string(16, '1'));
}

void TestNumbers::fieldsOfFloats_data()
{
    QTest::addColumn<float>("x");
    QTest::addColumn<QByteArray>("format");
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<float>("value");
    QTest::newRow("f32 of one") << 1.0f << QByteArray("f32")
                                << QByteArray("0 01111111 00000000000000000000000") << 1.0f;
    QTest::newRow("fp16 of a third") << 1.0f / 3 << QByteArray("fp16") << QByteArray("0 01101 0101010101")
                                     << 0.333251953125f;
    QTest::newRow("bf16 of pi") << 3.14159274f << QByteArray("bf16") << QByteArray("0 10000000 1001001")
                                << 3.140625f;
    QTest::newRow("e4m3 beyond its largest")
        << -1000.0f << QByteArray("e4m3") << QByteArray("1 1111 110") << -448.0f;
    QTest::newRow("e5m2 of 0.3") << 0.3f << QByteArray("e5m2") << QByteArray("0 01101 01") << 0.3125f;
    QTest::newRow("e2m1 of 2.6, nearer to 3") << 2.6f << QByteArray("e2m1") << QByteArray("0 10 1") << 3.0f;
}

void TestNumbers::fieldsOfFloats()
{
    QFETCH(float, x);
    QFETCH(QByteArray, format);
    QFETCH(QByteArray, fields);
    QFETCH(float, value);
    const FloatFields found = floatFields(x, format.toStdString());
    QCOMPARE(QByteArray::fromStdString(found.sign + ' ' + found.exponent + ' ' + found.fraction), fields);
    QCOMPARE(found.value, value);
    QVERIFY_EXCEPTION_THROWN(floatFields(x, "nf4"), Error);
}

void TestNumbers::dotTermsAddUp()
{
    const std::vector<float> x{0.1f, 0.9f, 0.4f, 0.6f, 0.0f};
    const std::vector<float> w{0.5f, -0.25f, 1.0f, -0.75f, 0.3f};
    const IntegerDot dot = integerDot(x, parseScheme("bits=8,grid=zero-point,range=manual:-0.2:1"), w,
                                      parseScheme("bits=4,grid=zero-point"), 0.7f, 2);
    // The definition: Σ (q_x - z_x)(q_w - z_w) + bias.
    std::int64_t sum = dot.bias;
    for (std::size_t i = 0; i < x.size(); ++i)
        sum += std::int64_t(dot.qx[i] - dot.zeroX) * (dot.qw[i] - dot.zeroW);
    QVERIFY(dot.zeroX != 0 && dot.zeroW != 0);
    QCOMPARE(dot.accumulator, sum);
    QCOMPARE(dot.bias,
             std::int32_t(std::nearbyint(double(0.7f) / (double(dot.scaleX) * double(dot.scaleW)))));
    QVERIFY(std::abs(dot.exact * double(dot.scaleY) - dot.floatResult) < 0.1);
    QVERIFY(std::abs(dot.single - dot.exact) <= 0.5 + 1e-6);
}

void TestNumbers::dotRoundsBothWays()
{
    // 127 · 127 at scales 1 and M = 1/127: exactly 127. -2 with M = 1/4: the second of two roundings takes -0.5 away from zero, the single one
    // goes up.
    const IntegerDot same =
        integerDot({127}, parseScheme("bits=8"), {127}, parseScheme("bits=8"), 0, 127 * 127);
    QCOMPARE(same.gemmlowp, 127);
    QCOMPARE(same.single, 127);
    const IntegerDot half =
        integerDot({127, 1}, parseScheme("bits=8"), {0, -127}, parseScheme("bits=8"), 125, 508);
    QCOMPARE(half.accumulator, -2);
    QCOMPARE(half.exact, -0.5);
    QCOMPARE(half.gemmlowp, -1);
    QCOMPARE(half.single, 0);
}

void TestNumbers::dotRefusesWhatItCannot()
{
    const Scheme int8 = parseScheme("bits=8");
    QVERIFY_EXCEPTION_THROWN(integerDot({}, int8, {}, int8, 0, 1), Error);
    QVERIFY_EXCEPTION_THROWN(integerDot({1}, int8, {1, 2}, int8, 0, 1), Error);
    QVERIFY_EXCEPTION_THROWN(integerDot({std::nanf("")}, int8, {1}, int8, 0, 1), Error);
    QVERIFY_EXCEPTION_THROWN(integerDot({1}, int8, {1}, int8, 0, 0), Error);
    QVERIFY_EXCEPTION_THROWN(integerDot({1}, parseScheme("nf4"), {1}, int8, 0, 1), Error);
    QVERIFY_EXCEPTION_THROWN(integerDot({1}, parseScheme("bits=4,grid=offset"), {1}, int8, 0, 1), Error);
}

QTEST_APPLESS_MAIN(TestNumbers)
#include "tst_numbers.moc"
