// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/execute/skeleton.h"

#include "core/formats/onnx/tensordecoder.h"
#include "core/runtime/model/graphs.h"
#include "core/support/error.h"

#include <cstdint>
#include <set>

namespace quantoscope {

namespace {

/// Smaller tensors are copied: shape inference may need their values.
constexpr std::size_t bigBytes = 1024;

bool isBig(const onnx::TensorProto& tensor)
{
    const bool typed =
        tensor.float_data_size() > 0 || tensor.int32_data_size() > 0 || tensor.double_data_size() > 0;
    return tensor.data_location() != onnx::TensorProto::EXTERNAL
           && (tensor.raw_data().size() >= bigBytes || (typed && tensor.ByteSizeLong() >= bigBytes));
}

/// Name, type and shape; the bytes come from outside.
void describe(const onnx::TensorProto& tensor, onnx::TensorProto& target)
{
    target.set_name(tensor.name());
    target.set_data_type(tensor.data_type());
    target.mutable_dims()->CopyFrom(tensor.dims());
    target.set_data_location(onnx::TensorProto::EXTERNAL);
    auto& entry = *target.add_external_data();
    entry.set_key("location");
    entry.set_value("handed over"); // never opened
}

class Skeletonizer
{
public:
    explicit Skeletonizer(const RunModel& model) : m_decoder(model.held, model.folder) {}

    /// Those that nobody reads stay out: ONNX Runtime drops them before it looks for what is handed over.
    void copyInitializers(const onnx::GraphProto& graph, onnx::GraphProto& target, Skeleton& skeleton)
    {
        const auto uses = countUses(graph);
        for (const auto& tensor : graph.initializer()) {
            if (!uses.contains(tensor.name()))
                continue;
            auto& copy = *target.add_initializer();
            if (!isBig(tensor) || !handOver(tensor, skeleton))
                copy.CopyFrom(tensor);
            else
                describe(tensor, copy);
        }
    }

private:
    bool handOver(const onnx::TensorProto& tensor, Skeleton& skeleton)
    {
        try {
            skeleton.tensors.push_back(m_decoder.decode(tensor));
            skeleton.names.push_back(tensor.name());
            return true;
        } catch (const Error&) {
            return false; // of a type we do not hold, or damaged: ONNX Runtime decides
        }
    }

    TensorDecoder m_decoder;
};

/// Everything of a graph but its initializers.
void copyGraph(const onnx::GraphProto& graph, onnx::GraphProto& target)
{
    target.set_name(graph.name());
    target.mutable_node()->CopyFrom(graph.node());
    target.mutable_input()->CopyFrom(graph.input());
    target.mutable_output()->CopyFrom(graph.output());
    target.mutable_value_info()->CopyFrom(graph.value_info());
    target.mutable_sparse_initializer()->CopyFrom(graph.sparse_initializer());
}

void copyModel(const onnx::ModelProto& model, onnx::ModelProto& target)
{
    target.set_ir_version(model.ir_version());
    target.mutable_opset_import()->CopyFrom(model.opset_import());
    target.mutable_functions()->CopyFrom(model.functions());
    copyGraph(model.graph(), *target.mutable_graph());
}

void addOutputs(onnx::GraphProto& graph, const std::vector<std::string>& observed)
{
    std::set<std::string> present;
    for (const auto& output : graph.output())
        present.insert(output.name());
    for (const std::string& name : observed)
        if (present.insert(name).second)
            graph.add_output()->set_name(name);
}

} // namespace

Skeleton skeletonOf(const RunModel& model, const std::vector<std::string>& observed)
{
    Skeleton skeleton;
    onnx::ModelProto proto;
    copyModel(model.proto, proto);
    Skeletonizer(model).copyInitializers(model.proto.graph(), *proto.mutable_graph(), skeleton);
    addOutputs(*proto.mutable_graph(), observed);
    if (proto.ByteSizeLong() > static_cast<std::size_t>(INT32_MAX)
        || !proto.SerializeToString(&skeleton.bytes))
        throw Error(ErrorCode::Unsupported,
                    "'" + model.file + "' holds more than 2 GiB in bodies of If, Loop and Scan.", model.file);
    return skeleton;
}

} // namespace quantoscope
