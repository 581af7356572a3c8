// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/listeners.h"
#include "core/quant/ranges/observer.h"

#include <memory>
#include <optional>

namespace quantoscope {

/// What calibration found out about the activations of a layer.
struct ActivationRange
{
    Interval range;
    double meanMagnitude = 0;    ///< mean |x| of the finite values: α of binary activations
    std::uint64_t finite = 0;    ///< values seen
    std::uint64_t notFinite = 0; ///< NaN and infinities, left out
};

/// Finds static ranges of activations in one pass over a capture: one RangeObserver for each set of inputs and scheme, so that layers
/// which read the same value under the same scheme share it. range=ema: a batch is what capture() runs at once; where a
/// weight is used by several nodes, their inputs come in the order in which the file names them, and each batch counts as one.
class ActivationRanges
{
public:
    /// Whether a static range can be found for activations in that scheme, batch by batch; "" or why not, naming the remedy.
    static std::string whyNot(const ActivationScheme& act);
    /// Whether the scheme has a range to find at all: casts and blocks have none, manual and dynamic ones are known or left open.
    static bool isNeeded(const ActivationScheme& act);

    /// `marked`: features of the inputs that no range sees; empty: none. Returns the number to ask for the answer with.
    std::size_t add(const std::vector<ProductInput>& inputs, const ActivationScheme& act,
                    const std::vector<std::uint8_t>& marked, Listeners& listeners);
    ActivationRange answer(std::size_t number) const;

private:
    struct Watch;
    std::vector<std::shared_ptr<Watch>> m_watches;
    std::map<std::string, std::size_t> m_known;
};

/// Smallest and largest finite value of some values.
class OutputRanges
{
public:
    std::size_t add(const std::vector<std::string>& values, Listeners& listeners);
    /// Nothing where no finite value was seen.
    std::optional<Interval> answer(std::size_t number) const;

private:
    std::vector<std::shared_ptr<RangeObserver>> m_observers;
};

/// The range as scheme text can say it: a rule manual:LO:HI needs LO < HI, so a range of one value is widened upwards, by the
/// next float or, about 0, to 1.
RangeRule manualRule(const Interval& range);

} // namespace quantoscope
