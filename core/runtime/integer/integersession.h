// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"
#include "core/runtime/fake/fakesession.h"

namespace quantoscope {

/// A network whose quantized layers run our integer kernels, with ReLU and Clip behind them fused; everything else stays as it is. Layers that have no
/// kernel stay float and say why. Weights are packed once, whatever sizes come at run time.
/// Values keep their names but those between a layer and what was fused with it. Throws Error, Cancelled.
EditedModel integerQuantized(const QuantizedNetwork& network, Isa isa = bestIsa(), std::stop_token stop = {});

} // namespace quantoscope
