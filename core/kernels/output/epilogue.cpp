// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/output/epilogue.h"

#include "core/kernels/output/epiloguescalar.h"

#define HWY_TARGET_INCLUDE "core/kernels/output/epilogue.cpp"
#include "core/kernels/foreachtarget-inl.h"
#include "core/kernels/output/somelanes-inl.h"
#include <hwy/highway.h>

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {
namespace {

using DI = hn::ScalableTag<std::int32_t>;
using DF = hn::RebindToFloat<DI>;
using DWide = hn::RepartitionToWide<DI>;
using VI = hn::Vec<DI>;
using VF = hn::Vec<DF>;
using VWide = hn::Vec<DWide>;

constexpr std::size_t lanes = hn::MaxLanes(DI());

template <class D>
HWY_INLINE hn::Vec<D> loadOptional(D d, const hn::TFromD<D>* from, std::size_t first, std::size_t count)
{
    return from == nullptr ? hn::Zero(d) : loadSome(d, from + first, count);
}

/// y of a vector of columns, row by row.
class IntegerSums
{
public:
    HWY_INLINE IntegerSums(const ProductFactors& factors, const ColumnTerms& columns, std::size_t first,
                           std::size_t count)
        : m_zero(loadOptional(DI(), columns.zero, first, count)),
          m_sum(loadOptional(DI(), columns.sum, first, count)), m_factor(factors.weight * factors.activation),
          m_activation(factors.activation), m_hasZero(columns.zero != nullptr)
    {
    }

    HWY_INLINE VI operator()(VI acc, const RowTerms& row) const
    {
        const DI d;
        VI y = m_factor == 1 ? acc : hn::Mul(acc, hn::Set(d, m_factor));
        if (m_hasZero) {
            const auto sum = static_cast<std::uint32_t>(m_activation) * static_cast<std::uint32_t>(row.sum);
            y = hn::Sub(y, hn::Mul(m_zero, hn::Set(d, static_cast<std::int32_t>(sum))));
        }
        if (row.zero != 0)
            y = hn::Sub(y, hn::Mul(m_sum, hn::Set(d, row.zero)));
        return y;
    }

    HWY_INLINE VI columnSum() const { return m_sum; }

private:
    VI m_zero, m_sum;
    std::int32_t m_factor, m_activation;
    bool m_hasZero;
};

/// One vector of columns after the other, all rows of each: what belongs to a column is loaded once.
/// Convert(output, …, first, count) has store(y, row, to, count).
template <class Convert, class Output, typename Out>
HWY_INLINE void forSums(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
                        const ColumnTerms& columns, const Output& output, Out* out, std::size_t stride)
{
    const auto width = static_cast<std::size_t>(sums.columns);
    for (std::size_t first = 0; first < width; first += lanes) {
        const std::size_t count = HWY_MIN(lanes, width - first);
        const IntegerSums y(factors, columns, first, count);
        const Convert convert(output, factors, columns, y, first, count);
        const std::int32_t* acc = sums.acc + first;
        Out* to = out + first;
        for (int m = 0; m < sums.rows; ++m, acc += sums.stride, to += stride)
            convert.store(y(loadSome(DI(), acc, count), rows[m]), rows[m], to, count);
    }
}

struct Nothing
{
};

class ToInt32
{
public:
    HWY_INLINE ToInt32(const Nothing&, const ProductFactors&, const ColumnTerms&, const IntegerSums&,
                       std::size_t, std::size_t)
    {
    }
    HWY_INLINE void store(VI y, const RowTerms&, std::int32_t* to, std::size_t count) const
    {
        storeSome(y, DI(), to, count);
    }
};

class ToFloat
{
public:
    HWY_INLINE ToFloat(const FloatOutput& output, const ProductFactors& factors, const ColumnTerms& columns,
                       const IntegerSums& sums, std::size_t first, std::size_t count)
        : m_output(output), m_factors(factors), m_columns(columns),
          m_scale(loadSome(DF(), columns.scale + first, count)),
          m_offset(loadOptional(DF(), columns.offset, first, count)),
          m_valueSum(hn::Mul(m_scale, hn::ConvertTo(DF(), sums.columnSum()))),
          m_bias(loadOptional(DF(), output.bias, first, count))
    {
    }

    HWY_INLINE void store(VI y, const RowTerms& row, float* to, std::size_t count) const
    {
        const DF d;
        VF value = hn::Mul(hn::ConvertTo(d, y), hn::Mul(hn::Set(d, row.scale), m_scale));
        if (m_columns.offset != nullptr)
            value =
                hn::Add(value, hn::Mul(m_offset, hn::Set(d, rowValueSum(m_factors, row, m_columns.depth))));
        if (row.offset != 0)
            value = hn::Add(value, hn::Mul(hn::Set(d, row.offset), m_valueSum));
        if (m_output.bias != nullptr)
            value = hn::Add(value, m_bias);
        if (m_output.low < m_output.high)
            value = clamped(value);
        storeSome(value, d, to, count);
    }

private:
    /// Comparisons instead of Min and Max: those differ between processors where -0 meets 0.
    HWY_INLINE VF clamped(VF value) const
    {
        const VF low = hn::Set(DF(), m_output.low);
        const VF high = hn::Set(DF(), m_output.high);
        const VF raised = hn::IfThenElse(hn::Gt(value, low), value, low);
        return hn::IfThenElse(hn::Lt(raised, high), raised, high);
    }

    const FloatOutput& m_output;
    const ProductFactors& m_factors;
    const ColumnTerms& m_columns;
    VF m_scale, m_offset, m_valueSum, m_bias;
};

/// a + b, saturated.
HWY_INLINE VI saturatedSum(VI a, VI b)
{
    const DI d;
    const VI sum = hn::Add(a, b);
    const VI overflow = hn::And(hn::Xor(a, sum), hn::Xor(b, sum)); // sign set
    const VI end = hn::Xor(hn::BroadcastSignBit(a), hn::Set(d, 0x7fffffff));
    return hn::IfVecThenElse(hn::BroadcastSignBit(overflow), end, sum);
}

/// Multipliers of a vector of columns, mantissas and shifts apart.
struct FixedPoints
{
    HWY_INLINE FixedPoints(const FixedPoint* multipliers, std::size_t first, std::size_t count)
    {
        static_assert(sizeof(FixedPoint) == 8, "mantissas at even, shifts at odd places");
        const DI d;
        const auto* from = reinterpret_cast<const std::int32_t*>(multipliers + first);
        const std::size_t numbers = 2 * count;
        const VI low = loadSome(d, from, HWY_MIN(numbers, lanes));
        const VI high = numbers > lanes ? loadSome(d, from + lanes, numbers - lanes) : hn::Zero(d);
        mantissa = hn::ConcatEven(d, high, low);
        shift = hn::ConcatOdd(d, high, low);
        anyLeft = !hn::AllFalse(d, hn::Gt(shift, hn::Zero(d)));
    }
    VI mantissa, shift;
    bool anyLeft; ///< some multiplier is 1 or more
};

/// Products of all lanes: of the even ones and of the odd ones.
struct WideProducts
{
    HWY_INLINE WideProducts(VI a, VI b)
        : even(hn::MulEven(a, b)), odd(hn::MulEven(hn::DupOdd(a), hn::DupOdd(b)))
    {
    }
    VWide even, odd;
};

class DoubleRounding
{
public:
    HWY_INLINE DoubleRounding(const QuantizedOutput& output, std::size_t first, std::size_t count)
        : m_by(output.multipliers, first, count)
    {
        const DI d;
        const VI zero = hn::Zero(d);
        m_left = hn::Max(m_by.shift, zero);
        m_right = hn::Max(hn::Neg(m_by.shift), zero);
        m_mask = hn::Sub(hn::Shl(hn::Set(d, 1), m_right), hn::Set(d, 1));
        m_threshold = hn::ShiftRight<1>(hn::And(m_mask, hn::Set(d, 0x7fffffff)));
    }

    HWY_INLINE VI operator()(VI x) const
    {
        const DI d;
        const DWide wide;
        if (m_by.anyLeft) {
            const VI shifted = hn::Shl(x, m_left);
            const VI end = hn::Xor(hn::BroadcastSignBit(x), hn::Set(d, 0x7fffffff));
            x = hn::IfThenElse(hn::Eq(hn::Shr(shifted, m_left), x), shifted, end);
        }
        const WideProducts products(x, m_by.mantissa);
        const VWide half = hn::Set(wide, std::int64_t{1} << 30);
        const VWide even = hn::ShiftRight<31>(hn::Add(products.even, half));
        const VWide odd = hn::ShiftLeft<1>(hn::Add(products.odd, half));
        const VI high = hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, even));
        const VI remainder = hn::And(high, m_mask);
        const VI threshold = hn::Sub(m_threshold, hn::BroadcastSignBit(high));
        const VI up = hn::VecFromMask(d, hn::Gt(remainder, threshold));
        return hn::Sub(hn::Shr(high, m_right), up);
    }

private:
    FixedPoints m_by;
    VI m_left, m_right, m_mask, m_threshold;
};

