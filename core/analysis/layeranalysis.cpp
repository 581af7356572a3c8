// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"

#include "core/quant/algorithms/algorithms.h"
#include "core/quant/formats.h"
#include "core/quant/outliers.h"
#include "core/quant/parameterize.h"
#include "core/quant/ranges/rangekey.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace quantoscope {

LayerData::LayerData(std::shared_ptr<const Network> network, LayerId layer)
    : m_network(std::move(network)), m_layer(layer)
{
    const Layer& source = m_network->layer(layer);
    const Weight& weight = m_network->weightOf(source);
    m_array = valuesOf(weight);
    m_shape = weight.data.shape;
    m_channelAxis = source.channelAxis;
}

LayerData::LayerData(FloatArray values, Shape shape, int channelAxis)
    : m_array(std::move(values)), m_shape(std::move(shape)), m_channelAxis(channelAxis)
{
}

const ChannelMajor& LayerData::arranged(const Scheme& scheme)
{
    const int axis = frontAxis(scheme, m_shape, m_channelAxis);
    const std::scoped_lock lock(m_mutex);
    const auto found = m_arranged.find(axis);
    return found != m_arranged.end()
               ? found->second
               : m_arranged.emplace(axis, channelMajor(m_array, m_shape, axis)).first->second;
}

const ValueStats& LayerData::stats()
{
    const ChannelMajor& values = arranged(Scheme{});
    const std::scoped_lock lock(m_mutex);
    if (!m_stats)
        m_stats = valueStats(values.values, values.channels);
    return *m_stats;
}

Extremes LayerData::valueExtremes()
{
    const ChannelMajor& values = arranged(Scheme{});
    const std::scoped_lock lock(m_mutex);
    if (!m_extremes)
        m_extremes = extremes(values.values);
    return *m_extremes;
}

Histogram LayerData::valueHistogram(std::size_t bins)
{
    const Interval axis = histogramAxis(valueExtremes());
    const std::scoped_lock lock(m_mutex);
    if (!m_histogram || m_histogram->counts.size() != bins)
        m_histogram = histogram(m_array.values, axis.lo, axis.hi, bins);
    return *m_histogram;
}

std::shared_ptr<const std::vector<Interval>> LayerData::ranges(const Scheme& scheme, std::stop_token stop)
{
    const std::string key = toText(rangeKey(scheme));
    {
        const std::scoped_lock lock(m_mutex);
        if (const auto found = m_ranges.find(key); found != m_ranges.end())
            return found->second;
    }
    auto made =
        std::make_shared<const std::vector<Interval>>(requestedRanges(arranged(scheme), scheme, stop));
    const std::scoped_lock lock(m_mutex);
    constexpr std::size_t kept = 32; // a dragged handle asks for a new range at every step
    if (m_ranges.size() >= kept)
        m_ranges.clear();
    return m_ranges.emplace(key, std::move(made)).first->second;
}

void LayerData::setInputs(FloatArray values, const Shape& shape)
{
    if (shape.size() != 2)
        throw Error(ErrorCode::InvalidArgument,
                    "Layer inputs are a matrix [samples, features], not " + toText(shape) + ".");
    m_inputValues = std::move(values);
    m_inputs = LayerInputs{m_inputValues.values, static_cast<std::size_t>(shape[0]),
                           static_cast<std::size_t>(shape[1])};
}

const LayerInputs& LayerData::inputsFor(const std::string& what) const
{
    if (!m_inputs)
        throw Error(ErrorCode::SchemeMismatch,
                    what
                        + " looks at the layer's inputs: give them as a matrix [samples, features] "
                          "(analyze --layer-inputs X.npy).");
    return *m_inputs;
}

ParamSets LayerData::makeParams(const Scheme& scheme, std::stop_token stop, const ProgressFn& progress,
                                std::optional<AlgorithmResult>& algorithm)
{
    const ChannelMajor& values = arranged(scheme);
    const bool byInputs = scheme.outliers || needsInputs(scheme.algorithm);
    if (byInputs && &values != &arranged(Scheme{}))
        throw Error(
            ErrorCode::SchemeMismatch,
            "Algorithms and outlier columns work along the inputs of the layer's own output channels: use "
            "granularity=channel without an axis.");
    if (scheme.algorithm != Algorithm::Rtn) {
        if (needsInputs(scheme.algorithm))
            inputsFor("algorithm=" + std::string(nameOf(scheme.algorithm)));
        algorithm = runAlgorithm(values, scheme, m_inputs, stop, progress);
        return std::exchange(algorithm->params, {});
    }
    if (scheme.outliers) {
        const LayerInputs& inputs = inputsFor("outliers=T");
        requireInputs(inputs, values.perChannel, 1);
        return splitOutliers(values, scheme, outlierColumns(inputs, *scheme.outliers), stop);
    }
    const auto own = hasRanges(scheme) ? ranges(scheme, stop) : nullptr;
    return parameterize(values, scheme, own ? std::span<const Interval>(*own) : std::span<const Interval>(),
                        stop);
}

