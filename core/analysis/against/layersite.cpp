// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/layersite.h"

#include "core/analysis/against/operatorslots.h"
#include "core/formats/onnx/attributes.h"
#include "core/runtime/execute/capture.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// The node that the layer was read from.
const onnx::NodeProto* nodeOf(const GraphView& view, const Layer& layer)
{
    for (const WeightUseNode& use : layer.uses)
        if (!use.inBody)
            return view.producer(use.output);
    return nullptr;
}

/// Cast and Mul turn the sums of integers into reals.
SiteValue behindScaling(const GraphView& view, SiteValue value)
{
    for (const char* op : {"Cast", "Mul"}) {
        const onnx::NodeProto* next = view.onlyReader(value.name);
        if (!next || next->op_type() != op)
            return {};
        value.name = next->output(0);
    }
    return value;
}

/// Of an operator on codes: reals as (code - zero) · scale, scales of the input and the weight multiplied.
void readIntegerBias(const GraphView& view, const Weight& weight, const std::string& name, LayerSite& site)
{
    if (name.empty())
        return;
    site.biasCodes = view.constant(name);
    if (!site.biasCodes || !site.inputRange || !weight.stored || weight.stored->scales.empty())
        return;
    const std::vector<float>& scales = weight.stored->scales;
    if (scales.size() != 1 && scales.size() != site.biasCodes->size())
        return;
    site.bias = site.biasCodes;
    for (std::size_t i = 0; i < site.bias->size(); ++i)
        (*site.bias)[i] *= static_cast<double>(site.inputRange->range.scale)
                           * static_cast<double>(scales[scales.size() == 1 ? 0 : i]);
}

void readFloatBias(const GraphView& view, LayerSite& site)
{
    const std::string name = inputOf(*site.node, site.biasSlot);
    if (name.empty())
        return;
    site.hasBias = true;
    site.bias = view.constant(name);
    const onnx::NodeProto* maker = view.producer(name);
    if (maker && maker->op_type() == "DequantizeLinear")
        site.biasCodes = view.constant(inputOf(*maker, 0));
}

/// Codes that the node itself makes.
RangeSite madeBy(const onnx::NodeProto& node, const StoredRange& range)
{
    RangeSite site;
    site.range = range;
    site.name = node.output(0);
    return site;
}

/// x_scale and x_zero_point, or where they come from.
std::optional<RangeSite> rangeOfCodes(const GraphView& view, const std::string& codes,
                                      const std::string& scale, const std::string& zero)
{
    RangeSite site;
    site.name = codes;
    const onnx::NodeProto* maker = view.producer(codes);
    if (maker && maker->op_type() == "DynamicQuantizeLinear")
        site.range.dynamic = true;
    else if (const auto range = view.range(scale, zero))
        site.range = *range;
    else
        return std::nullopt;
    if (maker && maker->op_type().find("QuantizeLinear") != std::string::npos)
        site.before = {inputOf(*maker, 0), {}};
    return site;
}

void readCodes(const GraphView& view, const Weight& weight, const OperatorSlots& slots, LayerSite& site)
{
    const onnx::NodeProto& node = *site.node;
    const bool left = site.inputSlot == slots.a;
    const std::string zero = inputOf(node, left ? slots.aZero : slots.bZero);
    std::string scale = inputOf(node, left ? slots.aScale : slots.bScale);
    const onnx::NodeProto* maker = view.producer(site.input);
    if (scale.empty() && maker && maker->op_type() == "QuantizeLinear")
        scale = inputOf(*maker, 1);
    site.inputRange = rangeOfCodes(view, site.input, scale, zero);
    readIntegerBias(view, weight, inputOf(node, slots.bias), site);
    const std::string floatBias = node.op_type() == "MatMulIntegerToFloat" ? inputOf(node, 6) : std::string();
    if (!floatBias.empty())
        site.bias = view.constant(floatBias);
    site.hasBias = !inputOf(node, slots.bias).empty() || !floatBias.empty();
    if (slots.sums)
        site.output = behindScaling(view, {node.output(0), {}});
    else
        site.output = {node.output(0), {}};
    const std::string outputScale = inputOf(node, slots.yScale);
    if (outputScale.empty())
        return;
    const auto range = view.range(outputScale, inputOf(node, slots.yZero));
    if (!range) {
        site.output = {};
        return;
    }
    site.output.codes = range;
    site.outputRange = madeBy(node, *range);
}

