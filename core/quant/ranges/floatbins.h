// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// Counts of floats in bins that are the same for every tensor and every stream: all values that share sign, exponent and
/// the first 11 bits of the mantissa. A bin of normal values is at most 2^-11 of its values wide (the bin at 0 holds what
/// is below 2^-137), so heavy tails cost no resolution where the values are. Counts are integers: the same answer whatever
/// the split into batches and the order of merging. NaN and infinities are counted apart. Memory: 16 KiB for each sign and
/// exponent that occurs, about 1 MiB for usual data, 8 MiB at most. Not for several threads at once.
class FloatBins
{
public:
    void add(std::span<const float> values);
    /// The same in parallel, for large arrays. Throws Cancelled.
    static FloatBins of(std::span<const float> values, std::stop_token stop);
    void merge(const FloatBins& other);

    std::uint64_t finite() const { return m_finite; }
    std::uint64_t notFinite() const { return m_notFinite; }
    Interval ends() const { return m_ends; } ///< smallest and largest finite value, exact; [0, 0] without any

    /// body(below, above, count) for every bin that is not empty, ascending; its values lie in [below, above], the bounds
    /// taken towards and away from 0. Exact zeros lie in [0, 2^-137).
    template <class Body>
    void forBins(Body body) const
    {
        for (std::size_t key = halfKeys; key-- > 0;)
            if (const std::uint64_t count = at(key + halfKeys))
                body(-valueAt(key + 1), -valueAt(key), count);
        for (std::size_t key = 0; key < halfKeys; ++key)
            if (const std::uint64_t count = at(key))
                body(valueAt(key), valueAt(key + 1), count);
    }

    /// body(below, above, count) over the magnitudes, ascending.
    template <class Body>
    void forMagnitudes(Body body) const
    {
        for (std::size_t key = 0; key < halfKeys; ++key)
            if (const std::uint64_t count = at(key) + at(key + halfKeys))
                body(valueAt(key), valueAt(key + 1), count);
    }

    /// Values of a bin spread evenly: the element of that rank, 0 … finite() - 1, linear in the rank within its bin, cut to
    /// the ends; off by less than the width of the bin.
    double ordered(double rank, bool magnitudes) const;

private:
    class Counter;
    static constexpr int droppedBits = 12;
    static constexpr std::size_t perPage = 1 << 11;
    static constexpr std::size_t pages = 1 << 9;
    static constexpr std::size_t halfKeys = perPage * 255; ///< finite keys of one sign
    static constexpr std::size_t negative = perPage * 256;

    static float valueAt(std::size_t key)
    {
        // Beyond the last finite bin lies infinity's: its edge is the largest float.
        const auto bits = static_cast<std::uint32_t>(key << droppedBits);
        return std::bit_cast<float>(key == halfKeys ? 0x7f7fffffu : bits);
    }
    std::uint64_t at(std::size_t key) const
    {
        const std::size_t real = key < halfKeys ? key : key - halfKeys + negative;
        const std::vector<std::uint64_t>& page = m_pages[real / perPage];
        return page.empty() ? 0 : page[real % perPage];
    }

    std::array<std::vector<std::uint64_t>, pages> m_pages; ///< by sign and exponent; empty: none
    std::uint64_t m_finite = 0;
    std::uint64_t m_notFinite = 0;
    Interval m_ends;
};

} // namespace quantoscope
