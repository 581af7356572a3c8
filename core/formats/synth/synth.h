// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/synth/synthspec.h"
#include "core/network/network.h"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace quantoscope {

/// A network of one bare array of made-up values, from a text
///
///     synth:KIND[,shape=64x256][,seed=1][,scale=1][,offset=0]
///
/// x(i) is computed from the seed and the flat row-major index i alone, in double, and stored as
/// float32(offset + scale·x). u, v, w ∈ (0, 1) are draws 0, 1, 2 of element i, z = Φ⁻¹(u) a standard normal
/// one. Parameters behind KIND may be left out from the right; K may end in "σ". Axis 0 is the channel axis,
/// C its length.
///
/// | KIND                 | x                                                                 | defaults |
/// |----------------------|-------------------------------------------------------------------|----------|
/// | uniform              | 2u - 1                                                            |          |
/// | gauss                | z                                                                 |          |
/// | laplace              | ln(2u) for u < 1/2, else -ln(2(1 - u)): variance 2                |          |
/// | student-t:ν          | √(ν(u^(-2/ν) - 1))·cos(2πv), Bailey (1994): exactly Student's t   | 4        |
/// | relu                 | max(0, z)                                                         |          |
/// | lognormal:S          | e^(S·z)                                                           | 1        |
/// | bimodal:D            | z ± D/2, + where v < 1/2                                          | 4        |
/// | outliers:P:K         | ±K where v < P (+ where w < 1/2), else z                          | 0.001:20 |
/// | outlier-channels:N:K | K·z in N evenly spread channels c: ⌊(c+1)N/C⌋ > ⌊cN/C⌋, else z    | 4:20     |
/// | dead-channel         | 0 in channel ⌊C/2⌋, else z                                        |          |
/// | constant:V           | V                                                                 | 1        |
/// | mixture:P:K          | K·z where v < P, else z                                           | 0.1:5    |
///
/// Draw d of element i is CounterRandom(seed, d).uniform(i) (counterrandom.h). Functions come from
/// exactmath.h: the numbers are the same on every machine.
///
/// Throws Error (InvalidArgument) that names the wrong part, its position and the nearest known name; for
/// a parameter out of range; above 2^28 elements. Throws Cancelled.
std::shared_ptr<const Network> readSynth(const std::string& text, const std::stop_token& stop = {});

/// The values alone, in row-major order.
std::vector<float> synthValues(const SynthSpec& spec, const std::stop_token& stop = {});

} // namespace quantoscope
