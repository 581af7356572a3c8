// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/layerrunner.h"

#include "core/runtime/execute/networksession.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

bool runsAlone(LayerKind kind)
{
    return kind == LayerKind::Conv || kind == LayerKind::DepthwiseConv || kind == LayerKind::ConvTranspose
           || kind == LayerKind::Gemm || kind == LayerKind::MatMul;
}

void addFloatInput(onnx::GraphProto& graph, const std::string& name)
{
    auto& input = *graph.add_input();
    input.set_name(name);
    input.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
}

Tensor viewOf(std::span<const float> values, Shape shape)
{
    return {DType::F32, std::move(shape), std::as_bytes(values), {}};
}

} // namespace

LayerRunner::LayerRunner(const GraphView& view, const LayerSite& site, const Layer& layer, Shape weightShape)
    : m_weightShape(std::move(weightShape))
{
    if (!site.node || !runsAlone(layer.kind))
        throw Error(ErrorCode::Unsupported, "a layer of this kind does not run by itself", layer.name);
    const onnx::ModelProto& from = view.model().proto;
    onnx::ModelProto model;
    model.set_ir_version(from.ir_version());
    *model.mutable_opset_import() = from.opset_import();
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name("layer");
    onnx::NodeProto& node = *graph.add_node();
    node = *site.node;
    for (int i = 0; i < node.input_size(); ++i) {
        const std::string name = i == site.inputSlot    ? "x"
                                 : i == site.weightSlot ? "w"
                                 : i == site.biasSlot   ? "b"
                                                        : std::string();
        if (name.empty() && !node.input(i).empty())
            throw Error(ErrorCode::Unsupported, "it takes more than an input, a weight and a bias",
                        layer.name);
        if (name == "b" && node.input(i).empty())
            continue;
        m_hasBias = m_hasBias || name == "b";
        node.set_input(i, name);
        addFloatInput(graph, name);
    }
    node.clear_output();
    node.add_output("y");
    auto& output = *graph.add_output();
    output.set_name("y");
    output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    m_model = runModelOf(std::move(model), view.model());
    m_session = std::make_unique<NetworkSession>(m_model, SessionOptions{});
}

std::vector<float> LayerRunner::run(const Tensor& input, std::span<const float> weight,
                                    std::span<const float> bias, const std::stop_token& stop)
{
    std::vector<InputValue> values{{"x", input}, {"w", viewOf(weight, m_weightShape)}};
    if (m_hasBias)
        values.push_back({"b", viewOf(bias, {static_cast<std::int64_t>(bias.size())})});
    const std::vector<Tensor> outputs = m_session->run(values, stop);
    const FloatArray floats = floatsOf(outputs.front());
    return {floats.values.begin(), floats.values.end()};
}

} // namespace quantoscope
