// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/onnxreader.h"

#include <onnx/onnx_pb.h>

#include <QByteArray>
#include <QFile>
#include <QString>

#include <cstring>
#include <numeric>
#include <string>
#include <vector>

/// Writes small ONNX models for tests.
namespace onnxbuilder {

using Dims = std::vector<std::int64_t>;

inline std::int64_t product(const Dims& dims)
{
    return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

inline void setRaw(onnx::TensorProto& tensor, const std::string& name, int type, const Dims& dims,
                   const std::string& bytes)
{
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const auto dim : dims)
        tensor.add_dims(dim);
    tensor.set_raw_data(bytes);
}

template <class T>
std::string bytesOf(const std::vector<T>& values)
{
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
void addTensor(onnx::GraphProto& graph, const std::string& name, int type, const Dims& dims,
               const std::vector<T>& values)
{
    setRaw(*graph.add_initializer(), name, type, dims, bytesOf(values));
}

/// 0, 1, 2, … as floats.
inline std::vector<float> counting(std::int64_t count)
{
    std::vector<float> values(static_cast<std::size_t>(count));
    std::iota(values.begin(), values.end(), 0.0f);
    return values;
}

inline void addFloats(onnx::GraphProto& graph, const std::string& name, const Dims& dims)
{
    addTensor(graph, name, onnx::TensorProto::FLOAT, dims, counting(product(dims)));
}

inline void addFloats(onnx::GraphProto& graph, const std::string& name, const Dims& dims,
                      const std::vector<float>& values)
{
    addTensor(graph, name, onnx::TensorProto::FLOAT, dims, values);
}

inline void addInts(onnx::GraphProto& graph, const std::string& name, const Dims& values)
{
    addTensor(graph, name, onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())}, values);
}

inline onnx::NodeProto& addNode(onnx::GraphProto& graph, const std::string& op,
                                const std::vector<std::string>& inputs,
                                const std::vector<std::string>& outputs, const std::string& name = {})
{
    auto& node = *graph.add_node();
    node.set_op_type(op);
    node.set_name(name);
    for (const auto& input : inputs)
        node.add_input(input);
    for (const auto& output : outputs)
        node.add_output(output);
    return node;
}

inline void setInt(onnx::NodeProto& node, const std::string& name, std::int64_t value)
{
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
}

inline void setInts(onnx::NodeProto& node, const std::string& name, const Dims& values)
{
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const auto value : values)
        attribute.add_ints(value);
}

inline onnx::GraphProto& setGraph(onnx::NodeProto& node, const std::string& name)
{
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    return *attribute.mutable_g();
}

/// A model whose graph has the input "x".
inline onnx::ModelProto emptyModel()
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.set_producer_name("test");
    model.add_opset_import()->set_version(21);
    model.mutable_graph()->set_name("g");
    model.mutable_graph()->add_input()->set_name("x");
    return model;
}

inline void writeBytes(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

inline void writeModel(const QString& path, const onnx::ModelProto& model)
{
    writeBytes(path, QByteArray::fromStdString(model.SerializeAsString()));
}

inline std::shared_ptr<const quantoscope::Network> writeAndRead(const QString& path,
                                                                const onnx::ModelProto& model)
{
    writeModel(path, model);
    return quantoscope::readOnnx(path.toStdString());
}

inline std::vector<float> weightValues(const quantoscope::Network& network, std::size_t layer)
{
    const auto values = valuesOf(network.weightOf(network.layers.at(layer)));
    return {values.values.begin(), values.values.end()};
}

} // namespace onnxbuilder
