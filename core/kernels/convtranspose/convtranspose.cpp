// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/convtranspose/convtranspose.h"

#include "core/kernels/conv/convoutput.h"
#include "core/kernels/conv/paddedimage.h"
#include "core/kernels/conv/pixelsums.h"
#include "core/kernels/convtranspose/scatter.h"
#include "core/kernels/tile.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

namespace quantoscope {

namespace {

/// Sums of a band that wait for their positions: half a second cache.
constexpr std::size_t bandSums = std::size_t{1} << 17;
/// Fewer pixels do not pay for decoding the weights.
constexpr std::size_t leastPixels = 96;
constexpr std::size_t largestTile = 1024;
constexpr std::size_t mostTileRows = 16;
constexpr std::size_t stripTiles = 4;
constexpr std::size_t onePiece = 256;
/// Vector loads of the last step may reach this far behind the pixels.
constexpr std::size_t slack = 64;

/// Pieces of one block of memory, each on a line of its own.
class Pieces
{
public:
    std::size_t add(std::size_t bytes)
    {
        const std::size_t at = m_size;
        m_size += (bytes + 63) / 64 * 64;
        return at;
    }
    std::size_t size() const { return m_size; }

private:
    std::size_t m_size = 0;
};

/// The work on rows [first, end) of the result of one group and image.
template <typename Writer>
class BandTask
{
public:
    using Element = typename Writer::Element;

    BandTask(const PackedTranspose& packed, const TransposeGeometry& geometry, const ConvInput& input,
             const Writer& writer, ImageLayout layout, ConvScratch& scratch)
        : m_packed(packed), m_geometry(geometry), m_input(input), m_writer(writer),
          m_planar(layout == ImageLayout::Nchw), m_kernel(tileKernel(packed.isa)), m_task(scratch),
          m_outputs(static_cast<std::size_t>(geometry.groupOutputs())),
          m_columns(static_cast<std::size_t>(geometry.taps()) * m_outputs),
          m_channels(static_cast<std::size_t>(geometry.groupChannels())),
          m_pitch((m_channels + static_cast<std::size_t>(m_kernel.step) - 1)
                  / static_cast<std::size_t>(m_kernel.step) * static_cast<std::size_t>(m_kernel.step))
    {
    }

    void run(std::size_t image, std::size_t group, RowRange band)
    {
        m_image = image;
        m_group = group;
        m_rows = rowsReaching(m_geometry.y, band.begin, band.end);
        m_pixels = static_cast<std::size_t>(m_rows.count() * m_geometry.x.input);
        // Runs of one output are too short to be added up side by side.
        m_asPlanes = m_outputs == 1 && m_packed.groups[group].factor == 1 && m_input.factor == 1
                     && sumPlanes(m_packed.isa).toInt32 != nullptr;
        gather();
        multiply();
        write(band);
    }

private:
    ImageView view() const
    {
        return {m_input.codes.data() + m_image * m_geometry.inputSize(), m_input.layout,
                static_cast<std::size_t>(m_geometry.channels), static_cast<std::size_t>(m_geometry.y.input),
                static_cast<std::size_t>(m_geometry.x.input)};
    }

    /// The pixels' channels beside each other, and what the pixels carry.
    void gather()
    {
        const auto width = static_cast<std::size_t>(m_geometry.x.input);
        const std::size_t codeBytes = m_kernel.activationBytes();
        Pieces pieces;
        const std::size_t codesAt = pieces.add(m_pixels * m_pitch * codeBytes + slack);
        const std::size_t termsAt = pieces.add(m_pixels * sizeof(RowTerms));
        const std::size_t sumsAt = pieces.add(m_pixels * sizeof(std::int32_t));
        const std::size_t spareAt = pieces.add(width * m_channels);
        std::byte* const block = m_task->image.atLeast(pieces.size());
        m_codes = block + codesAt;
        auto* const sums = reinterpret_cast<std::int32_t*>(block + sumsAt);
        auto* const spare = reinterpret_cast<std::int8_t*>(block + spareAt);
        for (std::size_t row = 0; row < static_cast<std::size_t>(m_rows.count()); ++row) {
            const std::size_t y = static_cast<std::size_t>(m_rows.begin) + row;
            std::byte* const to = block + codesAt + row * width * m_pitch * codeBytes;
            if (codeBytes == 1)
                gatherPixels(m_packed.isa, view(), y, 0, width, m_group * m_channels, m_channels, m_pitch,
                             reinterpret_cast<std::int8_t*>(to));
            else
                gatherPixels(m_packed.isa, view(), y, 0, width, m_group * m_channels, m_channels, m_pitch,
                             reinterpret_cast<std::int16_t*>(to), spare);
        }
        if (codeBytes == 1)
            sumPixels(m_packed.isa, reinterpret_cast<const std::int8_t*>(m_codes), m_pixels, m_channels,
                      m_pitch, sums);
        else
            sumPixels(reinterpret_cast<const std::int16_t*>(m_codes), m_pixels, m_channels, m_pitch, sums);
        m_terms = reinterpret_cast<RowTerms*>(block + termsAt);
        const RowTerms& terms = termsOf(m_input, m_image);
        for (std::size_t i = 0; i < m_pixels; ++i)
            m_terms[i] = {terms.scale, terms.offset, terms.zero, sums[i]};
    }

