// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/inputspec.h"
#include "core/samples/samplesource.h"

#include <memory>
#include <span>

namespace quantoscope {

/// An input that is the same for every sample: a sampling rate, a state that starts at zero, a mask of ones.
struct ConstantInput
{
    InputSpec input;
    std::string value = "0"; ///< decimal, as given; every element has it
};

/// Parses texts `NAME=VALUE` (the last '=' divides). Throws Error(InvalidArgument) naming the text when NAME is no input
/// (with the nearest one), is given twice, or VALUE does not fit the input's type.
std::vector<ConstantInput> parseConstants(std::span<const std::string> texts,
                                          std::span<const InputSpec> inputs);

/// `source` with constants beside its own arrays. Open dimensions of a constant (-1) become the number of samples read,
/// as those of a state f32[2, batch, 128] must. Hash, labels and count are the source's. Throws Error(Unsupported) for a
/// constant whose type cannot hold numbers or that takes more than 1 GiB per sample read.
std::shared_ptr<const SampleSource> withConstants(std::shared_ptr<const SampleSource> source,
                                                  std::vector<ConstantInput> constants);

} // namespace quantoscope
