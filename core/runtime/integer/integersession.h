// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"
#include "core/runtime/fake/fakesession.h"

namespace quantoscope {

/// What passes from one quantized layer to the next.
///   Floats  everywhere, as in the file: each layer can be observed and compared by itself
///   Codes   the next layer's int8 integers ([n][y][x][channels]) where convolutions with one static range read a convolution's
///           results, also through Add, with its ReLU or Clip, and MaxPool: faster. They differ by at most 1 from those that the
///           floats on the way to them are quantized to (core/kernels/layer/nextcodes.h, core/kernels/codes/imagesum.h), sums add
///           such integers where layers read an addend too, and such values are no longer there as floats.
enum class LayerLinks { Floats, Codes };

/// A network whose quantized layers run our integer kernels, with ReLU and Clip behind them fused; everything else stays as it is. Layers that have no
/// kernel stay float and say why. Weights are packed once, whatever sizes come at run time.
/// Values keep their names but those between a layer and what was fused with it. Throws Error, Cancelled.
EditedModel integerQuantized(const QuantizedNetwork& network, Isa isa = bestIsa(), std::stop_token stop = {},
                             LayerLinks links = LayerLinks::Floats);

} // namespace quantoscope
