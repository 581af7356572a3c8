// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/planesum.h"
#include "core/kernels/layer/depthwiselayer.h"
#include "core/kernels/layer/products.h"
#include "core/quant/quantize.h"
#include "core/support/parallelfor.h"

namespace quantoscope {

namespace {

class FloatDepthwise : public DepthwiseLayer<float>
{
public:
    FloatDepthwise(LayerWork work, Isa isa)
        : DepthwiseLayer(work, quantize(work.weights, *work.params).values, isa), m_rows(work.rows),
          m_input(std::move(work.input)), m_real(work)
    {
        m_name = "depthwise float planes, values decoded beforehand";
        m_arithmetic = Arithmetic::Float;
    }

    void run() override
    {
        LayerCall call;
        call.x = m_input.data();
        call.rows = m_rows;
        call.y = m_output.data();
        runOn(call);
    }
    void runOn(const LayerCall& call, std::stop_token stop = {}) override
    {
        const ConvGeometry geometry = geometryOf(call);
        const auto positions = static_cast<std::size_t>(geometry.positions());
        const auto pixels = static_cast<std::size_t>(geometry.y.input * geometry.x.input);
        parallelFor(
            call.rows * outputs(),
            [&](std::size_t plane) {
                const std::size_t n = plane % outputs();
                float* const y = call.y + plane * positions;
                sumPlane(geometry, call.x + plane / outputs() * geometry.inputSize() + channelOf(n) * pixels,
                         planeWeights(n), y);
                for (std::size_t i = 0; i < positions; ++i)
                    y[i] = finished(y[i], m_real.rule(), n);
            },
            stop);
    }
    std::span<float> input() override { return m_input; }
    std::vector<KernelPart> parts() override
    {
        return {{"multiply", [this] { run(); }}};
    }
    KernelProof prove() override
    {
        return {std::nullopt, "Float sums are rounded: there is no integer to compare with."};
    }

private:
    std::size_t m_rows;
    std::vector<float> m_input;
    RealOutput m_real;
};

} // namespace

std::unique_ptr<LayerKernel> makeFloatDepthwiseKernel(LayerWork work, Isa isa)
{
    return std::make_unique<FloatDepthwise>(std::move(work), isa);
}

} // namespace quantoscope
