// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/bootstrap.h"

#include <string_view>

namespace quantoscope {

/// How far the output ŷ of a quantized network lies from the float network's y. Sums over all elements of all samples, before
/// any ratio. A pair of which one is NaN or infinite is counted and left out.
struct NetworkError
{
    std::uint64_t samples = 0;
    std::uint64_t elements = 0; ///< pairs of finite values
    std::uint64_t nanCount = 0; ///< pairs with a NaN
    std::uint64_t infCount = 0; ///< the others with an infinity
    std::uint64_t broken = 0;   ///< of both: y finite, ŷ not. Any is a failure of the quantized network
    /// 10·log10(Σy² / Σ(ŷ - y)²), dB, higher is better; NaN with sqnrReason "no finite elements", "zero signal", "exact"
    double sqnrDb = std::numeric_limits<double>::quiet_NaN();
    std::string_view sqnrReason = "no finite elements";
    Bounds sqnrCi95; ///< of sqnrDb over samples, bootstrapInterval()
    /// Σy·ŷ / (‖y‖·‖ŷ‖), -1 … 1, higher is better; NaN when y or ŷ is all 0
    double cosine = std::numeric_limits<double>::quiet_NaN();
    /// max |ŷ - y|, lower is better; NaN without elements
    double maxError = std::numeric_limits<double>::quiet_NaN();
};

/// Adds up a NetworkError sample by sample; two doubles of memory each. One thread.
class NetworkErrorSum
{
public:
    /// One sample of one output, equal lengths.
    void add(std::span<const float> reference, std::span<const float> quantized);
    NetworkError result(const BootstrapOptions& options = {}, std::stop_token stop = {}) const;

    /// Σy² and Σ(ŷ - y)² of each sample, in the order added.
    const std::vector<double>& signalPowers() const { return m_signals; }
    const std::vector<double>& noisePowers() const { return m_noises; }

private:
    std::vector<double> m_signals, m_noises;
    double m_product = 0, m_output = 0, m_maxError = 0;
    std::uint64_t m_elements = 0, m_nan = 0, m_inf = 0, m_broken = 0;
};

} // namespace quantoscope
