// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizerscalar.h"

#include "core/support/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace quantoscope {

namespace {

float rounded(QuantizeRounding rounding, float t)
{
    const float down = std::floor(t);
    switch (rounding) {
    case QuantizeRounding::HalfEven:
        return std::nearbyint(t);
    case QuantizeRounding::HalfAway:
        return std::round(t);
    case QuantizeRounding::HalfUp:
        return down + (t - down >= 0.5f ? 1.0f : 0.0f);
    case QuantizeRounding::Floor:
        break;
    }
    return down;
}

template <typename Out>
PackedSum quantizeLoop(const float* x, std::size_t count, const QuantizeRule& rule, Out* out)
{
    PackedSum result;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t p = packedInteger(rule, x[i]);
        out[i] = static_cast<Out>(p);
        result.sum += p;
        result.nonFinite += std::isfinite(x[i]) ? 0 : 1;
    }
    return result;
}

} // namespace

void validate(const QuantizeRule& rule, int bits)
{
    const std::int32_t half = 1 << (bits - 1);
    const auto refuse = [](const std::string& what) {
        throw Error(ErrorCode::InvalidArgument, "Activations cannot be quantized: " + what);
    };
    if (!std::isfinite(rule.scale) || rule.scale == 0)
        refuse("the scale is " + std::to_string(rule.scale) + ", not a finite number other than 0.");
    if (!std::isfinite(rule.offset))
        refuse("the offset is not finite.");
    if (rule.low > rule.high || rule.low < -half || rule.high >= half)
        refuse("integers from " + std::to_string(rule.low) + " to " + std::to_string(rule.high)
               + " do not fit " + std::to_string(bits) + " bits.");
    if (std::abs(rule.zeroPoint) > 1 << 20)
        refuse("the zero point " + std::to_string(rule.zeroPoint) + " lies beyond 2^20.");
}

std::int32_t packedInteger(const QuantizeRule& rule, float x)
{
    const float value = std::isnan(x) ? 0.0f : x;
    const float t =
        rule.reciprocal ? (value - rule.offset) * (1 / rule.scale) : (value - rule.offset) / rule.scale;
    const auto low = static_cast<float>(rule.low - rule.zeroPoint);
    const auto high = static_cast<float>(rule.high - rule.zeroPoint);
    return static_cast<std::int32_t>(std::min(std::max(rounded(rule.rounding, t), low), high))
           + rule.zeroPoint;
}

const Quantizer& scalarQuantizer()
{
    static constexpr Quantizer table{quantizeLoop<std::int8_t>, quantizeLoop<std::int16_t>};
    return table;
}

} // namespace quantoscope
