// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/convtranspose/convtranspose.h"
#include "core/kernels/layer/integeroutput.h"
#include "core/kernels/layer/nextcodes.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/quantizedrows.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"

namespace quantoscope {

namespace {

class TransposeLayer : public RotatingKernel<PackedTranspose>
{
public:
    TransposeLayer(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop)
        : RotatingKernel(packTranspose(codes, *work.transposed, isa, stop)), m_codes(std::move(codes)),
          m_rows(isa, work, stop), m_real(work), m_geometry(*work.transposed),
          m_output(work.rows * m_geometry.outputSize()), m_sums(m_output.size())
    {
        m_name = std::string(weights().kernel) + ", " + std::to_string(m_codes.bits)
                 + "-bit weights, transposed convolution";
        m_isa = isa;
        m_arithmetic = Arithmetic::Int8;
        m_weightBytes = weights().sizeBytes;
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
        const TransposeGeometry geometry = call.transposed.value_or(m_geometry);
        geometry.validate();
        ConvInput input;
        if (call.codes != nullptr) {
            input = images();
            input.codes = {call.codes, call.rows * geometry.inputSize()};
            input.images = call.rows;
            input.layout = ImageLayout::Nhwc;
        } else {
            m_rows.take(call, geometry.inputSize(), stop);
            m_rows.quantize(stop);
            input = images();
        }
        const std::size_t size = call.rows * geometry.outputSize();
        if (call.nextCodes != nullptr)
            convolve(geometry, input,
                     {ConvCodes{{call.nextCodes, size}, m_next.value().rule()}, ImageLayout::Nhwc}, stop);
        else
            convolve(geometry, input, {ConvReals{{call.y, size}, m_real.rule()}, ImageLayout::Nchw}, stop);
    }
    const RowRule* codeRule() const override { return m_rows.staticRule(); }
    std::string writeCodes(const RowRule& next) override
    {
        if (codeRule() == nullptr)
            return "Activations with ranges of their own have no common multiplier.";
        std::string reason;
        m_next = NextCodes::make(codeRule()->terms, columns(), outputs(), m_real, next, reason);
        return reason;
    }
    std::span<float> input() override { return m_rows.values(); }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        run();
        return {{"quantize", [this] { m_rows.quantize(); }}, {"multiply", [this] { toSums(); }}};
    }

    IntegerRun integerRun() override
    {
        run();
        IntegerRun result;
        m_integer =
            IntegerOutput::make(m_rows.terms(), columns(), outputs(), m_real.bias(), m_output, result.reason);
        if (!m_integer)
            return result;
        m_outputCodes.resize(m_output.size());
        result.clampedBiases = m_integer->clampedBiases().size();
        result.run = [this] {
            convolve(m_geometry, images(), {ConvCodes{m_outputCodes, m_integer->rule()}, ImageLayout::Nchw},
                     {});
        };
        return result;
    }

    KernelProof prove() override
    {
        m_rows.takeOwn();
        m_rows.quantize();
        toSums();
        const auto positions = static_cast<std::size_t>(m_geometry.positions());
        for (std::size_t image = 0; image < m_rows.rows(); ++image)
            for (const std::size_t n : sampled(outputs(), sampledOutputs))
                for (const std::size_t at : sampled(positions, 2 * sampledRows))
                    if (m_sums[(image * outputs() + n) * positions + at] != expected(image, n, at))
                        return {false, {}};
        return {true, {}};
    }

private:
    std::size_t outputs() const { return static_cast<std::size_t>(m_geometry.outputs); }
    ColumnTerms columns() const
    {
        ColumnTerms terms;
        terms.scale = weights().scale.data();
        return terms;
    }
    ConvInput images()
    {
        const RowRule* const rule = codeRule();
        return {m_rows.codes(), m_rows.rows(), ImageLayout::Nchw, m_rows.factor(),
                rule != nullptr ? std::span(&rule->terms, 1) : m_rows.terms()};
    }
    void convolve(const TransposeGeometry& geometry, const ConvInput& input, const ConvOutput& output,
                  std::stop_token stop)
    {
        convolveTransposed(weights(), geometry, input, output, m_scratch, stop);
    }
    void toSums() { convolve(m_geometry, images(), {ConvSums{m_sums}, ImageLayout::Nchw}, {}); }

    /// Term by term over the pixels that reach the position.
    std::int64_t expected(std::size_t image, std::size_t output, std::size_t position)
    {
        const TransposeGeometry& g = m_geometry;
        const auto pixel = [](const TransposeAxis& axis, std::int64_t at, std::int64_t tap) {
            const std::int64_t from = at + axis.padBegin - tap * axis.dilation;
            const bool is = from >= 0 && from % axis.stride == 0 && from / axis.stride < axis.input;
            return is ? from / axis.stride : -1;
        };
        const std::int64_t group = static_cast<std::int64_t>(output) / g.groupOutputs();
        const std::size_t row = output % m_codes.outputs;
        const RowTerms& terms = m_rows.terms()[image];
        std::int64_t sum = 0;
        for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
            const auto at = static_cast<std::int64_t>(position);
            const std::int64_t y = pixel(g.y, at / g.x.output(), tap / g.x.kernel);
            const std::int64_t x = pixel(g.x, at % g.x.output(), tap % g.x.kernel);
            if (y < 0 || x < 0)
                continue;
            for (std::int64_t c = group * g.groupChannels(); c < (group + 1) * g.groupChannels(); ++c) {
                const auto from = static_cast<std::size_t>((c * g.y.input + y) * g.x.input + x);
                const std::int64_t p = m_rows.codes()[image * g.inputSize() + from];
                sum += integerAt(m_codes, row, static_cast<std::size_t>(c * g.taps() + tap))
                       * (m_rows.factor() * p - terms.zero);
            }
        }
        return sum;
    }

    CodeMatrix m_codes;
    QuantizedRows<std::int8_t> m_rows;
    RealOutput m_real;
    TransposeGeometry m_geometry; ///< of its own input
    std::vector<float> m_output;
    std::vector<std::int32_t> m_sums;
    ConvScratch m_scratch;
    std::optional<IntegerOutput> m_integer;
    std::optional<NextCodes> m_next;
    std::vector<std::int8_t> m_outputCodes;
};

} // namespace

std::unique_ptr<LayerKernel> makeIntegerTransposeKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                                        std::stop_token stop)
{
    return std::make_unique<TransposeLayer>(std::move(work), std::move(codes), isa, stop);
}

} // namespace quantoscope
