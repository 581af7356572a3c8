// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/ggmlblocks.h"

#include <QRegularExpression>
#include <cmath>
#include <limits>

using namespace quantoscope;
using namespace quantoscope::ggmltest;

namespace {

/// IEEE, reflected polynomial.
quint32 crc32(const Bytes& bytes)
{
    quint32 crc = ~0u;
    for (const std::byte byte : bytes) {
        crc ^= std::to_integer<quint32>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
    }
    return ~crc;
}

/// 256 multiples of 1/16 in a fixed disorder, and one outlier.
Floats ramp()
{
    Floats values(256);
    for (int i = 0; i < 256; ++i)
        values[i] = static_cast<float>(37 * i % 64 - 32) / 16;
    values[5] += 3;
    return values;
}

/// 256 runs of 256 values, of eight kinds by turns: bell, its magnitude, that negative, one in eight not 0, integers
/// -3 … 3, near 5, cubes, and a hundredth that size with rare outliers.
Floats mixed()
{
    Random random{2};
    Floats values(65536);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float b = bellValue(random);
        const quint64 dice = random.next() >> 32;
        const float kinds[] = {b,
                               std::abs(b),
                               -std::abs(b),
                               dice % 8 == 0 ? b : 0.0f,
                               static_cast<float>(static_cast<int>(dice % 7) - 3),
                               5.0f + b / 1024,
                               b * b * b,
                               dice % 64 == 0 ? b : b / 128};
        values[i] = kinds[i / 256 % 8];
    }
    return values;
}

double meanSquaredError(const Floats& a, const Floats& b)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
    return sum / static_cast<double>(a.size());
}

} // namespace

