// SPDX-License-Identifier: GPL-3.0-or-later
// Maps of weights and profiles of channels against plain loops over quantized tensors.
#include "core/analysis/layeranalysis.h"
#include "core/analysis/weights/channelprofile.h"
#include "core/analysis/weights/weightmap.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace quantoscope;

namespace {

constexpr float notNumber = std::numeric_limits<float>::quiet_NaN();

std::vector<float> gaussian(std::size_t count, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> distribution;
    std::vector<float> values(count);
    for (float& value : values)
        value = distribution(generator);
    return values;
}

FloatArray arrayOf(std::vector<float> values)
{
    auto kept = std::make_shared<std::vector<float>>(std::move(values));
    return {*kept, kept};
}

LayerData dataOf(const std::vector<float>& values, std::int64_t rows, std::int64_t columns)
{
    return LayerData(arrayOf(values), Shape{rows, columns}, 0);
}

/// Cells of one size by the definition.
std::vector<float> plainCells(const std::vector<float>& matrix, std::size_t rows, std::size_t columns,
                              std::size_t size)
{
    const std::size_t cellRows = (rows + size - 1) / size;
    const std::size_t cellColumns = (columns + size - 1) / size;
    std::vector<float> cells(cellRows * cellColumns, 0.0f);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) {
            float& cell = cells[r / size * cellColumns + c / size];
            const float value = matrix[r * columns + c];
            if (std::isnan(cell) || !std::isfinite(value))
                cell = notNumber;
            else if (std::abs(value) > std::abs(cell))
                cell = value;
        }
    return cells;
}

void compareCells(const std::vector<float>& found, const std::vector<float>& expected)
{
    QCOMPARE(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        // Of equal magnitudes either sign: the order within a cell differs between the two.
        const bool same =
            std::isnan(expected[i]) ? std::isnan(found[i]) : std::abs(found[i]) == std::abs(expected[i]);
        QVERIFY2(same,
                 qPrintable(QStringLiteral("cell %1: %2 against %3").arg(i).arg(found[i]).arg(expected[i])));
    }
}

std::vector<float> plainMode(LayerData& data, const Scheme& scheme, MapMode mode)
{
    const ChannelMajor& x = data.arranged(scheme);
    const auto params = data.params(scheme);
    const QuantizedValues q = quantize(x, *params);
    std::vector<float> result(x.values.size());
    for (std::size_t i = 0; i < result.size(); ++i) {
        const SetLayout& layout = params->layout;
        const std::size_t set =
            i / layout.perChannel * layout.perChannelSets() + i % layout.perChannel / layout.length;
        const Interval limits = valueLimits(*params, set);
        const float v = x.values[i];
        const bool clipped = v < limits.lo || v > limits.hi;
        result[i] = mode == MapMode::Value       ? v
                    : mode == MapMode::Quantized ? q.values[i]
                    : mode == MapMode::Error     ? q.values[i] - v
                                                 : (clipped ? v : 0.0f);
        if (!std::isfinite(v))
            result[i] = notNumber;
    }
    return result;
}

} // namespace

class TestWeightViews : public QObject
{
    Q_OBJECT

private slots:
    void cellsHoldTheLargestMagnitude_data();
    void cellsHoldTheLargestMagnitude();
    void windowsAreCutFromTheSameCells();
    void oneOutlierIsSeenInAnySize();
    void foldedVectorsHaveAnEnd();
    void roundingShowsWhereCodesAreNotTheNearest();
    void roundingNeedsChosenCodes();
    void stepsOfACellAreThoseOfItsElement();
    void profilesEqualPlainLoops_data();
    void profilesEqualPlainLoops();
    void percentilesAreInterpolated();
    void worstChannelsComeFirst();
    void workStops();
};

