// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/awq.h"

#include "core/quant/algorithms/densealgebra.h"
#include "core/quant/algorithms/weightcodes.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quantoscope {

namespace {

/// s_j for one α; empty when all of them are 1.
std::vector<float> factorsFor(const std::vector<double>& magnitudes, double alpha)
{
    double least = 0, largest = 0;
    for (const double magnitude : magnitudes)
        if (magnitude > 0) {
            least = least > 0 ? std::min(least, magnitude) : magnitude;
            largest = std::max(largest, magnitude);
        }
    if (alpha == 0 || least == largest)
        return {};
    const double middle = std::sqrt(std::pow(least, alpha) * std::pow(largest, alpha));
    std::vector<float> factors;
    factors.reserve(magnitudes.size());
    for (const double magnitude : magnitudes)
        factors.push_back(static_cast<float>(std::pow(std::max(magnitude, least), alpha) / middle));
    return factors;
}

struct Candidate
{
    NearestWeights coded;
    std::vector<float> factors;
    std::vector<double> rows;
    double error = 0;
};

/// w·s, rounded; the errors of x̂ = level / s against w.
Candidate tryFactors(const ChannelMajor& weights, const Scheme& scheme, std::vector<float> factors,
                     const Gram& gram, const std::stop_token& stop)
{
    Candidate candidate{{}, std::move(factors), {}, 0};
    const std::size_t n = weights.perChannel;
    if (candidate.factors.empty()) {
        candidate.coded = nearestWeights(weights, scheme, stop);
    } else {
        std::vector<float> scaled(weights.values.begin(), weights.values.end());
        for (std::size_t i = 0; i < scaled.size(); ++i)
            scaled[i] *= candidate.factors[i % n];
        candidate.coded = nearestWeights({scaled, weights.channels, n, weights.inner, nullptr}, scheme, stop);
        for (std::size_t i = 0; i < scaled.size(); ++i)
            candidate.coded.values[i] /= candidate.factors[i % n];
    }
    candidate.rows = rowErrors(candidate.coded.errors(weights), gram, stop);
    candidate.error = std::accumulate(candidate.rows.begin(), candidate.rows.end(), 0.0);
    return candidate;
}

} // namespace

AlgorithmResult runAwq(const ChannelMajor& weights, const Scheme& scheme, const LayerInputs& inputs,
                       const AwqOptions& options, std::stop_token stop, const ProgressFn& progress)
{
    requireUniform(scheme, nameOf(Algorithm::Awq));
    if (options.gridPoints == 0)
        throw Error(ErrorCode::InvalidArgument, "The grid of exponents has at least one point, 0.");
    requireInputs(inputs, weights.perChannel, 2);
    const ChannelMajor finite = finiteWeights(weights);
    const Gram gram = gramOf(inputs, stop);
    const std::vector<double> magnitudes = columnMeanMagnitudes(inputs, stop);
    StepProgress steps(progress, options.gridPoints);

    AlgorithmResult result;
    Candidate best = tryFactors(finite, scheme, {}, gram, stop);
    steps.add();
    const std::vector<double> nearest = best.rows;
    result.nearestError = best.error;
    for (std::size_t i = 1; i < options.gridPoints; ++i) {
        const double alpha = static_cast<double>(i) / static_cast<double>(options.gridPoints - 1);
        Candidate candidate = tryFactors(finite, scheme, factorsFor(magnitudes, alpha), gram, stop);
        steps.add();
        if (candidate.error < best.error) {
            best = std::move(candidate);
            result.exponent = alpha;
        }
    }
    result.error = best.error;
    result.rows = finite.channels;
    for (std::size_t row = 0; row < result.rows; ++row)
        result.rowsWorse += best.rows[row] > nearest[row] * (1 + 1e-6);
    result.params = std::move(best.coded.params);
    attachCodes(result.params, weights, std::move(best.coded.codes), std::move(best.factors));
    return result;
}

} // namespace quantoscope
