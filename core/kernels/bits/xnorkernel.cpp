// SPDX-License-Identifier: GPL-3.0-or-later
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/bits/xnorkernel.cpp"
#include "core/kernels/foreachtarget-inl.h" // must come before highway.h

#include <hwy/highway.h>

#include "core/kernels/bits/xnorkernel.h"

#include <array>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

inline std::uint64_t xnorWordAt(const std::byte* at)
{
    return *static_cast<const std::uint64_t*>(static_cast<const void*>(at));
}

using XnorWords = hn::ScalableTag<std::uint64_t>;
using XnorBytes = hn::Repartition<std::uint8_t, XnorWords>;
constexpr int xnorVectors = 2;
constexpr int xnorLanes = static_cast<int>(hn::MaxLanes(XnorWords()));
constexpr int xnorColumns = xnorVectors * xnorLanes;
// Sums, two vectors of weights, one word in all lanes and the constants of a byte's popcount stay in 16 or 32 registers.
constexpr int xnorRows = HWY_TARGET == HWY_AVX3 ? 8 : 4;
#if HWY_TARGET == HWY_AVX3
constexpr const char* xnorName = "byte popcount 8×16";
#elif HWY_TARGET == HWY_AVX2
constexpr const char* xnorName = "byte popcount 4×8";
#else
constexpr const char* xnorName = "byte popcount 4×4";
#endif

/// Adds up bits in bytes, eight at most a step, and before one could overflow moves them to words.
template <int rows>
class XnorCounts
{
public:
    HWY_INLINE XnorCounts()
    {
#pragma GCC unroll 16
        for (int i = 0; i < rows * xnorVectors; ++i) {
            m_bytes[i] = hn::Zero(XnorBytes());
            hn::Store(hn::Zero(XnorWords()), XnorWords(), m_words + i * xnorLanes);
        }
    }
    HWY_INLINE void add(const std::byte* at, std::ptrdiff_t rowStride, const std::uint64_t* panel)
    {
        const auto weights0 = hn::Load(XnorWords(), panel);
        const auto weights1 = hn::Load(XnorWords(), panel + xnorLanes);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r) {
            const auto word = hn::Set(XnorWords(), xnorWordAt(at + r * rowStride));
            m_bytes[2 * r] = hn::Add(m_bytes[2 * r], ones(hn::Xor(word, weights0)));
            m_bytes[2 * r + 1] = hn::Add(m_bytes[2 * r + 1], ones(hn::Xor(word, weights1)));
        }
        if (++m_steps == mostSteps)
            widen();
    }
    HWY_INLINE void store(std::int32_t start, std::int32_t* sums, std::size_t stride)
    {
        widen();
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < xnorColumns; ++c)
                sums[static_cast<std::size_t>(r) * stride + static_cast<std::size_t>(c)] =
                    start - 2 * static_cast<std::int32_t>(m_words[r * xnorColumns + c]);
    }

private:
    static constexpr int mostSteps = 255 / 8;

    static HWY_INLINE hn::Vec<XnorBytes> ones(hn::Vec<XnorWords> bits)
    {
        return hn::PopulationCount(hn::BitCast(XnorBytes(), bits));
    }
    HWY_INLINE void widen()
    {
#pragma GCC unroll 16
        for (int i = 0; i < rows * xnorVectors; ++i) {
            std::uint64_t* words = m_words + i * xnorLanes;
            hn::Store(hn::Add(hn::Load(XnorWords(), words), hn::SumsOf8(m_bytes[i])), XnorWords(), words);
            m_bytes[i] = hn::Zero(XnorBytes());
        }
        m_steps = 0;
    }

    hn::Vec<XnorBytes> m_bytes[rows * xnorVectors];
    HWY_ALIGN std::uint64_t m_words[rows * xnorColumns];
    int m_steps = 0;
};

template <int rows>
void xnorMultiplyRows(const TileInput& input, const std::uint64_t* panel, std::int32_t start,
                      std::int32_t* sums, std::size_t stride)
{
    XnorCounts<rows> counts;
    for (const std::ptrdiff_t segment : input.segments) {
        const std::byte* at = input.base + segment;
        for (std::size_t k = 0; k < input.stepsPerSegment; ++k) {
            counts.add(at, input.rowStride, panel);
            panel += xnorColumns;
            at += input.stepStride;
        }
    }
    counts.store(start, sums, stride);
}

using XnorMultiply = void (*)(const TileInput&, const std::uint64_t*, std::int32_t, std::int32_t*,
                              std::size_t);

template <int... less>
constexpr std::array<XnorMultiply, sizeof...(less)> xnorByRows(std::integer_sequence<int, less...>)
{
    return {xnorMultiplyRows<less + 1>...};
}

void xnorMultiply(const TileInput& input, const std::uint64_t* panel, int rows, std::int32_t start,
                  std::int32_t* sums, std::size_t stride)
{
    static constexpr auto functions = xnorByRows(std::make_integer_sequence<int, xnorRows>());
    functions[static_cast<std::size_t>(rows - 1)](input, panel, start, sums, stride);
}

constexpr XnorKernel xnorTable(Isa isa) { return {xnorName, isa, xnorColumns, xnorRows, xnorMultiply}; }

#endif

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

extern const XnorKernel xnorScalar;
#if defined(__x86_64__)
extern const XnorKernel xnorVpopcnt;
#endif

const XnorKernel& xnorKernel(Isa isa)
{
#if HWY_TARGETS & HWY_AVX3
    static constexpr XnorKernel avx512 = N_AVX3::xnorTable(Isa::Avx512);
    if (isa == Isa::Avx512)
        return avx512;
#endif
#if HWY_TARGETS & HWY_AVX2
    static constexpr XnorKernel avx2 = N_AVX2::xnorTable(Isa::Avx2);
    if (isa == Isa::Avx2)
        return avx2;
#endif
#if HWY_TARGETS & HWY_SSE4
    static constexpr XnorKernel sse4 = N_SSE4::xnorTable(Isa::Sse4);
    if (isa == Isa::Sse4)
        return sse4;
#endif
#if HWY_TARGETS & HWY_NEON
    static constexpr XnorKernel neon = N_NEON::xnorTable(Isa::Neon);
    if (isa == Isa::Neon)
        return neon;
#endif
#if defined(__x86_64__)
    if (isa == Isa::Avx512Vnni)
        return xnorVpopcnt;
#endif
    static_cast<void>(isa);
    return xnorScalar;
}

} // namespace quantoscope
#endif
