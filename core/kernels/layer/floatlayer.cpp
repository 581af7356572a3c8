// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/floats/floatproduct.h"
#include "core/kernels/floats/floattile.h"
#include "core/kernels/layer/codesof.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"
#include "core/quant/quantize.h"

#include <chrono>

namespace quantoscope {

namespace {

/// As few bits as the format keeps: codes, codes of levels, half floats, or else the values themselves.
struct Decoded
{
    FloatPanels panels;
    std::string how;
};

FloatPanels valuePanels(const LayerWork& work, FloatType type, std::stop_token stop)
{
    const QuantizedValues values = quantize(work.weights, *work.params);
    return FloatPanels::fromValues(values.values, work.weights.channels, work.weights.perChannel, type, stop);
}

Decoded decodedPanels(const LayerWork& work, std::stop_token stop)
{
    const Format format = work.params->scheme.format;
    if (format == Format::Fp16)
        return {valuePanels(work, FloatType::Float16, stop), "16-bit floats"};
    if (format == Format::Bf16)
        return {valuePanels(work, FloatType::BFloat16, stop), "16-bit floats"};
    if (const CodesOf codes = codesOf(work.weights, *work.params); codes.codes)
        return {FloatPanels::fromCodes(*codes.codes, stop),
                std::to_string(codes.codes->bits) + "-bit weights decoded"};
    if (const std::optional<LevelCodes> levels = levelCodesOf(work.weights, *work.params))
        return {FloatPanels::fromLevels(levels->codes, levels->levels, stop),
                std::to_string(levels->codes.bits) + "-bit weights looked up"};
    return {valuePanels(work, FloatType::Float32, stop), "values decoded beforehand"};
}

class FloatLayer : public RotatingKernel<FloatPanels>
{
public:
    FloatLayer(LayerWork work, Decoded decoded, double packSeconds, Isa isa)
        : RotatingKernel(std::move(decoded.panels)), m_rows(work.rows), m_input(std::move(work.input)),
          m_real(work), m_output(m_rows * weights().outputs())
    {
        m_name = std::string(floatTileKernel(isa).name) + ", " + decoded.how;
        m_isa = isa;
        m_arithmetic = Arithmetic::Float;
        m_weightBytes = weights().sizeBytes();
        m_packSeconds = packSeconds;
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
        multiplyFloat(weights(), {call.x, call.rows * weights().depth()}, call.rows, m_real.rule(),
                      {call.y, call.rows * weights().outputs()}, m_isa, stop);
    }
    std::span<float> input() override { return m_input; }
    std::span<const float> output() const override { return m_output; }
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
    std::vector<float> m_output;
};

} // namespace

std::unique_ptr<LayerKernel> makeFloatKernel(LayerWork work, Isa isa, std::stop_token stop)
{
    const auto begin = std::chrono::steady_clock::now();
    Decoded decoded = decodedPanels(work, stop);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return std::make_unique<FloatLayer>(std::move(work), std::move(decoded), seconds.count(), isa);
}

std::unique_ptr<LayerKernel> makeFloatKernel(LayerWork work, FloatPanels panels, const std::string& how,
                                             Isa isa)
{
    return std::make_unique<FloatLayer>(std::move(work), Decoded{std::move(panels), how}, 0, isa);
}

} // namespace quantoscope
