// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/bits/xnorkernel.h"
#include "core/kernels/codematrix.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// Binary weights in the panels of one XnorKernel: [panel][word][column], runs padded to whole words with bits 0, the last panel
/// with outputs of zeros. Output n stands for scale(n) · sign + mean(n). Immutable: any number of threads may read it.
class XnorWeights
{
public:
    /// One bit, factor 1 or 2, one set an output: the value scale · (factor · code - zero) + offset as
    ///   scale(n) = float32(scale · factor / 2), mean(n) = float32(scale · (factor / 2 - zero) + offset), computed in double.
    /// The depth is below 2^30. Throws Error(InvalidArgument) otherwise; Cancelled.
    static XnorWeights pack(const CodeMatrix& weights, Isa isa, std::stop_token stop = {});

    const XnorKernel& kernel() const { return *m_kernel; }
    std::size_t outputs() const { return m_outputs; }
    const Depth& depth() const { return m_depth; }
    std::size_t words() const { return m_words; } ///< an output
    std::size_t panels() const;
    const std::uint64_t* panel(std::size_t index) const;
    std::span<const float> scales() const { return m_scales; }
    std::span<const float> means() const { return m_means; } ///< empty: all 0
    /// Codes 1 of an output in a run, for the padded taps of a convolution (xnorkernel.h).
    std::int32_t ones(std::size_t output, std::size_t run) const
    {
        return m_ones[output * m_depth.runs() + run];
    }
    std::size_t sizeBytes() const; ///< of all that products read

private:
    const XnorKernel* m_kernel = nullptr;
    std::size_t m_outputs = 0;
    Depth m_depth;
    std::size_t m_words = 0;
    AlignedBuffer<std::uint64_t> m_panels;
    std::vector<float> m_scales;
    std::vector<float> m_means;
    std::vector<std::int32_t> m_ones; ///< [outputs][runs]
};

} // namespace quantoscope
