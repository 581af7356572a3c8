// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/grouped/groupedproduct.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/quantizedrows.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"

#include <algorithm>
#include <bit>
#include <chrono>

namespace quantoscope {

namespace {

class GroupedLayer : public RotatingKernel<GroupedWeights>
{
public:
    GroupedLayer(LayerWork work, CodeMatrix codes, GroupedWeights packed, double packSeconds, Isa isa,
                 std::stop_token stop)
        : RotatingKernel(std::move(packed)), m_codes(std::move(codes)), m_rows(isa, work, stop), m_real(work),
          m_output(work.rows * m_codes.outputs)
    {
        m_name = std::string(groupedKernelName(weights(), work.rows, isa)) + ", "
                 + std::to_string(m_codes.bits) + "-bit weights in groups of "
                 + std::to_string(m_codes.depth.run);
        m_isa = isa;
        m_arithmetic = Arithmetic::Int8;
        m_weightBytes = weights().sizeBytes();
        m_packSeconds = packSeconds;
        pack({});
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
        pack(stop);
        multiply(call.y, stop);
    }
    std::span<float> input() override { return m_rows.values(); }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        run();
        return {{"quantize", [this] { m_rows.quantize(); }},
                {"pack", [this] { pack({}); }},
                {"multiply", [this] { multiply(m_output.data(), {}); }}};
    }

    /// The header's formula, operation by operation: the very bits.
    KernelProof prove() override
    {
        run();
        for (const std::size_t m : sampled(m_rows.rows(), sampledRows))
            for (const std::size_t n : sampled(m_codes.outputs, sampledOutputs))
                if (std::bit_cast<std::uint32_t>(expected(m, n))
                    != std::bit_cast<std::uint32_t>(m_output[m * m_codes.outputs + n]))
                    return {false, {}};
        return {true, {}};
    }

private:
    void pack(std::stop_token stop)
    {
        m_packed = packGroupedActivations(weights(), m_rows.rows(), m_rows.codes().data(), m_rows.depth(),
                                          m_rows.terms(), m_rows.factor(), m_isa, stop);
    }
    void multiply(float* y, std::stop_token stop)
    {
        multiplyGrouped(weights(), m_packed, m_real.rule(), y, m_codes.outputs, stop);
    }

    float expected(std::size_t m, std::size_t n) const
    {
        float f = 0;
        for (std::size_t g = 0; g < m_codes.depth.runs(); ++g) {
            std::int64_t integer = 0;
            std::int64_t sum = 0;
            const std::size_t begin = g * m_codes.depth.run;
            for (std::size_t k = begin; k < begin + m_codes.depth.sizeOf(g); ++k) {
                const std::int64_t p = m_rows.codes()[m * m_rows.depth() + k];
                integer += integerAt(m_codes, n, k) * p;
                sum += p;
            }
            const std::size_t set = n * m_codes.setsPerOutput() + g;
            f = f + m_codes.scale[set] * static_cast<float>(integer);
            if (!m_codes.offset.empty())
                f = f + m_codes.offset[set] * static_cast<float>(sum);
        }
        float y = m_packed.scale[m] * f;
        y = y + m_packed.shift[m] * weights().sums[n];
        if (!m_real.bias().empty())
            y = y + m_real.bias()[n];
        const FloatOutput rule = m_real.rule();
        return rule.low < rule.high ? std::clamp(y, rule.low, rule.high) : y;
    }

    CodeMatrix m_codes;
    QuantizedRows<std::int8_t> m_rows;
    RealOutput m_real;
    std::vector<float> m_output;
    GroupedActivations m_packed;
};

} // namespace

std::unique_ptr<LayerKernel> makeGroupedKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                               std::stop_token stop)
{
    const auto begin = std::chrono::steady_clock::now();
    GroupedWeights packed = packGrouped(codes, stop);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return std::make_unique<GroupedLayer>(std::move(work), std::move(codes), std::move(packed),
                                          seconds.count(), isa, stop);
}

} // namespace quantoscope
