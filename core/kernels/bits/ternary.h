// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/bits/ternarykernel.h"
#include "core/kernels/codematrix.h"
#include "core/kernels/output/epilogue.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// Ternary weights as two planes of bits, in the panels of one TernaryKernel. The kernel is here to compare with and to learn from:
/// processors with dot products multiply two-bit codes faster than they add under masks. Immutable: any number of threads may
/// read it.
class TernaryWeights
{
public:
    /// Codes 0, 1, 2 of two bits for -1, 0, +1 (factor 1, zero 1), one scale an output, no table, any offset. The depth is below 2^24.
    /// Throws Error(InvalidArgument) otherwise; Cancelled.
    static TernaryWeights pack(const CodeMatrix& weights, Isa isa, std::stop_token stop = {});

    const TernaryKernel& kernel() const { return *m_kernel; }
    std::size_t outputs() const { return m_outputs; }
    std::size_t depth() const { return m_depth; }
    std::size_t panels() const;
    const std::uint8_t* panel(std::size_t index) const;
    std::span<const float> scales() const { return m_scales; }
    std::span<const float> offsets() const { return m_offsets; }  ///< empty: none
    std::span<const std::int32_t> sums() const { return m_sums; } ///< Σ of the weights of each output
    std::size_t sizeBytes() const;                                ///< of all that products read

private:
    std::size_t panelBytes() const;
    void packPanel(const CodeMatrix& weights, std::size_t index);

    const TernaryKernel* m_kernel = nullptr;
    std::size_t m_outputs = 0;
    std::size_t m_depth = 0;
    AlignedBuffer<std::uint8_t> m_panels;
    std::vector<float> m_scales;
    std::vector<float> m_offsets;
    std::vector<std::int32_t> m_sums;
};

/// Activations of a ternary product.
struct TernaryInput
{
    std::size_t rows = 0;
    std::span<const std::int8_t> values; ///< [rows][depth]
    std::span<const RowTerms> terms;     ///< a row; empty: scale 1, zero 0
    std::int32_t factor = 1;             ///< fa of epilogue.h
};

/// Σ w·p without zero points and scales, [rows][outputs] row-major. The same result on every instruction set and for any number of
/// threads. Throws Error(InvalidArgument) where sizes differ; Cancelled.
void multiplyTernary(const TernaryWeights& weights, const TernaryInput& input, std::span<std::int32_t> out,
                     std::stop_token stop = {});

/// The sums as epilogue.h turns them into float or int8.
void multiplyTernary(const TernaryWeights& weights, const TernaryInput& input, const FloatOutput& output,
                     std::span<float> out, std::stop_token stop = {});
void multiplyTernary(const TernaryWeights& weights, const TernaryInput& input, const QuantizedOutput& output,
                     std::span<std::int8_t> out, std::stop_token stop = {});

} // namespace quantoscope
