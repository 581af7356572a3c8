// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/shape.h"

#include <array>
#include <cstdint>
#include <string>

namespace quantoscope {

enum class SynthKind {
    Uniform,
    Gauss,
    Laplace,
    StudentT,
    Relu,
    Lognormal,
    Bimodal,
    Outliers,
    OutlierChannels,
    DeadChannel,
    Constant,
    Mixture
};

/// A parsed `synth:` text; see readSynth for the meaning.
struct SynthSpec
{
    SynthKind kind = SynthKind::Gauss;
    std::array<double, 2> parameters = {};
    Shape shape = {64, 256};
    std::uint64_t seed = 1;
    double scale = 1;
    double offset = 0;
};

/// Throws Error (InvalidArgument) as readSynth says.
SynthSpec parseSynth(const std::string& text);

} // namespace quantoscope
