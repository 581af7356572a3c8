// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/layerinputs.h"

#include <optional>

namespace quantoscope {

/// XᵀX / samples of a layer's inputs: [size, size], symmetric, every element stored. δ·G·δᵀ of an output's weight error δ
/// is the mean square of its output error, in units of output².
struct Gram
{
    std::size_t size = 0;
    std::vector<float> values;

    float at(std::size_t i, std::size_t j) const { return values[i * size + j]; }
    const float* row(std::size_t i) const { return values.data() + i * size; }
};

// All of these work on the shared pool, in tiles that never depend on the number of threads: deterministic on one machine.
// Other instruction sets may differ in the last bits (densekernels.h). Each throws Cancelled within some 10 ms.

/// Products in float over 4096 samples at most, their sums in double, stored as float. Throws Error(InvalidArgument) when
/// the squares of the inputs overflow.
Gram gramOf(const LayerInputs& inputs, std::stop_token stop = {});

/// δGδᵀ of every row of errors [rows, size]; never negative.
std::vector<double> rowErrors(std::span<const float> errors, const Gram& gram, std::stop_token stop = {});

/// U, upper, row-major [size, size] (0 below the diagonal), with UᵀU = (P(G + ridge·1)Pᵀ)⁻¹, where P puts column order[k]
/// at position k; columns without any input (G_jj = 0) count as 1 on the diagonal. In double, stored as float.
/// Nothing when a pivot is not above 1e-7 of its diagonal element, which is what G's own precision allows.
std::optional<std::vector<float>> inverseFactor(const Gram& gram, std::span<const std::size_t> order,
                                                double ridge, std::stop_token stop = {});

} // namespace quantoscope
