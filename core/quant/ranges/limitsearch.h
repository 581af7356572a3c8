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
///   2. where 1. was not worse than the best by more than ripple, with cheap rows of trials up to 256 limits (512 on few elements, which
///      ripple more) about a thirtieth of a step of a usual element apart; without, up to 64 (96);
///   3. between the five best of them and their neighbours, twice where 2. was coarse, once more from the ten best on few elements.
/// One thread.
class LimitSearch
{
public:
    struct Trial
    {
        double limit = 0;
        double error = 0;
    };

    /// errors[i] = Σw(x̂ - x)² under limits[i]; ascending limits, at most 128.
    using Measure = std::function<void(std::span<const double> limits, std::span<double> errors)>;
    /// The same of limits[i] with 1/limits[i] evenly from 1/from to 1/to without the ends, which it fills in; ascending, at most 128. About a
    /// thousandth off where that is cheaper.
    using MeasureRow =
        std::function<void(double from, double to, std::span<double> limits, std::span<double> errors)>;

    /// weight = Σw > 0, energy = Σwx², largest > 0 the largest |x|.
    LimitSearch(Measure errorsOf, const LimitShape& shape, double largest, double weight, double energy);

    /// Brackets the best limit, if that was not done, and searches it; many trials in a row cost little with `row`.
    void run(const MeasureRow& row = {});
    /// No limit below this one is the best.
    double bracket();
    /// The best limits, best first; the last may repeat.
    std::array<Trial, 2> best() const;
    double errorOfLargest() const { return m_trials[m_count - 1].error; }

private:
    static constexpr std::size_t mostTrials = 672;
    static constexpr std::size_t mostValleys = 5;
    static constexpr std::size_t mostAtOnce = 128;

    void measure(std::span<const double> limits);
    void take(std::span<const double> limits, std::span<const double> errors);
    void sample(double from, double to, std::size_t count, bool withTo);
    double lowerBound() const;
    void findValley();
    void sampleRows(const MeasureRow& row, double from, double to, bool few);
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
