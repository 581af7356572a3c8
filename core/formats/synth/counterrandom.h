// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace quantoscope {

/// Random numbers addressed by seed, draw and index, in any order: with mix the output function of SplitMix64 (Steele,
/// Lea, Flood 2014) and γ = 0x9E3779B97F4A7C15, number `index` of draw `draw` is mix(mix(seed + γ(draw+1)) + γ(index+1)).
/// The same on every machine.
class CounterRandom
{
public:
    CounterRandom() : CounterRandom(0) {}
    explicit CounterRandom(std::uint64_t seed, std::uint64_t draw = 0)
        : m_stream(mix(seed + gamma * (draw + 1)))
    {
    }

    std::uint64_t bits(std::uint64_t index) const { return mix(m_stream + gamma * (index + 1)); }

    /// (k + 1/2)/2^52, k the upper 52 bits: in (0, 1), and both u and 1 - u are exact.
    double uniform(std::uint64_t index) const
    {
        return (static_cast<double>(bits(index) >> 12) + 0.5) * 0x1p-52;
    }

private:
    static constexpr std::uint64_t gamma = 0x9E3779B97F4A7C15u;

    static std::uint64_t mix(std::uint64_t z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }

    std::uint64_t m_stream;
};

} // namespace quantoscope
