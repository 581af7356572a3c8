// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ranges/clippass.h"

#include <vector>

namespace quantoscope {

/// Searches the range [lo, hi] of least squared error on the grids that have two ends: `offset` (levels lo + k·s) and
/// `zero-point` (levels k·s, lo ≤ 0 ≤ hi), s = (hi - lo)/top.
///   1. 8 × 8 ranges, each end between the data's own and a lower bound (an error E rules out an end that lies more than √E
///      inside the data), on a logarithmic axis about `centre`;
///   2. 24 × 24 ranges, up to twice, where the last were not worse than the best by more than ripple;
///   3. from the best 48, four times: code the points, fit scale and origin to the codes by least squares (offset: both;
///      zero-point: the scale), which never raises the error (Lloyd, IEEE Trans. IT 28, 1982, for a line of levels).
/// Below 512 elements 10 × 10 and 16 suffice.
/// One thread.
class IntervalSearch
{
public:
    struct Trial
    {
        double lo = 0;
        double hi = 0;
        double error = 0;
    };

    /// Σw > 0; lo < hi the ends of the points (zero-point: with 0 between them); energy = Σw(x - centre)²,
    /// lo ≤ centre ≤ hi, zero-point: 0.
    IntervalSearch(const Points& points, bool zeroPoint, float top, double lo, double hi, double centre,
                   double weight, double energy);

    void run();
    /// At most `count` ranges, best first.
    std::vector<Trial> best(std::size_t count) const;

private:
    struct Box ///< of both ends' distances from the centre over the data's own
    {
        double lowFrom, lowTo, highFrom, highTo;
    };

    struct Line
    {
        double scale;
        float shift;
    };
    Line lineOf(double lo, double hi) const;
    void measure(std::size_t from);
    void sample(const Box& box, std::size_t perAxis);
    Box bound() const;
    Box valley(std::size_t from, const Box& box, std::size_t perAxis) const;
    void descend();
    bool fewPoints() const { return m_weight < 512; }

    Points m_points;
    bool m_zeroPoint;
    float m_top;
    double m_lo, m_hi, m_centre, m_weight, m_energy, m_least;
    std::vector<Trial> m_trials;
    std::vector<float> m_perStep, m_shift;
    std::vector<double> m_errors;
};

} // namespace quantoscope
