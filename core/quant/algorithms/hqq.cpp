// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/hqq.h"

#include "core/quant/algorithms/weightcodes.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr std::size_t elementsPerTask = 1 << 16;

/// What is left of an error when the p-norm's share is taken off.
double shrink(double error, double norm, double beta)
{
    const double size = std::abs(error);
    if (size == 0)
        return 0;
    return std::copysign(std::max(size - std::pow(size, norm - 1) / beta, 0.0), error);
}

struct Fit
{
    SetParams params;
    double start = 0;
    double error = 0;
    std::size_t iterations = 0;
};

class SetFit
{
public:
    SetFit(std::span<const float> weights, const Scheme& scheme, const HqqOptions& options)
        : m_weights(weights), m_scheme(scheme), m_codes(codeRange(scheme)), m_options(options)
    {
    }

    Fit run(const SetParams& start, const std::stop_token& stop) const
    {
        Fit fit{start, errorOf(start), 0, 0};
        fit.error = fit.start;
        SetParams current = start;
        double beta = m_options.beta;
        while (fit.iterations < m_options.iterations) {
            throwIfStopped(stop);
            ++fit.iterations;
            current = moved(current, beta);
            beta *= m_options.kappa;
            const double error = errorOf(current);
            if (!(error < fit.error))
                break;
            fit.error = error;
            fit.params = current;
        }
        return fit;
    }

private:
    float valueOf(const SetParams& params, float weight) const
    {
        return levelValue(params, quantizeOne(m_scheme, params, m_codes, weight));
    }

    double errorOf(const SetParams& params) const
    {
        double sum = 0;
        for (const float weight : m_weights)
            if (std::isfinite(weight))
                sum += std::pow(
                    std::abs(static_cast<double>(weight) - static_cast<double>(valueOf(params, weight))),
                    m_options.norm);
        return sum;
    }

    /// The offset that is the mean of what scale·code leaves of the weights without the shrunk errors.
    SetParams moved(const SetParams& params, double beta) const
    {
        double sum = 0, count = 0;
        for (const float weight : m_weights) {
            if (!std::isfinite(weight))
                continue;
            const double error = static_cast<double>(weight) - static_cast<double>(valueOf(params, weight));
            sum += error - shrink(error, m_options.norm, beta);
            ++count;
        }
        SetParams result = params;
        if (count > 0)
            result.offset = static_cast<float>(static_cast<double>(params.offset) + sum / count);
        result.range = {levelValue(result, m_codes.min), levelValue(result, m_codes.max)};
        return result;
    }

    std::span<const float> m_weights;
    const Scheme& m_scheme;
    CodeRange m_codes;
    const HqqOptions& m_options;
};

void requireFitting(const Scheme& scheme, const HqqOptions& options)
{
    requireUniform(scheme, nameOf(Algorithm::Hqq));
    if (scheme.grid != Grid::Offset)
        throw Error(ErrorCode::SchemeMismatch,
                    "algorithm=hqq moves a real zero, which grid=" + std::string(nameOf(scheme.grid))
                        + " does not have: use grid=offset.");
    if (!(options.norm > 0 && options.norm <= 1 && options.beta > 0 && options.kappa >= 1))
        throw Error(ErrorCode::InvalidArgument,
                    "HQQ's norm lies in (0, 1], beta is above 0 and kappa at least 1.");
}

} // namespace

AlgorithmResult runHqq(const ChannelMajor& weights, const Scheme& scheme, const HqqOptions& options,
                       std::stop_token stop, const ProgressFn& progress)
{
    requireFitting(scheme, options);
    const SetLayout layout = layoutFor(scheme, weights);
    AlgorithmResult result;
    result.params = makeParamSets(scheme, layout, estimateRanges(weights, scheme, stop));
    result.rows = layout.count();
    std::vector<Fit> fits(layout.count());
    const std::size_t perTask =
        std::max<std::size_t>(1, elementsPerTask / std::max<std::size_t>(1, layout.length));
    const std::size_t tasks = (layout.count() + perTask - 1) / perTask;
    StepProgress steps(progress, tasks);
    parallelFor(
        tasks,
        [&](std::size_t task) {
            for (std::size_t s = task * perTask; s < std::min(fits.size(), (task + 1) * perTask); ++s)
                fits[s] = SetFit(weights.values.subspan(layout.begin(s), layout.size(s)), scheme, options)
                              .run(result.params.sets[s], stop);
            steps.add();
        },
        stop);
    for (std::size_t s = 0; s < fits.size(); ++s) {
        result.params.sets[s] = fits[s].params;
        result.nearestError += fits[s].start;
        result.error += fits[s].error;
        result.rowsKept += !(fits[s].error < fits[s].start);
        result.iterations = std::max(result.iterations, fits[s].iterations);
    }
    return result;
}

} // namespace quantoscope