class SingleRounding
{
public:
    HWY_INLINE SingleRounding(const QuantizedOutput& output, std::size_t first, std::size_t count)
        : m_by(output.multipliers, first, count)
    {
        const DI d;
        const DWide wide;
        const VI shift = hn::Sub(hn::Set(d, 31), m_by.shift); // 1 … 62
        m_evenShift = hn::And(hn::BitCast(wide, shift), hn::Set(wide, 63));
        m_oddShift = hn::ShiftRight<32>(hn::BitCast(wide, shift));
        const VWide one = hn::Set(wide, 1);
        m_evenHalf = hn::ShiftRight<1>(hn::Shl(one, m_evenShift));
        m_oddHalf = hn::ShiftRight<1>(hn::Shl(one, m_oddShift));
    }

    HWY_INLINE VI operator()(VI x) const
    {
        const DI d;
        const DWide wide;
        const WideProducts products(x, m_by.mantissa);
        VWide even = hn::Shr(hn::Add(products.even, m_evenHalf), m_evenShift);
        VWide odd = hn::Shr(hn::Add(products.odd, m_oddHalf), m_oddShift);
        if (m_by.anyLeft) {
            const VWide low = hn::Set(wide, std::int64_t{-2147483647 - 1});
            const VWide high = hn::Set(wide, std::int64_t{2147483647});
            even = hn::Min(hn::Max(even, low), high);
            odd = hn::Min(hn::Max(odd, low), high);
        }
        return hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
    }

private:
    FixedPoints m_by;
    VWide m_evenShift, m_oddShift, m_evenHalf, m_oddHalf;
};

