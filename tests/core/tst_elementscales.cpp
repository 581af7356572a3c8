// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/mxblocks.h"
#include "core/quant/elements/nestedscales.h"
#include "core/quant/elements/scales.h"
#include "tests/support/elementlevels.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>
#include <bit>
#include <limits>

using namespace quantoscope;
using reference::levelsOf;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// The tensor of the published block values: (((37 i) mod 64) - 32) / 16, x[5] larger by 3.
std::vector<float> goldenInput()
{
    std::vector<float> x;
    for (int i = 0; i < 256; ++i)
        x.push_back(float((37 * i) % 64 - 32) / 16);
    x[5] += 3;
    return x;
}

std::uint32_t crc32(const QByteArray& bytes)
{
    std::uint32_t crc = ~0u;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/// Encodes and decodes all blocks; the bytes of all blocks if wanted.
std::vector<float> throughBlocks(const BlockCodec& codec, const std::vector<float>& x,
                                 QByteArray* bytes = nullptr)
{
    std::vector<float> decoded(x.size());
    std::vector<std::byte> block(codec.bytes);
    for (std::size_t at = 0; at < x.size(); at += codec.elements) {
        codec.encode(std::span(x).subspan(at, codec.elements), block);
        codec.decode(block, std::span(decoded).subspan(at, codec.elements));
        if (bytes)
            bytes->append(reinterpret_cast<const char*>(block.data()), qsizetype(block.size()));
    }
    return decoded;
}

} // namespace

