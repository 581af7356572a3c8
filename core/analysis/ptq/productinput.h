// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/geometry.h"
#include "core/network/network.h"

#include <onnx/onnx_pb.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace quantoscope {

class RowSample;

/// Floats of a value and how they are arranged, not owned.
struct ValueView
{
    std::span<const float> values;
    const Shape& shape;
};

/// How one node reads the value that it multiplies with its layer's weight: as rows of features, or as the patches of images
/// that its windows see. A feature or channel of the value belongs to an input column (or input kernel) of the weight.
struct ProductInput
{
    std::string value;
    std::size_t features = 0; ///< of a row; images: channels
    int axisFromEnd = 1;      ///< rows: where the features lie; 1 is the last axis
    bool images = false;      ///< [samples][channels][spatial axes …]
    bool transposed = false;  ///< of a transposed convolution
    std::size_t groups = 1;
    std::vector<ConvAxis> axes; ///< images: one a spatial axis, their sizes come with the values
    AutoPad autoPad = AutoPad::NotSet;

    std::size_t taps() const;
    /// Floats of a row: features, or channels · taps; a grouped convolution sees a `groups`-th of it, one behind the other.
    std::size_t width() const { return features * taps(); }

    /// Axis of the features in a value of that shape. Throws Error(InvalidArgument) naming the value where the features do not
    /// fit it.
    std::size_t featureAxis(const Shape& shape) const;
};

/// A node's input, or why its rows are unknown.
struct ProductInputOrReason
{
    ProductInput input;
    std::string reason; ///< "" where the input stands
};

/// How `node` reads what it multiplies with a weight of that shape at input `slot`.
/// Conv, ConvTranspose (one group, size by padding), Gemm, MatMul, FusedMatMul and their kin, on either side.
ProductInputOrReason productInputOf(const onnx::NodeProto& node, const Layer& layer, const Shape& weight,
                                    const WeightUseNode& use);

/// Offers every row of the value to the draw: rows of features as they are; of images the patch (channels, taps) around each
/// output position, 0 in the padding. Transposed: what the taps of each output position meet, 0 where none does.
/// first, samples: which samples of the stream the value holds along its rows.
void offerRows(const ProductInput& input, const ValueView& value, std::uint64_t first, std::size_t samples,
               std::uint64_t use, RowSample& draw);

/// largest[feature] becomes the largest finite |x| of that feature or channel, if it is not larger already.
void raiseMagnitudes(const ProductInput& input, const ValueView& value, std::span<float> largest);

/// The values whose feature or channel is not marked, in order.
std::vector<float> unmarkedValues(const ProductInput& input, const ValueView& value,
                                  std::span<const std::uint8_t> marked);

} // namespace quantoscope
