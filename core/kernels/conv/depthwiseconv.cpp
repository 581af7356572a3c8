// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/depthwiseconv.h"

#include "core/kernels/conv/convoutput.h"
#include "core/kernels/conv/copypixels.h"
#include "core/kernels/conv/depthwiseslab.h"
#include "core/kernels/conv/zerocode.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace quantoscope {

namespace {

/// Sums that wait for the epilogue: 32 KiB.
constexpr std::size_t pieceSums = 8192;

/// Some output rows of an image.
template <typename Writer>
class DepthwiseTask
{
public:
    using Element = typename Writer::Element;

    DepthwiseTask(const PackedConv& conv, const ConvInput& input, const ConvOutput& output,
                  const Writer& writer, const SlabSizes& sizes, ConvScratch& scratch)
        : m_conv(conv), m_weights(conv.depthwise), m_input(input), m_writer(writer), m_sizes(sizes),
          m_task(scratch), m_planar(output.layout == ImageLayout::Nchw),
          m_toPlanes(writesPlanes(conv, input, writer, output.layout)),
          m_width(static_cast<std::size_t>(conv.geometry.x.output()))
    {
    }

    void run(std::size_t image, std::size_t firstRow)
    {
        const ConvAxis& y = m_conv.geometry.y;
        const std::size_t rows =
            std::min(m_sizes.rowsOfTask, static_cast<std::size_t>(y.output()) - firstRow);
        const auto origin = static_cast<std::int64_t>(firstRow) * y.stride;
        const std::byte* const slab =
            fillSlab(m_conv, m_input, m_sizes, image, origin, m_sizes.rowsFor(y, rows), *m_task);
        if (tables() == nullptr) {
            m_terms.assign(std::max(m_width, std::size_t{1}), termsOf(m_input, image));
            for (RowTerms& terms : m_terms)
                terms.sum = 0;
            m_isWhole = zeroCode(m_conv, m_terms.front(), m_input.factor).has_value();
        }
        const auto positions = static_cast<std::size_t>(m_conv.geometry.positions());
        const std::size_t outputs = m_weights.outputs;
        Element* const base = m_writer.out + image * positions * outputs;
        const std::size_t first = firstRow * m_width;
        if constexpr (Writer::canWritePlanes)
            if (m_toPlanes)
                return multiplyToPlanes(slab, firstRow, rows, base + first);
        // Straight to where they belong unless that is in another order or narrower than a pixel's lanes.
        const bool straight = !m_planar && (tables() == nullptr || outputs == m_weights.lanes);
        m_outStride = straight ? outputs : m_weights.lanes;
        Element* const out = straight ? base + first * outputs
                                      : reinterpret_cast<Element*>(m_task->out.atLeast(
                                          rows * m_width * m_outStride * sizeof(Element)));
        if constexpr (std::is_same_v<Writer, CodesWriter>) {
            if (tables() != nullptr)
                writeCodes(slab, rows, out);
            else
                multiplyArea(slab, firstRow, rows, out);
        } else {
            multiplyArea(slab, firstRow, rows, out);
        }
        if (m_planar)
            writePlanes(m_conv.isa, out, m_outStride, rows * m_width, outputs, base + first, positions);
        else if (!straight)
            for (std::size_t i = 0; i < rows * m_width; ++i)
                copyPixel(reinterpret_cast<const std::int8_t*>(out + i * m_outStride),
                          outputs * sizeof(Element),
                          reinterpret_cast<std::int8_t*>(base + (first + i) * outputs));
    }

private:
    const CodeTables* tables() const
    {
        if constexpr (std::is_same_v<Writer, CodesWriter>)
            return m_writer.tables;
        else
            return nullptr;
    }

    /// Positions whose windows are clipped alike go out together.
    void multiplyArea(const std::byte* slab, std::size_t firstRow, std::size_t rows, Element* out)
    {
        const WindowAxis& x = m_conv.windows.x;
        const std::span<const WindowRun> runs = m_isWhole ? std::span(&m_everything, 1) : std::span(x.runs);
        for (const WindowRun& columns : runs) {
            DepthwiseRun run = runOf(slab, columns);
            Element* const to = out + static_cast<std::size_t>(columns.first) * m_outStride;
            for (std::size_t row = 0; row < rows; ++row, run.at += rowBytes()) {
                const std::size_t kind =
                    m_isWhole ? m_conv.windows.whole() : kindOfRow(firstRow + row) + columns.kind;
                multiplyRow(run, kind, to + row * m_width * m_outStride);
            }
        }
    }

