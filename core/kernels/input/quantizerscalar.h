// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/input/quantizer.h"

namespace quantoscope {

/// The quantizer as plain loops: what defines every bit of the others.
const Quantizer& scalarQuantizer();

} // namespace quantoscope
