// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/ptq.h"
#include "core/formats/numpy/npy.h"
#include "core/runtime/fake/fakesession.h"
#include "core/support/error.h"
#include "tests/core/onnxbuilder.h"

#include <QTest>

#include <cmath>
#include <random>

/// Small networks and samples for the tests of post-training quantization.
namespace ptqdata {

using namespace quantoscope;

/// One array whose axis 0 counts the samples.
class Stack : public SampleSource
{
public:
    explicit Stack(Tensor tensor) : m_tensor(std::move(tensor)) {}
    std::size_t count() const override { return static_cast<std::size_t>(m_tensor.shape.front()); }
    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        const FloatArray all = floatsOf(m_tensor);
        const std::size_t each = all.values.size() / count();
        std::vector<float> values;
        for (const std::size_t index : indices)
            values.insert(values.end(), all.values.begin() + static_cast<std::ptrdiff_t>(index * each),
                          all.values.begin() + static_cast<std::ptrdiff_t>((index + 1) * each));
        Shape shape = m_tensor.shape;
        shape.front() = static_cast<std::int64_t>(indices.size());
        return {{"", tensorFromFloats(shape, std::move(values))}};
    }
    std::array<std::uint8_t, 32> hash(std::size_t) const override { return {}; }
    std::string description() const override { return "a stack"; }

private:
    Tensor m_tensor;
};

inline std::vector<float> gauss(std::size_t count, std::uint32_t seed, float scale = 1)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(count);
    for (float& value : values)
        value = scale * normal(generator);
    return values;
}

inline Tensor gaussTensor(const Shape& shape, std::uint32_t seed)
{
    return tensorFromFloats(shape, gauss(*elementCount(shape), seed));
}

inline std::vector<float> floats(const Tensor& tensor)
{
    const FloatArray array = floatsOf(tensor);
    return {array.values.begin(), array.values.end()};
}

inline SampleOrder firstOnes(std::size_t count)
{
    SampleOrder order(count);
    for (std::size_t i = 0; i < count; ++i)
        order[i] = i;
    return order;
}

inline std::shared_ptr<const RunModel> bundled()
{
    return loadRunModel(QUANTOSCOPE_SOURCE_DIR "/resources/sample/digits.onnx");
}

/// The calibration digits, pixel / 255.
inline Stack digits()
{
    for (const NamedTensor& entry : readNpz(QUANTOSCOPE_SOURCE_DIR "/resources/sample/digits.npz")) {
        if (entry.name != "x_calib")
            continue;
        std::vector<float> pixels = floats(entry.tensor);
        for (float& pixel : pixels)
            pixel /= 255;
        return Stack(tensorFromFloats(entry.tensor.shape, std::move(pixels)));
    }
    qFatal("no x_calib");
}

/// A model from "x" to "y" with open first dimensions.
inline onnx::ModelProto modelOf(const Shape& input)
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(17);
    auto& graph = *model.mutable_graph();
    graph.set_name("g");
    auto& x = *graph.add_input();
    x.set_name("x");
    auto& type = *x.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("N");
    for (std::size_t i = 1; i < input.size(); ++i)
        type.mutable_shape()->add_dim()->set_dim_value(input[i]);
    auto& y = *graph.add_output();
    y.set_name("y");
    y.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    return model;
}

inline void addGauss(onnx::ModelProto& model, const std::string& name, const Shape& shape, std::uint32_t seed,
                     float scale = 1)
{
    onnxbuilder::addFloats(*model.mutable_graph(), name, shape, gauss(*elementCount(shape), seed, scale));
}

inline onnx::NodeProto& addNode(onnx::ModelProto& model, const std::string& op,
                                const std::vector<std::string>& inputs, const std::string& output)
{
    return onnxbuilder::addNode(*model.mutable_graph(), op, inputs, {output}, output + "Node");
}

inline std::shared_ptr<const RunModel> loaded(const onnx::ModelProto& model, const QString& folder)
{
    const QString path = folder + QStringLiteral("/model.onnx");
    onnxbuilder::writeModel(path, model);
    return loadRunModel(path.toStdString());
}

/// All values of that name on the samples, one after the other.
inline std::vector<float> valuesOn(const std::shared_ptr<const RunModel>& model, const SampleSource& samples,
                                   const SampleOrder& order, const std::string& name,
                                   std::shared_ptr<CustomOperators> operators = {})
{
    std::vector<float> all;
    capture(
        model, samples, order, {name}, {},
        [&](const CapturedValue& value) {
            const std::vector<float> own = floats(value.tensor);
            all.insert(all.end(), own.begin(), own.end());
        },
        {}, {}, std::move(operators));
    return all;
}

inline std::string firstOutput(const RunModel& model) { return model.proto.graph().output(0).name(); }

/// max |a - b| / max |a|
inline double relativeGap(const std::vector<float>& a, const std::vector<float>& b)
{
    double gap = a.size() == b.size() ? 0 : 1e9;
    double top = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        gap = std::max(gap, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
        top = std::max(top, std::abs(static_cast<double>(a[i])));
    }
    return gap / top;
}

inline double sqnrDb(const std::vector<float>& a, const std::vector<float>& b)
{
    double signal = 0;
    double noise = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        signal += static_cast<double>(a[i]) * static_cast<double>(a[i]);
        noise += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    }
    return 10 * std::log10(signal / noise);
}

inline PtqSettings settingsOf(const std::string& scheme, QuantizationMode mode = QuantizationMode::Static)
{
    PtqSettings settings;
    settings.schemes.scheme = parseScheme(scheme);
    settings.mode = mode;
    return settings;
}

/// The message of the Error that `work` throws; "" when it throws none.
template <class Work>
QString errorOf(Work work)
{
    try {
        work();
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace ptqdata
