// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace quantoscope::exactmath {

/// 1 - erf(x) for 0 ≤ x ≤ 26; relative error below 1e-12; the same bits on every machine and library, as core/formats/synth/exactmath.h.
/// Source: Abramowitz and Stegun 7.1.6 (series) and 7.1.14 (continued fraction).
double erfc(double x);

} // namespace quantoscope::exactmath
