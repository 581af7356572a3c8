// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/floats/floatpanels.h"

#include "core/kernels/floats/halves.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <bit>

namespace quantoscope {

namespace {

// Measured: 2 to 8 KiB are alike.
constexpr std::size_t prefetchDistance = 4096;

std::size_t bytesOfCode(FloatCoding coding)
{
    switch (coding) {
    case FloatCoding::Bytes:
    case FloatCoding::ByteLevels:
        return 1;
    case FloatCoding::Float:
        return 4;
    default:
        return 2;
    }
}

/// Rows [outputs][depth] into panels [depth][floatColumns].
template <typename From, typename To, typename Convert>
void transpose(std::span<const From> values, std::size_t outputs, std::size_t depth, std::uint8_t* panels,
               const std::stop_token& stop, const Convert& convert)
{
    parallelFor(
        (outputs + floatColumns - 1) / floatColumns,
        [&](std::size_t p) {
            To* panel = static_cast<To*>(static_cast<void*>(panels)) + p * depth * floatColumns;
            const std::size_t columns = std::min(floatColumns, outputs - p * floatColumns);
            for (std::size_t k0 = 0; k0 < depth; k0 += 64) // lines of the panel stay cached over all outputs
                for (std::size_t c = 0; c < columns; ++c)
                    for (std::size_t k = k0; k < std::min(depth, k0 + 64); ++k)
                        panel[k * floatColumns + c] = convert(values[(p * floatColumns + c) * depth + k]);
        },
        stop);
}

} // namespace

FloatPanels FloatPanels::fromCodes(const CodeMatrix& weights, std::stop_token stop)
{
    weights.validate();
    if (!weights.table.empty()) {
        const std::vector<float> levels(weights.table.begin(), weights.table.end());
        return fromLevels(weights, levels, stop);
    }
    FloatPanels packed;
    packed.startCodes(weights, FloatCoding::Bytes, FloatCoding::Words);
    packed.m_twice = weights.factor == 2;
    packed.keepSets(weights);
    packed.m_coding == FloatCoding::Bytes ? packed.packBytes(weights, stop)
                                          : packed.packWords(weights.codes, stop);
    return packed;
}

FloatPanels FloatPanels::fromLevels(const CodeMatrix& weights, std::span<const float> levels,
                                    std::stop_token stop)
{
    weights.validate();
    if (levels.size() != std::size_t{1} << weights.bits)
        throw Error(ErrorCode::InvalidArgument, "A table of levels names every code of the weights.");
    FloatPanels packed;
    packed.startCodes(weights, FloatCoding::ByteLevels, FloatCoding::WordLevels);
    packed.keepSets(weights);
    packed.m_levels = AlignedBuffer<float>(std::max<std::size_t>(16, levels.size()));
    std::copy(levels.begin(), levels.end(), packed.m_levels.data());
    if (weights.bits <= 8)
        packed.keepLevelBytes();
    packed.m_coding == FloatCoding::ByteLevels ? packed.packBytes(weights, stop)
                                               : packed.packWords(weights.codes, stop);
    return packed;
}

FloatPanels FloatPanels::fromValues(std::span<const float> values, std::size_t outputs, std::size_t depth,
                                    FloatType type, std::stop_token stop)
{
    if (values.size() != outputs * depth)
        throw Error(ErrorCode::InvalidArgument, "Float weights have outputs · depth values.");
    FloatPanels packed;
    packed.m_outputs = outputs;
    packed.m_depth = depth;
    packed.m_run = depth;
    packed.m_coding = type == FloatType::Float32   ? FloatCoding::Float
                      : type == FloatType::Float16 ? FloatCoding::Half
                                                   : FloatCoding::Brain;
    packed.m_bits = type == FloatType::Float32 ? 32 : 16;
    packed.m_panelBytes = depth * floatColumns * bytesOfCode(packed.m_coding);
    packed.m_codes = AlignedBuffer<std::uint8_t>(packed.panels() * packed.m_panelBytes);
    if (type == FloatType::Float32)
        transpose<float, float>(values, outputs, depth, packed.m_codes.data(), stop,
                                [](float value) { return value; });
    else
        transpose<float, std::uint16_t>(values, outputs, depth, packed.m_codes.data(), stop,
                                        type == FloatType::Float16 ? halfOfFloat : brainOfFloat);
    return packed;
}

void FloatPanels::startCodes(const CodeMatrix& weights, FloatCoding ofBytes, FloatCoding ofWords)
{
    m_coding = weights.bits <= 8 ? ofBytes : ofWords;
    m_bits = weights.bits <= 8 ? weights.bits : 16;
    m_outputs = weights.outputs;
    m_depth = weights.depth.depth;
    m_run = weights.grouped ? weights.depth.run : m_depth;
    const std::size_t groups = (m_depth + packedSteps - 1) / packedSteps;
    m_panelBytes = m_bits <= 8 ? groups * static_cast<std::size_t>(m_bits) * floatColumns
                               : m_depth * floatColumns * sizeof(std::uint16_t);
    m_codes = AlignedBuffer<std::uint8_t>(panels() * m_panelBytes);
}

void FloatPanels::keepSets(const CodeMatrix& weights)
{
    const std::size_t runs = m_depth == 0 ? 0 : (m_depth + m_run - 1) / m_run;
    const std::size_t size = panels() * runs * floatColumns;
    m_scale = AlignedBuffer<float>(size);
    m_offset = AlignedBuffer<float>(weights.offset.empty() ? 0 : size);
    m_zero = AlignedBuffer<std::int32_t>(size);
    for (std::size_t n = 0; n < m_outputs; ++n)
        for (std::size_t run = 0; run < runs; ++run) {
            const std::size_t to = (n / floatColumns * runs + run) * floatColumns + n % floatColumns;
            m_scale.data()[to] = weights.scale[n * runs + run];
            m_zero.data()[to] = weights.zero[n * runs + run];
            if (!weights.offset.empty())
                m_offset.data()[to] = weights.offset[n * runs + run];
        }
}

void FloatPanels::keepLevelBytes()
{
    m_levelBytes = AlignedBuffer<std::uint8_t>(4 * 256);
    for (std::size_t i = 0; i < m_levels.size(); ++i) {
        const auto bits = std::bit_cast<std::uint32_t>(m_levels.data()[i]);
        for (std::size_t b = 0; b < 4; ++b)
            m_levelBytes.data()[256 * b + i] = static_cast<std::uint8_t>(bits >> (8 * b));
    }
}

void FloatPanels::packBytes(const CodeMatrix& weights, const std::stop_token& stop)
{
    parallelFor(
        panels(),
        [&](std::size_t p) {
            const std::size_t columns = std::min(floatColumns, m_outputs - p * floatColumns);
            std::uint8_t* to = m_codes.data() + p * m_panelBytes;
            for (std::size_t k = 0; k < m_depth; k += packedSteps) {
                std::uint8_t bytes[packedSteps * floatColumns] = {};
                for (std::size_t c = 0; c < columns; ++c)
                    for (std::size_t i = 0; i < std::min(packedSteps, m_depth - k); ++i)
                        bytes[i * floatColumns + c] = static_cast<std::uint8_t>(
                            weights.codes[(p * floatColumns + c) * m_depth + k + i]);
                packEight(m_bits, bytes, to);
                to += static_cast<std::size_t>(m_bits) * floatColumns;
            }
        },
        stop);
}

void FloatPanels::packWords(std::span<const std::uint16_t> words, const std::stop_token& stop)
{
    transpose<std::uint16_t, std::uint16_t>(words, m_outputs, m_depth, m_codes.data(), stop,
                                            [](std::uint16_t word) { return word; });
}

std::size_t FloatPanels::sizeBytes() const
{
    return m_codes.size()
           + (m_levels.size() + m_scale.size() + m_offset.size() + m_zero.size()) * sizeof(float);
}

const void* FloatPanels::codesAt(std::size_t panel, std::size_t begin, std::size_t steps, Isa isa,
                                 Bytes bytes) const
{
    const std::uint8_t* codes = m_codes.data() + panel * m_panelBytes;
    if (m_bits >= 8)
        return codes + begin * floatColumns * bytesOfCode(m_coding);
    unpackCodes(m_bits, isa)(codes + begin / packedSteps * static_cast<std::size_t>(m_bits) * floatColumns,
                             (steps + packedSteps - 1) / packedSteps, bytes);
    return bytes;
}

FloatSlice FloatPanels::sliceAt(std::size_t panel, std::size_t k) const
{
    FloatSlice slice;
    if (m_scale.size() != 0) {
        const std::size_t at = (panel * ((m_depth + m_run - 1) / m_run) + k / m_run) * floatColumns;
        slice.scale = m_scale.data() + at;
        slice.zero = m_zero.data() + at;
        slice.offset = m_offset.size() == 0 ? nullptr : m_offset.data() + at;
    }
    slice.twice = m_twice;
    slice.levels = m_levels.data();
    slice.levelCount = m_levels.size();
    slice.levelBytes = m_levelBytes.data();
    return slice;
}

template <typename Body>
void FloatPanels::forSlices(std::size_t panel, std::size_t begin, std::size_t steps, const void* codes,
                            const Body& body) const
{
    for (std::size_t k = begin; k < begin + steps;) {
        const std::size_t end = std::min(begin + steps, (k / m_run + 1) * m_run);
        FloatSlice slice = sliceAt(panel, k);
        slice.codes =
            static_cast<const std::uint8_t*>(codes) + (k - begin) * floatColumns * bytesOfCode(m_coding);
        slice.steps = end - k;
        body(slice, k - begin);
        k = end;
    }
}

const float* FloatPanels::decode(std::size_t panel, std::size_t begin, std::size_t steps, Isa isa,
                                 Bytes bytes, float* out) const
{
    const void* codes = codesAt(panel, begin, steps, isa, bytes);
    if (m_coding == FloatCoding::Float)
        return static_cast<const float*>(codes);
    const FloatDecoder decoder = floatDecoder(m_coding, isa);
    forSlices(panel, begin, steps, codes,
              [&](const FloatSlice& slice, std::size_t k) { decoder.decode(slice, out + k * floatColumns); });
    return out;
}

void FloatPanels::accumulate(std::size_t panel, std::size_t begin, std::size_t steps, Isa isa, Bytes bytes,
                             const float* x, float* sums) const
{
    const void* codes = codesAt(panel, begin, steps, isa, bytes);
    const FloatDecoder decoder = floatDecoder(m_coding, isa);
    const std::size_t stepBytes = static_cast<std::size_t>(m_bits) * floatColumns / 8;
    const std::byte* ahead = static_cast<const std::byte*>(static_cast<const void*>(m_codes.data()))
                             + panel * m_panelBytes + begin * stepBytes + prefetchDistance;
    forSlices(panel, begin, steps, codes, [&](FloatSlice slice, std::size_t k) {
        slice.ahead = ahead + k * stepBytes;
        slice.aheadStride = stepBytes;
        decoder.accumulate(slice, x + k, sums);
    });
}

} // namespace quantoscope
