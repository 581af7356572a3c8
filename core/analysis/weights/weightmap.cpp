// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/weights/weightmap.h"

#include "core/metrics/valuestats.h"
#include "core/quant/elementquantizer.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// The larger magnitude of two cells, the first of equals; what is not finite stays.
float larger(float a, float b)
{
    if (std::isnan(a) || std::isnan(b))
        return std::numeric_limits<float>::quiet_NaN();
    return std::abs(b) > std::abs(a) ? b : a;
}

bool canRound(const ParamSets& params)
{
    const Algorithm algorithm = params.scheme.algorithm;
    return params.coded && params.coded->columnFactors.empty() && algorithm != Algorithm::Rtn;
}

void grow(std::optional<Interval>& ends, float value)
{
    if (std::isnan(value))
        return;
    if (!ends)
        ends = Interval{value, value};
    ends->lo = std::min(ends->lo, value);
    ends->hi = std::max(ends->hi, value);
}

} // namespace

WeightMap::WeightMap(ChannelMajor values, std::shared_ptr<const ParamSets> params, MapMode mode,
                     std::stop_token stop)
    : m_values(std::move(values)), m_params(std::move(params)), m_mode(mode)
{
    if (mode != MapMode::Value && !m_params)
        throw Error(ErrorCode::InvalidArgument,
                    "This map needs a scheme that the layer can be quantized with.");
    if (mode == MapMode::Rounding) {
        if (!canRound(*m_params))
            throw Error(ErrorCode::InvalidArgument,
                        "Every code is the nearest one here: rounding decisions come "
                        "with algorithm=gptq or adaround.");
        auto byRule = std::make_shared<ParamSets>(*m_params);
        byRule->coded.reset();
        m_byRule = std::move(byRule);
    }
    const bool folded = m_values.channels <= 1;
    m_columns = folded ? std::min(foldedColumns, std::max<std::size_t>(m_values.values.size(), 1))
                       : m_values.perChannel;
    m_rows = m_columns == 0 ? 0 : (m_values.values.size() + m_columns - 1) / m_columns;
    m_coarse = reduce(0, m_rows, 0, m_columns, coarseSize, stop);
    for (const float cell : m_coarse)
        if (!std::isnan(cell))
            m_absMax = std::max(m_absMax, std::abs(cell));
    const Extremes found = extremes(m_values.values);
    m_notFinite = found.nan + found.inf;
}

std::optional<std::size_t> WeightMap::elementAt(std::size_t row, std::size_t column) const
{
    const std::size_t at = row * m_columns + column;
    if (column >= m_columns || at >= m_values.values.size())
        return std::nullopt;
    return at;
}

std::size_t WeightMap::setAt(std::size_t element) const
{
    const SetLayout& layout = m_params->layout;
    if (layout.perChannel == 0 || layout.length == 0)
        return 0;
    return element / layout.perChannel * layout.perChannelSets()
           + element % layout.perChannel / layout.length;
}

std::optional<QuantizationStep> WeightMap::stepAt(std::size_t row, std::size_t column) const
{
    const auto at = elementAt(row, column);
    if (!at || !m_params || !std::isfinite(m_values.values[*at]))
        return std::nullopt;
    std::int32_t code = 0;
    float value = 0;
    const std::size_t set = setAt(*at);
    ElementQuantizer(m_values, *m_params).quantize(set, *at, {&code, 1}, {&value, 1});
    return quantizationStep(*m_params, set, m_values.memoryIndex(*at), m_values.values[*at], code, value);
}

/// The cells of the matrix from (row, column) on; zeros beyond the end of a short last row.
void WeightMap::fill(std::size_t row, std::size_t column, std::span<float> out) const
{
    const std::size_t first = row * m_columns + column;
    const std::size_t count =
        std::min(out.size(), m_values.values.size() - std::min(first, m_values.values.size()));
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(count), out.end(), 0.0f);
    const auto x = m_values.values.subspan(std::min(first, m_values.values.size()), count);
    if (m_mode == MapMode::Value) {
        std::transform(x.begin(), x.end(), out.begin(), [](float v) {
            return std::isfinite(v) ? v : std::numeric_limits<float>::quiet_NaN();
        });
        return;
    }
    const SetLayout& layout = m_params->layout;
    const ElementQuantizer quantizer(m_values, *m_params);
    std::vector<std::int32_t> codes(count);
    std::vector<std::int32_t> nearest(m_byRule ? count : 0);
    std::vector<float> unused(m_byRule ? count : 0);
    for (std::size_t done = 0; done < count;) {
        const std::size_t at = first + done;
        const std::size_t set = setAt(at);
        const std::size_t length = std::min(count - done, layout.begin(set) + layout.size(set) - at);
        const auto cells = out.subspan(done, length);
        quantizer.quantize(set, at, std::span(codes).subspan(done, length), cells);
        if (m_byRule)
            ElementQuantizer(m_values, *m_byRule)
                .quantize(set, at, std::span(nearest).subspan(done, length),
                          std::span(unused).subspan(done, length));
        const Interval limits = valueLimits(*m_params, set);
        for (std::size_t i = 0; i < length; ++i) {
            const float value = x[done + i];
            float& cell = cells[i];
            if (!std::isfinite(value))
                cell = std::numeric_limits<float>::quiet_NaN();
            else if (m_mode == MapMode::Error)
                cell -= value;
            else if (m_mode == MapMode::Clipped)
                cell = value < limits.lo || value > limits.hi ? value : 0.0f;
            else if (m_mode == MapMode::Rounding)
                cell = static_cast<float>(codes[done + i] - nearest[done + i]);
        }
        done += length;
    }
}

