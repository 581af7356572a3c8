// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/exactlimit.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

void ExactSteps::find(std::span<const float> points, const StepLevels& levels, double from, double to,
                      double energy, Minimum (&best)[2])
{
    m_changes.clear();
    double xq = 0;
    double qq = 0;
    const double perStep = 1 / from;
    const double perLast = 1 / to;
    for (const float point : points) {
        const double x = std::abs(static_cast<double>(point));
        const double top = point < 0 ? levels.down : levels.up;
        // Code k: from k + offset - 1/2 steps to k + offset + 1/2; floor() for values that are not negative.
        const double shift = 0.5 - levels.offset;
        const auto first = std::min(static_cast<double>(static_cast<int>(x * perStep + shift)), top);
        const auto last = std::min(static_cast<double>(static_cast<int>(x * perLast + shift)), top);
        const double q = first + levels.offset;
        xq += x * q;
        qq += q * q;
        for (double k = first; k > last; --k) {
            const double edge = k - shift;
            m_changes.push_back({x / edge, x, 2 * (k + levels.offset) - 1});
        }
    }
    std::sort(m_changes.begin(), m_changes.end(),
              [](const Change& a, const Change& b) { return a.step < b.step; });
    best[0] = best[1] = {to, energy};
    const auto consider = [&](double step, double error) {
        if (error < best[0].error) {
            best[1] = best[0];
            best[0] = {step, error};
        } else if (error < best[1].error) {
            best[1] = {step, error};
        }
    };
    const auto errorAt = [&](double step) { return energy - step * (2 * xq - step * qq); };
    consider(from, errorAt(from));
    double left = from;
    for (const Change& change : m_changes) {
        // Without a division where the lowest point lies elsewhere.
        if (xq >= left * qq && xq <= change.step * qq && qq > 0)
            consider(xq / qq, energy - xq * (xq / qq));
        xq -= change.xq;
        qq -= change.qq;
        left = change.step;
    }
    if (xq >= left * qq && xq <= to * qq && qq > 0)
        consider(xq / qq, energy - xq * (xq / qq));
    consider(to, errorAt(to));
}

} // namespace quantoscope
