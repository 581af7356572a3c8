// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/magnitudes.h"
#include "core/kernels/layer/products.h"

#include "core/quant/quantize.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

namespace quantoscope {

namespace {

/// The window of one output position, [channel][kernel y][kernel x], real 0 outside the image.
void gatherWindow(const ConvGeometry& g, const float* image, std::int64_t position, float* row)
{
    const std::int64_t top = position / g.x.output() * g.y.stride - g.y.padBegin;
    const std::int64_t left = position % g.x.output() * g.x.stride - g.x.padBegin;
    for (std::int64_t c = 0; c < g.channels; ++c) {
        for (std::int64_t ky = 0; ky < g.y.kernel; ++ky) {
            const std::int64_t y = top + ky * g.y.dilation;
            for (std::int64_t kx = 0; kx < g.x.kernel; ++kx) {
                const std::int64_t x = left + kx * g.x.dilation;
                const bool inside = y >= 0 && y < g.y.input && x >= 0 && x < g.x.input;
                *row++ = inside ? image[(c * g.y.input + y) * g.x.input + x] : 0.0f;
            }
        }
    }
}

/// The range of a static scheme is that of the images: windows count some pixels often and others not at all.
void takeRangeOfImages(ActivationScheme& act, const std::vector<float>& images)
{
    if (act.format != Format::Int || act.range.kind == RangeRule::Kind::Dynamic || images.empty())
        return;
    act.granularity = {};
    const ChannelMajor arranged{images, 1, images.size(), 0, nullptr};
    const Interval range = estimateRanges(arranged, schemeOf(act), {}).front();
    act.range = {RangeRule::Kind::Manual, static_cast<double>(range.lo), static_cast<double>(range.hi)};
}

bool isOnImage(const ConvAxis& axis, std::int64_t position, std::int64_t tap)
{
    const std::int64_t at = position * axis.stride - axis.padBegin + tap * axis.dilation;
    return at >= 0 && at < axis.input;
}

/// What the taps beside the image add to each [position][output] when their real 0 is taken for the sign +1.
std::vector<float> signsOfPadding(const ConvGeometry& g, const LayerWork& work, float scale)
{
    const std::vector<float> weights = quantize(work.weights, *work.params).values;
    const auto outputs = static_cast<std::size_t>(g.outputs);
    std::vector<float> sums(static_cast<std::size_t>(g.positions()) * outputs);
    parallelFor(static_cast<std::size_t>(g.positions()), [&](std::size_t position) {
        const std::int64_t y = static_cast<std::int64_t>(position) / g.x.output();
        const std::int64_t x = static_cast<std::int64_t>(position) % g.x.output();
        for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
            if (isOnImage(g.y, y, tap / g.x.kernel) && isOnImage(g.x, x, tap % g.x.kernel))
                continue;
            for (std::size_t n = 0; n < outputs; ++n)
                for (std::int64_t c = 0; c < g.channels; ++c)
                    sums[position * outputs + n] +=
                        scale
                        * weights[n * work.weights.perChannel + static_cast<std::size_t>(c * g.taps() + tap)];
        }
    });
    return sums;
}

class GatheredLayer : public LayerKernel
{
public:
    /// `padding` [position][output] is taken from each image's results; empty: nothing is.
    GatheredLayer(const ConvGeometry& geometry, std::size_t images, std::vector<float> input,
                  std::vector<float> padding, std::unique_ptr<LayerKernel> product)
        : m_geometry(geometry), m_images(images), m_input(std::move(input)), m_padding(std::move(padding)),
          m_product(std::move(product)), m_output(images * geometry.outputSize())
    {
        m_name = m_product->name() + ", windows gathered";
        m_isa = m_product->isa();
        m_arithmetic = m_product->arithmetic();
        m_weightBytes = m_product->weightBytes();
        m_packSeconds = m_product->packSeconds();
    }

    void run() override
    {
        gather();
        m_product->run();
        scatter();
    }
    std::span<float> input() override { return m_input; }
    std::span<const float> output() const override { return m_output; }

