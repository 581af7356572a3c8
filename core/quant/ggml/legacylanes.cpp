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

using Plain = void (*)(const float*, std::byte*);

constexpr std::size_t blockSize = 32;
constexpr std::size_t batch = 16;       // blocks whose scales are found together
constexpr std::size_t readAhead = 4096; // values; nearer and farther ones measured slower

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

/// What is found of each block before its codes are made.
struct Found
{
    HWY_ALIGN float lowest[batch] = {}; ///< bytes: 0 and the largest magnitude
    HWY_ALIGN float highest[batch];
    HWY_ALIGN float extents[batch];
    HWY_ALIGN float inverses[batch];
    std::uint16_t scales[batch]; ///< as halves
    std::uint16_t minima[batch];
    bool allSound;
};

HWY_INLINE V loadPart(const float* block, std::size_t part) { return hn::LoadU(D(), block + part * lanes); }

struct Lower
{
    static HWY_INLINE V of(V a, V b) { return hn::Min(a, b); }
    static HWY_INLINE V ofBlock(V a, V b) { return hn::Min(a, b); }
};
struct Higher
{
    static HWY_INLINE V of(V a, V b) { return hn::Max(a, b); }
    static HWY_INLINE V ofBlock(V a, V b) { return hn::Max(a, b); }
};
/// Magnitudes, of what may still have signs.
struct Larger
{
    static HWY_INLINE V of(V a, V b) { return hn::Max(a, b); }
    static HWY_INLINE V ofBlock(V a, V b) { return hn::Max(hn::Abs(a), hn::Abs(b)); }
};

template <class Pick>
HWY_INLINE V pickOfBlock(const float* block)
{
    V picked = loadPart(block, 0);
    for (std::size_t i = 1; i < blockSize / lanes; ++i)
        picked = Pick::ofBlock(picked, loadPart(block, i));
    return picked;
}

#if HWY_TARGET != HWY_SCALAR
/// Of four blocks, in lanes 0 … 3 of every 128 bits what these hold of them.
template <class Pick>
HWY_INLINE V pickOfFour(const float* blocks)
{
    const D d;
    const hn::Repartition<double, D> pairs;
    const V a = pickOfBlock<Pick>(blocks);
    const V b = pickOfBlock<Pick>(blocks + blockSize);
    const V ab = Pick::of(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
    const V c = pickOfBlock<Pick>(blocks + 2 * blockSize);
    const V e = pickOfBlock<Pick>(blocks + 3 * blockSize);
    const V ce = Pick::of(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e));
    const auto abPairs = hn::BitCast(pairs, ab);
    const auto cePairs = hn::BitCast(pairs, ce);
    return Pick::of(hn::BitCast(d, hn::InterleaveLower(pairs, abPairs, cePairs)),
                    hn::BitCast(d, hn::InterleaveUpper(pairs, abPairs, cePairs)));
}

template <class Pick>
HWY_INLINE V pickOfHalves(V a, V b)
{
    const D d;
    return Pick::of(hn::ConcatLowerLower(d, b, a), hn::ConcatUpperUpper(d, b, a));
}
#endif

/// Lane b is the pick of block b. All blocks share the steps that a block alone would need.
template <class Pick>
HWY_INLINE V pickOfEach(const float* blocks)
{
#if HWY_TARGET == HWY_SCALAR
    return pickOfBlock<Pick>(blocks);
#else
    if constexpr (lanes == 4) {
        return pickOfFour<Pick>(blocks);
    } else if constexpr (lanes == 8) {
        return pickOfHalves<Pick>(pickOfFour<Pick>(blocks), pickOfFour<Pick>(blocks + 4 * blockSize));
    } else {
        const V outer =
            pickOfHalves<Pick>(pickOfFour<Pick>(blocks), pickOfFour<Pick>(blocks + 8 * blockSize));
        const V inner = pickOfHalves<Pick>(pickOfFour<Pick>(blocks + 4 * blockSize),
                                           pickOfFour<Pick>(blocks + 12 * blockSize));
        return Pick::of(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(inner), outer),
                        hn::OddEvenBlocks(inner, hn::SwapAdjacentBlocks(outer)));
    }
#endif
}

template <LegacyFormat format>
HWY_INLINE void measure(const float* values, Found& found)
{
    const D d;
    for (std::size_t b = 0; b < batch; b += lanes) {
        const float* blocks = values + b * blockSize;
        if constexpr (Traits<format>::bytes) {
            hn::Store(pickOfEach<Larger>(blocks), d, found.highest + b);
        } else {
            hn::Store(pickOfEach<Lower>(blocks), d, found.lowest + b);
            hn::Store(pickOfEach<Higher>(blocks), d, found.highest + b);
        }
    }
}

