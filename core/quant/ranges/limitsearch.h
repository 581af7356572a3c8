// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>

namespace quantoscope {

/// What a search for the limit L of a quantizer needs to know of it; in units of L.
struct LimitShape
{
    double step = 1;  ///< about the distance of its levels
    double reach = 1; ///< the largest magnitude of a level
    double steps =
        1; ///< steps between 0 and that level: how fast the codes of the outermost values change with L
};

/// Searches the limit L in (0, largest] of least squared error. The error is a smooth valley with the jagged ripple of the
/// single elements on it, so it is sampled as finely as codes change:
///   1. 16 limits from a lower bound of the best one: an error E rules out levels that end below largest - √E (the largest
///      element alone would cost more) and below (‖x‖ - √E)/√N (all together would);
///   2. up to 64 (96 on few elements) limits a third of a step of the outermost code apart, where 1. was not worse than the best by more than ripple;
///   3. twice, between the five best of them and their neighbours. Below 2048 elements, which ripple more, finer, from the ten best.
/// One thread.
class LimitSearch
{
public:
    struct Trial
    {
        double limit = 0;
        double error = 0;
    };

    /// errors[i] = Σw(x̂ - x)² under limits[i]; ascending limits, at most 96.
    using Measure = std::function<void(std::span<const double> limits, std::span<double> errors)>;

    /// weight = Σw > 0, energy = Σwx², largest > 0 the largest |x|.
    LimitSearch(Measure errorsOf, const LimitShape& shape, double largest, double weight, double energy);

    void run();
    /// The best limits, best first; the last may repeat.
    std::array<Trial, 2> best() const;

private:
    static constexpr std::size_t mostTrials = 288;
    static constexpr std::size_t mostValleys = 5;
    static constexpr std::size_t mostAtOnce = 96;

    void measure(std::span<const double> limits);
    void sample(double from, double to, std::size_t count, bool withTo);
    double lowerBound() const;
    void findValley();
    void refine(std::size_t valleys);

    Measure m_errorsOf;
    LimitShape m_shape;
    double m_largest;
    double m_weight;
    double m_energy;
    double m_least;                         ///< of all errors so far
    std::array<Trial, mostTrials> m_trials; ///< ascending limits
    std::size_t m_count = 0;
};

} // namespace quantoscope
