// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/layeroperator.h"

#include "core/support/error.h"

namespace quantoscope {

namespace {

class ConvOperator : public LayerOperator
{
public:
    ConvOperator(std::string name, std::unique_ptr<LayerKernel> kernel, RangeShare share, ConvForm form)
        : LayerOperator(std::move(name), std::move(kernel), share), m_form(std::move(form))
    {
    }

    Shape outputShape(const Shape& input) const override
    {
        const ConvGeometry& conv = geometryFor(input);
        if (m_writesCodes)
            return {input[0], conv.y.output(), conv.x.output(), conv.outputs};
        if (m_form.oneAxis)
            return {input[0], conv.outputs, conv.x.output()};
        return {input[0], conv.outputs, conv.y.output(), conv.x.output()};
    }

    void run(const Shape& input, const LayerBuffers& buffers) override
    {
        LayerCall call;
        call.conv = geometryFor(input);
        call.rows = static_cast<std::size_t>(input[0]);
        call.rowsPerRange = rowsPerRange(1, call.rows);
        call.x = buffers.x;
        call.y = buffers.y;
        call.codes = buffers.codes;
        call.nextCodes = buffers.nextCodes;
        m_kernel->runOn(call);
    }

    bool writeCodes(const RowRule& next) override
    {
        m_writesCodes = m_kernel->writeCodes(next).empty();
        return m_writesCodes;
    }

private:
    /// Codes are [n][y][x][channels] over two axes, whatever the floats are.
    const ConvGeometry& geometryFor(const Shape& input) const
    {
        if (input != m_lastInput) {
            m_last = checkedGeometry(input);
            m_lastInput = input;
        }
        return m_last;
    }

    ConvGeometry checkedGeometry(const Shape& input) const
    {
        const std::size_t rank = m_form.oneAxis && !m_readsCodes ? 3 : 4;
        const std::size_t channels = m_readsCodes ? 3 : 1;
        if (input.size() != rank || input[channels] != m_form.geometry.channels)
            refuse(input, "images of " + std::to_string(m_form.geometry.channels) + " channels over "
                              + (m_form.oneAxis ? "one axis" : "two axes"));
        const std::size_t height = m_readsCodes ? 1 : 2;
        const ConvGeometry conv =
            rank == 3 ? m_form.of(1, input[2]) : m_form.of(input[height], input[height + 1]);
        try {
            conv.validate();
        } catch (const Error& error) {
            refuse(input, std::string("other images (") + error.what() + ")");
        }
        return conv;
    }

    ConvForm m_form;
    mutable Shape m_lastInput; ///< images seldom change their size: their geometry is checked once
    mutable ConvGeometry m_last;
};

} // namespace

ConvGeometry ConvForm::of(std::int64_t height, std::int64_t width) const
{
    ConvGeometry conv = geometry;
    conv.y.input = height;
    conv.x.input = width;
    conv.y = withAutoPad(conv.y, autoPad);
    conv.x = withAutoPad(conv.x, autoPad);
    return conv;
}

std::unique_ptr<LayerOperator> makeConvOperator(std::string name, std::unique_ptr<LayerKernel> kernel,
                                                RangeShare share, ConvForm form)
{
    return std::make_unique<ConvOperator>(std::move(name), std::move(kernel), share, std::move(form));
}

} // namespace quantoscope
