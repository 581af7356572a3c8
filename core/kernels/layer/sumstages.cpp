// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/sumstages.h"

#include "core/kernels/output/requantize.h"
#include "core/support/parallelfor.h"

namespace quantoscope {

namespace {

constexpr std::size_t rowsAtOnce = 16;

} // namespace

SumStages::SumStages(Isa isa, std::size_t rows, std::size_t columns)
    : m_epilogue(epilogue(isa)), m_rows(rows), m_columns(columns), m_sums(rows * columns),
      m_integers(rows * columns), m_codes(rows * columns), m_multipliers(columns, fixedPointOf(1.0 / 4096)),
      m_noTerms(rowsAtOnce), m_zeros(columns), m_ones(columns, 1.0f)
{
}

template <typename Body>
void SumStages::forRows(const Body& body)
{
    parallelFor((m_rows + rowsAtOnce - 1) / rowsAtOnce, [&](std::size_t block) {
        const std::size_t first = block * rowsAtOnce;
        const std::size_t count = std::min(rowsAtOnce, m_rows - first);
        const TileSums tile{m_sums.data() + first * m_columns, m_columns, static_cast<int>(count),
                            static_cast<int>(m_columns)};
        body(tile, first);
    });
}

void SumStages::terms(const ProductFactors& factors, std::span<const RowTerms> rows,
                      const ColumnTerms& columns)
{
    forRows([&](const TileSums& tile, std::size_t first) {
        m_epilogue.toInt32(tile, factors, rows.data() + first, columns, m_integers.data() + first * m_columns,
                           m_columns);
    });
}

void SumStages::requantize()
{
    ColumnTerms columns;
    columns.sum = m_zeros.data();
    columns.scale = m_ones.data();
    QuantizedOutput rule;
    rule.multipliers = m_multipliers.data();
    forRows([&](const TileSums& tile, std::size_t first) {
        m_epilogue.toInt8(tile, {}, m_noTerms.data(), columns, rule, m_codes.data() + first * m_columns,
                          m_columns);
    });
}

} // namespace quantoscope
