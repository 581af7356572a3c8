// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/codes/codeloopsscalar.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

float termOf(const Addend& addend, std::size_t element)
{
    return addend.codes != nullptr
               ? addend.multiplier * static_cast<float>(addend.codes[element] - addend.zero)
               : addend.multiplier * addend.reals[element];
}

void sum(const SumRows& rows, const SumRule& rule, std::int8_t* out)
{
    const auto low = static_cast<float>(rule.low - rule.zeroPoint);
    const auto high = static_cast<float>(rule.high - rule.zeroPoint);
    for (std::size_t row = 0; row < rows.rows; ++row) {
        for (std::size_t i = 0; i < rows.width; ++i) {
            const float a = termOf(rows.wide, row * rows.width + i);
            const float b = i < rows.narrowWidth ? termOf(rows.narrow, row * rows.narrowWidth + i) : 0.0f;
            const float t = std::isnan(a + b) ? 0.0f : a + b;
            const float whole = std::nearbyint(std::min(std::max(t, low), high));
            out[row * rows.width + i] =
                static_cast<std::int8_t>(static_cast<std::int32_t>(whole) + rule.zeroPoint);
        }
    }
}

void largest(const PoolRun& run, std::int8_t* out)
{
    for (std::size_t pixel = 0; pixel < run.pixels; ++pixel) {
        for (std::size_t c = 0; c < run.channels; ++c) {
            std::int8_t most = run.taps.front()[pixel * run.step + c];
            for (const std::int8_t* const tap : run.taps)
                most = std::max(most, tap[pixel * run.step + c]);
            out[pixel * run.channels + c] = most;
        }
    }
}

} // namespace

const CodeLoops& scalarCodeLoops()
{
    static constexpr CodeLoops loops{sum, largest};
    return loops;
}

} // namespace quantoscope
