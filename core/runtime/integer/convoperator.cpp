// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/layeroperator.h"

#include "core/support/error.h"

namespace quantoscope {

namespace {

void setGeometry(LayerCall& call, const ConvGeometry& geometry) { call.conv = geometry; }
void setGeometry(LayerCall& call, const TransposeGeometry& geometry) { call.transposed = geometry; }

/// Form: ConvForm or TransposeForm.
template <typename Form>
class ConvOperator : public LayerOperator
{
public:
    using Geometry = decltype(Form::geometry);

    ConvOperator(std::string name, std::unique_ptr<LayerKernel> kernel, RangeShare share, Form form)
        : LayerOperator(std::move(name), std::move(kernel), share), m_form(std::move(form))
    {
    }

    Shape outputShape(const Shape& input) const override
    {
        const Geometry& conv = geometryFor(input);
        if (m_writesCodes || m_writesPixels)
            return {input[0], conv.y.output(), conv.x.output(), conv.outputs};
        if (m_form.oneAxis)
            return {input[0], conv.outputs, conv.x.output()};
        return {input[0], conv.outputs, conv.y.output(), conv.x.output()};
    }

    void run(const Shape& input, const LayerBuffers& buffers) override
    {
        LayerCall call;
        setGeometry(call, geometryFor(input));
        call.rows = static_cast<std::size_t>(input[0]);
        call.rowsPerRange = rowsPerRange(1, call.rows);
        call.x = buffers.x;
        call.y = buffers.y;
        call.toPixels = m_writesPixels;
        call.codes = buffers.codes;
        call.nextCodes = buffers.nextCodes;
        m_kernel->runOn(call);
    }

    bool canWriteCodes(const RowRule& next) override { return m_kernel->writeCodes(next).empty(); }
    void writeCodes(const RowRule& next) override { m_writesCodes = canWriteCodes(next); }
    bool canWritePixels() const override { return !m_form.oneAxis && m_kernel->writesPixels(); }
    std::int64_t imageChannels() const override { return m_form.oneAxis ? 0 : m_form.geometry.outputs; }

private:
    /// Codes are [n][y][x][channels] over two axes, whatever the floats are.
    const Geometry& geometryFor(const Shape& input) const
    {
        if (input != m_lastInput) {
            m_last = checkedGeometry(input);
            m_lastInput = input;
        }
        return m_last;
    }

    Geometry checkedGeometry(const Shape& input) const
    {
        const std::size_t rank = m_form.oneAxis && !m_readsCodes ? 3 : 4;
        const std::size_t channels = m_readsCodes ? 3 : 1;
        if (input.size() != rank || input[channels] != m_form.geometry.channels)
            refuse(input, "images of " + std::to_string(m_form.geometry.channels) + " channels over "
                              + (m_form.oneAxis ? "one axis" : "two axes"));
        const std::size_t height = m_readsCodes ? 1 : 2;
        const Geometry conv =
            rank == 3 ? m_form.of(1, input[2]) : m_form.of(input[height], input[height + 1]);
        try {
            conv.validate();
        } catch (const Error& error) {
            refuse(input, std::string("other images (") + error.what() + ")");
        }
        return conv;
    }

    Form m_form;
    mutable Shape m_lastInput; ///< images seldom change their size: their geometry is checked once
    mutable Geometry m_last;
};

template <typename Form>
auto ofSize(const Form& form, std::int64_t height, std::int64_t width)
{
    auto conv = form.geometry;
    conv.y.input = height;
    conv.x.input = width;
    conv.y = withAutoPad(conv.y, form.autoPad);
    conv.x = withAutoPad(conv.x, form.autoPad);
    return conv;
}

} // namespace

ConvGeometry ConvForm::of(std::int64_t height, std::int64_t width) const
{
    return ofSize(*this, height, width);
}

TransposeGeometry TransposeForm::of(std::int64_t height, std::int64_t width) const
{
    return ofSize(*this, height, width);
}

std::unique_ptr<LayerOperator> makeConvOperator(std::string name, std::unique_ptr<LayerKernel> kernel,
                                                RangeShare share, ConvForm form)
{
    return std::make_unique<ConvOperator<ConvForm>>(std::move(name), std::move(kernel), share,
                                                    std::move(form));
}

std::unique_ptr<LayerOperator> makeTransposeOperator(std::string name, std::unique_ptr<LayerKernel> kernel,
                                                     RangeShare share, TransposeForm form)
{
    return std::make_unique<ConvOperator<TransposeForm>>(std::move(name), std::move(kernel), share,
                                                         std::move(form));
}

} // namespace quantoscope