std::vector<float> WeightMap::reduce(std::size_t row, std::size_t rows, std::size_t column,
                                     std::size_t columns, std::size_t size, std::stop_token stop) const
{
    const std::size_t cellRows = (rows + size - 1) / size;
    const std::size_t cellColumns = (columns + size - 1) / size;
    std::vector<float> cells(cellRows * cellColumns);
    parallelFor(
        cellRows,
        [&](std::size_t r) {
            std::vector<float> line(columns);
            const auto out = std::span(cells).subspan(r * cellColumns, cellColumns);
            for (std::size_t i = r * size; i < std::min(rows, (r + 1) * size); ++i) {
                fill(row + i, column, line);
                for (std::size_t c = 0; c < cellColumns; ++c) {
                    float cell = line[c * size];
                    for (std::size_t j = c * size + 1; j < std::min(columns, (c + 1) * size); ++j)
                        cell = larger(cell, line[j]);
                    out[c] = i == r * size ? cell : larger(out[c], cell);
                }
            }
        },
        stop);
    return cells;
}

MapCells WeightMap::window(const MapWindow& asked) const
{
    MapCells result;
    const std::size_t row = std::min(asked.row, m_rows);
    const std::size_t column = std::min(asked.column, m_columns);
    const std::size_t rows = std::min(asked.rows, m_rows - row);
    const std::size_t columns = std::min(asked.columns, m_columns - column);
    if (rows == 0 || columns == 0)
        return result;
    std::size_t size = 1;
    while ((rows + size - 1) / size > std::max<std::size_t>(asked.maxRows, 1)
           || (columns + size - 1) / size > std::max<std::size_t>(asked.maxColumns, 1))
        size *= 2;
    result.cellSize = size;
    result.row = row / size * size;
    result.column = column / size * size;
    result.rows = (row + rows - result.row + size - 1) / size;
    result.columns = (column + columns - result.column + size - 1) / size;
    if (size < coarseSize) {
        result.cells = reduce(result.row, std::min(result.rows * size, m_rows - result.row), result.column,
                              std::min(result.columns * size, m_columns - result.column), size, {});
    } else {
        const std::size_t coarseRows = (m_rows + coarseSize - 1) / coarseSize;
        const std::size_t coarseColumns = (m_columns + coarseSize - 1) / coarseSize;
        const std::size_t step = size / coarseSize;
        result.cells.resize(result.rows * result.columns);
        parallelFor(result.rows, [&](std::size_t r) {
            const std::size_t top = result.row / coarseSize + r * step;
            for (std::size_t c = 0; c < result.columns; ++c) {
                const std::size_t left = result.column / coarseSize + c * step;
                float cell = m_coarse[top * coarseColumns + left];
                for (std::size_t i = top; i < std::min(top + step, coarseRows); ++i)
                    for (std::size_t j = left; j < std::min(left + step, coarseColumns); ++j)
                        cell = larger(cell, m_coarse[i * coarseColumns + j]);
                result.cells[r * result.columns + c] = cell;
            }
        });
    }
    std::vector<std::optional<Interval>> rowEnds(result.rows);
    std::vector<std::optional<Interval>> columnEnds(result.columns);
    for (std::size_t r = 0; r < result.rows; ++r)
        for (std::size_t c = 0; c < result.columns; ++c) {
            grow(rowEnds[r], result.cells[r * result.columns + c]);
            grow(columnEnds[c], result.cells[r * result.columns + c]);
        }
    for (const auto& ends : rowEnds)
        result.rowEnds.push_back(ends.value_or(Interval{}));
    for (const auto& ends : columnEnds)
        result.columnEnds.push_back(ends.value_or(Interval{}));
    return result;
}

} // namespace quantoscope
