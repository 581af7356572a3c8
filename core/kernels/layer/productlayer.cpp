// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizepack.h"
#include "core/kernels/layer/integeroutput.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/quantizedrows.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"
#include "core/kernels/layer/sumstages.h"
#include "core/kernels/product/intproduct.h"
#include "core/support/error.h"

namespace quantoscope {

namespace {

class ProductLayer : public RotatingKernel<PackedWeights>
{
public:
    ProductLayer(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop)
        : RotatingKernel(packWeights(codes, isa, stop)), m_codes(std::move(codes)), m_rows(isa, work, stop),
          m_real(work), m_output(work.rows * m_codes.outputs)
    {
        m_name = std::string(productKernel(weights(), work.rows)) + ", " + std::to_string(m_codes.bits)
                 + "-bit weights";
        m_isa = isa;
        m_arithmetic = Arithmetic::Int8;
        m_weightBytes = weights().size();
        m_packSeconds = weights().packSeconds;
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
        quantizeAndPack(m_isa, m_rows.floats(), m_rows.rules(), m_codes.depth, m_rows.factor(), m_packed,
                        stop);
        multiplyFloat(weights(), m_packed, m_real.rule(), call.y, stop);
    }
    const RowRule* staticRule() const override { return m_rows.staticRule(); }
    std::span<float> input() override { return m_rows.values(); }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        run();
        m_stages.emplace(m_isa, m_rows.rows(), m_codes.outputs);
        try {
            multiplySums(weights(), m_packed, m_stages->sums().data());
        } catch (const Error&) { // so deep that only sums of integers about 0 fit
            return {{"quantize", [this] { m_rows.quantize(); }}, {"pack", [this] { pack(); }}};
        }
        return {
            {"quantize", [this] { m_rows.quantize(); }},
            {"pack", [this] { pack(); }},
            {"multiply", [this] { multiplySums(weights(), m_packed, m_stages->sums().data()); }},
            {"terms",
             [this] {
                 m_stages->terms({weights().factor, m_packed.factor}, m_packed.terms, weights().columns(0));
             }},
            {"requantize", [this] { m_stages->requantize(); }},
        };
    }

    IntegerRun integerRun() override
    {
        run();
        m_rows.quantize();
        IntegerRun result;
        m_integer = IntegerOutput::make(m_rows.terms(), weights().columns(0), m_codes.outputs, m_real.bias(),
                                        m_output, result.reason);
        if (!m_integer)
            return result;
        m_outputCodes.resize(m_output.size());
        result.clampedBiases = m_integer->clampedBiases().size();
        result.run = [this] {
            pack();
            multiplyInt8(weights(), m_packed, m_integer->rule(), m_outputCodes.data());
        };
        return result;
    }

    KernelProof prove() override
    {
        m_rows.takeOwn();
        m_rows.quantize();
        pack();
        const std::size_t outputs = m_codes.outputs;
        std::vector<std::int32_t> sums(m_rows.rows() * outputs);
        multiplyInt32(weights(), m_packed, sums.data());
        for (const std::size_t m : sampled(m_rows.rows(), sampledRows)) {
            for (const std::size_t n : sampled(outputs, sampledOutputs)) {
                std::int64_t sum = 0;
                for (std::size_t k = 0; k < m_rows.depth(); ++k)
                    sum += integerAt(m_codes, n, k)
                           * (std::int64_t{m_rows.factor()} * m_rows.codes()[m * m_rows.depth() + k]
                              - m_rows.terms()[m].zero);
                if (sum != sums[m * outputs + n])
                    return {false, {}};
            }
        }
        return {true, {}};
    }

private:
    void pack()
    {
        packActivations(m_rows.codes().data(), m_rows.terms(), m_codes.depth, m_isa, m_packed);
        m_packed.factor = m_rows.factor();
    }

    CodeMatrix m_codes;
    QuantizedRows<std::int8_t> m_rows;
    RealOutput m_real;
    std::vector<float> m_output;
    PackedActivations m_packed;
    std::optional<SumStages> m_stages;
    std::optional<IntegerOutput> m_integer;
    std::vector<std::int8_t> m_outputCodes;
};

} // namespace

std::unique_ptr<LayerKernel> makeProductKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                               std::stop_token stop)
{
    return std::make_unique<ProductLayer>(std::move(work), std::move(codes), isa, stop);
}

} // namespace quantoscope
