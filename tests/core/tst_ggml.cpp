// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ggml/ggmlcodecs.h"
#include "core/quant/ggml/half.h"
#include "core/tensor/dtype.h"

#include <QRegularExpression>
#include <QTest>
#include <cmath>
#include <limits>
#include <vector>

using namespace quantoscope;

namespace {

using Bytes = std::vector<std::byte>;
using Floats = std::vector<float>;

const BlockCodec& codecNamed(const QString& name)
{
    for (const BlockCodec& codec : ggmlCodecs())
        if (name.toStdString() == codec.name)
            return codec;
    qFatal("no such codec");
}

Bytes encoded(const BlockCodec& codec, const Floats& values)
{
    Bytes bytes(values.size() / codec.elements * codec.bytes, std::byte{0xa5});
    for (std::size_t b = 0; b * codec.elements < values.size(); ++b)
        codec.encode(std::span(values).subspan(b * codec.elements, codec.elements),
                     std::span(bytes).subspan(b * codec.bytes, codec.bytes));
    return bytes;
}

Floats decoded(const BlockCodec& codec, const Bytes& bytes)
{
    Floats values(bytes.size() / codec.bytes * codec.elements);
    for (std::size_t b = 0; b * codec.elements < values.size(); ++b)
        codec.decode(std::span(bytes).subspan(b * codec.bytes, codec.bytes),
                     std::span(values).subspan(b * codec.elements, codec.elements));
    return values;
}

std::vector<std::int32_t> codesOf(const BlockCodec& codec, const Bytes& block)
{
    std::vector<std::int32_t> codes(codec.elements, -1);
    codec.readCodes(block, codes);
    return codes;
}

std::vector<Interval> endsOf(const BlockCodec& codec, const Bytes& block)
{
    std::vector<Interval> ends(codec.elements);
    codec.readEnds(block, ends);
    return ends;
}

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

/// SplitMix64.
struct Random
{
    quint64 state;
    quint64 next()
    {
        quint64 z = state += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
    }
};

/// 256 multiples of 1/16 in a fixed disorder, and one outlier.
Floats ramp()
{
    Floats values(256);
    for (int i = 0; i < 256; ++i)
        values[i] = static_cast<float>(37 * i % 64 - 32) / 16;
    values[5] += 3;
    return values;
}

/// A nearly Gaussian value: the sum of twelve 24-bit uniforms, less 6. Exact in double, so the same everywhere.
float bellValue(Random& random)
{
    double sum = 0;
    for (int k = 0; k < 12; ++k)
        sum += static_cast<double>(random.next() >> 40) / 16777216.0;
    return static_cast<float>(sum - 6);
}

/// 4096 of them.
Floats bell()
{
    Random random{1};
    Floats values(4096);
    for (float& value : values)
        value = bellValue(random);
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

Bytes noise(std::size_t count, quint64 seed)
{
    Random random{seed};
    Bytes bytes(count);
    for (std::byte& byte : bytes)
        byte = static_cast<std::byte>(random.next() >> 56);
    return bytes;
}

void putHalf(Bytes& bytes, std::size_t at, float value)
{
    const std::uint16_t half = halfFromFloat(value);
    bytes[at] = static_cast<std::byte>(half & 0xff);
    bytes[at + 1] = static_cast<std::byte>(half >> 8);
}

/// Where the bits of element i lie, written down from the format descriptions, one formula per format.
struct BitReader
{
    const Bytes& block;
    int byte(int at) const { return std::to_integer<int>(block[static_cast<std::size_t>(at)]); }
    int bit(int at, int index) const { return byte(at) >> index & 1; }
    int two(int at, int index) const { return byte(at) >> 2 * index & 3; }
    int nibble(int at, int index) const { return byte(at) >> 4 * index & 15; }
    /// Digit n after the point of byte/256 to base 3.
    int trit(int at, int n) const
    {
        const int powers[] = {3, 9, 27, 81, 243};
        return byte(at) * powers[n] / 256 % 3;
    }
    int two128(int at, int i) const { return two(at + i / 128 * 32 + i % 32, i % 128 / 32); }
    int nibble64(int at, int i) const { return nibble(at + i / 64 * 32 + i % 32, i % 64 / 32); }
};

int expectedCode(const QString& name, const BitReader& in, int i)
{
    if (name == "q4_0" || name == "iq4_nl")
        return in.nibble(2 + i % 16, i / 16);
    if (name == "q4_1")
        return in.nibble(4 + i % 16, i / 16);
    if (name == "q5_0")
        return in.nibble(6 + i % 16, i / 16) | in.bit(2 + i / 8, i % 8) << 4;
    if (name == "q5_1")
        return in.nibble(8 + i % 16, i / 16) | in.bit(4 + i / 8, i % 8) << 4;
    if (name == "q8_0")
        return std::max(static_cast<int>(static_cast<std::int8_t>(in.byte(2 + i))), -127) + 127;
    if (name == "q2_k")
        return in.two128(16, i);
    if (name == "q3_k")
        return in.two128(32, i) | in.bit(i % 32, i / 32) << 2;
    if (name == "q4_k")
        return in.nibble64(16, i);
    if (name == "q5_k")
        return in.nibble64(48, i) | in.bit(16 + i % 32, i / 32) << 4;
    if (name == "q6_k")
        return in.nibble(i / 128 * 64 + i % 64, i % 128 / 64) | in.two128(128, i) << 4;
    if (name == "iq4_xs")
        return in.nibble(8 + i / 32 * 16 + i % 16, i % 32 / 16);
    if (name == "tq2_0")
        return std::min(in.two128(0, i), 2);
    // tq1_0: 32 bytes, 16 bytes, 4 bytes
    return i < 160   ? in.trit(i % 32, i / 32)
           : i < 240 ? in.trit(32 + (i - 160) % 16, (i - 160) / 16)
                     : in.trit(48 + (i - 240) % 4, (i - 240) / 4);
}

} // namespace

class TestGgml : public QObject
{
    Q_OBJECT

