// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// Whether the parameters of the scheme's sets follow from ranges (estimateRanges); the other formats look at the values.
bool hasRanges(const Scheme& scheme);

/// estimateRanges() for every scheme that hasRanges(): books and floats ask for them as a symmetric grid would.
std::vector<Interval> requestedRanges(const ChannelMajor& values, const Scheme& scheme,
                                      std::stop_token stop = {});

/// Every parameter set of a tensor under a scheme without algorithm or outliers, the tables of its levels and, where they do
/// not follow from each value by the scheme's rule, the codes. `ranges`: one a set, or none where hasRanges() is false.
///   Int                 makeParams; see grid.h
///   Binary              ±α, with grid=offset ±α about the mean (fitTwoLevels)
///   Ternary             fitTernary by `threshold`; scale α, code 1 where x > Δ
///   nf4 … e2m1          scale L / largest level, L the larger magnitude of the range, rounded to `scale` before coding;
///                       scale=double codes with L and decodes with the nested scale, as bitsandbytes does
///   fp16, bf16          the values themselves, cast; scale 1
///   kmeans              fitBook of every set; scale 1
///   mx*, nvfp4, q4_0 …  the blocks' own scales; one set for each run of elements that shares one
/// Values that are not finite get code 0; blocks see 0 in their place. Throws Error(SchemeMismatch) where the channels are
/// no whole number of blocks, and Cancelled. Deterministic for any thread count.
ParamSets parameterize(const ChannelMajor& values, const Scheme& scheme, std::span<const Interval> ranges,
                       std::stop_token stop = {});

/// The blocks themselves, one after the other (formats of blocks only); errors as above.
std::vector<std::byte> packBlocks(const ChannelMajor& values, const Scheme& scheme);

} // namespace quantoscope
