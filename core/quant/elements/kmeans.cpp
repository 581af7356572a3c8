// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/kmeans.h"

#include "core/support/progress.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// In pieces with a look at `stop` between them: sorting a large tensor takes seconds.
void sortInPieces(std::vector<float>& values, const std::stop_token& stop)
{
    const auto place = [&](std::size_t at) {
        return values.begin() + static_cast<std::ptrdiff_t>(std::min(at, values.size()));
    };
    constexpr std::size_t piece = std::size_t{1} << 18;
    for (std::size_t at = 0; at < values.size(); at += piece) {
        throwIfStopped(stop);
        std::sort(place(at), place(at + piece));
    }
    for (std::size_t width = piece; width < values.size(); width *= 2) {
        for (std::size_t at = 0; at + width < values.size(); at += 2 * width) {
            throwIfStopped(stop);
            std::inplace_merge(place(at), place(at + width), place(at + 2 * width));
        }
    }
}

/// The finite values in ascending order with sums that give mean and squared error of any stretch at once. The sums
/// are of the differences to the overall mean: less cancellation.
class SortedValues
{
public:
    SortedValues(std::span<const float> x, const std::stop_token& stop)
    {
        std::copy_if(x.begin(), x.end(), std::back_inserter(m_values),
                     [](float v) { return std::isfinite(v); });
        sortInPieces(m_values, stop);
        for (const float v : m_values)
            m_centre += static_cast<double>(v);
        m_centre /= static_cast<double>(std::max<std::size_t>(1, size()));
        m_sums.reserve(size() + 1);
        m_squares.reserve(size() + 1);
        double sum = 0;
        double squares = 0;
        m_sums.push_back(0);
        m_squares.push_back(0);
        for (const float v : m_values) {
            const double d = static_cast<double>(v) - m_centre;
            m_sums.push_back(sum += d);
            m_squares.push_back(squares += d * d);
        }
    }

    std::size_t size() const { return m_values.size(); }
    float operator[](std::size_t i) const { return m_values[i]; }

    double mean(std::size_t begin, std::size_t end) const
    {
        return m_centre + (m_sums[end] - m_sums[begin]) / static_cast<double>(end - begin);
    }

    /// Squared error of a stretch around `value`.
    double error(std::size_t begin, std::size_t end, double value) const
    {
        const double d = value - m_centre;
        const double error = m_squares[end] - m_squares[begin] - 2 * d * (m_sums[end] - m_sums[begin])
                             + d * d * static_cast<double>(end - begin);
        return std::max(error, 0.0);
    }

    /// Squared error of a stretch around its mean.
    double error(std::size_t begin, std::size_t end) const
    {
        if (m_values[begin] == m_values[end - 1])
            return 0;
        const double sum = m_sums[end] - m_sums[begin];
        return std::max(m_squares[end] - m_squares[begin] - sum * sum / static_cast<double>(end - begin),
                        0.0);
    }

    /// First place from `begin` on whose value is above the border.
    std::size_t above(double border, std::size_t begin = 0) const
    {
        const auto at =
            std::upper_bound(m_values.begin() + static_cast<std::ptrdiff_t>(begin), m_values.end(), border,
                             [](double b, float v) { return b < static_cast<double>(v); });
        return static_cast<std::size_t>(at - m_values.begin());
    }

    std::size_t distinct(std::size_t atMost) const
    {
        std::size_t count = size() == 0 ? 0 : 1;
        for (std::size_t i = 1; i < size() && count < atMost; ++i)
            count += m_values[i] != m_values[i - 1] ? 1 : 0;
        return count;
    }

private:
    std::vector<float> m_values;
    std::vector<double> m_sums;
    std::vector<double> m_squares;
    double m_centre = 0;
};

/// Cell k holds the places cuts[k] … cuts[k + 1] - 1.
using Cuts = std::vector<std::size_t>;

Cuts cutsBetween(const SortedValues& x, const std::vector<double>& centres)
{
    Cuts cuts = {0};
    for (std::size_t k = 0; k + 1 < centres.size(); ++k)
        cuts.push_back(x.above((centres[k] + centres[k + 1]) / 2, cuts.back()));
    cuts.push_back(x.size());
    return cuts;
}

/// Splits the cell with the largest error at its mean until `cells` are not empty; x has as many different values.
void fillEmptyCells(const SortedValues& x, std::size_t cells, Cuts& cuts)
{
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    while (cuts.size() < cells + 1) {
        std::size_t worst = cuts.size();
        double largest = -1;
        for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
            const bool splits = x[cuts[k]] != x[cuts[k + 1] - 1];
            if (splits && x.error(cuts[k], cuts[k + 1]) > largest) {
                largest = x.error(cuts[k], cuts[k + 1]);
                worst = k;
            }
        }
        assert(worst < cuts.size());
        const std::size_t begin = cuts[worst];
        const std::size_t end = cuts[worst + 1];
        std::size_t cut = x.above(x.mean(begin, end), begin);
        // The mean of nearly equal values may round onto one of them.
        if (cut >= end)
            cut = x.above(static_cast<double>(x[begin]), begin);
        cuts.insert(cuts.begin() + static_cast<std::ptrdiff_t>(worst) + 1, cut);
    }
}

std::vector<double> meansOf(const SortedValues& x, const Cuts& cuts)
{
    std::vector<double> means;
    for (std::size_t k = 0; k + 1 < cuts.size(); ++k)
        means.push_back(x.mean(cuts[k], cuts[k + 1]));
    return means;
}

