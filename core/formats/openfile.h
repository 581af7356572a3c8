// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"
#include "core/support/progress.h"

#include <memory>
#include <stop_token>
#include <string>

namespace quantoscope {

/// Opens anything that holds weights: .onnx, .npy, .npz, or a `synth:` text (see readSynth). A file with
/// another ending is opened by its first bytes. Throws Error saying what can be opened, or what the reader
/// of the format says; throws Cancelled.
std::shared_ptr<const Network> openNetwork(const std::string& fileOrSynth, std::stop_token stop = {},
                                           const ProgressFn& progress = {});

} // namespace quantoscope
