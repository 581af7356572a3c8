// SPDX-License-Identifier: GPL-3.0-or-later
// What a chart looks like: every part leaves its pixels, nothing is made twice, ranges and ticks follow the data.
#include "tests/ui/chartsamples.h"
#include "ui/plots/chartcolors.h"
#include "ui/plots/chartelements.h"
#include "ui/plots/chartticker.h"

#include <QElapsedTimer>
#include <QTest>

#include <cmath>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

struct Sheet
{
    QCustomPlot plot;
    ChartPainter painter{plot};
    ChartStyle style;
    QImage image;

    explicit Sheet(bool dark = false)
    {
        style.colors = &themeColors(dark);
        style.font = QFont(plot.font().family(), 9);
    }
    void show(const Chart& chart, bool keep = false)
    {
        painter.show(chart, style, keep);
        image = plot.toPixmap(400, 300).toImage();
    }
    QPointF at(double x, double y) const { return painter.map(0).pixel(x, y); }
    /// Whether a pixel of nearly that colour lies within `reach` of a place.
    bool has(QPointF place, QColor color, int reach = 2) const
    {
        for (int dy = -reach; dy <= reach; ++dy)
            for (int dx = -reach; dx <= reach; ++dx) {
                const QColor seen = image.pixelColor(place.toPoint() + QPoint(dx, dy));
                if (std::abs(seen.red() - color.red()) + std::abs(seen.green() - color.green())
                        + std::abs(seen.blue() - color.blue())
                    < 40)
                    return true;
            }
        return false;
    }
};

Chart onePanel()
{
    Chart chart;
    chart.kind = "test";
    ChartPanel panel;
    panel.x.lo = 0;
    panel.x.hi = 10;
    panel.y.lo = 0;
    panel.y.hi = 10;
    chart.panels.push_back(panel);
    return chart;
}

ChartSeries seriesOf(SeriesShape shape, std::vector<double> x, std::vector<double> y)
{
    ChartSeries series;
    series.shape = shape;
    series.x = std::move(x);
    series.y = std::move(y);
    return series;
}

int objectsOf(const QCustomPlot& plot)
{
    int layerables = 0;
    for (int i = 0; i < plot.layerCount(); ++i)
        layerables += static_cast<int>(plot.layer(i)->children().size());
    return layerables + static_cast<int>(plot.findChildren<QObject*>().size());
}

} // namespace

class TestChartPainter : public QObject
{
    Q_OBJECT

private slots:
    void shapesArePainted_data()
    {
        QTest::addColumn<int>("shape");
        QTest::addColumn<QPointF>("painted");
        QTest::addColumn<QPointF>("empty");
        const auto row = [](const char* name, SeriesShape shape, QPointF painted, QPointF empty) {
            QTest::newRow(name) << static_cast<int>(shape) << painted << empty;
        };
        row("a line runs between its points", SeriesShape::Line, {3, 5}, {3, 7});
        row("a bin reaches to the middle between centres", SeriesShape::Steps, {2.9, 4}, {2.9, 5.5});
        row("a step holds from its x on", SeriesShape::StepsAfter, {3.8, 4}, {3, 5});
        row("points stand alone", SeriesShape::Points, {2, 4}, {3, 5});
        row("bars reach down to their base", SeriesShape::Bars, {2, 3}, {3, 3});
        row("a band lies between its sides", SeriesShape::Band, {3, 3}, {3, 7.5});
        row("spans lie along x", SeriesShape::Spans, {2.5, 4}, {2.5, 7});
        row("intervals stand along y", SeriesShape::Intervals, {2, 3}, {3, 3});
    }
    void shapesArePainted()
    {
        QFETCH(int, shape);
        QFETCH(QPointF, painted);
        QFETCH(QPointF, empty);
        Chart chart = onePanel();
        ChartSeries series = seriesOf(static_cast<SeriesShape>(shape), {2, 4, 6}, {4, 6, 5});
        series.y2 = {2, 1, 2};
        series.x2 = {3, 5, 7};
        if (series.shape != SeriesShape::Band && series.shape != SeriesShape::Intervals)
            series.y2.clear();
        chart.panels[0].series.push_back(series);
        Sheet sheet;
        sheet.show(chart);
        const bool tinted = series.shape == SeriesShape::Band;
        const QColor blue = sheet.style.colors->schemeA;
        const QColor expected = tinted ? QColor(199, 224, 238) : blue;
        const bool faint = series.shape == SeriesShape::Bars || series.shape == SeriesShape::Spans;
        QVERIFY(sheet.has(sheet.at(painted.x(), painted.y()), faint ? QColor(38, 135, 189) : expected));
        QVERIFY(!sheet.has(sheet.at(empty.x(), empty.y()), expected));
    }

