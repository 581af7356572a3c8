// SPDX-License-Identifier: GPL-3.0-or-later
// Many blocks at once against the plain code that takes one: the same bytes and the same values.
#include "tests/core/ggmlblocks.h"

#include <QRegularExpression>
#include <bit>
#include <cmath>
#include <functional>

using namespace quantoscope;
using namespace quantoscope::ggmltest;

namespace {

/// Any finite float.
float anyFloat(Random& random)
{
    for (;;) {
        const float value = std::bit_cast<float>(static_cast<quint32>(random.next() >> 32));
        if (std::isfinite(value))
            return value;
    }
}

float eitherSign(Random& random, float magnitude) { return random.next() >> 63 ? -magnitude : magnitude; }

/// A half or the float above or below it; 127 makes q8_0's scale 1.
float besideHalf(Random& random, float, std::size_t i)
{
    if (i % 32 == 7)
        return 127;
    const float half = static_cast<float>(random.next() % 8) + 0.5f;
    const float towards[] = {half, 0, 1000};
    return eitherSign(random, std::nextafter(half, towards[random.next() % 3]));
}

/// Half of the largest or the float above or below it: the ternary formats' ties.
float besideHalfOfLargest(Random& random, float size, std::size_t i)
{
    if (i % 256 == 7)
        return size;
    const float towards[] = {size / 2, 0, size};
    return eitherSign(random, std::nextafter(size / 2, towards[random.next() % 3]));
}

/// A value of each block's kind: `size` is drawn once per case, `i` counts the elements.
struct Kind
{
    const char* name;
    std::function<float(Random&, float size, std::size_t i)> value;
};

const std::vector<Kind>& kinds()
{
    static const std::vector<Kind> all = {
        {"bell", [](Random& r, float, std::size_t) { return bellValue(r); }},
        {"bell of any size", [](Random& r, float size, std::size_t) { return size * bellValue(r); }},
        {"any float", [](Random& r, float, std::size_t) { return anyFloat(r); }},
        {"zeros of both signs", [](Random& r, float, std::size_t) { return eitherSign(r, 0); }},
        {"a constant", [](Random&, float size, std::size_t) { return size; }},
        {"the same magnitude", [](Random& r, float size, std::size_t) { return eitherSign(r, size); }},
        {"subnormal", [](Random& r, float, std::size_t) { return 1e-40f * bellValue(r); }},
        {"around the smallest normal", [](Random& r, float, std::size_t) { return 1e-37f * bellValue(r); }},
        {"around what counts as zero", [](Random& r, float, std::size_t) { return 1e-15f * bellValue(r); }},
        {"near overflow", [](Random& r, float, std::size_t) { return 5e37f * bellValue(r); }},
        {"one outlier",
         [](Random& r, float size, std::size_t i) { return i % 256 == 7 ? size : 0.01f * bellValue(r); }},
        {"one value", [](Random&, float size, std::size_t i) { return i % 32 == 7 ? size : 0.0f; }},
        {"small integers",
         [](Random& r, float, std::size_t) { return static_cast<float>(r.next() % 7) - 3; }},
        {"halves and their neighbours", besideHalf},
        {"half of the largest and its neighbours", besideHalfOfLargest},
        {"no negative", [](Random& r, float, std::size_t) { return std::max(bellValue(r), -0.0f); }},
        {"no positive", [](Random& r, float, std::size_t) { return std::min(bellValue(r), 0.0f); }},
        {"far from zero", [](Random& r, float, std::size_t) { return 5 + bellValue(r) / 1024; }},
        {"groups of zeros",
         [](Random& r, float, std::size_t i) { return i / 16 % 3 == 0 ? 0.0f : bellValue(r); }},
        {"groups of any size",
         [](Random& r, float size, std::size_t i) { return bellValue(r) * (i / 16 % 2 == 0 ? size : 1); }},
    };
    return all;
}

Floats valuesOf(const Kind& kind, std::size_t count, Random& random)
{
    const float size = std::ldexp(bellValue(random), static_cast<int>(random.next() % 250) - 125);
    Floats values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = kind.value(random, size, i);
    return values;
}

Bytes encodedAtOnce(const BlockCodec& codec, const Floats& values)
{
    // A value and a byte further on: nothing counts on alignment, nothing is written beyond the blocks.
    Floats shifted(values.size() + 1);
    std::copy(values.begin(), values.end(), shifted.begin() + 1);
    Bytes bytes(values.size() / codec.elements * codec.bytes + 2, std::byte{0x5a});
    codec.encodeMany(std::span(shifted).subspan(1), std::span(bytes).subspan(1, bytes.size() - 2));
    if (bytes.front() != std::byte{0x5a} || bytes.back() != std::byte{0x5a})
        return {};
    return Bytes(bytes.begin() + 1, bytes.end() - 1);
}

Floats decodedAtOnce(const BlockCodec& codec, const Bytes& blocks)
{
    Bytes shifted(blocks.size() + 1);
    std::copy(blocks.begin(), blocks.end(), shifted.begin() + 1);
    Floats values(blocks.size() / codec.bytes * codec.elements + 2, 77.0f);
    codec.decodeMany(std::span<const std::byte>(shifted).subspan(1),
                     std::span(values).subspan(1, values.size() - 2));
    if (values.front() != 77 || values.back() != 77)
        return {};
    return Floats(values.begin() + 1, values.end() - 1);
}

/// Which NaN it is may differ: its sign and payload have no meaning.
bool sameBits(const Floats& a, const Floats& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
        return std::bit_cast<quint32>(x) == std::bit_cast<quint32>(y) || (std::isnan(x) && std::isnan(y));
    });
}

} // namespace

