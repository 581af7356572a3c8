// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/convolution.h"
#include "core/kernels/layer/integeroutput.h"
#include "core/kernels/layer/nextcodes.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/proof.h"
#include "core/kernels/layer/quantizedrows.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"
#include "core/kernels/layer/sumstages.h"
#include "core/support/error.h"

namespace quantoscope {

namespace {

class ConvLayer : public RotatingKernel<PackedConv>
{
public:
    ConvLayer(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop)
        : RotatingKernel(packConv(codes, *work.conv, isa, stop)), m_codes(std::move(codes)),
          m_rows(isa, work, stop), m_real(work), m_geometry(*work.conv),
          m_output(work.rows * work.conv->outputSize()), m_sums(m_output.size())
    {
        m_name = std::string(weights().kernel) + ", " + std::to_string(m_codes.bits)
                 + "-bit weights, direct convolution";
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
        fitTo(call.conv.value_or(m_geometry), stop);
        const ConvInput input = call.codes != nullptr ? imagesOf(call) : quantized(call, stop);
        const std::size_t size = call.rows * geometry().outputSize();
        if (call.nextCodes != nullptr)
            convolve(weights(), input,
                     {ConvCodes{{call.nextCodes, size}, m_next.value().rule(), &m_tables}, ImageLayout::Nhwc},
                     m_scratch, stop);
        else
            convolve(weights(), input,
                     {ConvReals{{call.y, size}, m_real.rule()},
                      call.toPixels ? ImageLayout::Nhwc : ImageLayout::Nchw},
                     m_scratch, stop);
    }
    const RowRule* codeRule() const override { return m_rows.staticRule(); }
    bool writesPixels() const override { return true; }
    std::string writeCodes(const RowRule& next) override
    {
        if (codeRule() == nullptr)
            return "Activations with ranges of their own have no common multiplier.";
        ColumnTerms columns;
        columns.scale = weights().scale.data();
        columns.offset = weights().offset.empty() ? nullptr : weights().offset.data();
        std::string reason;
        m_next = NextCodes::make(codeRule()->terms, columns, m_codes.outputs, m_real, next, reason);
        makeTables();
        return reason;
    }
    std::span<float> input() override { return m_rows.values(); }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        run();
        m_stages.emplace(m_isa, m_rows.rows() * static_cast<std::size_t>(geometry().positions()),
                         m_codes.outputs);
        return {
            {"quantize", [this] { m_rows.quantize(); }},
            {"multiply", [this] { toSums(); }},
            {"requantize", [this] { m_stages->requantize(); }},
        };
    }

    IntegerRun integerRun() override
    {
        run();
        IntegerRun result;
        ColumnTerms columns;
        columns.scale = weights().scale.data();
        columns.offset = weights().offset.empty() ? nullptr : weights().offset.data();
        m_integer = IntegerOutput::make(m_rows.terms(), columns, m_codes.outputs, m_real.bias(), m_output,
                                        result.reason);
        if (!m_integer)
            return result;
        m_outputCodes.resize(m_output.size());
        result.clampedBiases = m_integer->clampedBiases().size();
        result.run = [this] {
            convolve(weights(), images(), {ConvCodes{m_outputCodes, m_integer->rule()}, ImageLayout::Nchw},
                     m_scratch);
        };
        return result;
    }

    KernelProof prove() override
    {
        fitTo(m_geometry, {});
        m_rows.takeOwn();
        m_rows.quantize();
        toSums();
        const auto positions = static_cast<std::size_t>(geometry().positions());
        for (std::size_t image = 0; image < m_rows.rows(); ++image)
            for (const std::size_t n : sampled(m_codes.outputs, sampledOutputs))
                for (const std::size_t at : sampled(positions, 2 * sampledRows))
                    if (m_sums[(image * m_codes.outputs + n) * positions + at] != expected(image, n, at))
                        return {false, {}};
        return {true, {}};
    }

private:
    const ConvGeometry& geometry() const { return weights().geometry; }