void TestWeightViews::cellsHoldTheLargestMagnitude_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<int>("mode");
    const std::pair<const char*, const char*> schemes[] = {
        {"4 bits a tensor", "bits=4"},
        {"3 bits a channel, clipped", "bits=3,granularity=channel,range=ratio:0.5"},
        {"4 bits in groups of 32", "bits=4,granularity=group:32"},
        {"binary", "binary"},
        {"nf4", "nf4"}};
    for (const auto& [name, scheme] : schemes)
        for (int mode = 0; mode < 4; ++mode)
            QTest::addRow("%s, mode %d", name, mode) << QString::fromLatin1(scheme) << mode;
}

void TestWeightViews::cellsHoldTheLargestMagnitude()
{
    QFETCH(QString, scheme);
    QFETCH(int, mode);
    constexpr std::size_t rows = 37;
    constexpr std::size_t columns = 83;
    std::vector<float> values = gaussian(rows * columns, 3);
    values[5 * columns + 7] = notNumber;
    values[36 * columns + 82] = std::numeric_limits<float>::infinity();
    LayerData data = dataOf(values, rows, columns);
    const Scheme parsed = parseScheme(scheme.toStdString());
    const auto kind = static_cast<MapMode>(mode);
    const WeightMap map(data.arranged(parsed), data.params(parsed), kind);
    QCOMPARE(map.rows(), rows);
    QCOMPARE(map.columns(), columns);
    QCOMPARE(map.notFinite(), 2u);
    const std::vector<float> plain = plainMode(data, parsed, kind);
    for (const std::size_t most : {83, 42, 21, 11, 3}) {
        const MapCells cells = map.window({0, rows, 0, columns, most, most});
        QVERIFY(cells.rows <= most && cells.columns <= most);
        compareCells(cells.cells, plainCells(plain, rows, columns, cells.cellSize));
    }
    float largest = 0;
    for (const float value : plain)
        largest = std::isnan(value) ? largest : std::max(largest, std::abs(value));
    QCOMPARE(map.absMax(), largest);
}

void TestWeightViews::windowsAreCutFromTheSameCells()
{
    LayerData data = dataOf(gaussian(64 * 100, 5), 64, 100);
    const Scheme scheme = parseScheme("bits=4");
    const WeightMap map(data.arranged(scheme), nullptr, MapMode::Value);
    for (const std::size_t most : {100, 50, 25, 13}) {
        const MapCells all = map.window({0, 64, 0, 100, most, most});
        MapWindow asked{13, 30, 41, 1000, most, most};
        asked.columns = 59;
        const MapCells part = map.window(asked);
        if (part.cellSize != all.cellSize)
            continue;
        for (std::size_t r = 0; r < part.rows; ++r)
            for (std::size_t c = 0; c < part.columns; ++c)
                QCOMPARE(
                    part.cells[r * part.columns + c],
                    all.cells[(part.row / all.cellSize + r) * all.columns + part.column / all.cellSize + c]);
    }
    QCOMPARE(map.window({64, 3, 0, 5, 10, 10}).cells.size(), 0u);
    QCOMPARE(map.window({60, 100, 90, 100, 100, 100}).cells.size(), 40u);
}

void TestWeightViews::oneOutlierIsSeenInAnySize()
{
    std::vector<float> values(512 * 512, 0.01f);
    values[300 * 512 + 77] = -9;
    LayerData data = dataOf(values, 512, 512);
    const WeightMap map(data.arranged({}), nullptr, MapMode::Value);
    for (const std::size_t most : {512, 200, 64, 5}) {
        const MapCells cells = map.window({0, 512, 0, 512, most, most});
        const std::size_t at = 300 / cells.cellSize * cells.columns + 77 / cells.cellSize;
        QCOMPARE(cells.cells[at], -9.0f);
        QCOMPARE(cells.rowEnds[300 / cells.cellSize].lo, -9.0f);
        QCOMPARE(cells.columnEnds[77 / cells.cellSize].lo, -9.0f);
    }
}

