// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/erfc.h"

#include "core/formats/synth/exactmath.h"

#include <numbers>

namespace quantoscope::exactmath {

double erfc(double x)
{
    const double bell = exp(-x * x);
    if (x < 2) {
        // erf(x) = 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)), all terms positive
        double term = x;
        double sum = x;
        for (int n = 1; n < 60; ++n) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 1 - 2 * std::numbers::inv_sqrtpi * bell * sum;
    }
    double fraction = x;
    for (int n = 120; n >= 1; --n)
        fraction = x + n / 2.0 / fraction;
    return bell * std::numbers::inv_sqrtpi / fraction;
}

} // namespace quantoscope::exactmath
