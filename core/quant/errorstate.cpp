// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/errorstate.h"

#include <algorithm>

namespace quantoscope {

void ErrorState::addTo(ErrorSums& total, bool full, float gain) const
{
    const auto sum = [&](Sum s) {
        double all = 0;
        for (std::size_t i = 0; i < virtualLanes && (full || s < ValueOutput); ++i)
            all += sums[s][i] + static_cast<double>(single[s][i]);
        return all;
    };
    const double unit = 1.0 / static_cast<double>(gain);
    const double square = unit * unit;
    ErrorSums mine = counts;
    mine.squaredRounding = sum(SquaredRounding) * square;
    mine.squaredClipping = sum(SquaredClipping) * square;
    mine.squaredValue = sum(SquaredValue) * square;
    mine.valueOutput = sum(ValueOutput) * square;
    mine.squaredOutput = sum(SquaredOutput) * square;
    mine.error = sum(Error) * unit;
    mine.absError = sum(AbsError) * unit;
    mine.squaredSteps = sum(SquaredSteps);
    mine.maxError = static_cast<double>(*std::max_element(maxError.begin(), maxError.end()));
    total.add(mine);
}

} // namespace quantoscope
