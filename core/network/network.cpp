// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/network.h"

#include <algorithm>

namespace quantoscope {

std::string_view nameOf(LayerKind kind)
{
    switch (kind) {
    case LayerKind::Conv:
        return "conv";
    case LayerKind::DepthwiseConv:
        return "depthwise-conv";
    case LayerKind::ConvTranspose:
        return "conv-transpose";
    case LayerKind::Gemm:
        return "gemm";
    case LayerKind::MatMul:
        return "matmul";
    case LayerKind::Embedding:
        return "embedding";
    case LayerKind::Lstm:
        return "lstm";
    case LayerKind::Gru:
        return "gru";
    case LayerKind::Rnn:
        return "rnn";
    case LayerKind::Array:
        return "array";
    }
    return "";
}

std::optional<LayerId> Network::findLayer(std::string_view name) const
{
    const auto found =
        std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) { return layer.name == name; });
    if (found == layers.end())
        return std::nullopt;
    return found->id;
}

} // namespace quantoscope
