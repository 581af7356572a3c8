// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/errorsums.h"

#include <algorithm>

namespace quantoscope {

void ErrorSums::add(const ErrorSums& other)
{
    elements += other.elements;
    nan += other.nan;
    inf += other.inf;
    squaredRounding += other.squaredRounding;
    squaredClipping += other.squaredClipping;
    squaredValue += other.squaredValue;
    maxError = std::max(maxError, other.maxError);
    clippedBelow += other.clippedBelow;
    clippedAbove += other.clippedAbove;
    valueOutput += other.valueOutput;
    squaredOutput += other.squaredOutput;
    error += other.error;
    absError += other.absError;
    squaredSteps += other.squaredSteps;
    zeroed += other.zeroed;
    saturated += other.saturated;
    zeroOutput += other.zeroOutput;
}

} // namespace quantoscope
