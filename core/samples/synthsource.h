// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/inputspec.h"
#include "core/samples/samplesource.h"

#include <memory>
#include <span>

namespace quantoscope {

/// Made-up samples for inputs of type f32 or f64 and rank 1 or more, from a text
/// `synth:KIND[,shape=3x48x320][,seed=1][,scale=1][,offset=0]` (synth.h says what the words mean; `synth:gauss` is standard
/// normal, `synth:uniform,scale=0.5,offset=0.5` uniform in 0…1). Sample s of the i-th input is what readSynth() makes of
/// the text with the sample's shape (the input's without axis 0) and the seed CounterRandom(seed, i).bits(s): any sample
/// alone, the same everywhere. `shape` sets the open dimensions of the inputs that it fits. f32 values.
/// Throws Error(InvalidArgument) for a wrong text, for an open dimension left over (naming input and axis), and when
/// `shape` fits no input or no input can be made up.
std::shared_ptr<const SampleSource> synthSource(const std::string& text, std::span<const InputSpec> inputs,
                                                std::size_t count);

/// Whether synthSource() can make it up.
bool canBeMadeUp(const InputSpec& input);

} // namespace quantoscope
