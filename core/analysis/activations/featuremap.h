// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/activations/layerinput.h"

namespace quantoscope {

/// |x| of the rows that a product of matrices reads, before and after SmoothQuant's division, for drawing: each cell holds the
/// largest of its rows and channels.
struct FeatureMap
{
    std::size_t tokens = 0; ///< rows of values looked at
    std::size_t channels = 0;
    bool rowsAreSamples = false; ///< a sample has one row: the rows are those of the first samples
    std::size_t rows = 0;        ///< cells; the last may cover fewer
    std::size_t columns = 0;
    std::size_t tokensPerRow = 1;
    std::size_t channelsPerColumn = 1;
    std::vector<float> before; ///< [rows][columns]; NaN and infinities count as 0
    std::vector<float> after;
    float maxBefore = 0;
    float maxAfter = 0;
};

/// SmoothQuant's s_j = max|X_j|^α / max|W_j|^(1 - α), limited to [1e-5, 1e5], 1 where either is 0; max|W_j| over all MatMul and Gemm
/// layers that read the same value by its last axis. `magnitudes`: max|X_j|.
std::vector<float> smoothingFactors(const RunModel& model, const ProductInput& input,
                                    const std::vector<float>& magnitudes, double alpha);

/// `values`: rows of `channels`. At most `most` cells a side.
FeatureMap featureMap(std::span<const float> values, std::size_t channels, const std::vector<float>& factors,
                      std::size_t most = 256);

} // namespace quantoscope
