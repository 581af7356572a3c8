// SPDX-License-Identifier: GPL-3.0-or-later
// The charts of maps and channels hold the engine's numbers.
#include "core/analysis/layeranalysis.h"
#include "ui/charts/channelcharts.h"
#include "ui/charts/mapcharts.h"

#include <QTest>

#include <cmath>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Network> networkOf(const std::vector<float>& values, std::int64_t rows,
                                         std::int64_t columns)
{
    auto kept = std::make_shared<std::vector<float>>(values);
    auto network = std::make_shared<Network>();
    Weight weight;
    weight.data.shape = {rows, columns};
    Layer layer;
    layer.name = "fc";
    layer.channelAxis = 0;
    network->weights.push_back(std::move(weight));
    network->layers.push_back(std::move(layer));
    return network;
}

struct Given
{
    std::vector<float> values;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    LayerData data;

    Given(std::vector<float> x, std::int64_t r, std::int64_t c)
        : values(std::move(x)), rows(r), columns(c), data({values, nullptr}, {r, c}, 0)
    {
    }
    MapPicture map(const Scheme& scheme, MapMode mode, MapWindow window)
    {
        MapPicture picture;
        picture.network = networkOf(values, rows, columns);
        picture.scheme = scheme;
        picture.map = std::make_shared<const WeightMap>(data.arranged(scheme), data.params(scheme), mode);
        picture.cells = picture.map->window(window);
        picture.window = window;
        picture.valueMax = 7;
        return picture;
    }
    ChannelsPicture channels(const Scheme& scheme)
    {
        ChannelsPicture picture;
        picture.network = networkOf(values, rows, columns);
        picture.scheme = scheme;
        picture.spans = channelProfile(data.arranged(scheme), data.params(scheme).get());
        return picture;
    }
};

} // namespace

class TestWeightCharts : public QObject
{
    Q_OBJECT

private slots:
    void mapHasOneCellAValue();
    void largeMapsSayWhatACellHolds();
    void readOutIsTheArithmetic();
    void channelsStandInTheChosenOrder();
    void issueLeavesOutLevelsAndErrors();
    void emptyTensorsSaySo();
};

void TestWeightCharts::mapHasOneCellAValue()
{
    Given given({7, 1.4f, -2.5f, 0.2f, -7, 3}, 2, 3);
    const Chart chart =
        mapChart(given.map(parseScheme("bits=4,granularity=channel"), MapMode::Error, {0, 2, 0, 3}));
    QCOMPARE(chart.kind, std::string("heatmap-error"));
    const ChartImage& image = chart.panels.at(1).images.at(0);
    QCOMPARE(image.rows, 2u);
    QCOMPARE(image.columns, 3u);
    // Step 1 in both channels: errors are the distances to whole numbers.
    const std::vector<float> errors{0, 1 - 1.4f, 0.5f, -0.2f, 0, 0};
    for (std::size_t i = 0; i < errors.size(); ++i)
        QVERIFY(std::abs(image.cells->at(i) - errors[i]) < 1e-6f);
    QCOMPARE(image.hi, 0.5);
    QCOMPARE(image.lo, -0.5);
    QCOMPARE(chart.rows.size(), 6u);
    QCOMPARE(chart.rows[2]["column"].get<int>(), 2);
    QVERIFY(std::abs(chart.rows[2]["value"].get<double>() - 0.5) < 1e-6);
}

void TestWeightCharts::largeMapsSayWhatACellHolds()
{
    std::vector<float> values(100 * 100, 0.5f);
    values[99 * 100 + 98] = -7;
    Given given(std::move(values), 100, 100);
    const MapPicture picture = given.map(parseScheme("bits=8"), MapMode::Value, {0, 100, 0, 100, 60, 60});
    QCOMPARE(picture.cells.cellSize, 2u);
    QVERIFY(mapNote(picture).contains(u"2×2"_s));
    const Chart chart = mapChart(picture);
    const ChartImage& image = chart.panels.at(1).images.at(0);
    QCOMPARE(image.cells->at(49 * 50 + 49), -7.0f);
    QCOMPARE(image.hi, 7.0);
    QCOMPARE(image.right, 100.0);
    QVERIFY(!mapNote(given.map(parseScheme("bits=8"), MapMode::Value, {0, 100, 0, 100})).contains(u"×"_s));
}

void TestWeightCharts::readOutIsTheArithmetic()
{
    Given given({7, 1.4f, -2.5f, 0.2f, -7, 3}, 2, 3);
    const MapPicture picture =
        given.map(parseScheme("bits=4,granularity=channel"), MapMode::Value, {0, 2, 0, 3});
    const QString text = mapReadOut(picture, 2.7, 0.2);
    QVERIFY2(text.startsWith(u"channel 0, 2: x −2.5"_s), qPrintable(text));
    QVERIFY2(text.contains(u"round −2 → q −2 → x̂ −2.000"_s), qPrintable(text));
    QVERIFY2(text.contains(u"(e +0.5"_s), qPrintable(text));
    QVERIFY(mapReadOut(picture, 3.1, 0).isEmpty());
    QVERIFY(mapReadOut(picture, -0.1, 0).isEmpty());
    QVERIFY(mapReadOut(picture, 0, 2.5).isEmpty());
}

void TestWeightCharts::channelsStandInTheChosenOrder()
{
    Given given({1, 0.5f, -1, 8, 2, 0.25f, -4, 0.1f, 0.2f}, 3, 3);
    ChannelsPicture picture = given.channels(parseScheme("bits=2,granularity=channel"));
    picture.order = ChannelOrder::Range;
    const Chart chart = channelsChart(picture);
    const ChartSeries& all = chart.panels.at(0).series.at(0);
    QCOMPARE(all.keys, (std::vector<std::size_t>{1, 2, 0}));
    QCOMPARE(all.y, (std::vector<double>{8, 0.2f, 1}));
    QCOMPARE(all.y2, (std::vector<double>{0.25, -4, -1}));
    QCOMPARE(chart.panels.at(0).x.ticks.front().second, u"1"_s);
    QCOMPARE(chart.rows.size(), 3u);
    QCOMPARE(chart.rows[0]["channel"].get<int>(), 1);
    QCOMPARE(chart.rows[0]["sqnrDb"].get<double>(), picture.spans[1].sqnrDb);
    picture.order = ChannelOrder::Index;
    QVERIFY(channelsChart(picture).panels.at(0).x.ticks.empty());
    QVERIFY(channelReadOut(picture.spans[2]).startsWith(u"channel 2: −4"_s));
}

void TestWeightCharts::issueLeavesOutLevelsAndErrors()
{
    Given given({1, 2, 3, 4}, 2, 2);
    ChannelsPicture picture = given.channels(parseScheme("bits=4,granularity=channel"));
    const std::size_t before = channelsChart(picture).panels.at(0).series.size();
    QCOMPARE(channelsChart(picture).panels.size(), 2u);
    picture.issue = "does not fit";
    QCOMPARE(channelsChart(picture).panels.size(), 1u);
    QCOMPARE(channelsChart(picture).panels.at(0).series.size(), before - 2);
}

void TestWeightCharts::emptyTensorsSaySo()
{
    ChannelsPicture channels;
    channels.network = networkOf({}, 0, 3);
    QVERIFY(!channelsChart(channels).message.isEmpty());
    Given given({1}, 1, 1);
    MapPicture map = given.map({}, MapMode::Value, {5, 1, 0, 1});
    QVERIFY(!mapChart(map).message.isEmpty());
}

QTEST_APPLESS_MAIN(TestWeightCharts)
#include "tst_weightcharts.moc"
