// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/histogram.h"
#include "core/metrics/valuestats.h"
#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// How `scheme` cuts a tensor of that arrangement into sets.
/// Throws Error(SchemeMismatch) for channel:AXIS beyond the rank.
SetLayout layoutFor(const Scheme& scheme, const ChannelMajor& values);

/// The axis that must be in front for the scheme: channel:AXIS or the layer's own.
int frontAxis(const Scheme& scheme, const Shape& shape, int channelAxis);

/// Requested range of every set by the scheme's rule; non-finite values are left out, a set without any finite value
/// gets [0, 0]. What of the scheme it looks at: rangeKey().
/// Deterministic for any thread count.
std::vector<Interval> estimateRanges(const ChannelMajor& values, const Scheme& scheme,
                                     std::stop_token stop = {});

/// makeParams for every range.
ParamSets makeParamSets(const Scheme& scheme, const SetLayout& layout, std::span<const Interval> ranges);

/// Codes and values of every element, in the order of `values`; elements of columns kept in binary16 have the code nearest to 0. Non-finite elements get nothing in
/// `finite` (0) and code 0, value NaN.
struct QuantizedValues
{
    std::vector<std::int32_t> codes;
    std::vector<float> values;
    std::vector<std::uint8_t> finite;
};
QuantizedValues quantize(const ChannelMajor& values, const ParamSets& params);

/// Histogram of the code coordinate u = (x - offset)/scale + zeroPoint of every element, whatever its set: levels
/// lie at the integers qmin … qmax. Elements outside [lo, hi] are counted below and above.
Histogram codeHistogram(const ChannelMajor& values, const ParamSets& params, double lo, double hi,
                        std::size_t bins, std::stop_token stop = {});

/// Smallest and largest code coordinate u of all finite elements.
Interval codeExtent(const ParamSets& params, std::span<const Interval> extremes);

/// True bytes of a packed tensor: ceil(elements·bits/8) + per set the scale (4 bytes as f32, 2 as f16 or bf16, 1 as pow2,
/// nested as NestedScales::bytes) and, where the grid has one, the zero point (its bits, packed over all sets) or the real
/// offset (4 bytes). Symmetric grids with signed codes store no zero point; casts no scale; blocks are whole.
std::uint64_t packedSize(const Scheme& scheme, std::size_t elements, std::size_t sets);

/// The same with what only the parameters know: fitted books (4 bytes a value), column factors (4 bytes a column), columns
/// kept in binary16 (2 bytes an element and 4 for the index of each).
std::uint64_t packedSize(const ParamSets& params, std::size_t elements);

/// One LSB-first stream of `bits`-wide two's complement codes in element order, zero-padded to a byte.
std::vector<std::byte> packCodes(std::span<const std::int32_t> codes, int bits);

} // namespace quantoscope
