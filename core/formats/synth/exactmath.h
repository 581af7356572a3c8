// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace quantoscope {

/// Elementary functions made of +, -, *, / and sqrt on IEEE doubles and of exact scaling by powers of two
/// only (compiled without fused multiply-add), so every machine and library gives the same bits. Relative
/// error below 1e-14 unless said otherwise; finite arguments.
namespace exactmath {

/// x > 0.
double log(double x);
/// |x| <= 700.
double exp(double x);
/// exp(x) - 1 for 0 <= x <= 700, accurate near 0.
double expMinusOne(double x);
/// cos(2π·turns), 0 <= turns < 1; absolute error below 1e-15.
double cosTurns(double turns);
/// Inverse of the standard normal distribution function, 0 < p < 1. Relative error about 1e-15.
/// Source: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
double normalQuantile(double p);

} // namespace exactmath

} // namespace quantoscope
