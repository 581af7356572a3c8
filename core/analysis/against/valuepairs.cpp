// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/valuepairs.h"

#include "core/analysis/against/matching.h"

namespace quantoscope {

OutputPair pairOutputs(const GraphView& original, const LayerSite& originalSite, const GraphView& quantized,
                       const LayerSite& quantizedSite)
{
    OutputPair pair{originalSite.output, quantizedSite.output, originalSite.reason};
    if (pair.reason.empty())
        pair.reason = quantizedSite.reason;
    if (!pair.reason.empty())
        return pair;
    if (quantizedSite.hasBias && !originalSite.hasBias)
        pair.original = behindBias(original, pair.original);
    if (originalSite.hasBias && !quantizedSite.hasBias) {
        pair.quantized = behindBias(quantized, pair.quantized);
        if (pair.quantized == quantizedSite.output)
            pair.reason = "the quantized file adds its bias where it cannot be told from other values";
    }
    const onnx::NodeProto* next = quantized.onlyReader(pair.quantized.name);
    const bool merged = pair.quantized.codes && !(next && isActivation(*next));
    if ((merged || quantizedSite.activated) && !originalSite.activated)
        pair.original = behindActivation(original, pair.original);
    return pair;
}

std::string floatValueOf(const GraphView& original, const GraphView& quantized, const RangeSite& site)
{
    const std::string name = site.before.name.empty() ? plainName(site.name) : site.before.name;
    if (!original.has(name))
        return {};
    const onnx::NodeProto* next = quantized.onlyReader(name);
    if (next && isActivation(*next))
        return name;
    return behindActivation(original, {name, {}}).name;
}

} // namespace quantoscope
