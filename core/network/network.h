// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// Position in Network::layers; ids never change, a network is immutable once read.
struct LayerId
{
    std::uint32_t index = 0;
    auto operator<=>(const LayerId&) const = default;
};

/// Position in Network::weights.
struct TensorId
{
    std::uint32_t index = 0;
    auto operator<=>(const TensorId&) const = default;
};

enum class LayerKind { Conv, DepthwiseConv, ConvTranspose, Gemm, MatMul, Embedding, Lstm, Gru, Rnn, Array };

/// "conv", "depthwise-conv", … as the command line prints them.
std::string_view nameOf(LayerKind kind);

/// How a weight that came quantized is stored: real = (code - zeroPoint) · scale.
struct StoredQuantization
{
    std::string op; ///< the operator that gives the codes their meaning, e.g. "DequantizeLinear"
    int bits = 8;   ///< code bits
    bool isSigned = true;
    bool isFloat = false;   ///< the codes are 8-bit floats: real = code · scale
    int axis = -1;          ///< axis of `scales`; -1: one scale for the whole tensor
    std::int64_t block = 0; ///< elements along `axis` that share a scale; 0: one scale per index of `axis`
    /// Row-major over the scale tensor, whose shape is the weight's with `axis` divided by the block
    /// size (rounded up); empty: the file gives the codes no scale, values are code - zeroPoint.
    std::vector<float> scales;
    std::vector<std::int32_t> zeroPoints; ///< like `scales`, or one for all; empty: all 0

    /// "int8 per channel (axis 0), symmetric", … one line for people and `info`'s `stored`.
    std::string description() const;
};

/// A weight: the stored elements as the file holds them.
struct Weight
{
    std::string name;
    Tensor data; ///< values, or codes when `stored` is set
    std::optional<StoredQuantization> stored;
};

/// A node that multiplies with a layer's weight.
struct WeightUseNode
{
    std::string output;  ///< name of the node's first output, unique in the file
    int slot = 1;        ///< input position of the weight
    std::string input;   ///< value multiplied with it; "" where it cannot be observed
    bool inBody = false; ///< inside the body of an If, Loop or Scan
};

/// One weight tensor used by one or more nodes. LSTM, GRU and RNN nodes give two (W and R).
struct Layer
{
    LayerId id;
    std::string name; ///< node name; the weight's name when that is empty or not unique
    LayerKind kind = LayerKind::Array;
    std::string op; ///< operator type as in the file, "" for bare arrays
    TensorId weight;
    std::string
        input; ///< name of the value that is multiplied with the weight; "" where it cannot be observed
    std::vector<WeightUseNode>
        uses;            ///< every node that multiplies with the weight, in file order; none for bare arrays
    int channelAxis = 0; ///< output channel axis of the weight
    std::optional<Tensor> bias;
    std::map<std::string, std::string> attributes; ///< strides, pads, group, … as text
    /// Nearest layers upstream in the graph (nothing but other operators between), in file order; the
    /// latest 16 where a long residual chain gives more. `after` is the same relation reversed.
    std::vector<LayerId> before;
    std::vector<LayerId> after;
};

/// A node, tensor or part of a file that could not be used, and why: one sentence for people.
struct Skipped
{
    std::string name;
    std::string reason;
};

/// What a file holds, read-only and shared. The bytes of every tensor are held once.
struct Network
{
    std::string format;   ///< "onnx", "npy", "npz", "synth"
    std::string path;     ///< as given
    std::string producer; ///< e.g. "pytorch 1.13.1"; may be empty
    std::vector<Layer> layers;
    std::vector<Weight> weights;
    std::vector<Skipped> skipped;
    std::uint64_t parameters = 0; ///< elements of all float constants, shared ones once
    std::uint64_t fileBytes = 0;  ///< file and external data

    const Layer& layer(LayerId id) const { return layers.at(id.index); }
    const Weight& weightOf(const Layer& layer) const { return weights.at(layer.weight.index); }
    std::optional<LayerId> findLayer(std::string_view name) const;
};

/// The weight's values as floats: those stored, or float32(scale · (code - zeroPoint)).
/// shape and order of `weight.data`; thread-safe; O(elements).
FloatArray valuesOf(const Weight& weight);

} // namespace quantoscope
