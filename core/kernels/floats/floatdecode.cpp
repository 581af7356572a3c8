// SPDX-License-Identifier: GPL-3.0-or-later
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/floats/floatdecode.cpp"
#include "core/kernels/foreachtarget-inl.h" // must come before highway.h

#include <hwy/highway.h>

#include "core/kernels/floats/floatdecode.h"
#include "core/kernels/floats/floatvbmi.h"

#include "core/kernels/floats/floatweights-inl.h"

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

/// Makes float32 of all weights, or multiplies at once.
class StoreWeights
{
public:
    explicit HWY_INLINE StoreWeights(float* out) : m_out(out) {}

    template <class Weights>
    HWY_INLINE void run(const FloatSlice& slice) const
    {
        for (std::size_t column = 0; column < floatColumns; column += weightVectors * weightLanes) {
            const Weights weights(slice, column);
            float* out = m_out + column;
            for (std::size_t k = 0; k < slice.steps; ++k, out += floatColumns)
#pragma GCC unroll 4
                for (std::size_t v = 0; v < weightVectors; ++v)
                    hn::Store(weights.at(k, v), WeightTag(), out + v * weightLanes);
        }
    }

private:
    float* m_out;
};

class AddProducts
{
public:
    HWY_INLINE AddProducts(const float* x, float* sums) : m_x(x), m_sums(sums) {}

    template <class Weights>
    HWY_INLINE void run(const FloatSlice& slice) const
    {
        const WeightTag d;
        for (std::size_t column = 0; column < floatColumns; column += weightVectors * weightLanes) {
            const Weights weights(slice, column);
            WeightVector sums[weightVectors];
#pragma GCC unroll 4
            for (std::size_t v = 0; v < weightVectors; ++v)
                sums[v] = hn::LoadU(d, m_sums + column + v * weightLanes);
            for (std::size_t k = 0; k < slice.steps; ++k) {
                __builtin_prefetch(slice.ahead + k * slice.aheadStride);
                const WeightVector x = hn::Set(d, m_x[k]);
#pragma GCC unroll 4
                for (std::size_t v = 0; v < weightVectors; ++v)
                    sums[v] = hn::MulAdd(x, weights.at(k, v), sums[v]);
            }
#pragma GCC unroll 4
            for (std::size_t v = 0; v < weightVectors; ++v)
                hn::StoreU(sums[v], d, m_sums + column + v * weightLanes);
        }
    }

private:
    const float* m_x;
    float* m_sums;
};

template <typename Code, class Pass>
void runGrid(const FloatSlice& slice, const Pass& pass)
{
    if (slice.twice)
        slice.offset != nullptr ? pass.template run<GridWeights<Code, true, true>>(slice)
                                : pass.template run<GridWeights<Code, true, false>>(slice);
    else
        slice.offset != nullptr ? pass.template run<GridWeights<Code, false, true>>(slice)
                                : pass.template run<GridWeights<Code, false, false>>(slice);
}

template <typename Code, int tables, class Pass>
void runLevels(const FloatSlice& slice, const Pass& pass)
{
    slice.offset != nullptr ? pass.template run<LevelWeights<Code, tables, true>>(slice)
                            : pass.template run<LevelWeights<Code, tables, false>>(slice);
}

template <class Pass>
void runByteLevels(const FloatSlice& slice, const Pass& pass)
{
#if HWY_TARGET == HWY_AVX3
    if (slice.levelCount <= 16)
        runLevels<std::uint8_t, 1>(slice, pass);
    else if (slice.levelCount <= 32)
        runLevels<std::uint8_t, 2>(slice, pass);
    else if (slice.levelCount <= 64)
        runLevels<std::uint8_t, 4>(slice, pass);
    else if (slice.levelCount <= 128)
        runLevels<std::uint8_t, 8>(slice, pass);
    else
        runLevels<std::uint8_t, 16>(slice, pass);
#else
    runLevels<std::uint8_t, 0>(slice, pass);
#endif
}

template <FloatCoding coding, class Pass>
void runCoding(const FloatSlice& slice, const Pass& pass)
{
    if constexpr (coding == FloatCoding::Bytes)
        runGrid<std::uint8_t>(slice, pass);
    else if constexpr (coding == FloatCoding::Words)
        runGrid<std::uint16_t>(slice, pass);
    else if constexpr (coding == FloatCoding::ByteLevels)
        runByteLevels(slice, pass);
    else if constexpr (coding == FloatCoding::WordLevels)
        runLevels<std::uint16_t, 0>(slice, pass);
    else if constexpr (coding == FloatCoding::Half)
        pass.template run<HalfWeights>(slice);
    else if constexpr (coding == FloatCoding::Brain)
        pass.template run<BrainWeights>(slice);
    else
        pass.template run<FloatWeights>(slice);
}

template <FloatCoding coding>
void decodeSlice(const FloatSlice& slice, float* out)
{
    runCoding<coding>(slice, StoreWeights(out));
}

template <FloatCoding coding>
void accumulateSlice(const FloatSlice& slice, const float* x, float* sums)
{
    runCoding<coding>(slice, AddProducts(x, sums));
}

template <FloatCoding coding>
FloatDecoder decoderOf()
{
    return {decodeSlice<coding>, accumulateSlice<coding>};
}

FloatDecoder decoderTable(FloatCoding coding)
{
    switch (coding) {
    case FloatCoding::Bytes:
        return decoderOf<FloatCoding::Bytes>();
    case FloatCoding::Words:
        return decoderOf<FloatCoding::Words>();
    case FloatCoding::ByteLevels:
        return decoderOf<FloatCoding::ByteLevels>();
    case FloatCoding::WordLevels:
        return decoderOf<FloatCoding::WordLevels>();
    case FloatCoding::Half:
        return decoderOf<FloatCoding::Half>();
    case FloatCoding::Brain:
        return decoderOf<FloatCoding::Brain>();
    case FloatCoding::Float:
        break;
    }
    return decoderOf<FloatCoding::Float>();
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

FloatDecoder floatDecoder(FloatCoding coding, Isa isa)
{
#if defined(__x86_64__)
    if (isa == Isa::Avx512Vnni && coding == FloatCoding::Bytes)
        return vbmiGridDecoder();
    if (isa == Isa::Avx512Vnni && coding == FloatCoding::ByteLevels)
        return vbmiLevelDecoder();
#endif
    QUANTOSCOPE_RETURN_BY_ISA(isa, decoderTable(coding))
    return HWY_STATIC_DISPATCH(decoderTable)(coding);
}

} // namespace quantoscope
#endif
