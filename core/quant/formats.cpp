// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/formats.h"

#include <array>

namespace quantoscope {

namespace {

constexpr std::array<FormatInfo, 34> table = {{
    {Format::Int, "int", Family::Uniform, 0, 0, "Integer grid"},
    {Format::Binary, "binary", Family::Signs, 1, 0, "Binary"},
    {Format::Ternary, "ternary", Family::Ternary, 2, 0, "Ternary"},
    {Format::Nf4, "nf4", Family::Scaled, 4, 0, "NF4"},
    {Format::Fp4, "fp4", Family::Scaled, 4, 0, "FP4 (bitsandbytes)"},
    {Format::Af4, "af4", Family::Scaled, 4, 0, "AF4"},
    {Format::KMeans, "kmeans", Family::Fitted, 0, 0, "k-means code book"},
    {Format::Fp16, "fp16", Family::Cast, 16, 0, "FP16"},
    {Format::Bf16, "bf16", Family::Cast, 16, 0, "BF16"},
    {Format::E4m3, "e4m3", Family::Scaled, 8, 0, "FP8 E4M3"},
    {Format::E5m2, "e5m2", Family::Scaled, 8, 0, "FP8 E5M2"},
    {Format::E3m2, "e3m2", Family::Scaled, 6, 0, "FP6 E3M2"},
    {Format::E2m3, "e2m3", Family::Scaled, 6, 0, "FP6 E2M3"},
    {Format::E2m1, "e2m1", Family::Scaled, 4, 0, "FP4 E2M1"},
    {Format::MxFp8E4m3, "mxfp8-e4m3", Family::Blocks, 8, 32, "MXFP8 E4M3"},
    {Format::MxFp8E5m2, "mxfp8-e5m2", Family::Blocks, 8, 32, "MXFP8 E5M2"},
    {Format::MxFp6E3m2, "mxfp6-e3m2", Family::Blocks, 6, 32, "MXFP6 E3M2"},
    {Format::MxFp6E2m3, "mxfp6-e2m3", Family::Blocks, 6, 32, "MXFP6 E2M3"},
    {Format::MxFp4, "mxfp4", Family::Blocks, 4, 32, "MXFP4"},
    {Format::Nvfp4, "nvfp4", Family::Blocks, 4, 64, "NVFP4"},
    {Format::Q4_0, "q4_0", Family::Blocks, 4, 32, "Q4_0"},
    {Format::Q4_1, "q4_1", Family::Blocks, 4, 32, "Q4_1"},
    {Format::Q5_0, "q5_0", Family::Blocks, 5, 32, "Q5_0"},
    {Format::Q5_1, "q5_1", Family::Blocks, 5, 32, "Q5_1"},
    {Format::Q8_0, "q8_0", Family::Blocks, 8, 32, "Q8_0"},
    {Format::Q2_K, "q2_k", Family::Blocks, 2, 256, "Q2_K"},
    {Format::Q3_K, "q3_k", Family::Blocks, 3, 256, "Q3_K"},
    {Format::Q4_K, "q4_k", Family::Blocks, 4, 256, "Q4_K"},
    {Format::Q5_K, "q5_k", Family::Blocks, 5, 256, "Q5_K"},
    {Format::Q6_K, "q6_k", Family::Blocks, 6, 256, "Q6_K"},
    {Format::Iq4Nl, "iq4_nl", Family::Blocks, 4, 32, "IQ4_NL"},
    {Format::Iq4Xs, "iq4_xs", Family::Blocks, 4, 256, "IQ4_XS"},
    {Format::Tq1_0, "tq1_0", Family::Blocks, 2, 256, "TQ1_0"},
    {Format::Tq2_0, "tq2_0", Family::Blocks, 2, 256, "TQ2_0"},
}};

constexpr bool inOrder()
{
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].format) != i)
            return false;
    return true;
}
static_assert(inOrder());

} // namespace

std::span<const FormatInfo> formats() { return table; }
const FormatInfo& infoOf(Format format) { return table[static_cast<std::size_t>(format)]; }

} // namespace quantoscope
