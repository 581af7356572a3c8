// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"

#include "core/support/error.h"
#include "core/support/progress.h"

#include <limits>

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
    // Ranges know nothing of the bits; of the grid they know no more than its kind.
    std::string key = toText(scheme.granularity) + "|";
    if (scheme.format == Format::Binary)
        key += "binary";
    else
        key += toText(scheme.range)
               + (scheme.grid == Grid::SymmetricSigned                       ? "|signed"
                  : isSymmetric(scheme.grid) || scheme.grid == Grid::MidRise ? "|symmetric"
                                                                             : "|asymmetric");
    {
        const std::scoped_lock lock(m_mutex);
        if (const auto found = m_ranges.find(key); found != m_ranges.end())
            return found->second;
    }
    auto made = std::make_shared<const std::vector<Interval>>(estimateRanges(arranged(scheme), scheme, stop));
    const std::scoped_lock lock(m_mutex);
    constexpr std::size_t kept = 32; // a dragged handle asks for a new range at every step
    if (m_ranges.size() >= kept)
        m_ranges.clear();
    return m_ranges.emplace(key, std::move(made)).first->second;
}

std::shared_ptr<const ParamSets> LayerData::params(const Scheme& scheme, std::stop_token stop)
{
    validate(scheme);
    const auto found = ranges(scheme, stop);
    return std::make_shared<const ParamSets>(
        makeParamSets(scheme, layoutFor(scheme, arranged(scheme)), *found));
}

LayerReport LayerData::report(const Scheme& scheme, std::stop_token stop)
{
    LayerReport report;
    report.layer = m_layer;
    report.scheme = scheme;
    report.params = params(scheme, stop);
    PassOptions options;
    options.extremes = valueExtremes();
    const PassResult pass = measureError(arranged(scheme), *report.params, options, stop);
    report.sums = pass.sums;
    report.metrics = errorMetrics(pass.sums, pass.codeCounts, scheme.bits);
    report.bytes = packedSize(scheme, size(), report.params->sets.size());
    report.fp32Bytes = size() * sizeof(float);
    report.bitsPerWeight = size() == 0
                               ? std::numeric_limits<double>::quiet_NaN()
                               : 8.0 * static_cast<double>(report.bytes) / static_cast<double>(size());
    return report;
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
    return errorMetrics(pass.sums, pass.codeCounts, scheme.bits);
}

std::vector<SweepPoint> LayerData::sweep(const Scheme& scheme, int firstBits, int lastBits,
                                         std::stop_token stop)
{
    std::vector<SweepPoint> points;
    for (int bits = firstBits; bits <= lastBits; ++bits) {
        SweepPoint point;
        point.bits = bits;
        point.scheme = withBits(scheme, bits);
        PassOptions options;
        options.full = false;
        options.codeCounts = false;
        options.extremes = valueExtremes();
        try {
            const auto sets = params(point.scheme, stop);
            const PassResult pass = measureError(arranged(point.scheme), *sets, options, stop);
            point.metrics = errorMetrics(pass.sums, {}, bits);
        } catch (const Error& error) {
            point.issue = error.what();
        }
        points.push_back(std::move(point));
    }
    return points;
}

} // namespace quantoscope
