// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/ranges/clippass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/ranges/clippass.h"
#include <hwy/highway.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr std::size_t block = 512; // points summed in float32

/// One vector of trials.
struct TrialVectors
{
    TrialVectors(const Trials& trials, std::size_t at)
    {
        // Trials are few: the last vector is filled up from a copy.
        HWY_ALIGN float perStepCopy[lanes] = {};
        HWY_ALIGN float shiftCopy[lanes] = {};
        const std::size_t count =
            at < trials.perStep.size() ? std::min(lanes, trials.perStep.size() - at) : 0;
        std::copy_n(trials.perStep.data() + (count ? at : 0), count, perStepCopy);
        std::copy_n(trials.shift.data() + (count ? at : 0), count, shiftCopy);
        perStep = hn::Load(D(), perStepCopy);
        shift = hn::Load(D(), shiftCopy);
    }
    TrialVectors(V ownPerStep, V ownShift) : perStep(ownPerStep), shift(ownShift) {}
    V perStep, shift;
};

enum class Sides { Both, Upper, UpperFromZero }; // clamped at both ends; at the top; at the top with shift 0

template <Sides sides>
HWY_INLINE V errorOf(V x, const TrialVectors& trial, V top, V& code)
{
    V t = hn::Mul(x, trial.perStep);
    if constexpr (sides != Sides::UpperFromZero)
        t = hn::Add(t, trial.shift);
    V inside = hn::Min(t, top);
    if constexpr (sides == Sides::Both)
        inside = hn::Max(inside, hn::Zero(D()));
    code = hn::Round(inside);
    return hn::Sub(t, code);
}

template <Sides sides, bool weighted>
HWY_INLINE V squaredOf(const Points& points, std::size_t i, const TrialVectors& trial, V top)
{
    V code;
    const V d = errorOf<sides>(hn::Set(D(), points.values[i]), trial, top, code);
    const V square = hn::Mul(d, d);
    if constexpr (weighted)
        return hn::Mul(square, hn::Set(D(), points.weights[i]));
    return square;
}

inline void addTo(std::span<double> errors, std::size_t at, V sum)
{
    HWY_ALIGN float copy[lanes];
    hn::Store(sum, D(), copy);
    for (std::size_t k = 0; k < lanes && at + k < errors.size(); ++k)
        errors[at + k] += static_cast<double>(copy[k]);
}

/// `vectors` of trials over points [begin, end): even and odd ones have sums of their own, so that additions need not wait
/// for each other.
template <Sides sides, bool weighted, std::size_t vectors>
HWY_INLINE void addBlock(const Points& points, std::size_t begin, std::size_t end, const Trials& trials,
                         std::size_t at, V top, std::span<double> errors)
{
    V perStep[vectors], shift[vectors], even[vectors], odd[vectors];
    for (std::size_t v = 0; v < vectors; ++v) {
        const TrialVectors trial(trials, at + v * lanes);
        perStep[v] = trial.perStep;
        shift[v] = trial.shift;
        even[v] = odd[v] = hn::Zero(D());
    }
    const auto add = [&](V(&sums)[vectors], std::size_t i) HWY_ATTR {
        for (std::size_t v = 0; v < vectors; ++v)
            sums[v] = hn::Add(sums[v], squaredOf<sides, weighted>(points, i, {perStep[v], shift[v]}, top));
    };
    std::size_t i = begin;
    for (; i + 2 <= end; i += 2) {
        add(even, i);
        add(odd, i + 1);
    }
    if (i < end)
        add(even, i);
    for (std::size_t v = 0; v < vectors; ++v)
        addTo(errors, at + v * lanes, hn::Add(even[v], odd[v]));
}

template <Sides sides, bool weighted>
void errorsOf(const Points& points, const Trials& trials, std::span<double> errors)
{
    const V top = hn::Set(D(), trials.top);
    std::fill(errors.begin(), errors.end(), 0.0);
    const std::size_t size = points.values.size();
    for (std::size_t begin = 0; begin < size; begin += block) {
        const std::size_t end = std::min(size, begin + block);
        std::size_t at = 0;
        for (; at + 2 * lanes < errors.size(); at += 4 * lanes)
            addBlock<sides, weighted, 4>(points, begin, end, trials, at, top, errors);
        for (; at < errors.size(); at += lanes)
            addBlock<sides, weighted, 1>(points, begin, end, trials, at, top, errors);
    }
}

void findErrors(const Points& points, const Trials& trials, std::span<double> errors)
{
    const auto find = [&](auto weighted) HWY_ATTR {
        const bool fromZero =
            std::all_of(trials.shift.begin(), trials.shift.end(), [](float shift) { return shift == 0; });
        if (!trials.oneSided)
            errorsOf<Sides::Both, weighted>(points, trials, errors);
        else if (fromZero)
            errorsOf<Sides::UpperFromZero, weighted>(points, trials, errors);
        else
            errorsOf<Sides::Upper, weighted>(points, trials, errors);
    };
    if (points.weights.empty())
        find(std::false_type());
    else
        find(std::true_type());
}

