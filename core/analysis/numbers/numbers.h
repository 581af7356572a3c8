// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/errormetrics.h"
#include "core/quant/steps.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// One number on its way through a scheme.
struct NumberRow
{
    QuantizationStep step;
    std::size_t set = 0;
    bool finite = true; ///< false: x alone means something
};

/// A short vector under a scheme, with everything in between.
struct NumbersPicture
{
    Scheme scheme;
    std::vector<NumberRow> rows;
    std::shared_ptr<const ParamSets> params; ///< null where `issue` says why
    ErrorMetrics metrics;
    std::vector<std::byte>
        packed; ///< the codes as one LSB-first stream; empty for formats whose codes are no integers
    std::string issue;
};

/// The vector is one channel, as for the `values` sub-command. Never throws for a scheme that does not fit: `issue` says so.
NumbersPicture numbersPicture(const std::vector<float>& x, const Scheme& scheme);

/// "1011": `code` in two's complement of `bits` bits, and as the distance from the lowest code (offset binary).
std::string twosComplement(int code, int bits);
std::string offsetBinary(int code, int lowest, int bits);

/// Sign, exponent and fraction of a binary float, as stored.
struct FloatFields
{
    std::string sign;
    std::string exponent;
    std::string fraction;
    float value = 0; ///< what the pattern stands for
};
/// `x` rounded to an element format ("fp16", "bf16", "e4m3", "e5m2", "e3m2", "e2m3", "e2m1"; see ElementFormat for its rules) or "f32", float32 itself.
/// Throws Error(InvalidArgument) for other names.
FloatFields floatFields(float x, std::string_view format);

} // namespace quantoscope
