// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/grouped/groupedproduct.h"

#include "core/kernels/grouped/groupedkernel.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <array>
#include <memory>
#include <new>

namespace quantoscope {

namespace {

constexpr std::size_t columns = GroupedLayout::columns;
constexpr std::size_t mostTile = 16 * 64;

/// Memory for decoded panels, not touched before it is written.
class Scratch
{
public:
    explicit Scratch(std::size_t size)
        : m_data(static_cast<std::byte*>(::operator new(std::max<std::size_t>(size, 1), alignment)))
    {
    }
    std::byte* data() { return m_data.get(); }

private:
    static constexpr std::align_val_t alignment{64};
    struct Free
    {
        void operator()(std::byte* data) const { ::operator delete(data, alignment); }
    };
    std::unique_ptr<std::byte, Free> m_data;
};

class Product
{
public:
    Product(const GroupedWeights& weights, const GroupedActivations& activations, const FloatOutput& output,
            float* out, std::size_t stride, const std::stop_token& stop)
        : m_weights(weights), m_activations(activations), m_output(output), m_out(out), m_stride(stride),
          m_stop(stop), m_kernel(groupedKernel(weights, activations.isa))
    {
    }

    bool byRow() const { return m_activations.rows == 1 && m_kernel.multiplyRow != nullptr; }
    std::size_t panelsOfTile() const { return static_cast<std::size_t>(m_kernel.panels); }

    /// Panels [begin, end) for a single row.
    void multiplyRow(std::size_t begin, std::size_t end) const
    {
        const GroupedTile row = tileOf(0);
        for (std::size_t panel = begin; panel < end; ++panel) {
            alignas(64) std::array<float, columns> f;
            m_kernel.multiplyRow(m_weights, panel, row, f.data());
            finish(f.data(), 0, 1, panel, 1);
        }
    }

    /// Panels [begin, end) for all rows.
    void multiply(std::size_t begin, std::size_t end) const
    {
        const std::size_t bytes = decodedPanelBytes(m_weights);
        Scratch scratch(bytes * panelsOfTile());
        for (std::size_t panel = begin; panel < end; panel += panelsOfTile()) {
            const std::size_t count = std::min(panelsOfTile(), end - panel);
            for (std::size_t p = 0; p < count; ++p)
                m_kernel.decode(m_weights, panel + p, scratch.data() + p * bytes);
            for (std::size_t block = 0; block + 1 < m_activations.blocks.size(); ++block) {
                throwIfStopped(m_stop);
                fetchNext(panel + count, std::min(panel + count + panelsOfTile(), end), block);
                alignas(64) std::array<float, mostTile> f;
                GroupedTile tile = tileOf(block);
                tile.panel = scratch.data();
                // The last panel may be alone: it then stands for its neighbour, too.
                tile.nextPanel = count > 1 ? static_cast<std::ptrdiff_t>(bytes) : 0;
                m_kernel.multiply(tile, f.data());
                finish(f.data(), m_activations.blocks[block], static_cast<std::size_t>(tile.rows), panel,
                       count);
            }
        }
    }

private:
    /// Panels [begin, end), those to be decoded next, in as many shares as there are blocks of rows.
    void fetchNext(std::size_t begin, std::size_t end, std::size_t block) const
    {
        const std::size_t blocks = m_activations.blocks.size() - 1;
        const std::size_t lines = begin < end ? (end - begin) * m_weights.panelStride() / 64 : 0;
        const std::byte* const stream = m_weights.panel(begin);
        for (std::size_t line = lines * block / blocks; line < lines * (block + 1) / blocks; ++line)
            __builtin_prefetch(stream + line * 64, 0, 2);
    }

