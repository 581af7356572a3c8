// SPDX-License-Identifier: GPL-3.0-or-later
// Sums of int16 pairs in int32 lanes, once per instruction set: include between foreachtarget-inl.h and the loops. HWY_SCALAR has
// one lane and gets loops of its own.
#if defined(QUANTOSCOPE_PAIRLANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef QUANTOSCOPE_PAIRLANES_INL_H
#undef QUANTOSCOPE_PAIRLANES_INL_H
#else
#define QUANTOSCOPE_PAIRLANES_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#if HWY_TARGET != HWY_SCALAR

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag32 = hn::ScalableTag<std::int32_t>;
using Tag16 = hn::Repartition<std::int16_t, Tag32>;
using Sums32 = hn::Vec<Tag32>;

/// Columns of one vector of pairs.
inline constexpr int pairColumns = static_cast<int>(HWY_MAX_BYTES / 4);

/// NEON's long multiplication keeps the products of a pair apart, in order, in two vectors: a pairwise sum at the end joins them.
inline constexpr bool pairsApart = HWY_TARGET == HWY_NEON;
inline constexpr int sumParts = pairsApart ? 2 : 1;

/// Rows × Vectors sums of `pairColumns` columns each.
template <int Rows, int Vectors>
struct PairSums
{
    Sums32 part[Rows][Vectors][sumParts];

    // Written out: an implicit constructor would lack the instruction set of this region.
    HWY_INLINE PairSums() {}

    // Loops here count: compilers keep arrays in registers only where they see each index.
    HWY_INLINE void clear()
    {
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
#pragma GCC unroll 2
                for (int p = 0; p < sumParts; ++p)
                    part[r][v][p] = hn::Zero(Tag32());
    }

    /// The pair of row r at `pair` times the panel's vectors.
    HWY_INLINE void add(int r, const std::byte* pair, const hn::Vec<Tag16> (&weights)[Vectors])
    {
        std::int32_t both;
        std::memcpy(&both, pair, sizeof both);
        const auto activations = hn::BitCast(Tag16(), hn::Set(Tag32(), both));
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            part[r][v][0] = hn::ReorderWidenMulAccumulate(Tag32(), activations, weights[v], part[r][v][0],
                                                          part[r][v][sumParts - 1]);
    }

    /// One sum a column.
    HWY_INLINE Sums32 columns(int r, int v) const
    {
#if HWY_TARGET == HWY_NEON
        return Sums32(vpaddq_s32(part[r][v][0].raw, part[r][v][1].raw));
#else
        return part[r][v][0];
#endif
    }
};

/// Addresses of many rows a stride apart from few registers: each third one is kept, the others are reached by index.
template <int Rows>
struct RowPointers
{
    static constexpr int pointers = (Rows + 2) / 3;
    const std::byte* third[pointers];
    std::ptrdiff_t stride;

    HWY_INLINE RowPointers(const std::byte* first, std::ptrdiff_t rowStride) : stride(rowStride)
    {
#pragma GCC unroll 4
        for (int i = 0; i < pointers; ++i)
            third[i] = first + 3 * i * stride;
    }
    HWY_INLINE const std::byte* row(int r) const { return third[r / 3] + r % 3 * stride; }
    HWY_INLINE void advance(std::ptrdiff_t step)
    {
#pragma GCC unroll 4
        for (int i = 0; i < pointers; ++i)
            third[i] += step;
    }
};

/// Adds `steps` pairs of each row; returns the panel's next step.
template <int Rows, int Vectors>
HWY_INLINE const std::int16_t* addPairs(PairSums<Rows, Vectors>& sums, RowPointers<Rows>& rows,
                                        std::ptrdiff_t stepStride, const std::int16_t* panel,
                                        std::size_t steps)
{
    for (std::size_t k = 0; k < steps; ++k) {
        hn::Vec<Tag16> weights[Vectors];
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            weights[v] = hn::Load(Tag16(), panel + 2 * pairColumns * v);
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r)
            sums.add(r, rows.row(r), weights);
        panel += 2 * pairColumns * Vectors;
        rows.advance(stepStride);
    }
    return panel;
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif // HWY_TARGET != HWY_SCALAR
#endif // toggle
