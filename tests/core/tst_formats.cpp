// SPDX-License-Identifier: GPL-3.0-or-later
// Every format from scheme text to codes, values, errors and bytes.
#include "core/analysis/layeranalysis.h"
#include "core/quant/elements/elementformat.h"
#include "core/quant/elements/nestedscales.h"
#include "core/quant/encodeblocks.h"
#include "core/quant/formats.h"
#include "core/quant/parameterize.h"
#include "core/quant/presets.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/support/reference.h"

#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <limits>
#include <set>

using namespace quantoscope;

namespace {

constexpr std::int64_t rows = 6, columns = 512;

std::string formatText(const FormatInfo& info)
{
    std::string text = "format=" + std::string(info.name);
    if (info.format == Format::KMeans)
        text += ",bits=3";
    return text;
}

struct Quantized
{
    LayerReport report;
    QuantizedValues values;
};

Quantized quantized(std::span<const float> x, const Shape& shape, const std::string& scheme)
{
    LayerData data({x, nullptr}, shape, 0);
    const Scheme parsed = parseScheme(scheme);
    const LayerReport report = data.report(parsed);
    return {report, quantize(data.arranged(parsed), *report.params)};
}

std::uint32_t crc32(std::span<const std::byte> bytes)
{
    std::uint32_t crc = ~0u;
    for (const std::byte byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
    }
    return ~crc;
}

/// The input of the golden values: x[i] = (37i mod 64 - 32)/16, and 3 more at 5.
std::vector<float> goldenValues()
{
    std::vector<float> x(256);
    for (int i = 0; i < 256; ++i)
        x[std::size_t(i)] = float(37 * i % 64 - 32) / 16;
    x[5] += 3;
    return x;
}

} // namespace

