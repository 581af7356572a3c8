// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/denseconv.h"

#include "core/kernels/conv/areas.h"
#include "core/kernels/conv/convoutput.h"
#include "core/kernels/conv/zerocode.h"
#include "core/kernels/tile.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <array>
#include <type_traits>

namespace quantoscope {

namespace {

constexpr std::size_t largestTile = 16 * 64;
/// Sums that wait to be written as planes: 24 KiB at 32 columns.
constexpr std::size_t stripPositions = 192;
constexpr std::size_t mostTileRows = 16;

/// One panel of outputs on one area.
template <typename Writer>
class DenseTask
{
public:
    using Element = typename Writer::Element;

    DenseTask(const PackedConv& conv, const ConvInput& input, const PaddedImages& images,
              const Writer& writer, ImageLayout layout, ConvScratch& scratch)
        : m_conv(conv), m_dense(conv.dense), m_input(input), m_images(images), m_writer(writer),
          m_kernel(tileKernel(conv.isa)), m_task(scratch), m_planar(layout == ImageLayout::Nchw),
          m_toPlanes(writesPlanes(conv, input, writer, layout)), m_factors{conv.factor, input.factor},
          m_outWidth(static_cast<std::size_t>(m_dense.walked.x.output())),
          m_outputs(static_cast<std::size_t>(conv.geometry.outputs))
    {
    }

    void run(std::size_t image, std::size_t group, std::size_t panel, const Area& area)
    {
        const WeightPlanes& planes = m_dense.groups[group];
        m_image = image;
        m_group = group;
        m_columns = planes.columnsOf(panel);
        m_firstOutput = group * planes.outputs + panel * static_cast<std::size_t>(planes.columns);
        m_panel = panelOf(planes, panel, m_task->panel.atLeast(planes.decodedBytes()));
        m_firstPlace = (group * planes.panels + panel) * static_cast<std::size_t>(planes.columns);
        m_isWhole = zeroCode(m_conv, termsOf(m_input, image), m_input.factor).has_value();
        const std::size_t first = area.y * m_outWidth + area.x;
        Element* const base = m_writer.out + image * m_images.positions * m_outputs;
        if constexpr (Writer::canWritePlanes)
            if (m_toPlanes)
                return runToPlanes(area, base + m_firstOutput * m_images.positions);
        std::size_t count = 0;
        if (m_planar) {
            count = (area.endY - area.y) * (area.endX - area.x);
            m_out = reinterpret_cast<Element*>(m_task->out.atLeast(count * m_columns * sizeof(Element)));
            m_outStride = m_columns;
        } else {
            m_out = base + first * m_outputs + m_firstOutput;
            m_outStride = m_outputs;
        }
        for (std::size_t y = area.y; y < area.endY; ++y)
            multiplyRow(y, area.x, area.endX);
        if (m_planar)
            writePlanes(m_conv.isa, m_out - count * m_outStride, m_outStride, count, m_columns,
                        base + m_firstOutput * m_images.positions + first, m_images.positions);
    }

private:
    /// Sums of some tiles wait in the first cache for their transposition.
    void runToPlanes(const Area& area, Element* planes)
    {
        const std::size_t columns = static_cast<std::size_t>(m_kernel.columns);
        m_strip = reinterpret_cast<std::int32_t*>(
            m_task->out.atLeast((stripPositions + mostTileRows) * columns * sizeof(std::int32_t)));
        m_waiting = 0;
        m_usualKind = m_isWhole ? m_conv.windows.whole() : usualKind(m_conv);
        m_written = area.y * m_outWidth + area.x;
        m_planes = planes;
        for (std::size_t y = area.y; y < area.endY; ++y)
            multiplyRow(y, area.x, area.endX);
        flush(m_waiting);
    }

    void keepTile(std::size_t y, std::size_t x, std::size_t rows)
    {
        const std::size_t columns = static_cast<std::size_t>(m_kernel.columns);
        const std::int32_t zero = termsOf(m_input, m_image).zero;
        for (std::size_t done = 0; done < rows && zero != 0 && !m_isWhole;) {
            const auto [ofY, ofX, left] = classAt(y * m_outWidth + x + done);
            const std::size_t count = std::min(left, rows - done);
            moveToKind(m_conv, zero, ofY * m_conv.windows.x.ranges.size() + ofX, m_usualKind, m_firstOutput,
                       m_columns, m_strip + (m_waiting + done) * columns, columns, count);
            done += count;
        }
        m_waiting += rows;
        if (m_waiting >= stripPositions)
            flush(stripPositions);
    }

