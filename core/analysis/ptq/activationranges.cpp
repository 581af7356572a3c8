// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/activationranges.h"

#include "core/quant/formats.h"
#include "core/support/error.h"

#include <cmath>
#include <limits>

namespace quantoscope {

using Kind = RangeRule::Kind;

namespace {

/// The scheme that a stream of such activations is observed with. Scaled formats ask for their ranges as a symmetric grid
/// would, as requestedRanges() does.
Scheme observedScheme(const ActivationScheme& act)
{
    Scheme scheme = schemeOf(act);
    if (infoOf(act.format).family == Family::Uniform)
        return scheme;
    Scheme symmetric;
    if (infoOf(act.format).family != Family::Signs)
        symmetric.range = scheme.range;
    return symmetric;
}

/// Σ|x| in double, batch by batch.
double sumOfMagnitudes(std::span<const float> values)
{
    double sum = 0;
    for (const float x : values)
        sum += std::isfinite(x) ? static_cast<double>(std::abs(x)) : 0;
    return sum;
}

} // namespace

struct ActivationRanges::Watch
{
    RangeObserver observer;
    bool isBinary = false;
    double magnitudes = 0;

    void take(std::span<const float> batch)
    {
        observer.add(batch);
        if (isBinary)
            magnitudes += sumOfMagnitudes(batch);
    }
};

bool ActivationRanges::isNeeded(const ActivationScheme& act)
{
    const Family family = infoOf(act.format).family;
    return family != Family::Cast && family != Family::Blocks && act.range.kind != Kind::Manual
           && act.range.kind != Kind::Dynamic;
}

std::string ActivationRanges::whyNot(const ActivationScheme& act)
{
    if (!isNeeded(act))
        return {};
    const std::string format(nameOf(act.format));
    const Family family = infoOf(act.format).family;
    if (act.granularity.kind == Granularity::Kind::Row)
        return "act.granularity=row gives each token a range of its own, which no calibration can know: use "
               "mode dynamic or act.granularity=tensor";
    if (family == Family::Ternary || (family == Family::Signs && schemeOf(act).grid != Grid::Symmetric))
        return "the levels of " + format + (family == Family::Ternary ? "" : " about the mean")
               + " activations are fitted to the values at hand: use mode dynamic";
    if (family == Family::Scaled && act.range.kind == Kind::Mse)
        return "act.range=mse for " + format
               + " looks at all values at once: use minmax, percentile:P or mode dynamic";
    try {
        (void)RangeObserver(observedScheme(act));
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

std::size_t ActivationRanges::add(const std::vector<ProductInput>& inputs, const ActivationScheme& act,
                                  const std::vector<std::uint8_t>& marked, Listeners& listeners)
{
    Scheme key;
    key.act = act;
    std::string name = toText(key) + std::string(marked.begin(), marked.end());
    for (const ProductInput& input : inputs)
        name += '\n' + input.value;
    if (const auto known = m_known.find(name); known != m_known.end())
        return known->second;
    const auto watch =
        std::make_shared<Watch>(Watch{RangeObserver(observedScheme(act)), act.format == Format::Binary, 0});
    for (const ProductInput& input : inputs)
        listeners.add(input.value, [watch, input, marked](const HeardBatch& batch) {
            if (marked.empty())
                watch->take(batch.value.values);
            else
                watch->take(unmarkedValues(input, batch.value, marked));
        });
    m_watches.push_back(watch);
    m_known.emplace(std::move(name), m_watches.size() - 1);
    return m_watches.size() - 1;
}

ActivationRange ActivationRanges::answer(std::size_t number) const
{
    const Watch& watch = *m_watches.at(number);
    ActivationRange answer{watch.observer.range(), 0, watch.observer.finite(), watch.observer.notFinite()};
    if (answer.finite > 0)
        answer.meanMagnitude = watch.magnitudes / static_cast<double>(answer.finite);
    return answer;
}

std::size_t OutputRanges::add(const std::vector<std::string>& values, Listeners& listeners)
{
    const auto observer = std::make_shared<RangeObserver>(Scheme{});
    for (const std::string& value : values)
        listeners.add(value, [observer](const HeardBatch& batch) { observer->add(batch.value.values); });
    m_observers.push_back(observer);
    return m_observers.size() - 1;
}

std::optional<Interval> OutputRanges::answer(std::size_t number) const
{
    const RangeObserver& observer = *m_observers.at(number);
    return observer.finite() > 0 ? std::optional(observer.range()) : std::nullopt;
}

RangeRule manualRule(const Interval& range)
{
    Interval wide = range;
    if (!(wide.lo < wide.hi))
        wide.hi = wide.lo == 0 ? 1.0f : std::nextafter(wide.lo, std::numeric_limits<float>::infinity());
    return {Kind::Manual, static_cast<double>(wide.lo), static_cast<double>(wide.hi)};
}

} // namespace quantoscope
