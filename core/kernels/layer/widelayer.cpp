// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/quantizedrows.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"
#include "core/kernels/wide/wideproduct.h"

#include <chrono>

namespace quantoscope {

namespace {

class WideLayer : public RotatingKernel<WideWeights>
{
public:
    WideLayer(LayerWork work, CodeMatrix codes, WideWeights packed, double packSeconds, Isa isa,
              std::stop_token stop)
        : RotatingKernel(std::move(packed)), m_codes(std::move(codes)), m_rows(isa, work, stop), m_real(work),
          m_output(work.rows * m_codes.outputs)
    {
        m_name = std::string(weights().tile().name) + ", " + std::to_string(m_codes.bits) + "-bit weights × "
                 + std::to_string(m_rows.bits()) + "-bit activations";
        m_isa = isa;
        m_arithmetic = Arithmetic::Int16;
        m_weightBytes = weights().packedBytes();
        m_packSeconds = packSeconds;
    }

    void run() override
    {
        LayerCall call = m_rows.own();
        call.y = m_output.data();
        runOn(call);
    }
    void runOn(const LayerCall& call, std::stop_token stop = {}) override
    {
        m_rows.take(call, m_codes.depth.depth, stop);
        m_rows.quantize(stop);
        multiply({call.y, call.rows * m_codes.outputs}, stop);
    }
    std::span<float> input() override { return m_rows.values(); }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        run();
        return {{"quantize", [this] { m_rows.quantize(); }},
                {"multiply", [this] { multiply(m_output, {}); }}};
    }

    KernelProof prove() override
    {
        m_rows.takeOwn();
        m_rows.quantize();
        std::vector<std::int64_t> sums(m_output.size());
        multiplyWide(weights(), activations(), sums);
        for (const std::size_t m : sampled(m_rows.rows(), sampledRows)) {
            for (const std::size_t n : sampled(m_codes.outputs, sampledOutputs)) {
                std::int64_t sum = 0;
                for (std::size_t k = 0; k < m_rows.depth(); ++k)
                    sum += integerAt(m_codes, n, k)
                           * (std::int64_t{m_rows.factor()} * m_rows.codes()[m * m_rows.depth() + k]
                              - m_zero[m]);
                if (sum != sums[m * m_codes.outputs + n])
                    return {false, {}};
            }
        }
        return {true, {}};
    }

private:
    WideActivations activations()
    {
        m_zero.resize(m_rows.rows());
        m_scale.resize(m_rows.rows());
        m_offset.resize(m_rows.rows());
        for (std::size_t m = 0; m < m_rows.rows(); ++m) {
            m_zero[m] = m_rows.terms()[m].zero;
            m_scale[m] = m_rows.terms()[m].scale;
            m_offset[m] = m_rows.terms()[m].offset;
        }
        return {m_rows.codes(),  m_rows.rows(), m_rows.depth(), m_rows.bits(),
                m_rows.factor(), m_zero,        m_scale,        m_offset};
    }
    void multiply(std::span<float> y, std::stop_token stop)
    {
        const FloatOutput rule = m_real.rule();
        multiplyWide(weights(), activations(), WideFloatOutput{m_real.bias(), rule.low, rule.high}, y, stop);
    }

    CodeMatrix m_codes;
    QuantizedRows<std::int16_t> m_rows;
    RealOutput m_real;
    std::vector<float> m_output;
    std::vector<std::int32_t> m_zero;
    std::vector<float> m_scale;
    std::vector<float> m_offset;
};

} // namespace

std::unique_ptr<LayerKernel> makeWideKernel(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop)
{
    const auto begin = std::chrono::steady_clock::now();
    WideWeights packed(codes, isa, stop);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return std::make_unique<WideLayer>(std::move(work), std::move(codes), std::move(packed), seconds.count(),
                                       isa, stop);
}

} // namespace quantoscope
