// SPDX-License-Identifier: GPL-3.0-or-later
// Errors of schemes whose values the fused pass does not make itself.
#include "core/quant/measureelements.h"
#include "core/quant/elementquantizer.h"
#include "core/quant/errorpass.h"
#include "core/quant/settasks.h"
#include "core/support/parallelfor.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Elements handed to the pass at once: their arrays stay in the first cache levels.
constexpr std::size_t elementsPerRun = 1 << 12;

/// The arrays of one run.
struct Arrays
{
    std::vector<float> x, given, lowest, highest, perStep;

    void clear()
    {
        for (std::vector<float>* array : {&x, &given, &lowest, &highest, &perStep})
            array->clear();
    }
};

/// What the elements of one set have in common.
struct SetLimits
{
    Interval limits;
    float perStep;
};

SetLimits limitsOf(const ParamSets& params, std::size_t set)
{
    const float scale = std::abs(params.sets[set].scale);
    const float perStep = 1 / scale;
    return {valueLimits(params, set), std::isfinite(perStep) ? perStep : 0.0f};
}

class Measurement
{
public:
    Measurement(const ChannelMajor& values, const ParamSets& params, bool full, float gain)
        : m_values(values), m_params(params), m_quantizer(values, params), m_full(full), m_gain(gain)
    {
    }

    void add(const Stretch& stretch, Arrays& arrays, ErrorSums& sums, std::uint64_t* codeCounts) const
    {
        const SetLimits own = limitsOf(m_params, stretch.set);
        for (std::size_t i = stretch.begin; i < stretch.begin + stretch.count; ++i) {
            const float x = m_values.values[i];
            if (!std::isfinite(x)) {
                ++(std::isnan(x) ? sums.nan : sums.inf);
                continue;
            }
            const ElementQuantizer::Element element = m_quantizer(stretch.set, i);
            sums.saturated += element.saturated ? 1u : 0u;
            const std::optional<float> factor = columnFactor(i);
            arrays.x.push_back(x);
            arrays.given.push_back(element.value);
            if (factor && *factor == 0) { // kept in binary16: no level ends
                arrays.lowest.push_back(std::min(x, element.value));
                arrays.highest.push_back(std::max(x, element.value));
                arrays.perStep.push_back(0);
                continue;
            }
            const float f = factor.value_or(1.0f);
            arrays.lowest.push_back(own.limits.lo / f);
            arrays.highest.push_back(own.limits.hi / f);
            arrays.perStep.push_back(own.perStep * f);
            if (codeCounts != nullptr)
                ++codeCounts[element.code - m_params.codes.min];
        }
        if (arrays.x.size() >= elementsPerRun)
            flush(arrays, sums);
    }

    void flush(Arrays& arrays, ErrorSums& sums) const
    {
        const GivenRun run{arrays.x.data(),
                           arrays.given.data(),
                           arrays.lowest.data(),
                           arrays.highest.data(),
                           m_params.tables.empty() ? arrays.perStep.data() : nullptr,
                           arrays.x.size()};
        runGivenPass({&run, 1}, m_full, m_gain, sums);
        arrays.clear();
    }

private:
    /// Of the element's column; 0 where the column is kept in binary16, nothing without either.
    std::optional<float> columnFactor(std::size_t index) const
    {
        if (!m_params.coded)
            return std::nullopt;
        const CodedTensor& coded = *m_params.coded;
        if (!coded.halfColumns.empty())
            return coded.halfColumns[index % m_values.perChannel] != 0 ? 0.0f : 1.0f;
        if (coded.columnFactors.empty())
            return std::nullopt;
        return coded.columnFactors[index % m_values.perChannel];
    }

    const ChannelMajor& m_values;
    const ParamSets& m_params;
    ElementQuantizer m_quantizer;
    bool m_full;
    float m_gain;
};

/// body(piece) for the pieces of at most elementsPerRun elements that a stretch consists of.
template <class Body>
void forPieces(const Stretch& stretch, Body body)
{
    for (std::size_t done = 0; done < stretch.count; done += elementsPerRun)
        body(Stretch{stretch.set, stretch.begin + done, std::min(elementsPerRun, stretch.count - done)});
}

} // namespace

PassResult measureElements(const ChannelMajor& values, const ParamSets& params, const PassOptions& options,
                           float gain, std::stop_token stop, std::optional<std::size_t> onlySet)
{
    const auto codes = static_cast<std::size_t>(params.codes.max - params.codes.min + 1);
    const Measurement measurement(values, params, options.full, gain);
    const SetTasks tasks(params.layout, onlySet);
    std::vector<ErrorSums> partial(tasks.count());
    tbb::enumerable_thread_specific<std::vector<std::uint64_t>> counts(
        [&] { return std::vector<std::uint64_t>(options.codeCounts ? codes : 0); });
    parallelFor(
        tasks.count(),
        [&](std::size_t task) {
            Arrays arrays;
            std::uint64_t* const counted = options.codeCounts ? counts.local().data() : nullptr;
            tasks.forStretches(task, [&](const Stretch& stretch) {
                forPieces(stretch, [&](const Stretch& piece) {
                    measurement.add(piece, arrays, partial[task], counted);
                });
            });
            measurement.flush(arrays, partial[task]);
        },
        stop);

    PassResult result;
    for (const ErrorSums& sums : partial)
        result.sums.add(sums);
    result.codeCounts.resize(options.codeCounts ? codes : 0);
    for (const auto& local : counts)
        std::transform(local.begin(), local.end(), result.codeCounts.begin(), result.codeCounts.begin(),
                       std::plus<>());
    return result;
}

} // namespace quantoscope
