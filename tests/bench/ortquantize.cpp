// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/suites.h"

#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <memory>

namespace quantoscope::bench {

namespace {

onnx::TensorProto scalar(const char* name, onnx::TensorProto::DataType type)
{
    onnx::TensorProto tensor;
    tensor.set_name(name);
    tensor.set_data_type(type);
    return tensor;
}

onnx::ValueInfoProto vectorInfo(const char* name, onnx::TensorProto::DataType type, std::size_t count)
{
    onnx::ValueInfoProto info;
    info.set_name(name);
    auto* const tensor = info.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    tensor->mutable_shape()->add_dim()->set_dim_value(static_cast<std::int64_t>(count));
    return info;
}

/// y = QuantizeLinear(x, 0.05, int8 0).
std::string model(std::size_t count)
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name("quantize");
    onnx::TensorProto scale = scalar("scale", onnx::TensorProto::FLOAT);
    scale.add_float_data(0.05f);
    onnx::TensorProto zeroPoint = scalar("zero", onnx::TensorProto::INT8);
    zeroPoint.add_int32_data(0);
    *graph.add_initializer() = scale;
    *graph.add_initializer() = zeroPoint;
    *graph.add_input() = vectorInfo("x", onnx::TensorProto::FLOAT, count);
    *graph.add_output() = vectorInfo("y", onnx::TensorProto::INT8, count);
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type("QuantizeLinear");
    for (const char* input : {"x", "scale", "zero"})
        node.add_input(input);
    node.add_output("y");
    return model.SerializeAsString();
}

Ort::SessionOptions singleThreaded()
{
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    options.SetInterOpNumThreads(1);
    return options;
}

/// A session with its tensors in memory that is reused in each run.
struct Quantizer
{
    explicit Quantizer(std::span<float> values) : output(values.size()), bytes(model(values.size()))
    {
        const auto count = static_cast<std::int64_t>(values.size());
        const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
        x = Ort::Value::CreateTensor<float>(memory, values.data(), values.size(), &count, 1);
        y = Ort::Value::CreateTensor<std::int8_t>(memory, output.data(), output.size(), &count, 1);
    }
    void run()
    {
        const char* const input = "x";
        const char* const outputName = "y";
        session.Run(Ort::RunOptions{nullptr}, &input, &x, 1, &outputName, &y, 1);
    }

    std::vector<std::int8_t> output;
    std::string bytes;
    Ort::Env env{ORT_LOGGING_LEVEL_ERROR};
    Ort::Session session{env, bytes.data(), bytes.size(), singleThreaded()};
    Ort::Value x{nullptr};
    Ort::Value y{nullptr};
};

} // namespace

std::function<void()> onnxRuntimeQuantize(std::span<float> values)
{
    return [quantizer = std::make_shared<Quantizer>(values)] { quantizer->run(); };
}

} // namespace quantoscope::bench