std::shared_ptr<const ParamSets> LayerData::params(const Scheme& scheme, std::stop_token stop,
                                                   const ProgressFn& progress)
{
    validate(scheme);
    if (const auto kept = keptCodes(scheme))
        return kept;
    std::optional<AlgorithmResult> algorithm;
    auto made = std::make_shared<const ParamSets>(makeParams(scheme, stop, progress, algorithm));
    if (made->coded || algorithm) { // dear to make, and large: the last one alone is kept
        const std::scoped_lock lock(m_mutex);
        m_coded = made;
        m_algorithm = std::move(algorithm);
    }
    return made;
}

std::shared_ptr<const ParamSets> LayerData::keptCodes(const Scheme& scheme)
{
    const std::scoped_lock lock(m_mutex);
    return m_coded && m_coded->scheme == scheme ? m_coded : nullptr;
}

namespace {

/// Codes of one value counted once: +0 and -0 are one level, codes without a value none. Books of the sets' own are pooled
/// by code.
std::vector<std::uint64_t> levelCounts(const ParamSets& params, std::span<const std::uint64_t> codeCounts)
{
    if (params.tables.size()
        != 1) { // none, or books whose codes alone can be pooled: the largest says how many
        std::size_t codes = params.tables.empty() ? codeCounts.size() : 0;
        for (const ValueTable& own : params.tables)
            codes = std::max(codes, own.values.size());
        const auto used = codeCounts.first(std::min(codes, codeCounts.size()));
        return {used.begin(), used.end()};
    }
    const std::vector<float>& values = params.tables.front().values;
    std::map<float, std::uint64_t> byValue;
    for (std::size_t code = 0; code < std::min(codeCounts.size(), values.size()); ++code) {
        const float value = values[code];
        if (std::isfinite(value))
            byValue[value + 0.0f] += codeCounts[code];
    }
    std::vector<std::uint64_t> counts;
    for (const auto& [value, count] : byValue)
        counts.push_back(count);
    return counts;
}

ErrorMetrics metricsOf(const PassResult& pass, const ParamSets& params)
{
    const Scheme& scheme = params.scheme;
    const bool clamps = (scheme.format == Format::Int || scheme.format == Format::Binary) && !params.coded;
    return errorMetrics(pass.sums, levelCounts(params, pass.codeCounts), scheme.bits,
                        {.steps = params.tables.empty(), .clamping = clamps});
}

} // namespace

std::vector<float> LayerData::valuesByOutput(const Scheme& scheme, const ParamSets& params)
{
    const ChannelMajor& values = arranged(scheme);
    const ChannelMajor& own = arranged(Scheme{});
    std::vector<float> quantized = quantize(values, params).values;
    if (&values == &own)
        return quantized;
    std::vector<float> inMemory(quantized.size());
    for (std::size_t i = 0; i < quantized.size(); ++i)
        inMemory[values.memoryIndex(i)] = quantized[i];
    for (std::size_t i = 0; i < quantized.size(); ++i)
        quantized[i] = inMemory[own.memoryIndex(i)];
    return quantized;
}

LayerReport LayerData::report(const Scheme& scheme, std::stop_token stop, const ProgressFn& progress)
{
    LayerReport report;
    report.layer = m_layer;
    report.scheme = scheme;
    report.params = params(scheme, stop, progress);
    PassOptions options;
    options.extremes = valueExtremes();
    const PassResult pass = measureError(arranged(scheme), *report.params, options, stop);
    report.sums = pass.sums;
    report.metrics = metricsOf(pass, *report.params);
    {
        const std::scoped_lock lock(m_mutex);
        if (m_coded == report.params)
            report.algorithm = m_algorithm;
    }
    if (m_inputs)
        report.output =
            outputError(arranged(Scheme{}), valuesByOutput(scheme, *report.params), scheme, *m_inputs, stop);
    report.bytes = packedSize(*report.params, size());
    report.fp32Bytes = size() * sizeof(float);
    report.bitsPerWeight = size() == 0
                               ? std::numeric_limits<double>::quiet_NaN()
                               : 8.0 * static_cast<double>(report.bytes) / static_cast<double>(size());
    return report;
}

