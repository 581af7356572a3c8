// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/entropyrange.h"

#include "core/formats/synth/exactmath.h"
#include "core/metrics/affinehistogram.h"
#include "core/metrics/valuestats.h"
#include "core/quant/ranges/rangeshape.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

constexpr double smoothing = 1e-4; // of one element
constexpr std::size_t mostCandidates = 2048;

constexpr std::size_t tableSize = 1 << 14;

/// ln n where counts are small, as they are in the histograms of single channels.
const double* logTable()
{
    static const std::vector<double> table = [] {
        std::vector<double> logs(tableSize);
        for (std::size_t n = 1; n < logs.size(); ++n)
            logs[n] = exactmath::log(static_cast<double>(n));
        return logs;
    }();
    return table.data();
}

/// ln n with that table, fetched once by the caller.
inline double logOf(const double* table, double count)
{
    return count < static_cast<double>(tableSize) ? table[static_cast<std::int32_t>(count)]
                                                  : exactmath::log(count);
}

/// What slices are computed from; entry i is of the bins below i.
struct Prefixes
{
    explicit Prefixes(std::span<const std::uint64_t> counts)
        : count(counts.size() + 1), used(counts.size() + 1), entropy(counts.size() + 1)
    {
        const double* const logs = logTable();
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const auto n = static_cast<double>(counts[i]);
            count[i + 1] = count[i] + n;
            used[i + 1] = used[i] + (counts[i] > 0 ? 1 : 0);
            entropy[i + 1] = entropy[i] + (n > 0 ? n * logOf(logs, n) : 0.0);
        }
    }
    std::vector<double> count;
    std::vector<std::uint32_t> used;
    std::vector<double> entropy; ///< Σ n ln n
    double logSmoothing = exactmath::log(smoothing);
};

double divergence(const Prefixes& prefix, BinSlice slice, std::size_t cells)
{
    const double* const logs = logTable();
    const double logSmoothing = prefix.logSmoothing;
    const std::size_t size = slice.last - slice.first;
    const double total = prefix.count.back();
    const double inside = prefix.count[slice.last] - prefix.count[slice.first];
    if (inside <= 0)
        return std::numeric_limits<double>::infinity();
    const double left = prefix.count[slice.first];
    const double right = total - prefix.count[slice.last];
    const auto at = [&](std::size_t bin) { return prefix.count[bin + 1] - prefix.count[bin]; };
    const auto plogp = [logs](double n) { return n > 0 ? n * logOf(logs, n) : 0.0; };
    // Σ p ln p with the end bins' own counts replaced.
    const std::size_t lastBin = slice.last - 1;
    double own = prefix.entropy[slice.last] - prefix.entropy[slice.first];
    own += plogp(at(slice.first) + left) - plogp(at(slice.first));
    if (lastBin > slice.first)
        own += plogp(at(lastBin) + right) - plogp(at(lastBin));
    // Σ p ln q, a cell at a time: q is the same in all of its bins.
    double cross = 0;
    std::size_t from = slice.first;
    std::size_t to = from;
    std::size_t rest = 0; // of (j + 1) · size / cells, without a division a cell
    for (std::size_t j = 0; j < cells; ++j) {
        to += size / cells;
        rest += size % cells;
        if (rest >= cells) {
            rest -= cells;
            ++to;
        }
        const double q = prefix.count[to] - prefix.count[from];
        double p = q;
        double bins = prefix.used[to] - prefix.used[from];
        if (j == 0) {
            p += left;
            bins += left > 0 && at(slice.first) == 0 ? 1 : 0;
        }
        if (j + 1 == cells) {
            p += right;
            bins += right > 0 && at(lastBin) == 0 ? 1 : 0;
        }
        if (p > 0)
            cross += p * ((q > 0 ? logOf(logs, q) : logSmoothing) - logOf(logs, bins));
        from = to;
    }
    return (own - cross) / total - logOf(logs, total) + logOf(logs, inside);
}

