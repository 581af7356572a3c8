// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace quantoscope {

/// Neighbouring output positions of a row: `lanes` codes a pixel, uint8 = p + 128 (step 4) or int16 = p (step 2).
struct DepthwiseRun
{
    const std::byte* at = nullptr;        ///< first tap of the first position
    std::span<const std::ptrdiff_t> taps; ///< bytes from there, padded to whole steps
    std::size_t positions = 0;
    std::ptrdiff_t positionBytes = 0; ///< from one position to the next
    std::size_t lanes = 0;
    std::size_t period = 0;              ///< of `weights` and all below
    const std::byte* weights = nullptr;  ///< DepthwiseWeights::packed
    const std::int32_t* start = nullptr; ///< step 4: what sums begin with, in the packed order
};

/// Codes out of sums in one go: round(float(sum) · multiplier) half to even, + zeroPoint, clamped. Several output rows at once.
struct DepthwiseCodes
{
    const float* multipliers = nullptr; ///< [period] in the packed order
    std::int32_t low = -128;
    std::int32_t high = 127; ///< above 127: codes are uint8
    std::int32_t zeroPoint = 0;
    std::size_t rows = 1;
    std::ptrdiff_t rowBytes = 0; ///< from the window of a row to that of the next
    std::ptrdiff_t outBytes = 0;
    bool sharesRows = false; ///< 3 kernel rows of a step each; the next output row reads two of them again
};

/// The inner loops of depthwise convolutions. Thread-safe.
struct DepthwiseKernel
{
    std::string_view name;
    int step = 2; ///< taps summed in a lane
    /// Channels of a pixel are padded to a multiple of this: vectors do not straddle pixels, or periods stay short.
    std::size_t lanes = 16;
    /// acc[positions][lanes] = Σ p · e, exact in int32.
    void (*multiply)(const DepthwiseRun& run, std::int32_t* acc) = nullptr;
    /// out[row][positions][lanes]; null: not built.
    void (*toCodes)(const DepthwiseRun& run, const DepthwiseCodes& rule, std::int8_t* out) = nullptr;
    /// to[i] = from[i] + 128, as the kernel stores activations, also in place; null: they are stored as they are.
    void (*shift)(const std::int8_t* from, std::int8_t* to, std::size_t count) = nullptr;
    /// Lane of the packed order that holds lane `lane` of a period.
    std::size_t (*place)(std::size_t lane) = nullptr;
};

/// AVX-512 VNNI: bytes, e in [-128, 127]. Its multiply is null where the compiler's processor family has no such thing.
const DepthwiseKernel& depthwiseQuad();
/// int16 for any e of 8-bit weights, on every instruction set.
const DepthwiseKernel& depthwisePair(Isa isa);

} // namespace quantoscope