    void flush(std::size_t count)
    {
        if constexpr (Writer::canWritePlanes) {
            if (count == 0) // behind the last position there are no terms to read
                return;
            const std::size_t columns = static_cast<std::size_t>(m_kernel.columns);
            const PositionSums sums{m_strip, columns, count, m_columns,
                                    m_images.rowsAt(m_image, m_group, m_written)};
            m_writer.toPlanes(sums, columnTerms(m_conv, m_usualKind, m_firstOutput), m_firstOutput,
                              m_planes + m_written, m_images.positions);
            m_written += count;
            m_waiting -= count;
            std::copy_n(m_strip + count * columns, m_waiting * columns, m_strip);
        }
    }

    /// Tiles of even height: a short last one would cost as much as a full one.
    void multiplyRow(std::size_t y, std::size_t first, std::size_t end)
    {
        const std::size_t count = end - first;
        const auto most = static_cast<std::size_t>(m_kernel.rows);
        const std::size_t tiles = (count + most - 1) / most;
        const ConvAxis& axis = m_dense.walked.y;
        TileInput input;
        input.base = m_images.codes + m_image * m_images.imageBytes + m_group * m_images.groupBytes
                     + y * static_cast<std::size_t>(axis.stride) * m_dense.rowBytes();
        input.rowStride = m_dense.walked.x.stride * static_cast<std::ptrdiff_t>(m_dense.pixelBytes());
        input.stepStride = 4;
        input.segments = m_dense.segments;
        input.stepsPerSegment = m_dense.stepsPerSegment;
        const std::byte* const line = input.base;
        for (std::size_t tile = 0; tile < tiles; ++tile) {
            const std::size_t x = first + count * tile / tiles;
            const std::size_t rows = first + count * (tile + 1) / tiles - x;
            input.base = line + static_cast<std::ptrdiff_t>(x) * input.rowStride;
            if (m_toPlanes) {
                multiply(input, rows, m_strip + m_waiting * static_cast<std::size_t>(m_kernel.columns));
                keepTile(y, x, rows);
            } else if (!writeCodes(input, rows)) {
                multiply(input, rows, m_acc.data());
                writeTile(y, x, rows);
            }
        }
    }

    void multiply(const TileInput& input, std::size_t rows, std::int32_t* acc) const
    {
        if (m_dense.starts.size() == 0)
            m_kernel.multiply(input, m_panel, static_cast<int>(rows), acc);
        else
            m_kernel.multiplySigned(input, m_panel, static_cast<int>(rows),
                                    m_dense.starts.data() + m_firstPlace, acc);
    }

    /// Straight from the registers, where there are tables for that.
    bool writeCodes(const TileInput& input, std::size_t rows)
    {
        if constexpr (std::is_same_v<Writer, CodesWriter>) {
            if (m_writer.tables == nullptr)
                return false;
            const QuantizedOutput& rule = m_writer.rule;
            m_kernel.codesSigned(input, m_panel, static_cast<int>(rows),
                                 {m_writer.tables->starts.data() + m_firstPlace,
                                  m_writer.tables->multipliers.data() + m_firstPlace, rule.zeroPoint,
                                  rule.low, rule.high, static_cast<int>(m_columns), m_outStride},
                                 m_out);
            m_out += rows * m_outStride;
            return true;
        }
        return false;
    }

    /// Rows whose windows are clipped alike go out together.
    void writeTile(std::size_t y, std::size_t x, std::size_t rows)
    {
        const RowTerms* const terms = m_images.rowsAt(m_image, m_group, y * m_outWidth + x);
        const bool clips = !m_isWhole && (terms->zero != 0 || terms->offset != 0);
        const WindowClasses& windows = m_conv.windows;
        const std::size_t kindsOfX = windows.x.ranges.size();
        std::size_t done = 0;
        while (done < rows) {
            std::size_t count = rows - done;
            std::size_t kind = windows.whole();
            if (clips) {
                const std::size_t at = y * m_outWidth + x + done;
                const auto [ofY, ofX, left] = classAt(at);
                kind = ofY * kindsOfX + ofX;
                count = std::min(count, left);
            }
            const TileSums sums{m_acc.data() + done * static_cast<std::size_t>(m_kernel.columns),
                                static_cast<std::size_t>(m_kernel.columns), static_cast<int>(count),
                                static_cast<int>(m_columns)};
            m_writer.write(sums, m_factors, terms + (m_images.hasSums ? done : 0),
                           columnTerms(m_conv, kind, m_firstOutput), m_firstOutput, m_out, m_outStride);
            m_out += count * m_outStride;
            done += count;
        }
    }