void readFloats(const GraphView& view, LayerSite& site)
{
    site.inputRange = quantizedBefore(view, site.input);
    site.output = {site.node->output(0), {}};
    site.biasSlot = floatBiasSlot(*site.node);
    readFloatBias(view, site);
    const auto* activation = findAttribute(*site.node, "activation");
    site.activated = activation && !activation->s().empty();
}

} // namespace

LayerSite siteOf(const GraphView& view, const Layer& layer, const Weight& weight)
{
    LayerSite site;
    site.reason = whyNotObservable(layer);
    site.node = nodeOf(view, layer);
    if (!site.node) {
        if (site.reason.empty())
            site.reason = "its node is not in the main graph";
        return site;
    }
    const WeightUseNode& use = *std::find_if(layer.uses.begin(), layer.uses.end(),
                                             [](const WeightUseNode& node) { return !node.inBody; });
    site.weightSlot = use.slot;
    site.input = use.input;
    for (int i = 0; i < site.node->input_size(); ++i)
        if (site.node->input(i) == use.input && i != use.slot) {
            site.inputSlot = i;
            break;
        }
    if (const OperatorSlots* slots = slotsOfCodes(*site.node))
        readCodes(view, weight, *slots, site);
    else if (site.node->op_type() == "DynamicQuantizeMatMul") {
        site.inputRange.emplace();
        site.inputRange->range.dynamic = true;
        site.inputRange->before.name = site.input;
        site.inputRange->name = site.input;
        site.output = {site.node->output(0), {}};
        site.hasBias = !inputOf(*site.node, 4).empty();
    } else
        readFloats(view, site);
    if (site.output.name.empty() && site.reason.empty())
        site.reason = "no value behind it in the file has a scale that is stored";
    return site;
}

bool isActivation(const onnx::NodeProto& node)
{
    return node.op_type() == "Relu" || node.op_type() == "Clip";
}

SiteValue behindBias(const GraphView& view, const SiteValue& value)
{
    const onnx::NodeProto* next = view.onlyReader(value.name);
    if (!next || next->op_type() != "Add" || value.codes)
        return value;
    const int other = inputOf(*next, 0) == value.name ? 1 : 0;
    return view.constant(inputOf(*next, other)) ? SiteValue{next->output(0), {}} : value;
}

SiteValue behindActivation(const GraphView& view, const SiteValue& value)
{
    const onnx::NodeProto* next = view.onlyReader(value.name);
    return next && isActivation(*next) && !value.codes ? SiteValue{next->output(0), {}} : value;
}

std::optional<RangeSite> quantizedBefore(const GraphView& view, const std::string& value)
{
    std::string name = value;
    for (int steps = 0; steps < 16; ++steps) {
        const onnx::NodeProto* node = view.producer(name);
        if (!node)
            return std::nullopt;
        const std::string& op = node->op_type();
        if (op == "DequantizeLinear")
            return rangeOfCodes(view, inputOf(*node, 0), inputOf(*node, 1), inputOf(*node, 2));
        if (op != "Identity" && op != "Reshape" && op != "Flatten" && op != "Transpose" && op != "Squeeze"
            && op != "Unsqueeze")
            return std::nullopt;
        name = inputOf(*node, 0);
    }
    return std::nullopt;
}

std::vector<RangeSite> rangesBefore(const GraphView& view, const std::string& value,
                                    const std::set<const onnx::NodeProto*>& layers)
{
    std::vector<RangeSite> found;
    std::set<std::string> seen;
    std::vector<std::string> open{value};
    while (!open.empty()) {
        const std::string name = open.back();
        open.pop_back();
        const onnx::NodeProto* node = seen.insert(name).second ? view.producer(name) : nullptr;
        if (!node || layers.count(node) > 0)
            continue;
        const OperatorSlots* slots = slotsOfResult(*node);
        if (node->op_type() == "QuantizeLinear") {
            if (const auto site = rangeOfCodes(view, node->output(0), inputOf(*node, 1), inputOf(*node, 2)))
                found.push_back(*site);
        } else if (slots) {
            if (const auto range = view.range(inputOf(*node, slots->yScale), inputOf(*node, slots->yZero)))
                found.push_back(madeBy(*node, *range));
        }
        for (const auto& input : node->input())
            if (!input.empty() && !view.isConstant(input))
                open.push_back(input);
    }
    return found;
}

} // namespace quantoscope
