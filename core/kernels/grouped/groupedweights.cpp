// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/grouped/groupedweights.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace quantoscope {

namespace {

constexpr std::size_t columns = GroupedLayout::columns;
constexpr std::size_t step = GroupedLayout::step;
constexpr std::size_t vectorBytes = GroupedLayout::vectorBytes;
using Vector = std::array<std::uint64_t, vectorBytes / 8>;
static_assert(std::endian::native == std::endian::little, "streams are read as little-endian words");

/// The binary16 of a float that is one; nothing for others, infinities and NaN.
bool toHalf(float value, std::uint16_t& half)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t magnitude = bits & 0x7fffffffU;
    const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
    const float scaled = std::bit_cast<float>(magnitude) * 0x1p-112f;
    const auto code = std::bit_cast<std::uint32_t>(scaled) >> 13;
    half = static_cast<std::uint16_t>(sign | code);
    return code < 0x7c00U && std::bit_cast<float>(code << 13) * 0x1p112f == std::bit_cast<float>(magnitude);
}

bool allHalf(const std::vector<float>& values)
{
    std::uint16_t half = 0;
    return std::all_of(values.begin(), values.end(), [&](float value) { return toHalf(value, half); });
}

std::size_t floatBytes(const std::vector<float>& values)
{
    return values.empty() ? 0 : allHalf(values) ? 2 : 4;
}

void chooseBits(GroupedLayout& layout, int bits)
{
    std::size_t best = std::numeric_limits<std::size_t>::max();
    GroupedLayout trial = layout;
    for (int stored = bits; stored <= 8; ++stored) {
        trial.storedBits = stored;
        trial.chunkSteps = 8U / static_cast<unsigned>(stored & -stored);
        if (trial.panelBytes() >= best)
            continue;
        best = trial.panelBytes();
        layout = trial;
    }
}

/// Tables become bytes: table[code] + zero.
void chooseTable(const CodeMatrix& matrix, GroupedWeights& weights)
{
    if (matrix.table.empty())
        return;
    const auto [low, high] = std::minmax_element(matrix.table.begin(), matrix.table.end());
    if (*high - *low > 255)
        throw Error(ErrorCode::Unsupported,
                    "A table of integers that spans more than 255 does not fit the grouped kernels.");
    weights.zero = -*low;
    for (const std::int16_t value : matrix.table)
        weights.table.push_back(static_cast<std::uint8_t>(value + weights.zero));
}

void chooseZeros(const CodeMatrix& matrix, GroupedWeights& weights)
{
    if (!matrix.table.empty() || matrix.zero.empty())
        return;
    const auto [low, high] = std::minmax_element(matrix.zero.begin(), matrix.zero.end());
    weights.zero = *low;
    weights.layout.zeroBytes = *low == *high ? 0 : *low >= 0 && *high <= 255 ? 1 : 4;
}

float sumOf(const CodeMatrix& matrix, const Depth& depth, std::size_t output)
{
    const std::uint16_t* code = matrix.codes.data() + output * matrix.depth.depth;
    double sum = 0;
    for (std::size_t group = 0; group < depth.runs(); ++group) {
        const std::size_t size = depth.sizeOf(group);
        const std::size_t set = output * matrix.setsPerOutput() + (matrix.grouped ? group : 0);
        std::int64_t codes = 0;
        if (matrix.table.empty()) {
            for (std::size_t k = 0; k < size; ++k)
                codes += code[k];
            codes = matrix.factor * codes - static_cast<std::int64_t>(size) * matrix.zero[set];
        } else {
            for (std::size_t k = 0; k < size; ++k)
                codes += matrix.table[code[k]];
        }
        sum += static_cast<double>(matrix.scale[set]) * static_cast<double>(codes);
        if (!matrix.offset.empty())
            sum += static_cast<double>(matrix.offset[set]) * static_cast<double>(size);
        code += size;
    }
    return static_cast<float>(sum);
}

/// Writes one panel from front to back.
class PanelWriter
{
public:
    PanelWriter(const CodeMatrix& matrix, const GroupedWeights& weights, std::size_t panel, std::byte* out)
        : m_matrix(matrix), m_layout(weights.layout), m_first(panel * columns),
          m_count(std::min(columns, weights.outputs - m_first)), m_out(out)
    {
    }

    void writeGroup(std::size_t group)
    {
        floats(m_matrix.scale, m_layout.scaleBytes, group);
        zeros(group);
        floats(m_matrix.offset, m_layout.offsetBytes, group);
        codes(group);
    }

private:
    std::size_t setOf(std::size_t column, std::size_t group) const
    {
        return (m_first + column) * m_matrix.setsPerOutput() + (m_matrix.grouped ? group : 0);
    }

    void floats(const std::vector<float>& values, std::size_t bytes, std::size_t group)
    {
        for (std::size_t c = 0; c < m_count && bytes != 0; ++c) {
            const float value = values[setOf(c, group)];
            std::uint16_t half = 0;
            toHalf(value, half);
            std::memcpy(m_out + c * bytes, bytes == 2 ? static_cast<const void*>(&half) : &value, bytes);
        }
        m_out += columns * bytes;
    }

