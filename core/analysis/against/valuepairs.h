// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/layersite.h"

namespace quantoscope {

/// The values of both files that stand for one layer's output, or why there are none.
struct OutputPair
{
    SiteValue original;
    SiteValue quantized;
    std::string reason;
};
OutputPair pairOutputs(const GraphView& original, const LayerSite& originalSite, const GraphView& quantized,
                       const LayerSite& quantizedSite);

/// The float network's value that goes through a place of quantization, by name: behind the Relu or Clip that the quantizer merged with the
/// range. "" where the float file has no such value.
std::string floatValueOf(const GraphView& original, const GraphView& quantized, const RangeSite& site);

} // namespace quantoscope
