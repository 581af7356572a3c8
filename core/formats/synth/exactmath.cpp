// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/synth/exactmath.h"

#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace quantoscope::exactmath {

namespace {

using Coefficients = std::array<double, 8>;

/// Numerators and denominators of AS 241, constant term first, for the centre and the two tails.
constexpr Coefficients centreTop = {
    3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
    4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr Coefficients centreBottom = {1.0,
                                       4.2313330701600911252e+1,
                                       6.8718700749205790830e+2,
                                       5.3941960214247511077e+3,
                                       2.1213794301586595867e+4,
                                       3.9307895800092710610e+4,
                                       2.8729085735721942674e+4,
                                       5.2264952788528545610e+3};
constexpr Coefficients nearTop = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                  5.76949722146069140550e0,  3.64784832476320460504e0,
                                  1.27045825245236838258e0,  2.41780725177450611770e-1,
                                  2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Coefficients nearBottom = {1.0,
                                     2.05319162663775882187e0,
                                     1.67638483018380384940e0,
                                     6.89767334985100004550e-1,
                                     1.48103976427480074590e-1,
                                     1.51986665636164571966e-2,
                                     5.47593808499534494600e-4,
                                     1.05075007164441684324e-9};
constexpr Coefficients farTop = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                 1.78482653991729133580e0,  2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Coefficients farBottom = {1.0,
                                    5.99832206555887937690e-1,
                                    1.36929880922735805310e-1,
                                    1.48753612908506148525e-2,
                                    7.86869131145613259100e-4,
                                    1.84631831751005468180e-5,
                                    1.42151175831644588870e-7,
                                    2.04426310338993978564e-15};

double polynomial(const Coefficients& coefficients, double x)
{
    double sum = 0;
    for (std::size_t i = coefficients.size(); i-- > 0;)
        sum = sum * x + coefficients[i];
    return sum;
}

/// x + x²/2! + … + x^n/n!
double exponentialSeries(double x, int terms)
{
    double sum = 0;
    for (int n = terms; n > 0; --n)
        sum = (sum + 1) * (x / n);
    return sum;
}

/// 1 - x²/2! + x⁴/4! - … (first = 1) or x·(1 - x²/3! + …)/x (first = 2), |x| <= π/4.
double alternatingSeries(double square, int first)
{
    double sum = 0;
    for (int n = first + 16; n >= first; n -= 2)
        sum = (1 + sum) * (-square / (n * (n + 1.0)));
    return 1 + sum;
}

} // namespace

double log(double x)
{
    int exponent = 0;
    double mantissa = std::frexp(x, &exponent); // exact; [0.5, 1)
    if (mantissa < std::numbers::sqrt2 / 2) {
        mantissa *= 2;
        --exponent;
    }
    // log m = 2 artanh((m-1)/(m+1)); |s| <= 0.1716, so s^25 is below 1e-19.
    const double s = (mantissa - 1) / (mantissa + 1);
    double sum = 0;
    for (int n = 25; n >= 1; n -= 2)
        sum = sum * (s * s) + 1.0 / n;
    return exponent * std::numbers::ln2 + 2 * s * sum;
}

double exp(double x)
{
    // ln 2 in two parts: the first has trailing zeros, so its multiples are exact.
    constexpr double ln2High = 0x1.62e42feep-1;
    constexpr double ln2Low = 0x1.a39ef35793c76p-33;
    const double multiple = std::floor(x / std::numbers::ln2 + 0.5);
    const double rest = (x - multiple * ln2High) - multiple * ln2Low;
    return std::ldexp(1 + exponentialSeries(rest, 15), static_cast<int>(multiple));
}

double expMinusOne(double x) { return x < 0.5 ? exponentialSeries(x, 17) : exp(x) - 1; }

double cosTurns(double turns)
{
    const double quarters = turns * 4;
    const double quadrant = std::floor(quarters);
    double rest = quarters - quadrant; // exact
    // cos(2π(q+r)/4) is ±cos or ±sin of πr/2; beyond r = 1/2 the other one of 1-r.
    bool sine = quadrant == 1 || quadrant == 3;
    const bool negative = quadrant == 1 || quadrant == 2;
    if (rest > 0.5) {
        rest = 1 - rest;
        sine = !sine;
    }
    const double angle = rest * (std::numbers::pi / 2);
    const double value =
        sine ? angle * alternatingSeries(angle * angle, 2) : alternatingSeries(angle * angle, 1);
    return negative ? -value : value;
}

double normalQuantile(double p)
{
    const double q = p - 0.5;
    if (std::abs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(centreTop, r) / polynomial(centreBottom, r);
    }
    double r = std::sqrt(-log(q < 0 ? p : 1 - p));
    if (r <= 5) {
        r -= 1.6;
        r = polynomial(nearTop, r) / polynomial(nearBottom, r);
    } else {
        r -= 5;
        r = polynomial(farTop, r) / polynomial(farBottom, r);
    }
    return q < 0 ? -r : r;
}

} // namespace quantoscope::exactmath
