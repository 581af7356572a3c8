// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"
#include "core/kernels/layer/layerkernel.h"
#include "core/network/network.h"

#include <map>
#include <string>

namespace quantoscope {

/// Shapes of the values that layers multiply, by name; empty for bare arrays.
using InputShapes = std::map<std::string, Shape>;

/// What a layer computes for `batch` samples, without scheme: geometry, bias, and a made-up input that is the same everywhere
/// (standard normal, `synth:gauss` with seed 1).
///   conv, conv-transpose  `batch` images of the size that its input has
///   gemm, matmul  batch · (rows of its input for one sample) rows; the size unknown: `batch` rows
///   lstm, gru, rnn  one time step of `batch` samples, one direction
///   array         [outputs][everything else], `batch` rows
/// Throws Error(Unsupported) with the reason for layers that are no such product (embeddings, …) and
/// convolutions whose input size is unknown; Error(InvalidArgument) for a geometry that cannot be.
LayerWork layerWork(const Network& network, const Layer& layer, LayerData& data, const InputShapes& shapes,
                    std::size_t batch);

/// The same under a scheme. Throws Error(Unsupported) where its scales lie along the inputs, Error(SchemeMismatch), Cancelled.
LayerWork withScheme(LayerWork work, const Layer& layer, LayerData& data, const Scheme& scheme,
                     std::stop_token stop = {});

} // namespace quantoscope