/// The bins that hold [lo, hi], of exact zeros freed.
Histogram countsOf(std::span<const float> values, double lo, double hi, std::size_t bins,
                   const std::stop_token& stop)
{
    constexpr std::size_t few = 1 << 16; // not worth a table for each thread
    Histogram result;
    if (values.size() <= few) {
        AffineHistogram histogram(lo, hi, bins);
        histogram.add(values, {});
        result = histogram.result();
    } else {
        throwIfStopped(stop);
        result = histogram(values, lo, hi, bins);
    }
    std::uint64_t zeros = 0;
    for (const float x : values)
        zeros += x == 0 ? 1 : 0;
    if (zeros > 0) {
        // Where AffineHistogram counts a zero.
        AffineHistogram one(lo, hi, bins);
        const float zero = 0;
        one.add({&zero, 1}, {});
        const Histogram place = one.result();
        for (std::size_t i = 0; i < bins; ++i)
            result.counts[i] -= place.counts[i] * zeros;
    }
    return result;
}

/// Both halves of a histogram about 0 in one.
std::vector<std::uint64_t> folded(const std::vector<std::uint64_t>& counts)
{
    const std::size_t half = counts.size() / 2;
    std::vector<std::uint64_t> result(half);
    for (std::size_t i = 0; i < half; ++i)
        result[i] = counts[half + i] + counts[half - 1 - i];
    return result;
}

std::size_t anchorBin(Interval ends, std::size_t bins)
{
    const double zero = std::clamp<double>(0, ends.lo, ends.hi);
    const double share = (zero - ends.lo) / (static_cast<double>(ends.hi) - ends.lo);
    return static_cast<std::size_t>(share * static_cast<double>(bins));
}

} // namespace

EntropyPlan entropyPlan(const Scheme& scheme)
{
    EntropyPlan plan;
    plan.magnitudes = hasOneLimit(scheme.grid);
    const int exponent = plan.magnitudes ? scheme.bits - 1 : scheme.bits;
    plan.cells = std::size_t{1} << std::max(exponent, 0);
    plan.bins = plan.cells > 2048 / 8 ? 16 * plan.cells : 2048;
    if (plan.bins > std::size_t{1} << 18)
        throw Error(ErrorCode::SchemeMismatch, "range=entropy would need " + std::to_string(plan.bins)
                                                   + " bins at " + std::to_string(scheme.bits)
                                                   + " bits; use range=mse.");
    return plan;
}

double entropyDivergence(std::span<const std::uint64_t> counts, BinSlice slice, std::size_t cells)
{
    return divergence(Prefixes(counts), slice, cells);
}

BinSlice leastDivergence(std::span<const std::uint64_t> counts, std::size_t anchor, std::size_t cells,
                         std::stop_token stop)
{
    const Prefixes prefix(counts);
    const std::size_t bins = counts.size();
    const std::size_t most = std::max(anchor, bins - anchor);
    const std::size_t stride = std::max<std::size_t>(1, most / mostCandidates);
    BinSlice best{0, bins};
    double least = std::numeric_limits<double>::infinity();
    // From the widest, so that it wins among equals.
    for (std::size_t k = most; k > 0; k = k > stride ? k - stride : 0) {
        throwIfStopped(stop);
        const BinSlice slice{anchor - std::min(anchor, k), std::min(bins, anchor + k)};
        if (slice.last - slice.first < cells)
            break;
        const double found = divergence(prefix, slice, cells);
        if (found < least) {
            least = found;
            best = slice;
        }
    }
    return best;
}