/// The optimal cuts into `cells` cells. best[i] = least error of the first i values in so many cells; the best last cut
/// never moves left as i grows, so the middle i bounds the search of both halves. Grønlund et al., arXiv 1701.07204.
class ExactCuts
{
public:
    ExactCuts(const SortedValues& x, std::size_t cells, const std::stop_token& stop) : m_x(x)
    {
        const std::size_t count = x.size();
        m_before.assign(count + 1, std::numeric_limits<double>::infinity());
        for (std::size_t i = 1; i <= count; ++i)
            m_before[i] = x.error(0, i);
        for (std::size_t cell = 1; cell < cells; ++cell) {
            throwIfStopped(stop);
            m_best.assign(count + 1, std::numeric_limits<double>::infinity());
            m_last.emplace_back(count + 1, 0);
            solve(cell + 1, count, cell, count - 1);
            m_before.swap(m_best);
        }
    }

    Cuts cuts() const
    {
        Cuts cuts = {m_x.size()};
        for (std::size_t cell = m_last.size(); cell-- > 0;)
            cuts.push_back(m_last[cell][cuts.back()]);
        cuts.push_back(0);
        std::reverse(cuts.begin(), cuts.end());
        return cuts;
    }

private:
    void solve(std::size_t first, std::size_t last, std::size_t lowestCut, std::size_t highestCut)
    {
        if (first > last)
            return;
        const std::size_t middle = first + (last - first) / 2;
        std::size_t chosen = lowestCut;
        for (std::size_t cut = lowestCut; cut <= std::min(highestCut, middle - 1); ++cut) {
            const double error = m_before[cut] + m_x.error(cut, middle);
            if (error < m_best[middle]) {
                m_best[middle] = error;
                chosen = cut;
            }
        }
        m_last.back()[middle] = static_cast<std::uint32_t>(chosen);
        solve(first, middle - 1, lowestCut, chosen);
        solve(middle + 1, last, chosen, highestCut);
    }

    const SortedValues& m_x;
    std::vector<double> m_before;
    std::vector<double> m_best;
    std::vector<std::vector<std::uint32_t>> m_last;
};

void setValues(FittedBook& book, const std::vector<double>& centres)
{
    book.values.clear();
    for (const double centre : centres)
        book.values.push_back(static_cast<float>(centre));
    book.values.erase(std::unique(book.values.begin(), book.values.end()), book.values.end());
    book.borders.clear();
    for (std::size_t k = 0; k + 1 < book.values.size(); ++k)
        book.borders.push_back(borderBetween(book.values[k], book.values[k + 1]));
}

double mseOf(const SortedValues& x, const FittedBook& book)
{
    double sum = 0;
    std::size_t begin = 0;
    for (std::size_t k = 0; k < book.values.size(); ++k) {
        const std::size_t end =
            k < book.borders.size() ? x.above(static_cast<double>(book.borders[k]), begin) : x.size();
        sum += x.error(begin, end, static_cast<double>(book.values[k]));
        begin = end;
    }
    return sum / static_cast<double>(x.size());
}

/// `count` order statistics at the centres of equal shares.
std::vector<float> shares(const SortedValues& x, std::size_t count)
{
    std::vector<float> centres;
    for (std::size_t k = 0; k < count; ++k)
        centres.push_back(x[(2 * k + 1) * x.size() / (2 * count)]);
    return centres;
}

/// The centres to begin with: those of `book`, or, where better, the optimum of a sample of the sorted values. Lloyd's
/// steps alone would creep: from equal shares 8 bits of a Gauss tensor are 2 dB short after 2,000 of them.
std::vector<double> startCentres(const SortedValues& x, std::size_t cells, const FittedBook& book,
                                 const FitLimits& limits, const std::stop_token& stop)
{
    const std::vector<double> centres(book.values.begin(), book.values.end());
    const SortedValues sample(shares(x, std::min(x.size(), limits.exactElements)), stop);
    if (sample.size() == 0)
        return centres;
    const std::size_t sampleCells = sample.distinct(cells);
    const std::vector<double> better = meansOf(sample, ExactCuts(sample, sampleCells, stop).cuts());
    FittedBook trial;
    setValues(trial, better);
    return mseOf(x, trial) < book.startMse ? better : centres;
}

} // namespace

FittedBook fitBook(std::span<const float> x, int bits, std::stop_token stop, FitLimits limits)
{
    assert(bits >= 1 && bits <= 8);
    throwIfStopped(stop);
    const SortedValues sorted(x, stop);
    throwIfStopped(stop);
    FittedBook book;
    if (sorted.size() == 0) {
        book.values = {0};
        book.stable = book.optimal = true;
        return book;
    }
    const std::size_t cells = sorted.distinct(std::size_t{1} << bits);
    const std::vector<float> first = shares(sorted, cells);
    setValues(book, {first.begin(), first.end()});
    book.startMse = book.mse = mseOf(sorted, book);

    // The sample of few values is all of them: the start is the optimum then.
    book.optimal = sorted.size() <= limits.exactElements;
    std::vector<double> centres = startCentres(sorted, cells, book, limits, stop);
    Cuts cuts = cutsBetween(sorted, centres);
    while (!book.stable && book.iterations < limits.iterations) {
        throwIfStopped(stop);
        fillEmptyCells(sorted, cells, cuts);
        centres = meansOf(sorted, cuts);
        Cuts next = cutsBetween(sorted, centres);
        ++book.iterations;
        book.stable = next == cuts;
        cuts = std::move(next);
    }
    // A start that is optimal already may lose a rounding error; it stays then.
    FittedBook fitted = book;
    setValues(fitted, centres);
    fitted.mse = mseOf(sorted, fitted);
    return fitted.mse <= book.startMse ? fitted : book;
}

} // namespace quantoscope
