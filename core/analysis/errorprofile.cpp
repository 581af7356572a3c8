// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/errorprofile.h"

#include "core/metrics/valuestats.h"
#include "core/quant/elementquantizer.h"
#include "core/quant/parameterize.h"
#include "core/quant/quantize.h"
#include "core/quant/settasks.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace quantoscope {

namespace {

constexpr std::size_t mostLevels = 4096;
constexpr std::size_t mostParts = 64;

/// What one part of the pass counts; added up in order.
struct Part
{
    std::vector<std::uint64_t> counts;
    std::vector<double> sums;
    std::vector<double> maxima;
    std::vector<std::uint64_t> steps;
    std::vector<std::uint64_t> codes;

    Part(std::size_t magnitudes, std::size_t stepBins, std::size_t codeCount)
        : counts(magnitudes), sums(magnitudes), maxima(magnitudes), steps(stepBins), codes(codeCount)
    {
    }

    void add(const Part& other)
    {
        const auto plus = [](auto& to, const auto& from) {
            std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<>());
        };
        plus(counts, other.counts);
        plus(sums, other.sums);
        plus(steps, other.steps);
        plus(codes, other.codes);
        std::transform(maxima.begin(), maxima.end(), other.maxima.begin(), maxima.begin(),
                       [](double a, double b) { return std::max(a, b); });
    }
};

class Pass
{
public:
    Pass(const ChannelMajor& values, const ParamSets& params, double largest)
        : m_values(values), m_params(params), m_quantizer(values, params), m_largest(largest)
    {
    }

    void add(const Stretch& stretch, Part& part) const
    {
        constexpr std::size_t block = 4096;
        std::int32_t codes[block];
        float quantized[block];
        const Interval limits = valueLimits(m_params, stretch.set);
        const double scale = std::abs(static_cast<double>(m_params.sets[stretch.set].scale));
        for (std::size_t at = 0; at < stretch.count; at += block) {
            const std::size_t count = std::min(block, stretch.count - at);
            m_quantizer.quantize(stretch.set, stretch.begin + at, std::span(codes, count),
                                 std::span(quantized, count));
            for (std::size_t i = 0; i < count; ++i)
                addOne(m_values.values[stretch.begin + at + i], codes[i], quantized[i], limits, scale, part);
        }
    }

private:
    void addOne(float x, std::int32_t code, float quantized, const Interval& limits, double scale,
                Part& part) const
    {
        if (!std::isfinite(x) || !std::isfinite(quantized))
            return;
        const double e = static_cast<double>(quantized) - static_cast<double>(x);
        const double last = static_cast<double>(part.counts.size());
        const double place = m_largest > 0 ? std::abs(static_cast<double>(x)) / m_largest * last : 0;
        const auto bin = static_cast<std::size_t>(std::min(place, last - 1));
        ++part.counts[bin];
        part.sums[bin] += std::abs(e);
        part.maxima[bin] = std::max(part.maxima[bin], std::abs(e));
        const auto index = static_cast<std::size_t>(code - m_params.codes.min);
        if (index < part.codes.size())
            ++part.codes[index];
        if (part.steps.empty() || !(scale > 0) || x < limits.lo || x > limits.hi || std::abs(e) > scale)
            return;
        const double bins = static_cast<double>(part.steps.size());
        ++part.steps[static_cast<std::size_t>(std::min((e / scale + 1) / 2 * bins, bins - 1))];
    }

    const ChannelMajor& m_values;
    const ParamSets& m_params;
    ElementQuantizer m_quantizer;
    double m_largest;
};

std::size_t codeCountOf(const ParamSets& params)
{
    if (params.tables.size() > 1)
        return 0; // books of the sets' own
    const std::size_t count = params.tables.empty()
                                  ? static_cast<std::size_t>(params.codes.max - params.codes.min + 1)
                                  : params.tables.front().values.size();
    return count <= mostLevels ? count : 0;
}

/// Codes of one value are one level.
std::vector<LevelCount> levelsOf(const ParamSets& params, const std::vector<std::uint64_t>& counts,
                                 bool oneScale)
{
    std::map<double, LevelCount> byValue;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const int code = params.codes.min + static_cast<int>(i);
        double value = code;
        if (oneScale)
            value = static_cast<double>(valueOf(params, 0, code));
        else if (const ValueTable* table = params.table(0))
            value = static_cast<double>(table->values[i]);
        if (!std::isfinite(value))
            continue;
        auto& level = byValue.try_emplace(value + 0.0, LevelCount{code, value + 0.0, 0}).first->second;
        level.count += counts[i];
    }
    std::vector<LevelCount> levels;
    for (const auto& [value, level] : byValue)
        levels.push_back(level);
    return levels;
}

} // namespace

ErrorProfile errorProfile(const ChannelMajor& values, const ParamSets& params, const std::stop_token& stop,
                          std::size_t magnitudeBins, std::size_t stepBins)
{
    ErrorProfile profile;
    const Extremes range = extremes(values.values);
    profile.largest =
        std::max(std::abs(static_cast<double>(range.min)), std::abs(static_cast<double>(range.max)));
    const SetTasks tasks(params.layout);
    const Part none(magnitudeBins, params.tables.empty() ? stepBins : 0, codeCountOf(params));
    const Pass pass(values, params, profile.largest);
    // So many parts whatever the size: their counts take memory.
    std::vector<Part> parts(std::min(mostParts, tasks.count()), none);
    parallelFor(
        parts.size(),
        [&](std::size_t part) {
            const std::size_t last = (part + 1) * tasks.count() / parts.size();
            for (std::size_t task = part * tasks.count() / parts.size(); task < last; ++task) {
                throwIfStopped(stop);
                tasks.forStretches(task, [&](const Stretch& stretch) { pass.add(stretch, parts[part]); });
            }
        },
        stop);
    Part whole = none;
    for (const Part& part : parts)
        whole.add(part);

    profile.magnitudes.resize(magnitudeBins);
    for (std::size_t i = 0; i < magnitudeBins; ++i) {
        const double count = static_cast<double>(whole.counts[i]);
        profile.magnitudes[i] = {whole.counts[i], count > 0 ? whole.sums[i] / count : 0, whole.maxima[i]};
        profile.elements += whole.counts[i];
    }
    for (const std::uint64_t count : whole.steps)
        profile.stepsInside += count;
    profile.steps = std::move(whole.steps);
    profile.oneScale = params.sets.size() == 1;
    profile.levels = levelsOf(params, whole.codes, profile.oneScale);
    return profile;
}

Histogram normalizedHistogram(const ChannelMajor& values, const Granularity& granularity, std::size_t bins,
                              const std::stop_token& stop)
{
    // Codes of ±1 and a scale that is the magnitude: the code coordinate is the value wanted.
    Scheme scheme;
    scheme.bits = 2;
    scheme.granularity = granularity;
    const ParamSets params = parameterize(values, scheme, requestedRanges(values, scheme, stop), stop);
    return codeHistogram(values, params, -1, 1, bins, stop);
}

} // namespace quantoscope
