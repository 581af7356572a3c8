// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/planesum.h"
#include "core/kernels/layer/depthwiselayer.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/quantizedrows.h"
#include "core/support/parallelfor.h"

namespace quantoscope {

namespace {

std::vector<double> integersOf(const CodeMatrix& codes)
{
    std::vector<double> integers;
    for (std::size_t n = 0; n < codes.outputs; ++n)
        for (std::size_t k = 0; k < codes.depth.depth; ++k)
            integers.push_back(static_cast<double>(integerAt(codes, n, k)));
    return integers;
}

/// Integers of at most 17 bits each side in doubles, exact for as many taps as a plane can have.
class WideDepthwise : public DepthwiseLayer<double>
{
public:
    WideDepthwise(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop)
        : DepthwiseLayer(work, integersOf(codes), isa), m_codes(std::move(codes)),
          m_quantized(isa, work, stop), m_real(work)
    {
        m_name = "depthwise planes of exact doubles, " + std::to_string(m_codes.bits) + "-bit weights × "
                 + std::to_string(m_quantized.bits()) + "-bit activations";
        m_arithmetic = Arithmetic::Int16;
    }

    void run() override
    {
        LayerCall call = m_quantized.own();
        call.y = m_output.data();
        runOn(call);
    }
    void runOn(const LayerCall& call, std::stop_token stop = {}) override
    {
        const ConvGeometry geometry = geometryOf(call);
        m_quantized.take(call, geometry.inputSize(), stop);
        m_quantized.quantize(stop);
        multiply(geometry, call.y, stop);
    }
    std::span<float> input() override { return m_quantized.values(); }
    std::vector<KernelPart> parts() override
    {
        run();
        return {{"quantize", [this] { m_quantized.quantize(); }},
                {"multiply", [this] { multiply(m_geometry, m_output.data(), {}); }}};
    }
    KernelProof prove() override;

private:
    /// fa·p - zero of the plane that an output reads, and its sums.
    struct Planes
    {
        std::vector<double> pixels;
        std::vector<double> sums;
    };
    void sum(const ConvGeometry& geometry, std::size_t image, std::size_t output, Planes& planes)
    {
        const auto size = static_cast<std::size_t>(geometry.y.input * geometry.x.input);
        const std::int16_t* const codes =
            m_quantized.codes().data() + image * geometry.inputSize() + channelOf(output) * size;
        const std::int32_t zero = m_quantized.terms()[image].zero;
        planes.pixels.resize(size);
        for (std::size_t i = 0; i < size; ++i)
            planes.pixels[i] = static_cast<double>(m_quantized.factor() * codes[i] - zero);
        planes.sums.resize(static_cast<std::size_t>(geometry.positions()));
        sumPlane(geometry, planes.pixels.data(), planeWeights(output), planes.sums.data());
    }
    void multiply(const ConvGeometry& geometry, float* y, std::stop_token stop)
    {
        const auto positions = static_cast<std::size_t>(geometry.positions());
        parallelFor(
            m_quantized.rows() * outputs(),
            [&](std::size_t plane) {
                const std::size_t image = plane / outputs();
                const std::size_t n = plane % outputs();
                Planes planes;
                sum(geometry, image, n, planes);
                const auto rowScale = static_cast<double>(m_quantized.terms()[image].scale);
                const auto scale = static_cast<double>(m_codes.scale[n]);
                for (std::size_t i = 0; i < positions; ++i)
                    y[plane * positions + i] =
                        finished(rowScale * (scale * planes.sums[i]), m_real.rule(), n);
            },
            stop);
    }

    CodeMatrix m_codes;
    QuantizedRows<std::int16_t> m_quantized;
    RealOutput m_real;
};

/// Term by term over the taps that lie on the image.
KernelProof WideDepthwise::prove()
{
    m_quantized.takeOwn();
    m_quantized.quantize();
    const ConvGeometry& g = m_geometry;
    Planes planes;
    for (std::size_t image = 0; image < m_quantized.rows(); ++image) {
        for (const std::size_t n : sampled(outputs(), sampledOutputs)) {
            sum(g, image, n, planes);
            for (const std::size_t at : sampled(planes.sums.size(), 2 * sampledRows)) {
                std::int64_t expected = 0;
                for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
                    const std::int64_t y = static_cast<std::int64_t>(at) / g.x.output() * g.y.stride
                                           - g.y.padBegin + tap / g.x.kernel * g.y.dilation;
                    const std::int64_t x = static_cast<std::int64_t>(at) % g.x.output() * g.x.stride
                                           - g.x.padBegin + tap % g.x.kernel * g.x.dilation;
                    if (y < 0 || y >= g.y.input || x < 0 || x >= g.x.input)
                        continue;
                    const std::int64_t pixel =
                        (static_cast<std::int64_t>(channelOf(n)) * g.y.input + y) * g.x.input + x;
                    const std::int64_t p =
                        m_quantized.codes()[image * g.inputSize() + static_cast<std::size_t>(pixel)];
                    expected += integerAt(m_codes, n, static_cast<std::size_t>(tap))
                                * (m_quantized.factor() * p - m_quantized.terms()[image].zero);
                }
                if (static_cast<double>(expected) != planes.sums[at])
                    return {false, {}};
            }
        }
    }
    return {true, {}};
}

} // namespace

bool hasWideDepthwiseKernel(const LayerWork& work, const CodeMatrix& codes)
{
    constexpr std::int64_t most = std::int64_t{1} << 18;
    return work.conv && work.conv->isDepthwise() && work.conv->taps() < most && !codes.grouped
           && codes.offset.empty() && codes.largestInteger() < most && work.act->grid != Grid::Offset
           && work.act->grid != Grid::MidRise;
}

std::unique_ptr<LayerKernel> makeWideDepthwiseKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                                     std::stop_token stop)
{
    return std::make_unique<WideDepthwise>(std::move(work), std::move(codes), isa, stop);
}

} // namespace quantoscope
