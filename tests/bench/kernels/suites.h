// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/kernels/scene.h"

#include <vector>

namespace quantoscope::bench {

// Scenes of the integer kernels on the best instruction set of this machine; names begin with "kernels: ". Products are of
// [rows][4096] with 4096 outputs, on one thread unless the name says otherwise; ours include the packing of activations.

/// Weights of 1 to 8 bits, per channel and in groups of 32, and binary products.
std::vector<Scene> gemmScenes();
/// One row, weights from memory, and the bandwidth of a plain read.
std::vector<Scene> gemvScenes();
/// 9 to 16 bits against the peak of pairs of int16.
std::vector<Scene> wideScenes();
/// Two threads against one, and against peers with two.
std::vector<Scene> threadScenes();
/// The AVX2 kernels against Eigen compiled for it.
std::vector<Scene> avx2Scenes();
/// Convolutions of one image.
std::vector<Scene> convScenes();

/// Whole networks, one sample at a time, against ONNX Runtime's float session and its own int8 path; names begin with "networks: ".
/// Those that are not there are left out.
std::vector<Scene> networkScenes();

std::vector<Scene> kernelScenes();

} // namespace quantoscope::bench
