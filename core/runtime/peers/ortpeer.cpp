// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/peers/ortpeer.h"

#include "core/formats/onnx/tensordecoder.h"
#include "core/kernels/alignedbuffer.h"
#include "core/runtime/environment.h"
#include "core/runtime/peers/ortmodel.h"
#include "core/support/error.h"

#include <algorithm>
#include <cstring>

namespace quantoscope {

namespace {

using Buffer = std::shared_ptr<AlignedBuffer<std::byte>>;

/// Memory whose address stays, and ONNX Runtime's view of it.
struct Bound
{
    std::string name;
    DType type = DType::F32;
    Shape shape;
    Buffer bytes;
    Ort::Value value{nullptr};

    Bound(std::string boundName, DType boundType, Shape boundShape)
        : name(std::move(boundName)), type(boundType), shape(std::move(boundShape)),
          bytes(
              std::make_shared<AlignedBuffer<std::byte>>(packedBytes(type, elementCount(shape).value_or(0))))
    {
        const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
        value = Ort::Value::CreateTensor(memory, bytes->data(), bytes->size(), shape.data(), shape.size(),
                                         static_cast<ONNXTensorElementDataType>(onnxTypeOf(type)));
    }
};

template <typename Function>
auto withErrors(const std::string& op, Function function)
{
    try {
        return function();
    } catch (const Ort::Exception& exception) {
        throw Error(ErrorCode::Unsupported, "ONNX Runtime does not run " + op + ": " + exception.what(), op);
    }
}

} // namespace

struct OrtPeer::Session
{
    Session(const OrtNode& node, int threads) : op(node.op), model(ortModel(node))
    {
        session = Ort::Session(*env, model.data(), model.size(), sessionOptions(threads));
        model = {};
        places.resize(node.inputs.size());
        for (std::size_t i = 0; i < node.inputs.size(); ++i)
            if (node.inputs[i] && !node.inputs[i]->constant)
                addInput(i, node.inputs[i]->tensor);
        const std::vector<Ort::Value> first = firstRun(node.outputs.size());
        for (std::size_t i = 0; i < first.size(); ++i)
            outputs.emplace_back(ortOutputName(i), node.outputs[i],
                                 first[i].GetTensorTypeAndShapeInfo().GetShape());
        binding = Ort::IoBinding(session);
        for (const Bound& input : inputs)
            binding.BindInput(input.name.c_str(), input.value);
        for (const Bound& output : outputs)
            binding.BindOutput(output.name.c_str(), output.value);
        run();
    }

    void addInput(std::size_t place, const Tensor& tensor)
    {
        places[place] = inputs.size();
        inputs.emplace_back(ortInputName(place), tensor.dtype, tensor.shape);
        std::copy(tensor.bytes.begin(), tensor.bytes.end(), inputs.back().bytes->data());
    }

    /// With outputs that ONNX Runtime allocates: only it knows their shapes.
    std::vector<Ort::Value> firstRun(std::size_t outputCount)
    {
        std::vector<const char*> names;
        std::vector<std::string> outputNames;
        std::vector<const char*> outputPointers;
        std::vector<const OrtValue*> values;
        for (const Bound& input : inputs) {
            names.push_back(input.name.c_str());
            values.push_back(input.value);
        }
        for (std::size_t i = 0; i < outputCount; ++i)
            outputNames.push_back(ortOutputName(i));
        for (const std::string& name : outputNames)
            outputPointers.push_back(name.c_str());
        std::vector<OrtValue*> results(outputCount);
        Ort::ThrowOnError(Ort::GetApi().Run(session, nullptr, names.data(), values.data(), values.size(),
                                            outputPointers.data(), outputCount, results.data()));
        std::vector<Ort::Value> owned;
        for (OrtValue* const result : results)
            owned.emplace_back(result);
        return owned;
    }

    void run() { session.Run(options, binding); }

    std::string op;
    std::string model;
    std::shared_ptr<Ort::Env> env = environment();
    Ort::Session session{nullptr};
    std::vector<std::size_t> places; ///< in `inputs`, by the node's inputs that are no constants
    std::vector<Bound> inputs;
    std::vector<Bound> outputs;
    Ort::RunOptions options;
    Ort::IoBinding binding{nullptr};
};

OrtPeer::OrtPeer(const OrtNode& node, int threads)
{
    m_session = withErrors(node.op, [&] { return std::make_unique<Session>(node, threads); });
}

OrtPeer::~OrtPeer() = default;
OrtPeer::OrtPeer(OrtPeer&&) noexcept = default;
OrtPeer& OrtPeer::operator=(OrtPeer&&) noexcept = default;

void OrtPeer::run()
{
    withErrors(m_session->op, [this] { m_session->run(); });
}

std::span<std::byte> OrtPeer::input(std::size_t index)
{
    return m_session->inputs.at(m_session->places.at(index)).bytes->span();
}

Tensor OrtPeer::output(std::size_t index) const
{
    const Bound& bound = m_session->outputs.at(index);
    return {bound.type, bound.shape, std::as_const(*bound.bytes).span(), bound.bytes};
}

template <typename T>
constexpr DType dtypeOf = DType::F32;
template <>
constexpr DType dtypeOf<std::int8_t> = DType::I8;
template <>
constexpr DType dtypeOf<std::uint8_t> = DType::U8;
template <>
constexpr DType dtypeOf<std::int32_t> = DType::I32;

template <typename T>
Tensor tensorFrom(Shape shape, std::span<const T> values)
{
    if (elementCount(shape) != values.size())
        throw Error(ErrorCode::InvalidArgument, "A tensor of shape " + toText(shape) + " cannot hold "
                                                    + std::to_string(values.size()) + " values.");
    const auto owner = std::make_shared<std::vector<T>>(values.begin(), values.end());
    return {dtypeOf<T>, std::move(shape), std::as_bytes(std::span(*owner)), owner};
}

template <typename T>
std::vector<T> valuesOf(const Tensor& tensor)
{
    if (tensor.dtype != dtypeOf<T>)
        throw Error(ErrorCode::InvalidArgument, "A tensor of " + std::string(nameOf(tensor.dtype))
                                                    + " was read as " + std::string(nameOf(dtypeOf<T>))
                                                    + ".");
    std::vector<T> values(tensor.size());
    if (!values.empty())
        std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
}

template Tensor tensorFrom(Shape, std::span<const float>);
template Tensor tensorFrom(Shape, std::span<const std::int8_t>);
template Tensor tensorFrom(Shape, std::span<const std::uint8_t>);
template Tensor tensorFrom(Shape, std::span<const std::int32_t>);
template std::vector<float> valuesOf(const Tensor&);
template std::vector<std::int8_t> valuesOf(const Tensor&);
template std::vector<std::uint8_t> valuesOf(const Tensor&);
template std::vector<std::int32_t> valuesOf(const Tensor&);

} // namespace quantoscope
