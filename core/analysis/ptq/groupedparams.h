// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"
#include "core/quant/algorithms/layerinputs.h"

namespace quantoscope {

/// Rows of layer inputs [rows][features], finite, row-major. A layer of several groups sees `features / groups` of them at a
/// time: those of group g are the g-th stretch of each row.
struct LayerRows
{
    std::vector<float> values;
    std::size_t features = 0;
    std::size_t groups = 1;

    std::size_t rows() const { return features == 0 ? 0 : values.size() / features; }
    std::size_t perGroup() const { return features / groups; }
    /// The rows of one group, row-major.
    std::vector<float> ofGroup(std::size_t group) const;
};

/// Parameters of a layer's weight by an algorithm that looks at inputs (GPTQ, AdaRound): each group's outputs
/// on their own inputs, groups in parallel. granularity=tensor: all groups keep the range that the whole tensor has.
/// Throws Error(SchemeMismatch) for algorithms whose result belongs to input columns (AWQ), as the groups of a convolution
/// share none; errors of the algorithm; Cancelled. Deterministic for any thread count.
ParamSets groupedParams(LayerData& layer, const Scheme& scheme, const LayerRows& rows,
                        const std::stop_token& stop);

/// What quantizing the weights adds to each output on average is taken off its bias: correctBias() group by group. `bias` [outputs] or empty.
std::vector<float> correctedBias(LayerData& layer, const ParamSets& params, const LayerRows& rows,
                                 std::span<const float> bias, const std::stop_token& stop);

} // namespace quantoscope