    std::vector<KernelPart> parts() override
    {
        std::vector<KernelPart> parts = m_product->parts();
        parts.insert(parts.begin(), {"gather", [this] { gather(); }});
        parts.push_back({"scatter", [this] { scatter(); }});
        return parts;
    }
    KernelProof prove() override
    {
        gather();
        return m_product->prove();
    }
    void keepCopies(std::size_t count) override { m_product->keepCopies(count); }
    void rotate() override { m_product->rotate(); }

private:
    std::size_t positions() const { return static_cast<std::size_t>(m_geometry.positions()); }

    void gather()
    {
        const auto depth = static_cast<std::size_t>(m_geometry.depth());
        const std::span<float> rows = m_product->input();
        constexpr std::size_t atOnce = 64;
        parallelFor((m_images * positions() + atOnce - 1) / atOnce, [&](std::size_t block) {
            const std::size_t end = std::min((block + 1) * atOnce, m_images * positions());
            for (std::size_t row = block * atOnce; row < end; ++row)
                gatherWindow(m_geometry, m_input.data() + row / positions() * m_geometry.inputSize(),
                             static_cast<std::int64_t>(row % positions()), rows.data() + row * depth);
        });
    }

    /// [position][output] to [output][position].
    void scatter()
    {
        const auto outputs = static_cast<std::size_t>(m_geometry.outputs);
        const std::span<const float> rows = m_product->output();
        parallelFor(m_images * outputs, [&](std::size_t plane) {
            const float* from = rows.data() + plane / outputs * positions() * outputs + plane % outputs;
            float* to = m_output.data() + plane * positions();
            const float* padding = m_padding.empty() ? nullptr : m_padding.data() + plane % outputs;
            for (std::size_t i = 0; i < positions(); ++i)
                to[i] = from[i * outputs] - (padding == nullptr ? 0.0f : padding[i * outputs]);
        });
    }

    ConvGeometry m_geometry;
    std::size_t m_images;
    std::vector<float> m_input;
    std::vector<float> m_padding;
    std::unique_ptr<LayerKernel> m_product;
    std::vector<float> m_output;
};

} // namespace

std::unique_ptr<LayerKernel>
makeGatheredKernel(LayerWork work, const std::function<std::unique_ptr<LayerKernel>(LayerWork)>& make)
{
    const ConvGeometry geometry = *work.conv;
    geometry.validate();
    if (geometry.groups != 1)
        throw Error(ErrorCode::Unsupported, "A convolution in groups runs with weights of at most 8 bits, "
                                            "one scale an output channel and integer "
                                            "activations; this scheme asks for something else.");
    const std::size_t images = work.rows;
    const bool perImage = work.act
                          && (work.act->range.kind == RangeRule::Kind::Dynamic
                              || work.act->granularity.kind == Granularity::Kind::Row);
    if (perImage && images > 1)
        throw Error(ErrorCode::Unsupported,
                    "With ranges of each image such a convolution runs one image at a "
                    "time: its windows are gathered as rows.");
    work.rowsAreWindows = true;
    std::vector<float> input = std::move(work.input);
    if (work.act)
        takeRangeOfImages(*work.act, input);
    std::vector<float> padding;
    if (work.act && work.act->format == Format::Binary) {
        Magnitudes magnitudes;
        for (const float value : input)
            magnitudes.add(value);
        work.signScale = magnitudes.mean();
        padding = signsOfPadding(geometry, work, *work.signScale);
    }
    work.conv.reset();
    work.rows = images * static_cast<std::size_t>(geometry.positions());
    work.input.resize(work.rows * static_cast<std::size_t>(geometry.depth()));
    for (std::size_t row = 0; row < work.rows; ++row) {
        const auto positions = static_cast<std::size_t>(geometry.positions());
        gatherWindow(geometry, input.data() + row / positions * geometry.inputSize(),
                     static_cast<std::int64_t>(row % positions),
                     work.input.data() + row * static_cast<std::size_t>(geometry.depth()));
    }
    return std::make_unique<GatheredLayer>(geometry, images, std::move(input), std::move(padding),
                                           make(std::move(work)));
}

} // namespace quantoscope