class TestFormats : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void everyFormat_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const FormatInfo& info : formats()) {
            const std::string text = formatText(info);
            QTest::newRow(text.c_str()) << QString::fromStdString(text);
            const Family family = info.family;
            if (family != Family::Cast && family != Family::Blocks)
                QTest::newRow((text + " in groups").c_str())
                    << QString::fromStdString(text + ",granularity=group:24");
        }
        for (const char* text :
             {"qlora", "format=nvfp4,scale=double", "mxfp4,exponent=rceil", "binary,grid=offset",
              "ternary,threshold=mse,granularity=channel", "bits=5,scaling=reciprocal,grid=zero-point",
              "bits=4,granularity=group:32,scale=f16", "bits=3,scale=pow2", "format=e4m3,range=ratio:0.5"})
            QTest::newRow(text) << text;
    }

    /// The metrics are those of the codes and values themselves, by an independent sum.
    void everyFormat()
    {
        QFETCH(QString, scheme);
        const std::vector<float> x = reference::gauss(rows * columns, 3);
        const Quantized q = quantized(x, {rows, columns}, scheme.toStdString());
        const ParamSets& params = *q.report.params;
        reference::Errors errors;
        std::set<float> used;
        for (std::size_t s = 0; s < params.sets.size(); ++s) {
            const auto begin = std::ptrdiff_t(params.layout.begin(s));
            const auto end = begin + std::ptrdiff_t(params.layout.size(s));
            const Interval limits = valueLimits(params, s);
            reference::addErrors(errors, {x.begin() + begin, x.begin() + end},
                                 {q.values.values.begin() + begin, q.values.values.begin() + end},
                                 double(limits.lo), double(limits.hi));
            for (auto i = begin; i < end; ++i) {
                const int code = q.values.codes[std::size_t(i)];
                QVERIFY(code >= params.codes.min && code <= params.codes.max);
                QCOMPARE(valueOf(params, s, code), q.values.values[std::size_t(i)]);
                used.insert(float(code));
            }
        }
        const ErrorMetrics& m = q.report.metrics;
        QCOMPARE(m.elements, errors.elements);
        QVERIFY(std::abs(m.mse - errors.mse()) <= 2e-6 * errors.mse()); // float32 within a flush of 32 steps
        QVERIFY(std::abs(m.clippingMse - errors.clipped / double(errors.elements)) <= 2e-6 * errors.mse());
        QCOMPARE(m.clippedBelowFraction, double(errors.below) / double(errors.elements));
        QCOMPARE(m.clippedAboveFraction, double(errors.above) / double(errors.elements));
        QVERIFY(std::abs(m.maxError - errors.maxError) <= 1e-6 * errors.maxError); // a float32 difference
        QVERIFY(m.levelsUsed <= used.size() && m.levelsUsed + 1 >= used.size());   // +0 and -0 are one level
        QVERIFY(m.levelsUsed <= m.levels);
        QVERIFY(m.sqnrDb > 0.5);
        QVERIFY(std::isnan(m.rmseSteps) == !params.tables.empty());
        QCOMPARE(q.report.bytes, packedSize(params, x.size()));
    }

    /// What cannot be quantized is counted and gets nothing; the rest is not disturbed.
    void notFinite_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const FormatInfo& info : formats())
            QTest::newRow(std::string(info.name).c_str()) << QString::fromStdString(formatText(info));
        QTest::newRow("reciprocal") << "bits=8,scaling=reciprocal";
        QTest::newRow("nested") << "qlora";
    }
    void notFinite()
    {
        QFETCH(QString, scheme);
        std::vector<float> x = reference::gauss(512, 5);
        x[7] = std::numeric_limits<float>::quiet_NaN();
        x[300] = std::numeric_limits<float>::infinity();
        x[301] = -std::numeric_limits<float>::infinity();
        const Quantized q = quantized(x, {512}, scheme.toStdString());
        QCOMPARE(q.report.metrics.nanCount, 1u);
        QCOMPARE(q.report.metrics.infCount, 2u);
        QCOMPARE(q.report.metrics.elements, 509u);
        QVERIFY(std::isfinite(q.report.metrics.mse));
        for (const std::size_t i : {7u, 300u, 301u}) {
            QCOMPARE(q.values.finite[i], std::uint8_t(0));
            QVERIFY(std::isnan(q.values.values[i]));
        }
        for (const float value : {0.0f, 2.5f}) { // constants, and nothing at all
            const std::vector<float> flat(512, value);
            QVERIFY(std::isfinite(quantized(flat, {512}, scheme.toStdString()).report.metrics.mse));
        }
    }

    void bitsPerWeight_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<double>("bits"); // of 4,096 weights in 4 rows, to three decimals
        const auto row = [](const char* scheme, double bits) { QTest::newRow(scheme) << scheme << bits; };
        row("format=q4_0", 4.5);
        row("format=q4_1", 5);
        row("format=q5_0", 5.5);
        row("format=q5_1", 6);
        row("format=q8_0", 8.5);
        row("format=q2_k", 2.625);
        row("format=q3_k", 3.4375);
        row("format=q4_k", 4.5);
        row("format=q5_k", 5.5);
        row("format=q6_k", 6.5625);
        row("format=iq4_nl", 4.5);
        row("format=iq4_xs", 4.25);
        row("format=tq1_0", 1.6875);
        row("format=tq2_0", 2.0625);
        row("mxfp4", 4.25);
        row("format=mxfp6-e3m2", 6.25);
        row("format=mxfp8-e5m2", 8.25);
        row("nvfp4", 4.5);
        row("format=nvfp4,scale=double", 4.5 + 32.0 / 4096);
        row("nf4", 4.5);
        row("nf4,scale=f16", 4.25);
        row("qlora", 4 + (64 + 4 + 4) * 8.0 / 4096); // 64 blocks: a byte each, one group, the mean
        row("format=e4m3", 8 + 32.0 / 4096);
        row("format=fp16", 16);
        row("format=bf16", 16);
        row("ternary", 2 + 32.0 / 4096);
        row("binary,granularity=channel", 1 + 4 * 32.0 / 4096);
        row("bits=4,granularity=group:32,scale=pow2", 4.25);
        row("bits=4,granularity=group:32,scale=f16,grid=zero-point", 4.625);
        row("format=kmeans,bits=4", 4 + 16 * 32.0 / 4096);
    }
    void bitsPerWeight()
    {
        QFETCH(QString, scheme);
        QFETCH(double, bits);
        const std::vector<float> x = reference::gauss(4096, 8);
        QCOMPARE(quantized(x, {4, 1024}, scheme.toStdString()).report.bitsPerWeight, bits);
    }

    void goldenBlocks_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<uint>("crc");
        QTest::addColumn<double>("mse");
        QTest::newRow("q4_0") << "ggml-q4_0" << 0x91b1abcbu << 0.00882935524;
        QTest::newRow("q8_0") << "ggml-q8_0" << 0xda8842e8u << 2.97075458e-05;
        QTest::newRow("q4_k") << "ggml-q4_k" << 0x723653a2u << 0.00600211896;
        QTest::newRow("q6_k") << "ggml-q6_k" << 0x42b85f62u << 0.000177160047;
        QTest::newRow("tq2_0") << "ggml-tq2_0" << 0x3c39654eu << 1.32444763;
        QTest::newRow("mxfp4") << "mxfp4" << 0xf77b7d4bu << 0.0212402344;
    }
    void goldenBlocks()
    {
        QFETCH(QString, scheme);
        QFETCH(uint, crc);
        QFETCH(double, mse);
        const std::vector<float> x = goldenValues();
        LayerData data({x, nullptr}, {256}, 0);
        const Scheme parsed = parseScheme(scheme.toStdString());
        QCOMPARE(crc32(packBlocks(data.arranged(parsed), parsed)), crc);
        QVERIFY(std::abs(data.report(parsed).metrics.mse / mse - 1) < 1e-6);
    }

    /// Codes, scales and offsets make what the block's own decoder makes.
    void blocksDecodeTheSame_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const FormatInfo& info : formats())
            if (info.family == Family::Blocks)
                QTest::newRow(std::string(info.name).c_str()) << QString::fromStdString(formatText(info));
    }
    void blocksDecodeTheSame()
    {
        QFETCH(QString, scheme);
        const std::vector<float> x = reference::gauss(4096, 21, 0.05f);
        const Scheme parsed = parseScheme(scheme.toStdString());
        LayerData data({x, nullptr}, {4, 1024}, 0);
        const std::vector<float> values = quantize(data.arranged(parsed), *data.params(parsed)).values;
        const std::vector<std::byte> blocks = packBlocks(data.arranged(parsed), parsed);
        const BlockCodec& codec = codecOf(parsed);
        std::vector<float> decoded(codec.elements);
        for (std::size_t b = 0; b < blocks.size() / codec.bytes; ++b) {
            codec.decode(std::span(blocks).subspan(b * codec.bytes, codec.bytes), decoded);
            for (std::size_t i = 0; i < codec.elements; ++i)
                QCOMPARE(values[b * codec.elements + i], decoded[i]);
        }
    }

    void blocksThatDoNotFit()
    {
        const std::vector<float> x(100);
        LayerData data({x, nullptr}, {1, 100}, 0);
        for (const char* scheme : {"ggml-q4_0", "ggml-q4_k", "mxfp4", "nvfp4"}) {
            try {
                data.report(parseScheme(scheme));
                QFAIL(scheme);
            } catch (const Error& error) {
                QVERIFY(error.code() == ErrorCode::SchemeMismatch);
                QVERIFY2(QString::fromUtf8(error.what()).contains(QStringLiteral("group:N")), error.what());
            }
        }
    }

    void blocksWhoseScaleIsTooLarge()
    {
        const std::vector<float> x(256, 1e9f);
        LayerData data({x, nullptr}, {1, 256}, 0);
        QVERIFY_EXCEPTION_THROWN(data.report(parseScheme("ggml-q4_0")), Error);
        QVERIFY_EXCEPTION_THROWN(data.report(parseScheme("ggml-q4_k")), Error);
        QVERIFY(std::isfinite(data.report(parseScheme("format=mxfp8-e4m3")).metrics.mse));
    }

    /// Nested scales code with the scales as they were and decode with what is left of them.
    void nestedScales()
    {
        const std::vector<float> x = reference::gauss(64 * 300, 17);
        const Quantized plain = quantized(x, {300, 64}, "nf4");
        const Quantized nested = quantized(x, {300, 64}, "qlora");
        QCOMPARE(nested.values.codes, plain.values.codes);
        std::vector<float> scales;
        for (const SetParams& set : plain.report.params->sets)
            scales.push_back(set.scale);
        const NestedScales expected = nestScales(scales);
        for (std::size_t s = 0; s < scales.size(); ++s)
            QCOMPARE(nested.report.params->sets[s].scale, expected.scale(s));
    }

    void scalesAreStoredAs_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* base : {"bits=4", "bits=4,grid=zero-point", "format=nf4", "ternary", "binary"})
            for (const char* type : {"f16", "bf16", "pow2"})
                QTest::addRow("%s as %s", base, type) << QStringLiteral("%1,scale=%2").arg(base, type);
    }
    void scalesAreStoredAs()
    {
        QFETCH(QString, scheme);
        const std::vector<float> x = reference::gauss(4 * 128, 9, 0.037f);
        const Scheme parsed = parseScheme(scheme.toStdString() + ",granularity=channel");
        LayerData data({x, nullptr}, {4, 128}, 0);
        const auto params = data.params(parsed);
        for (const SetParams& set : params->sets) {
            const float scale = parsed.format == Format::Binary ? set.scale / 2 : set.scale;
            int exponent = 0;
            if (parsed.scale == ScaleType::Pow2) {
                QCOMPARE(std::frexp(scale, &exponent), 0.5f);
                continue;
            }
            const ElementFormat& type = *findElementFormat(parsed.scale == ScaleType::F16 ? "fp16" : "bf16");
            QCOMPARE(type.decode(type.encode(scale)), scale);
        }
    }

    void sameForAnyThreadCount()
    {
        const std::vector<float> x = reference::gauss(300000, 31);
        for (const char* scheme :
             {"nf4", "format=kmeans,bits=4,granularity=group:4096", "ternary,threshold=mse",
              "format=e4m3,granularity=channel", "torch-qint8"}) {
            const Quantized many = quantized(x, {3, 100000}, scheme);
            const ThreadLimit one(1);
            const Quantized single = quantized(x, {3, 100000}, scheme);
            QCOMPARE(single.values.codes, many.values.codes);
            QCOMPARE(single.report.metrics.mse, many.report.metrics.mse);
        }
    }

    void metricsThatDoNotApply()
    {
        const std::vector<float> x = reference::gauss(512, 2);
        const ErrorMetrics book = quantized(x, {512}, "nf4").report.metrics;
        QVERIFY(std::isnan(book.rmseSteps) && std::isnan(book.saturatedFraction));
        QVERIFY(!book.stepsReason.empty() && !book.saturatedReason.empty());
        QCOMPARE(book.levels, 16u);
        QCOMPARE(quantized(x, {512}, "bnb-fp4").report.metrics.levels, 15u); // +0 and -0
        QCOMPARE(quantized(x, {512}, "format=fp16").report.metrics.levels, 63487u);
        const ErrorMetrics ternary = quantized(x, {512}, "ternary").report.metrics;
        QVERIFY(ternary.sparsity > 0.3 && ternary.sparsity < 0.6);
        QVERIFY(ternary.entropyBits > 1.4 && ternary.entropyBits <= std::log2(3.0));
    }

    /// Codes 1, 0, 0, -1, 0 by hand: mean magnitude 0.8, threshold 0.56, scale 1.5.
    void ternaryByHand()
    {
        const std::vector<float> x = {1.0f, -0.5f, 0.1f, -2.0f, 0.4f};
        const Quantized q = quantized(x, {5}, "ternary");
        QCOMPARE(q.values.codes, (std::vector<std::int32_t>{1, 0, 0, -1, 0}));
        QCOMPARE(q.values.values, (std::vector<float>{1.5f, 0, 0, -1.5f, 0}));
        const ErrorMetrics& m = q.report.metrics;
        QCOMPARE(m.sparsity, 0.6);
        QVERIFY(std::abs(m.entropyBits - 1.3709505944546687) < 1e-12); // 0.6, 0.2, 0.2
        QVERIFY(std::abs(m.mse - (0.25 + 0.25 + 0.01 + 0.25 + 0.16) / 5) < 1e-7);
        QCOMPARE(m.clippedFraction, 0.2); // -2 lies beyond -1.5
    }

    /// LLM.int8(): marked columns in binary16, the others as if they stood alone.
    void outlierColumns()
    {
        const std::vector<float> x = reference::gauss(8 * 16, 12);
        std::vector<float> inputs = reference::gauss(4 * 16, 13);
        inputs[3] = 6.5f;
        inputs[2 * 16 + 9] = -7;
        inputs[5] = 6.0f; // not above it
        LayerData data({x, nullptr}, {8, 16}, 0);
        data.setInputs({inputs, nullptr}, {4, 16});
        const Scheme scheme = parseScheme("bnb-int8");
        const auto params = data.params(scheme);
        const QuantizedValues q = quantize(data.arranged(scheme), *params);
        const ElementFormat& half = *findElementFormat("fp16");
        std::vector<float> rest;
        for (std::size_t i = 0; i < x.size(); ++i) {
            if (i % 16 == 3 || i % 16 == 9)
                QCOMPARE(q.values[i], half.decode(half.encode(x[i])));
            else
                rest.push_back(x[i]);
        }
        LayerData alone({rest, nullptr}, {8, 14}, 0);
        const auto own = alone.params(parseScheme("bits=8,granularity=channel"));
        for (std::size_t s = 0; s < 8; ++s)
            QCOMPARE(params->sets[s].scale, own->sets[s].scale);
        // 112 codes, 16 halves, the two columns' indices, eight scales.
        QCOMPARE(data.report(scheme).bytes, 112u + 32 + 8 + 32);
        LayerData without({x, nullptr}, {8, 16}, 0);
        QVERIFY_EXCEPTION_THROWN(without.report(scheme), Error);
        without.setInputs({std::span(inputs).first(60), nullptr}, {4, 15});
        QVERIFY_EXCEPTION_THROWN(without.report(scheme), Error);
    }

    /// Codes without a 0, and every column kept: nothing is counted where nothing was coded.
    void outlierColumnsWithoutACodeOfZero()
    {
        const std::vector<float> x = reference::gauss(5 * 33, 12);
        const std::vector<float> inputs = reference::gauss(7 * 33, 13);
        for (const char* scheme :
             {"codes=1:2,outliers=2", "codes=-300:-285,outliers=1e-30", "codes=100:298,outliers=9"}) {
            LayerData data({x, nullptr}, {5, 33}, 0);
            data.setInputs({inputs, nullptr}, {7, 33});
            QVERIFY2(std::isfinite(data.report(parseScheme(scheme)).metrics.mse), scheme);
        }
    }

    /// Fitted books count the values they have.
    void booksOfFewValues()
    {
        QCOMPARE(quantized(std::vector<float>{2.5f}, {1}, "format=kmeans,bits=3").report.metrics.levels, 1u);
        QCOMPARE(quantized(std::vector<float>{1, 2, 1, 2, 3, 4, 3, 4}, {2, 4},
                           "format=kmeans,bits=3,granularity=channel")
                     .report.metrics.levels,
                 2u);
        const std::vector<float> none(4, std::numeric_limits<float>::quiet_NaN());
        QCOMPARE(quantized(none, {4}, "format=kmeans,bits=3").report.metrics.levels, 1u);
    }

    /// Under strong clipping Σx·x̂ and Σx̂² are tiny beside Σx²: they are summed, not inferred.
    void cosineUnderClipping()
    {
        const std::vector<float> x = reference::gauss(500, 3, 1e7f);
        const Quantized q = quantized(x, {500}, "bits=8,range=manual:-1:1");
        double product = 0, xx = 0, yy = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            product += double(x[i]) * double(q.values.values[i]);
            xx += double(x[i]) * double(x[i]);
            yy += double(q.values.values[i]) * double(q.values.values[i]);
        }
        QVERIFY(std::abs(q.report.metrics.cosine - product / std::sqrt(xx * yy)) < 1e-6);
    }

    /// Scales along the other axis change the values, not what the layer computes with them.
    void outputOfScalesAlongTheInputs()
    {
        const std::vector<float> w = reference::gauss(6 * 64, 1);
        const std::vector<float> x = reference::gauss(9 * 64, 2);
        const Scheme scheme = parseScheme("bits=3,granularity=channel:1");
        LayerData data({w, nullptr}, {6, 64}, 0);
        data.setInputs({x, nullptr}, {9, 64});
        const LayerReport report = data.report(scheme);
        const QuantizedValues q = quantize(data.arranged(scheme), *report.params);
        std::vector<float> wq(w.size());
        for (std::size_t i = 0; i < w.size(); ++i)
            wq[data.arranged(scheme).memoryIndex(i)] = q.values[i];
        double signal = 0, noise = 0;
        for (std::size_t n = 0; n < 9; ++n)
            for (std::size_t o = 0; o < 6; ++o) {
                double y = 0, e = 0;
                for (std::size_t k = 0; k < 64; ++k) {
                    y += double(x[n * 64 + k]) * double(w[o * 64 + k]);
                    e += double(x[n * 64 + k]) * (double(wq[o * 64 + k]) - double(w[o * 64 + k]));
                }
                signal += y * y;
                noise += e * e;
            }
        QVERIFY(std::abs(report.output->localSqnrDb - 10 * std::log10(signal / noise)) < 1e-3);
        QVERIFY_EXCEPTION_THROWN(data.report(parseScheme("bits=3,granularity=channel:1,algorithm=gptq")),
                                 Error);
    }

    /// Output error against the products written out.
    void outputErrors_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* scheme :
             {"bits=4,granularity=channel", "bits=4,act=8", "int8-per-channel", "nf4,act.format=e4m3",
              "bits=4,act=4,act.granularity=row,act.range=dynamic"})
            QTest::newRow(scheme) << scheme;
    }
    void outputErrors()
    {
        QFETCH(QString, scheme);
        const std::vector<float> w = reference::gauss(5 * 64, 1);
        const std::vector<float> x = reference::gauss(7 * 64, 2);
        const Scheme parsed = parseScheme(scheme.toStdString());
        LayerData data({w, nullptr}, {5, 64}, 0);
        data.setInputs({x, nullptr}, {7, 64});
        const LayerReport report = data.report(parsed);
        const std::vector<float> wq = quantize(data.arranged(parsed), *report.params).values;
        std::vector<float> xq = x;
        if (parsed.act) {
            Scheme act = schemeOf(*parsed.act);
            if (act.range.kind == RangeRule::Kind::Dynamic) // each sample is a call
                act.granularity = {Granularity::Kind::Channel, 0, 0};
            act.range = {};
            LayerData inputs({x, nullptr}, {7, 64}, 0);
            xq = quantize(inputs.arranged(act), *inputs.params(act)).values;
        }
        double signal = 0, noise = 0;
        for (std::size_t n = 0; n < 7; ++n)
            for (std::size_t o = 0; o < 5; ++o) {
                double y = 0, yq = 0;
                for (std::size_t k = 0; k < 64; ++k) {
                    y += double(x[n * 64 + k]) * double(w[o * 64 + k]);
                    yq += double(xq[n * 64 + k]) * double(wq[o * 64 + k]);
                }
                signal += y * y;
                noise += (yq - y) * (yq - y);
            }
        QVERIFY(report.output.has_value());
        QCOMPARE(report.output->act.has_value(), parsed.act.has_value());
        QVERIFY(std::abs(report.output->localSqnrDb - 10 * std::log10(signal / noise)) < 1e-3);
    }

    /// Scaling a tensor by a power of two scales values and leaves codes; exchanging channels exchanges both.
    void invariances_data() { everyFormat_data(); }
    void invariances()
    {
        QFETCH(QString, scheme);
        const std::vector<float> x = reference::gauss(rows * columns, 77);
        const Quantized q = quantized(x, {rows, columns}, scheme.toStdString());
        const Family family = infoOf(parseScheme(scheme.toStdString()).format).family;
        const bool pooled = q.report.params->sets.size() == 1 || scheme.contains(QStringLiteral("double"))
                            || scheme == QStringLiteral("qlora");
        if (!pooled || family == Family::Cast) {
            std::vector<float> swapped(x.begin() + columns, x.end());
            swapped.insert(swapped.end(), x.begin(), x.begin() + columns);
            const Quantized s = quantized(swapped, {rows, columns}, scheme.toStdString());
            for (std::size_t i = 0; i < x.size(); ++i)
                QCOMPARE(s.values.codes[i], q.values.codes[(i + columns) % x.size()]);
        }
        const bool storedHalf = family == Family::Blocks
                                || family == Family::Cast // scales of few exponent bits
                                || family == Family::Fitted || scheme.contains(QStringLiteral("scale="))
                                || scheme == QStringLiteral("qlora");
        if (storedHalf)
            return;
        std::vector<float> larger(x.size());
        std::transform(x.begin(), x.end(), larger.begin(), [](float value) { return value * 64; });
        const Quantized l = quantized(larger, {rows, columns}, scheme.toStdString());
        QCOMPARE(l.values.codes, q.values.codes);
        for (std::size_t i = 0; i < x.size(); ++i)
            QCOMPARE(l.values.values[i], q.values.values[i] * 64);
    }
};

QTEST_APPLESS_MAIN(TestFormats)
#include "tst_formats.moc"
