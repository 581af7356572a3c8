// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ggml/ggmlcodecs.h"

#include "core/quant/ggml/families.h"

#include <algorithm>
#include <vector>

namespace quantoscope {

namespace {

/// In the order of the types' numbers in a file.
std::vector<BlockCodec> allCodecs()
{
    std::vector<BlockCodec> all;
    for (const auto family :
         {ggml::legacyCodecs(), ggml::kCodecs(), ggml::nonLinearCodecs(), ggml::ternaryCodecs()})
        all.insert(all.end(), family.begin(), family.end());
    return all;
}

} // namespace

std::span<const BlockCodec> ggmlCodecs()
{
    static const std::vector<BlockCodec> codecs = allCodecs();
    return codecs;
}

} // namespace quantoscope
