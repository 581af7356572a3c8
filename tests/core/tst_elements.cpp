// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/elementformat.h"
#include "core/quant/elements/kmeans.h"
#include "core/quant/elements/mxblocks.h"
#include "core/quant/elements/nestedscales.h"
#include "core/quant/elements/packing.h"
#include "core/quant/elements/scales.h"
#include "core/quant/elements/ternary.h"
#include "core/support/progress.h"
#include "core/tensor/dtype.h"

#include <QRegularExpression>
#include <QTest>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace quantoscope;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

struct Level
{
    double value;
    std::uint32_t code;
};

/// The value of a float format's code in double, from the definition alone; NaN where the code is no number.
double definedValue(const ElementFormat& format, std::uint32_t code)
{
    const int mantissa = int(code) & ((1 << format.mantissaBits) - 1);
    const int allOnes = (1 << format.exponentBits) - 1;
    const int exponent = int(code >> format.mantissaBits) & allOnes;
    const bool isE4m3 = format.exponentBits == 4;
    if (exponent == allOnes && (isE4m3 ? mantissa == 7 : format.bits >= 8))
        return std::nan("");
    const int bias = (1 << (format.exponentBits - 1)) - 1;
    const double significand = mantissa / std::exp2(format.mantissaBits) + (exponent == 0 ? 0 : 1);
    const double magnitude = significand * std::exp2(std::max(exponent, 1) - bias);
    return code >> (format.bits - 1) ? -magnitude : magnitude;
}

/// Ascending numbers of a format, -0 left out.
std::vector<Level> levelsOf(const ElementFormat& format)
{
    std::vector<Level> levels;
    for (std::uint32_t code = 0; code < std::uint32_t(format.codes()); ++code) {
        const double value = format.kind == ElementFormat::Kind::Float ? definedValue(format, code)
                                                                       : double(format.decode(code));
        if (!std::isnan(value) && !(value == 0 && std::signbit(value)))
            levels.push_back({value, code});
    }
    std::sort(levels.begin(), levels.end(), [](const Level& a, const Level& b) { return a.value < b.value; });
    return levels;
}

std::vector<float> gaussSample(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> x(count);
    for (float& v : x)
        v = normal(random);
    return x;
}

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

double squaredError(std::span<const float> a, std::span<const float> b)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += (double(a[i]) - double(b[i])) * (double(a[i]) - double(b[i]));
    return sum;
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

/// Least error of any cut of ascending values into at most `cells` cells.
double leastError(std::vector<float> x, int cells)
{
    std::sort(x.begin(), x.end());
    double best = std::numeric_limits<double>::infinity();
    for (unsigned cuts = 0; cuts < 1u << (x.size() - 1); ++cuts) {
        if (std::popcount(cuts) >= cells)
            continue;
        double error = 0;
        for (std::size_t begin = 0; begin < x.size();) {
            std::size_t end = begin + 1;
            while (end < x.size() && !(cuts >> (end - 1) & 1))
                ++end;
            double mean = 0;
            for (std::size_t i = begin; i < end; ++i)
                mean += double(x[i]) / double(end - begin);
            for (std::size_t i = begin; i < end; ++i)
                error += (double(x[i]) - mean) * (double(x[i]) - mean);
            begin = end;
        }
        best = std::min(best, error);
    }
    return best;
}

} // namespace

class TestElements : public QObject
{
    Q_OBJECT

    static void eachFormat()
    {
        QTest::addColumn<int>("index");
        for (int i = 0; i < int(elementFormats().size()); ++i)
            QTest::newRow(std::string(elementFormats()[std::size_t(i)].name).c_str()) << i;
    }
    static const ElementFormat& fetched()
    {
        QFETCH(int, index);
        return elementFormats()[std::size_t(index)];
    }

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void everyCodeDecodesByItsDefinition_data() { eachFormat(); }
    void everyCodeDecodesByItsDefinition()
    {
        const ElementFormat& format = fetched();
        const std::vector<Level> levels = levelsOf(format);
        QCOMPARE(int(levels.size()), format.values);
        QCOMPARE(levels.back().value, double(format.maximum));
        QCOMPARE(levels.front().value, -double(format.maximum));
        for (const Level& level : levels) {
            QCOMPARE(double(format.decode(level.code)), level.value);
            QCOMPARE(format.encode(float(level.value)), level.code);
        }
        if (format.kind != ElementFormat::Kind::Float)
            return;
        const std::uint32_t minusZero = 1u << (format.bits - 1);
        QCOMPARE(format.encode(-0.0f), minusZero);
        QVERIFY(std::signbit(format.decode(minusZero)));
    }