    /// Integers [pixel][kernel y][kernel x][output], or [kernel y][kernel x][pixel] of one output.
    void multiply()
    {
        const WeightPlanes& planes = m_packed.groups[m_group].planes;
        m_sums = reinterpret_cast<std::int32_t*>(
            m_task->sums.atLeast(m_pixels * m_columns * sizeof(std::int32_t)));
        std::byte* const decoded = m_task->panel.atLeast(planes.decodedBytes());
        // Planes are written by 16 pixels.
        const std::size_t strip = (m_asPlanes ? stripTiles : 1) * static_cast<std::size_t>(m_kernel.rows);
        const std::size_t strips = (m_pixels + strip - 1) / strip;
        for (std::size_t panel = 0; panel < planes.panels; ++panel) {
            const void* const bytes = panelOf(planes, panel, decoded);
            for (std::size_t i = 0; i < strips; ++i) {
                const std::size_t first = m_asPlanes ? i * strip : m_pixels * i / strips;
                const std::size_t end =
                    m_asPlanes ? std::min(first + strip, m_pixels) : m_pixels * (i + 1) / strips;
                multiplyStrip(panel, bytes, first, end - first);
            }
        }
    }

    /// Tiles of even height: a short last one would cost as much as a full one.
    void multiplyStrip(std::size_t panel, const void* bytes, std::size_t first, std::size_t count)
    {
        const PackedWeights& weights = m_packed.groups[m_group];
        const WeightPlanes& planes = weights.planes;
        const auto columns = static_cast<std::size_t>(planes.columns);
        const std::array<std::ptrdiff_t, 1> segments{0};
        TileInput input;
        input.rowStride = static_cast<std::ptrdiff_t>(m_pitch * m_kernel.activationBytes());
        input.stepStride = 4;
        input.segments = segments;
        input.stepsPerSegment = planes.steps;
        const auto most = static_cast<std::size_t>(m_kernel.rows);
        const std::size_t tiles = (count + most - 1) / most;
        for (std::size_t tile = 0; tile < tiles; ++tile) {
            const std::size_t begin = count * tile / tiles;
            input.base = m_codes + static_cast<std::ptrdiff_t>(first + begin) * input.rowStride;
            m_kernel.multiply(input, bytes, static_cast<int>(count * (tile + 1) / tiles - begin),
                              m_acc.data() + begin * columns);
        }
        const ColumnTerms terms = weights.columns(panel * columns);
        const std::size_t real = planes.columnsOf(panel);
        if (m_asPlanes)
            sumPlanes(m_packed.isa)
                .toInt32({m_acc.data(), columns, count, real, m_terms + first}, terms,
                         m_sums + panel * columns * m_pixels + first, m_pixels);
        else
            epilogue(m_packed.isa)
                .toInt32({m_acc.data(), columns, static_cast<int>(count), static_cast<int>(real)},
                         {weights.factor, m_input.factor}, m_terms + first, terms,
                         m_sums + first * m_columns + panel * columns, m_columns);
    }

