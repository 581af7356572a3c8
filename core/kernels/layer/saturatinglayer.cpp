// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/quantizedrows.h"
#include "core/kernels/layer/rotating.h"
#include "core/kernels/saturating/saturatingproduct.h"
#include "core/support/error.h"

#include <cmath>

namespace quantoscope {

namespace {

class SaturatingLayer : public RotatingKernel<CodeMatrix>
{
public:
    SaturatingLayer(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop)
        : RotatingKernel(std::move(codes)), m_rows(isa, work, stop), m_bias(std::move(work.bias)),
          m_bytes(m_rows.codes().size()), m_zero(work.rows), m_sums(work.rows * weights().outputs),
          m_output(m_sums.size())
    {
        m_name =
            "vpmaddubsw, pairs that saturate at int16, " + std::to_string(weights().bits) + "-bit weights";
        m_isa = isa;
        m_arithmetic = Arithmetic::Int8;
        m_weightBytes = weights().codes.size() * sizeof(std::uint16_t);
    }

    void run() override
    {
        m_rows.takeOwn();
        m_rows.quantize();
        multiply();
        const std::size_t outputs = weights().outputs;
        for (std::size_t i = 0; i < m_output.size(); ++i) {
            const float scale = m_rows.terms()[i / outputs].scale * weights().scale[i % outputs];
            m_output[i] = static_cast<float>(m_sums[i]) * scale + (m_bias.empty() ? 0 : m_bias[i % outputs]);
        }
    }
    std::span<float> input() override { return m_rows.values(); }
    std::span<const float> output() const override { return m_output; }
    std::vector<KernelPart> parts() override
    {
        run();
        return {{"quantize", [this] { m_rows.quantize(); }}, {"multiply", [this] { multiply(); }}};
    }

    KernelProof prove() override
    {
        run();
        std::int64_t largest = 0;
        double error = 0;
        double signal = 0;
        for (const std::size_t m : sampled(m_rows.rows(), sampledRows)) {
            for (const std::size_t n : sampled(weights().outputs, sampledOutputs)) {
                std::int64_t sum = 0;
                for (std::size_t k = 0; k < m_rows.depth(); ++k)
                    sum += integerAt(weights(), n, k)
                           * (m_rows.codes()[m * m_rows.depth() + k] - m_rows.terms()[m].zero);
                const std::int64_t off = m_sums[m * weights().outputs + n] - sum;
                largest = std::max(largest, std::abs(off));
                error += static_cast<double>(off) * static_cast<double>(off);
                signal += static_cast<double>(sum) * static_cast<double>(sum);
            }
        }
        const std::string counted = std::to_string(m_saturation.saturated) + " of "
                                    + std::to_string(m_saturation.pairs)
                                    + " pairs saturated; sums are off by up to " + std::to_string(largest);
        const std::string relative =
            signal > 0 ? " (" + std::to_string(100 * std::sqrt(error / signal)) + " % RMS)" : "";
        return {largest == 0, counted + relative + "."};
    }

private:
    void multiply()
    {
        for (std::size_t i = 0; i < m_bytes.size(); ++i)
            m_bytes[i] = static_cast<std::uint8_t>(m_rows.codes()[i] + 128);
        for (std::size_t m = 0; m < m_zero.size(); ++m)
            m_zero[m] = m_rows.terms()[m].zero + 128;
        m_saturation =
            multiplySaturating(weights(), {m_bytes, m_rows.rows(), m_rows.depth(), m_zero}, m_isa, m_sums);
    }

    QuantizedRows<std::int8_t> m_rows;
    std::vector<float> m_bias;
    std::vector<std::uint8_t> m_bytes;
    std::vector<std::int32_t> m_zero;
    std::vector<std::int32_t> m_sums;
    std::vector<float> m_output;
    Saturation m_saturation;
};

} // namespace

std::unique_ptr<LayerKernel> makeSaturatingKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                                  std::stop_token stop)
{
    const bool plain = !work.conv && !codes.grouped && codes.offset.empty() && codes.bits <= 8
                       && work.act->bits <= 8 && work.act->grid != Grid::MidRise
                       && work.act->grid != Grid::Offset;
    if (!plain)
        throw Error(
            ErrorCode::Unsupported,
            "Saturating pairs are shown for matrix products of at most 8 bits without groups and real "
            "offsets.");
    return std::make_unique<SaturatingLayer>(std::move(work), std::move(codes), isa, stop);
}

} // namespace quantoscope