    /// Of the window of its first position, but for what x adds.
    std::size_t kindOfRow(std::size_t row) const
    {
        const WindowClasses& windows = m_conv.windows;
        return windows.y.runAt(static_cast<std::int64_t>(row))->kind * windows.x.ranges.size();
    }

    std::ptrdiff_t rowBytes() const
    {
        return m_conv.geometry.y.stride * static_cast<std::ptrdiff_t>(m_sizes.rowBytes);
    }

    DepthwiseRun runOf(const std::byte* slab, const WindowRun& columns) const
    {
        DepthwiseRun run;
        run.positionBytes = m_conv.geometry.x.stride * static_cast<std::ptrdiff_t>(m_sizes.pixelBytes);
        run.at = slab + columns.first * run.positionBytes;
        run.positions = static_cast<std::size_t>(columns.end - columns.first);
        run.taps = m_weights.offsets;
        run.lanes = m_weights.lanes;
        run.period = m_weights.period;
        run.weights = m_weights.packed.data();
        run.start = m_weights.start.data();
        return run;
    }

    /// Sums of some rows, or of a part of one, wait in the first cache for their transposition.
    void multiplyToPlanes(const std::byte* slab, std::size_t firstRow, std::size_t rows, Element* out)
    {
        const std::size_t lanes = m_weights.lanes;
        const std::size_t most = std::max<std::size_t>(pieceSums / lanes, 1);
        auto* const acc =
            reinterpret_cast<std::int32_t*>(m_task->sums.atLeast(most * lanes * sizeof(std::int32_t)));
        const std::size_t usual = m_isWhole ? m_conv.windows.whole() : usualKind(m_conv);
        const PositionSums sums{acc, lanes, 0, m_weights.outputs, m_terms.data()};
        std::size_t waiting = 0;
        const auto flush = [&] {
            PositionSums some = sums;
            some.positions = waiting;
            m_writer.toPlanes(some, columnTerms(m_conv, usual, 0), 0, out,
                              static_cast<std::size_t>(m_conv.geometry.positions()));
            out += waiting;
            waiting = 0;
        };
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t x = 0; x < m_width;) {
                if (waiting == most || (waiting > 0 && waiting + m_width - x > most && m_width <= most))
                    flush();
                const std::size_t count = std::min(most - waiting, m_width - x);
                const WindowRun columns{static_cast<std::int64_t>(x), static_cast<std::int64_t>(x + count),
                                        0};
                DepthwiseRun run = runOf(slab, columns);
                run.at += static_cast<std::ptrdiff_t>(row) * rowBytes();
                m_weights.kernel->multiply(run, acc + waiting * lanes);
                moveToUsual(firstRow + row, columns, usual, acc + waiting * lanes);
                waiting += count;
                x += count;
            }
        }
        flush();
    }

    void moveToUsual(std::size_t row, const WindowRun& columns, std::size_t usual, std::int32_t* acc) const
    {
        const std::int32_t zero = m_terms.front().zero;
        if (zero == 0 || m_isWhole)
            return;
        const WindowAxis& x = m_conv.windows.x;
        const std::size_t ofRow = kindOfRow(row);
        for (const WindowRun& run : x.runs) {
            const std::int64_t first = std::max(run.first, columns.first);
            const std::int64_t end = std::min(run.end, columns.end);
            if (first < end)
                moveToKind(m_conv, zero, ofRow + run.kind, usual, 0, m_weights.outputs,
                           acc + static_cast<std::size_t>(first - columns.first) * m_weights.lanes,
                           m_weights.lanes, static_cast<std::size_t>(end - first));
        }
    }

    void writeCodes(const std::byte* slab, std::size_t rows, std::int8_t* out) const
    {
        const ConvGeometry& g = m_conv.geometry;
        DepthwiseRun run = runOf(slab, m_everything);
        run.start = tables()->starts.data();
        DepthwiseCodes rule;
        rule.multipliers = tables()->multipliers.data();
        rule.low = m_writer.rule.low;
        rule.high = m_writer.rule.high;
        rule.zeroPoint = m_writer.rule.zeroPoint;
        rule.rows = rows;
        rule.rowBytes = rowBytes();
        rule.outBytes = static_cast<std::ptrdiff_t>(m_width * m_outStride);
        rule.sharesRows = m_weights.steps == 3 && g.y.kernel == 3 && m_weights.slotsOfRow == 4
                          && g.y.stride == 1 && g.y.dilation == 1;
        m_weights.kernel->toCodes(run, rule, out);
    }

    void multiplyRow(DepthwiseRun run, std::size_t kind, Element* out)
    {
        const std::size_t piece = std::max<std::size_t>(pieceSums / run.lanes, 1);
        const std::size_t all = run.positions;
        for (std::size_t done = 0; done < all; done += piece, out += piece * m_outStride) {
            run.positions = std::min(piece, all - done);
            writeRun(run, kind, out);
            run.at += static_cast<std::ptrdiff_t>(piece) * run.positionBytes;
        }
    }

    void writeRun(DepthwiseRun run, std::size_t kind, Element* out)
    {
        const std::size_t count = run.positions * run.lanes;
        auto* const acc =
            reinterpret_cast<std::int32_t*>(m_task->sums.atLeast(2 * count * sizeof(std::int32_t)));
        m_weights.kernel->multiply(run, acc);
        TileSums sums{acc, run.lanes, static_cast<int>(run.positions), static_cast<int>(m_weights.outputs)};
        const ProductFactors factors{m_conv.factor, m_input.factor};
        const ColumnTerms columns = columnTerms(m_conv, kind, 0);
        if (columns.offset == nullptr || !std::is_same_v<Element, float>)
            return m_writer.write(sums, factors, m_terms.data(), columns, 0, out, m_outStride);
        // Offsets of weights need the sum of each window of each channel.
        run.weights = m_weights.ones.data();
        run.start = m_weights.startOfOnes.data();
        m_weights.kernel->multiply(run, acc + count);
        sums.columns = 1;
        std::vector<RowTerms> terms(m_terms.begin(),
                                    m_terms.begin() + static_cast<std::ptrdiff_t>(run.positions));
        for (std::size_t output = 0; output < m_weights.outputs; ++output) {
            for (std::size_t i = 0; i < run.positions; ++i)
                terms[i].sum = acc[count + i * run.lanes + output];
            sums.acc = acc + output;
            m_writer.write(sums, factors, terms.data(), columnTerms(m_conv, kind, output), output,
                           out + output, m_outStride);
        }
    }

    const PackedConv& m_conv;
    const DepthwiseWeights& m_weights;
    const ConvInput& m_input;
    const Writer& m_writer;
    const SlabSizes& m_sizes;
    ConvScratch::Borrowed m_task;
    bool m_planar, m_toPlanes;
    std::size_t m_width;
    WindowRun m_everything{0, m_conv.geometry.x.output(), 0};
    bool m_isWhole = false; ///< padding counts like the image: zeroCode()
    std::size_t m_outStride = 0;
    std::vector<RowTerms> m_terms;
};