template <bool weighted>
void sumsOf(const Points& points, const Trials& trials, std::span<TrialSums> sums)
{
    const D tag;
    const V top = hn::Set(tag, trials.top);
    const V one = hn::Set(tag, 1.0f);
    const std::size_t size = points.values.size();
    for (std::size_t at = 0; at < sums.size(); at += lanes) {
        const TrialVectors trial(trials, at);
        for (std::size_t begin = 0; begin < size; begin += block) {
            V weight = hn::Zero(tag), sumD = weight, sumQ = weight, sumQd = weight, sumQq = weight;
            for (std::size_t i = begin; i < std::min(size, begin + block); ++i) {
                V q;
                const V d = errorOf<Sides::Both>(hn::Set(tag, points.values[i]), trial, top, q);
                const V w = weighted ? hn::Set(tag, points.weights[i]) : one;
                const V wd = weighted ? hn::Mul(w, d) : d;
                const V wq = weighted ? hn::Mul(w, q) : q;
                weight = hn::Add(weight, w);
                sumD = hn::Add(sumD, wd);
                sumQ = hn::Add(sumQ, wq);
                sumQd = hn::Add(sumQd, hn::Mul(wq, d));
                sumQq = hn::Add(sumQq, hn::Mul(wq, q));
            }
            HWY_ALIGN float copy[5][lanes];
            hn::Store(weight, tag, copy[0]);
            hn::Store(sumD, tag, copy[1]);
            hn::Store(sumQ, tag, copy[2]);
            hn::Store(sumQd, tag, copy[3]);
            hn::Store(sumQq, tag, copy[4]);
            for (std::size_t k = 0; k < lanes && at + k < sums.size(); ++k) {
                TrialSums& sum = sums[at + k];
                sum.weight += static_cast<double>(copy[0][k]);
                sum.d += static_cast<double>(copy[1][k]);
                sum.q += static_cast<double>(copy[2][k]);
                sum.qd += static_cast<double>(copy[3][k]);
                sum.qq += static_cast<double>(copy[4][k]);
            }
        }
    }
}

void findSums(const Points& points, const Trials& trials, std::span<TrialSums> sums)
{
    std::fill(sums.begin(), sums.end(), TrialSums{});
    points.weights.empty() ? sumsOf<false>(points, trials, sums) : sumsOf<true>(points, trials, sums);
}

constexpr std::size_t virtualLanes = 16;
constexpr std::size_t mostSets = 8;

/// Squares of one stretch of at most 64 · 16 elements, in 16 virtual lanes; `count` values are valid.
HWY_INLINE void judgeStretch(const float* values, std::size_t count, const SetParams& set, CodeRange codes,
                             float gain, double* laneSums)
{
    const D tag;
    constexpr std::size_t parts = virtualLanes / lanes;
    const V scale = hn::Set(tag, set.scale);
    const V offset = hn::Set(tag, set.offset);
    const V min = hn::Set(tag, static_cast<float>(codes.min - set.zeroPoint));
    const V max = hn::Set(tag, static_cast<float>(codes.max - set.zeroPoint));
    const V largest = hn::Set(tag, std::numeric_limits<float>::max());
    const V perError = hn::Set(tag, gain);
    HWY_ALIGN float sums[virtualLanes] = {};
    const auto squareOf = [&](V x) HWY_ATTR {
        const V n = hn::Min(hn::Max(hn::Round(hn::Div(hn::Sub(x, offset), scale)), min), max);
        const V e = hn::Mul(hn::Sub(hn::Add(hn::Mul(n, scale), offset), x), perError);
        return hn::IfThenElseZero(hn::Le(hn::Abs(x), largest), hn::Mul(e, e));
    };
    const std::size_t whole = count / virtualLanes * virtualLanes;
    for (std::size_t p = 0; p < parts; ++p) {
        V sum = hn::Zero(tag);
        for (std::size_t i = p * lanes; i < whole; i += virtualLanes)
            sum = hn::Add(sum, squareOf(hn::LoadU(tag, values + i)));
        hn::Store(sum, tag, sums + p * lanes);
    }
    if (whole < count) {
        // Nothing is read behind the end; what fills the rest is not finite and counts nothing.
        HWY_ALIGN float tail[virtualLanes];
        std::fill(tail, tail + virtualLanes, std::numeric_limits<float>::infinity());
        std::copy(values + whole, values + count, tail);
        for (std::size_t p = 0; p < parts; ++p) {
            const V sum = hn::Add(hn::Load(tag, sums + p * lanes), squareOf(hn::Load(tag, tail + p * lanes)));
            hn::Store(sum, tag, sums + p * lanes);
        }
    }
    for (std::size_t k = 0; k < virtualLanes; ++k)
        laneSums[k] += static_cast<double>(sums[k]);
}

void judge(std::span<const float> values, std::span<const SetParams> sets, CodeRange codes, float gain,
           std::span<double> errors)
{
    constexpr std::size_t stretch = 64 * virtualLanes;
    double laneSums[mostSets][virtualLanes] = {};
    for (std::size_t begin = 0; begin < values.size(); begin += stretch)
        for (std::size_t s = 0; s < sets.size(); ++s)
            judgeStretch(values.data() + begin, std::min(stretch, values.size() - begin), sets[s], codes,
                         gain, laneSums[s]);
    for (std::size_t s = 0; s < sets.size(); ++s) {
        errors[s] = 0;
        for (std::size_t k = 0; k < virtualLanes; ++k)
            errors[s] += laneSums[s][k];
    }
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(findErrors);
HWY_EXPORT(findSums);
HWY_EXPORT(judge);

void trialErrors(const Points& points, const Trials& trials, std::span<double> errors)
{
    assert(trials.perStep.size() == errors.size() && trials.shift.size() == errors.size());
    HWY_DYNAMIC_DISPATCH(findErrors)(points, trials, errors);
}

void trialSums(const Points& points, const Trials& trials, std::span<TrialSums> sums)
{
    assert(trials.perStep.size() == sums.size() && trials.shift.size() == sums.size());
    HWY_DYNAMIC_DISPATCH(findSums)(points, trials, sums);
}

void judgedErrors(std::span<const float> values, std::span<const SetParams> sets, CodeRange codes, float gain,
                  std::span<double> errors)
{
    assert(sets.size() <= 8 && sets.size() == errors.size());
    HWY_DYNAMIC_DISPATCH(judge)(values, sets, codes, gain, errors);
}

} // namespace quantoscope
#endif
