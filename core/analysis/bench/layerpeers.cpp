// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/bench/layerpeers.h"

#include "core/kernels/floats/floatproduct.h"
#include "core/runtime/peers/ortpeers.h"

#include <bit>
#include <cmath>

namespace quantoscope {

namespace {

std::int64_t outputsOf(const LayerWork& work) { return static_cast<std::int64_t>(work.weights.channels); }
std::int64_t depthOf(const LayerWork& work) { return static_cast<std::int64_t>(work.weights.perChannel); }

/// [depth][outputs] of some weight codes or values.
template <typename T, typename Convert>
Tensor transposed(const LayerWork& work, const Convert& convert)
{
    const std::size_t outputs = work.weights.channels;
    const std::size_t depth = work.weights.perChannel;
    std::vector<T> values(outputs * depth);
    for (std::size_t n = 0; n < outputs; ++n)
        for (std::size_t k = 0; k < depth; ++k)
            values[k * outputs + n] = convert(work.weights.values[n * depth + k]);
    return tensorFrom<T>({depthOf(work), outputsOf(work)}, values);
}

float largestMagnitude(std::span<const float> values)
{
    float largest = 1e-6f;
    for (const float value : values)
        if (std::isfinite(value))
            largest = std::max(largest, std::abs(value));
    return largest;
}

std::int8_t toInt8(float value, float scale)
{
    return std::isfinite(value) ? static_cast<std::int8_t>(std::nearbyint(value / scale)) : std::int8_t{0};
}

Tensor inputRows(const LayerWork& work)
{
    return tensorFrom<float>({static_cast<std::int64_t>(work.rows), depthOf(work)}, work.input);
}

Shape imageShape(const LayerWork& work)
{
    const ConvGeometry& g = *work.conv;
    return {static_cast<std::int64_t>(work.rows), g.channels, g.y.input, g.x.input};
}

Shape kernelShape(const ConvGeometry& g) { return {g.outputs, g.groupChannels(), g.y.kernel, g.x.kernel}; }

ConvAttributes attributesOf(const ConvGeometry& g)
{
    return {{g.y.stride, g.x.stride},
            {g.y.padBegin, g.x.padBegin, g.y.padEnd, g.x.padEnd},
            {g.y.dilation, g.x.dilation},
            g.groups};
}

std::function<void()> running(const OrtNode& node, int threads)
{
    return [peer = std::make_shared<OrtPeer>(node, threads)] { peer->run(); };
}

} // namespace

LayerPeers::LayerPeers(const LayerWork& work, Isa isa, int threads)
    : m_work(work), m_isa(isa), m_threads(threads)
{
}

const LayerPeer* LayerPeers::kept(const std::string& name, const std::function<std::function<void()>()>& make,
                                  bool codesInAndOut)
{
    const auto found = m_peers.find(name);
    if (found != m_peers.end())
        return &found->second;
    return &m_peers.emplace(name, LayerPeer{name, codesInAndOut, make()}).first->second;
}

std::vector<const LayerPeer*> LayerPeers::floats()
{
    if (m_work.transposed)
        return {kept("ONNX Runtime ConvTranspose, float32", [this] { return floatTransposed(); })};
    if (m_work.conv)
        return {kept("ONNX Runtime Conv, float32", [this] { return floatConvolution(); })};
    return {kept("ONNX Runtime MatMul, float32", [this] { return floatProduct(); }),
            kept("own panels, float32", [this] { return ownFloats(); })};
}

const LayerPeer* LayerPeers::onnxRuntime(const Scheme& scheme, std::string& reason)
{
    if (m_work.transposed) {
        reason = "ONNX Runtime has no transposed convolution of codes.";
        return nullptr;
    }
    if (m_work.conv) {
        if (!scheme.act)
            reason = "ONNX Runtime has no convolution of float activations with weights in codes.";
        return scheme.act ? kept(
                   "ONNX Runtime QLinearConv, 8-bit in and out", [this] { return quantizedConvolution(); },
                   true)
                          : nullptr;
    }
    const std::int64_t group =
        scheme.granularity.kind == Granularity::Kind::Group ? scheme.granularity.groupSize : 0;
    const bool blockWidth = scheme.bits == 2 || scheme.bits == 4 || scheme.bits == 8;
    const bool blockSize =
        group >= 16 && group <= 256 && std::has_single_bit(static_cast<std::uint64_t>(group));
    if (blockWidth && blockSize) {
        const std::string name = "ONNX Runtime MatMulNBits, " + std::to_string(scheme.bits)
                                 + " bits in blocks of " + std::to_string(group)
                                 + (scheme.act ? ", int8 activations" : ", float activations");
        return kept(name, [&] { return blockProduct(scheme.bits, group, !scheme.act); });
    }
    if (!scheme.act) {
        reason = "ONNX Runtime multiplies float activations only with 2, 4 or 8 bits in groups of 16 to 256.";
        return nullptr;
    }
    return kept("ONNX Runtime DynamicQuantizeMatMul, 8 bits", [this] { return dynamicProduct(); });
}

std::function<void()> LayerPeers::floatProduct()
{
    return running(ortMatMul(inputRows(m_work), transposed<float>(m_work, [](float value) { return value; })),
                   m_threads);
}

std::function<void()> LayerPeers::ownFloats()
{
    struct State
    {
        FloatPanels panels;
        std::vector<float> output;
    };
    const auto state =
        std::make_shared<State>(State{FloatPanels::fromValues(m_work.weights.values, m_work.weights.channels,
                                                              m_work.weights.perChannel, FloatType::Float32),
                                      std::vector<float>(m_work.outputSize())});
    return
        [state, this] { multiplyFloat(state->panels, m_work.input, m_work.rows, {}, state->output, m_isa); };
}

std::function<void()> LayerPeers::dynamicProduct()
{
    const float scale = largestMagnitude(m_work.weights.values) / 127;
    const std::vector<float> scales = {scale};
    return running(ortDynamicQuantizeMatMul(
                       inputRows(m_work),
                       transposed<std::int8_t>(m_work, [scale](float value) { return toInt8(value, scale); }),
                       scales),
                   m_threads);
}

std::function<void()> LayerPeers::blockProduct(int bits, std::int64_t group, bool floatActivations)
{
    const std::int64_t blocks = (depthOf(m_work) + group - 1) / group;
    const std::size_t sets = m_work.weights.channels * static_cast<std::size_t>(blocks);
    BlockWeights weights;
    // What the codes are does not change the time: they are taken from a counter.
    std::vector<std::uint8_t> codes(sets * static_cast<std::size_t>(group * bits / 8));
    for (std::size_t i = 0; i < codes.size(); ++i)
        codes[i] = static_cast<std::uint8_t>(i * 37);
    weights.codes = tensorFrom<std::uint8_t>({outputsOf(m_work), blocks, group * bits / 8}, codes);
    const std::vector<float> scales(sets, 0.01f);
    weights.scales = tensorFrom<float>({static_cast<std::int64_t>(sets)}, scales);
    weights.outputs = outputsOf(m_work);
    weights.depth = depthOf(m_work);
    weights.bits = bits;
    weights.blockSize = static_cast<int>(group);
    return running(ortMatMulNBits(inputRows(m_work), weights, floatActivations ? 0 : 4), m_threads);
}

std::function<void()> LayerPeers::floatConvolution()
{
    const ConvGeometry& g = *m_work.conv;
    return running(ortConv(tensorFrom<float>(imageShape(m_work), m_work.input),
                           tensorFrom<float>(kernelShape(g), m_work.weights.values), attributesOf(g)),
                   m_threads);
}

std::function<void()> LayerPeers::floatTransposed()
{
    const TransposeGeometry& g = *m_work.transposed;
    std::vector<float> weights(m_work.weights.values.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
        weights[m_work.weights.memoryIndex(i)] = m_work.weights.values[i];
    const Shape image = {static_cast<std::int64_t>(m_work.rows), g.channels, g.y.input, g.x.input};
    const Shape kernel = {g.channels, g.groupOutputs(), g.y.kernel, g.x.kernel};
    const ConvAttributes attributes = {{g.y.stride, g.x.stride},
                                       {g.y.padBegin, g.x.padBegin, g.y.padEnd, g.x.padEnd},
                                       {g.y.dilation, g.x.dilation},
                                       g.groups};
    return running(ortConvTranspose(tensorFrom<float>(image, m_work.input),
                                    tensorFrom<float>(kernel, weights), attributes,
                                    {g.y.outputPadding, g.x.outputPadding}),
                   m_threads);
}

std::function<void()> LayerPeers::quantizedConvolution()
{
    const ConvGeometry& g = *m_work.conv;
    const float scale = largestMagnitude(m_work.weights.values) / 127;
    std::vector<std::int8_t> codes;
    for (const float value : m_work.weights.values)
        codes.push_back(toInt8(value, scale));
    const float inputScale = largestMagnitude(m_work.input) / 127;
    std::vector<std::uint8_t> image;
    for (const float value : m_work.input)
        image.push_back(static_cast<std::uint8_t>(128 + toInt8(value, inputScale)));
    const OrtQuantized x{tensorFrom<std::uint8_t>(imageShape(m_work), image), {inputScale}, {128}};
    const OrtQuantized weights{tensorFrom<std::int8_t>(kernelShape(g), codes),
                               std::vector<float>(m_work.weights.channels, scale),
                               std::vector<std::int32_t>(m_work.weights.channels, 0)};
    return running(ortQLinearConv(x, weights, {}, {DType::U8, 0.1f, 128}, attributesOf(g)), m_threads);
}

} // namespace quantoscope
