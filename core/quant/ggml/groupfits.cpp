// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/ggml/groupfits.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/ggml/groupfits.h"
#include "core/quant/ggml/lanes-inl.h"

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::ggml::HWY_NAMESPACE {

/// The line and the candidate that its codes came from, of the groups in one vector.
struct AffineLanes
{
    V scale, minimum;
    V inverse, start; ///< the codes are the nearest integers to inverse · (value - start)
};

/// fitAffine() for the groups of one vector.
template <Weighing weighing, bool absoluteError, std::size_t length>
HWY_INLINE AffineLanes fitAffineLanes(const Column<length>& x, const AffineSearch& search)
{
    const D d;
    const V zero = hn::Zero(d);
    const CodeClamp codes(0, search.maxCode);
    Column<length> weights;
    Column<length> candidate;

    V base = zero;
    if constexpr (weighing == Weighing::AddRootMeanSquare) {
        for (std::size_t i = 0; i < length; ++i)
            base = hn::Add(base, hn::Mul(x.get(i), x.get(i)));
        base = hn::Sqrt(hn::Div(base, hn::Set(d, static_cast<float>(length))));
    }
    V weightSum = zero;
    V valueSum = zero;
    V lowest = zero;
    V highest = x.get(0);
    for (std::size_t i = 0; i < length; ++i) {
        const V value = x.get(i);
        const V weight = weighing == Weighing::Magnitude ? hn::Abs(value) : hn::Add(base, hn::Abs(value));
        weights.set(i, weight);
        weightSum = hn::Add(weightSum, weight);
        valueSum = hn::Add(valueSum, hn::Mul(weight, value));
        lowest = hn::Min(lowest, value);
        highest = hn::Max(highest, value);
    }
    const auto errorOf = [&](V scale, V minimum) HWY_ATTR {
        V sum = hn::Zero(D());
        for (std::size_t i = 0; i < length; ++i) {
            const V off = hn::Sub(hn::Add(hn::Mul(scale, candidate.get(i)), minimum), x.get(i));
            sum = hn::Add(sum, hn::Mul(weights.get(i), absoluteError ? hn::Abs(off) : hn::Mul(off, off)));
        }
        return sum;
    };
    const V span = hn::Set(d, static_cast<float>(search.maxCode));
    const M constant = hn::Eq(highest, lowest);
    AffineLanes best;
    best.minimum = best.start = lowest;
    best.inverse = hn::Div(span, hn::Sub(highest, lowest));
    best.scale = hn::Div(hn::Set(d, 1.0f), best.inverse);
    for (std::size_t i = 0; i < length; ++i)
        candidate.set(i, codes.nearest(hn::Mul(best.inverse, hn::Sub(x.get(i), lowest))));
    V leastError = errorOf(best.scale, best.minimum);
    for (int n = 0; n <= search.count; ++n) {
        const float steps =
            search.first + search.step * static_cast<float>(n) + static_cast<float>(search.maxCode);
        const V start = best.minimum;
        const V inverse = hn::Div(hn::Set(d, steps), hn::Sub(highest, start));
        V code = zero;
        V codeCode = zero;
        V valueCode = zero;
        for (std::size_t i = 0; i < length; ++i) {
            const V factor = codes.nearest(hn::Mul(inverse, hn::Sub(x.get(i), start)));
            candidate.set(i, factor);
            const V weighted = hn::Mul(weights.get(i), factor);
            code = hn::Add(code, weighted);
            codeCode = hn::Add(codeCode, hn::Mul(weighted, factor));
            valueCode = hn::Add(valueCode, hn::Mul(weighted, x.get(i)));
        }
        const V determinant = hn::Sub(hn::Mul(weightSum, codeCode), hn::Mul(code, code));
        const M solvable = hn::Gt(determinant, zero);
        V scale = hn::Div(hn::Sub(hn::Mul(weightSum, valueCode), hn::Mul(valueSum, code)), determinant);
        V minimum = hn::Div(hn::Sub(hn::Mul(codeCode, valueSum), hn::Mul(code, valueCode)), determinant);
        const M above = hn::Gt(minimum, zero);
        scale = hn::IfThenElse(above, hn::Div(valueCode, codeCode), scale);
        minimum = hn::IfThenZeroElse(above, minimum);
        const V error = errorOf(scale, minimum);
        const M better = hn::And(solvable, hn::Lt(error, leastError));
        leastError = hn::IfThenElse(better, error, leastError);
        best.scale = hn::IfThenElse(better, scale, best.scale);
        best.minimum = hn::IfThenElse(better, minimum, best.minimum);
        best.inverse = hn::IfThenElse(better, inverse, best.inverse);
        best.start = hn::IfThenElse(better, start, best.start);
    }
    return {hn::IfThenElse(constant, zero, best.scale), hn::IfThenElse(constant, lowest, best.minimum),
            hn::IfThenElse(constant, zero, best.inverse), hn::IfThenElse(constant, lowest, best.start)};
}

/// What a search found for each group.
struct Found
{
    HWY_ALIGN float scale[groupsAbreast];
    HWY_ALIGN float minimum[groupsAbreast];
    HWY_ALIGN float inverse[groupsAbreast];
    HWY_ALIGN float start[groupsAbreast];
};

template <Weighing weighing, bool absoluteError, std::size_t length>
void fitAffineAbreast(const float* values, std::size_t groups, const AffineSearch& search, AffineFit* fits,
                      std::uint8_t* codes)
{
    const D d;
    Found found;
    for (std::size_t first = 0; first < groups; first += lanes) {
        Column<length> x;
        x.load(values + first * length, std::min(lanes, groups - first));
        const AffineLanes best = fitAffineLanes<weighing, absoluteError>(x, search);
        hn::Store(best.scale, d, found.scale + first);
        hn::Store(best.minimum, d, found.minimum + first);
        hn::Store(best.inverse, d, found.inverse + first);
        hn::Store(best.start, d, found.start + first);
    }
    const CodeClamp range(0, search.maxCode);
    for (std::size_t g = 0; g < groups; ++g) {
        fits[g] = {found.scale[g], found.minimum[g]};
        const V inverse = hn::Set(d, found.inverse[g]);
        const V start = hn::Set(d, found.start[g]);
        for (std::size_t i = g * length; i < (g + 1) * length; i += lanes)
            storeBytes(range.nearestInt(hn::Mul(inverse, hn::Sub(hn::LoadU(d, values + i), start))),
                       codes + i);
    }
}

void fitAffine(const float* values, std::size_t groups, std::size_t length, Weighing weighing,
               const AffineSearch& search, AffineFit* fits, std::uint8_t* codes)
{
    // The two kinds there are: q2_k, and q4_k with q5_k.
    if (length == 16 && weighing == Weighing::Magnitude && search.absoluteError)
        fitAffineAbreast<Weighing::Magnitude, true, 16>(values, groups, search, fits, codes);
    else
        fitAffineAbreast<Weighing::AddRootMeanSquare, false, 32>(values, groups, search, fits, codes);
}

constexpr std::size_t shortGroup = 16;

/// fitSymmetric() for the groups of one vector; the codes are the nearest integers to inverse · value.
HWY_INLINE void fitSymmetricLanes(const Column<shortGroup>& x, int half, V& bestScale, V& bestInverse)
{
    const D d;
    const V zero = hn::Zero(d);
    const CodeClamp codes(-half, half - 1);
    Column<shortGroup> squares;
    Column<shortGroup> cubes;
    for (std::size_t i = 0; i < shortGroup; ++i) {
        squares.set(i, hn::Mul(x.get(i), x.get(i)));
        cubes.set(i, hn::Mul(squares.get(i), x.get(i)));
    }
    const V largest = largestOf(x);
    const M zeros = hn::Lt(hn::Abs(largest), hn::Set(d, negligible));
    V explained = zero;
    bestScale = bestInverse = zero;
    const auto tryInverse = [&](V inverse, bool first) HWY_ATTR {
        V valueCode = hn::Zero(D());
        V codeCode = hn::Zero(D());
        for (std::size_t i = 0; i < shortGroup; ++i) {
            const V code = codes.nearest(hn::Mul(inverse, x.get(i)));
            valueCode = hn::Add(valueCode, hn::Mul(cubes.get(i), code));
            codeCode = hn::Add(codeCode, hn::Mul(hn::Mul(squares.get(i), code), code));
        }
        const V scale = hn::Div(valueCode, codeCode);
        M taken = hn::And(hn::Gt(codeCode, hn::Zero(D())),
                          hn::Gt(hn::Mul(valueCode, valueCode), hn::Mul(explained, codeCode)));
        if (first) { // taken whatever it is; 0 where no code counts
            bestInverse = inverse;
            taken = hn::Ne(codeCode, hn::Zero(D()));
        }
        bestInverse = hn::IfThenElse(taken, inverse, bestInverse);
        bestScale = hn::IfThenElse(taken, scale, bestScale);
        explained = hn::IfThenElse(taken, hn::Mul(scale, valueCode), explained);
    };
    const auto span = static_cast<float>(half);
    tryInverse(hn::Div(hn::Set(d, -span), largest), true);
    for (int tenths = -9; tenths <= 9; ++tenths)
        if (tenths != 0)
            tryInverse(hn::Div(hn::Set(d, -(span + 0.1f * static_cast<float>(tenths))), largest), false);
    bestScale = hn::IfThenZeroElse(zeros, bestScale);
    bestInverse = hn::IfThenZeroElse(zeros, bestInverse);
}

void fitSymmetric(const float* values, std::size_t groups, int half, float* scales, std::uint8_t* codes)
{
    const D d;
    Found found;
    for (std::size_t first = 0; first < groups; first += lanes) {
        Column<shortGroup> x;
        x.load(values + first * shortGroup, std::min(lanes, groups - first));
        V scale;
        V inverse;
        fitSymmetricLanes(x, half, scale, inverse);
        hn::Store(scale, d, found.scale + first);
        hn::Store(inverse, d, found.inverse + first);
    }
    const CodeClamp range(-half, half - 1);
    for (std::size_t g = 0; g < groups; ++g) {
        scales[g] = found.scale[g];
        // Groups of zeros have the stored code 0, not that of the value 0.
        if (std::abs(largestMagnitude({values + g * shortGroup, shortGroup})) < negligible) {
            std::fill_n(codes + g * shortGroup, shortGroup, std::uint8_t{0});
            continue;
        }
        const V inverse = hn::Set(d, found.inverse[g]);
        for (std::size_t i = g * shortGroup; i < (g + 1) * shortGroup; i += lanes)
            storeBytes(
                hn::Add(range.nearestInt(hn::Mul(inverse, hn::LoadU(d, values + i))), hn::Set(DI(), half)),
                codes + i);
    }
}

/// The moves depend on each other, one after the other: independent vectors fill the time between.
constexpr std::size_t abreast = 4;

/// fitSymmetricByMoves() for the groups of a few vectors. A group at rest stays so: going on changes nothing.
class Moves
{
public:
    Moves(const float* values, std::size_t groups, int half)
        : m_half(hn::Set(D(), static_cast<float>(half))), m_range(-half, half - 1)
    {
        for (std::size_t c = 0; c < abreast; ++c) {
            const std::size_t first = std::min(c * lanes, groups);
            m_columns[c].values.load(values + first * shortGroup, std::min(lanes, groups - first));
            start(m_columns[c]);
        }
        for (int round = 0; round < 5 && moveAll();)
            ++round;
    }

    void store(std::size_t groups, float* scales, std::uint8_t* codes)
    {
        const V zero = hn::Zero(D());
        for (std::size_t first = 0; first < groups; first += lanes) {
            const std::size_t count = std::min(lanes, groups - first);
            Vectors& column = m_columns[first / lanes];
            const M sound = hn::Gt(column.sums.codeCode, zero);
            HWY_ALIGN float scale[lanes];
            hn::Store(hn::IfThenElseZero(sound, hn::Div(column.sums.valueCode, column.sums.codeCode)), D(),
                      scale);
            std::copy_n(scale, count, scales + first);
            for (std::size_t i = 0; i < shortGroup; ++i) {
                const V code = hn::Add(column.codes.get(i), m_half);
                column.codes.set(i, hn::IfThenZeroElse(column.zeros, code));
            }
            column.codes.storeCodes(count, codes + first * shortGroup);
        }
    }

private:
    struct Sums
    {
        V valueCode, codeCode;
    };
    struct Vectors
    {
        Column<shortGroup> values, squares, cubes, codes;
        Sums sums;
        M zeros;
    };

    HWY_INLINE void start(Vectors& column) const
    {
        const D d;
        const V largest = largestOf(column.values);
        column.zeros = hn::Lt(hn::Abs(largest), hn::Set(d, negligible));
        const V inverse = hn::IfThenZeroElse(column.zeros, hn::Div(hn::Neg(m_half), largest));
        Sums sums{hn::Zero(d), hn::Zero(d)};
        for (std::size_t i = 0; i < shortGroup; ++i) {
            // Zeros themselves, so that tiny values have no sums and get no scale.
            const V value = hn::IfThenZeroElse(column.zeros, column.values.get(i));
            const V square = hn::Mul(value, value);
            const V cube = hn::Mul(square, value);
            const V code = m_range.nearest(hn::Mul(inverse, value));
            column.values.set(i, value);
            column.squares.set(i, square);
            column.cubes.set(i, cube);
            column.codes.set(i, code);
            sums.valueCode = hn::Add(sums.valueCode, hn::Mul(cube, code));
            sums.codeCode = hn::Add(sums.codeCode, hn::Mul(hn::Mul(square, code), code));
        }
        column.sums = sums;
    }
    /// False where no code moved.
    HWY_INLINE bool moveAll()
    {
        M moved = hn::Ne(m_half, m_half);
        // The sums stay in registers: read back from memory they would wait for the blends.
        Sums sums[abreast];
        for (std::size_t c = 0; c < abreast; ++c)
            sums[c] = m_columns[c].sums;
        for (std::size_t i = 0; i < shortGroup; ++i)
            for (std::size_t c = 0; c < abreast; ++c)
                moved = hn::Or(moved, move(m_columns[c], i, sums[c]));
        for (std::size_t c = 0; c < abreast; ++c)
            m_columns[c].sums = sums[c];
        return !hn::AllFalse(D(), moved);
    }
    HWY_INLINE M move(Vectors& column, std::size_t i, Sums& sums) const
    {
        const V zero = hn::Zero(D());
        const V cube = column.cubes.get(i);
        const V square = column.squares.get(i);
        const V code = column.codes.get(i);
        V othersValue = hn::Sub(sums.valueCode, hn::Mul(cube, code));
        V othersCode = hn::Sub(sums.codeCode, hn::Mul(hn::Mul(square, code), code));
        const M usable = hn::Gt(othersValue, zero);
        const V target = m_range.nearest(hn::Div(hn::Mul(column.values.get(i), othersCode), othersValue));
        othersValue = hn::Add(othersValue, hn::Mul(cube, target));
        othersCode = hn::Add(othersCode, hn::Mul(hn::Mul(square, target), target));
        const M better = hn::Gt(hn::Mul(hn::Mul(othersValue, othersValue), sums.codeCode),
                                hn::Mul(hn::Mul(sums.valueCode, sums.valueCode), othersCode));
        const M moves =
            hn::And(hn::And(usable, hn::Ne(target, code)), hn::And(hn::Gt(othersCode, zero), better));
        column.codes.set(i, hn::IfThenElse(moves, target, code));
        sums.valueCode = hn::IfThenElse(moves, othersValue, sums.valueCode);
        sums.codeCode = hn::IfThenElse(moves, othersCode, sums.codeCode);
        return moves;
    }

    V m_half;
    CodeClamp m_range;
    Vectors m_columns[abreast];
};

void fitByMoves(const float* values, std::size_t groups, int half, float* scales, std::uint8_t* codes)
{
    constexpr std::size_t step = abreast * lanes;
    for (std::size_t first = 0; first < groups; first += step) {
        const std::size_t count = std::min(step, groups - first);
        Moves moves(values + first * shortGroup, count, half);
        moves.store(count, scales + first, codes + first * shortGroup);
    }
}

void recode(const float* values, std::size_t groups, std::size_t length, const Steps* steps, int lowest,
            int codes, std::uint8_t* codesOut)
{
    const D d;
    const CodeClamp range(lowest, lowest + codes - 1);
    for (std::size_t g = 0; g < groups; ++g) {
        if (steps[g].scale == 0)
            continue;
        const V scale = hn::Set(d, steps[g].scale);
        const V offset = hn::Set(d, steps[g].offset);
        for (std::size_t i = g * length; i < (g + 1) * length; i += lanes)
            storeBytes(hn::Sub(range.nearestInt(hn::Div(hn::Sub(hn::LoadU(d, values + i), offset), scale)),
                               hn::Set(DI(), lowest)),
                       codesOut + i);
    }
}

} // namespace quantoscope::ggml::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope::ggml {

