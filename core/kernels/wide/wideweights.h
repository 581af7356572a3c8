// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"
#include "core/kernels/wide/widerange.h"
#include "core/kernels/wide/widetile.h"

#include <algorithm>
#include <stop_token>

namespace quantoscope {

/// Weights of 1 … 16 bits as int16 in panels of the tile's columns, for activations of up to 16 bits. Code c lies there as the signed
/// c - 2^(bits-1), with the shift taken from its zero, or as its table's integer. A grouped matrix pads each group to whole pairs.
/// Columns beyond the last output are zero. Constant once packed: thread-safe.
class WideWeights
{
public:
    /// Throws Error(InvalidArgument) where the matrix contradicts itself; Cancelled.
    WideWeights(const CodeMatrix& matrix, Isa isa, std::stop_token stop = {});

    const WideTile& tile() const { return *m_tile; }
    std::size_t outputs() const { return m_outputs; }
    /// The parts of the depth that are summed on their own: the groups, else one.
    const Depth& parts() const { return m_parts; }
    std::size_t stepsOf(std::size_t part) const { return (m_parts.sizeOf(part) + 1) / 2; }
    std::size_t firstStep(std::size_t part) const { return part * ((m_parts.run + 1) / 2); }
    std::size_t steps() const { return m_steps; }
    std::size_t panels() const { return m_panels; }
    std::int32_t factor() const { return m_factor; }
    const IntegerRange& range() const { return m_range; }
    /// No |factor·packed| + |zero| is larger.
    std::int64_t largestTerm() const
    {
        return m_factor * std::max(-m_range.low, m_range.high) + m_largestZero;
    }
    /// No packed integer has a zero but 0.
    bool isCentred() const { return m_largestZero == 0; }
    bool hasOffset() const { return !m_offset.empty(); }

    /// [steps][columns][2]
    const std::int16_t* panel(std::size_t panel) const;

    // [columns] of one panel and part.
    const std::int64_t* zero(std::size_t panel, std::size_t part) const { return at(m_zero, panel, part); }
    const std::int64_t* sum(std::size_t panel, std::size_t part) const { return at(m_sum, panel, part); }
    const float* scale(std::size_t panel, std::size_t part) const { return at(m_scale, panel, part); }
    const float* offset(std::size_t panel, std::size_t part) const { return at(m_offset, panel, part); }

    std::size_t packedBytes() const;

private:
    void packOutput(const CodeMatrix& matrix, std::size_t output);
    std::int16_t packed(const CodeMatrix& matrix, std::uint16_t code) const;

    template <typename T>
    const T* at(const std::vector<T>& values, std::size_t panel, std::size_t part) const
    {
        return values.data() + (panel * m_parts.runs() + part) * static_cast<std::size_t>(m_tile->columns);
    }

    const WideTile* m_tile;
    std::size_t m_outputs;
    Depth m_parts;
    std::size_t m_steps = 0;
    std::size_t m_panels = 0;
    std::int32_t m_factor;
    IntegerRange m_range;
    std::int64_t m_largestZero = 0;
    AlignedBuffer<std::int16_t> m_codes;
    std::vector<std::int64_t> m_zero; ///< of the packed integers
    std::vector<std::int64_t> m_sum;  ///< Σ (factor·packed - zero)
    std::vector<float> m_scale;
    std::vector<float> m_offset;
};

} // namespace quantoscope
