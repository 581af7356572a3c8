// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/ggml/ternarylanes.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/ggml/blockbytes.h"
#include "core/quant/ggml/lanes-inl.h"
#include "core/quant/ggml/ternarylanes.h"

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::ggml::HWY_NAMESPACE {

constexpr std::size_t readAhead = 4096; // values
constexpr std::size_t lineValues = 16;

HWY_INLINE float largestOfBlock(const float* values)
{
    const D d;
    V largest = hn::Abs(hn::LoadU(d, values));
    for (std::size_t i = lanes; i < ternaryBlock; i += lanes)
        largest = hn::Max(largest, hn::Abs(hn::LoadU(d, values + i)));
    return hn::GetLane(hn::MaxOfLanes(d, largest));
}

/// -1, 0 or 1; halves go away from zero.
template <class Tag>
HWY_INLINE hn::Vec<Tag> trits(Tag d, const float* values, float inverse)
{
    const auto scaled = hn::Mul(hn::LoadU(d, values), hn::Set(d, inverse));
    return hn::IfThenElseZero(hn::Ge(hn::Abs(scaled), hn::Set(d, 0.5f)),
                              hn::CopySign(hn::Set(d, 1.0f), scaled));
}

/// The integer parts, 0 … 255.
template <class Tag>
HWY_INLINE void storeWhole(Tag d, hn::Vec<Tag> numbers, std::byte* to)
{
    const hn::Rebind<std::uint8_t, Tag> bytes;
    const hn::RebindToSigned<Tag> integers;
    (void)d;
    hn::StoreU(hn::DemoteTo(bytes, hn::ConvertTo(integers, numbers)), bytes,
               reinterpret_cast<std::uint8_t*>(to));
}

/// Trits from -1 on: `middle` is the number of all zeros. The number of thirds becomes the fraction of 256, rounded up;
/// the half keeps the quotient clear of whole numbers, so that its rounding does not matter.
template <std::size_t at, class Tag>
HWY_INLINE void storeTritRun(Tag d, const float* values, float inverse, std::byte* block)
{
    constexpr TritRun run = tritRuns[at];
    constexpr float middle = run.trits == 5 ? 121 : 120;
    for (std::size_t l = 0; l < run.width; l += hn::MaxLanes(d)) {
        const float* first = values + run.first + l;
        auto number = trits(d, first, inverse);
        for (std::size_t n = 1; n < 5; ++n) {
            number = hn::Mul(number, hn::Set(d, 3.0f));
            if (n < run.trits)
                number = hn::Add(number, trits(d, first + n * run.width, inverse));
        }
        const auto dividend = hn::Add(hn::Mul(number, hn::Set(d, 256.0f)), hn::Set(d, middle * 256 + 242.5f));
        storeWhole(d, hn::Mul(dividend, hn::Set(d, 1.0f / 243)), block + run.at + l);
    }
}

/// The first trit in the lowest bits; 0x55 is the number of all zeros.
template <std::size_t at>
HWY_INLINE void storeBitRun(const float* values, float inverse, std::byte* block)
{
    const D d;
    constexpr TritRun run = bitRuns[at];
    for (std::size_t l = 0; l < run.width; l += lanes) {
        const float* first = values + run.first + l;
        V number = trits(d, first + (run.trits - 1) * run.width, inverse);
        for (std::size_t n = run.trits - 1; n-- > 0;)
            number = hn::Add(hn::Mul(number, hn::Set(d, 4.0f)), trits(d, first + n * run.width, inverse));
        storeWhole(d, hn::Add(number, hn::Set(d, 85.0f)), block + run.at + l);
    }
}

template <TernaryFormat format>
void encodeAs(std::span<const float> values, std::span<std::byte> blocks)
{
    constexpr bool bits = format == TernaryFormat::Tq2_0;
    constexpr std::size_t scaleAt = bits ? 64 : 52;
    const std::size_t count = values.size() / ternaryBlock;
    const float* source = values.data();
    std::byte* block = blocks.data();
    for (std::size_t b = 0; b < count; ++b, source += ternaryBlock, block += scaleAt + 2) {
        for (std::size_t i = 0; i < ternaryBlock; i += lineValues)
            __builtin_prefetch(source + readAhead + i);
        const float scale = largestOfBlock(source);
        writeHalf(block + scaleAt, scale);
        // Where this overflows the plain code finds no trit but 0 either.
        const float quotient = 1.0f / scale;
        const float inverse = std::isinf(quotient) ? 0.0f : quotient;
        if constexpr (bits) {
            storeBitRun<0>(source, inverse, block);
            storeBitRun<1>(source, inverse, block);
        } else {
            storeTritRun<0>(D(), source, inverse, block);
            storeTritRun<1>(D(), source, inverse, block);
            storeTritRun<2>(hn::CappedTag<float, 4>(), source, inverse, block);
        }
    }
}

void encode(TernaryFormat format, std::span<const float> values, std::span<std::byte> blocks)
{
    if (format == TernaryFormat::Tq1_0)
        return encodeAs<TernaryFormat::Tq1_0>(values, blocks);
    return encodeAs<TernaryFormat::Tq2_0>(values, blocks);
}

} // namespace quantoscope::ggml::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope::ggml {

HWY_EXPORT(encode);

void encodeTernaryBlocks(TernaryFormat format, std::span<const float> values, std::span<std::byte> blocks)
{
    HWY_DYNAMIC_DISPATCH(encode)(format, values, blocks);
}

} // namespace quantoscope::ggml
#endif
