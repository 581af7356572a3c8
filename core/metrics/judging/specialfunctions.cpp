// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/specialfunctions.h"

#include <cmath>
#include <initializer_list>
#include <numbers>

namespace quantoscope {

namespace {

/// By Lentz's method; converges fast for x < (a + 1)/(a + b + 2).
double betaFraction(double x, double a, double b)
{
    constexpr double tiny = 1e-300;
    const auto awayFromZero = [](double v) { return std::abs(v) < tiny ? tiny : v; };
    double c = 1;
    double d = 1 / awayFromZero(1 - (a + b) * x / (a + 1));
    double fraction = d;
    for (int m = 1; m < 100'000; ++m) {
        const double k = m;
        double step = 1;
        for (const double term : {k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)),
                                  -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))}) {
            d = 1 / awayFromZero(1 + term * d);
            c = awayFromZero(1 + term / c);
            step *= c * d;
            fraction *= c * d;
        }
        if (std::abs(step - 1) < 1e-16)
            break;
    }
    return fraction;
}

} // namespace

double logGamma(double x)
{
    double shift = 1;
    for (; x < 16; x += 1)
        shift *= x;
    const double u = 1 / (x * x);
    // B_2k / (2k(2k - 1)): the first term left out is below 1e-17 at x = 16.
    const double series =
        (1.0 / 12
         - u * (1.0 / 360 - u * (1.0 / 1260 - u * (1.0 / 1680 - u * (1.0 / 1188 - u * 691 / 360360)))))
        / x;
    return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi) + series - std::log(shift);
}

double incompleteBeta(double x, double a, double b)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2))
        return 1 - incompleteBeta(1 - x, b, a);
    const double front =
        std::exp(a * std::log(x) + b * std::log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
    return front * betaFraction(x, a, b) / a;
}

} // namespace quantoscope