Interval entropyRange(std::span<const float> values, const Scheme& scheme, std::stop_token stop)
{
    const EntropyPlan plan = entropyPlan(scheme);
    if (values.empty())
        return {};
    throwIfStopped(stop);
    Extremes found;
    extremesOfRuns(values, values.size(), {&found, 1});
    const Interval ends{found.min, found.max};
    // Where both ends' distance has no float any more, bins would have none either.
    const double span = static_cast<double>(ends.hi) - static_cast<double>(ends.lo);
    if (found.finite == 0 || ends.lo == ends.hi || span < 0x1p-120 || span > 0x1p126)
        return ends;
    if (plan.magnitudes) {
        const double largest = std::max(-static_cast<double>(ends.lo), static_cast<double>(ends.hi));
        const auto counts = folded(countsOf(values, -largest, largest, 2 * plan.bins, stop).counts);
        const BinSlice slice = leastDivergence(counts, 0, plan.cells, stop);
        const double share = static_cast<double>(slice.last) / static_cast<double>(plan.bins);
        return limitRange(scheme.grid, static_cast<float>(share * largest), ends);
    }
    const auto counts = countsOf(values, ends.lo, ends.hi, plan.bins, stop).counts;
    const BinSlice slice = leastDivergence(counts, anchorBin(ends, plan.bins), plan.cells, stop);
    const double width = span / static_cast<double>(plan.bins);
    return {slice.first == 0 ? ends.lo
                             : static_cast<float>(ends.lo + static_cast<double>(slice.first) * width),
            slice.last == plan.bins ? ends.hi
                                    : static_cast<float>(ends.lo + static_cast<double>(slice.last) * width)};
}

Interval entropyRange(const FloatBins& bins, const Scheme& scheme)
{
    const EntropyPlan plan = entropyPlan(scheme);
    if (plan.bins > 2048)
        throw Error(ErrorCode::SchemeMismatch,
                    "range=entropy at " + std::to_string(scheme.bits)
                        + " bits needs more bins than a stream keeps; use range=mse.");
    const Interval ends = bins.ends();
    const double largest = std::max(-static_cast<double>(ends.lo), static_cast<double>(ends.hi));
    if (bins.finite() == 0 || ends.lo == ends.hi || largest < 0x1p-120)
        return ends;
    // largest in [2048 w, 4096 w): FloatBins of the top octave are w wide, smaller ones lie within one bin.
    int exponent = 0;
    std::frexp(largest, &exponent);
    const double width = std::ldexp(1.0, exponent - 12);
    // FloatBins of negative values hold their edge nearer to 0: a smallest value on an edge lies in the bin below it.
    const double lowest = static_cast<double>(ends.lo) / width;
    const double low = plan.magnitudes ? 0.0 : lowest < 0 ? std::ceil(lowest) - 1 : std::floor(lowest);
    const double high = std::floor((plan.magnitudes ? largest : static_cast<double>(ends.hi)) / width) + 1;
    std::vector<std::uint64_t> counts(static_cast<std::size_t>(high - low));
    const auto add = [&](float below, float above, std::uint64_t count) {
        const double middle = (static_cast<double>(below) + static_cast<double>(above)) / 2;
        if (below != 0 && above != 0) // the bins at 0 count as zeros
            counts[static_cast<std::size_t>(std::floor(middle / width) - low)] += count;
    };
    if (plan.magnitudes)
        bins.forMagnitudes(add);
    else
        bins.forBins(add);
    const double zero = std::clamp<double>(0, ends.lo, ends.hi);
    const auto anchor = plan.magnitudes ? std::size_t{0}
                                        : std::min(static_cast<std::size_t>(std::floor(zero / width) - low),
                                                   counts.size() - 1);
    const BinSlice slice = leastDivergence(counts, anchor, std::min(plan.cells, counts.size()));
    const double from = (low + static_cast<double>(slice.first)) * width;
    const double to = (low + static_cast<double>(slice.last)) * width;
    if (plan.magnitudes)
        return limitRange(scheme.grid, static_cast<float>(std::min(to, largest)), ends);
    return {static_cast<float>(std::max<double>(from, ends.lo)),
            static_cast<float>(std::min<double>(to, ends.hi))};
}

} // namespace quantoscope
