// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/model/runmodel.h"

#include "core/formats/onnx/modelfile.h"
#include "core/formats/utf8.h"
#include "core/runtime/model/foldbatchnorm.h"
#include "core/runtime/model/graphs.h"
#include "core/runtime/model/storedconstants.h"
#include "core/support/error.h"

#include <algorithm>
#include <set>

namespace quantoscope {

namespace {

using Values = google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>;

/// Gives the named dimension its size wherever the values have it.
void fillDimension(Values& values, const std::string& name, std::int64_t size)
{
    for (auto& value : values) {
        if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape())
            continue;
        for (auto& dim : *value.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim())
            if (dim.has_dim_param() && dim.dim_param() == name)
                dim.set_dim_value(size);
    }
}

std::set<std::string> openDimensions(const onnx::GraphProto& graph)
{
    std::set<std::string> names;
    for (const auto& input : graph.input())
        for (const auto& dim : input.type().tensor_type().shape().dim())
            if (dim.has_dim_param() && !dim.dim_param().empty())
                names.insert(dim.dim_param());
    return names;
}

void fillDimensions(onnx::GraphProto& graph, const LoadOptions& options, RunModel& result)
{
    const auto open = openDimensions(graph);
    for (const auto& [name, size] : options.dimensions) {
        if (size < 1)
            throw Error(ErrorCode::InvalidArgument,
                        "Dimension '" + name + "' of '" + result.file + "' cannot be " + std::to_string(size)
                            + "; at least 1 is needed.",
                        name);
        if (!open.contains(name)) {
            std::string known;
            for (const std::string& each : open)
                known += (known.empty() ? "'" : ", '") + validUtf8(each) + "'";
            throw Error(ErrorCode::InvalidArgument,
                        "'" + result.file + "' has no open dimension '" + name + "'; "
                            + (known.empty() ? "all of its sizes are fixed." : "it has " + known + "."),
                        name);
        }
        fillDimension(*graph.mutable_input(), name, size);
        fillDimension(*graph.mutable_output(), name, size);
        fillDimension(*graph.mutable_value_info(), name, size);
        result.changes.push_back("dimension '" + name + "' = " + std::to_string(size));
    }
}

/// Nothing outside the model's folder is opened, neither by us nor by ONNX Runtime: what lies elsewhere is refused here.
void checkExternalData(const onnx::ModelProto& model, TensorDecoder& decoder, const RunModel& result)
{
    forEachGraph(model.graph(), [&](const onnx::GraphProto& graph) {
        for (const auto& tensor : graph.initializer()) {
            if (tensor.data_location() != onnx::TensorProto::EXTERNAL)
                continue;
            try {
                decoder.decode(tensor);
            } catch (const Error& error) {
                throw Error(ErrorCode::FileFormat,
                            "Cannot run '" + result.file + "': its tensor '" + validUtf8(tensor.name())
                                + "' cannot be read: " + error.what() + ".",
                            result.file);
            }
        }
    });
}

std::string counted(std::size_t count, const std::string& one, const std::string& many)
{
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

} // namespace

std::shared_ptr<const RunModel> loadRunModel(const std::filesystem::path& file, const LoadOptions& options,
                                             std::stop_token stop)
{
    const ModelFile parsed = parseModel(file, stop, {});
    onnx::ModelProto& proto = *parsed.model;
    auto result = std::make_shared<RunModel>(parsed.model);
    result->file = file.string();
    result->folder = file.parent_path();

    fillDimensions(*proto.mutable_graph(), options, *result);
    if (const std::size_t count = storeConstants(proto))
        result->changes.push_back(
            counted(count, "Constant node became an initializer", "Constant nodes became initializers"));
    if (const std::size_t count = closeInitializers(proto))
        result->changes.push_back(
            counted(count, "initializer is no input any more", "initializers are no inputs any more"));
    TensorDecoder decoder(parsed.model, result->folder);
    checkExternalData(proto, decoder, *result);
    if (options.foldBatchNorm) {
        const auto folded = foldBatchNorms(proto, decoder, stop);
        result->changes.insert(result->changes.end(), folded.begin(), folded.end());
    }
    result->network = networkOf(parsed.model, file, parsed.bytes, stop);
    return result;
}

std::shared_ptr<const RunModel> runModelOf(onnx::ModelProto proto, const RunModel& from, std::stop_token stop)
{
    throwIfStopped(stop);
    auto result = std::make_shared<RunModel>(std::make_shared<const onnx::ModelProto>(std::move(proto)));
    result->file = from.file;
    result->folder = from.folder;
    result->changes = from.changes;
    result->network = networkOf(result->held, from.file, from.network->fileBytes, stop);
    return result;
}

} // namespace quantoscope