class TestGgmlMany : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void encodesAsOneByOne_data() { everyCodec(); }
    void encodesAsOneByOne()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        Random random{3};
        for (const Kind& kind : kinds())
            for (std::size_t blocks = 1; blocks <= 20; ++blocks) {
                const Floats values = valuesOf(kind, blocks * codec.elements, random);
                QVERIFY2(encodedAtOnce(codec, values) == encoded(codec, values), kind.name);
            }
    }

    // More than all vectors of a batch, of each batch size there is.
    void longRuns_data() { everyCodec(); }
    void longRuns()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        Random random{4};
        for (const std::size_t blocks : {63, 64, 65, 130}) {
            const Floats values = valuesOf(kinds().front(), blocks * codec.elements, random);
            const Bytes bytes = encodedAtOnce(codec, values);
            QVERIFY(bytes == encoded(codec, values));
            QVERIFY(sameBits(decodedAtOnce(codec, bytes), decoded(codec, bytes)));
        }
    }

    // Results of megabytes are stored past the caches where they are aligned; pieces are not.
    void runsOfMegabytes_data() { everyCodec(); }
    void runsOfMegabytes()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        if (codec.elements != 32 || name.startsWith("iq"))
            return;
        const std::size_t blocks = (std::size_t{4} << 20) / codec.bytes + 5;
        const std::size_t piece = 4096;
        Random random{6};
        const Floats part = valuesOf(kinds().front(), piece * codec.elements, random);
        const Bytes expected = encodedAtOnce(codec, part);
        Floats values;
        for (std::size_t b = 0; b < blocks; b += piece)
            values.insert(values.end(), part.begin(),
                          part.begin() + static_cast<long>(std::min(piece, blocks - b) * codec.elements));
        for (const std::size_t shift : {0, 1}) {
            Bytes bytes(blocks * codec.bytes + shift);
            codec.encodeMany(values, std::span(bytes).subspan(shift));
            for (std::size_t i = 0; i < blocks * codec.bytes; ++i)
                if (bytes[i + shift] != expected[i % expected.size()])
                    QFAIL(qPrintable(QString::number(i)));
        }
    }

    // Any bytes are blocks.
    void decodesAsOneByOne_data() { everyCodec(); }
    void decodesAsOneByOne()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        Random random{5};
        for (std::size_t blocks = 1; blocks <= 40; ++blocks) {
            Bytes bytes(blocks * codec.bytes);
            for (std::byte& byte : bytes)
                byte = static_cast<std::byte>(random.next() >> 56);
            QVERIFY(sameBits(decodedAtOnce(codec, bytes), decoded(codec, bytes)));
        }
    }

    void noBlocks_data() { everyCodec(); }
    void noBlocks()
    {
        QFETCH(QString, name);
        const BlockCodec& codec = codecNamed(name);
        codec.encodeMany({}, {});
        codec.decodeMany({}, {});
    }
};

QTEST_APPLESS_MAIN(TestGgmlMany)
#include "tst_ggmlmany.moc"
