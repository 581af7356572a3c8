// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/ternary.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/quantizedrows.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"

#include <chrono>

namespace quantoscope {

namespace {

class TernaryLayer : public RotatingKernel<TernaryWeights>
{
public:
    TernaryLayer(LayerWork work, CodeMatrix codes, TernaryWeights packed, double packSeconds, Isa isa,
                 std::stop_token stop)
        : RotatingKernel(std::move(packed)), m_codes(std::move(codes)), m_rows(isa, work, stop), m_real(work),
          m_output(work.rows * m_codes.outputs), m_sums(m_output.size())
    {
        m_name = std::string(weights().kernel().name) + ", ternary weights";
        m_isa = isa;
        m_arithmetic = Arithmetic::Int8;
        m_weightBytes = weights().sizeBytes();
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
        multiplyTernary(weights(), operand(), m_real.rule(), std::span(call.y, call.rows * m_codes.outputs),
                        stop);
    }
    std::span<float> input() override { return m_rows.values(); }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        run();
        return {{"quantize", [this] { m_rows.quantize(); }},
                {"multiply", [this] { multiplyTernary(weights(), operand(), std::span(m_sums)); }}};
    }

    KernelProof prove() override
    {
        m_rows.takeOwn();
        m_rows.quantize();
        multiplyTernary(weights(), operand(), std::span(m_sums));
        for (const std::size_t m : sampled(m_rows.rows(), sampledRows)) {
            for (const std::size_t n : sampled(m_codes.outputs, sampledOutputs)) {
                std::int64_t sum = 0;
                for (std::size_t k = 0; k < m_rows.depth(); ++k)
                    sum += integerAt(m_codes, n, k) * m_rows.codes()[m * m_rows.depth() + k];
                if (sum != m_sums[m * m_codes.outputs + n])
                    return {false, {}};
            }
        }
        return {true, {}};
    }

private:
    TernaryInput operand() { return {m_rows.rows(), m_rows.codes(), m_rows.terms(), m_rows.factor()}; }

    CodeMatrix m_codes;
    QuantizedRows<std::int8_t> m_rows;
    RealOutput m_real;
    std::vector<float> m_output;
    std::vector<std::int32_t> m_sums;
};

} // namespace

std::unique_ptr<LayerKernel> makeTernaryKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                               std::stop_token stop)
{
    const auto begin = std::chrono::steady_clock::now();
    TernaryWeights packed = TernaryWeights::pack(codes, isa, stop);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return std::make_unique<TernaryLayer>(std::move(work), std::move(codes), std::move(packed),
                                          seconds.count(), isa, stop);
}

} // namespace quantoscope