namespace {

/// How the levels lie and how many bits that many take.
struct GridLevels
{
    GridClass grid = GridClass::Uneven;
    int bits = 0;
};

GridLevels gridLevels(const ParamSets& params)
{
    const Scheme& scheme = params.scheme;
    if (!params.tables.empty() || infoOf(scheme.format).family == Family::Blocks)
        return {GridClass::Uneven, scheme.bits};
    const auto levels = static_cast<unsigned>(params.codes.max - params.codes.min + 1);
    if (std::has_single_bit(levels)) {
        const bool centred =
            scheme.format == Format::Binary || scheme.grid == Grid::MidRise || scheme.grid == Grid::Offset;
        return {centred ? GridClass::MidRise : GridClass::Full, std::countr_zero(levels)};
    }
    if (std::has_single_bit(levels + 1))
        return {GridClass::Restricted, std::countr_zero(levels + 1)};
    return {GridClass::Uneven, scheme.bits};
}

} // namespace

std::vector<ReferenceLine> LayerData::references(const LayerReport& report)
{
    const GridLevels levels = gridLevels(*report.params);
    std::vector<ReferenceLine> lines = referenceLines(levels.bits, report.metrics.levels, levels.grid);
    const ChannelMajor& values = arranged(Scheme{});
    const std::scoped_lock lock(m_mutex);
    if (!m_float16)
        m_float16 = float16Line(values.values);
    lines.push_back(*m_float16);
    return lines;
}

ErrorMetrics LayerData::setMetrics(const Scheme& scheme, std::size_t set, std::stop_token stop)
{
    const auto sets = params(scheme, stop);
    if (set >= sets->sets.size())
        throw Error(ErrorCode::InvalidArgument, "Set " + std::to_string(set) + " does not exist: the scheme '"
                                                    + toText(scheme) + "' makes "
                                                    + std::to_string(sets->sets.size()) + " of this tensor.");
    PassOptions options;
    options.extremes = valueExtremes();
    const PassResult pass = measureError(arranged(scheme), *sets, options, stop, set);
    return metricsOf(pass, *sets);
}

Scheme sweepScheme(const Scheme& scheme)
{
    const FormatInfo& info = infoOf(scheme.format);
    if (info.bits == 0 || scheme.format == Format::Binary)
        return scheme;
    Scheme uniform;
    uniform.granularity =
        info.block != 0 ? Granularity{Granularity::Kind::Group, -1, info.block} : scheme.granularity;
    return uniform;
}

std::vector<SweepPoint> LayerData::sweep(const Scheme& scheme, int firstBits, int lastBits,
                                         std::stop_token stop)
{
    std::vector<SweepPoint> points(static_cast<std::size_t>(std::max(0, lastBits - firstBits + 1)));
    const Scheme base = sweepScheme(scheme);
    PassOptions options;
    options.full = false;
    options.codeCounts = false;
    options.extremes = valueExtremes();
    std::vector<std::shared_ptr<const ParamSets>> waiting;
    std::vector<SweepPoint*> places;
    std::size_t sets = 0;
    const auto measure = [&] {
        std::vector<const ParamSets*> together;
        for (const auto& params : waiting)
            together.push_back(params.get());
        if (together.empty())
            return;
        const std::vector<PassResult> passes = measureErrors(arranged(base), together, options, stop);
        for (std::size_t i = 0; i < passes.size(); ++i)
            places[i]->metrics = metricsOf(passes[i], *together[i]);
        waiting.clear();
        places.clear();
        sets = 0;
    };
    constexpr std::size_t setsAtOnce = 1 << 21; // 50 MB: small groups of a large layer have many
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i].bits = firstBits + static_cast<int>(i);
        try {
            points[i].scheme = withBits(base, points[i].bits);
            waiting.push_back(params(points[i].scheme, stop));
            places.push_back(&points[i]);
            sets += waiting.back()->sets.size();
            if (sets >= setsAtOnce || waiting.back()->coded) // codes of a whole tensor: one at a time
                measure();
        } catch (const Error& error) {
            points[i].issue = error.what();
        }
    }
    measure();
    return points;
}

} // namespace quantoscope
