// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/adaround.h"

#include "core/quant/algorithms/densealgebra.h"
#include "core/quant/algorithms/densekernels.h"
#include "core/quant/algorithms/roundingsearch.h"
#include "core/quant/algorithms/weightcodes.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>

namespace quantoscope {

namespace {

constexpr std::size_t rowsPerTask = 32;
constexpr std::size_t iterationsPerStep = 100; ///< between two looks at convergence

/// The two levels around every weight of the layer.
struct Choices
{
    std::vector<std::uint16_t> lower; ///< q - codes.min
    std::vector<float> base, step;    ///< as RowChoice
    std::vector<float> fraction;      ///< where between the two w lies, in [0, 1]
    std::vector<std::uint8_t> nearestUp;
};

Choices choicesOf(const ChannelMajor& weights, const NearestWeights& nearest)
{
    const std::size_t count = weights.values.size();
    const CodeRange codes = nearest.params.codes;
    Choices choices{nearest.codes, std::vector<float>(count), std::vector<float>(count),
                    std::vector<float>(count), std::vector<std::uint8_t>(count)};
    for (std::size_t i = 0; i < count; ++i) {
        const SetParams& set =
            nearest.params.sets[setOf(nearest.params.layout, i / weights.perChannel, i % weights.perChannel)];
        const float weight = weights.values[i];
        const auto isAbove = [&](int q) { // in the order of the codes
            return std::signbit(set.scale) ? levelValue(set, q) < weight : levelValue(set, q) > weight;
        };
        const int at = nearest.codes[i] + codes.min;
        const int low = isAbove(at) ? std::max(at - 1, codes.min) : at;
        // Beyond the outermost level, and exactly on a level, there is nothing to decide.
        const float level = levelValue(set, low);
        const bool open = !isAbove(low) && level != weight && low < codes.max;
        choices.lower[i] = static_cast<std::uint16_t>(low - codes.min);
        choices.base[i] = level - weight;
        choices.step[i] = open ? levelValue(set, low + 1) - level : 0.0f;
        choices.fraction[i] = open ? std::clamp(-choices.base[i] / choices.step[i], 0.0f, 1.0f) : 0.0f;
        choices.nearestUp[i] = at > low;
    }
    return choices;
}

struct Job
{
    const AdaRoundOptions& options;
    const Gram& gram;
    const std::vector<float>& diagonal;
    const Choices& choices;
    const std::stop_token& stop;
    std::size_t iterations;
    std::vector<std::uint8_t> relaxed; ///< out: 1 = up, by the relaxation alone
    std::vector<std::uint8_t> up;      ///< out
    std::atomic<std::size_t> used = 0; ///< out
};

class RowTile
{
public:
    RowTile(Job& job, std::size_t first, std::size_t count)
        : m_job(job), m_columns(job.gram.size), m_begin(first * m_columns), m_size(count * m_columns),
          m_rows(count)
    {
    }

    void run(StepProgress& steps)
    {
        relax(steps);
        search();
    }

private:
    RowChoice choiceOf(std::size_t row) const
    {
        const std::size_t at = m_begin + row * m_columns;
        return {std::span(m_job.choices.base).subspan(at, m_columns),
                std::span(m_job.choices.step).subspan(at, m_columns)};
    }

    /// V such that h(V) is the fraction; far below 0 where nothing is to be decided: there the slope is 0.
    std::vector<float> latentStart() const
    {
        std::vector<float> latent(m_size);
        for (std::size_t i = 0; i < m_size; ++i) {
            const float h = m_job.choices.fraction[m_begin + i];
            latent[i] = m_job.choices.step[m_begin + i] == 0 ? -20.0f : -std::log(1.2f / (h + 0.1f) - 1);
        }
        return latent;
    }

    std::vector<float> rowWeights() const
    {
        std::vector<float> weights;
        for (std::size_t row = 0; row < m_rows; ++row) {
            const RowChoice choice = choiceOf(row);
            double sum = 0, open = 0;
            for (std::size_t j = 0; j < m_columns; ++j) {
                const double step = choice.step[j];
                sum += step * step * static_cast<double>(m_job.diagonal[j]);
                open += step != 0;
            }
            const double unit = open > 0 ? sum / open / 12 : 0;
            weights.push_back(unit > 0 ? static_cast<float>(lossPerUnit / unit) : 0.0f);
        }
        return weights;
    }

