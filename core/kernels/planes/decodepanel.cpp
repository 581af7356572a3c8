// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/planes/planelayout.h"
#include "core/kernels/planes/weightplanes.h"

#include <array>
#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/planes/decodepanel.cpp"
#include "core/kernels/foreachtarget-inl.h"
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace quantoscope {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR

/// A code from the planes of a chunk, one byte of `vector` bytes.
inline int codeAt(const PlaneLayout& layout, const std::uint8_t* chunk, std::size_t vector, int step)
{
    int code = 0;
    for (std::size_t plane = 0; plane < static_cast<std::size_t>(layout.planes); ++plane) {
        const int width = layout.width[plane];
        const int fields = 8 / width;
        const auto at = static_cast<std::size_t>(layout.vector[plane] + step / fields);
        const int field = chunk[at * vector] >> (step % fields * width) & ((1 << width) - 1);
        code |= field << layout.position[plane];
    }
    return code;
}

template <int bits, typename T>
void decodeChunks(const std::uint8_t* planes, std::size_t chunks, std::size_t vector, T* out)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
        for (int step = 0; step < layout.chunkSteps; ++step)
            for (std::size_t i = 0; i < vector; ++i)
                *out++ = static_cast<T>(codeAt(layout, planes + i, vector, step));
        planes += static_cast<std::size_t>(layout.chunkVectors) * vector;
    }
}

void lookUpPairs(const std::int16_t* table, int, std::int16_t* values, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        values[i] = table[values[i]];
}

#else

namespace hn = hwy::HWY_NAMESPACE;

/// The codes of one step of a chunk. Fields are masked where they lie and shifted as 16-bit words: they stay in their byte.
template <int bits, int step, int plane, class D>
HWY_INLINE hn::Vec<D> codesOf(D d, const std::uint8_t* HWY_RESTRICT chunk, std::size_t vector)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    constexpr int width = layout.width[plane];
    constexpr int fields = 8 / width;
    constexpr int up = layout.position[plane] - step % fields * width;
    constexpr int mask = ((1 << width) - 1) << (step % fields * width);
    constexpr auto at = static_cast<std::size_t>(layout.vector[plane] + step / fields);
    const hn::Repartition<std::uint16_t, D> d16;
    auto codes = hn::LoadU(d, chunk + at * vector);
    if constexpr (width < 8)
        codes = hn::And(codes, hn::Set(d, static_cast<std::uint8_t>(mask)));
    if constexpr (up > 0)
        codes = hn::BitCast(d, hn::ShiftLeft<up>(hn::BitCast(d16, codes)));
    if constexpr (up < 0)
        codes = hn::BitCast(d, hn::ShiftRight<-up>(hn::BitCast(d16, codes)));
    if constexpr (plane + 1 < layout.planes)
        codes = hn::Or(codes, codesOf<bits, step, plane + 1>(d, chunk, vector));
    return codes;
}

template <int bits, int step>
HWY_INLINE void decodeChunk(const std::uint8_t* HWY_RESTRICT chunk, std::size_t vector,
                            std::int16_t* HWY_RESTRICT out)
{
    const hn::ScalableTag<std::uint16_t> d16;
    const hn::Rebind<std::uint8_t, decltype(d16)> d8;
    const hn::RebindToSigned<decltype(d16)> dOut;
    const auto codes = codesOf<bits, step, 0>(d8, chunk, vector);
    hn::StoreU(hn::BitCast(dOut, hn::PromoteTo(d16, codes)), dOut, out);
    if constexpr (step + 1 < planeLayout(bits).chunkSteps)
        decodeChunk<bits, step + 1>(chunk, vector, out + vector);
}

template <int bits, int step>
HWY_INLINE void decodeChunk(const std::uint8_t* HWY_RESTRICT chunk, std::size_t vector,
                            std::uint8_t* HWY_RESTRICT out)
{
    const hn::ScalableTag<std::uint8_t> d8;
    hn::StoreU(codesOf<bits, step, 0>(d8, chunk, vector), d8, out);
    if constexpr (step + 1 < planeLayout(bits).chunkSteps)
        decodeChunk<bits, step + 1>(chunk, vector, out + vector);
}

/// `vector` is a whole number of registers: kernels have whole registers of columns.
template <int bits, typename T>
void decodeChunks(const std::uint8_t* HWY_RESTRICT planes, std::size_t chunks, std::size_t vector,
                  T* HWY_RESTRICT out)
{
    constexpr PlaneLayout layout = planeLayout(bits);
    const hn::ScalableTag<T> d;
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
        for (std::size_t i = 0; i < vector; i += hn::Lanes(d))
            decodeChunk<bits, 0>(planes + i, vector, out + i);
        planes += static_cast<std::size_t>(layout.chunkVectors) * vector;
        out += static_cast<std::size_t>(layout.chunkSteps) * vector;
    }
}

/// table[code] by slices of 16 entries, which one byte shuffle looks up. Codes are bytes; `table` holds one byte of each entry.
template <class D>
HWY_INLINE hn::Vec<D> lookUp(D d, const std::uint8_t* table, int slices, hn::Vec<D> codes)
{
    const auto low = hn::And(codes, hn::Set(d, std::uint8_t{15}));
    auto found = hn::Zero(d);
    for (int slice = 0; slice < slices; ++slice) {
        const auto here = hn::Eq(hn::Xor(codes, low), hn::Set(d, static_cast<std::uint8_t>(slice * 16)));
        const auto entries = hn::TableLookupBytes(hn::LoadDup128(d, table + slice * 16), low);
        found = hn::Or(found, hn::IfThenElseZero(here, entries));
    }
    return found;
}

