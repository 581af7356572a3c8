// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/ggml/legacylanes.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/ggml/fit.h"
#include "core/quant/ggml/half.h"
#include "core/quant/ggml/lanes-inl.h"
#include "core/quant/ggml/legacylanes.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::ggml::HWY_NAMESPACE {

constexpr std::size_t blockSize = 32;
constexpr std::size_t batch = 16;       // blocks whose scales are found together
constexpr std::size_t readAhead = 2048; // values; nearer and farther ones measured slower

/// Extents whose scale and inverse are normal numbers: no code can leave its range. 0 is fine too.
constexpr float soundFrom = 1e-30f;
constexpr float soundUpTo = std::numeric_limits<float>::max();
inline bool isSound(float extent)
{
    return extent == 0 || (std::abs(extent) >= soundFrom && std::abs(extent) <= soundUpTo);
}

/// What a format stores and how it rounds.
template <LegacyFormat format>
struct Traits
{
    static constexpr bool bytes = format == LegacyFormat::Q8_0;
    static constexpr bool affine = format == LegacyFormat::Q4_1 || format == LegacyFormat::Q5_1;
    static constexpr bool fiveBits = format == LegacyFormat::Q5_0 || format == LegacyFormat::Q5_1;
    static constexpr int codes = fiveBits ? 32 : 16; // of the formats that do not store bytes
    static constexpr std::size_t codesAt = affine ? 4 : 2;
    static constexpr std::size_t blockBytes = codesAt + (bytes ? 32 : fiveBits ? 20 : 16);
    /// The scale is this part of the largest value (bytes: magnitude; affine: of the range).
    static constexpr auto divisor = static_cast<float>(bytes ? 127 : affine ? codes - 1 : -codes / 2);
};

/// Of each block: its lowest and highest value (bytes: 0 and the largest magnitude).
struct Ends
{
    HWY_ALIGN float lowest[batch] = {};
    HWY_ALIGN float highest[batch] = {};
};

HWY_INLINE V loadPart(const float* block, std::size_t part) { return hn::LoadU(D(), block + part * lanes); }

template <LegacyFormat format>
HWY_INLINE void measure(const float* block, float& low, float& high)
{
    const D d;
    if constexpr (Traits<format>::bytes) {
        V largest = hn::Abs(loadPart(block, 0));
        for (std::size_t i = 1; i < blockSize / lanes; ++i)
            largest = hn::Max(largest, hn::Abs(loadPart(block, i)));
        high = hn::GetLane(hn::MaxOfLanes(d, largest));
    } else {
        V lowest = loadPart(block, 0);
        V highest = lowest;
        for (std::size_t i = 1; i < blockSize / lanes; ++i) {
            lowest = hn::Min(lowest, loadPart(block, i));
            highest = hn::Max(highest, loadPart(block, i));
        }
        low = hn::GetLane(hn::MinOfLanes(d, lowest));
        high = hn::GetLane(hn::MaxOfLanes(d, highest));
    }
}

/// Of numbers that compare equal the first one counts, which the vectors do not know.
template <LegacyFormat format>
void settleTies(const float* values, std::size_t count, Ends& ends)
{
    for (std::size_t b = 0; b < count; ++b) {
        const float* block = values + b * blockSize;
        float& low = ends.lowest[b];
        float& high = ends.highest[b];
        if (Traits<format>::affine && low == 0) { // zeros of both signs
            low = *std::min_element(block, block + blockSize);
            high = *std::max_element(block, block + blockSize);
        } else if (!Traits<format>::affine && high == -low) { // magnitudes
            const float largest = largestMagnitude({block, blockSize});
            low = std::min(largest, 0.0f);
            high = std::max(largest, 0.0f);
        }
    }
}

/// What the scale is made from.
template <LegacyFormat format>
HWY_INLINE V extentOf(V low, V high)
{
    if constexpr (Traits<format>::affine)
        return hn::Sub(high, low);
    return hn::IfThenElse(hn::Gt(high, hn::Neg(low)), high, low);
}

void storeHalves(const float* values, std::uint16_t* halves)
{
#if HWY_TARGET <= HWY_AVX2 // the processor's own rounding, to nearest even
    const hn::Rebind<hwy::float16_t, D> half;
    for (std::size_t i = 0; i < batch; i += lanes)
        hn::StoreU(hn::DemoteTo(half, hn::Load(D(), values + i)), half,
                   reinterpret_cast<hwy::float16_t*>(halves + i));
#else
    for (std::size_t i = 0; i < batch; ++i)
        halves[i] = halfFromFloat(values[i]);
#endif
}

