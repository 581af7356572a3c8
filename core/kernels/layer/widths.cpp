// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/widths.h"

#include <array>

namespace quantoscope {

namespace {

struct Means
{
    std::string_view bytes; ///< multiplies bytes, "" where nothing exact does
    std::string_view words;
    std::string_view bits; ///< counts bits
    bool nativeCount;
};

Means meansOf(Isa isa)
{
    switch (isa) {
    case Isa::Avx512Vnni:
        return {"vpdpbusd", "vpdpwssd", "vpopcntq", true};
    case Isa::Avx512:
        return {"", "vpmaddwd (512 bits)", "vpshufb counts", false};
    case Isa::Avx2:
        return {"", "vpmaddwd (256 bits)", "vpshufb counts", false};
    case Isa::Sse4:
        return {"", "pmaddwd", "pshufb counts", false};
    case Isa::Neon:
        return {"", "smlal", "cnt", true};
    case Isa::Scalar:
        break;
    }
    return {"", "plain multiplication", "plain counting", false};
}

WidthSupport narrow(int bits, const Means& means)
{
    WidthSupport row{bits, std::to_string(bits) + "-bit", "int8", Multiplied::Wider, {}};
    if (means.bytes.empty())
        row.by = std::string(means.words) + " on 16-bit words";
    else if (bits == 8)
        row = {bits, row.weights, row.activations, Multiplied::Native, std::string(means.bytes)};
    else
        row.by = std::string(means.bytes) + " on bytes";
    return row;
}

WidthSupport wide(int bits, const Means& means)
{
    const std::string by = std::string(means.words) + " on 16-bit words, 64-bit sums";
    return {bits, std::to_string(bits) + "-bit", "int16", bits == 16 ? Multiplied::Native : Multiplied::Wider,
            by};
}

} // namespace

std::string_view nameOf(Multiplied how)
{
    static constexpr std::array<std::string_view, 4> names = {"native", "wider integer", "table", "not"};
    return names[static_cast<std::size_t>(how)];
}

std::vector<WidthSupport> widthSupport(Isa isa)
{
    const Means means = meansOf(isa);
    const std::string narrowest(means.bytes.empty() ? means.words : means.bytes);
    std::vector<WidthSupport> rows;
    rows.push_back({1, "binary", "binary", means.nativeCount ? Multiplied::Native : Multiplied::Table,
                    "xor and " + std::string(means.bits)});
    for (int bits = 1; bits <= 8; ++bits)
        rows.push_back(narrow(bits, means));
    rows.push_back(
        {2, "ternary", "int8", Multiplied::Wider, narrowest + ", or masked additions and subtractions"});
    for (int bits = 9; bits <= 16; ++bits)
        rows.push_back(wide(bits, means));
    rows.push_back({4, "e2m1, mxfp4, nvfp4, iq4_nl, iq4_xs", "int8", Multiplied::Table,
                    "looked up as integers, then " + narrowest});
    rows.push_back({6, "e2m3, e3m2", "int8", Multiplied::Table,
                    "looked up as integers, then " + narrowest + " (e3m2: 16-bit words)"});
    rows.push_back({8, "nf4, fp4, af4, k-means, fp8", "float32", Multiplied::Table,
                    "looked up as float32, float multiplication"});
    rows.push_back(
        {16, "fp16, bf16", "float32", Multiplied::Wider, "converted to float32, float multiplication"});
    rows.push_back({8, "fp8", "fp8", Multiplied::Not, "no instruction here multiplies 8-bit floats"});
    return rows;
}

std::span<const DocumentedHardware> documentedHardware()
{
    static constexpr std::array<DocumentedHardware, 9> rows = {{
        {"AVX2 (VPMADDUBSW)", "u8×s8 → s16, saturating", "32 products an instruction", "Intel SDM, vol. 2"},
        {"AVX-512 VNNI (VPDPBUSD)", "u8×s8 → s32", "64 products an instruction", "Intel SDM, vol. 2"},
        {"AMX-INT8 (TDPBSSD)", "s8×s8 → s32", "16,384 products an instruction", "Intel ISE reference"},
        {"Armv8.2 DotProd (SDOT)", "s8×s8 → s32", "16 products an instruction", "Arm ARM, A-profile"},
        {"Armv8.6 I8MM (SMMLA)", "s8×s8 → s32", "32 products an instruction", "Arm ARM, A-profile"},
        {"NVIDIA A100, tensor cores", "INT8", "624 TOPS", "NVIDIA A100 white paper, 2020"},
        {"NVIDIA A100, tensor cores", "INT4", "1,248 TOPS", "NVIDIA A100 white paper, 2020"},
        {"NVIDIA A100, tensor cores", "binary", "4,992 TOPS", "NVIDIA A100 white paper, 2020"},
        {"NVIDIA H100 SXM5, tensor cores", "INT8, FP8 (no INT4)", "1,979 TOPS each",
         "NVIDIA H100 white paper, 2022"},
    }};
    return rows;
}

} // namespace quantoscope