    /// Packed weights know the size of the images: they are kept for that of the last call.
    void fitTo(const ConvGeometry& wanted, std::stop_token stop)
    {
        if (wanted == geometry())
            return;
        if (!wanted.hasWindowsOf(m_geometry))
            throw Error(ErrorCode::InvalidArgument,
                        "A convolution's kernel runs on other sizes of images, not "
                        "on other channels or windows.");
        replace(packConv(m_codes, wanted, m_isa, stop));
        makeTables();
    }
    void makeTables()
    {
        if (m_next)
            m_tables = codeTables(weights(), codeRule()->terms, m_rows.factor(), m_next->rule());
    }
    ConvInput images()
    {
        const RowRule* const rule = codeRule();
        return {m_rows.codes(), m_rows.rows(), ImageLayout::Nchw, m_rows.factor(),
                rule != nullptr ? std::span(&rule->terms, 1) : m_rows.terms()};
    }
    ConvInput imagesOf(const LayerCall& call) const
    {
        return {{call.codes, call.rows * geometry().inputSize()},
                call.rows,
                ImageLayout::Nhwc,
                m_rows.factor(),
                {&codeRule()->terms, 1}};
    }
    ConvInput quantized(const LayerCall& call, std::stop_token stop)
    {
        m_rows.take(call, geometry().inputSize(), stop);
        m_rows.quantize(stop);
        return images();
    }
    void toSums() { convolve(weights(), images(), {ConvSums{m_sums}, ImageLayout::Nchw}, m_scratch); }

    /// Term by term over the taps that lie on the image.
    std::int64_t expected(std::size_t image, std::size_t output, std::size_t position)
    {
        const ConvGeometry& g = geometry();
        const std::int64_t top =
            static_cast<std::int64_t>(position) / g.x.output() * g.y.stride - g.y.padBegin;
        const std::int64_t left =
            static_cast<std::int64_t>(position) % g.x.output() * g.x.stride - g.x.padBegin;
        const std::int64_t firstChannel =
            static_cast<std::int64_t>(output) / g.groupOutputs() * g.groupChannels();
        const RowTerms& terms = m_rows.terms()[image];
        std::int64_t sum = 0;
        std::size_t k = 0;
        for (std::int64_t c = 0; c < g.groupChannels(); ++c) {
            for (std::int64_t ky = 0; ky < g.y.kernel; ++ky) {
                for (std::int64_t kx = 0; kx < g.x.kernel; ++kx, ++k) {
                    const std::int64_t y = top + ky * g.y.dilation;
                    const std::int64_t x = left + kx * g.x.dilation;
                    if (y < 0 || y >= g.y.input || x < 0 || x >= g.x.input)
                        continue;
                    const auto at =
                        static_cast<std::size_t>(((firstChannel + c) * g.y.input + y) * g.x.input + x);
                    const std::int64_t p = m_rows.codes()[image * g.inputSize() + at];
                    sum += integerAt(m_codes, output, k) * (m_rows.factor() * p - terms.zero);
                }
            }
        }
        return sum;
    }

    CodeMatrix m_codes;
    QuantizedRows<std::int8_t> m_rows;
    RealOutput m_real;
    ConvGeometry m_geometry; ///< of its own input
    std::vector<float> m_output;
    std::vector<std::int32_t> m_sums;
    ConvScratch m_scratch;
    std::optional<SumStages> m_stages;
    std::optional<IntegerOutput> m_integer;
    std::optional<NextCodes> m_next;
    CodeTables m_tables; ///< of m_next
    std::vector<std::int8_t> m_outputCodes;
};

} // namespace

std::unique_ptr<LayerKernel> makeConvKernel(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop)
{
    return std::make_unique<ConvLayer>(std::move(work), std::move(codes), isa, stop);
}

} // namespace quantoscope