    void codesAgreeWithTheReadersOfFiles()
    {
        const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
        for (std::uint32_t code = 0; code < 65536; ++code) {
            QVERIFY(same(findElementFormat("fp16")->decode(code), floatFromHalf(std::uint16_t(code))));
            QVERIFY(same(findElementFormat("bf16")->decode(code), floatFromBfloat16(std::uint16_t(code))));
        }
        for (std::uint32_t code = 0; code < 256; ++code) {
            QVERIFY(same(findElementFormat("e4m3")->decode(code), floatFromF8E4M3(std::uint8_t(code))));
            QVERIFY(same(findElementFormat("e5m2")->decode(code), floatFromF8E5M2(std::uint8_t(code))));
        }
    }

    void aroundEveryBorderTheNearestValueIsChosen_data() { eachFormat(); }
    void aroundEveryBorderTheNearestValueIsChosen()
    {
        const ElementFormat& format = fetched();
        const bool isFloat = format.kind == ElementFormat::Kind::Float;
        const std::vector<Level> levels = levelsOf(format);
        for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
            const Level& low = levels[i];
            const Level& high = levels[i + 1];
            const double middle = (low.value + high.value) / 2;
            float border = float(middle);
            if (format.name == "nf4" || format.name == "fp4") {
                // Published borders: half-way to about six digits.
                border = format.name == "nf4" ? format.book.borders[i]
                         : middle < 0         ? -format.book.borders[6 - i]
                                              : format.book.borders[i - 7];
                QVERIFY(std::abs(double(border) - middle) < 4e-7);
            }
            const float below = std::nextafter(border, -infinity);
            const float above = std::nextafter(border, infinity);
            const auto valueOf = [&](float t) { return double(format.decode(format.encode(t))); };
            QCOMPARE(valueOf(below), low.value);
            QCOMPARE(valueOf(above), high.value);
            // On the border itself: float formats to the even code, books down, FP4 to the smaller magnitude; where
            // the middle is no float, to the nearer side.
            const bool smallerIsHigh = std::abs(high.value) < std::abs(low.value);
            bool up = isFloat ? high.code % 2 == 0 : format.name == "fp4" && smallerIsHigh;
            if (format.name != "nf4" && format.name != "fp4" && double(border) != middle)
                up = double(border) > middle;
            QCOMPARE(valueOf(border), up ? high.value : low.value);
        }
    }

    void beyondTheEndsFormatsSaturate_data() { eachFormat(); }
    void beyondTheEndsFormatsSaturate()
    {
        const ElementFormat& format = fetched();
        for (const float t : {format.maximum * 1.01f, format.maximum * 2, infinity}) {
            QVERIFY(format.decode(format.encode(t)) == format.maximum);
            QVERIFY(format.decode(format.encode(-t)) == -format.maximum);
        }
        QCOMPARE(format.encode(notANumber), 0u);
    }

    void runsEqualSingleElements_data() { eachFormat(); }
    void runsEqualSingleElements()
    {
        const ElementFormat& format = fetched();
        std::mt19937 random(7);
        for (const std::size_t count : {0, 1, 3, 4, 5, 511, 512, 513, 4099}) {
            const float scale = count == 513 ? 1 : 0.37f;
            std::vector<float> x(count), values(count);
            std::vector<std::int32_t> codes(count);
            for (float& v : x)
                v = random() % 4 ? std::bit_cast<float>(std::uint32_t(random())) : float(random()) / 3e9f;
            if (scale == 1)
                std::copy(format.book.borders.begin(), format.book.borders.end(), x.begin());
            quantizeRun(format, x, scale, values, codes);
            for (std::size_t i = 0; i < count; ++i) {
                if (!std::isfinite(x[i])) {
                    QVERIFY(codes[i] == 0 && std::isnan(values[i]));
                    continue;
                }
                const std::uint32_t code = format.encode(x[i] / scale);
                QCOMPARE(std::uint32_t(codes[i]), code);
                QCOMPARE(std::bit_cast<std::uint32_t>(values[i]),
                         std::bit_cast<std::uint32_t>(format.decode(code) * scale));
            }
        }
    }

    void publishedTables()
    {
        const ElementFormat& nf4 = *findElementFormat("nf4");
        QVERIFY(nf4.decode(1) == -0.6961928009986877f);
        QVERIFY(nf4.decode(7) == 0.0f);
        QVERIFY(nf4.decode(8) == 0.07958029955625534f);
        QVERIFY(nf4.decode(14) == 0.7229568362236023f);
        // bitsandbytes' FP4 is not E2M1: the codes of 0, 1/16, 8, 12, 4, 6, 2, 3 twelfths.
        const float twelfths[] = {0, 0.0625f, 8, 12, 4, 6, 2, 3};
        for (std::uint32_t code = 0; code < 8; ++code)
            QVERIFY(std::abs(findElementFormat("fp4")->decode(code) - twelfths[code] / 12) < 1e-7f);
        QCOMPARE(findElementFormat("fp4")->encode(-1e-6f), 8u);
        QVERIFY(findElementFormat("af4")->decode(8) == 0.04273164f);
        QVERIFY(findElementFormat("e4m4") == nullptr);
        // OCP 8-bit floats: smallest normal and subnormal, maximum.
        QVERIFY(findElementFormat("e4m3")->decode(1) == 0x1p-9f);
        QVERIFY(findElementFormat("e4m3")->decode(8) == 0x1p-6f);
        QVERIFY(findElementFormat("e5m2")->decode(1) == 0x1p-16f);
        QVERIFY(std::isnan(findElementFormat("e4m3")->decode(0x7f)));
        QVERIFY(findElementFormat("e5m2")->decode(0xfc) == -infinity);
    }

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
        std::vector<float> scales = gaussSample(1000, 5);
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
        QVERIFY(std::abs(squaredError(x, decoded) / 256 - 0.0212402344) < 5e-11);
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
        std::vector<float> x = gaussSample(640, 11);
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
                const std::vector<Level> levels = levelsOf(format);
                std::vector<std::byte> block(codec->bytes);
                std::vector<float> decoded(codec->elements);
                std::vector<std::int32_t> codes(codec->elements);
                std::vector<Interval> ends(codec->elements);
                for (std::size_t at = 0; at < x.size(); at += codec->elements) {
                    const auto source = std::span(x).subspan(at, codec->elements);
                    codec->encode(source, block);
                    codec->decode(block, decoded);
                    codec->readCodes(block, codes);
                    codec->readEnds(block, ends);
                    for (std::size_t i = 0; i < codec->elements; ++i) {
                        const double scale = double(ends[i].hi) / double(format.maximum);
                        double nearest = infinity;
                        for (const Level& level : levels)
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

    void fittedBookIsNeverWorseThanItsStart()
    {
        std::vector<float> x = gaussSample(20000, 2);
        x[7] = notANumber;
        x[8] = infinity;
        std::fill(x.begin() + 100, x.begin() + 9000, 0.0f); // a spike that holds several start values
        double before = infinity;
        for (int bits = 1; bits <= 8; ++bits) {
            const FittedBook fitted = fitBook(x, bits);
            QCOMPARE(int(fitted.values.size()), 1 << bits);
            QVERIFY(fitted.mse <= fitted.startMse && fitted.mse < before);
            QVERIFY(fitted.stable);
            const FittedBook lloyd = fitBook(x, bits, {}, {2000, 0});
            QCOMPARE(int(lloyd.values.size()), 1 << bits);
            QVERIFY(!lloyd.optimal && lloyd.mse <= lloyd.startMse);
            before = fitted.mse;
            std::vector<float> finite(x.begin() + 9, x.end()), values(finite.size());
            finite.insert(finite.end(), x.begin(), x.begin() + 7);
            values.resize(finite.size());
            std::vector<std::int32_t> codes(finite.size());
            quantizeRun(fitted.book(), finite, 1, values, codes);
            QVERIFY(std::abs(squaredError(finite, values) / double(finite.size()) / fitted.mse - 1) < 1e-6);
        }
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_THROWS_EXCEPTION(Cancelled, fitBook(x, 4, stop.get_token()));
    }

    void gaussReachesThePublishedOptimum()
    {
        const std::vector<float> x = gaussSample(1000000, 1);
        double power = 0;
        for (const float v : x)
            power += double(v) * double(v) / 1000000;
        // Max, 1960, table I, in dB. The power of such a sample alone has a standard error of 10·log10(1 + √(2/n)) =
        // 0.006 dB, the error a little more.
        const double published[] = {4.40, 9.30, 14.62, 20.22};
        for (int bits = 1; bits <= 4; ++bits) {
            const FittedBook fitted = fitBook(x, bits);
            QVERIFY(std::abs(10 * std::log10(power / fitted.mse) - published[bits - 1]) < 0.05);
        }
        // ±√(2/π); five standard errors √((1 - 2/π)/(n/2)) are 0.0043.
        const FittedBook oneBit = fitBook(x, 1);
        QVERIFY(std::abs(double(oneBit.values[1]) - std::sqrt(2 / M_PI)) < 0.0043);
        QVERIFY(std::abs(double(oneBit.values[0]) + std::sqrt(2 / M_PI)) < 0.0043);
    }

    void fewValuesReachTheOptimum()
    {
        std::mt19937 random(9);
        for (int round = 0; round < 60; ++round) {
            std::vector<float> x(1 + random() % 12);
            for (float& v : x)
                v = round % 2 ? float(int(random() % 9)) - 4 : float(random()) / 1e9f;
            for (const int bits : {1, 2, 3}) {
                const double best = leastError(x, 1 << bits) / double(x.size());
                const FittedBook exact = fitBook(x, bits);
                QVERIFY(exact.optimal);
                QVERIFY(std::abs(exact.mse - best) < 1e-12 * (1 + best));
                const FittedBook lloyd = fitBook(x, bits, {}, {2000, 0});
                QVERIFY(lloyd.mse > best - 1e-12 && lloyd.mse <= lloyd.startMse);
            }
        }
        QCOMPARE(fitBook({}, 3).values, std::vector<float>{0});
        QCOMPARE(fitBook(std::vector<float>{2, 1, 2}, 4).values, (std::vector<float>{1, 2}));
    }

    void ternaryLeastSquares()
    {
        std::mt19937 random(4);
        for (int round = 0; round < 20; ++round) {
            std::vector<float> x(1 + random() % 8), values(x.size());
            for (float& v : x)
                v = round % 2 ? float(int(random() % 7)) - 3 : float(random()) / 1e9f - 2;
            std::vector<std::int32_t> codes(x.size());
            quantizeTernary(fitTernary(TernaryRule::Mse, x), x, values, codes);
            // Every assignment of -1, 0, 1 with its best scale leaves Σx² - (Σqx)² / Σq².
            double power = 0, gain = 0;
            for (const float v : x)
                power += double(v) * double(v);
            const int all = int(std::pow(3, double(x.size())));
            for (int assignment = 0; assignment < all; ++assignment) {
                double product = 0, used = 0;
                for (std::size_t i = 0, rest = std::size_t(assignment); i < x.size(); ++i, rest /= 3) {
                    product += (double(rest % 3) - 1) * double(x[i]);
                    used += rest % 3 != 1;
                }
                if (used > 0)
                    gain = std::max(gain, product * product / used);
            }
            QVERIFY(std::abs(squaredError(x, values) - (power - gain)) < 1e-5 * (power + 1e-9));
        }
    }

    void ternaryRules()
    {
        const std::vector<float> x = {1.0f, -0.5f, 0.1f, -2.0f, 0.4f, notANumber};
        const std::span<const float> finite = std::span(x).first(5); // mean magnitude 0.8
        const Ternary twn = fitTernary(TernaryRule::Twn, finite);
        QVERIFY(std::abs(twn.delta - 0.56f) < 1e-6f && twn.alpha == 1.5f);
        const Ternary absmean = fitTernary(TernaryRule::Absmean, finite);
        QVERIFY(std::abs(absmean.alpha - 0.8f) < 1e-6f && std::abs(absmean.delta - 0.4f) < 1e-6f);
        std::vector<float> values(6);
        std::vector<std::int32_t> codes(6);
        quantizeTernary(twn, x, values, codes);
        QCOMPARE(codes, (std::vector<std::int32_t>{1, 0, 0, -1, 0, 0}));
        QVERIFY(values[3] == -1.5f);
        QVERIFY(std::isnan(values[5]));
        const TernaryCounts counts = countTernary(std::span(codes).first(5));
        QCOMPARE(counts.sparsity(), 0.6);
        QVERIFY(std::abs(counts.entropyBits() - 1.3709505944546687) < 1e-12);
        QCOMPARE(countTernary(std::vector<std::int32_t>{0, 0}).entropyBits(), 0.0);
        QVERIFY(fitTernary(TernaryRule::Twn, std::vector<float>{0, 0}).alpha == 0.0f);
        // Round(x / m) of a Gauss sample, cut to ±1, is the absmean rule.
        const std::vector<float> gauss = gaussSample(5000, 6);
        const Ternary rule = fitTernary(TernaryRule::Absmean, gauss);
        for (const float v : gauss)
            QCOMPARE(float(rule.code(v)), std::clamp(std::nearbyint(v / rule.alpha), -1.0f, 1.0f));
    }

    void meanMagnitudeIsTheLeastSquaresScale()
    {
        std::vector<float> x = gaussSample(1000, 8);
        for (float& v : x)
            v += 0.5f;
        const auto errorOf = [&](const TwoLevels& levels) {
            double sum = 0;
            for (const float v : x)
                sum += std::pow(double(v) - double(levels.value(levels.code(v))), 2);
            return sum;
        };
        for (const bool centred : {false, true}) {
            const TwoLevels best = fitTwoLevels(x, centred);
            for (const float factor : {0.9f, 0.999f, 1.001f, 1.1f})
                QVERIFY(errorOf(best) < errorOf({best.alpha * factor, best.centre}));
        }
        QVERIFY(errorOf(fitTwoLevels(x, true)) < errorOf(fitTwoLevels(x, false)));
        QCOMPARE(fitTwoLevels(x, false).code(0.0f), 1);
    }

    void packing()
    {
        const std::vector<std::int32_t> nibbles = {1, 15, 7};
        const auto packed = packHighNibbleFirst(nibbles);
        QCOMPARE(packed, (std::vector<std::byte>{std::byte{0x1f}, std::byte{0x70}}));
        QCOMPARE(unpackHighNibbleFirst(packed, 3), nibbles);
        const std::vector<std::int32_t> trits = {-1, 0, 1, 1, 0};
        const auto bytes = packTernary(trits);
        QCOMPARE(bytes, (std::vector<std::byte>{std::byte{0b10100100}, std::byte{1}}));
        QCOMPARE(unpackTernary(bytes, 5), trits);
        for (const int width : {1, 3, 5, 6, 7, 8}) {
            std::vector<std::byte> stream(std::size_t(width) * 4);
            for (std::size_t i = 0; i < 32; ++i)
                putBits(stream, i, width, std::uint32_t(i * 37) & ((1u << width) - 1));
            for (std::size_t i = 0; i < 32; ++i)
                QCOMPARE(getBits(stream, i, width), std::uint32_t(i * 37) & ((1u << width) - 1));
        }
    }
};

QTEST_APPLESS_MAIN(TestElements)
#include "tst_elements.moc"
