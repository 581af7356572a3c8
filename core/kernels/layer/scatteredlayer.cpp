// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/transpose.h"
#include "core/kernels/convtranspose/scatter.h"
#include "core/kernels/layer/depthwiselayer.h"
#include "core/kernels/layer/imageranges.h"
#include "core/kernels/layer/magnitudes.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/realoutput.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

using Products = std::vector<std::unique_ptr<LayerKernel>>;

/// 4 MiB of products that wait for their positions.
constexpr std::size_t bandSums = std::size_t{1} << 20;
constexpr std::size_t leastPixels = 256;

/// One product for each group: pixels times all their taps, whose real results are added up in float32 where they fall.
class ScatteredLayer : public LayerKernel
{
public:
    ScatteredLayer(LayerWork work, Products products)
        : m_geometry(*work.transposed), m_act(std::move(work.act)), m_signScale(work.signScale), m_real(work),
          m_input(std::move(work.input)), m_products(std::move(products)),
          m_output(work.rows * m_geometry.outputSize())
    {
        m_own.x = m_input.data();
        m_own.rows = work.rows;
        m_own.y = m_output.data();
        const LayerKernel& product = *m_products.front();
        m_name = product.name() + ", products of pixels added up"
                 + (m_products.size() > 1 ? ", " + std::to_string(m_products.size()) + " groups" : "");
        m_isa = product.isa();
        m_arithmetic = product.arithmetic();
        for (const auto& each : m_products) {
            m_weightBytes += each->weightBytes();
            m_packSeconds += each->packSeconds();
        }
    }

    void run() override { runOn(m_own); }
    void runOn(const LayerCall& call, std::stop_token stop = {}) override;
    std::span<float> input() override { return m_input; }
    std::span<const float> output() const override { return m_output; }
    std::vector<KernelPart> parts() override
    {
        return {{"multiply", [this] { run(); }}};
    }
    KernelProof prove() override;
    void keepCopies(std::size_t count) override
    {
        for (const auto& product : m_products)
            product->keepCopies(count);
    }
    void rotate() override
    {
        for (const auto& product : m_products)
            product->rotate();
    }

private:
    TransposeGeometry geometryOf(const LayerCall& call) const;
    static void gather(const TransposeGeometry& geometry, std::size_t group, const float* image, RowRange of,
                       float* rows);
    void scatter(const TransposeGeometry& geometry, std::size_t group, RowRange band, RowRange of,
                 float* planes) const;

    TransposeGeometry m_geometry;
    std::optional<ActivationScheme> m_act;
    std::optional<float> m_signScale;
    RealOutput m_real;
    std::vector<float> m_input;
    Products m_products;
    std::vector<float> m_output;
    LayerCall m_own;
    std::vector<float> m_rows;    ///< pixels of the product at hand
    std::vector<float> m_results; ///< of that product
};

TransposeGeometry ScatteredLayer::geometryOf(const LayerCall& call) const
{
    const TransposeGeometry geometry = call.transposed.value_or(m_geometry);
    if (!geometry.hasWeightsOf(m_geometry))
        throw Error(ErrorCode::InvalidArgument, "A transposed convolution's kernel runs on other sizes of "
                                                "images, not on other channels or taps.");
    geometry.validate();
    if (call.rowsPerRange == 0 || (!call.ranges.empty() && call.ranges.size() != call.rangeCount()))
        throw Error(ErrorCode::InvalidArgument, "A transposed convolution of " + std::to_string(call.rows)
                                                    + " images takes a range for each "
                                                    + std::to_string(call.rowsPerRange) + ", not "
                                                    + std::to_string(call.ranges.size()) + ".");
    return geometry;
}

void ScatteredLayer::runOn(const LayerCall& call, std::stop_token stop)
{
    const TransposeGeometry geometry = geometryOf(call);
    std::vector<Interval> ranges;
    if (m_act && m_act->range.kind == RangeRule::Kind::Dynamic && !m_signScale)
        ranges = dynamicRanges(m_isa, *m_act, call, geometry.inputSize(), stop);
    const auto width = static_cast<std::size_t>(geometry.x.input);
    const auto depth = static_cast<std::size_t>(geometry.groupChannels());
    const auto columns = static_cast<std::size_t>(geometry.groupOutputs() * geometry.taps());
    for (std::size_t i = 0; i < call.rows * m_products.size(); ++i) {
        const std::size_t image = i / m_products.size();
        const std::size_t group = i % m_products.size();
        for (const RowRange& band : bandsOf(geometry, bandSums, leastPixels)) {
            const RowRange of = rowsReaching(geometry.y, band.begin, band.end);
            LayerCall product;
            product.rows = static_cast<std::size_t>(of.count()) * width;
            product.rowsPerRange = std::max<std::size_t>(product.rows, 1);
            m_rows.resize(std::max(m_rows.size(), product.rows * depth));
            m_results.resize(std::max(m_results.size(), product.rows * columns));
            gather(geometry, group, call.x + image * geometry.inputSize(), of, m_rows.data());
            product.x = m_rows.data();
            product.y = m_results.data();
            if (!ranges.empty() && product.rows > 0)
                product.ranges = {&ranges[image / call.rowsPerRange], 1};
            m_products[group]->runOn(product, stop);
            scatter(geometry, group, band, of, call.y + image * geometry.outputSize());
        }
    }
}

