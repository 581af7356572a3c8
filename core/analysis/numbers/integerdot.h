// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/output/requantize.h"
#include "core/quant/scheme.h"

#include <cstdint>
#include <string>
#include <vector>

namespace quantoscope {

/// y = Σ x·w + bias in integers, with every term that the zero points bring:
/// Σ q_x·q_w - z_w·Σ q_x - z_x·Σ q_w + n·z_x·z_w, at scale s_x·s_w; then M = s_x·s_w/s_y as fixed point.
struct IntegerDot
{
    std::vector<std::int32_t> qx;
    std::vector<std::int32_t> qw;
    float scaleX = 1, scaleW = 1, scaleY = 1;
    int zeroX = 0, zeroW = 0, zeroY = 0;
    std::int64_t products = 0;    ///< Σ q_x·q_w
    std::int64_t weightTerm = 0;  ///< -z_w·Σ q_x
    std::int64_t inputTerm = 0;   ///< -z_x·Σ q_w
    std::int64_t constant = 0;    ///< n·z_x·z_w
    std::int32_t bias = 0;        ///< at scale s_x·s_w
    std::int64_t accumulator = 0; ///< all of them together
    FixedPoint multiplier;        ///< of M
    std::int32_t gemmlowp = 0;    ///< y's code with two roundings (gemmlowp, TensorFlow Lite)
    std::int32_t single = 0;      ///< with one rounding
    double exact = 0;             ///< (accumulator · s_x·s_w)/s_y + z_y before rounding, in double
    double floatResult = 0;       ///< Σ x·w + bias of the given numbers, in double
};

/// Both vectors have one length ≥ 1 and finite values; the schemes are integer grids with one set and a zero point or none. The output code has 8 bits,
/// signed, its scale from `outputMax` = largest |y| to be expected (> 0), zero point 0. Throws Error(InvalidArgument) with what is wrong.
IntegerDot integerDot(const std::vector<float>& x, const Scheme& schemeX, const std::vector<float>& w,
                      const Scheme& schemeW, float bias, float outputMax);

} // namespace quantoscope