    void write(RowRange band)
    {
        const auto width = static_cast<std::size_t>(m_geometry.x.output());
        const auto positions = static_cast<std::size_t>(m_geometry.positions());
        const auto all = static_cast<std::size_t>(m_geometry.outputs);
        const std::size_t first = m_group * m_outputs;
        Pieces pieces;
        const std::size_t rowAt = pieces.add(width * m_outputs * sizeof(std::int32_t));
        const std::size_t outAt = pieces.add(m_planar ? width * m_outputs * sizeof(Element) : 0);
        std::byte* const block = m_task->out.atLeast(pieces.size());
        auto* const row = reinterpret_cast<std::int32_t*>(block + rowAt);
        Element* const image = m_writer.out + m_image * all * positions;
        for (std::int64_t y = band.begin; y < band.end; ++y) {
            if (m_asPlanes)
                sumPlaneRow(y, row);
            else
                sumRow(m_geometry, y, m_rows, m_sums, m_columns, row);
            const std::size_t at = static_cast<std::size_t>(y) * width;
            if (m_planar)
                writePlanarRow(row, width, reinterpret_cast<Element*>(block + outAt),
                               image + first * positions + at, positions);
            else
                writeRow(row, width, image + at * all + first, all);
        }
    }

    void sumPlaneRow(std::int64_t y, std::int32_t* row) const
    {
        std::fill_n(row, m_geometry.x.output(), 0);
        for (std::int64_t tap = 0; tap < m_geometry.y.kernel; ++tap)
            if (const std::int64_t from = rowBehind(m_geometry.y, y, tap, m_rows); from >= 0)
                addPlanes(m_geometry,
                          m_sums + static_cast<std::size_t>(tap * m_geometry.x.kernel) * m_pixels
                              + static_cast<std::size_t>((from - m_rows.begin) * m_geometry.x.input),
                          m_pixels, row);
    }

    ColumnTerms columns() const
    {
        ColumnTerms terms;
        terms.scale = m_packed.scale.data() + m_group * m_outputs;
        return terms;
    }

    void writeRow(const std::int32_t* row, std::size_t width, Element* to, std::size_t stride) const
    {
        std::array<RowTerms, mostTileRows> terms;
        terms.fill({termsOf(m_input, m_image).scale, 0, 0, 0});
        for (std::size_t x = 0; x < width; x += mostTileRows) {
            const TileSums sums{row + x * m_outputs, m_outputs,
                                static_cast<int>(std::min(mostTileRows, width - x)),
                                static_cast<int>(m_outputs)};
            m_writer.write(sums, {}, terms.data(), columns(), m_group * m_outputs, to + x * stride, stride);
        }
    }

    void writePlanarRow(const std::int32_t* row, std::size_t width, Element* spare, Element* to,
                        std::size_t positions) const
    {
        if constexpr (std::is_same_v<Writer, RealsWriter>)
            if (m_outputs == 1)
                return writeOneOutput(row, width, to);
        if constexpr (Writer::canWritePlanes)
            if (m_writer.planes.toFloat != nullptr) {
                const RowTerms terms{termsOf(m_input, m_image).scale, 0, 0, 0};
                m_writer.toPlanes({row, m_outputs, width, m_outputs, &terms}, columns(), m_group * m_outputs,
                                  to, positions);
                return;
            }
        writeRow(row, width, spare, m_outputs);
        writePlanes(m_packed.isa, spare, m_outputs, width, m_outputs, to, positions);
    }

    /// Positions as the columns of one row.
    void writeOneOutput(const std::int32_t* row, std::size_t width, Element* to) const
    {
        const RowTerms terms{termsOf(m_input, m_image).scale, 0, 0, 0};
        RealsWriter writer = m_writer;
        std::array<float, onePiece> scale;
        std::array<float, onePiece> bias;
        scale.fill(m_packed.scale[m_group]);
        if (writer.rule.bias != nullptr) {
            bias.fill(writer.rule.bias[m_group]);
            writer.rule.bias = bias.data();
        }
        ColumnTerms positions;
        positions.scale = scale.data();
        for (std::size_t x = 0; x < width; x += onePiece) {
            const std::size_t count = std::min(onePiece, width - x);
            writer.write({row + x, count, 1, static_cast<int>(count)}, {}, &terms, positions, 0, to + x,
                         count);
        }
    }