    RelaxedStep stepAt(std::size_t t) const
    {
        const AdaRoundOptions& options = m_job.options;
        const double at = static_cast<double>(t) / static_cast<double>(m_job.iterations);
        RelaxedStep step;
        if (at >= options.warmStart) {
            const double along = (at - options.warmStart) / (1 - options.warmStart);
            step.beta = static_cast<float>(options.betaEnd
                                           + (options.betaStart - options.betaEnd)
                                                 * (1 + std::cos(along * std::numbers::pi)) / 2);
            step.strength = static_cast<float>(options.regularizer);
        }
        const auto number = static_cast<double>(t + 1);
        step.rate = static_cast<float>(options.learningRate / (1 - std::pow(0.9, number)));
        step.scale2 = static_cast<float>(1 / (1 - std::pow(0.999, number)));
        return step;
    }

    void relax(StepProgress& steps)
    {
        std::vector<float> latent = latentStart();
        std::vector<float> first(m_size), second(m_size), errors(m_size), slopes(m_size);
        const std::vector<float> weights = rowWeights();
        const RelaxedRows rows{m_columns,
                               m_rows,
                               m_job.choices.base.data() + m_begin,
                               m_job.choices.step.data() + m_begin,
                               weights.data(),
                               latent.data(),
                               first.data(),
                               second.data(),
                               errors.data(),
                               slopes.data()};
        const DenseKernels& kernels = denseKernels();
        bool settled = false;
        std::size_t used = 0;
        for (std::size_t t = 0; t < m_job.iterations; ++t) {
            if (t % iterationsPerStep == 0) {
                settled = settled || isSettled(latent);
                if (t > 0)
                    steps.add();
            }
            if (settled)
                continue;
            throwIfStopped(m_job.stop);
            kernels.relaxedStep(rows, m_job.gram.values.data(), stepAt(t));
            used = t + 1;
        }
        steps.add();
        std::size_t most = m_job.used;
        while (most < used && !m_job.used.compare_exchange_weak(most, used)) {
        }
        for (std::size_t i = 0; i < m_size; ++i)
            m_job.relaxed[m_begin + i] = m_job.choices.step[m_begin + i] != 0 && latent[i] >= 0;
    }

    /// Every h is 0 or 1: its slope is 0 and nothing moves any more.
    static bool isSettled(const std::vector<float>& latent)
    {
        const float edge = std::log(11.0f); // σ = 1.1/1.2
        return std::all_of(latent.begin(), latent.end(), [&](float v) { return std::abs(v) > edge; });
    }

    std::vector<std::uint8_t> tileOf(const std::vector<std::uint8_t>& all) const
    {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(m_begin);
        return {begin, begin + static_cast<std::ptrdiff_t>(m_size)};
    }

    void search()
    {
        std::vector<std::uint8_t> relaxed = tileOf(m_job.relaxed), nearest = tileOf(m_job.choices.nearestUp);
        for (std::size_t row = 0; row < m_rows; ++row) {
            const RowChoice choice = choiceOf(row);
            const auto at = std::span(relaxed).subspan(row * m_columns, m_columns);
            if (isEnumerable(choice)) {
                const std::vector<std::uint8_t> best = bestChoice(choice, m_job.gram);
                std::copy(best.begin(), best.end(), at.begin());
                std::copy(best.begin(), best.end(), nearest.begin() + (at.data() - relaxed.data()));
                continue;
            }
            for (const auto& up : {at, std::span(nearest).subspan(row * m_columns, m_columns)})
                descend(choice, m_job.gram, m_job.diagonal, m_job.options.searchSweeps, up, m_job.stop);
        }
        const std::vector<double> fromRelaxed = errorsOf(relaxed), fromNearest = errorsOf(nearest);
        for (std::size_t i = 0; i < m_size; ++i) {
            const std::size_t row = i / m_columns;
            m_job.up[m_begin + i] = fromRelaxed[row] < fromNearest[row] ? relaxed[i] : nearest[i];
        }
    }

