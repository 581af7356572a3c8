// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ggml/half.h"
#include "core/tensor/dtype.h"
#include "tests/core/ggmlblocks.h"

#include <QRegularExpression>
#include <cmath>
#include <limits>

using namespace quantoscope;
using namespace quantoscope::ggmltest;

namespace {

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

class TestGgmlLayout : public QObject
{
    Q_OBJECT

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

QTEST_APPLESS_MAIN(TestGgmlLayout)
#include "tst_ggmllayout.moc"
