// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnor.h"
#include "core/kernels/layer/magnitudes.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"
#include "core/support/error.h"

#include <algorithm>
#include <chrono>

namespace quantoscope {

namespace {

class XnorLayer : public RotatingKernel<XnorWeights>
{
public:
    XnorLayer(LayerWork work, CodeMatrix codes, XnorWeights packed, double packSeconds, Isa isa)
        : RotatingKernel(std::move(packed)), m_codes(std::move(codes)), m_scale(staticScale(work)),
          m_input(std::move(work.input)), m_real(work), m_output(work.rows * m_codes.outputs)
    {
        m_name = std::string(weights().kernel().name) + ", binary × binary";
        m_isa = isa;
        m_arithmetic = Arithmetic::Binary;
        m_weightBytes = weights().sizeBytes();
        m_packSeconds = packSeconds;
        m_own.x = m_input.data();
        m_own.rows = work.rows;
        m_own.y = m_output.data();
        m_own.rowsPerRange = work.rowsAreWindows ? std::max<std::size_t>(work.rows, 1) : 1;
        pack(m_own);
    }

    void run() override { runOn(m_own); }
    void runOn(const LayerCall& call, std::stop_token stop = {}) override
    {
        pack(call);
        multiply({call.y, call.rows * m_codes.outputs}, stop);
    }
    std::span<float> input() override { return m_input; }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        run();
        return {{"pack", [this] { pack(m_own); }}, {"multiply", [this] { multiply(m_output, {}); }}};
    }

    KernelProof prove() override
    {
        pack(m_own);
        std::vector<std::int32_t> sums(m_output.size());
        multiplyXnor(weights(), m_signs, sums);
        for (const std::size_t m : sampled(m_own.rows, sampledRows)) {
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
    /// α as said, or mean |x| of the tensor; nothing where each row, or each call, finds its own.
    static std::optional<float> staticScale(const LayerWork& work)
    {
        if (work.signScale || work.act->range.kind == RangeRule::Kind::Dynamic
            || work.act->granularity.kind == Granularity::Kind::Row)
            return work.signScale;
        return meanMagnitude(work.input);
    }

    void pack(const LayerCall& call)
    {
        const std::size_t depth = m_codes.depth.depth;
        packSigns(std::span<const float>(call.x, call.rows * depth), call.rows, m_codes.depth, m_signs);
        m_signs.scales.assign(call.rows, m_scale.value_or(0));
        if (m_scale)
            return;
        if (call.rowsPerRange == 0 || (!call.ranges.empty() && call.ranges.size() != call.rangeCount()))
            throw Error(ErrorCode::InvalidArgument, "Signs take one scale for each range of rows.");
        for (std::size_t i = 0; i < call.rangeCount(); ++i) {
            const std::size_t first = i * call.rowsPerRange;
            const std::size_t rows = std::min(call.rowsPerRange, call.rows - first);
            const float scale = call.ranges.empty() ? meanMagnitude({call.x + first * depth, rows * depth})
                                                    : call.ranges[i].hi;
            std::fill_n(m_signs.scales.begin() + static_cast<std::ptrdiff_t>(first), rows, scale);
        }
    }
    void multiply(std::span<float> y, std::stop_token stop)
    {
        multiplyXnor(weights(), m_signs, m_real.rule(), y, stop);
    }

    CodeMatrix m_codes;
    std::optional<float> m_scale;
    std::vector<float> m_input;
    RealOutput m_real;
    std::vector<float> m_output;
    LayerCall m_own;
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