/// Of numbers that compare equal the first one counts, which the vectors do not know.
template <LegacyFormat format>
HWY_NOINLINE void settleTies(const float* values, Found& found)
{
    for (std::size_t b = 0; b < batch; ++b) {
        const float* block = values + b * blockSize;
        float& low = found.lowest[b];
        float& high = found.highest[b];
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

HWY_NOINLINE void storeUnsound(const float* values, const float* extents, std::byte* blocks,
                               std::size_t blockBytes, Plain plain)
{
    for (std::size_t b = 0; b < batch; ++b)
        if (!isSound(extents[b]))
            plain(values + b * blockSize, blocks + b * blockBytes);
}

template <LegacyFormat format>
HWY_INLINE void findScales(const float* values, Found& found)
{
    using T = Traits<format>;
    const D d;
    measure<format>(values, found);
    if constexpr (!T::bytes) {
        bool ties = false;
        for (std::size_t i = 0; i < batch; i += lanes) {
            const V low = hn::Load(d, found.lowest + i);
            const V other = T::affine ? hn::Zero(d) : hn::Neg(hn::Load(d, found.highest + i));
            ties = ties || !hn::AllFalse(d, hn::Eq(low, other));
        }
        if (HWY_UNLIKELY(ties))
            settleTies<format>(values, found);
    }
    HWY_ALIGN float scales[batch];
    found.allSound = true;
    for (std::size_t i = 0; i < batch; i += lanes) {
        const V extent = extentOf<format>(hn::Load(d, found.lowest + i), hn::Load(d, found.highest + i));
        const V scale = hn::Div(extent, hn::Set(d, T::divisor));
        const M isZero = hn::Eq(extent, hn::Zero(d));
        const V size = hn::Abs(extent);
        const M sound = hn::And(hn::Ge(size, hn::Set(d, soundFrom)), hn::Le(size, hn::Set(d, soundUpTo)));
        found.allSound = found.allSound && hn::AllTrue(d, hn::Or(isZero, sound));
        hn::Store(extent, d, found.extents + i);
        hn::Store(scale, d, scales + i);
        hn::Store(hn::IfThenZeroElse(isZero, hn::Div(hn::Set(d, 1.0f), scale)), d, found.inverses + i);
    }
    storeHalves(scales, found.scales);
    if constexpr (T::affine)
        storeHalves(found.lowest, found.minima);
}

template <LegacyFormat format>
HWY_INLINE void storeBatch(const float* values, const Found& found, std::byte* blocks, Plain plain)
{
    using T = Traits<format>;
    const D d;
    for (std::size_t b = 0; b < batch; ++b) {
        const float* source = values + b * blockSize;
        std::byte* block = blocks + b * T::blockBytes;
        __builtin_prefetch(source + readAhead);
        __builtin_prefetch(source + readAhead + blockSize / 2);
        storeHalf(found.scales[b], block);
        const V inverse = hn::Set(d, found.inverses[b]);
        if constexpr (T::affine)
            storeHalf(found.minima[b], block + 2);
        if constexpr (T::bytes)
            storeSignedBytes(source, inverse, block + T::codesAt);
        else
            storeNibbles<format>(source, inverse, hn::Set(d, found.lowest[b]), block + T::codesAt);
    }
    if (HWY_UNLIKELY(!found.allSound))
        storeUnsound(values, found.extents, blocks, T::blockBytes, plain);
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
void encodeAs(std::span<const float> values, std::span<std::byte> blocks, Plain plain)
{
    constexpr std::size_t blockBytes = Traits<format>::blockBytes;
    constexpr std::size_t batchBytes = batch * blockBytes;
    static_assert(batchBytes % streamBytes == 0);
    HWY_ALIGN std::byte buffer[batchBytes];
    const std::size_t count = values.size() / blockSize;
    const bool streamed = isStreamed(blocks);
    const float* source = values.data();
    std::byte* target = blocks.data();
    // The scales of the next batch are under way while this one's codes are made: neither waits for the other.
    Found found[2];
    const std::size_t batches = count / batch;
    if (batches > 0)
        findScales<format>(source, found[0]);
    for (std::size_t i = 0; i < batches; ++i, source += batch * blockSize, target += batchBytes) {
        if (i + 1 < batches)
            findScales<format>(source + batch * blockSize, found[(i + 1) % 2]);
        storeBatch<format>(source, found[i % 2], streamed ? buffer : target, plain);
        if (streamed)
            stream(buffer, batchBytes, target);
    }
    if (const std::size_t rest = count % batch; rest > 0) {
        HWY_ALIGN float padded[batch * blockSize] = {};
        std::copy_n(source, rest * blockSize, padded);
        findScales<format>(padded, found[0]);
        storeBatch<format>(padded, found[0], buffer, plain);
        std::copy_n(buffer, rest * blockBytes, target);
    }
    if (streamed)
        hwy::FlushStream();
}

void encode(LegacyFormat format, std::span<const float> values, std::span<std::byte> blocks, Plain plain)
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
