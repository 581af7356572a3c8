// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/fake/activationop.h"

#include "core/support/error.h"
#include "core/support/progress.h"

#include <onnxruntime_cxx_api.h>

namespace quantoscope {

namespace {

using Quantizers = std::vector<ActivationQuantizer>;

/// Nothing may be thrown through ONNX Runtime's C interface.
template <class Body>
OrtStatusPtr asStatus(Body body)
{
    try {
        body();
        return nullptr;
    } catch (const std::exception& error) {
        return Ort::Status(error.what(), ORT_FAIL).release();
    } catch (const Cancelled&) {
        return Ort::Status("cancelled", ORT_FAIL).release();
    }
}

class ActivationKernel
{
public:
    explicit ActivationKernel(const ActivationQuantizer& quantizer) : m_quantizer(quantizer) {}

    OrtStatusPtr ComputeV2(OrtKernelContext* raw)
    {
        return asStatus([&] {
            const Ort::KernelContext context(raw);
            const Ort::ConstValue input = context.GetInput(0);
            const Shape shape = input.GetTensorTypeAndShapeInfo().GetShape();
            const std::size_t count = elementCount(shape).value_or(0);
            Ort::UnownedValue output = context.GetOutput(0, shape);
            m_quantizer.run(shape, {input.GetTensorData<float>(), count},
                            {output.GetTensorMutableData<float>(), count});
        });
    }

private:
    const ActivationQuantizer& m_quantizer;
};

/// Named as ONNX Runtime's base class demands. It infers no shape: what ONNX Runtime tells of unknown ones cannot be told from known.
class ActivationOperator : public Ort::CustomOpBase<ActivationOperator, ActivationKernel, true>
{
public:
    explicit ActivationOperator(const Quantizers& quantizers) : m_quantizers(quantizers) {}

    OrtStatusPtr CreateKernelV2(const OrtApi&, const OrtKernelInfo* info, void** kernel) const
    {
        return asStatus([&] {
            const auto rule = Ort::ConstKernelInfo(info).GetAttribute<std::int64_t>(activationRuleAttribute);
            *kernel = new ActivationKernel(m_quantizers.at(static_cast<std::size_t>(rule)));
        });
    }
    const char* GetName() const { return activationOp; }
    std::size_t GetInputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetInputType(std::size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
    std::size_t GetOutputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetOutputType(std::size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }

private:
    const Quantizers& m_quantizers;
};

class ActivationOperators : public CustomOperators
{
public:
    ActivationOperators(std::vector<ActivationRule> rules, Isa isa)
    {
        for (ActivationRule& rule : rules)
            m_quantizers.emplace_back(std::move(rule), isa);
        m_domain.Add(&m_operator);
    }
    OrtCustomOpDomain* domain() override { return m_domain; }

private:
    Quantizers m_quantizers;
    ActivationOperator m_operator{m_quantizers};
    Ort::CustomOpDomain m_domain{activationDomain};
};

} // namespace

std::shared_ptr<CustomOperators> activationOperators(std::vector<ActivationRule> rules, Isa isa)
{
    return std::make_shared<ActivationOperators>(std::move(rules), isa);
}

} // namespace quantoscope
