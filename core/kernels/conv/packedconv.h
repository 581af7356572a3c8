// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"
#include "core/kernels/conv/depthwiseweights.h"
#include "core/kernels/conv/geometry.h"
#include "core/kernels/conv/windowclasses.h"
#include "core/kernels/isa.h"
#include "core/kernels/planes/weightplanes.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <vector>

namespace quantoscope {

/// Weights of a convolution as matrix panels, one set a group, and how the tile kernel walks over a padded image. Images lie as
/// [group][padded y][padded x][pixelCodes], int8 for quad tiles and int16 for pair tiles.
struct DenseWeights
{
    ConvGeometry walked;              ///< pointwise: all pixels are one row
    std::vector<WeightPlanes> groups; ///< depth in the order kernel y, kernel x, channel
    std::size_t pixelCodes = 0;       ///< channels of a group
    std::size_t codeBytes = 1;
    std::vector<std::ptrdiff_t> segments; ///< bytes from the first tap of a window
    std::size_t stepsPerSegment = 0;
    /// Panels of int8 e for activations that are flipped to p + 128: -128 · Σ e, [group][panel][columns]. Empty: panels of codes.
    AlignedBuffer<std::int32_t> starts;

    /// Of an output in `starts`.
    std::size_t placeOf(std::size_t output) const
    {
        const WeightPlanes& planes = groups.front();
        return output / planes.outputs * planes.panels * static_cast<std::size_t>(planes.columns)
               + output % planes.outputs;
    }
    std::size_t pixelBytes() const { return pixelCodes * codeBytes; }
    std::size_t rowBytes() const { return static_cast<std::size_t>(walked.x.padded()) * pixelBytes(); }
    std::size_t groupBytes() const { return static_cast<std::size_t>(walked.y.padded()) * rowBytes(); }
};

/// A convolution's weights, packed once for one instruction set and image size. Immutable: any number of threads may use it.
struct PackedConv
{
    ConvGeometry geometry;
    Isa isa = Isa::Scalar;
    std::string_view kernel;        ///< what computes it: "vpdpbusd 12×32", "depthwise vpdpbusd", …
    int bits = 8;                   ///< of a weight
    std::int32_t factor = 1;        ///< fw of the packed integers
    std::int64_t largest = 0;       ///< |e| of any weight
    std::vector<std::int32_t> zero; ///< of the packed integers, [output]; empty: all 0
    std::vector<float> scale;       ///< [output]
    std::vector<float> offset;      ///< [output] or empty
    WindowClasses windows;
    DenseWeights dense;          ///< groups empty: depthwise
    DepthwiseWeights depthwise;  ///< outputs 0: dense
    std::uint64_t sizeBytes = 0; ///< of all that products read
    double packSeconds = 0;
};

/// `weights` as ONNX stores them: [outputs][channels / groups · kernel y · kernel x]; its runs are not looked at. One set (scale,
/// zero) an output and at most 8 bits: else Error(Unsupported). Throws Error(InvalidArgument) for a geometry that validate() refuses
/// and for weights that do not fit it; Cancelled.
PackedConv packConv(const CodeMatrix& weights, const ConvGeometry& geometry, Isa isa,
                    std::stop_token stop = {});

} // namespace quantoscope
