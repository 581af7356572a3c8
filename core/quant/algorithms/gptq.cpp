// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/gptq.h"

#include "core/quant/algorithms/densealgebra.h"
#include "core/quant/algorithms/densekernels.h"
#include "core/quant/algorithms/weightcodes.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace quantoscope {

namespace {

/// Enough rows to multiply at full speed, few enough to keep many threads busy.
constexpr std::size_t rowsPerTask = 64;

struct Factor
{
    std::vector<std::size_t> order; ///< column at each position
    std::vector<float> upper;
    double damping = 0;
};

std::vector<std::size_t> columnOrder(const Gram& gram, bool byDiagonal)
{
    std::vector<std::size_t> order(gram.size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (byDiagonal)
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return gram.at(a, a) > gram.at(b, b); });
    return order;
}

double meanDiagonal(const Gram& gram)
{
    double sum = 0;
    for (std::size_t i = 0; i < gram.size; ++i)
        sum += static_cast<double>(gram.at(i, i));
    return gram.size == 0 ? 0 : sum / static_cast<double>(gram.size);
}

Factor dampedFactor(const Gram& gram, bool byDiagonal, const GptqOptions& options,
                    const std::stop_token& stop)
{
    Factor factor{columnOrder(gram, byDiagonal), {}, options.percdamp};
    const double mean = meanDiagonal(gram);
    while (true) {
        if (auto upper = inverseFactor(gram, factor.order, factor.damping * mean, stop)) {
            factor.upper = std::move(*upper);
            return factor;
        }
        const double raised = factor.damping > 0 ? factor.damping * 10 : 0.01;
        if (factor.damping >= options.maxDamping)
            throw Error(ErrorCode::InvalidArgument,
                        "The Hessian of the layer's inputs is singular even with percdamp="
                            + std::to_string(factor.damping)
                            + ": raise percdamp or its limit, or pass more samples.");
        factor.damping = std::min(raised, options.maxDamping);
    }
}

/// What all rows share.
struct Job
{
    const ChannelMajor& weights;
    const GptqOptions& options;
    const Factor& factor;
    const std::stop_token& stop;
    bool movingGroups;
    ParamSets params;
    std::vector<std::uint16_t> codes;
    std::vector<float> errors;
};

/// Some rows from the first to the last column.
class RowTile
{
public:
    RowTile(Job& job, std::size_t first)
        : m_job(job), m_columns(job.weights.perChannel), m_first(first),
          m_rows(std::min(rowsPerTask, job.weights.channels - first)), m_current(m_rows * m_columns),
          m_blockErrors(m_rows * job.options.block), m_sets(m_rows)
    {
        for (std::size_t k = 0; k < m_columns; ++k)
            for (std::size_t r = 0; r < m_rows; ++r)
                m_current[k * m_rows + r] = weight(r, k);
    }

    void run()
    {
        const DenseKernels& kernels = denseKernels();
        const float* upper = m_job.factor.upper.data();
        for (std::size_t begin = 0; begin < m_columns;) {
            throwIfStopped(m_job.stop);
            const std::size_t end = blockEnd(begin);
            for (std::size_t k = begin; k < end; ++k) {
                chooseSets(k);
                float* const column = &m_blockErrors[(k - begin) * m_rows];
                roundColumn(k, column);
                if (k + 1 < end)
                    kernels.subtractProduct(&m_current[(k + 1) * m_rows], column,
                                            upper + k * m_columns + k + 1, m_columns, m_rows, end - k - 1, 1);
            }
            if (end < m_columns)
                kernels.subtractProduct(&m_current[end * m_rows], m_blockErrors.data(),
                                        upper + begin * m_columns + end, m_columns, m_rows, m_columns - end,
                                        end - begin);
            begin = end;
        }
    }

private:
    std::size_t index(std::size_t r, std::size_t k) const
    {
        return (m_first + r) * m_columns + m_job.factor.order[k];
    }
    float weight(std::size_t r, std::size_t k) const { return m_job.weights.values[index(r, k)]; }

    /// A group whose range is still to be found must not begin inside a block that it outlasts: its later columns would
    /// lack the block's updates.
    std::size_t blockEnd(std::size_t begin) const
    {
        const std::size_t end = std::min(begin + m_job.options.block, m_columns);
        if (!m_job.movingGroups)
            return end;
        const std::size_t length = m_job.params.layout.length;
        const std::size_t group = (end - 1) / length * length;
        return group > begin && std::min(group + length, m_columns) > end ? group : end;
    }

    void chooseSets(std::size_t k)
    {
        const SetLayout& layout = m_job.params.layout;
        const std::size_t column = m_job.factor.order[k];
        if (m_job.movingGroups && k % layout.length == 0)
            findRanges(k, std::min(layout.length, m_columns - k));
        for (std::size_t r = 0; r < m_rows; ++r)
            m_sets[r] = &m_job.params.sets[setOf(layout, m_first + r, column)];
    }