/// Scales of blocks and the MX blocks that hold them.
class TestElementScales : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void sharedExponents()
    {
        // The rules as bit arithmetic on float32 (element formats with p = floor(log2 maximum), m mantissa bits).
        std::mt19937 random(3);
        for (const char* name : {"e4m3", "e5m2", "e3m2", "e2m3", "e2m1"}) {
            const ElementFormat& format = *findElementFormat(name);
            const int p = std::ilogb(format.maximum);
            for (int i = 0; i < 20000; ++i) {
                std::uint32_t bits = std::uint32_t(random()) >> 1;
                if (i % 3 == 0)
                    bits = (bits & 0x7f800000u) + (std::bit_cast<std::uint32_t>(format.maximum) & 0x7fffffu)
                           + unsigned(i % 9) / 3 - 1;
                const float amax = std::bit_cast<float>(bits);
                if (!std::isfinite(amax) || std::ilogb(amax) - p < -126)
                    continue;
                const int field = int(bits >> 23);
                const int rounded = int((bits + (1u << (22 - format.mantissaBits))) >> 23);
                QCOMPARE(int(mxExponent(ExponentRule::Floor, format, amax)), field - p);
                QCOMPARE(int(mxExponent(ExponentRule::Ceil, format, amax)),
                         field - p + ((bits & 0x7fffff) != 0));
                QCOMPARE(int(mxExponent(ExponentRule::Even, format, amax)), rounded - p);
                const double scale = double(mxScale(ExponentRule::Rceil, format, amax));
                QVERIFY(double(amax) <= scale * double(format.maximum));
                QVERIFY(double(amax) > scale / 2 * double(format.maximum));
            }
            QCOMPARE(mxExponent(ExponentRule::Floor, format, 0), 0);
            QVERIFY(mxScale(ExponentRule::Rceil, format, 1e-45f) == 0x1p-127f);
        }
        QCOMPARE(mxExponent(ExponentRule::Floor, *findElementFormat("e4m3"), 448), 127);
        // Half-way between the mantissas 1.5 and 2: up.
        QCOMPARE(mxExponent(ExponentRule::Even, *findElementFormat("e2m1"), 7), 128);
        QCOMPARE(mxExponent(ExponentRule::Even, *findElementFormat("e2m1"), 6.9999f), 127);
        QVERIFY(std::isnan(scaleOfE8m0(255)));
    }

    void nvfp4Scales()
    {
        const auto even = BlockScaleRounding::HalfEven;
        const auto ggml = BlockScaleRounding::Ggml;
        // A tie between 1 and 1.125; above 256; between 7 and 8 subnormal steps.
        QCOMPARE(nvfp4BlockScale(6 * 1.0625f, 1, even), 0x38);
        QCOMPARE(nvfp4BlockScale(6 * 1.0625f, 1, ggml), 0x39);
        QCOMPARE(nvfp4BlockScale(6 * 300.0f, 1, even), 0x79);
        QCOMPARE(nvfp4BlockScale(6 * 300.0f, 1, ggml), 0x7e);
        QCOMPARE(nvfp4BlockScale(6 * 7.75f / 512, 1, even), 8);
        QCOMPARE(nvfp4BlockScale(6 * 7.75f / 512, 1, ggml), 7);
        QCOMPARE(nvfp4BlockScale(0), 0);
        QCOMPARE(nvfp4BlockScale(3e38f), 0x7e);
        // The second level puts the largest block at 448.
        QVERIFY(nvfp4TensorScale(26.88f) == 0.01f);
        QVERIFY(scaleOfE4m3(nvfp4BlockScale(26.88f, nvfp4TensorScale(26.88f))) == 448.0f);
        QVERIFY(nvfp4TensorScale(0) == 1.0f);
        QVERIFY(scaleOfE4m3(0x7f) == 0.0f);
    }

    void storedScales()
    {
        QVERIFY(roundScale(ScaleType::F32, 0.1f) == 0.1f);
        QVERIFY(roundScale(ScaleType::F16, 0.1f) == 0.0999755859375f);
        QVERIFY(roundScale(ScaleType::Bf16, 0.1f) == 0.10009765625f);
        QVERIFY(roundScale(ScaleType::Pow2, 0.1f) == 0.125f);
        QVERIFY(roundScale(ScaleType::Pow2, 1.4142f) == 1.0f);
        QVERIFY(roundScale(ScaleType::Pow2, 1.4143f) == 2.0f);
        QVERIFY(roundScale(ScaleType::Pow2, 3e38f) == 0x1p127f);
        QVERIFY(roundScale(ScaleType::F16, 1e-12f) == 0x1p-24f);
        QVERIFY(roundScale(ScaleType::F16, -1e12f) == -65504.0f);
        QVERIFY(roundScale(ScaleType::F16, 0.0f) == 0.0f);
    }

    void nestedScalesOfNf4()
    {
        const auto map = dynamicMap();
        QCOMPARE(map.size(), 256u);
        QVERIFY(std::is_sorted(map.begin(), map.end()));
        QVERIFY(map[0] == -0.99296875f);
        QVERIFY(map[127] == 0.0f);
        QVERIFY(map[128] == 5.5e-7f);
        QVERIFY(map[255] == 1.0f);
        std::vector<float> scales = reference::gauss(1000, 5);
        for (float& s : scales)
            s = 2 + s / 4;
        const NestedScales nested = nestScales(scales);
        QCOMPARE(nested.bytes(), 1000u + 4 * 4 + 4);
        for (std::size_t i = 0; i < scales.size(); ++i) // half of the widest step of the map, 0.9/64
            QVERIFY(std::abs(nested.scale(i) - scales[i]) <= nested.groupScales[i / 256] * 0.0071f);
        const NestedScales equal = nestScales(std::vector<float>(3, 0.7f));
        QVERIFY(equal.scale(2) == 0.7f);
        QCOMPARE(nestScales({}).bytes(), 4u);
    }

    void goldenMxfp4()
    {
        const std::vector<float> x = goldenInput();
        const BlockCodec& codec = *findMxCodec("mxfp4");
        QByteArray bytes;
        const std::vector<float> decoded = throughBlocks(codec, x, &bytes);
        QCOMPARE(bytes.size(), 136);
        QCOMPARE(bytes.first(17).toHex(), QByteArray("7fac319b4209b620ac310ac219a3209b31"));
        QCOMPARE(crc32(bytes), 0xf77b7d4bu);
        QVERIFY(std::abs(reference::squaredError(x, decoded) / 256 - 0.0212402344) < 5e-11);
    }

    void blocksTakeTheNearestElement_data()
    {
        QTest::addColumn<int>("bytes");
        QTest::newRow("mxfp8-e4m3") << 33;
        QTest::newRow("mxfp8-e5m2") << 33;
        QTest::newRow("mxfp6-e3m2") << 25;
        QTest::newRow("mxfp6-e2m3") << 25;
        QTest::newRow("mxfp4") << 17;
        QTest::newRow("nvfp4") << 36;
    }
    void blocksTakeTheNearestElement()
    {
        QFETCH(int, bytes);
        std::vector<float> x = reference::gauss(640, 11);
        std::fill(x.begin() + 64, x.begin() + 128, 0.0f);
        for (const auto variant : {BlockVariant::Ggml, BlockVariant::HalfEven}) {
            for (const auto rule :
                 {ExponentRule::Floor, ExponentRule::Ceil, ExponentRule::Rceil, ExponentRule::Even}) {
                const BlockCodec* codec = findMxCodec(QTest::currentDataTag(), rule, variant);
                QVERIFY(codec);
                QCOMPARE(int(codec->bytes), bytes);
                const std::string_view name = codec->name;
                const ElementFormat& format =
                    *findElementFormat(name.ends_with("fp4") ? "e2m1" : name.substr(name.find('-') + 1));
                const std::vector<reference::Level> levels = levelsOf(format);
                std::vector<std::byte> block(codec->bytes);
                std::vector<float> decoded(codec->elements);
                std::vector<std::int32_t> codes(codec->elements);
                std::vector<SetParams> sets(codec->elements / codec->group);
                for (std::size_t at = 0; at < x.size(); at += codec->elements) {
                    const auto source = std::span(x).subspan(at, codec->elements);
                    codec->encode(source, block);
                    codec->decode(block, decoded);
                    codec->readCodes(block, codes);
                    codec->readSets(block, sets);
                    for (std::size_t i = 0; i < codec->elements; ++i) {
                        const double scale = double(sets[i / codec->group].scale);
                        double nearest = infinity;
                        for (const reference::Level& level : levels)
                            nearest = std::min(nearest, std::abs(level.value * scale - double(source[i])));
                        const double error = std::abs(double(decoded[i]) - double(source[i]));
                        QVERIFY(error <= nearest * (1 + 1e-6));
                        QCOMPARE(double(decoded[i]), double(format.decode(std::uint32_t(codes[i]))) * scale);
                        QVERIFY(codes[i] < codec->codes);
                    }
                }
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestElementScales)
#include "tst_elementscales.moc"