HWY_EXPORT(fitAffine);
HWY_EXPORT(fitSymmetric);
HWY_EXPORT(fitByMoves);
HWY_EXPORT(recode);

void fitAffineGroups(const float* values, std::size_t groups, std::size_t length, Weighing weighing,
                     const AffineSearch& search, AffineFit* fits, std::uint8_t* codes)
{
    HWY_DYNAMIC_DISPATCH(fitAffine)(values, groups, length, weighing, search, fits, codes);
}

void fitSymmetricGroups(const float* values, std::size_t groups, int half, float* scales, std::uint8_t* codes)
{
    HWY_DYNAMIC_DISPATCH(fitSymmetric)(values, groups, half, scales, codes);
}

void fitSymmetricByMovesGroups(const float* values, std::size_t groups, int half, float* scales,
                               std::uint8_t* codes)
{
    HWY_DYNAMIC_DISPATCH(fitByMoves)(values, groups, half, scales, codes);
}

void recodeGroups(const float* values, std::size_t groups, std::size_t length, const Steps* steps, int lowest,
                  int codes, std::uint8_t* codesOut)
{
    HWY_DYNAMIC_DISPATCH(recode)(values, groups, length, steps, lowest, codes, codesOut);
}

} // namespace quantoscope::ggml
#endif