    struct ClassAt
    {
        std::size_t y, x;
        std::size_t left; ///< positions from here on that are of this class
    };
    ClassAt classAt(std::size_t position) const
    {
        if (m_conv.geometry.isPointwise())
            return {0, 0, m_outWidth};
        const WindowClasses& windows = m_conv.windows;
        const auto x = static_cast<std::int64_t>(position % m_outWidth);
        const auto run = windows.x.runAt(x);
        return {windows.y.runAt(static_cast<std::int64_t>(position / m_outWidth))->kind, run->kind,
                static_cast<std::size_t>(run->end - x)};
    }

    const PackedConv& m_conv;
    const DenseWeights& m_dense;
    const ConvInput& m_input;
    const PaddedImages& m_images;
    const Writer& m_writer;
    const TileKernel& m_kernel;
    ConvScratch::Borrowed m_task;
    bool m_planar, m_toPlanes;
    ProductFactors m_factors;
    std::size_t m_outWidth, m_outputs;

    std::size_t m_image = 0, m_group = 0, m_columns = 0, m_firstOutput = 0;
    std::size_t m_firstPlace = 0; ///< of the panel's outputs in tables
    bool m_isWhole = false;       ///< padding counts like the image: zeroCode()
    const void* m_panel = nullptr;
    Element* m_out = nullptr; ///< of the next position
    std::size_t m_outStride = 0;
    alignas(64) std::array<std::int32_t, largestTile> m_acc;

    std::int32_t* m_strip = nullptr; ///< [waiting positions][columns of the kernel]
    std::size_t m_usualKind = 0;
    std::size_t m_waiting = 0;
    std::size_t m_written = 0; ///< position of the first that waits
    Element* m_planes = nullptr;
};

template <typename Writer>
void multiplyPanels(const PackedConv& conv, const ConvInput& input, const PaddedImages& images,
                    const Writer& writer, ImageLayout layout, ConvScratch& scratch, std::stop_token stop)
{
    const DenseWeights& dense = conv.dense;
    const Areas areas(dense, tileKernel(conv.isa).columns);
    const std::size_t panels = dense.groups.front().panels;
    const std::size_t ofArea = panels * dense.groups.size();
    parallelFor(
        input.images * areas.count() * ofArea,
        [&](std::size_t i) {
            DenseTask<Writer> task(conv, input, images, writer, layout, scratch);
            task.run(i / ofArea / areas.count(), i % ofArea / panels, i % panels,
                     areas[i / ofArea % areas.count()]);
        },
        stop);
}

TileToCodes shortcut(const PackedConv& conv, const ConvInput& input, const QuantizedOutput& rule)
{
    const bool fits = rule.rule == Requantization::Float && conv.factor == 1 && input.factor == 1
                      && biasesFit(conv, input, rule);
    return fits ? tileToCodes(conv.isa) : nullptr;
}

} // namespace

void convolveDense(const PackedConv& conv, const ConvInput& input, const ConvOutput& output,
                   ConvScratch& scratch, std::stop_token stop)
{
    const PaddedImages images = padImages(conv, input, scratch, stop);
    const Epilogue& out = epilogue(conv.isa);
    const auto run = [&](const auto& writer) {
        multiplyPanels(conv, input, images, writer, output.layout, scratch, stop);
    };
    if (const auto* sums = std::get_if<ConvSums>(&output.to))
        run(SumsWriter{sums->out.data(), out, sumPlanes(conv.isa)});
    else if (const auto* reals = std::get_if<ConvReals>(&output.to))
        run(RealsWriter{reals->out.data(), out, sumPlanes(conv.isa), reals->rule});
    else if (const auto* codes = std::get_if<ConvCodes>(&output.to))
        run(CodesWriter{codes->out.data(), out, codes->rule, tablesOf(*codes),
                        tablesOf(*codes) != nullptr ? nullptr : shortcut(conv, input, codes->rule)});
}

} // namespace quantoscope
