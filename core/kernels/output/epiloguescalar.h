// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/output/epilogue.h"

namespace quantoscope {

/// The epilogue as plain loops: what defines every bit of the others.
const Epilogue& scalarEpilogue();

/// Σ x̂ of a row as toFloat takes it: float32(scale·float32(fa·sum - zero·depth)) + float32(offset·float32(depth)).
float rowValueSum(const ProductFactors& factors, const RowTerms& row, std::int32_t depth);

} // namespace quantoscope