    const PackedTranspose& m_packed;
    const TransposeGeometry& m_geometry;
    const ConvInput& m_input;
    const Writer& m_writer;
    bool m_planar;
    bool m_asPlanes = false;
    const TileKernel& m_kernel;
    ConvScratch::Borrowed m_task;
    std::size_t m_outputs, m_columns, m_channels, m_pitch;

    std::size_t m_image = 0, m_group = 0, m_pixels = 0;
    RowRange m_rows;
    const std::byte* m_codes = nullptr; ///< [pixel][pitch]
    RowTerms* m_terms = nullptr;
    std::int32_t* m_sums = nullptr;
    alignas(64) std::array<std::int32_t, stripTiles * largestTile> m_acc;
};

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::InvalidArgument, what); }

void requireSafe(const PackedTranspose& packed, const TransposeGeometry& geometry, const ConvInput& input)
{
    std::int64_t activation = 0;
    for (const RowTerms& terms : input.terms) {
        activation = std::max({activation, std::abs(std::int64_t{input.factor} * -128 - terms.zero),
                               std::abs(std::int64_t{input.factor} * 127 - terms.zero)});
        if (terms.offset != 0)
            refuse("Integers of a transposed convolution have no real offset.");
    }
    const std::int64_t product = std::max<std::int64_t>(activation * packed.groups.front().largestInteger, 1);
    if (geometry.depth() > std::numeric_limits<std::int32_t>::max() / product)
        refuse("The sums of this transposed convolution could pass 32 bits: it adds "
               + std::to_string(geometry.depth()) + " products.");
}

void validate(const PackedTranspose& packed, const TransposeGeometry& geometry, const ConvInput& input,
              const ConvOutput& output)
{
    geometry.validate();
    if (!geometry.hasWeightsOf(packed.geometry))
        refuse("A transposed convolution's weights run on other sizes of images, not on other channels or "
               "taps.");
    if (input.codes.size() != input.images * geometry.inputSize())
        refuse("A transposed convolution of these images reads "
               + std::to_string(input.images * geometry.inputSize()) + " codes; it got "
               + std::to_string(input.codes.size()) + ".");
    if (input.factor != 1 && input.factor != 2)
        refuse("The factor of an activation code is 1 or 2.");
    if (input.terms.size() != 1 && input.terms.size() != input.images)
        refuse("A transposed convolution takes the terms of its activations once or for each image.");
    const std::size_t size = std::visit([](const auto& to) { return to.out.size(); }, output.to);
    if (size != input.images * geometry.outputSize())
        refuse("A transposed convolution of these images writes "
               + std::to_string(input.images * geometry.outputSize()) + " elements; it got room for "
               + std::to_string(size) + ".");
    if (const auto* codes = std::get_if<ConvCodes>(&output.to))
        if (codes->rule.rule == Requantization::Float ? codes->rule.floatMultipliers == nullptr
                                                      : codes->rule.multipliers == nullptr)
            refuse("Output codes need a multiplier for each channel.");
    requireSafe(packed, geometry, input);
}

} // namespace

void convolveTransposed(const PackedTranspose& packed, const TransposeGeometry& geometry,
                        const ConvInput& input, const ConvOutput& output, ConvScratch& scratch,
                        std::stop_token stop)
{
    validate(packed, geometry, input, output);
    const std::vector<RowRange> bands = bandsOf(geometry, bandSums, leastPixels);
    const Epilogue& out = epilogue(packed.isa);
    const SumPlanes& planes = sumPlanes(packed.isa);
    const std::size_t groups = packed.groups.size();
    const auto run = [&]<typename Writer>(const Writer& writer) {
        parallelFor(
            input.images * groups * bands.size(),
            [&](std::size_t i) {
                BandTask<Writer> task(packed, geometry, input, writer, output.layout, scratch);
                task.run(i / bands.size() / groups, i / bands.size() % groups, bands[i % bands.size()]);
            },
            stop);
    };
    if (const auto* sums = std::get_if<ConvSums>(&output.to))
        run(SumsWriter{sums->out.data(), out, planes});
    else if (const auto* reals = std::get_if<ConvReals>(&output.to))
        run(RealsWriter{reals->out.data(), out, planes, reals->rule});
    else if (const auto* codes = std::get_if<ConvCodes>(&output.to))
        run(CodesWriter{codes->out.data(), out, codes->rule, nullptr});
}

} // namespace quantoscope
