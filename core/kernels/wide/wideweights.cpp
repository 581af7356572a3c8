// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/wide/wideweights.h"

#include "core/support/parallelfor.h"

#include <algorithm>
#include <cstdlib>

namespace quantoscope {

namespace {

IntegerRange rangeOf(const CodeMatrix& matrix)
{
    if (matrix.table.empty())
        return signedRange(matrix.bits);
    const auto [low, high] = std::minmax_element(matrix.table.begin(), matrix.table.end());
    return {*low, *high};
}

} // namespace

WideWeights::WideWeights(const CodeMatrix& matrix, Isa isa, std::stop_token stop)
    : m_tile(&wideTile(isa)), m_outputs(matrix.outputs), m_factor(matrix.factor)
{
    matrix.validate();
    const std::size_t depth = matrix.depth.depth;
    m_parts = {depth, matrix.grouped ? matrix.depth.run : depth};
    m_range = rangeOf(matrix);
    const auto columns = static_cast<std::size_t>(m_tile->columns);
    m_panels = (m_outputs + columns - 1) / columns;
    m_steps = depth == 0 ? 0 : firstStep(m_parts.runs() - 1) + stepsOf(m_parts.runs() - 1);
    m_codes = AlignedBuffer<std::int16_t>(m_panels * m_steps * columns * 2);
    const std::size_t terms = m_panels * m_parts.runs() * columns;
    m_zero.resize(terms);
    m_sum.resize(terms);
    m_scale.resize(terms);
    m_offset.resize(matrix.offset.empty() ? 0 : terms);
    const auto packPanel = [&](std::size_t panel) {
        for (std::size_t n = panel * columns; n < std::min(m_outputs, (panel + 1) * columns); ++n)
            packOutput(matrix, n);
    };
    parallelFor(m_panels, packPanel, stop);
    for (const std::int64_t zero : m_zero)
        m_largestZero = std::max(m_largestZero, std::abs(zero));
}

std::int16_t WideWeights::packed(const CodeMatrix& matrix, std::uint16_t code) const
{
    if (!matrix.table.empty())
        return matrix.table[code];
    return static_cast<std::int16_t>(code - (1 << (matrix.bits - 1)));
}

void WideWeights::packOutput(const CodeMatrix& matrix, std::size_t output)
{
    const auto columns = static_cast<std::size_t>(m_tile->columns);
    const std::size_t panel = output / columns;
    const std::size_t column = output % columns;
    const std::int64_t shift = matrix.table.empty() ? std::int64_t{m_factor} << (matrix.bits - 1) : 0;
    const std::uint16_t* codes = matrix.codes.data() + output * m_parts.depth;
    for (std::size_t part = 0; part < m_parts.runs(); ++part) {
        std::int16_t* to = m_codes.data() + ((panel * m_steps + firstStep(part)) * columns + column) * 2;
        const std::size_t size = m_parts.sizeOf(part);
        std::int64_t total = 0;
        for (std::size_t k = 0; k < size; ++k) {
            const std::int16_t value = packed(matrix, codes[part * m_parts.run + k]);
            to[k / 2 * columns * 2 + k % 2] = value;
            total += value;
        }
        const std::size_t set = output * matrix.setsPerOutput() + (matrix.grouped ? part : 0);
        const std::size_t term = (panel * m_parts.runs() + part) * columns + column;
        m_zero[term] = matrix.table.empty() ? matrix.zero[set] - shift : 0;
        m_sum[term] = m_factor * total - m_zero[term] * static_cast<std::int64_t>(size);
        m_scale[term] = matrix.scale[set];
        if (hasOffset())
            m_offset[term] = matrix.offset[set];
    }
}

const std::int16_t* WideWeights::panel(std::size_t panel) const
{
    return m_codes.data() + panel * m_steps * static_cast<std::size_t>(m_tile->columns) * 2;
}

std::size_t WideWeights::packedBytes() const
{
    return m_codes.size() * sizeof(std::int16_t) + (m_zero.size() + m_sum.size()) * sizeof(std::int64_t)
           + (m_scale.size() + m_offset.size()) * sizeof(float);
}

} // namespace quantoscope
