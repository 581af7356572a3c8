// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <optional>
#include <span>

namespace quantoscope {

/// The levels of one set by themselves: what a staircase draws and what lists of levels show.
struct LevelGrid
{
    Scheme scheme;
    CodeRange codes;
    SetParams set;
    std::optional<ValueTable> table; ///< levels that are not evenly spaced

    bool isUniform() const { return !table.has_value(); }
    /// Every different level, ascending.
    std::vector<float> values() const;
    Interval ends() const;
    float valueOf(int code) const; ///< NaN where the format has none
    /// Code of x by the scheme's rule (stochastic rounding: the nearest level); formats whose encoders look at more than x
    /// give the nearest level, the lower of two.
    int codeOf(float x) const;
    /// codeOf() of many; `out` has as many.
    void quantize(std::span<const float> x, std::span<float> out) const;
};

/// The grid of one set of a tensor.
LevelGrid gridOf(const ParamSets& params, std::size_t set);

/// All sets on one axis, u = (x - offset)/scale + zeroPoint: levels at the codes or, with a table, at its values.
/// Thresholds lie half-way. Books of the sets' own have no common levels: the table is empty then, its ends those of all.
LevelGrid commonGrid(const ParamSets& params);

/// The grid that a scheme gives to values from lo to hi (symmetric ones take the larger magnitude; blocks: that of a block
/// of evenly spread values). Throws Error(SchemeMismatch) for kmeans, whose levels come from the data.
LevelGrid gridFor(const Scheme& scheme, Interval range);

} // namespace quantoscope
