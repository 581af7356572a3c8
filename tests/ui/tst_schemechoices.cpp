// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/formats.h"
#include "core/quant/presets.h"
#include "core/support/error.h"
#include "ui/models/schemechoices.h"
#include "ui/schemenames.h"

#include <QTest>

#include <algorithm>
#include <set>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

bool isValid(const Scheme& scheme)
{
    try {
        validate(scheme);
        return true;
    } catch (const Error&) {
        return false;
    }
}

/// A rule of that kind with numbers that are allowed.
RangeRule ruleOf(RangeRule::Kind kind)
{
    switch (kind) {
    case RangeRule::Kind::Manual:
        return {kind, -1, 1};
    case RangeRule::Kind::Percentile:
    case RangeRule::Kind::Sigma:
    case RangeRule::Kind::Ema:
    case RangeRule::Kind::Ratio:
        return {kind, 0.5, 0};
    default:
        return {kind, 0, 0};
    }
}

template <class Kind>
bool offers(const std::vector<Kind>& kinds, Kind kind)
{
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Scheme plain(Format format) { return inFormat(parseScheme("bits=4"), format); }

} // namespace

class TestSchemeChoices : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void everyFormatIsInOneGroup()
    {
        std::multiset<Format> listed;
        for (const FormatsOfGroup& group : formatGroups())
            listed.insert(group.formats.begin(), group.formats.end());
        QCOMPARE(listed.size(), formats().size());
        for (const FormatInfo& info : formats())
            QCOMPARE(listed.count(info.format), std::size_t(1));
    }

    void everyFormatHasWords()
    {
        std::set<QString> names;
        for (const FormatInfo& info : formats()) {
            names.insert(format::formatName(info.format));
            QVERIFY(!format::formatExplanation(info.format).isEmpty());
            QCOMPARE(format::blockSentence(info.format).isEmpty(), info.family != Family::Blocks);
        }
        QCOMPARE(names.size(), formats().size());
    }

    void everySwitchIsValidAndRoundTrips()
    {
        for (const char* start :
             {"bits=4", "bits=16,grid=offset,range=manual:-1:1,rounding=stochastic:3,act.bits=8",
              "bits=8,granularity=channel,algorithm=gptq", "format=nf4,granularity=group:64,scale=double",
              "format=kmeans,bits=3", "format=binary,grid=offset", "bits=8,granularity=channel,outliers=6",
              "format=nvfp4,scale=double", "bits=1,grid=mid-rise"}) {
            for (const FormatInfo& info : formats()) {
                const Scheme from = parseScheme(start);
                const Scheme to = inFormat(from, info.format);
                QVERIFY2(isValid(to), toText(to).c_str());
                QCOMPARE(to.format, info.format);
                QVERIFY(to.act == from.act);
                QVERIFY2(parseScheme(toText(to)) == to, toText(to).c_str());
            }
        }
    }

    void granularityStaysAndBooksStartInBlocksOf64()
    {
        QCOMPARE(toText(inFormat(parseScheme("bits=4"), Format::Nf4)),
                 std::string("format=nf4,granularity=group:64"));
        QCOMPARE(toText(inFormat(parseScheme("bits=4,granularity=channel"), Format::Af4)),
                 std::string("format=af4,granularity=channel"));
        QCOMPARE(toText(inFormat(parseScheme("format=nf4,granularity=group:64"), Format::Int)),
                 std::string("bits=4,granularity=group:64"));
    }

    void whatIsOfferedIsValidAndTheRestIsNot()
    {
        for (const FormatInfo& info : formats()) {
            for (int i = 0; i <= int(RangeRule::Kind::Dynamic); ++i) {
                const auto kind = RangeRule::Kind(i);
                Scheme scheme = plain(info.format);
                scheme.range = ruleOf(kind);
                const bool moving = kind == RangeRule::Kind::Ema || kind == RangeRule::Kind::Dynamic;
                if (offers(rangesOf(info.format), kind))
                    QVERIFY2(isValid(scheme), toText(scheme).c_str());
                else if (kind != RangeRule::Kind::MinMax && !moving)
                    QVERIFY2(!isValid(scheme), toText(scheme).c_str());
            }
            for (int i = 0; i <= int(Grid::ZeroPoint); ++i) {
                Scheme scheme = plain(info.format);
                scheme.grid = Grid(i);
                const bool offered = offers(gridsOf(info.format), scheme.grid);
                QCOMPARE(isValid(scheme), offered || scheme.grid == Grid::Symmetric);
            }
            for (const ScaleType type : scaleTypesOf(info.format)) {
                Scheme scheme = plain(info.format);
                scheme.scale = type;
                QVERIFY2(isValid(scheme), toText(scheme).c_str());
            }
        }
    }

    void fieldsAreThoseOfTheFormat()
    {
        const auto count = [](Format format) {
            const SchemeFields f = fieldsOf(format);
            return int(f.bits) + f.grid + f.granularity + f.range + f.rounding + f.scaleType + f.threshold
                   + f.exponent + f.tensorScale;
        };
        QCOMPARE(count(Format::Int), 6);
        QCOMPARE(count(Format::Fp16), 0);
        QCOMPARE(count(Format::Q4_K), 0);
        QVERIFY(fieldsOf(Format::MxFp4).exponent);
        QVERIFY(fieldsOf(Format::Nvfp4).tensorScale && !fieldsOf(Format::Nvfp4).exponent);
        QVERIFY(fieldsOf(Format::Ternary).threshold);
        QVERIFY(fieldsOf(Format::KMeans).bits && !fieldsOf(Format::KMeans).range);
    }

    void blocksKnowTheirSize()
    {
        QCOMPARE(blockFacts(Format::Q4_K).bitsPerWeight, 4.5);
        QCOMPARE(blockFacts(Format::Q4_0).bitsPerWeight, 4.5);
        QCOMPARE(blockFacts(Format::Q8_0).bitsPerWeight, 8.5);
        QCOMPARE(blockFacts(Format::MxFp4).bitsPerWeight, 4.25);
        QCOMPARE(blockFacts(Format::Q6_K).bitsPerWeight, 6.5625);
        QCOMPARE(format::blockSentence(Format::Q4_K),
                 u"Blocks of 256 in groups of 32, 4.5 bits per weight"_s);
        QCOMPARE(format::blockSentence(Format::Q4_0), u"Blocks of 32, 4.5 bits per weight"_s);
    }

    void presetsStandWithTheirTools()
    {
        QCOMPARE(presetGroupOf("int4-group-32"), PresetGroup::General);
        QCOMPARE(presetGroupOf("ort-matmulnbits"), PresetGroup::OnnxRuntime);
        QCOMPARE(presetGroupOf("torchao-int4"), PresetGroup::PyTorch);
        QCOMPARE(presetGroupOf("hf-8bit"), PresetGroup::BitsAndBytes);
        QCOMPARE(presetGroupOf("gemmlowp-uint8"), PresetGroup::Others);
        QCOMPARE(presetGroupOf("nvfp4"), PresetGroup::Microscaling);
        QCOMPARE(presetGroupOf("ggml-iq4_xs"), PresetGroup::Gguf);
        for (const Preset& preset : presets())
            QCOMPARE(needsLayerInputs(parseScheme(preset.scheme)),
                     std::string_view(preset.scheme).find("outliers") != std::string_view::npos);
    }

    void schemesInWords()
    {
        QCOMPARE(format::schemeName(parseScheme("nf4")), u"NF4 per group of 64"_s);
        QCOMPARE(format::schemeName(parseScheme("ggml-q4_k")), u"Q4_K"_s);
        QCOMPARE(format::schemeName(parseScheme("format=kmeans,bits=3,granularity=channel")),
                 u"k-means 3 bit per channel"_s);
        QCOMPARE(format::schemeName(parseScheme("ternary")), u"Ternary per tensor"_s);
    }
};

QTEST_GUILESS_MAIN(TestSchemeChoices)
#include "tst_schemechoices.moc"
