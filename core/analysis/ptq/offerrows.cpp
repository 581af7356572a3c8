// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/productinput.h"
#include "core/analysis/ptq/rowsample.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Counts through all coordinates below `limits`, the last one fastest.
void advance(std::vector<std::int64_t>& at, const std::vector<std::int64_t>& limits)
{
    for (std::size_t i = at.size(); i-- > 0;) {
        if (++at[i] < limits[i])
            return;
        at[i] = 0;
    }
}

/// Where the taps of one output position lie in the plane of a channel; -1 in the padding or where no tap meets.
class TapOffsets
{
public:
    TapOffsets(const ProductInput& input, const Shape& shape)
        : m_transposed(input.transposed), m_axes(input.axes), m_offsets(input.taps())
    {
        for (std::size_t i = 0; i < m_axes.size(); ++i) {
            ConvAxis& axis = m_axes[i];
            axis.input = shape[i + 2];
            if (!m_transposed)
                axis = withAutoPad(axis, input.autoPad);
            m_plane *= axis.input;
            m_outputs.push_back(std::max<std::int64_t>(0, outputOf(axis)));
            m_positions *= m_outputs.back();
            m_kernel.push_back(axis.kernel);
        }
        m_at.assign(m_axes.size(), 0);
        m_tap.assign(m_axes.size(), 0);
    }

    std::int64_t positions() const { return m_positions; }
    std::size_t plane() const { return static_cast<std::size_t>(m_plane); }

    /// Of the position that comes next, from the first on.
    void next() { advance(m_at, m_outputs); }

    const std::vector<std::int64_t>& here()
    {
        for (std::int64_t& offset : m_offsets) {
            offset = 0;
            for (std::size_t i = 0; i < m_axes.size() && offset >= 0; ++i) {
                const std::int64_t coordinate = coordinateOf(m_axes[i], m_at[i], m_tap[i]);
                offset = coordinate < 0 || coordinate >= m_axes[i].input
                             ? -1
                             : offset * m_axes[i].input + coordinate;
            }
            advance(m_tap, m_kernel);
        }
        return m_offsets;
    }

private:
    std::int64_t outputOf(const ConvAxis& axis) const
    {
        if (m_transposed)
            return (axis.input - 1) * axis.stride + axis.reach() - axis.padBegin - axis.padEnd;
        return axis.padded() < axis.reach() ? 0 : axis.output();
    }

    std::int64_t coordinateOf(const ConvAxis& axis, std::int64_t output, std::int64_t tap) const
    {
        if (!m_transposed)
            return output * axis.stride - axis.padBegin + tap * axis.dilation;
        const std::int64_t reached = output + axis.padBegin - tap * axis.dilation;
        return reached < 0 || reached % axis.stride != 0 ? -1 : reached / axis.stride;
    }

    bool m_transposed;
    std::vector<ConvAxis> m_axes;
    std::vector<std::int64_t> m_outputs, m_kernel, m_at, m_tap, m_offsets;
    std::int64_t m_positions = 1;
    std::int64_t m_plane = 1;
};

/// Places of rows that come one after the other.
class Places
{
public:
    Places(std::uint64_t first, std::size_t samples, std::uint64_t use, std::size_t rows)
        : m_first(first), m_use(use), m_perSample(samples > 0 && rows % samples == 0 ? rows / samples : rows)
    {
    }
    RowPlace operator()(std::size_t row) const
    {
        return {m_first + row / m_perSample, m_use, row % m_perSample};
    }

private:
    std::uint64_t m_first;
    std::uint64_t m_use;
    std::size_t m_perSample;
};

void copyPatch(std::span<const float> image, std::size_t plane, const std::vector<std::int64_t>& offsets,
               std::span<float> patch)
{
    std::size_t at = 0;
    for (std::size_t channel = 0; at < patch.size(); ++channel)
        for (const std::int64_t offset : offsets)
            patch[at++] = offset < 0 ? 0.0f : image[channel * plane + static_cast<std::size_t>(offset)];
}

void offerPatches(const ProductInput& input, const ValueView& value, std::uint64_t first, std::size_t samples,
                  std::uint64_t use, RowSample& draw)
{
    TapOffsets taps(input, value.shape);
    const auto positions = static_cast<std::size_t>(taps.positions());
    const std::size_t perImage = input.features * taps.plane();
    const std::size_t rows = static_cast<std::size_t>(value.shape[0]) * positions;
    if (rows == 0 || perImage == 0)
        return;
    const Places places(first, samples, use, rows);
    for (std::size_t row = 0; row < rows; ++row, taps.next())
        if (const auto out = draw.offer(places(row)); !out.empty())
            copyPatch(value.values.subspan(row / positions * perImage, perImage), taps.plane(), taps.here(),
                      out);
}

} // namespace

void offerRows(const ProductInput& input, const ValueView& value, std::uint64_t first, std::size_t samples,
               std::uint64_t use, RowSample& draw)
{
    const std::size_t axis = input.featureAxis(value.shape);
    if (value.values.empty())
        return;
    if (input.images)
        return offerPatches(input, value, first, samples, use, draw);
    std::size_t inner = 1;
    for (std::size_t i = axis + 1; i < value.shape.size(); ++i)
        inner *= static_cast<std::size_t>(value.shape[i]);
    const std::size_t rows = value.values.size() / input.features;
    const Places places(first, samples, use, rows);
    for (std::size_t row = 0; row < rows; ++row) {
        const auto out = draw.offer(places(row));
        const std::size_t start = row / inner * inner * input.features + row % inner;
        for (std::size_t k = 0; k < out.size(); ++k)
            out[k] = value.values[start + k * inner];
    }
}

} // namespace quantoscope
