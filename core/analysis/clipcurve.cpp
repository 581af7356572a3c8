// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/clipcurve.h"

#include "core/quant/formats.h"
#include "core/quant/parameterize.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

constexpr double decimals = 1e4;            ///< of a ratio: as a person would write it
constexpr std::size_t setsAtOnce = 1 << 20; ///< parameter sets in memory, 24 bytes each
constexpr std::size_t pointsAtOnce = 16;    ///< of one pass over memory: registers and the time to a stop

double rounded(double ratio) { return std::round(ratio * decimals) / decimals; }

Scheme clippable(Scheme scheme)
{
    scheme.range = {};
    scheme.algorithm = Algorithm::Rtn;
    scheme.outliers.reset();
    return scheme;
}

Scheme atRatio(Scheme scheme, double ratio)
{
    scheme.range = {RangeRule::Kind::Ratio, ratio, 0};
    return scheme;
}

std::vector<double> firstRatios(const ClipRatios& ratios)
{
    std::vector<double> result{1};
    const double last = static_cast<double>(std::max<std::size_t>(ratios.points, 2) - 1);
    for (std::size_t i = 0; i < ratios.points; ++i)
        result.push_back(
            rounded(ratios.lowest * std::pow(ratios.highest / ratios.lowest, static_cast<double>(i) / last)));
    return result;
}

/// Measures ratios of one layer at one width and keeps what it has measured.
class Measuring
{
public:
    Measuring(LayerData& data, const Scheme& scheme, const std::stop_token& stop)
        : m_data(data), m_scheme(scheme), m_stop(stop), m_values(data.arranged(scheme)),
          m_ranges(requestedRanges(m_values, scheme, stop))
    {
        m_options.full = false;
        m_options.codeCounts = false;
        m_options.extremes = data.valueExtremes();
    }

    void add(std::vector<double> ratios)
    {
        std::sort(ratios.begin(), ratios.end());
        ratios.erase(std::unique(ratios.begin(), ratios.end()), ratios.end());
        std::erase_if(ratios, [this](double ratio) { return isKnown(ratio); });
        const std::size_t most =
            std::clamp<std::size_t>(setsAtOnce / std::max<std::size_t>(1, m_ranges.size()), 1, pointsAtOnce);
        for (std::size_t first = 0; first < ratios.size(); first += most)
            measure(std::span(ratios).subspan(first, std::min(most, ratios.size() - first)));
        std::sort(points.begin(), points.end(),
                  [](const ClipPoint& a, const ClipPoint& b) { return a.ratio < b.ratio; });
    }

    /// The widest of the best.
    std::size_t best() const
    {
        std::size_t at = 0;
        for (std::size_t i = 1; i < points.size(); ++i)
            if (points[i].mse <= points[at].mse)
                at = i;
        return at;
    }

    std::vector<ClipPoint> points; ///< ascending ratio

private:
    bool isKnown(double ratio) const
    {
        return std::any_of(points.begin(), points.end(),
                           [ratio](const ClipPoint& point) { return point.ratio == ratio; });
    }

    void measure(std::span<const double> ratios)
    {
        std::vector<ParamSets> sets;
        for (const double ratio : ratios) {
            throwIfStopped(m_stop);
            std::vector<Interval> scaled(m_ranges.size());
            std::transform(m_ranges.begin(), m_ranges.end(), scaled.begin(), [ratio](Interval own) {
                return Interval{static_cast<float>(static_cast<double>(own.lo) * ratio),
                                static_cast<float>(static_cast<double>(own.hi) * ratio)};
            });
            sets.push_back(parameterize(m_values, atRatio(m_scheme, ratio), scaled, m_stop));
        }
        std::vector<const ParamSets*> together;
        for (const ParamSets& one : sets)
            together.push_back(&one);
        const auto passes = measureErrors(m_values, together, m_options, m_stop);
        for (std::size_t i = 0; i < passes.size(); ++i) {
            const ErrorMetrics metrics = errorMetrics(passes[i].sums, {}, m_scheme.bits);
            points.push_back(
                {ratios[i], metrics.mse, metrics.clippingMse, metrics.roundingMse, metrics.clippedFraction});
        }
    }

    LayerData& m_data;
    const Scheme& m_scheme;
    const std::stop_token& m_stop;
    const ChannelMajor& m_values;
    std::vector<Interval> m_ranges;
    PassOptions m_options;
};

/// Ratios between the neighbours of a point.
std::vector<double> between(const std::vector<ClipPoint>& points, std::size_t at, std::size_t count)
{
    const double lo = points[at > 0 ? at - 1 : at].ratio;
    const double hi = points[at + 1 < points.size() ? at + 1 : at].ratio;
    std::vector<double> result;
    for (std::size_t i = 1; i <= count; ++i)
        result.push_back(rounded(lo + (hi - lo) * static_cast<double>(i) / static_cast<double>(count + 1)));
    return result;
}

} // namespace

bool canClip(const Scheme& scheme)
{
    const Family family = infoOf(scheme.format).family;
    return family == Family::Uniform || family == Family::Scaled;
}

ClipCurve clipCurve(LayerData& data, const Scheme& scheme, int bits, const std::stop_token& stop,
                    const ClipRatios& ratios)
{
    ClipCurve curve;
    curve.bits = bits;
    try {
        curve.scheme = clippable(scheme);
        if (curve.scheme.bits != bits)
            curve.scheme = withBits(curve.scheme, bits);
        if (!canClip(curve.scheme)) {
            curve.issue = "The levels of this format do not follow from a range that could be clipped.";
            return curve;
        }
        validate(curve.scheme);
        if (data.valueExtremes().finite == 0) {
            curve.issue = "No value is finite.";
            return curve;
        }
        Measuring measuring(data, curve.scheme, stop);
        measuring.add(firstRatios(ratios));
        for (int pass = 0; pass < ratios.refinements; ++pass)
            measuring.add(between(measuring.points, measuring.best(), ratios.refined));
        curve.best = measuring.best();
        curve.points = std::move(measuring.points);
    } catch (const Error& error) {
        curve.points.clear();
        curve.issue = error.what();
    }
    return curve;
}

double presentClipRatio(LayerData& data, const ParamSets& params, const std::stop_token& stop)
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    if (!canClip(params.scheme))
        return none;
    const RangeRule& rule = params.scheme.range;
    if (rule.kind == RangeRule::Kind::MinMax)
        return 1;
    if (rule.kind == RangeRule::Kind::Ratio)
        return rule.a;
    const Scheme whole = clippable(params.scheme);
    const ChannelMajor& values = data.arranged(whole);
    const ParamSets own = parameterize(values, whole, requestedRanges(values, whole, stop), stop);
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t set = 0; set < std::min(own.sets.size(), params.sets.size()); ++set) {
        const Interval mine = valueEnds(params, set);
        const Interval all = valueEnds(own, set);
        const double width = static_cast<double>(all.hi) - static_cast<double>(all.lo);
        if (!(std::abs(width) > 0))
            continue;
        sum += (static_cast<double>(mine.hi) - static_cast<double>(mine.lo)) / width;
        ++count;
    }
    return count > 0 ? sum / static_cast<double>(count) : none;
}

} // namespace quantoscope
