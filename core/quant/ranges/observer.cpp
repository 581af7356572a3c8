// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/observer.h"

#include "core/metrics/valuestats.h"
#include "core/quant/ranges/aciqrange.h"
#include "core/quant/ranges/entropyrange.h"
#include "core/quant/ranges/mserange.h"
#include "core/quant/ranges/rangeshape.h"
#include "core/quant/ranges/sigmarange.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

using Kind = RangeRule::Kind;

RangeObserver::RangeObserver(const Scheme& scheme) : m_scheme(scheme)
{
    if (scheme.range.kind == Kind::Entropy)
        (void)entropyRange(m_bins, scheme); // refuses what it could not answer later
}

bool RangeObserver::needsBins() const
{
    switch (m_scheme.range.kind) {
    case Kind::MinMax:
    case Kind::Ratio:
    case Kind::Manual:
    case Kind::Dynamic:
    case Kind::Ema:
        return false;
    default:
        return true;
    }
}

void RangeObserver::add(std::span<const float> batch)
{
    if (batch.empty())
        return;
    Extremes found;
    extremesOfRuns(batch, batch.size(), {&found, 1});
    m_notFinite += found.nan + found.inf;
    if (found.finite == 0)
        return;
    if (needsBins())
        m_bins.add(batch);
    const double share = m_finite == 0 ? 1 : m_scheme.range.a;
    m_movingLo += share * (static_cast<double>(found.min) - m_movingLo);
    m_movingHi += share * (static_cast<double>(found.max) - m_movingHi);
    m_ends = m_finite == 0 ? Interval{found.min, found.max}
                           : Interval{std::min(m_ends.lo, found.min), std::max(m_ends.hi, found.max)};
    m_finite += found.finite;
}

void RangeObserver::merge(const RangeObserver& other)
{
    if (m_scheme.range.kind == Kind::Ema)
        throw Error(ErrorCode::InvalidArgument,
                    "range=ema depends on the order of the batches: its observers cannot be merged.");
    if (!(m_scheme == other.m_scheme))
        throw Error(ErrorCode::InvalidArgument, "Observers of different schemes cannot be merged.");
    m_notFinite += other.m_notFinite;
    if (other.m_finite == 0)
        return;
    m_bins.merge(other.m_bins);
    m_ends = m_finite == 0
                 ? other.m_ends
                 : Interval{std::min(m_ends.lo, other.m_ends.lo), std::max(m_ends.hi, other.m_ends.hi)};
    m_finite += other.m_finite;
}

Interval RangeObserver::percentile() const
{
    const auto last = static_cast<double>(m_finite - 1);
    const double p = m_scheme.range.a / 100;
    if (hasOneLimit(m_scheme.grid))
        return limitRange(m_scheme.grid, static_cast<float>(m_bins.ordered(p * last, true)), m_ends);
    const double tail = (1 - p) / 2;
    return {static_cast<float>(m_bins.ordered(tail * last, false)),
            static_cast<float>(m_bins.ordered((1 - tail) * last, false))};
}

Interval RangeObserver::range() const
{
    const RangeRule& rule = m_scheme.range;
    if (rule.kind == Kind::Manual)
        return {static_cast<float>(rule.a), static_cast<float>(rule.b)};
    if (m_finite == 0)
        return {};
    switch (rule.kind) {
    case Kind::Ratio:
        return {static_cast<float>(m_ends.lo * rule.a), static_cast<float>(m_ends.hi * rule.a)};
    case Kind::Ema:
        return {static_cast<float>(m_movingLo), static_cast<float>(m_movingHi)};
    case Kind::Percentile:
        return percentile();
    case Kind::Mse:
        return MseSearch(m_scheme).range(m_bins);
    case Kind::Entropy:
        return entropyRange(m_bins, m_scheme);
    case Kind::AciqGauss:
    case Kind::AciqLaplace:
    case Kind::Aciq:
        return aciqRange(momentsOf(m_bins), rule.kind, m_scheme.bits, m_scheme.grid);
    case Kind::Sigma:
        return sigmaRange(momentsOf(m_bins), rule.a, m_scheme.grid);
    default:
        return m_ends;
    }
}

} // namespace quantoscope
