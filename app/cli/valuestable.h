// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/quantizedtensor.h"

#include <iosfwd>
#include <span>

namespace quantoscope {

/// Scale, zero point, range and levels of a tensor in a line or two, then its elements and its metrics.
void printTensor(std::ostream& out, const QuantizedTensor& tensor, std::span<const float> x,
                 const Shape& shape);

/// Every intermediate of every element.
void printSteps(std::ostream& out, const QuantizedTensor& tensor, std::span<const float> x);

/// Codes of the tensor under several schemes side by side; `differ`: codes unlike the first scheme's.

/// All metrics: title, value, unit, formula.
void printMetrics(std::ostream& out, const ErrorMetrics& metrics);

} // namespace quantoscope