    void everyCodec()
    {
        QTest::addColumn<QString>("name");
        for (const BlockCodec& codec : ggmlCodecs())
            QTest::newRow(std::string(codec.name).c_str())
                << QString::fromLatin1(codec.name.data(), static_cast<int>(codec.name.size()));
    }

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void theListAndItsSizes()
    {
        const std::vector<std::tuple<std::string_view, std::size_t, std::size_t, int>> expected = {
            {"q4_0", 32, 18, 16},   {"q4_1", 32, 20, 16},   {"q5_0", 32, 22, 32},   {"q5_1", 32, 24, 32},
            {"q8_0", 32, 34, 255},  {"q2_k", 256, 84, 4},   {"q3_k", 256, 110, 8},  {"q4_k", 256, 144, 16},
            {"q5_k", 256, 176, 32}, {"q6_k", 256, 210, 64}, {"iq4_nl", 32, 18, 16}, {"iq4_xs", 256, 136, 16},
            {"tq1_0", 256, 54, 3},  {"tq2_0", 256, 66, 3}};
        QCOMPARE(ggmlCodecs().size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const BlockCodec& codec = ggmlCodecs()[i];
            QVERIFY(std::tuple(codec.name, codec.elements, codec.bytes, codec.codes) == expected[i]);
        }
    }

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

    void codesLieWhereTheFormatSays_data() { everyCodec(); }
    void codesLieWhereTheFormatSays()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        for (quint64 seed = 1; seed <= 20; ++seed) {
            const Bytes block = noise(codec.bytes, seed);
            const std::vector<std::int32_t> codes = codesOf(codec, block);
            for (std::size_t i = 0; i < codec.elements; ++i)
                QCOMPARE(codes[i], expectedCode(name, BitReader{block}, static_cast<int>(i)));
        }
    }

    // A uniform format's value is where its code says between the ends; the tolerance is three float roundings.
    void valuesEndsAndCodesAgree_data() { everyCodec(); }
    void valuesEndsAndCodesAgree()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        const bool even = !name.startsWith("iq4");
        const Floats values = bell();
        for (std::size_t b = 0; b < 8; ++b) {
            const Floats part(values.begin() + static_cast<long>(b * codec.elements),
                              values.begin() + static_cast<long>((b + 1) * codec.elements));
            const Bytes block = encoded(codec, part);
            const Floats back = decoded(codec, block);
            const std::vector<Interval> ends = endsOf(codec, block);
            const std::vector<std::int32_t> codes = codesOf(codec, block);
            for (std::size_t i = 0; i < codec.elements; ++i) {
                const auto [lo, hi] = ends[i];
                QVERIFY(lo <= back[i] && back[i] <= hi && codes[i] >= 0 && codes[i] < codec.codes);
                if (!even)
                    continue;
                const double part01 = static_cast<double>(codes[i]) / (codec.codes - 1);
                const double up = lo + part01 * (static_cast<double>(hi) - lo);
                const double down = hi - part01 * (static_cast<double>(hi) - lo);
                const double tolerance = 3 * 6e-8 * std::max(std::abs(lo), std::abs(hi));
                QVERIFY(std::min(std::abs(back[i] - up), std::abs(back[i] - down)) <= tolerance);
            }
        }
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