    GroupedTile tileOf(std::size_t block) const
    {
        const std::size_t first = m_activations.blocks[block];
        const GroupedLayout& layout = m_weights.layout;
        GroupedTile tile;
        tile.codes = m_activations.codes.data() + first * m_activations.rowBytes;
        tile.sums = m_activations.sums.data() + first * m_activations.groups;
        tile.starts = m_activations.starts.empty()
                          ? nullptr
                          : m_activations.starts.data() + first * m_activations.groups;
        tile.rows = static_cast<int>(m_activations.blocks[block + 1] - first);
        tile.mode = modeOf(m_weights);
        tile.shift = m_weights.factor - 1;
        tile.groups = layout.groups();
        tile.steps = tile.groups == 0 ? 0 : layout.steps(0);
        tile.lastSteps = tile.groups == 0 ? 0 : layout.steps(tile.groups - 1);
        return tile;
    }

    void finish(const float* f, std::size_t firstRow, std::size_t rows, std::size_t panel,
                std::size_t count) const
    {
        const std::size_t first = panel * columns;
        const std::size_t end = std::min(m_weights.outputs, first + count * columns);
        const std::size_t tileColumns = (rows == 1 && byRow() ? 1 : panelsOfTile()) * columns;
        const bool clamps = m_output.low < m_output.high;
        for (std::size_t r = 0; r < rows; ++r) {
            const float scale = m_activations.scale[firstRow + r];
            const float shift = m_activations.shift[firstRow + r];
            float* const to = m_out + (firstRow + r) * m_stride;
            const float* const from = f + r * tileColumns;
            for (std::size_t n = first; n < end; ++n) {
                float y = scale * from[n - first] + shift * m_weights.sums[n];
                if (m_output.bias != nullptr)
                    y += m_output.bias[n];
                if (clamps)
                    y = y < m_output.low ? m_output.low : y > m_output.high ? m_output.high : y;
                to[n] = y;
            }
        }
    }

    const GroupedWeights& m_weights;
    const GroupedActivations& m_activations;
    const FloatOutput& m_output;
    float* m_out;
    std::size_t m_stride;
    const std::stop_token& m_stop;
    GroupedKernel m_kernel;
};

void requireFit(const GroupedWeights& weights, const GroupedActivations& activations, std::size_t stride)
{
    const bool fits =
        activations.depth == weights.layout.depth.depth && activations.groups == weights.layout.groups()
        && activations.starts.empty() == (weights.layout.zeroBytes != 0 || activations.sums.empty())
        && activations.rowBytes
               == weights.layout.totalSteps() * GroupedLayout::step * (activations.wide ? 2 : 1)
        && activations.wide == groupedKernel(weights, activations.isa).wide;
    if (!fits)
        throw Error(ErrorCode::InvalidArgument, "The activations were packed for other weights.");
    if (activations.rows > 1 && stride < weights.outputs)
        throw Error(ErrorCode::InvalidArgument, "Rows of the result are shorter than the outputs.");
}

/// Panels for one task: enough to pay for it, few enough to share and to stop.
std::size_t panelsOfTask(const GroupedWeights& weights, std::size_t panelsOfTile)
{
    constexpr std::size_t tasks = 16;
    const std::size_t panels = (weights.panels() + tasks - 1) / tasks;
    return (panels + panelsOfTile - 1) / panelsOfTile * panelsOfTile;
}

} // namespace

void multiplyGrouped(const GroupedWeights& weights, const GroupedActivations& activations,
                     const FloatOutput& output, float* out, std::size_t stride, std::stop_token stop)
{
    requireFit(weights, activations, stride);
    if (activations.rows == 0 || weights.outputs == 0)
        return;
    const Product product(weights, activations, output, out, stride, stop);
    const std::size_t share = panelsOfTask(weights, product.byRow() ? 1 : product.panelsOfTile());
    parallelFor((weights.panels() + share - 1) / share,
                [&](std::size_t task) {
                    const std::size_t begin = task * share;
                    const std::size_t end = std::min(begin + share, weights.panels());
                    if (product.byRow())
                        product.multiplyRow(begin, end);
                    else
                        product.multiply(begin, end);
                },
                stop);
}

std::string_view groupedKernelName(const GroupedWeights& weights, std::size_t rows, Isa isa)
{
    const GroupedKernel kernel = groupedKernel(weights, isa);
    return rows == 1 && kernel.multiplyRow != nullptr ? kernel.rowName : kernel.name;
}

} // namespace quantoscope
