// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/layerkernel.h"
#include "core/runtime/quantizednetwork.h"
#include "core/tensor/shape.h"

#include <memory>
#include <string>
#include <vector>

namespace quantoscope {

/// Which values share a dynamic range: a row of a product or an image, a sample, or all of a call.
enum class RangeShare { Row, Sample, Tensor };

/// A node of a network as one of our kernels runs it, on inputs of any size. For one call at a time.
class LayerOperator
{
public:
    LayerOperator(std::string name, std::unique_ptr<LayerKernel> kernel, RangeShare share)
        : m_name(std::move(name)), m_kernel(std::move(kernel)), m_share(share)
    {
    }
    virtual ~LayerOperator() = default;

    /// Throws Error(InvalidArgument) naming layer and shape where the input does not fit.
    virtual Shape outputShape(const Shape& input) const = 0;
    /// Floats of these shapes, row-major. Throws Error.
    virtual void run(const float* x, const Shape& input, float* y) = 0;

    const std::string& name() const { return m_name; }
    const LayerKernel& kernel() const { return *m_kernel; }

protected:
    [[noreturn]] void refuse(const Shape& input, const std::string& wanted) const;
    /// Rows in a call that share a range, where a sample has `perSample` of all of them.
    std::size_t rowsPerRange(std::size_t perSample, std::size_t rows) const;

    std::string m_name;
    std::unique_ptr<LayerKernel> m_kernel;
    RangeShare m_share;
};

/// What MatMul and Gemm do around the product of rows with ŵᵀ.
struct ProductForm
{
    bool isGemm = false;
    bool inputTurned = false;  ///< matrices [depth][rows]: Gemm's transA, and x of y = ŵ · x
    bool outputTurned = false; ///< matrices [outputs][rows]: y = ŵ · x
    float alpha = 1; ///< y = alpha · x · ŵᵀ + bias, clamped; where it is 1 the kernel has done that already
    std::vector<float> bias;
    float low = 0;
    float high = 0;
    std::size_t outputs = 0;
    std::size_t depth = 0;
};

std::unique_ptr<LayerOperator> makeProductOperator(std::string name, std::unique_ptr<LayerKernel> kernel,
                                                   RangeShare share, ProductForm form);

/// A convolution over one or two axes but for the sizes of its images; those of one axis have a y axis of 1.
struct ConvForm
{
    ConvGeometry geometry; ///< its inputs are the smallest possible
    AutoPad autoPad = AutoPad::NotSet;
    bool oneAxis = false;

    ConvGeometry of(std::int64_t height, std::int64_t width) const;
};

std::unique_ptr<LayerOperator> makeConvOperator(std::string name, std::unique_ptr<LayerKernel> kernel,
                                                RangeShare share, ConvForm form);

} // namespace quantoscope
