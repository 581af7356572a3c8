// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/groupworks.h"
#include "core/kernels/layer/imageranges.h"
#include "core/kernels/layer/magnitudes.h"
#include "core/kernels/layer/products.h"
#include "core/kernels/layer/signpadding.h"
#include "core/kernels/layer/windows.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

using Products = std::vector<std::unique_ptr<LayerKernel>>;

/// One product for each group of the convolution; ranges are those of whole images, whatever the group.
class GatheredLayer : public LayerKernel
{
public:
    /// Results of signs are clamped behind `padding`, others by their product.
    GatheredLayer(LayerWork work, std::optional<SignPadding> padding, Products products)
        : m_geometry(*work.conv), m_act(std::move(work.act)), m_signScale(work.signScale), m_low(work.low),
          m_high(work.high), m_input(std::move(work.input)), m_padding(std::move(padding)),
          m_products(std::move(products)), m_output(work.rows * m_geometry.outputSize())
    {
        m_own.x = m_input.data();
        m_own.rows = work.rows;
        m_own.y = m_output.data();
        const LayerKernel& product = *m_products.front();
        m_name = product.name() + ", windows gathered"
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
    std::vector<KernelPart> parts() override;
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
    void requireFits(const LayerCall& call, const ConvGeometry& geometry) const;
    void gather(const ConvGeometry& geometry, std::size_t group, const float* image, std::size_t first,
                std::size_t count, float* rows) const;
    void scatter(const ConvGeometry& geometry, const float* results, std::size_t first, std::size_t count,
                 const float* padding, float alpha, float* planes) const;
    void gatherOwn();
    void scatterOwn();

    ConvGeometry m_geometry;
    std::optional<ActivationScheme> m_act;
    std::optional<float> m_signScale;
    float m_low;
    float m_high;
    std::vector<float> m_input;
    std::optional<SignPadding> m_padding;
    Products m_products;
    std::vector<float> m_output;
    LayerCall m_own;
    std::vector<float> m_rows;    ///< windows of the product at hand
    std::vector<float> m_results; ///< of that product
};

void GatheredLayer::requireFits(const LayerCall& call, const ConvGeometry& geometry) const
{
    if (!geometry.hasWindowsOf(m_geometry))
        throw Error(ErrorCode::InvalidArgument, "A convolution's kernel runs on other sizes of images, not "
                                                "on other channels or windows.");
    geometry.validate();
    if (call.rowsPerRange == 0 || (!call.ranges.empty() && call.ranges.size() != call.rangeCount()))
        throw Error(ErrorCode::InvalidArgument, "A convolution of " + std::to_string(call.rows)
                                                    + " images takes a range for each "
                                                    + std::to_string(call.rowsPerRange) + ", not "
                                                    + std::to_string(call.ranges.size()) + ".");
    requireZeroToPad(geometry, m_act);
}

void GatheredLayer::runOn(const LayerCall& call, std::stop_token stop)
{
    const ConvGeometry geometry = call.conv.value_or(m_geometry);
    requireFits(call, geometry);
    std::vector<Interval> ranges;
    if (m_act && m_act->range.kind == RangeRule::Kind::Dynamic && !m_signScale)
        ranges = dynamicRanges(m_isa, *m_act, call, geometry.inputSize(), stop);
    const float* const padding = m_padding ? m_padding->sumsFor(geometry) : nullptr;
    const auto positions = static_cast<std::size_t>(geometry.positions());
    const auto depth = static_cast<std::size_t>(geometry.depth());
    const auto outputs = static_cast<std::size_t>(geometry.groupOutputs());
    // Enough rows for a product to pay for its weights, few enough to stay in a cache.
    const std::size_t atOnce =
        std::min(positions, std::max<std::size_t>(256, (std::size_t{1} << 19) / depth));
    m_rows.resize(std::max(m_rows.size(), atOnce * depth));
    m_results.resize(std::max(m_results.size(), atOnce * outputs));
    for (std::size_t image = 0; image < call.rows; ++image) {
        const float* const x = call.x + image * geometry.inputSize();
        const Interval* const range = ranges.empty() ? nullptr : &ranges[image / call.rowsPerRange];
        for (std::size_t group = 0; group < m_products.size(); ++group) {
            float* const planes = call.y + (image * m_products.size() + group) * outputs * positions;
            for (std::size_t first = 0; first < positions; first += atOnce) {
                LayerCall product;
                product.rows = std::min(atOnce, positions - first);
                product.rowsPerRange = product.rows;
                gather(geometry, group, x, first, product.rows, m_rows.data());
                product.x = m_rows.data();
                product.y = m_results.data();
                if (range != nullptr)
                    product.ranges = {range, 1};
                m_products[group]->runOn(product, stop);
                scatter(geometry, m_results.data(), first, product.rows,
                        padding == nullptr ? nullptr : padding + group * outputs * positions,
                        range != nullptr ? range->hi : m_signScale.value_or(0), planes);
            }
        }
    }
}

void GatheredLayer::gather(const ConvGeometry& geometry, std::size_t group, const float* image,
                           std::size_t first, std::size_t count, float* rows) const
{
    const auto depth = static_cast<std::size_t>(geometry.depth());
    constexpr std::size_t atOnce = 64;
    parallelFor((count + atOnce - 1) / atOnce, [&](std::size_t block) {
        const std::size_t begin = block * atOnce;
        gatherWindows(geometry, group, image, first + begin, std::min(atOnce, count - begin),
                      rows + begin * depth);
    });
}

/// Results of positions [first, first + count), [position][output], to [output][position].
void GatheredLayer::scatter(const ConvGeometry& geometry, const float* results, std::size_t first,
                            std::size_t count, const float* padding, float alpha, float* planes) const
{
    const auto positions = static_cast<std::size_t>(geometry.positions());
    const auto outputs = static_cast<std::size_t>(geometry.groupOutputs());
    const bool clamps = m_padding && m_low < m_high;
    parallelFor(outputs, [&](std::size_t n) {
        float* const to = planes + n * positions + first;
        for (std::size_t i = 0; i < count; ++i)
            to[i] = results[i * outputs + n];
        for (std::size_t i = 0; padding != nullptr && i < count; ++i)
            to[i] -= alpha * padding[(first + i) * outputs + n];
        for (std::size_t i = 0; clamps && i < count; ++i) {
            const float raised = to[i] > m_low ? to[i] : m_low;
            to[i] = raised < m_high ? raised : m_high;
        }
    });
}

/// The products' own rows: what is proved, and timed in parts.
void GatheredLayer::gatherOwn()
{
    const auto positions = static_cast<std::size_t>(m_geometry.positions());
    const auto depth = static_cast<std::size_t>(m_geometry.depth());
    for (std::size_t group = 0; group < m_products.size(); ++group)
        for (std::size_t image = 0; image < m_own.rows; ++image)
            gather(m_geometry, group, m_input.data() + image * m_geometry.inputSize(), 0, positions,
                   m_products[group]->input().data() + image * positions * depth);
}

/// What the products made of their own rows, as no run left it: for its time.
void GatheredLayer::scatterOwn()
{
    const auto positions = static_cast<std::size_t>(m_geometry.positions());
    const auto outputs = static_cast<std::size_t>(m_geometry.groupOutputs());
    for (std::size_t group = 0; group < m_products.size(); ++group)
        for (std::size_t image = 0; image < m_own.rows; ++image)
            scatter(m_geometry, m_products[group]->output().data() + image * positions * outputs, 0,
                    positions, nullptr, 0,
                    m_output.data() + (image * m_products.size() + group) * positions * outputs);
}

std::vector<KernelPart> GatheredLayer::parts()
{
    run();
    gatherOwn();
    std::vector<KernelPart> all = {{"gather", [this] { gatherOwn(); }}};
    std::vector<std::vector<KernelPart>> ofProducts;
    for (const auto& product : m_products)
        ofProducts.push_back(product->parts());
    for (std::size_t i = 0; i < ofProducts.front().size(); ++i) {
        std::vector<std::function<void()>> runs;
        for (const std::vector<KernelPart>& parts : ofProducts)
            if (i < parts.size())
                runs.push_back(parts[i].run);
        all.push_back({ofProducts.front()[i].name, [runs] {
                           for (const auto& each : runs)
                               each();
                       }});
    }
    all.push_back({"scatter", [this] { scatterOwn(); }});
    return all;
}

KernelProof GatheredLayer::prove()
{
    gatherOwn();
    KernelProof whole{true, {}};
    for (const auto& product : m_products) {
        const KernelProof proof = product->prove();
        if (!proof.exact.value_or(false))
            return proof;
        whole = proof;
    }
    return whole;
}

} // namespace

