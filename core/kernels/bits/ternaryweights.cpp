// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/ternary.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

void requireTernary(const CodeMatrix& weights)
{
    weights.validate();
    const auto require = [](bool holds, const char* what) {
        if (!holds)
            throw Error(ErrorCode::InvalidArgument,
                        std::string("The masked ternary kernel takes weights ") + what);
    };
    const auto isOne = [](std::int32_t zero) { return zero == 1; };
    require(weights.bits == 2 && weights.factor == 1
                && std::all_of(weights.zero.begin(), weights.zero.end(), isOne),
            "of two bits about the code 1.");
    require(
        std::all_of(weights.codes.begin(), weights.codes.end(), [](std::uint16_t code) { return code <= 2; }),
        "with the codes 0, 1 and 2.");
    require(weights.table.empty(), "without a table.");
    require(!weights.grouped, "with one scale for each output.");
    require(weights.depth.depth < std::size_t{1} << 24, "of fewer than 2^24 inputs.");
}

} // namespace

TernaryWeights TernaryWeights::pack(const CodeMatrix& weights, Isa isa, std::stop_token stop)
{
    requireTernary(weights);
    TernaryWeights packed;
    packed.m_kernel = &ternaryKernel(isa);
    packed.m_outputs = weights.outputs;
    packed.m_depth = weights.depth.depth;
    packed.m_panels = AlignedBuffer<std::uint8_t>(packed.panels() * packed.panelBytes());
    packed.m_scales = weights.scale;
    packed.m_offsets = weights.offset;
    packed.m_sums.resize(weights.outputs);
    parallelFor(
        packed.panels(), [&](std::size_t p) { packed.packPanel(weights, p); }, stop);
    return packed;
}

void TernaryWeights::packPanel(const CodeMatrix& weights, std::size_t index)
{
    const auto columns = static_cast<std::size_t>(m_kernel->columns);
    const std::size_t stepBytes = 2 * columns / 8;
    std::uint8_t* panel = m_panels.data() + index * panelBytes();
    for (std::size_t c = 0; c < std::min(columns, m_outputs - index * columns); ++c) {
        const std::size_t n = index * columns + c;
        const auto bit = static_cast<std::uint8_t>(1U << (c % 8));
        for (std::size_t k = 0; k < m_depth; ++k) {
            const int weight = weights.codes[n * m_depth + k] - 1;
            m_sums[n] += weight;
            if (weight != 0)
                panel[k * stepBytes + (weight > 0 ? c : columns + c) / 8] |= bit;
        }
    }
}

std::size_t TernaryWeights::panels() const
{
    const auto columns = static_cast<std::size_t>(m_kernel->columns);
    return (m_outputs + columns - 1) / columns;
}

std::size_t TernaryWeights::panelBytes() const
{
    return m_depth * static_cast<std::size_t>(2 * m_kernel->columns / 8);
}

const std::uint8_t* TernaryWeights::panel(std::size_t index) const
{
    return m_panels.data() + index * panelBytes();
}

std::size_t TernaryWeights::sizeBytes() const
{
    return m_panels.size() + (m_scales.size() + m_offsets.size()) * sizeof(float)
           + m_sums.size() * sizeof(std::int32_t);
}

} // namespace quantoscope
