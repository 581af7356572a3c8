// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/wide/wideinput.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace quantoscope {

namespace {

/// Fewer pairs than this between two widenings cost more than a second row.
constexpr std::size_t leastPairs = 8;

/// Both bytes of a value, the low one signed: the high one reaches 128.
constexpr IntegerRange byteRange = {-128, 128};

void require(bool holds, const char* what)
{
    if (!holds)
        throw Error(ErrorCode::InvalidArgument, what);
}

void validate(const WideActivations& input, const WideWeights& weights)
{
    require(input.depth == weights.parts().depth,
            "The activations are not as deep as the weights they are multiplied with.");
    require(input.values.size() == input.rows * input.depth,
            "Activations are one for each row and input of the product.");
    require(input.bits >= 1 && input.bits <= 16, "Activations of a product of int16 have 1 to 16 bits.");
    for (const std::size_t size : {input.zero.size(), input.scale.size(), input.offset.size()})
        require(size == 0 || size == input.rows, "Terms of activations are one for each row.");
    require(input.factor == 1 || input.factor == 2, "The factor of an activation is 1 or 2.");
    double zero = 0;
    for (const std::int32_t z : input.zero)
        zero = std::max(zero, std::abs(static_cast<double>(z)));
    const double largest = zero + static_cast<double>(input.factor) * std::ldexp(1.0, input.bits - 1);
    require(largest * static_cast<double>(weights.largestTerm()) * static_cast<double>(input.depth) < 0x1p62,
            "The sums of this product may exceed 64 bits: its zero points are too large.");
}

std::int64_t sumOf(const std::int16_t* values, std::size_t size)
{
    // Short runs fit in an int32: vectors of twice as many.
    constexpr std::size_t shortRun = 65536;
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < size; k += shortRun) {
        std::int32_t part = 0;
        for (std::size_t i = k; i < std::min(size, k + shortRun); ++i)
            part += values[i];
        sum += part;
    }
    return sum;
}

bool allFit(const std::int16_t* values, std::size_t size, int bits)
{
    int used = 0; // of a value without its sign
    for (std::size_t k = 0; k < size; ++k)
        used |= values[k] ^ (values[k] >> 15);
    return used >> (bits - 1) == 0;
}

} // namespace

WideBlocks::WideBlocks(const WideActivations& input, const WideWeights& weights, std::stop_token stop)
    : m_rows(input.rows), m_steps(weights.steps()), m_parts(weights.parts().runs())
{
    validate(input, weights);
    m_pairs = pairsBeforeOverflow(signedRange(input.bits), weights.range());
    m_split = m_pairs < leastPairs;
    if (m_split)
        m_pairs = pairsBeforeOverflow(byteRange, weights.range());
    const std::size_t most = static_cast<std::size_t>(weights.tile().rows) / (m_split ? 2 : 1);
    m_blocks = (m_rows + most - 1) / most;
    for (std::size_t block = 0; block <= m_blocks; ++block)
        m_first.push_back(block == 0 ? 0 : block * m_rows / m_blocks);
    m_values = AlignedBuffer<std::int16_t>(m_rows * m_steps * (m_split ? 4 : 2));
    m_sums.resize(m_rows * m_parts);
    parallelFor(
        m_blocks, [&](std::size_t block) { packBlock(input, weights, block); }, stop);
}

std::size_t WideBlocks::placeOf(std::size_t block, std::size_t step) const
{
    const std::size_t width = m_split ? 4 : 2;
    return (firstRow(block) * m_steps + rowsOf(block) * step) * width;
}

void WideBlocks::packRun(const std::int16_t* from, std::size_t size, std::size_t width,
                         std::int16_t* to) const
{
    if (m_split) {
        for (std::size_t k = 0; k < size; ++k) {
            std::int16_t* slot = to + k / 2 * width + k % 2;
            slot[0] = static_cast<std::int8_t>(from[k]);
            slot[2] = static_cast<std::int16_t>((from[k] - slot[0]) >> 8);
        }
        return;
    }
    for (std::size_t step = 0; step < size / 2; ++step)
        std::memcpy(to + step * width, from + 2 * step, 2 * sizeof *to);
    if (size % 2 != 0)
        to[size / 2 * width] = from[size - 1];
}

void WideBlocks::packBlock(const WideActivations& input, const WideWeights& weights, std::size_t block)
{
    const std::size_t width = tileRowsOf(block) * 2;
    for (std::size_t r = 0; r < rowsOf(block); ++r) {
        const std::size_t row = firstRow(block) + r;
        const std::int16_t* values = input.values.data() + row * input.depth;
        require(allFit(values, input.depth, input.bits),
                "An activation lies beyond the bits it is said to have.");
        for (std::size_t part = 0; part < m_parts; ++part) {
            const std::int16_t* from = values + part * weights.parts().run;
            const std::size_t size = weights.parts().sizeOf(part);
            std::int16_t* to =
                m_values.data() + placeOf(block, weights.firstStep(part)) + r * (m_split ? 4 : 2);
            packRun(from, size, width, to);
            m_sums[row * m_parts + part] = sumOf(from, size);
        }
    }
}

} // namespace quantoscope
