// SPDX-License-Identifier: GPL-3.0-or-later
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/floats/floattile.cpp"
#include "core/kernels/foreachtarget-inl.h" // must come before highway.h

#include <hwy/highway.h>

#include "core/kernels/floats/floattile.h"

#include <array>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;
constexpr std::size_t floatLanes = hn::MaxLanes(FloatTag());

// rows · vectors sums beside vectors of weights and one of activations: 24 of 32 registers, 12 or 8 of 16.
#if HWY_TARGET == HWY_AVX3
constexpr int floatVectors = 4;
constexpr int floatRows = 6;
constexpr const char* floatName = "fma 6×64";
#elif HWY_TARGET == HWY_NEON
constexpr int floatVectors = 4;
constexpr int floatRows = 6;
constexpr const char* floatName = "fma 6×16";
#elif HWY_TARGET == HWY_AVX2
constexpr int floatVectors = 2;
constexpr int floatRows = 6;
constexpr const char* floatName = "fma 6×16";
#elif HWY_TARGET == HWY_SSE4
constexpr int floatVectors = 2;
constexpr int floatRows = 4;
constexpr const char* floatName = "multiply, add 4×8";
#else
constexpr int floatVectors = 4;
constexpr int floatRows = 2;
constexpr const char* floatName = "multiply, add 2×4";
#endif

template <int rows>
HWY_INLINE void multiplyColumns(const FloatTile& tile, std::size_t column)
{
    const FloatTag d;
    FloatVector sums[rows][floatVectors];
    float* out = tile.out + column;
#pragma GCC unroll 6
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (std::size_t v = 0; v < floatVectors; ++v)
            sums[r][v] =
                tile.first
                    ? hn::Zero(d)
                    : hn::LoadU(d, out + static_cast<std::size_t>(r) * tile.outStride + v * floatLanes);
    const float* panel = tile.panel + column;
    for (std::size_t k = 0; k < tile.steps; ++k) {
        FloatVector weights[floatVectors];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < floatVectors; ++v)
            weights[v] = hn::Load(d, panel + v * floatLanes);
#pragma GCC unroll 6
        for (int r = 0; r < rows; ++r) {
            const FloatVector x = hn::Set(d, tile.input[static_cast<std::size_t>(r) * tile.inputStride + k]);
#pragma GCC unroll 4
            for (int v = 0; v < floatVectors; ++v)
                sums[r][v] = hn::MulAdd(x, weights[v], sums[r][v]);
        }
        panel += floatColumns;
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (std::size_t v = 0; v < floatVectors; ++v)
            hn::StoreU(sums[r][v], d, out + static_cast<std::size_t>(r) * tile.outStride + v * floatLanes);
}

template <int rows>
void floatMultiplyRows(const FloatTile& tile)
{
    for (std::size_t column = 0; column < floatColumns; column += floatVectors * floatLanes)
        multiplyColumns<rows>(tile, column);
}

template <int... less>
constexpr std::array<void (*)(const FloatTile&), sizeof...(less)>
floatByRows(std::integer_sequence<int, less...>)
{
    return {floatMultiplyRows<less + 1>...};
}

void floatMultiply(const FloatTile& tile, int rows)
{
    static constexpr auto functions = floatByRows(std::make_integer_sequence<int, floatRows>());
    functions[static_cast<std::size_t>(rows - 1)](tile);
}

const FloatTileKernel& floatTileTable()
{
    static constexpr FloatTileKernel table{floatName, floatRows, floatMultiply};
    return table;
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

const FloatTileKernel& floatTileKernel(Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, floatTileTable())
    return HWY_STATIC_DISPATCH(floatTileTable)();
}

} // namespace quantoscope
#endif