/// The channels of each pixel beside each other.
void ScatteredLayer::gather(const TransposeGeometry& geometry, std::size_t group, const float* image,
                            RowRange of, float* rows)
{
    const auto width = static_cast<std::size_t>(geometry.x.input);
    const auto plane = static_cast<std::size_t>(geometry.pixels());
    const auto channels = static_cast<std::size_t>(geometry.groupChannels());
    parallelFor(static_cast<std::size_t>(of.count()), [&](std::size_t row) {
        const float* const from =
            image + group * channels * plane + (static_cast<std::size_t>(of.begin) + row) * width;
        transpose(from, plane, channels, width, rows + row * width * channels, channels);
    });
}

void ScatteredLayer::scatter(const TransposeGeometry& geometry, std::size_t group, RowRange band, RowRange of,
                             float* planes) const
{
    const auto outputs = static_cast<std::size_t>(geometry.groupOutputs());
    const auto width = static_cast<std::size_t>(geometry.x.output());
    const auto positions = static_cast<std::size_t>(geometry.positions());
    const std::size_t columns = outputs * static_cast<std::size_t>(geometry.taps());
    const FloatOutput rule = m_real.rule();
    parallelFor(static_cast<std::size_t>(band.count()), [&](std::size_t i) {
        const std::int64_t y = band.begin + static_cast<std::int64_t>(i);
        std::vector<float> row(width * outputs);
        sumRow(geometry, y, of, m_results.data(), columns, row.data());
        for (std::size_t n = 0; n < outputs; ++n) {
            const std::size_t output = group * outputs + n;
            float* const to = planes + output * positions + static_cast<std::size_t>(y) * width;
            for (std::size_t x = 0; x < width; ++x)
                to[x] = finished(row[x * outputs + n], rule, output);
        }
    });
}

KernelProof ScatteredLayer::prove()
{
    const auto pixels = static_cast<std::size_t>(m_geometry.pixels());
    const auto depth = static_cast<std::size_t>(m_geometry.groupChannels());
    KernelProof whole{true, {}};
    for (std::size_t group = 0; group < m_products.size(); ++group) {
        for (std::size_t image = 0; image < m_own.rows; ++image)
            gather(m_geometry, group, m_input.data() + image * m_geometry.inputSize(),
                   {0, m_geometry.y.input}, m_products[group]->input().data() + image * pixels * depth);
        whole = m_products[group]->prove();
        if (!whole.exact.value_or(false))
            break;
    }
    return whole;
}

} // namespace

std::unique_ptr<LayerKernel>
makeScatteredKernel(LayerWork work,
                    const std::function<std::unique_ptr<LayerKernel>(LayerWork, std::size_t group)>& make)
{
    const TransposeGeometry& geometry = *work.transposed;
    if (work.rows > 1 && work.act && hasStaticRangesOfImages(*work.act))
        throw Error(ErrorCode::Unsupported, "With static ranges of each image such a transposed convolution "
                                            "runs one image at a time: its pixels are gathered as rows.");
    if (work.act)
        takeRangeOfImages(*work.act, work.input);
    if (work.act && work.act->format == Format::Binary && work.act->range.kind != RangeRule::Kind::Dynamic
        && !work.signScale)
        work.signScale = meanMagnitude(work.input);
    Products products;
    for (std::size_t group = 0; group < static_cast<std::size_t>(geometry.groups); ++group) {
        LayerWork rows;
        rows.weights.channels = static_cast<std::size_t>(geometry.groupOutputs() * geometry.taps());
        rows.weights.perChannel = static_cast<std::size_t>(geometry.groupChannels());
        rows.act = work.act;
        rows.signScale = work.signScale;
        rows.rowsAreWindows = true;
        rows.rows = work.rows * static_cast<std::size_t>(geometry.pixels());
        rows.input.resize(rows.inputSize());
        products.push_back(make(std::move(rows), group));
    }
    return std::make_unique<ScatteredLayer>(std::move(work), std::move(products));
}

} // namespace quantoscope
