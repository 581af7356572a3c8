// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/algorithmresult.h"
#include "core/support/progress.h"
#include "core/tensor/channelmajor.h"

#include <mutex>
#include <string_view>

namespace quantoscope {

/// Throws Error(SchemeMismatch) unless the format is int, rounded to nearest and without outliers; `name` for the message.
void requireUniform(const Scheme& scheme, std::string_view name);

/// The weights with 0 in place of what is not finite, in an owner of their own when there is any.
ChannelMajor finiteWeights(const ChannelMajor& weights);

/// Parameters, codes (q - codes.min) and values x̂ of nearest rounding on the scheme's own ranges.
struct NearestWeights
{
    ParamSets params; ///< without codes
    std::vector<std::uint16_t> codes;
    std::vector<float> values;

    std::vector<float> errors(const ChannelMajor& weights) const; ///< x̂ - w
};
NearestWeights nearestWeights(const ChannelMajor& weights, const Scheme& scheme, const std::stop_token& stop);

/// Puts the codes into the parameters, 0 where the weight is not finite.
void attachCodes(ParamSets& params, const ChannelMajor& weights, std::vector<std::uint16_t> codes,
                 std::vector<float> columnFactors = {});

/// The set of element `i` of a channel.
inline std::size_t setOf(const SetLayout& layout, std::size_t channel, std::size_t i)
{
    // One set for the whole tensor is one channel of its layout.
    return (layout.channels == 1 ? 0 : channel * layout.perChannelSets()) + i / layout.length;
}

/// Progress of steps that end on any thread; calls are never concurrent and never go back.
class StepProgress
{
public:
    StepProgress(const ProgressFn& report, std::size_t total) : m_report(report), m_total(total) {}
    void add()
    {
        const std::lock_guard lock(m_mutex);
        ++m_done;
        if (m_report)
            m_report(Stage::Analyzing, m_done, m_total);
    }

private:
    const ProgressFn& m_report;
    std::mutex m_mutex;
    std::size_t m_done = 0;
    std::size_t m_total;
};

} // namespace quantoscope
