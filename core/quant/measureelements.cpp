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
#include <limits>

namespace quantoscope {

namespace {

/// Elements handed to the pass at once: their arrays stay in the first cache levels.
constexpr std::size_t elementsPerRun = 1 << 12;

/// The arrays of one run.
struct Arrays
{
    std::vector<float> x, given, lowest, highest, perStep;
    std::vector<std::int32_t> codes;
    std::size_t size = 0;

    Arrays()
    {
        for (std::vector<float>* array : {&x, &given, &lowest, &highest, &perStep})
            array->resize(2 * elementsPerRun);
        codes.resize(elementsPerRun);
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

    /// At most elementsPerRun elements.
    void add(const Stretch& stretch, Arrays& arrays, ErrorSums& sums, std::uint64_t* codeCounts) const
    {
        const auto from = static_cast<std::ptrdiff_t>(arrays.size);
        const auto count = static_cast<std::ptrdiff_t>(stretch.count);
        const std::span codes = std::span(arrays.codes).first(stretch.count);
        const float* const x = m_values.values.data() + stretch.begin;
        sums.saturated += m_quantizer.quantize(stretch.set, stretch.begin, codes,
                                               std::span(arrays.given).subspan(arrays.size, stretch.count));
        std::copy(x, x + count, arrays.x.begin() + from);
        const SetLimits own = limitsOf(m_params, stretch.set);
        std::fill_n(arrays.lowest.begin() + from, count, own.limits.lo);
        std::fill_n(arrays.highest.begin() + from, count, own.limits.hi);
        std::fill_n(arrays.perStep.begin() + from, count, own.perStep);
        if (m_params.coded)
            adjustColumns(stretch, arrays);
        if (codeCounts != nullptr)
            countCodes(stretch, codes, codeCounts);
        arrays.size += dropNotFinite(stretch.count, arrays, sums);
        if (arrays.size >= elementsPerRun)
            flush(arrays, sums);
    }

    void flush(Arrays& arrays, ErrorSums& sums) const
    {
        const GivenRun run{arrays.x.data(),
                           arrays.given.data(),
                           arrays.lowest.data(),
                           arrays.highest.data(),
                           m_params.tables.empty() ? arrays.perStep.data() : nullptr,
                           arrays.size};
        runGivenPass({&run, 1}, m_full, m_gain, sums);
        arrays.size = 0;
    }

private:
    /// Of what is finite and has a code at all: columns kept in binary16 have none.
    void countCodes(const Stretch& stretch, std::span<const std::int32_t> codes,
                    std::uint64_t* codeCounts) const
    {
        const bool someKept = m_params.coded && !m_params.coded->halfColumns.empty();
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const std::size_t at = stretch.begin + i;
            if (std::isfinite(m_values.values[at])
                && !(someKept && m_params.coded->halfColumns[at % m_values.perChannel] != 0))
                ++codeCounts[codes[i] - m_params.codes.min];
        }
    }

    /// Ends of columns that were scaled before coding; columns kept in binary16 have none.
    void adjustColumns(const Stretch& stretch, Arrays& arrays) const
    {
        const CodedTensor& coded = *m_params.coded;
        if (coded.columnFactors.empty() && coded.halfColumns.empty())
            return;
        for (std::size_t i = 0; i < stretch.count; ++i) {
            const std::size_t column = (stretch.begin + i) % m_values.perChannel;
            const std::size_t at = arrays.size + i;
            if (!coded.columnFactors.empty()) {
                arrays.lowest[at] /= coded.columnFactors[column];
                arrays.highest[at] /= coded.columnFactors[column];
                arrays.perStep[at] *= coded.columnFactors[column];
            }
            if (!coded.halfColumns.empty() && coded.halfColumns[column] != 0) {
                arrays.lowest[at] = -std::numeric_limits<float>::max();
                arrays.highest[at] = std::numeric_limits<float>::max();
                arrays.perStep[at] = 0;
            }
        }
    }

    /// Moves the finite ones of the last `count` elements together; returns how many they are.
    static std::size_t dropNotFinite(std::size_t count, Arrays& arrays, ErrorSums& sums)
    {
        const auto begin = arrays.x.begin() + static_cast<std::ptrdiff_t>(arrays.size);
        if (std::all_of(begin, begin + static_cast<std::ptrdiff_t>(count),
                        [](float x) { return std::isfinite(x); }))
            return count;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const float x = arrays.x[arrays.size + i];
            if (!std::isfinite(x)) {
                ++(std::isnan(x) ? sums.nan : sums.inf);
                continue;
            }
            for (std::vector<float>* array :
                 {&arrays.x, &arrays.given, &arrays.lowest, &arrays.highest, &arrays.perStep})
                (*array)[arrays.size + kept] = (*array)[arrays.size + i];
            ++kept;
        }
        return kept;
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