void TestWeightViews::foldedVectorsHaveAnEnd()
{
    LayerData data(arrayOf(gaussian(1000, 9)), Shape{1000}, -1);
    const WeightMap map(data.arranged({}), nullptr, MapMode::Value);
    QCOMPARE(map.columns(), WeightMap::foldedColumns);
    QCOMPARE(map.rows(), 4u);
    QVERIFY(map.elementAt(3, 231));
    QCOMPARE(*map.elementAt(3, 231), 999u);
    QVERIFY(!map.elementAt(3, 232));
    QCOMPARE(map.window({0, 4, 0, 256, 800, 800}).cells[3 * 256 + 232], 0.0f);
}

void TestWeightViews::roundingShowsWhereCodesAreNotTheNearest()
{
    LayerData data = dataOf(gaussian(8 * 16, 4), 8, 16);
    const Scheme plain = parseScheme("bits=4,granularity=channel");
    Scheme chosen = plain;
    chosen.algorithm = Algorithm::Gptq;
    auto params = std::make_shared<ParamSets>(*data.params(plain));
    params->scheme = chosen;
    const QuantizedValues nearest = quantize(data.arranged(plain), *params);
    auto coded = std::make_shared<CodedTensor>();
    for (const std::int32_t code : nearest.codes)
        coded->codes.push_back(static_cast<std::uint16_t>(code - params->codes.min));
    const std::size_t moved = 3 * 16 + 5;
    const int step = nearest.codes[moved] < params->codes.max ? 1 : -1;
    coded->codes[moved] = static_cast<std::uint16_t>(coded->codes[moved] + step);
    params->coded = coded;
    const WeightMap map(data.arranged(plain), params, MapMode::Rounding);
    const MapCells cells = map.window({0, 8, 0, 16, 16, 16});
    for (std::size_t i = 0; i < cells.cells.size(); ++i)
        QCOMPARE(cells.cells[i], i == moved ? static_cast<float>(step) : 0.0f);
}

void TestWeightViews::roundingNeedsChosenCodes()
{
    LayerData data = dataOf(gaussian(64, 1), 8, 8);
    const Scheme scheme = parseScheme("bits=4");
    QVERIFY_EXCEPTION_THROWN(WeightMap(data.arranged(scheme), data.params(scheme), MapMode::Rounding), Error);
    QVERIFY_EXCEPTION_THROWN(WeightMap(data.arranged(scheme), nullptr, MapMode::Error), Error);
}

void TestWeightViews::stepsOfACellAreThoseOfItsElement()
{
    // max 7 at 4 bits: step 1 in every channel.
    LayerData data = dataOf({7, 1.4f, -2.5f, 0.2f, -7, notNumber}, 2, 3);
    const Scheme scheme = parseScheme("bits=4,granularity=channel");
    const WeightMap map(data.arranged(scheme), data.params(scheme), MapMode::Value);
    const auto step = map.stepAt(0, 2);
    QVERIFY(step);
    QCOMPARE(step->x, -2.5f);
    QCOMPARE(step->scaled, -2.5f);
    QCOMPARE(step->rounded, -2.0); // ties to even
    QCOMPARE(step->code, -2);
    QCOMPARE(step->value, -2.0f);
    QCOMPARE(step->error, 0.5);
    QCOMPARE(map.stepAt(1, 1)->code, -7);
    QVERIFY(!map.stepAt(1, 2));
    QVERIFY(!map.stepAt(2, 0));
    QVERIFY(!WeightMap(data.arranged(scheme), nullptr, MapMode::Value).stepAt(0, 0));
}

void TestWeightViews::profilesEqualPlainLoops_data()
{
    QTest::addColumn<QString>("scheme");
    for (const char* scheme :
         {"bits=4", "bits=3,range=percentile:99", "bits=4,granularity=channel,range=ratio:0.6",
          "bits=4,granularity=group:32", "bits=8,grid=zero-point", "nf4", "ternary"})
        QTest::newRow(scheme) << QString::fromLatin1(scheme);
}

