// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/convtranspose/geometry.h"
#include "core/kernels/product/packedweights.h"

#include <string_view>

namespace quantoscope {

/// The weights of one group as a matrix of a column for each tap and output of a pixel, [kernel y][kernel x][output][channel], with
/// what its output has of scales and zeros. `weights`: [outputs / groups][channels · kernel y · kernel x] as a file's
/// [channels][outputs / groups][kernel y][kernel x] is with its second axis in front; outputs of all groups share their sets.
/// Throws Error(Unsupported) for scales of groups of inputs, Error(InvalidArgument) where sizes do not fit.
CodeMatrix tapColumns(const CodeMatrix& weights, const TransposeGeometry& geometry, std::size_t group);

/// A transposed convolution's weights, packed once for one instruction set and images of any size. Immutable: any number of threads
/// may use it.
struct PackedTranspose
{
    TransposeGeometry geometry; ///< with the images it was made with
    Isa isa = Isa::Scalar;
    std::string_view kernel; ///< what multiplies: "vpdpbusd 12×32", …
    int bits = 8;
    std::vector<PackedWeights> groups; ///< columns as tapColumns() has them
    std::vector<float> scale;          ///< [output of all groups]
    std::uint64_t sizeBytes = 0;
    double packSeconds = 0;
};

/// At most 8 bits, no real offsets: else Error(Unsupported). Throws as tapColumns() and TransposeGeometry::validate(); Cancelled.
PackedTranspose packTranspose(const CodeMatrix& weights, const TransposeGeometry& geometry, Isa isa,
                              std::stop_token stop = {});

} // namespace quantoscope
