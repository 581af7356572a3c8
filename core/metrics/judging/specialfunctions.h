// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace quantoscope {

/// ln Γ(x), x > 0. Absolute error below 1e-14·(1 + |ln Γ(x)|). Unlike the C library's it writes no global.
/// Source: Stirling's series, NIST DLMF 5.11.1, behind the recurrence Γ(x + 1) = x·Γ(x).
double logGamma(double x);

/// Regularized incomplete beta function I_x(a, b), 0 ≤ x ≤ 1, a, b > 0. Source: continued fraction, NIST DLMF 8.17.22.
double incompleteBeta(double x, double a, double b);

} // namespace quantoscope
