// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/packedconv.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// Output rows [y, endY), of each the positions [x, endX).
struct Area
{
    std::size_t y, endY, x, endX;
};

/// Areas of about taskProducts for one panel: whole rows, or pieces of one where rows are long.
class Areas
{
public:
    Areas(const DenseWeights& dense, int columns)
        : m_height(static_cast<std::size_t>(dense.walked.y.output())),
          m_width(static_cast<std::size_t>(dense.walked.x.output()))
    {
        const std::int64_t products = dense.walked.depth() * columns;
        const auto positions = static_cast<std::size_t>(std::max<std::int64_t>(taskProducts / products, 48));
        if (positions < 2 * m_width)
            m_pieces = std::max<std::size_t>((m_width + positions / 2) / positions, 1);
        else
            m_rows = positions / m_width;
    }

    std::size_t count() const { return (m_height + m_rows - 1) / m_rows * m_pieces; }
    Area operator[](std::size_t index) const
    {
        const std::size_t y = index / m_pieces * m_rows;
        const std::size_t piece = index % m_pieces;
        return {y, std::min(y + m_rows, m_height), m_width * piece / m_pieces,
                m_width * (piece + 1) / m_pieces};
    }

private:
    /// Products of one task: about 0.05 ms with dot products, a few milliseconds without vectors.
    static constexpr std::int64_t taskProducts = 12'000'000;

    std::size_t m_height, m_width;
    std::size_t m_rows = 1;   ///< of an area
    std::size_t m_pieces = 1; ///< of a row
};

} // namespace quantoscope