    // Every 6-bit scale (and minimum) in every group: bytes made bit by bit from the description.
    void packedScales_data()
    {
        QTest::addColumn<int>("groups");
        QTest::newRow("q4_k") << 8;
        QTest::newRow("q5_k") << 8;
        QTest::newRow("q3_k") << 16;
        QTest::newRow("iq4_xs") << 8;
    }
    void packedScales()
    {
        QFETCH(int, groups);
        const QString name = QString::fromLatin1(QTest::currentDataTag());
        const BlockCodec& codec = codecNamed(name);
        const std::size_t length = codec.elements / static_cast<std::size_t>(groups);
        for (int group = 0; group < groups; ++group)
            for (int scale = 0; scale < 64; ++scale) {
                Bytes block(codec.bytes);
                const auto set = [&](int at, int value) {
                    block[at] |= static_cast<std::byte>(value & 0xff);
                };
                const int low = scale & 15;
                const int top = scale >> 4;
                float lo = 0;
                float hi = 0;
                if (name == "q3_k") {
                    putHalf(block, 108, 1);
                    set(96 + group % 8, low << group / 8 * 4);
                    set(104 + group % 4, top << group / 4 * 2);
                    lo = -4.0f * static_cast<float>(scale - 32);
                    hi = 3.0f * static_cast<float>(scale - 32);
                } else if (name == "iq4_xs") {
                    putHalf(block, 0, 1);
                    set(4 + group / 2, low << group % 2 * 4);
                    set(2 + group / 4, top << group % 4 * 2);
                    lo = -127.0f * static_cast<float>(scale - 32);
                    hi = 113.0f * static_cast<float>(scale - 32);
                } else {
                    const int minimum = 63 - scale;
                    putHalf(block, 0, 1);
                    putHalf(block, 2, 0.5f);
                    if (group < 4) {
                        set(4 + group, scale);
                        set(8 + group, minimum);
                    } else {
                        set(8 + group, low | (minimum & 15) << 4);
                        set(group, top << 6);
                        set(4 + group, minimum >> 4 << 6);
                    }
                    lo = -0.5f * static_cast<float>(minimum);
                    hi = lo + static_cast<float>(scale * (codec.codes - 1));
                }
                const Interval ends = endsOf(codec, block)[length * static_cast<std::size_t>(group) + 3];
                QCOMPARE(ends.lo, std::min(lo, hi));
                QCOMPARE(ends.hi, std::max(lo, hi));
            }
    }

    void allFiveTritCombinationsFitAByte()
    {
        const BlockCodec& codec = codecNamed("tq1_0");
        for (int number = 0; number < 243; ++number) {
            Floats values(256, 1.0f);
            for (int n = 0, rest = number; n < 5; ++n, rest /= 3) {
                values[32 * n + 9] = static_cast<float>(rest % 3 - 1);
                values[160 + 16 * n + 4] = static_cast<float>(rest % 3 - 1);
            }
            QVERIFY(decoded(codec, encoded(codec, values)) == values);
        }
    }

    void everyNonLinearLevelFindsItsCode()
    {
        const Floats levels = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
        Floats values = levels;
        values.insert(values.end(), levels.rbegin(), levels.rend());
        const BlockCodec& codec = codecNamed("iq4_nl");
        const Bytes block = encoded(codec, values);
        QVERIFY(decoded(codec, block) == values);
        for (std::size_t i = 0; i < 16; ++i)
            QCOMPARE(codesOf(codec, block)[i], static_cast<int>(i));
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

    void patternsNoEncoderWrites()
    {
        Bytes q8(34, std::byte{0x80});
        putHalf(q8, 0, 0.5f);
        QCOMPARE(decoded(codecNamed("q8_0"), q8)[0], -64.0f);
        QCOMPARE(codesOf(codecNamed("q8_0"), q8)[0], 0);
        QCOMPARE(endsOf(codecNamed("q8_0"), q8)[0], (Interval{-63.5f, 63.5f}));
        Bytes ternary(66, std::byte{0xff});
        putHalf(ternary, 64, 0.5f);
        QCOMPARE(decoded(codecNamed("tq2_0"), ternary)[0], 1.0f);
        QCOMPARE(codesOf(codecNamed("tq2_0"), ternary)[0], 2);
        QCOMPARE(endsOf(codecNamed("tq2_0"), ternary)[0], (Interval{-0.5f, 0.5f}));
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

    void everyHalfSurvivesTheWayThroughFloat()
    {
        for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
            const auto half = static_cast<std::uint16_t>(bits);
            const float value = floatFromHalf(half);
            if (std::isnan(value))
                QVERIFY(std::isnan(floatFromHalf(halfFromFloat(value))));
            else
                QCOMPARE(halfFromFloat(value), half);
        }
    }

    // Between each two neighbours: just below and above the middle, and the middle itself, which goes to the even one.
    void halvesRoundToNearestEven()
    {
        for (std::uint16_t lower = 0; lower < 0x7c00; ++lower) {
            const auto upper = static_cast<std::uint16_t>(lower + 1);
            const float above = upper == 0x7c00 ? 65536.0f : floatFromHalf(upper);
            const float middle = (floatFromHalf(lower) + above) / 2;
            QCOMPARE(halfFromFloat(middle), lower % 2 == 0 ? lower : upper);
            QCOMPARE(halfFromFloat(std::nextafter(middle, 0.0f)), lower);
            QCOMPARE(halfFromFloat(std::nextafter(middle, 1e9f)), upper);
            QCOMPARE(halfFromFloat(-middle),
                     static_cast<std::uint16_t>(0x8000 | (lower % 2 == 0 ? lower : upper)));
        }
        QCOMPARE(halfFromFloat(1e-45f), std::uint16_t{0});
        QCOMPARE(halfFromFloat(std::numeric_limits<float>::max()), std::uint16_t{0x7c00});
    }
};

QTEST_APPLESS_MAIN(TestGgml)
#include "tst_ggml.moc"