/// Steps about the zero point, inside the clamp, to bytes.
class Bytes
{
public:
    HWY_INLINE Bytes(const QuantizedOutput& output, std::size_t first, std::size_t count)
        : m_bias(loadOptional(DI(), output.bias, first, count)), m_zeroPoint(output.zeroPoint),
          m_hasBias(output.bias != nullptr)
    {
    }
    HWY_INLINE VI biased(VI y) const { return m_hasBias ? saturatedSum(y, m_bias) : y; }
    HWY_INLINE void store(VI steps, std::int8_t* to, std::size_t count) const
    {
        const DI d;
        const hn::Rebind<std::uint8_t, DI> bytes;
        const VI codes = hn::Add(steps, hn::Set(d, m_zeroPoint));
        const auto unsignedCodes =
            hn::And(hn::BitCast(hn::RebindToUnsigned<DI>(), codes), hn::Set(hn::RebindToUnsigned<DI>(), 255));
        storeSome(hn::U8FromU32(unsignedCodes), bytes, reinterpret_cast<std::uint8_t*>(to), count);
    }

private:
    VI m_bias;
    std::int32_t m_zeroPoint;
    bool m_hasBias;
};

template <class Rounding>
class ByFixedPoint
{
public:
    HWY_INLINE ByFixedPoint(const QuantizedOutput& output, const ProductFactors&, const ColumnTerms&,
                            const IntegerSums&, std::size_t first, std::size_t count)
        : m_bytes(output, first, count), m_round(output, first, count),
          m_low(hn::Set(DI(), output.low - output.zeroPoint)),
          m_high(hn::Set(DI(), output.high - output.zeroPoint))
    {
    }
    HWY_INLINE void store(VI y, const RowTerms&, std::int8_t* to, std::size_t count) const
    {
        m_bytes.store(hn::Min(hn::Max(m_round(m_bytes.biased(y)), m_low), m_high), to, count);
    }

private:
    Bytes m_bytes;
    Rounding m_round;
    VI m_low, m_high;
};

class ByFloat
{
public:
    HWY_INLINE ByFloat(const QuantizedOutput& output, const ProductFactors&, const ColumnTerms&,
                       const IntegerSums&, std::size_t first, std::size_t count)
        : m_bytes(output, first, count), m_multiplier(loadSome(DF(), output.floatMultipliers + first, count)),
          m_low(hn::Set(DF(), static_cast<float>(output.low - output.zeroPoint))),
          m_high(hn::Set(DF(), static_cast<float>(output.high - output.zeroPoint)))
    {
    }
    HWY_INLINE void store(VI y, const RowTerms&, std::int8_t* to, std::size_t count) const
    {
        // The ends are whole numbers: clamping before rounding is the same.
        const VF steps = hn::Mul(hn::ConvertTo(DF(), m_bytes.biased(y)), m_multiplier);
        m_bytes.store(hn::NearestInt(hn::Min(hn::Max(steps, m_low), m_high)), to, count);
    }

private:
    Bytes m_bytes;
    VF m_multiplier, m_low, m_high;
};

void toInt32(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
             const ColumnTerms& columns, std::int32_t* out, std::size_t stride)
{
    forSums<ToInt32>(sums, factors, rows, columns, Nothing(), out, stride);
}

void toFloat(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
             const ColumnTerms& columns, const FloatOutput& output, float* out, std::size_t stride)
{
    forSums<ToFloat>(sums, factors, rows, columns, output, out, stride);
}

void toInt8(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
            const ColumnTerms& columns, const QuantizedOutput& output, std::int8_t* out, std::size_t stride)
{
    switch (output.rule) {
    case Requantization::GemmlowpDouble:
        return forSums<ByFixedPoint<DoubleRounding>>(sums, factors, rows, columns, output, out, stride);
    case Requantization::Single:
        return forSums<ByFixedPoint<SingleRounding>>(sums, factors, rows, columns, output, out, stride);
    case Requantization::Float:
        return forSums<ByFloat>(sums, factors, rows, columns, output, out, stride);
    }
}

} // namespace

extern const Epilogue epilogueTable;
const Epilogue epilogueTable{toInt32, toFloat, toInt8};

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

const Epilogue& epilogue(Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, epilogueTable)
    return scalarEpilogue();
}

} // namespace quantoscope
#endif
