// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/qdq/operatorset.h"

#include "core/formats/onnx/attributes.h"
#include "core/runtime/model/graphs.h"
#include "core/runtime/qdq/integerforms.h"

#include <numeric>

namespace quantoscope {

namespace {

constexpr std::int64_t firstWithQuantization = 10;

void turnSlice(onnx::NodeProto& node, ModelEdit& edit)
{
    const auto starts = intsAttribute(node, "starts").value_or(std::vector<std::int64_t>{});
    const auto ends = intsAttribute(node, "ends").value_or(std::vector<std::int64_t>{});
    std::vector<std::int64_t> all(starts.size());
    std::iota(all.begin(), all.end(), 0);
    const auto axes = intsAttribute(node, "axes").value_or(all);
    node.clear_attribute();
    for (const auto* values : {&starts, &ends, &axes})
        node.add_input(edit.addConstant(node.output(0) + "#range", int64Tensor(*values)));
}

} // namespace

onnx::OperatorSetIdProto& standardSet(onnx::ModelProto& model)
{
    for (auto& import : *model.mutable_opset_import())
        if (import.domain().empty() || import.domain() == "ai.onnx")
            return import;
    return *model.add_opset_import();
}

std::string raiseOperatorSet(onnx::ModelProto& model, ModelEdit& edit)
{
    onnx::OperatorSetIdProto& set = standardSet(model);
    if (set.version() >= firstWithQuantization)
        return {};
    bool same = set.version() == firstWithQuantization - 1;
    std::vector<onnx::NodeProto*> slices;
    std::vector<onnx::NodeProto*> upsamples;
    forEachGraph(*model.mutable_graph(), [&](onnx::GraphProto& graph) {
        for (auto& node : *graph.mutable_node()) {
            same = same && node.op_type() != "TopK";
            if (node.op_type() == "Slice")
                slices.push_back(&node);
            else if (node.op_type() == "Upsample")
                upsamples.push_back(&node);
        }
    });
    if (!same)
        return "The file's operator set " + std::to_string(set.version())
               + " is older than QuantizeLinear, which came with 10.";
    for (onnx::NodeProto* node : slices)
        turnSlice(*node, edit);
    for (onnx::NodeProto* node : upsamples)
        node->set_op_type("Resize");
    set.set_version(firstWithQuantization);
    return {};
}

} // namespace quantoscope
