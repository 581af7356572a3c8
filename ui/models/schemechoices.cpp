// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/schemechoices.h"

#include "core/quant/encodeblocks.h"
#include "core/quant/formats.h"
#include "core/quant/quantize.h"

#include <algorithm>
#include <array>

namespace quantoscope {

namespace {

constexpr int firstBits = 4; ///< where the present width means nothing in the new format
constexpr int widestKept = 8;
constexpr std::int64_t bookGroup = 64; ///< what NF4, FP4 and AF4 were made for

constexpr std::array plain{Format::Int, Format::Binary, Format::Ternary};
constexpr std::array books{Format::Nf4, Format::Fp4, Format::Af4, Format::KMeans};
constexpr std::array floats{Format::Fp16, Format::Bf16, Format::E4m3, Format::E5m2,
                            Format::E3m2, Format::E2m3, Format::E2m1};
constexpr std::array microscaling{Format::MxFp8E4m3, Format::MxFp8E5m2, Format::MxFp6E3m2,
                                  Format::MxFp6E2m3, Format::MxFp4,     Format::Nvfp4};
constexpr std::array gguf{Format::Q4_0,  Format::Q4_1,  Format::Q5_0,  Format::Q5_1, Format::Q8_0,
                          Format::Q2_K,  Format::Q3_K,  Format::Q4_K,  Format::Q5_K, Format::Q6_K,
                          Format::Iq4Nl, Format::Iq4Xs, Format::Tq1_0, Format::Tq2_0};

bool isBook(Format format) { return format == Format::Nf4 || format == Format::Fp4 || format == Format::Af4; }

bool isMx(Format format)
{
    return infoOf(format).family == Family::Blocks && infoOf(format).name.starts_with("mx");
}

} // namespace

SchemeFields fieldsOf(Format format)
{
    switch (infoOf(format).family) {
    case Family::Uniform:
        return {.bits = true,
                .grid = true,
                .granularity = true,
                .range = true,
                .rounding = true,
                .scaleType = true};
    case Family::Signs:
        return {.bits = true, .grid = true, .granularity = true};
    case Family::Ternary:
        return {.granularity = true, .scaleType = true, .threshold = true};
    case Family::Scaled:
        return {.granularity = true, .range = true, .scaleType = true};
    case Family::Fitted:
        return {.bits = true, .granularity = true};
    case Family::Blocks:
        return {.exponent = isMx(format), .tensorScale = format == Format::Nvfp4};
    case Family::Cast:
        break;
    }
    return {};
}

std::span<const FormatsOfGroup> formatGroups()
{
    static constexpr std::array groups{
        FormatsOfGroup{FormatGroup::Plain, plain}, FormatsOfGroup{FormatGroup::Books, books},
        FormatsOfGroup{FormatGroup::Floats, floats}, FormatsOfGroup{FormatGroup::Microscaling, microscaling},
        FormatsOfGroup{FormatGroup::Gguf, gguf}};
    return groups;
}

FormatGroup formatGroupOf(Format format)
{
    const auto groups = formatGroups();
    return std::find_if(groups.begin(), groups.end(),
                        [&](const FormatsOfGroup& group) {
                            return std::find(group.formats.begin(), group.formats.end(), format)
                                   != group.formats.end();
                        })
        ->group;
}

std::vector<Grid> gridsOf(Format format)
{
    if (format == Format::Binary)
        return {Grid::Symmetric, Grid::Offset};
    if (format != Format::Int)
        return {};
    return {Grid::Symmetric,     Grid::SymmetricFull, Grid::SymmetricFullNeg, Grid::SymmetricSigned,
            Grid::SymmetricWide, Grid::MidRise,       Grid::Offset,           Grid::ZeroPoint};
}

std::vector<RangeRule::Kind> rangesOf(Format format)
{
    using Kind = RangeRule::Kind;
    switch (infoOf(format).family) {
    case Family::Uniform:
        return {Kind::MinMax,    Kind::Percentile,  Kind::Mse,   Kind::Entropy, Kind::Aciq,
                Kind::AciqGauss, Kind::AciqLaplace, Kind::Sigma, Kind::Ratio,   Kind::Manual};
    case Family::Scaled:
        return {Kind::MinMax, Kind::Percentile, Kind::Mse, Kind::Sigma, Kind::Ratio, Kind::Manual};
    default:
        return {};
    }
}

std::vector<ScaleType> scaleTypesOf(Format format)
{
    if (format == Format::Nvfp4)
        return {ScaleType::F32, ScaleType::Double};
    if (!fieldsOf(format).scaleType)
        return {};
    std::vector<ScaleType> types{ScaleType::F32, ScaleType::F16, ScaleType::Bf16, ScaleType::Pow2};
    if (isBook(format))
        types.push_back(ScaleType::Double);
    return types;
}

bool hasWidths(Format format) { return infoOf(format).bits == 0 || format == Format::Binary; }

int widestBits(Format format) { return format == Format::KMeans ? 8 : 16; }

Scheme inFormat(const Scheme& present, Format format)
{
    if (present.format == format)
        return present;
    Scheme scheme;
    scheme.format = format;
    scheme.act = present.act;
    const int own = infoOf(format).bits;
    const bool keepsWidth = present.bits > 1 && present.bits <= widestKept;
    scheme.bits = own != 0 ? own : keepsWidth ? present.bits : firstBits;
    if (!fieldsOf(format).granularity)
        return scheme;
    scheme.granularity = present.granularity;
    if (isBook(format) && scheme.granularity == Granularity{})
        scheme.granularity = {Granularity::Kind::Group, -1, bookGroup};
    return scheme;
}

bool needsLayerInputs(const Scheme& scheme)
{
    switch (scheme.algorithm) {
    case Algorithm::Gptq:
    case Algorithm::GptqActOrder:
    case Algorithm::Awq:
    case Algorithm::AdaRound:
        return true;
    case Algorithm::Rtn:
    case Algorithm::Hqq:
        break;
    }
    return scheme.outliers.has_value();
}

BlockFacts blockFacts(Format format)
{
    Scheme scheme;
    scheme.format = format;
    scheme.bits = infoOf(format).bits;
    const BlockCodec& codec = codecOf(scheme);
    return {codec.elements, codec.group,
            8.0 * static_cast<double>(packedSize(scheme, codec.elements, 1))
                / static_cast<double>(codec.elements)};
}

PresetGroup presetGroupOf(std::string_view name)
{
    // By the first word; what nobody claims is another tool's.
    constexpr std::array<std::pair<std::string_view, PresetGroup>, 15> prefixes = {{
        {"int", PresetGroup::General},
        {"binary", PresetGroup::General},
        {"ternary", PresetGroup::General},
        {"onnx", PresetGroup::OnnxRuntime},
        {"ort", PresetGroup::OnnxRuntime},
        {"torch", PresetGroup::PyTorch},
        {"tflite", PresetGroup::TfLite},
        {"nf4", PresetGroup::BitsAndBytes},
        {"bnb", PresetGroup::BitsAndBytes},
        {"hf", PresetGroup::BitsAndBytes},
        {"qlora", PresetGroup::BitsAndBytes},
        {"mx", PresetGroup::Microscaling},
        {"nvfp4", PresetGroup::Microscaling},
        {"ggml", PresetGroup::Gguf},
        {"gguf", PresetGroup::Gguf},
    }};
    const auto found = std::find_if(prefixes.begin(), prefixes.end(),
                                    [&](const auto& prefix) { return name.starts_with(prefix.first); });
    return found == prefixes.end() ? PresetGroup::Others : found->second;
}

} // namespace quantoscope