void splitTable(const std::int16_t* table, std::uint8_t* lower, std::uint8_t* upper)
{
    for (int i = 0; i < 256; ++i) {
        lower[i] = static_cast<std::uint8_t>(table[i] & 0xFF);
        upper[i] = static_cast<std::uint8_t>(static_cast<std::uint16_t>(table[i]) >> 8);
    }
}

void lookUpPairs(const std::int16_t* table, int entries, std::int16_t* values, std::size_t count)
{
    const hn::ScalableTag<std::uint16_t> d16;
    const hn::Repartition<std::uint8_t, decltype(d16)> d;
    const hn::RebindToSigned<decltype(d16)> dOut;
    HWY_ALIGN std::uint8_t lower[256];
    HWY_ALIGN std::uint8_t upper[256];
    splitTable(table, lower, upper);
    const int slices = (entries + 15) / 16;
    const auto lowBytes = hn::Set(d16, std::uint16_t{0xFF});
    for (std::size_t i = 0; i < count; i += hn::Lanes(d16)) {
        const auto codes = hn::BitCast(d16, hn::LoadU(dOut, values + i));
        const auto both = hn::BitCast(d, hn::Or(codes, hn::ShiftLeft<8>(codes)));
        const auto low = hn::And(hn::BitCast(d16, lookUp(d, lower, slices, both)), lowBytes);
        const auto high = hn::AndNot(lowBytes, hn::BitCast(d16, lookUp(d, upper, slices, both)));
        hn::StoreU(hn::BitCast(dOut, hn::Or(low, high)), dOut, values + i);
    }
}

#endif

#if HWY_TARGET == HWY_AVX3
void lookUpQuads(const std::int16_t* table, int entries, std::uint8_t* values, std::size_t count)
{
    const hn::ScalableTag<std::uint8_t> d;
    HWY_ALIGN std::uint8_t bytes[256];
    for (int i = 0; i < 256; ++i)
        bytes[i] = static_cast<std::uint8_t>(table[i] + 128);
    for (std::size_t i = 0; i < count; i += hn::Lanes(d))
        hn::StoreU(lookUp(d, bytes, (entries + 15) / 16, hn::LoadU(d, values + i)), d, values + i);
}
#endif

/// All codes of some chunks; then, where there is a table, what it says.
template <typename T>
void decode(const std::uint8_t* planes, std::size_t chunks, std::size_t vector, int bits, T* out)
{
    switch (bits) {
    case 1:
        return decodeChunks<1>(planes, chunks, vector, out);
    case 2:
        return decodeChunks<2>(planes, chunks, vector, out);
    case 3:
        return decodeChunks<3>(planes, chunks, vector, out);
    case 4:
        return decodeChunks<4>(planes, chunks, vector, out);
    case 5:
        return decodeChunks<5>(planes, chunks, vector, out);
    case 6:
        return decodeChunks<6>(planes, chunks, vector, out);
    case 7:
        return decodeChunks<7>(planes, chunks, vector, out);
    default:
        return decodeChunks<8>(planes, chunks, vector, out);
    }
}

} // namespace

void decodeRange(const WeightPlanes& planes, const std::uint8_t* from, std::size_t chunks, std::size_t count,
                 void* out)
{
    const auto vector = static_cast<std::size_t>(planes.columns * planes.step);
    [[maybe_unused]] const int entries = 1 << planes.bits;
#if HWY_TARGET == HWY_AVX3
    if (planes.step == 4) {
        auto* bytes = static_cast<std::uint8_t*>(out);
        decode(from, chunks, vector, planes.bits, bytes);
        if (planes.hasTable)
            lookUpQuads(planes.table.data(), entries, bytes, count);
        return;
    }
#endif
    auto* words = static_cast<std::int16_t*>(out);
    decode(from, chunks, vector, planes.bits, words);
    if (planes.hasTable)
        lookUpPairs(planes.table.data(), entries, words, count);
}

} // namespace HWY_NAMESPACE
} // namespace quantoscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

namespace {

using DecodeRange = void (*)(const WeightPlanes&, const std::uint8_t*, std::size_t, std::size_t, void*);

DecodeRange decoderFor(Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, decodeRange)
#if HWY_TARGETS & HWY_SCALAR
    return N_SCALAR::decodeRange;
#else
    return HWY_STATIC_DISPATCH(decodeRange);
#endif
}

} // namespace

void decodeSteps(const WeightPlanes& planes, std::size_t panel, std::size_t firstStep, std::size_t steps,
                 void* out)
{
    const PlaneLayout layout = planeLayout(planes.bits);
    const auto chunkSteps = static_cast<std::size_t>(layout.chunkSteps);
    assert(firstStep % chunkSteps == 0 && steps % chunkSteps == 0);
    const auto vector = static_cast<std::size_t>(planes.columns * planes.step);
    const std::uint8_t* from =
        planes.panel(panel) + firstStep / chunkSteps * static_cast<std::size_t>(layout.chunkVectors) * vector;
    decoderFor(planes.isa)(planes, from, steps / chunkSteps, steps * vector, out);
}

void decodePanel(const WeightPlanes& planes, std::size_t panel, void* out)
{
    decodeSteps(planes, panel, 0, planes.paddedSteps, out);
}

const void* panelOf(const WeightPlanes& planes, std::size_t panel, void* scratch)
{
    if (isPanel(planes))
        return planes.panel(panel);
    decodePanel(planes, panel, scratch);
    return scratch;
}

} // namespace quantoscope
#endif
