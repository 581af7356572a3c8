// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/paired/pairederror.h"

#include "core/runtime/paired/errorsums.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace quantoscope {

void PairSums::add(float x, float y)
{
    if (!std::isfinite(x) || !std::isfinite(y)) {
        ++nonFinite;
        return;
    }
    const double reference = x;
    const double value = y;
    const double error = value - reference;
    ++count;
    signal += reference * reference;
    noise += error * error;
    product += reference * value;
    other += value * value;
    maxError = std::max(maxError, std::abs(error));
}

void PairSums::merge(const PairSums& more)
{
    count += more.count;
    nonFinite += more.nonFinite;
    signal += more.signal;
    noise += more.noise;
    product += more.product;
    other += more.other;
    maxError = std::max(maxError, more.maxError);
}

double PairSums::sqnrDb() const
{
    return signal > 0 && noise > 0 ? 10 * std::log10(signal / noise)
                                   : std::numeric_limits<double>::quiet_NaN();
}

double PairSums::cosine() const
{
    return signal > 0 && other > 0 ? product / std::sqrt(signal * other)
                                   : std::numeric_limits<double>::quiet_NaN();
}

PairSums pairSumsFrom(const Tensor& tensor)
{
    std::array<double, errorSumCount> values{};
    std::memcpy(values.data(), tensor.bytes.data(), std::min(tensor.bytes.size(), sizeof values));
    return {static_cast<std::uint64_t>(values[0]),
            static_cast<std::uint64_t>(values[1]),
            values[2],
            values[3],
            values[4],
            values[5],
            values[6]};
}

} // namespace quantoscope