    void zeros(std::size_t group)
    {
        for (std::size_t c = 0; c < m_count && m_layout.zeroBytes != 0; ++c)
            std::memcpy(m_out + c * m_layout.zeroBytes, &m_matrix.zero[setOf(c, group)], m_layout.zeroBytes);
        m_out += columns * m_layout.zeroBytes;
    }

    void codes(std::size_t group)
    {
        const std::size_t begin = group * m_layout.depth.run;
        const std::size_t end = begin + m_layout.depth.sizeOf(group);
        const std::size_t chunkCodes = m_layout.chunkSteps * step;
        for (std::size_t k = begin; k < end; k += chunkCodes)
            chunk(k, std::min(end - k, chunkCodes));
    }

    void chunk(std::size_t k, std::size_t count)
    {
        std::array<Vector, 8> bytes{};
        for (std::size_t c = 0; c < m_count; ++c) {
            const std::uint16_t* const from =
                m_matrix.codes.data() + (m_first + c) * m_matrix.depth.depth + k;
            auto* const to = reinterpret_cast<std::uint8_t*>(bytes.data()) + c * step;
            for (std::size_t i = 0; i < count; ++i)
                to[i / step * vectorBytes + i % step] = static_cast<std::uint8_t>(from[i]);
        }
        unsigned position = 0;
        for (unsigned width = 8; width > 0; width /= 2) {
            if ((static_cast<unsigned>(m_layout.storedBits) & width) == 0)
                continue;
            plane(bytes, width, position);
            position += width;
        }
    }

    void plane(const std::array<Vector, 8>& bytes, unsigned width, unsigned position)
    {
        const unsigned fields = 8 / width;
        const std::uint64_t mask = 0x0101010101010101U * ((1U << width) - 1);
        for (std::size_t v = 0; v < m_layout.chunkSteps / fields; ++v) {
            Vector packed{};
            for (unsigned f = 0; f < fields; ++f)
                for (std::size_t i = 0; i < packed.size(); ++i)
                    packed[i] |= (bytes[v * fields + f][i] >> position & mask) << f * width;
            std::memcpy(m_out, packed.data(), vectorBytes);
            m_out += vectorBytes;
        }
    }

    const CodeMatrix& m_matrix;
    const GroupedLayout& m_layout;
    std::size_t m_first;
    std::size_t m_count;
    std::byte* m_out;
};

void requireExact(const CodeMatrix& matrix, std::size_t group)
{
    if (matrix.bits > 8)
        throw Error(ErrorCode::Unsupported, "The grouped kernels hold codes of at most 8 bits.");
    const std::int64_t limit = std::numeric_limits<std::int32_t>::max() / 128;
    const std::int64_t largest = std::max<std::int64_t>(matrix.largestInteger(), 1);
    if (static_cast<std::int64_t>(group) > limit / largest)
        throw Error(ErrorCode::InvalidArgument, "Groups of " + std::to_string(group)
                                                    + " codes may overflow 32-bit sums; at most "
                                                    + std::to_string(limit / largest) + " are safe.");
}

} // namespace

std::size_t GroupedLayout::totalSteps() const
{
    return groups() == 0 ? 0 : (groups() - 1) * steps(0) + steps(groups() - 1);
}

std::size_t GroupedLayout::panelBytes() const
{
    return groups() == 0 ? 0 : (groups() - 1) * groupBytes(0) + groupBytes(groups() - 1);
}

GroupedWeights packGrouped(const CodeMatrix& matrix, std::stop_token stop)
{
    matrix.validate();
    GroupedWeights weights;
    weights.outputs = matrix.outputs;
    weights.bits = matrix.bits;
    weights.factor = matrix.factor;
    weights.layout.depth = matrix.depth;
    if (!matrix.grouped)
        weights.layout.depth.run = std::max<std::size_t>(matrix.depth.depth, 1);
    const std::size_t longest = std::min(weights.layout.depth.run, matrix.depth.depth);
    requireExact(matrix, longest);
    weights.largestSum = static_cast<std::int64_t>(longest) * matrix.largestInteger() * 128;
    weights.layout.scaleBytes = std::max<std::size_t>(floatBytes(matrix.scale), 2);
    weights.layout.offsetBytes = floatBytes(matrix.offset);
    chooseTable(matrix, weights);
    chooseZeros(matrix, weights);
    chooseBits(weights.layout, matrix.bits);

    weights.sums.resize(matrix.outputs);
    weights.stream = AlignedBuffer<std::byte>(weights.panels() * weights.panelStride());
    parallelFor(
        weights.panels(),
        [&](std::size_t panel) {
            PanelWriter writer(matrix, weights, panel, weights.stream.data() + panel * weights.panelStride());
            for (std::size_t group = 0; group < weights.layout.groups(); ++group) {
                writer.writeGroup(group);
                if (group % 256 == 0)
                    throwIfStopped(stop);
            }
            for (std::size_t n = panel * columns; n < std::min(matrix.outputs, (panel + 1) * columns); ++n)
                weights.sums[n] = sumOf(matrix, weights.layout.depth, n);
        },
        stop);
    return weights;
}

} // namespace quantoscope