void TestWeightViews::profilesEqualPlainLoops()
{
    QFETCH(QString, scheme);
    std::vector<float> values = gaussian(12 * 96, 8);
    values[100] = notNumber;
    LayerData data = dataOf(values, 12, 96);
    const Scheme parsed = parseScheme(scheme.toStdString());
    const auto params = data.params(parsed);
    const std::vector<ChannelSpan> spans = channelProfile(data.arranged(parsed), params.get());
    const std::vector<float> errors = plainMode(data, parsed, MapMode::Error);
    const std::vector<float> clipped = plainMode(data, parsed, MapMode::Clipped);
    QCOMPARE(spans.size(), 12u);
    double total = 0;
    for (std::size_t c = 0; c < 12; ++c) {
        double sum = 0;
        std::uint64_t outside = 0;
        std::uint64_t finite = 0;
        float min = std::numeric_limits<float>::max();
        float max = -min;
        for (std::size_t i = c * 96; i < (c + 1) * 96; ++i) {
            if (!std::isfinite(values[i]))
                continue;
            ++finite;
            sum += std::pow(double(errors[i]), 2);
            outside += clipped[i] != 0 ? 1 : 0;
            min = std::min(min, values[i]);
            max = std::max(max, values[i]);
        }
        QCOMPARE(spans[c].finite, finite);
        QCOMPARE(spans[c].min, min);
        QCOMPARE(spans[c].max, max);
        // Errors here are rounded to float first.
        QVERIFY(std::abs(spans[c].mse - sum / double(finite)) <= 1e-5 * spans[c].mse + 1e-14);
        QCOMPARE(spans[c].clippedFraction, double(outside) / double(finite));
        total += spans[c].mse * double(finite);
    }
    const LayerReport report = data.report(parsed);
    // The engine sums squares in float within short runs.
    QVERIFY(std::abs(total / double(report.metrics.elements) - report.metrics.mse)
            <= 1e-6 * report.metrics.mse);
}

void TestWeightViews::percentilesAreInterpolated()
{
    // 0 … 1000 in another order: the 0.1 % point lies at 1, the 99.9 % point at 999.
    std::vector<float> values(1001);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[(i * 8) % values.size()] = static_cast<float>(i);
    LayerData data = dataOf(values, 1, 1001);
    const auto spans = channelProfile(data.arranged({}), nullptr);
    QCOMPARE(spans.front().low, 1.0f);
    QCOMPARE(spans.front().high, 999.0f);
    LayerData two = dataOf({0, 1}, 1, 2);
    QVERIFY(std::abs(channelProfile(two.arranged({}), nullptr).front().low - 0.001f) < 1e-7f);
}

void TestWeightViews::worstChannelsComeFirst()
{
    std::vector<ChannelSpan> spans(4);
    for (std::uint32_t i = 0; i < 4; ++i)
        spans[i].channel = i;
    spans[2].min = -5;
    spans[1].max = 3;
    spans[3].mse = 2;
    spans[0].clippedFraction = 0.5;
    QCOMPARE(ordered(spans, ChannelOrder::Index), (std::vector<std::size_t>{0, 1, 2, 3}));
    QCOMPARE(ordered(spans, ChannelOrder::Range), (std::vector<std::size_t>{2, 1, 0, 3}));
    QCOMPARE(ordered(spans, ChannelOrder::Error).front(), 3u);
    QCOMPARE(ordered(spans, ChannelOrder::Clipped).front(), 0u);
}

void TestWeightViews::workStops()
{
    LayerData data = dataOf(gaussian(64 * 64, 2), 64, 64);
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_EXCEPTION_THROWN(WeightMap(data.arranged({}), nullptr, MapMode::Value, stop.get_token()),
                             Cancelled);
    QVERIFY_EXCEPTION_THROWN(channelProfile(data.arranged({}), nullptr, stop.get_token()), Cancelled);
}

QTEST_APPLESS_MAIN(TestWeightViews)
#include "tst_weightviews.moc"
