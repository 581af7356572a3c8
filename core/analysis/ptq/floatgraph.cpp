// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/floatgraph.h"

#include "core/runtime/model/graphs.h"
#include "core/support/error.h"

namespace quantoscope {

FloatGraph::FloatGraph(std::shared_ptr<const RunModel> model)
    : m_model(std::move(model)), m_proto(m_model->proto), m_edit(m_proto),
      m_decoder(m_model->held, m_model->folder), m_uses(countUses(m_proto.graph()))
{
    for (auto& tensor : *m_proto.mutable_graph()->mutable_initializer())
        m_constants.emplace(tensor.name(), &tensor);
    for (auto& node : *m_proto.mutable_graph()->mutable_node()) {
        for (const std::string& output : node.output())
            m_producers.emplace(output, &node);
        for (const std::string& input : node.input())
            m_readers[input] = &node;
    }
}

onnx::NodeProto* FloatGraph::producer(const std::string& value) const
{
    const auto found = m_producers.find(value);
    return found == m_producers.end() ? nullptr : found->second;
}

onnx::NodeProto* FloatGraph::onlyReader(const std::string& value) const
{
    const auto found = m_readers.find(value);
    return found == m_readers.end() || readers(value) != 1 ? nullptr : found->second;
}

int FloatGraph::readers(const std::string& value) const
{
    const auto found = m_uses.find(value);
    return found == m_uses.end() ? 0 : found->second;
}

std::optional<FloatConstant> FloatGraph::constant(const std::string& name)
{
    const auto found = m_constants.find(name);
    if (found == m_constants.end() || found->second->data_type() != onnx::TensorProto::FLOAT)
        return std::nullopt;
    const Tensor tensor = m_decoder.decode(*found->second);
    const FloatArray values = floatsOf(tensor);
    return FloatConstant{tensor.shape, {values.values.begin(), values.values.end()}};
}

std::string FloatGraph::addConstant(const std::string& base, const FloatConstant& constant)
{
    return m_edit.addConstant(base, tensorProto(constant.shape, constant.values));
}

void FloatGraph::setConstant(onnx::NodeProto& node, int slot, const FloatConstant& constant)
{
    const std::string name = node.input(slot);
    if (readers(name) == 1) {
        onnx::TensorProto& held = *m_constants.at(name);
        held = tensorProto(constant.shape, constant.values);
        held.set_name(name);
        return;
    }
    --m_uses[name];
    const std::string own = addConstant(name, constant);
    m_edit.setInput(node, slot, own);
    m_uses[own] = 1;
    m_readers[own] = &node;
    m_constants[own] = m_proto.mutable_graph()->mutable_initializer(m_proto.graph().initializer_size() - 1);
}

std::shared_ptr<const RunModel> FloatGraph::finish(const std::stop_token& stop)
{
    m_edit.removeUnused();
    return runModelOf(std::move(m_proto), *m_model, stop);
}

void multiplyAlong(FloatConstant& constant, std::size_t axis, std::span<const float> factors)
{
    std::size_t inner = 1;
    for (std::size_t i = axis + 1; i < constant.shape.size(); ++i)
        inner *= static_cast<std::size_t>(constant.shape[i]);
    for (std::size_t i = 0; i < constant.values.size(); ++i)
        constant.values[i] *= factors[i / inner % factors.size()];
}

} // namespace quantoscope
