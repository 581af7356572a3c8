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
        const ConvGeometry conv = geometryFor(input);
        if (m_form.oneAxis)
            return {input[0], conv.outputs, conv.x.output()};
        return {input[0], conv.outputs, conv.y.output(), conv.x.output()};
    }

    void run(const float* x, const Shape& input, float* y) override
    {
        LayerCall call;
        call.conv = geometryFor(input);
        call.rows = static_cast<std::size_t>(input[0]);
        call.rowsPerRange = rowsPerRange(1, call.rows);
        call.x = x;
        call.y = y;
        m_kernel->runOn(call);
    }

private:
    ConvGeometry geometryFor(const Shape& input) const
    {
        const std::size_t rank = m_form.oneAxis ? 3 : 4;
        if (input.size() != rank || input[1] != m_form.geometry.channels)
            refuse(input, "images of " + std::to_string(m_form.geometry.channels) + " channels over "
                              + (m_form.oneAxis ? "one axis" : "two axes"));
        const ConvGeometry conv =
            m_form.of(m_form.oneAxis ? 1 : input[2], m_form.oneAxis ? input[2] : input[3]);
        try {
            conv.validate();
        } catch (const Error& error) {
            refuse(input, std::string("other images (") + error.what() + ")");
        }
        return conv;
    }

    ConvForm m_form;
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
