// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/steps.h"
#include "core/tensor/channelmajor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// What the cells of a map of weights hold.
///   Value      x
///   Quantized  x̂
///   Error      e = x̂ - x
///   Clipped    x where it lies outside the levels of its own set, else 0
///   Rounding   q less the code that the scheme's rule alone would choose: where GPTQ or AdaRound leave the nearest level
enum class MapMode { Value, Quantized, Error, Clipped, Rounding };

/// Part of a matrix, and how many cells may be made of it. Empty parts and those beyond the matrix are cut to it.
struct MapWindow
{
    std::size_t row = 0;
    std::size_t rows = 0;
    std::size_t column = 0;
    std::size_t columns = 0;
    std::size_t maxRows = 800;
    std::size_t maxColumns = 800;
    bool operator==(const MapWindow&) const = default;
};

/// Cells of a window: each holds, of the cellSize × cellSize values in it, that of the largest magnitude (of equal ones the first), so that no
/// outlier disappears in a small picture; NaN where one of them is not finite.
struct MapCells
{
    std::size_t cellSize = 1; ///< a power of two
    std::size_t row = 0;      ///< of the matrix, of the first cell: a multiple of cellSize
    std::size_t column = 0;
    std::size_t rows = 0; ///< of cells
    std::size_t columns = 0;
    std::vector<float> cells; ///< [rows][columns]
    std::vector<Interval>
        rowEnds; ///< smallest and largest finite cell of each row of cells; [0, 0] where there is none
    std::vector<Interval> columnEnds;
};

/// A weight as a matrix, rows its channels along the scheme's axis, under one scheme and mode; answers for windows of any size fast. A tensor of
/// one channel is folded into rows of `foldedColumns`. Any thread.
class WeightMap
{
public:
    static constexpr std::size_t foldedColumns = 256;

    /// One pass over the values. `params` of the same arrangement; null: Value alone. Memory: a sixteenth of the values.
    /// Throws Error(InvalidArgument) for Rounding where codes follow from the rule or blocks choose them, and for modes without params; Cancelled.
    WeightMap(ChannelMajor values, std::shared_ptr<const ParamSets> params, MapMode mode,
              std::stop_token stop = {});

    std::size_t rows() const { return m_rows; }
    std::size_t columns() const { return m_columns; }
    MapMode mode() const { return m_mode; }
    /// Largest magnitude of all finite cells.
    float absMax() const { return m_absMax; }
    /// Values that are NaN or infinite.
    std::uint64_t notFinite() const { return m_notFinite; }
    MapCells window(const MapWindow& window) const;
    /// Index in channel-major order; beyond the tensor in a short last row: no value.
    std::optional<std::size_t> elementAt(std::size_t row, std::size_t column) const;
    /// What quantization makes of the finite value there, step by step; nothing without params, beyond the tensor and where it is not finite.
    std::optional<QuantizationStep> stepAt(std::size_t row, std::size_t column) const;
    const ChannelMajor& values() const { return m_values; }

private:
    static constexpr std::size_t coarseSize = 4;

    std::size_t setAt(std::size_t element) const;
    void fill(std::size_t row, std::size_t column, std::span<float> out) const;
    std::vector<float> reduce(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns,
                              std::size_t size, std::stop_token stop) const;

    ChannelMajor m_values;
    std::shared_ptr<const ParamSets> m_params;
    std::shared_ptr<const ParamSets> m_byRule; ///< the same without chosen codes; Rounding only
    MapMode m_mode;
    std::size_t m_rows = 0;
    std::size_t m_columns = 0;
    std::vector<float> m_coarse; ///< cells of coarseSize
    float m_absMax = 0;
    std::uint64_t m_notFinite = 0;
};

} // namespace quantoscope