HWY_INLINE void storeHalf(std::uint16_t half, std::byte* to)
{
    to[0] = static_cast<std::byte>(half & 0xff);
    to[1] = static_cast<std::byte>(half >> 8);
}

/// Rounded half away from zero: just under a half is added, as adding a half would round the number below 0.5 up.
HWY_INLINE void storeSignedBytes(const float* block, V inverse, std::byte* to)
{
    const hn::Rebind<std::int8_t, D> bytes;
    const V nearlyHalf = hn::Set(D(), 0x1.fffffep-2f);
    for (std::size_t i = 0; i < blockSize / lanes; ++i) {
        const V scaled = hn::Mul(loadPart(block, i), inverse);
        const VI code = truncatedLanes(hn::Add(scaled, hn::CopySign(nearlyHalf, scaled)));
        hn::StoreU(hn::DemoteTo(bytes, code), bytes, reinterpret_cast<std::int8_t*>(to) + i * lanes);
    }
}

template <LegacyFormat format>
HWY_INLINE void storeNibbles(const float* block, V inverse, V minimum, std::byte* to)
{
    using T = Traits<format>;
    const DI di;
    const V shift = hn::Set(D(), T::affine ? 0.5f : T::codes / 2 + 0.5f);
    const VI top = hn::Set(di, T::codes - 1);
    constexpr std::size_t half = blockSize / lanes / 2;
    std::uint32_t topBits = 0;
    const auto codesOf = [&](std::size_t part) HWY_ATTR {
        V value = loadPart(block, part);
        if constexpr (T::affine)
            value = hn::Sub(value, minimum);
        const V scaled = hn::Add(hn::Mul(value, inverse), shift);
        VI code = hn::Min(truncatedLanes(scaled), top);
        if constexpr (T::fiveBits) {
            alignas(8) std::uint8_t bits[8] = {};
            hn::StoreMaskBits(D(), hn::Ge(scaled, hn::Set(D(), 16.0f)), bits);
            topBits |= static_cast<std::uint32_t>(bits[0] | bits[1] << 8) << (part * lanes);
            code = hn::And(code, hn::Set(DI(), 15));
        }
        return code;
    };
    std::byte* nibbles = to + (T::fiveBits ? 4 : 0);
    for (std::size_t i = 0; i < half; ++i)
        storeBytes(hn::Or(codesOf(i), hn::ShiftLeft<4>(codesOf(half + i))),
                   reinterpret_cast<std::uint8_t*>(nibbles) + i * lanes);
    if constexpr (T::fiveBits)
        for (std::size_t b = 0; b < 4; ++b)
            to[b] = static_cast<std::byte>(topBits >> (8 * b) & 0xff);
}

template <LegacyFormat format>
void encodeBatch(const float* values, std::size_t count, std::byte* blocks,
                 void (*plain)(const float*, std::byte*))
{
    using T = Traits<format>;
    const D d;
    Ends ends;
    for (std::size_t b = 0; b < count; ++b) {
        __builtin_prefetch(values + b * blockSize + readAhead);
        __builtin_prefetch(values + b * blockSize + readAhead + blockSize / 2);
        measure<format>(values + b * blockSize, ends.lowest[b], ends.highest[b]);
    }
    if constexpr (!T::bytes) {
        bool ties = false;
        for (std::size_t i = 0; i < batch; i += lanes) {
            const V low = hn::Load(d, ends.lowest + i);
            const V other = T::affine ? hn::Zero(d) : hn::Neg(hn::Load(d, ends.highest + i));
            ties = ties || !hn::AllFalse(d, hn::Eq(low, other));
        }
        if (HWY_UNLIKELY(ties))
            settleTies<format>(values, count, ends);
    }

    HWY_ALIGN float extents[batch];
    HWY_ALIGN float scales[batch];
    HWY_ALIGN float inverses[batch];
    bool allSound = true;
    for (std::size_t i = 0; i < batch; i += lanes) {
        const V extent = extentOf<format>(hn::Load(d, ends.lowest + i), hn::Load(d, ends.highest + i));
        const V scale = hn::Div(extent, hn::Set(d, T::divisor));
        const M isZero = hn::Eq(extent, hn::Zero(d));
        const V size = hn::Abs(extent);
        const M sound = hn::And(hn::Ge(size, hn::Set(d, soundFrom)), hn::Le(size, hn::Set(d, soundUpTo)));
        allSound = allSound && hn::AllTrue(d, hn::Or(isZero, sound));
        hn::Store(extent, d, extents + i);
        hn::Store(scale, d, scales + i);
        hn::Store(hn::IfThenZeroElse(isZero, hn::Div(hn::Set(d, 1.0f), scale)), d, inverses + i);
    }
    std::uint16_t scaleHalves[batch];
    std::uint16_t minimumHalves[batch];
    storeHalves(scales, scaleHalves);
    if constexpr (T::affine)
        storeHalves(ends.lowest, minimumHalves);

    for (std::size_t b = 0; b < count; ++b) {
        const float* source = values + b * blockSize;
        std::byte* block = blocks + b * T::blockBytes;
        storeHalf(scaleHalves[b], block);
        const V inverse = hn::Set(d, inverses[b]);
        if constexpr (T::affine)
            storeHalf(minimumHalves[b], block + 2);
        if constexpr (T::bytes)
            storeSignedBytes(source, inverse, block + T::codesAt);
        else
            storeNibbles<format>(source, inverse, hn::Set(d, ends.lowest[b]), block + T::codesAt);
    }
    if (HWY_UNLIKELY(!allSound))
        for (std::size_t b = 0; b < count; ++b)
            if (!isSound(extents[b]))
                plain(values + b * blockSize, blocks + b * T::blockBytes);
}