class TestGgml : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    // CRC-32 of all blocks and mean squared error after decoding, printed to nine digits, from llama.cpp's own
    // quantizers without importance matrix (ggml-quants.c as packaged in 2026: quantize_row_*_ref, and
    // quantize_iq4_nl / quantize_iq4_xs), compiled by GCC 12 with -O2 -ffp-contract=off, on ramp(), bell() and
    // mixed().
    void golden_data()
    {
        QTest::addColumn<quint32>("rampCrc");
        QTest::addColumn<double>("rampError");
        QTest::addColumn<quint32>("bellCrc");
        QTest::addColumn<double>("bellError");
        QTest::addColumn<quint32>("mixedCrc");
        QTest::addColumn<double>("mixedError");
        QTest::newRow("q4_0") << 0x91b1abcbu << 0.00882935524 << 0x840462feu << 0.00691058868 << 0x8f920d8fu
                              << 0.0257369532;
        QTest::newRow("q4_1") << 0x140000c8u << 0.006563609 << 0xa90121adu << 0.0061051754 << 0x11ae9a16u
                              << 0.0237369612;
        QTest::newRow("q5_0") << 0xcd371d7fu << 0.00209635496 << 0x1eb34734u << 0.00176197875 << 0x60ff0a96u
                              << 0.0074786573;
        QTest::newRow("q5_1") << 0xbe1b2433u << 0.00150445383 << 0xc2e75854u << 0.00139868187 << 0x98f1f82fu
                              << 0.00536209484;
        QTest::newRow("q8_0") << 0xda8842e8u << 2.97075458e-05 << 0x08ef4d2eu << 2.78335007e-05 << 0x4681c95cu
                              << 0.000134109627;
        QTest::newRow("q2_k") << 0x29d8f296u << 0.092879894 << 0x702df8f5u << 0.0898434353 << 0x6d08542du
                              << 0.312129273;
        QTest::newRow("q3_k") << 0x52fdbf7au << 0.0331436972 << 0xfefed436u << 0.0219115791 << 0x0e1cfaa8u
                              << 0.0562360607;
        QTest::newRow("q4_k") << 0x723653a2u << 0.00600211896 << 0xfa5e9d17u << 0.00491964965 << 0xbbf60ba1u
                              << 0.0158185348;
        QTest::newRow("q5_k") << 0xee1c3c2du << 0.00123811733 << 0xb4410f74u << 0.00124913784 << 0xc234a50cu
                              << 0.00421763479;
        QTest::newRow("q6_k") << 0x42b85f62u << 0.000177160047 << 0x5e9f9c70u << 0.000302251799 << 0xd0193917u
                              << 0.00112167633;
        QTest::newRow("iq4_nl") << 0x0289e10bu << 0.00747702663 << 0xe7159763u << 0.00549277186 << 0x0cc9809bu
                                << 0.0178989411;
        QTest::newRow("iq4_xs") << 0xc242d81du << 0.00763286046 << 0x0f04111du << 0.00560871373 << 0x6dacd27du
                                << 0.0186932776;
        QTest::newRow("tq1_0") << 0xb7c5c7bcu << 1.32444763 << 0x15102a44u << 0.643045712 << 0x27ff77a4u
                               << 1.18008437;
        QTest::newRow("tq2_0") << 0x3c39654eu << 1.32444763 << 0xed8037a4u << 0.643045712 << 0xc59915d9u
                               << 1.18008437;
    }
    void golden()
    {
        QFETCH(quint32, rampCrc);
        QFETCH(double, rampError);
        QFETCH(quint32, bellCrc);
        QFETCH(double, bellError);
        QFETCH(quint32, mixedCrc);
        QFETCH(double, mixedError);
        const BlockCodec& codec = codecNamed(QString::fromLatin1(QTest::currentDataTag()));
        const auto check = [&](const Floats& values, quint32 crc, double error) {
            const Bytes bytes = encoded(codec, values);
            QCOMPARE(crc32(bytes), crc);
            const double found = meanSquaredError(values, decoded(codec, bytes));
            QVERIFY2(std::abs(found / error - 1) < 5e-9, qPrintable(QString::number(found, 'g', 12)));
        };
        check(ramp(), rampCrc, rampError);
        check(bell(), bellCrc, bellError);
        check(mixed(), mixedCrc, mixedError);
    }

    void firstBlockBytes_data()
    {
        QTest::addColumn<QByteArray>("hex");
        QTest::newRow("q4_0") << QByteArray("90b8ac679a5689b0689b578ab679a5689b57");
        QTest::newRow("q8_0") << QByteArray(
            "9928c809da1aeb7ffdce0edf1ff03102d313e425f63607d818e92afbcc0cdd1eef2f");
    }
    void firstBlockBytes()
    {
        QFETCH(QByteArray, hex);
        const BlockCodec& codec = codecNamed(QString::fromLatin1(QTest::currentDataTag()));
        const Bytes bytes = encoded(codec, ramp());
        QCOMPARE(
            QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<int>(codec.bytes)).toHex(),
            hex);
    }

    // Errors in steps (ends / (codes - 1)): half a step, and as much as rounding the scale to half moves the far end;
    // a whole step where the side opposite to the largest magnitude lacks a level.
    void errorBound_data()
    {
        QTest::addColumn<double>("steps");
        QTest::newRow("q4_0") << 1.0 + 15.0 / 2048;
        QTest::newRow("q4_1") << 0.5 + 2 * 15.0 / 2048;
        QTest::newRow("q5_0") << 1.0 + 31.0 / 2048;
        QTest::newRow("q5_1") << 0.5 + 2 * 31.0 / 2048;
        QTest::newRow("q8_0") << 0.5 + 127.0 / 2048;
        QTest::newRow("tq1_0") << 0.5 + 1.0 / 2048;
        QTest::newRow("tq2_0") << 0.5 + 1.0 / 2048;
    }
    void errorBound()
    {
        QFETCH(double, steps);
        const BlockCodec& codec = codecNamed(QString::fromLatin1(QTest::currentDataTag()));
        const Floats values = bell();
        for (std::size_t at = 0; at < values.size(); at += codec.elements) {
            const Floats part(values.begin() + static_cast<long>(at),
                              values.begin() + static_cast<long>(at + codec.elements));
            const Bytes block = encoded(codec, part);
            const Floats back = decoded(codec, block);
            const Interval ends = endsOf(codec, block)[0];
            const double step = (static_cast<double>(ends.hi) - ends.lo) / (codec.codes - 1);
            for (std::size_t i = 0; i < part.size(); ++i)
                QVERIFY(std::abs(static_cast<double>(part[i]) - back[i]) <= steps * step);
        }
    }

    void zerosStayZero_data() { everyCodec(); }
    void zerosStayZero()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        for (const float zero : {0.0f, -0.0f})
            for (const float value : decoded(codec, encoded(codec, Floats(codec.elements, zero))))
                QCOMPARE(value, 0.0f);
    }

    // Any format holds a constant to the rounding of its scales to half (2^-11, twice for affine ones), the K and IQ4
    // formats to that of their integer scales besides, which is none for equal groups.
    void constantsAreKept_data() { everyCodec(); }
    void constantsAreKept()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        for (const float constant : {1.5f, -1.5f, 0.3f, -0.25f, 40000.0f})
            for (const float value : decoded(codec, encoded(codec, Floats(codec.elements, constant))))
                QVERIFY2(std::abs(value / constant - 1) < 2e-3, qPrintable(QString::number(value)));
    }

    void oneOutlierIsKeptWhateverItsSign_data() { everyCodec(); }
    void oneOutlierIsKeptWhateverItsSign()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        for (const float outlier : {100.0f, -100.0f}) {
            Floats values(codec.elements);
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] = static_cast<float>(static_cast<int>(i % 5) - 2) / 100;
            values[7] = outlier;
            const Floats back = decoded(codec, encoded(codec, values));
            QVERIFY2(std::abs(back[7] / outlier - 1) < 0.01, qPrintable(QString::number(back[7])));
            for (std::size_t i = 0; i < values.size(); ++i)
                QVERIFY(i == 7 || std::abs(back[i]) < 2); // nobody else is carried along
        }
    }

    // The signed-scale formats put the value of largest magnitude on the lowest code.
    void largestMagnitudeGetsTheLowestCode_data()
    {
        QTest::addColumn<float>("largest");
        QTest::newRow("positive") << 8.0f;
        QTest::newRow("negative") << -8.0f;
    }
    void largestMagnitudeGetsTheLowestCode()
    {
        QFETCH(float, largest);
        Floats values(32, 1.0f);
        values[20] = largest;
        for (const char* name : {"q4_0", "q5_0"}) {
            const BlockCodec& codec = codecNamed(name);
            const Bytes block = encoded(codec, values);
            QCOMPARE(codesOf(codec, block)[20], 0);
            QCOMPARE(decoded(codec, block)[20], largest);
        }
    }

    // Levels in all groups but one set the block's scale; the integer scale of the other makes it exactly half that,
    // so that its last value lies in the middle between two halved levels.
    void aMiddleBetweenLevelsGoesUp()
    {
        const BlockCodec& codec = codecNamed("iq4_xs");
        for (const auto& [middle, level] : {std::pair(7.0f, 13.0f), std::pair(-4.5f, 1.0f)}) {
            Floats values(256, 113.0f);
            for (std::size_t i = 0; i < 256; i += 32)
                values[i] = -127;
            for (std::size_t i = 32; i < 64; ++i)
                values[i] /= 2;
            values[63] = middle / 2;
            QCOMPARE(decoded(codec, encoded(codec, values))[63], level / 2);
        }
    }

    void tinyAndHugeValuesEndWell_data() { everyCodec(); }
    void tinyAndHugeValuesEndWell()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        for (const float size : {1e-45f, 1e-38f, 1e-20f, 1e-7f, 1e30f, std::numeric_limits<float>::max()}) {
            Floats values(codec.elements);
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] = i % 3 == 0 ? size : -size;
            for (const std::int32_t code : codesOf(codec, encoded(codec, values)))
                QVERIFY(code >= 0 && code < codec.codes);
        }
    }
};

QTEST_APPLESS_MAIN(TestGgml)
#include "tst_ggml.moc"
