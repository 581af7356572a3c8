// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/valueshapes.h"

#include "core/formats/onnx/modelfile.h"
#include "core/runtime/environment.h"
#include "core/support/error.h"

#include <algorithm>
#include <set>

namespace quantoscope {

namespace {

std::int64_t defaultFor(int dimension, int rank)
{
    if (dimension == 0)
        return 1;
    if (rank == 4)
        return dimension == 1 ? 3 : 224;
    return 64;
}

/// Gives every open dimension of the graph's inputs a size.
void fillInputs(onnx::GraphProto& graph, const std::map<std::string, std::int64_t>& dimensions,
                std::vector<std::string>& assumed)
{
    std::set<std::string> stored;
    for (const auto& initializer : graph.initializer())
        stored.insert(initializer.name());
    for (auto& input : *graph.mutable_input()) {
        if (stored.contains(input.name()) || !input.type().has_tensor_type())
            continue;
        auto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
        for (int i = 0; i < shape.dim_size(); ++i) {
            auto& dim = *shape.mutable_dim(i);
            if (dim.has_dim_value() && dim.dim_value() > 0)
                continue;
            const auto named = dimensions.find(dim.dim_param());
            const std::int64_t size =
                named != dimensions.end() ? named->second : defaultFor(i, shape.dim_size());
            dim.set_dim_value(size);
            assumed.push_back(input.name() + "[" + std::to_string(i) + "] = " + std::to_string(size));
        }
    }
}

/// Outputs of the graph are then exactly those of `names` that its nodes make.
void askFor(onnx::GraphProto& graph, const std::vector<std::string>& names)
{
    const std::set<std::string> wanted(names.begin(), names.end());
    std::set<std::string> made;
    for (const auto& node : graph.node())
        for (const std::string& output : node.output())
            if (wanted.contains(output))
                made.insert(output);
    std::set<std::string> present;
    for (const auto& output : graph.output())
        present.insert(output.name());
    for (const std::string& name : made)
        if (!present.contains(name))
            graph.add_output()->set_name(name);
}

Shape shapeOf(const Ort::TypeInfo& type)
{
    if (type.GetONNXType() != ONNX_TYPE_TENSOR)
        return {};
    const std::vector<std::int64_t> sizes = type.GetTensorTypeAndShapeInfo().GetShape();
    if (std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size <= 0; }))
        return {};
    return {sizes.begin(), sizes.end()};
}

void collect(const Ort::Session& session, const std::vector<std::string>& names, ValueShapes& result)
{
    const std::set<std::string> wanted(names.begin(), names.end());
    const auto add = [&](const std::string& name, const Ort::TypeInfo& type) {
        const Shape shape = shapeOf(type);
        if (wanted.contains(name) && !shape.empty())
            result.shapes[name] = shape;
    };
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session.GetInputCount(); ++i)
        add(session.GetInputNameAllocated(i, allocator).get(), session.GetInputTypeInfo(i));
    for (std::size_t i = 0; i < session.GetOutputCount(); ++i)
        add(session.GetOutputNameAllocated(i, allocator).get(), session.GetOutputTypeInfo(i));
}

} // namespace

ValueShapes valueShapes(const std::filesystem::path& file, const std::vector<std::string>& names,
                        const std::map<std::string, std::int64_t>& dimensions, std::stop_token stop)
{
    ValueShapes result;
    std::string bytes;
    {
        const auto model = parseModel(file, stop, {}).model;
        fillInputs(*model->mutable_graph(), dimensions, result.assumed);
        askFor(*model->mutable_graph(), names);
        if (!model->SerializeToString(&bytes))
            throw Error(ErrorCode::Unsupported,
                        "'" + file.string()
                            + "' holds more than 2 GiB itself: move its weights to external data.",
                        file.string());
    }
    throwIfStopped(stop);
    try {
        const auto env = environment();
        Ort::SessionOptions options = sessionOptions(1);
        options.SetGraphOptimizationLevel(ORT_DISABLE_ALL);
        options.AddConfigEntry("session.model_external_initializers_file_folder_path",
                               file.parent_path().empty() ? "." : file.parent_path().c_str());
        const Ort::Session session(*env, bytes.data(), bytes.size(), options);
        collect(session, names, result);
    } catch (const Ort::Exception& error) {
        throw Error(ErrorCode::FileFormat,
                    "ONNX Runtime cannot load '" + file.string() + "': " + error.what(), file.string());
    }
    return result;
}

} // namespace quantoscope
