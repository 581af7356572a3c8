// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace quantoscope {

/// Where a row of layer inputs comes from. Rows in their order: by sample, then by the node that uses the weight, then by position.
struct RowPlace
{
    std::uint64_t sample = 0;
    std::uint64_t use = 0;
    std::uint64_t row = 0;
    auto operator<=>(const RowPlace&) const = default;
};

/// A uniform draw without replacement of at most `rows` rows from a stream of unknown length: every place has a random number
/// of its own, made of seed, name and place alone, and the smallest ones stay. So the same rows are drawn whatever the
/// batches, their order and the threads. Memory: rows · width floats.
class RowSample
{
public:
    RowSample(std::uint64_t seed, std::string_view name, std::size_t rows, std::size_t width);

    /// Where to write the row [width] when it is drawn, as far as known now; empty otherwise. Valid until the next call.
    std::span<float> offer(const RowPlace& place);

    std::size_t width() const { return m_width; }
    std::uint64_t offered() const { return m_offered; }

    /// The rows drawn, in their order, without those that hold NaN or infinities; row-major. Empties the draw.
    std::vector<float> take();

private:
    struct Drawn
    {
        std::uint64_t number = 0;
        RowPlace place;
        std::size_t slot = 0;
        auto operator<=>(const Drawn&) const = default;
    };

    std::uint64_t m_seed;
    std::size_t m_rows;
    std::size_t m_width;
    std::uint64_t m_offered = 0;
    std::vector<Drawn> m_drawn; ///< a heap, the largest number first
    std::vector<float> m_values;
};

} // namespace quantoscope
