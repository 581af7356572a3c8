// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/paired/errorsums.h"

#include "core/runtime/paired/pairederror.h"

#include <onnxruntime_cxx_api.h>

namespace quantoscope {

namespace {

template <typename T, typename Convert>
PairSums sumsOf(const Ort::ConstValue& reference, const Ort::ConstValue& other, Convert convert)
{
    const auto* const x = reference.GetTensorData<T>();
    const auto* const y = other.GetTensorData<T>();
    const std::size_t count = reference.GetTensorTypeAndShapeInfo().GetElementCount();
    PairSums sums;
    for (std::size_t i = 0; i < count; ++i)
        sums.add(convert(x[i]), convert(y[i]));
    return sums;
}

PairSums compare(const Ort::ConstValue& reference, const Ort::ConstValue& other)
{
    const auto left = reference.GetTensorTypeAndShapeInfo();
    const auto right = other.GetTensorTypeAndShapeInfo();
    if (left.GetElementType() != right.GetElementType() || left.GetShape() != right.GetShape())
        return {};
    switch (left.GetElementType()) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
        return sumsOf<float>(reference, other, [](float value) { return value; });
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
        return sumsOf<double>(reference, other, [](double value) { return static_cast<float>(value); });
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
        return sumsOf<std::uint16_t>(reference, other,
                                     [](std::uint16_t value) { return floatFromHalf(value); });
    default:
        return {};
    }
}

struct Kernel
{
    OrtStatusPtr ComputeV2(OrtKernelContext* raw)
    {
        try {
            const Ort::KernelContext context(raw);
            const PairSums sums = compare(context.GetInput(0), context.GetInput(1));
            const std::array<std::int64_t, 1> shape{static_cast<std::int64_t>(errorSumCount)};
            auto* const out = context.GetOutput(0, shape.data(), shape.size()).GetTensorMutableData<double>();
            const std::array<double, errorSumCount> values{static_cast<double>(sums.count),
                                                           static_cast<double>(sums.nonFinite),
                                                           sums.signal,
                                                           sums.noise,
                                                           sums.product,
                                                           sums.other,
                                                           sums.maxError};
            std::copy(values.begin(), values.end(), out);
            return nullptr;
        } catch (const std::exception& error) {
            return Ort::Status(error.what(), ORT_FAIL).release();
        }
    }
};

struct Operator : Ort::CustomOpBase<Operator, Kernel, true>
{
    OrtStatusPtr CreateKernelV2(const OrtApi&, const OrtKernelInfo*, void** kernel) const
    {
        *kernel = new Kernel;
        return nullptr;
    }
    const char* GetName() const { return errorSumsOp; }
    std::size_t GetInputTypeCount() const { return 2; }
    ONNXTensorElementDataType GetInputType(std::size_t) const
    {
        return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED; // any
    }
    std::size_t GetOutputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetOutputType(std::size_t) const
    {
        return ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
    }
};

class PairedOperators : public CustomOperators
{
public:
    explicit PairedOperators(std::shared_ptr<CustomOperators> rest) : m_domain(pairedDomain)
    {
        next = std::move(rest);
        m_domain.Add(&m_operator);
    }
    OrtCustomOpDomain* domain() override { return m_domain; }

private:
    Operator m_operator;
    Ort::CustomOpDomain m_domain;
};

} // namespace

std::shared_ptr<CustomOperators> pairedOperators(std::shared_ptr<CustomOperators> rest)
{
    return std::make_shared<PairedOperators>(std::move(rest));
}

} // namespace quantoscope
