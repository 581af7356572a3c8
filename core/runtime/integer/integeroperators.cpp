// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/integeroperators.h"

#include "core/support/error.h"
#include "core/support/progress.h"

#include <onnxruntime_cxx_api.h>

#include <array>
#include <mutex>

namespace quantoscope {

namespace {

struct SharedLayer
{
    std::unique_ptr<LayerOperator> layer;
    std::mutex mutex;
};

/// Nothing may be thrown through ONNX Runtime.
template <typename Body>
OrtStatusPtr asStatus(const Body& body)
{
    try {
        body();
        return nullptr;
    } catch (const std::exception& exception) {
        return Ort::GetApi().CreateStatus(ORT_RUNTIME_EXCEPTION, exception.what());
    } catch (const Cancelled&) {
        return Ort::GetApi().CreateStatus(ORT_FAIL, "cancelled");
    }
}

struct LayerNode
{
    SharedLayer& shared;

    OrtStatusPtr ComputeV2(OrtKernelContext* raw)
    {
        return asStatus([&] {
            const std::lock_guard lock(shared.mutex);
            LayerOperator& layer = *shared.layer;
            const Ort::KernelContext context(raw);
            const Ort::ConstValue x = context.GetInput(0);
            const Shape input = x.GetTensorTypeAndShapeInfo().GetShape();
            const Shape output = layer.outputShape(input);
            Ort::UnownedValue y = context.GetOutput(0, output.data(), output.size());
            LayerBuffers buffers;
            if (layer.readsCodes())
                buffers.codes = x.GetTensorData<std::int8_t>();
            else
                buffers.x = x.GetTensorData<float>();
            if (layer.writesCodes())
                buffers.nextCodes = y.GetTensorMutableData<std::int8_t>();
            else
                buffers.y = y.GetTensorMutableData<float>();
            layer.run(input, buffers);
        });
    }
};

using SharedLayers = std::vector<std::unique_ptr<SharedLayer>>;

ONNXTensorElementDataType typeOf(bool codes)
{
    return codes ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

struct LayerOp : Ort::CustomOpBase<LayerOp, LayerNode, true>
{
    const SharedLayers& layers;
    bool readsCodes;
    bool writesCodes;

    LayerOp(const SharedLayers& all, bool reads, bool writes)
        : layers(all), readsCodes(reads), writesCodes(writes)
    {
    }
    const char* GetName() const { return integerOp(readsCodes, writesCodes); }
    std::size_t GetInputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetInputType(std::size_t) const { return typeOf(readsCodes); }
    std::size_t GetOutputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetOutputType(std::size_t) const { return typeOf(writesCodes); }

    OrtStatusPtr CreateKernelV2(const OrtApi&, const OrtKernelInfo* raw, void** kernel) const
    {
        return asStatus([&] {
            const auto index = Ort::ConstKernelInfo(raw).GetAttribute<std::int64_t>(integerIndex);
            if (index < 0 || static_cast<std::size_t>(index) >= layers.size())
                throw Error(ErrorCode::InvalidArgument, "The model asks for quantized layer "
                                                            + std::to_string(index) + " of "
                                                            + std::to_string(layers.size()) + ".");
            SharedLayer& shared = *layers[static_cast<std::size_t>(index)];
            if (shared.layer->readsCodes() != readsCodes || shared.layer->writesCodes() != writesCodes)
                throw Error(ErrorCode::InvalidArgument,
                            "Quantized layer '" + shared.layer->name() + "' is no " + GetName() + ".");
            *kernel = new LayerNode{shared};
        });
    }
};

struct CodeNode
{
    const CodeOperator& shared;
    const CodeOpForm& form;

    OrtStatusPtr ComputeV2(OrtKernelContext* raw)
    {
        return asStatus([&] {
            const Ort::KernelContext context(raw);
            std::array<CodeInput, 2> all;
            const std::span<CodeInput> inputs = std::span(all).first(form.takesCodes.size());
            for (std::size_t i = 0; i < inputs.size(); ++i) {
                const Ort::ConstValue x = context.GetInput(i);
                inputs[i].shape = x.GetTensorTypeAndShapeInfo().GetShape();
                if (form.takesCodes[i])
                    inputs[i].codes = x.GetTensorData<std::int8_t>();
                else
                    inputs[i].reals = x.GetTensorData<float>();
            }
            const Shape output = shared.outputShape(inputs);
            Ort::UnownedValue y = context.GetOutput(0, output.data(), output.size());
            CodeOutput out;
            if (form.writesCodes)
                out.codes = y.GetTensorMutableData<std::int8_t>();
            else
                out.reals = y.GetTensorMutableData<float>();
            shared.run(inputs, out);
        });
    }
};

using CodeOperators = std::vector<std::unique_ptr<CodeOperator>>;

struct CodeOp : Ort::CustomOpBase<CodeOp, CodeNode, true>
{
    const CodeOperators& operators;
    const CodeOpForm& form;

    CodeOp(const CodeOperators& all, const CodeOpForm& which) : operators(all), form(which) {}
    const char* GetName() const { return form.name; }
    std::size_t GetInputTypeCount() const { return form.takesCodes.size(); }
    ONNXTensorElementDataType GetInputType(std::size_t i) const { return typeOf(form.takesCodes[i]); }
    std::size_t GetOutputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetOutputType(std::size_t) const { return typeOf(form.writesCodes); }

    OrtStatusPtr CreateKernelV2(const OrtApi&, const OrtKernelInfo* raw, void** kernel) const
    {
        return asStatus([&] {
            const auto index = Ort::ConstKernelInfo(raw).GetAttribute<std::int64_t>(integerIndex);
            if (index < 0 || static_cast<std::size_t>(index) >= operators.size()
                || operators[static_cast<std::size_t>(index)]->op() != std::string_view(form.name))
                throw Error(ErrorCode::InvalidArgument, "The model asks for operator " + std::to_string(index)
                                                            + " of " + std::to_string(operators.size())
                                                            + " on codes as a " + form.name + ".");
            *kernel = new CodeNode{*operators[static_cast<std::size_t>(index)], form};
        });
    }
};

class IntegerOperators : public CustomOperators
{
public:
    IntegerOperators(std::vector<std::unique_ptr<LayerOperator>> layers, CodeOperators between)
        : m_between(std::move(between)), m_domain(integerDomain)
    {
        for (std::unique_ptr<LayerOperator>& layer : layers) {
            m_layers.push_back(std::make_unique<SharedLayer>());
            m_layers.back()->layer = std::move(layer);
        }
        for (LayerOp& op : m_ops)
            m_domain.Add(&op);
        for (const CodeOpForm& form : codeOps())
            m_codeOps.push_back(std::make_unique<CodeOp>(m_between, form));
        for (const std::unique_ptr<CodeOp>& op : m_codeOps)
            m_domain.Add(op.get());
    }
    IntegerOperators(const IntegerOperators&) = delete;
    IntegerOperators& operator=(const IntegerOperators&) = delete;
    OrtCustomOpDomain* domain() override { return m_domain; }

private:
    SharedLayers m_layers;
    std::array<LayerOp, 4> m_ops = {LayerOp(m_layers, false, false), LayerOp(m_layers, false, true),
                                    LayerOp(m_layers, true, false), LayerOp(m_layers, true, true)};
    CodeOperators m_between;
    std::vector<std::unique_ptr<CodeOp>> m_codeOps;
    Ort::CustomOpDomain m_domain;
};

} // namespace

const char* integerOp(bool readsCodes, bool writesCodes)
{
    if (readsCodes)
        return writesCodes ? "QuantizedLayerOnCodes" : "QuantizedLayerFromCodes";
    return writesCodes ? "QuantizedLayerToCodes" : "QuantizedLayer";
}

std::shared_ptr<CustomOperators> integerOperators(std::vector<std::unique_ptr<LayerOperator>> layers,
                                                  std::vector<std::unique_ptr<CodeOperator>> between)
{
    return std::make_shared<IntegerOperators>(std::move(layers), std::move(between));
}

} // namespace quantoscope