    void findRanges(std::size_t k, std::size_t length)
    {
        std::vector<float> group(m_rows * length);
        for (std::size_t i = 0; i < length; ++i)
            for (std::size_t r = 0; r < m_rows; ++r)
                group[r * length + i] = m_current[(k + i) * m_rows + r];
        Scheme perRow = m_job.params.scheme;
        perRow.granularity = {Granularity::Kind::Channel, -1, 0};
        const std::vector<Interval> ranges =
            estimateRanges(ChannelMajor{group, m_rows, length, 0, nullptr}, perRow, m_job.stop);
        for (std::size_t r = 0; r < m_rows; ++r)
            m_job.params.sets[setOf(m_job.params.layout, m_first + r, k)] =
                makeParams(m_job.params.scheme, ranges[r]);
    }

    void roundColumn(std::size_t k, float* blockErrors)
    {
        const CodeRange codes = m_job.params.codes;
        const float pivot = m_job.factor.upper[k * m_columns + k];
        for (std::size_t r = 0; r < m_rows; ++r) {
            const float current = m_current[k * m_rows + r];
            const int q = quantizeOne(m_job.params.scheme, *m_sets[r], codes, current);
            const float value = levelValue(*m_sets[r], q);
            blockErrors[r] = (current - value) / pivot;
            m_job.codes[index(r, k)] = static_cast<std::uint16_t>(q - codes.min);
            m_job.errors[index(r, k)] = value - weight(r, k);
        }
    }

    Job& m_job;
    std::size_t m_columns, m_first, m_rows;
    std::vector<float> m_current;     ///< [columns][rows]: the weights with the updates so far
    std::vector<float> m_blockErrors; ///< [columns of the block][rows]
    std::vector<const SetParams*> m_sets;
};

void takeNearest(Job& job, const NearestWeights& nearest, std::size_t row)
{
    const std::size_t n = job.weights.perChannel;
    std::copy_n(nearest.codes.begin() + static_cast<std::ptrdiff_t>(row * n), n,
                job.codes.begin() + static_cast<std::ptrdiff_t>(row * n));
    for (std::size_t i = 0; i < n; i += std::min(n, job.params.layout.length)) {
        const std::size_t set = setOf(job.params.layout, row, i);
        job.params.sets[set] = nearest.params.sets[set];
    }
}

void requireOptions(const GptqOptions& options)
{
    if (!(options.percdamp >= 0 && options.percdamp <= 1e30))
        throw Error(ErrorCode::InvalidArgument, "percdamp is 0 or more, for example 0.01.");
    if (options.block == 0)
        throw Error(ErrorCode::InvalidArgument, "A block has at least one column.");
}

} // namespace

AlgorithmResult runGptq(const ChannelMajor& weights, const Scheme& scheme, const LayerInputs& inputs,
                        const GptqOptions& options, std::stop_token stop, const ProgressFn& progress)
{
    const bool byDiagonal = scheme.algorithm == Algorithm::GptqActOrder;
    requireUniform(scheme, nameOf(byDiagonal ? Algorithm::GptqActOrder : Algorithm::Gptq));
    requireOptions(options);
    requireInputs(inputs, weights.perChannel, 2);
    const ChannelMajor finite = finiteWeights(weights);
    const Gram gram = gramOf(inputs, stop);
    const Factor factor = dampedFactor(gram, byDiagonal, options, stop);
    const NearestWeights nearest = nearestWeights(finite, scheme, stop);

    const std::size_t tasks = (finite.channels + rowsPerTask - 1) / rowsPerTask;
    StepProgress steps(progress, tasks);
    const bool movingGroups = scheme.granularity.kind == Granularity::Kind::Group && !byDiagonal;
    Job job{finite,       options,        factor,        stop,
            movingGroups, nearest.params, nearest.codes, std::vector<float>(finite.values.size())};
    parallelFor(
        tasks,
        [&](std::size_t task) {
            RowTile(job, task * rowsPerTask).run();
            steps.add();
        },
        stop);

    const std::vector<double> before = rowErrors(nearest.errors(finite), gram, stop);
    const std::vector<double> after = rowErrors(job.errors, gram, stop);
    AlgorithmResult result;
    result.rows = finite.channels;
    result.damping = factor.damping;
    for (std::size_t row = 0; row < result.rows; ++row) {
        const bool worse = after[row] > before[row] * (1 + 1e-6);
        result.nearestError += before[row];
        result.error += worse && options.keepBetter ? before[row] : after[row];
        result.rowsWorse += worse;
        if (worse && options.keepBetter) {
            takeNearest(job, nearest, row);
            ++result.rowsKept;
        }
    }
    result.params = std::move(job.params);
    attachCodes(result.params, weights, std::move(job.codes));
    return result;
}

} // namespace quantoscope
