// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/integeroperators.h"

#include "core/support/error.h"
#include "core/support/progress.h"

#include <onnxruntime_cxx_api.h>

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
            const Ort::KernelContext context(raw);
            const Ort::ConstValue x = context.GetInput(0);
            const Shape input = x.GetTensorTypeAndShapeInfo().GetShape();
            const Shape output = shared.layer->outputShape(input);
            Ort::UnownedValue y = context.GetOutput(0, output.data(), output.size());
            shared.layer->run(x.GetTensorData<float>(), input, y.GetTensorMutableData<float>());
        });
    }
};

struct LayerOp : Ort::CustomOpBase<LayerOp, LayerNode, true>
{
    std::vector<std::unique_ptr<SharedLayer>> layers;

    const char* GetName() const { return integerOp; }
    std::size_t GetInputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetInputType(std::size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
    std::size_t GetOutputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetOutputType(std::size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }

    OrtStatusPtr CreateKernelV2(const OrtApi&, const OrtKernelInfo* raw, void** kernel) const
    {
        return asStatus([&] {
            const auto index = Ort::ConstKernelInfo(raw).GetAttribute<std::int64_t>(integerIndex);
            if (index < 0 || static_cast<std::size_t>(index) >= layers.size())
                throw Error(ErrorCode::InvalidArgument, "The model asks for quantized layer "
                                                            + std::to_string(index) + " of "
                                                            + std::to_string(layers.size()) + ".");
            *kernel = new LayerNode{*layers[static_cast<std::size_t>(index)]};
        });
    }
};

class IntegerOperators : public CustomOperators
{
public:
    explicit IntegerOperators(std::vector<std::unique_ptr<LayerOperator>> layers) : m_domain(integerDomain)
    {
        for (std::unique_ptr<LayerOperator>& layer : layers) {
            m_op.layers.push_back(std::make_unique<SharedLayer>());
            m_op.layers.back()->layer = std::move(layer);
        }
        m_domain.Add(&m_op);
    }
    OrtCustomOpDomain* domain() override { return m_domain; }

private:
    LayerOp m_op;
    Ort::CustomOpDomain m_domain;
};

} // namespace

std::shared_ptr<CustomOperators> integerOperators(std::vector<std::unique_ptr<LayerOperator>> layers)
{
    return std::make_shared<IntegerOperators>(std::move(layers));
}

} // namespace quantoscope
