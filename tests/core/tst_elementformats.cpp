// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/elementformat.h"
#include "core/tensor/dtype.h"
#include "tests/support/elementlevels.h"

#include <QRegularExpression>
#include <QTest>
#include <bit>
#include <limits>
#include <random>

using namespace quantoscope;
using reference::levelsOf;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

} // namespace

/// Element formats: every code, every border, the published tables.
class TestElementFormats : public QObject
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
        const std::vector<reference::Level> levels = levelsOf(format);
        QCOMPARE(int(levels.size()), format.values);
        QCOMPARE(levels.back().value, double(format.maximum));
        QCOMPARE(levels.front().value, -double(format.maximum));
        for (const reference::Level& level : levels) {
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
        const std::vector<reference::Level> levels = levelsOf(format);
        for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
            const reference::Level& low = levels[i];
            const reference::Level& high = levels[i + 1];
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
};

QTEST_APPLESS_MAIN(TestElementFormats)
#include "tst_elementformats.moc"