void requireZeroToPad(const ConvGeometry& conv, const std::optional<ActivationScheme>& act)
{
    const bool none =
        act && act->format != Format::Binary && (act->grid == Grid::MidRise || act->grid == Grid::Offset);
    if (none && conv.isPadded())
        throw Error(ErrorCode::Unsupported, "Padding is real 0, which these activations have no code for: "
                                            "with such weights only an unpadded convolution "
                                            "runs; use act.grid=zero-point or symmetric.");
}

std::unique_ptr<LayerKernel>
makeGatheredKernel(LayerWork work, const std::function<std::unique_ptr<LayerKernel>(LayerWork)>& make)
{
    const ConvGeometry geometry = *work.conv;
    geometry.validate();
    requireZeroToPad(geometry, work.act);
    if (work.rows > 1 && work.act && hasStaticRangesOfImages(*work.act))
        throw Error(ErrorCode::Unsupported, "With static ranges of each image such a convolution runs one "
                                            "image at a time: its windows are gathered as rows.");
    if (work.act)
        takeRangeOfImages(*work.act, work.input);
    std::optional<SignPadding> padding;
    if (work.act && work.act->format == Format::Binary) {
        if (work.act->range.kind != RangeRule::Kind::Dynamic && !work.signScale)
            work.signScale = meanMagnitude(work.input);
        padding.emplace(quantize(work.weights, *work.params).values);
    }
    Products products;
    for (LayerWork& product : worksOfGroups(work)) {
        product.rowsAreWindows = true;
        product.rows = work.rows * static_cast<std::size_t>(geometry.positions());
        product.input.resize(product.inputSize());
        if (padding)
            product.low = product.high = 0;
        products.push_back(make(std::move(product)));
    }
    return std::make_unique<GatheredLayer>(std::move(work), std::move(padding), std::move(products));
}

} // namespace quantoscope
