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

/// What a call reads and writes: floats as ONNX lays them out, or integers between our operators, images [n][y][x][channels].
struct LayerBuffers
{
    const float* x = nullptr;
    const std::int8_t* codes = nullptr; ///< in place of x, where the operator reads codes
    float* y = nullptr;
    std::int8_t* nextCodes = nullptr; ///< in place of y, where it writes codes
};

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
    /// Throws Error.
    virtual void run(const Shape& input, const LayerBuffers& buffers) = 0;

    const std::string& name() const { return m_name; }
    const LayerKernel& kernel() const { return *m_kernel; }

    /// From now on integers of the kernel's codeRule() come in.
    void readCodes() { m_readsCodes = true; }
    bool readsCodes() const { return m_readsCodes; }
    /// Whether writeCodes() would do.
    virtual bool canWriteCodes(const RowRule& /*next*/) { return false; }
    /// From now on integers of that rule go out; for those that can.
    virtual void writeCodes(const RowRule& /*next*/) {}
    bool writesCodes() const { return m_writesCodes; }

    /// Whether results may go out as floats [n][y][x][channels].
    virtual bool canWritePixels() const { return false; }
    /// From now on they do; for those that can.
    void writePixels() { m_writesPixels = true; }
    /// Channels of the images over two axes that are its results; 0: they are no such images.
    virtual std::int64_t imageChannels() const { return 0; }

protected:
    [[noreturn]] void refuse(const Shape& input, const std::string& wanted) const;
    /// Rows in a call that share a range, where a sample has `perSample` of all of them.
    std::size_t rowsPerRange(std::size_t perSample, std::size_t rows) const;

    std::string m_name;
    std::unique_ptr<LayerKernel> m_kernel;
    RangeShare m_share;
    bool m_readsCodes = false;
    bool m_writesCodes = false;
    bool m_writesPixels = false;
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

/// The same for a transposed convolution.
struct TransposeForm
{
    TransposeGeometry geometry;
    AutoPad autoPad = AutoPad::NotSet;
    bool oneAxis = false;

    TransposeGeometry of(std::int64_t height, std::int64_t width) const;
};

std::unique_ptr<LayerOperator> makeTransposeOperator(std::string name, std::unique_ptr<LayerKernel> kernel,
                                                     RangeShare share, TransposeForm form);

} // namespace quantoscope