/// Longer results do not stay in the caches anyway: stored past them, their memory need not be read first.
constexpr std::size_t streamedFrom = std::size_t{4} << 20;

constexpr std::size_t streamBytes = 16;

bool isStreamed(std::span<const std::byte> blocks)
{
    return HWY_TARGET != HWY_SCALAR && blocks.size() >= streamedFrom
           && reinterpret_cast<std::uintptr_t>(blocks.data()) % streamBytes == 0;
}

HWY_INLINE void stream(const std::byte* from, std::size_t count, std::byte* to)
{
#if HWY_TARGET != HWY_SCALAR
    const hn::FixedTag<std::uint8_t, streamBytes> d;
    for (std::size_t i = 0; i < count; i += streamBytes)
        hn::Stream(hn::LoadU(d, reinterpret_cast<const std::uint8_t*>(from) + i), d,
                   reinterpret_cast<std::uint8_t*>(to) + i);
#else
    std::copy_n(from, count, to);
#endif
}

template <LegacyFormat format>
void encodeAs(std::span<const float> values, std::span<std::byte> blocks,
              void (*plain)(const float*, std::byte*))
{
    constexpr std::size_t batchBytes = batch * Traits<format>::blockBytes;
    static_assert(batchBytes % streamBytes == 0);
    HWY_ALIGN std::byte buffer[batchBytes];
    const std::size_t count = values.size() / blockSize;
    const bool streamed = isStreamed(blocks);
    for (std::size_t first = 0; first < count; first += batch) {
        const std::size_t now = std::min(batch, count - first);
        const float* source = values.data() + first * blockSize;
        std::byte* target = blocks.data() + first * Traits<format>::blockBytes;
        if (streamed && now == batch) {
            encodeBatch<format>(source, now, buffer, plain);
            stream(buffer, batchBytes, target);
        } else {
            encodeBatch<format>(source, now, target, plain);
        }
    }
    if (streamed)
        hwy::FlushStream();
}

void encode(LegacyFormat format, std::span<const float> values, std::span<std::byte> blocks,
            void (*plain)(const float*, std::byte*))
{
    switch (format) {
    case LegacyFormat::Q4_0:
        return encodeAs<LegacyFormat::Q4_0>(values, blocks, plain);
    case LegacyFormat::Q4_1:
        return encodeAs<LegacyFormat::Q4_1>(values, blocks, plain);
    case LegacyFormat::Q5_0:
        return encodeAs<LegacyFormat::Q5_0>(values, blocks, plain);
    case LegacyFormat::Q5_1:
        return encodeAs<LegacyFormat::Q5_1>(values, blocks, plain);
    case LegacyFormat::Q8_0:
        return encodeAs<LegacyFormat::Q8_0>(values, blocks, plain);
    }
}

} // namespace quantoscope::ggml::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope::ggml {

HWY_EXPORT(encode);

void encodeLegacy(LegacyFormat format, std::span<const float> values, std::span<std::byte> blocks,
                  void (*plain)(const float* values, std::byte* block))
{
    HWY_DYNAMIC_DISPATCH(encode)(format, values, blocks, plain);
}

} // namespace quantoscope::ggml
#endif
