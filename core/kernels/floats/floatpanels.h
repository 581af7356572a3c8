// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"
#include "core/kernels/floats/floatdecode.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// How values that are no codes are kept.
enum class FloatType { Float32, Float16, BFloat16 };

/// Weights for float products in panels of 64 outputs, kept at the bits of their codes (9 to 16 bits at 16) and decoded while
/// multiplying: one stream a panel, the same on every instruction set. Immutable: any number of threads may read it.
class FloatPanels
{
public:
    /// Codes of a grid or of a table of integers: float32(float32(scale · e) + offset) as codematrix.h says, without the sum where
    /// there are no offsets. Throws Error(InvalidArgument) where the codes contradict themselves; Cancelled.
    static FloatPanels fromCodes(const CodeMatrix& weights, std::stop_token stop = {});
    /// Codes of a table of float levels, 2^bits of them, of which NaN and infinity may be some: float32(float32(scale · level) +
    /// offset). Factor, zeros and table of `weights` take no part.
    static FloatPanels fromLevels(const CodeMatrix& weights, std::span<const float> levels,
                                  std::stop_token stop = {});
    /// Values [outputs][depth], rounded to `type` (half to even, NaN stays NaN).
    static FloatPanels fromValues(std::span<const float> values, std::size_t outputs, std::size_t depth,
                                  FloatType type, std::stop_token stop = {});

    std::size_t outputs() const { return m_outputs; }
    std::size_t depth() const { return m_depth; }
    std::size_t panels() const { return (m_outputs + floatColumns - 1) / floatColumns; }
    FloatCoding coding() const { return m_coding; }
    std::size_t sizeBytes() const; ///< of all that products read

    /// Most steps that one call of decode or accumulate takes; every `begin` is a multiple of packedSteps.
    static constexpr std::size_t chunkSteps = 256;
    /// Memory for the codes of those steps, a byte each and rounded up to packedSteps, aligned to 64.
    using Bytes = std::uint8_t*;

    /// Float32 weights of steps [begin, begin + steps) of a panel: of `out` [steps][floatColumns], or of the panel itself.
    const float* decode(std::size_t panel, std::size_t begin, std::size_t steps, Isa isa, Bytes bytes,
                        float* out) const;
    /// sums[floatColumns] += Σ x[k] · ŵ over those steps, x from the first of them.
    void accumulate(std::size_t panel, std::size_t begin, std::size_t steps, Isa isa, Bytes bytes,
                    const float* x, float* sums) const;

private:
    void startCodes(const CodeMatrix& weights, FloatCoding ofBytes, FloatCoding ofWords);
    void keepSets(const CodeMatrix& weights);
    void keepLevelBytes();
    void packBytes(const CodeMatrix& weights, const std::stop_token& stop);
    void packWords(std::span<const std::uint16_t> words, const std::stop_token& stop);
    const void* codesAt(std::size_t panel, std::size_t begin, std::size_t steps, Isa isa, Bytes bytes) const;
    FloatSlice sliceAt(std::size_t panel, std::size_t k) const;
    template <typename Body>
    void forSlices(std::size_t panel, std::size_t begin, std::size_t steps, const void* codes,
                   const Body& body) const;

    FloatCoding m_coding = FloatCoding::Float;
    int m_bits = 32; ///< of a code as it is kept
    std::size_t m_outputs = 0;
    std::size_t m_depth = 0;
    std::size_t m_run = 0; ///< inputs that share their sets
    std::size_t m_panelBytes = 0;
    bool m_twice = false;
    AlignedBuffer<std::uint8_t> m_codes;
    AlignedBuffer<float> m_levels;
    AlignedBuffer<std::uint8_t> m_levelBytes;
    AlignedBuffer<float> m_scale; ///< [panels][runs][floatColumns], as the next two
    AlignedBuffer<float> m_offset;
    AlignedBuffer<std::int32_t> m_zero;
};

} // namespace quantoscope