    std::vector<double> errorsOf(const std::vector<std::uint8_t>& up) const
    {
        std::vector<float> errors(m_size);
        for (std::size_t i = 0; i < m_size; ++i)
            errors[i] = m_job.choices.base[m_begin + i] + (up[i] ? m_job.choices.step[m_begin + i] : 0);
        return rowErrors(errors, m_job.gram, m_job.stop);
    }

    /// What a row's mean step²·G_jj / 12 counts against the regularizer. V starts where the output error is 0: much more
    /// would hold it there, and rounding would end at the nearest level (tst_algorithmsgains: the relaxation alone gains
    /// 3.5 dB from 1e-4 down to 1e-5 at least, 1.3 dB at 0.1, nothing from 100 on).
    static constexpr double lossPerUnit = 1e-4;

    Job& m_job;
    std::size_t m_columns, m_begin, m_size, m_rows;
};

std::vector<float> errorsOf(const Choices& choices, const std::vector<std::uint8_t>& up)
{
    std::vector<float> errors(choices.base);
    for (std::size_t i = 0; i < errors.size(); ++i)
        errors[i] += up[i] ? choices.step[i] : 0;
    return errors;
}

void requireOptions(const AdaRoundOptions& options)
{
    const auto finite = [](double x) { return x >= 0 && x <= 1e6; };
    if (!finite(options.regularizer) || !finite(options.betaStart) || !finite(options.betaEnd)
        || !finite(options.learningRate) || !(options.warmStart >= 0 && options.warmStart < 1))
        throw Error(
            ErrorCode::InvalidArgument,
            "AdaRound's regularizer, betas and learning rate are 0 or more, its warm start lies in [0, 1).");
}

} // namespace

AlgorithmResult runAdaRound(const ChannelMajor& weights, const Scheme& scheme, const LayerInputs& inputs,
                            const AdaRoundOptions& options, std::stop_token stop, const ProgressFn& progress)
{
    requireUniform(scheme, nameOf(Algorithm::AdaRound));
    requireOptions(options);
    requireInputs(inputs, weights.perChannel, 2);
    const ChannelMajor finite = finiteWeights(weights);
    const Gram gram = gramOf(inputs, stop);
    std::vector<float> diagonal;
    for (std::size_t j = 0; j < gram.size; ++j)
        diagonal.push_back(gram.at(j, j));
    NearestWeights nearest = nearestWeights(finite, scheme, stop);
    const Choices choices = choicesOf(finite, nearest);

    const std::size_t standard = scheme.bits < 8 ? 15000 : 10000;
    const std::size_t iterations = options.iterations > 0 ? options.iterations : standard;
    const std::size_t count = finite.values.size();
    Job job{options,
            gram,
            diagonal,
            choices,
            stop,
            iterations,
            std::vector<std::uint8_t>(count),
            std::vector<std::uint8_t>(count)};
    const std::size_t tasks = (finite.channels + rowsPerTask - 1) / rowsPerTask;
    StepProgress steps(progress, tasks * ((iterations + iterationsPerStep - 1) / iterationsPerStep));
    parallelFor(
        tasks,
        [&](std::size_t task) {
            const std::size_t first = task * rowsPerTask;
            RowTile(job, first, std::min(rowsPerTask, finite.channels - first)).run(steps);
        },
        stop);

    const std::vector<double> before = rowErrors(nearest.errors(finite), gram, stop);
    const std::vector<double> relaxed = rowErrors(errorsOf(choices, job.relaxed), gram, stop);
    const std::vector<double> after = rowErrors(errorsOf(choices, job.up), gram, stop);
    AlgorithmResult result;
    result.rows = finite.channels;
    result.iterations = job.used;
    for (std::size_t row = 0; row < result.rows; ++row) {
        result.nearestError += before[row];
        result.error += after[row];
        result.rowsWorse += relaxed[row] > before[row] * (1 + 1e-6);
    }
    std::vector<std::uint16_t> codes = choices.lower;
    for (std::size_t i = 0; i < codes.size(); ++i)
        codes[i] = static_cast<std::uint16_t>(codes[i] + job.up[i]);
    result.params = std::move(nearest.params);
    attachCodes(result.params, weights, std::move(codes));
    return result;
}

} // namespace quantoscope
