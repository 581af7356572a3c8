// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/graphview.h"

#include <set>

namespace quantoscope {

/// A value in the graph and what its elements mean: floats, or codes of `codes`.
struct SiteValue
{
    std::string name;
    std::optional<StoredRange> codes;
    bool operator==(const SiteValue&) const = default;
};

/// A place where a file quantizes an activation, or keeps it as codes.
struct RangeSite
{
    StoredRange range;
    SiteValue before; ///< the value that is quantized; "" where a node makes the codes itself
    std::string name; ///< of the codes
};

/// What lies around a layer's node in the main graph.
struct LayerSite
{
    const onnx::NodeProto* node = nullptr; ///< null: `reason`
    std::string reason;
    int weightSlot = 1;
    int inputSlot = 0;
    int biasSlot = -1; ///< of operators on floats
    std::string input; ///< the value multiplied with the weight, codes or floats
    std::optional<RangeSite> inputRange;
    SiteValue output;                     ///< the nearest value with a scale
    std::optional<RangeSite> outputRange; ///< where the operator itself makes codes
    bool activated = false;               ///< `output` lies behind an activation that the operator contains
    bool hasBias = false;                 ///< `output` lies behind the bias
    std::optional<std::vector<double>> bias;      ///< as used: dequantized
    std::optional<std::vector<double>> biasCodes; ///< as stored
};

LayerSite siteOf(const GraphView& view, const Layer& layer, const Weight& weight);

/// Where `value` is a product without its bias and the next node adds a constant, behind that; else `value`.
SiteValue behindBias(const GraphView& view, const SiteValue& value);
/// The same of Relu and Clip, which quantizers merge with ranges.
SiteValue behindActivation(const GraphView& view, const SiteValue& value);
bool isActivation(const onnx::NodeProto& node);

/// Every place of quantization between `value` and the nodes of `layers` or the graph's inputs.
std::vector<RangeSite> rangesBefore(const GraphView& view, const std::string& value,
                                    const std::set<const onnx::NodeProto*>& layers);

/// Where the value, through nodes that only reorder it, was quantized.
std::optional<RangeSite> quantizedBefore(const GraphView& view, const std::string& value);

} // namespace quantoscope
