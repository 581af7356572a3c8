// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnor.h"
#include "core/kernels/layer/magnitudes.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/rotating.h"

#include <chrono>
#include <cmath>

namespace quantoscope {

namespace {

class XnorLayer : public RotatingKernel<XnorWeights>
{
public:
    XnorLayer(LayerWork work, CodeMatrix codes, XnorWeights packed, double packSeconds, Isa isa)
        : RotatingKernel(std::move(packed)), m_codes(std::move(codes)), m_rows(work.rows),
          m_perRow(hasRowScales(work)), m_scale(work.signScale), m_input(std::move(work.input)),
          m_bias(std::move(work.bias)), m_output(work.rows * m_codes.outputs)
    {
        m_name = std::string(weights().kernel().name) + ", binary × binary";
        m_isa = isa;
        m_arithmetic = Arithmetic::Binary;
        m_weightBytes = weights().sizeBytes();
        m_packSeconds = packSeconds;
        pack();
    }

    void run() override
    {
        pack();
        multiply();
    }
    std::span<float> input() override { return m_input; }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        run();
        return {{"pack", [this] { pack(); }}, {"multiply", [this] { multiply(); }}};
    }

    KernelProof prove() override
    {
        pack();
        std::vector<std::int32_t> sums(m_output.size());
        multiplyXnor(weights(), m_signs, sums);
        for (const std::size_t m : sampled(m_rows, sampledRows)) {
            for (const std::size_t n : sampled(m_codes.outputs, sampledOutputs)) {
                std::int64_t sum = 0;
                for (std::size_t k = 0; k < m_codes.depth.depth; ++k)
                    sum += (m_input[m * m_codes.depth.depth + k] >= 0)
                                   == (m_codes.codes[n * m_codes.depth.depth + k] == 1)
                               ? 1
                               : -1;
                if (sum != sums[m * m_codes.outputs + n])
                    return {false, {}};
            }
        }
        return {true, {}};
    }

private:
    /// Each sample is a call of its own where ranges are dynamic.
    static bool hasRowScales(const LayerWork& work)
    {
        if (work.act->range.kind == RangeRule::Kind::Dynamic)
            return !work.rowsAreWindows;
        return work.act->granularity.kind == Granularity::Kind::Row;
    }

    /// Signs, and α = mean |x| of the tensor or of each row, over what is finite.
    void pack()
    {
        const std::size_t depth = m_codes.depth.depth;
        packSigns(std::span<const float>(m_input), m_rows, m_codes.depth, m_signs);
        if (m_scale) {
            m_signs.scales.assign(m_rows, *m_scale);
            return;
        }
        std::vector<float> means(m_rows);
        Magnitudes all;
        for (std::size_t m = 0; m < m_rows; ++m) {
            Magnitudes row;
            for (std::size_t k = 0; k < depth; ++k)
                row.add(m_input[m * depth + k]);
            all.sum += row.sum;
            all.count += row.count;
            means[m] = row.mean();
        }
        if (!m_perRow)
            means.assign(m_rows, all.mean());
        m_signs.scales = std::move(means);
    }
    void multiply()
    {
        FloatOutput rule;
        rule.bias = m_bias.empty() ? nullptr : m_bias.data();
        multiplyXnor(weights(), m_signs, rule, m_output);
    }

    CodeMatrix m_codes;
    std::size_t m_rows;
    bool m_perRow;
    std::optional<float> m_scale;
    std::vector<float> m_input;
    std::vector<float> m_bias;
    std::vector<float> m_output;
    SignRows m_signs;
};

} // namespace

std::unique_ptr<LayerKernel> makeXnorKernel(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop)
{
    const auto begin = std::chrono::steady_clock::now();
    XnorWeights packed = XnorWeights::pack(codes, isa, stop);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return std::make_unique<XnorLayer>(std::move(work), std::move(codes), std::move(packed), seconds.count(),
                                       isa);
}

} // namespace quantoscope