    void partsArePainted()
    {
        Chart chart = onePanel();
        ChartPanel& panel = chart.panels[0];
        panel.levels.push_back({u"levels"_s, Ink::SchemeA, Stroke::Solid, {}, 1, 0.5, 5});
        panel.rules.push_back({8, Qt::Vertical, Ink::SchemeB, Stroke::Solid, {}, {}});
        ChartZone zone;
        zone.from = 9;
        zone.fill = Fill::Tint;
        zone.ink = Ink::Warning;
        panel.zones.push_back(zone);
        ChartImage image;
        const float nan = std::numeric_limits<float>::quiet_NaN();
        image.cells = std::make_shared<std::vector<float>>(std::vector<float>{-1, 1, 0, nan});
        image.rows = image.columns = 2;
        image.left = 4;
        image.right = 6;
        image.top = 8;
        image.bottom = 6;
        panel.images.push_back(image);
        for (const bool dark : {false, true}) {
            Sheet sheet(dark);
            sheet.show(chart);
            const ThemeColors& colors = *sheet.style.colors;
            QVERIFY(sheet.has(sheet.at(8, 3), colors.schemeB, 1));
            const QColor level = sheet.image.pixelColor(sheet.at(1.5, 2.2).toPoint());
            QVERIFY(level != colors.base);
            QVERIFY(sheet.image.pixelColor(sheet.at(9.5, 2.2).toPoint()) != colors.base);
            QCOMPARE(sheet.image.pixelColor(sheet.at(7, 2.2).toPoint()), colors.base);
            QVERIFY(sheet.has(sheet.at(4.5, 7.5), QColor(colorTable(ColorMap::Diverging, dark)[0]), 0));
            QVERIFY(sheet.has(sheet.at(5.5, 7.5), QColor(colorTable(ColorMap::Diverging, dark)[253]), 0));
            QVERIFY(sheet.has(sheet.at(5.5, 6.5), QColor(0xFF00FF), 0));
        }
    }

    void secondShowMakesNothing()
    {
        Sheet sheet;
        Chart chart = testing::everything();
        sheet.show(chart);
        const int before = objectsOf(sheet.plot);
        chart.panels[0].series[0].y[3] *= 2;
        sheet.show(chart, true);
        QCOMPARE(objectsOf(sheet.plot), before);
        // A message and back: as many as before, none left over.
        chart.message = u"no data"_s;
        sheet.show(chart);
        QVERIFY(objectsOf(sheet.plot) < before);
        chart.message.clear();
        sheet.show(chart);
        QCOMPARE(objectsOf(sheet.plot), before);
    }

    void countsOfZeroLieBelowALogAxis()
    {
        Chart chart = onePanel();
        ChartPanel& panel = chart.panels[0];
        panel.y = {};
        panel.y.log = true;
        panel.series.push_back(seriesOf(SeriesShape::Steps, {1, 2, 3, 4}, {0, 1, 1000, 0}));
        panel.series[0].fill = Fill::Tint;
        panel.series[0].ink = Ink::Data;
        Sheet sheet;
        sheet.show(chart);
        const PanelMap map = sheet.painter.map(0);
        QCOMPARE(map.y.lo, 0.5);
        QVERIFY(map.y.hi >= 1000);
        QVERIFY(map.y.pixel(0) > map.area.bottom());
        QVERIFY(sheet.image.pixelColor(map.pixel(3, 20).toPoint()) != sheet.style.colors->base);
        QCOMPARE(sheet.image.pixelColor(map.pixel(1, 20).toPoint()), sheet.style.colors->base);
    }

    void panelsShareAxes()
    {
        Sheet sheet;
        Chart chart = onePanel();
        chart.panels.push_back(chart.panels[0]);
        chart.panels[1].row = 1;
        chart.panels[1].shareXAbove = true;
        chart.panels[1].x.hi = 20;
        sheet.show(chart);
        QCOMPARE(sheet.painter.map(0).x.hi, 20);
        sheet.painter.rect(1)->axis(QCPAxis::atBottom)->setRange(3, 4);
        QCOMPARE(sheet.painter.map(0).x.lo, 3);
        sheet.painter.rect(0)->axis(QCPAxis::atBottom)->setRange(5, 6);
        QCOMPARE(sheet.painter.map(1).x.hi, 6);
        QCOMPARE(sheet.painter.rect(0)->left(), sheet.painter.rect(1)->left());
        // What a person chose stays where the axes are to be kept.
        sheet.show(chart, true);
        QCOMPARE(sheet.painter.map(1).x.hi, 6);
        sheet.show(chart, false);
        QCOMPARE(sheet.painter.map(1).x.hi, 20);
    }