template <typename Writer>
void multiplyRows(const PackedConv& conv, const ConvInput& input, const ConvOutput& output,
                  const Writer& writer, ConvScratch& scratch, std::stop_token stop)
{
    const SlabSizes sizes(conv);
    const auto height = static_cast<std::size_t>(conv.geometry.y.output());
    const std::size_t pieces = (height + sizes.rowsOfTask - 1) / sizes.rowsOfTask;
    parallelFor(
        input.images * pieces,
        [&](std::size_t i) {
            DepthwiseTask<Writer>(conv, input, output, writer, sizes, scratch)
                .run(i / pieces, i % pieces * sizes.rowsOfTask);
        },
        stop);
}

} // namespace

void convolveDepthwise(const PackedConv& conv, const ConvInput& input, const ConvOutput& output,
                       ConvScratch& scratch, std::stop_token stop)
{
    const Epilogue& out = epilogue(conv.isa);
    const auto run = [&](const auto& writer) { multiplyRows(conv, input, output, writer, scratch, stop); };
    if (const auto* sums = std::get_if<ConvSums>(&output.to))
        run(SumsWriter{sums->out.data(), out, sumPlanes(conv.isa)});
    else if (const auto* reals = std::get_if<ConvReals>(&output.to))
        run(RealsWriter{reals->out.data(), out, sumPlanes(conv.isa), reals->rule});
    else if (const auto* codes = std::get_if<ConvCodes>(&output.to))
        run(CodesWriter{codes->out.data(), out, codes->rule, tablesOf(*codes)});
}

} // namespace quantoscope
