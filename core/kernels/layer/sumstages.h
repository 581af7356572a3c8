// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/layerkernel.h"
#include "core/kernels/output/epilogue.h"

namespace quantoscope {

/// The last stages of a product by themselves, over int32 sums [rows][columns] that are there.
class SumStages
{
public:
    SumStages(Isa isa, std::size_t rows, std::size_t columns);

    std::vector<std::int32_t>& sums() { return m_sums; }
    /// Zero points and offsets: sums to int32.
    void terms(const ProductFactors& factors, std::span<const RowTerms> rows, const ColumnTerms& columns);
    /// int8 by one multiplier a column, single rounding; no zero points.
    void requantize();

private:
    template <typename Body>
    void forRows(const Body& body);

    const Epilogue& m_epilogue;
    std::size_t m_rows;
    std::size_t m_columns;
    std::vector<std::int32_t> m_sums;
    std::vector<std::int32_t> m_integers;
    std::vector<std::int8_t> m_codes;
    std::vector<FixedPoint> m_multipliers;
    std::vector<RowTerms> m_noTerms;
    std::vector<std::int32_t> m_zeros;
    std::vector<float> m_ones;
};

} // namespace quantoscope