    void namesOfCategoriesNeverMeet()
    {
        Sheet sheet;
        Chart chart = onePanel();
        ChartPanel& panel = chart.panels[0];
        panel.x.lo = -0.5;
        panel.x.hi = 199.5;
        for (int i = 0; i < 200; ++i)
            panel.x.ticks.emplace_back(i, u"stage.%1.block.conv.weight"_s.arg(i));
        sheet.show(chart);
        const QCPAxis& axis = *sheet.painter.rect(0)->axis(QCPAxis::atBottom);
        const QFontMetrics metrics(axis.tickLabelFont());
        const auto& ticks = axis.ticker();
        Q_UNUSED(ticks);
        const QVector<double> at = axis.tickVector();
        const QVector<QString> names = axis.tickVectorLabels();
        QVERIFY(at.size() >= 2);
        for (qsizetype i = 1; i < at.size(); ++i) {
            const double room = axis.coordToPixel(at[i]) - axis.coordToPixel(at[i - 1]);
            QVERIFY(room
                    >= (metrics.horizontalAdvance(names[i - 1]) + metrics.horizontalAdvance(names[i])) / 2);
        }
    }

    void numbersOfTicks_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<bool>("log");
        QTest::addColumn<QString>("text");
        QTest::newRow("minus sign") << -0.5 << false << u"−0.5"_s;
        QTest::newRow("zero") << 0.0 << false << u"0"_s;
        QTest::newRow("small powers are digits") << 1000.0 << true << u"1000"_s;
        QTest::newRow("large powers are powers") << 1e5 << true << u"10⁵"_s;
        QTest::newRow("small powers below one") << 1e-6 << true << u"10⁻⁶"_s;
        QTest::newRow("tiny steps") << 2e-7 << false << u"2·10⁻⁷"_s;
    }
    void numbersOfTicks()
    {
        QFETCH(double, value);
        QFETCH(bool, log);
        QTEST(tickText(value, log), "text");
    }

    void labelsOfRulesNeverMeet()
    {
        // Two rules at the same place: their labels stand under each other, in both colours.
        Chart chart = onePanel();
        for (const Ink ink : {Ink::SchemeA, Ink::SchemeB})
            chart.panels[0].rules.push_back({5, Qt::Vertical, ink, Stroke::Solid, u"████████"_s, {}});
        Sheet sheet;
        sheet.show(chart);
        const QPointF top = sheet.at(5, 10) + QPointF(30, 8);
        const int height = QFontMetrics(axisFontOf(sheet.style)).height();
        QVERIFY(sheet.has(top, sheet.style.colors->schemeA, 3));
        QVERIFY(!sheet.has(top, sheet.style.colors->schemeB, 1));
        QVERIFY(sheet.has(top + QPointF(0, height + 2), sheet.style.colors->schemeB, 3));
    }

    void exportsHoldTitleLegendAndCaption()
    {
        Sheet sheet;
        Chart chart = onePanel();
        chart.title = u"A title"_s;
        chart.caption =
            u"A caption that tells the formulas and the conventions that were used here. "_s.repeated(6);
        chart.panels[0].series.push_back(seriesOf(SeriesShape::Line, {2, 4, 6}, {4, 6, 5}));
        chart.panels[0].series[0].name = u"a series"_s;
        sheet.show(chart);
        const int without = sheet.painter.rect(0)->height();
        const int top = sheet.painter.rect(0)->top();
        sheet.style.withTitle = true;
        sheet.show(chart);
        QVERIFY(sheet.painter.rect(0)->top() > top + 25);
        QVERIFY(sheet.painter.rect(0)->height() < without - 60);
        sheet.style.withTitle = false;
        sheet.show(chart);
        QCOMPARE(sheet.painter.rect(0)->height(), without);
    }

    void aSliderStepIsQuick()
    {
        Sheet sheet;
        Chart chart = onePanel();
        std::vector<double> x;
        std::vector<double> y;
        for (int i = 0; i < 512; ++i) {
            x.push_back(i * 10.0 / 512);
            y.push_back(5 + 4 * std::sin(i * 0.3));
        }
        chart.panels[0].series.push_back(seriesOf(SeriesShape::Steps, x, y));
        chart.panels[0].series[0].fill = Fill::Tint;
        chart.panels[0].levels.push_back({u"levels"_s, Ink::SchemeA, Stroke::Solid, {}, 0, 10.0 / 255, 256});
        sheet.plot.resize(1000, 420);
        sheet.painter.show(chart, sheet.style, false);
        sheet.plot.replot();
        double best = 1e9;
        for (int i = 0; i < 20; ++i) {
            QElapsedTimer timer;
            timer.start();
            sheet.painter.show(chart, sheet.style, true);
            sheet.plot.replot();
            best = std::min(best, double(timer.nsecsElapsed()) / 1e6);
        }
        qInfo("%.2f ms", best);
        QVERIFY(best < 8);
    }
};

QTEST_MAIN(TestChartPainter)
#include "tst_chartpainter.moc"
