// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/scales.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

constexpr float largestE2m1 = 6;
constexpr float largestE4m3 = 448;

/// floor(log2 x), exact for subnormals too; x > 0.
int floorLog2(float x) { return std::ilogb(x); }

bool isPowerOfTwo(float x) { return std::ldexp(1.0f, floorLog2(x)) == x; }

int sharedExponent(ExponentRule rule, const ElementFormat& format, float amax)
{
    const int p = floorLog2(format.maximum);
    const int exponent = floorLog2(amax);
    switch (rule) {
    case ExponentRule::Floor:
        break;
    case ExponentRule::Ceil:
        return exponent - p + (isPowerOfTwo(amax) ? 0 : 1);
    case ExponentRule::Rceil: {
        // Both mantissas lie in [1, 2): one more only where amax's is the larger.
        const double mantissa = std::ldexp(static_cast<double>(amax), -exponent);
        return exponent - p + (mantissa > std::ldexp(static_cast<double>(format.maximum), -p) ? 1 : 0);
    }
    case ExponentRule::Even: {
        const double mantissa = std::ldexp(static_cast<double>(amax), -exponent);
        const double halfStep = std::ldexp(1.0, -format.mantissaBits - 1);
        return exponent - p + (mantissa + halfStep >= 2 ? 1 : 0);
    }
    }
    return exponent - p;
}

/// The rule of ggml's reference encoder for unsigned E4M3, quirks included; x in (0, 448].
std::uint8_t ggmlE4m3(float x)
{
    if (x < 0x1p-6f)
        return static_cast<std::uint8_t>(std::min(7, static_cast<int>(x * 512.0f + 0.5f)));
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    const auto rounded = static_cast<int>(((bits >> 19) + 1) >> 1) - (120 << 3);
    return static_cast<std::uint8_t>(rounded >= 15 << 3 ? 0x7e : rounded);
}

float nearestPowerOfTwo(float magnitude)
{
    const int exponent = floorLog2(magnitude);
    // √2 is irrational: no float lies on the border.
    const bool up = std::ldexp(static_cast<double>(magnitude), -exponent) > std::sqrt(2.0);
    return std::ldexp(1.0f, std::min(exponent + (up ? 1 : 0), 127));
}

float nearestInFormat(std::string_view name, float magnitude)
{
    const ElementFormat& format = *findElementFormat(name);
    return format.decode(std::max(1u, format.encode(magnitude)));
}

} // namespace

std::uint8_t mxExponent(ExponentRule rule, const ElementFormat& format, float amax)
{
    assert(format.kind == ElementFormat::Kind::Float && amax >= 0);
    if (amax == 0)
        return 0;
    return static_cast<std::uint8_t>(std::clamp(sharedExponent(rule, format, amax) + 127, 0, 254));
}

float scaleOfE8m0(std::uint8_t byte)
{
    return byte == 255 ? std::numeric_limits<float>::quiet_NaN() : std::ldexp(1.0f, byte - 127);
}

float nvfp4TensorScale(float amax)
{
    const float scale = amax / (largestE2m1 * largestE4m3);
    return scale == 0 ? 1.0f : scale;
}

std::uint8_t nvfp4BlockScale(float amax, float tensorScale, BlockScaleRounding rounding)
{
    const float scale = amax / largestE2m1 / tensorScale;
    if (!(scale > 0))
        return 0;
    if (rounding == BlockScaleRounding::Ggml)
        return ggmlE4m3(std::min(scale, largestE4m3));
    return static_cast<std::uint8_t>(findElementFormat("e4m3")->encode(scale));
}

float scaleOfE4m3(std::uint8_t code)
{
    return (code & 0x7f) == 0x7f ? 0.0f : findElementFormat("e4m3")->decode(code & 0x7fu);
}

float roundScale(ScaleType type, float scale)
{
    if (scale == 0 || type == ScaleType::F32 || type == ScaleType::Double)
        return scale;
    const float magnitude = std::abs(scale);
    const float stored = type == ScaleType::Pow2  ? nearestPowerOfTwo(magnitude)
                         : type == ScaleType::F16 ? nearestInFormat("fp16", magnitude)
                                                  : nearestInFormat("bf16", magnitude);
    return std::copysign(stored, scale);
}

} // namespace quantoscope
