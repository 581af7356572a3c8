// SPDX-License-Identifier: GPL-3.0-or-later
// A chart in the window, driven by pointer and keys.
#include "tests/ui/chartsamples.h"
#include "ui/models/chartrowsmodel.h"
#include "ui/plots/chartheader.h"
#include "ui/plots/chartreadout.h"
#include "ui/plots/chartview.h"
#include "ui/plots/tabletwin.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QWheelEvent>
#include <qcustomplot.h>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

struct Fixture
{
    ChartView view;

    Fixture()
    {
        view.resize(900, 640);
        view.show();
        view.setChart(std::make_shared<const Chart>(testing::everything()));
        settle();
    }
    void settle() { QTest::qWait(20); }
    QCPRange range(QCPAxis::AxisType type, int rect = 0) const
    {
        return view.canvas()->axisRects().at(rect)->axis(type)->range();
    }
    void wheel(QPointF at, int delta, Qt::KeyboardModifiers modifiers = {})
    {
        QWheelEvent event(at, view.canvas()->mapToGlobal(at), {}, {0, delta}, Qt::NoButton, modifiers,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(view.canvas(), &event);
        settle();
    }
    void drag(QPointF from, QPointF to, Qt::MouseButton button)
    {
        QTest::mousePress(view.canvas(), button, {}, from.toPoint());
        QTest::mouseMove(view.canvas(), ((from + to) / 2).toPoint());
        for (const QPointF at : {(from + to) / 2, to}) {
            QMouseEvent event(QEvent::MouseMove, at, view.canvas()->mapToGlobal(at), button, button, {});
            QApplication::sendEvent(view.canvas(), &event);
        }
        QTest::mouseRelease(view.canvas(), button, {}, to.toPoint());
        settle();
    }
    void hover(QPointF at)
    {
        QMouseEvent event(QEvent::MouseMove, at, view.canvas()->mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                          {});
        QApplication::sendEvent(view.canvas(), &event);
    }
    QString note() const { return view.findChild<ChartHeader*>()->note(); }
    QAction* action(const char* name) const { return view.findChild<QAction*>(QString::fromLatin1(name)); }
};

constexpr auto xAxis = QCPAxis::atBottom;
constexpr auto yAxis = QCPAxis::atLeft;

} // namespace

class TestChartView : public QObject
{
    Q_OBJECT

private slots:
    void wheelZoomsXAndWithShiftY()
    {
        Fixture f;
        const QCPRange x = f.range(xAxis);
        const QCPRange y = f.range(yAxis);
        const QPointF at = f.view.pixelOf(0, 0.5, 100);
        f.wheel(at, 120);
        QVERIFY(std::abs(f.range(xAxis).size() / x.size() - 0.8) < 1e-9);
        QCOMPARE(f.range(yAxis), y);
        // The place under the pointer stays there.
        QVERIFY(std::abs(f.view.pixelOf(0, 0.5, 100).x() - at.x()) < 0.6);
        f.wheel(at, 120, Qt::ShiftModifier);
        QVERIFY(f.range(yAxis).upper < y.upper && f.range(yAxis).lower > y.lower);
        QTest::mouseDClick(f.view.canvas(), Qt::LeftButton, {}, at.toPoint());
        QCOMPARE(f.range(xAxis), x);
        QCOMPARE(f.range(yAxis), y);
    }

    void bothButtonsPan()
    {
        for (const Qt::MouseButton button : {Qt::LeftButton, Qt::RightButton}) {
            Fixture f;
            QSignalSpy clicked(&f.view, &ChartView::clicked);
            const QCPRange x = f.range(xAxis);
            const QPointF at = f.view.pixelOf(0, 0, 50);
            f.drag(at, at + QPointF(40, 0), button);
            QVERIFY(f.range(xAxis).lower < x.lower);
            QVERIFY(std::abs(f.range(xAxis).size() - x.size()) < 1e-9);
            QVERIFY(std::abs(f.view.pixelOf(0, 0, 50).x() - at.x() - 40) < 1);
            QCOMPARE(clicked.count(), 0);
            QVERIFY(!f.view.findChild<QMenu*>());
        }
    }

    void zoomStaysWithChartsOfTheSameAxes()
    {
        Fixture f;
        const QCPRange all = f.range(xAxis);
        f.wheel(f.view.pixelOf(0, 0, 50), 120);
        const QCPRange zoomed = f.range(xAxis);
        Chart next = testing::everything();
        next.panels[0].series[0].x.back() = 9;
        f.view.setChart(std::make_shared<const Chart>(next));
        QCOMPARE(f.range(xAxis), zoomed);
        f.view.fit();
        QVERIFY(f.range(xAxis).upper > 9);
        // Not zoomed: the next one is fitted again; with fixed axes it is not.
        f.view.setChart(std::make_shared<const Chart>(testing::everything()));
        QCOMPARE(f.range(xAxis), all);
        f.action("fixAxes")->trigger();
        QVERIFY(f.view.areAxesFixed());
        f.view.setChart(std::make_shared<const Chart>(next));
        QCOMPARE(f.range(xAxis), all);
        next.panels[0].x.title = u"something else"_s;
        f.view.setChart(std::make_shared<const Chart>(next));
        QVERIFY(f.range(xAxis).upper > 9);
    }

    void logIsSwitchedWhereItCanBe()
    {
        Fixture f;
        QVERIFY(f.action("logScale")->isChecked());
        QCOMPARE(f.range(yAxis).lower, 0.5);
        f.view.canvas()->setFocus();
        f.action("logScale")->trigger();
        QCOMPARE(f.range(yAxis).lower, 0.0);
        QVERIFY(!f.view.shownChart()->panels[0].y.log);
        QVERIFY(f.view.chart()->panels[0].y.log);
        // Panels that cannot be log stay as they are.
        QCOMPARE(f.view.canvas()->axisRects().at(1)->axis(yAxis)->scaleType(), QCPAxis::stLinear);
        f.view.setChart(std::make_shared<const Chart>(testing::everything()));
        QCOMPARE(f.range(yAxis).lower, 0.0);
    }

    void shownChartHasTheRangesThatWereZoomedTo()
    {
        Fixture f;
        QVERIFY(std::isnan(f.view.shownChart()->panels[0].x.lo));
        f.wheel(f.view.pixelOf(0, 0, 50), 240);
        QCOMPARE(f.view.shownChart()->panels[0].x.lo, f.range(xAxis).lower);
        QSignalSpy wanted(&f.view, &ChartView::exportRequested);
        f.action("exportChart")->trigger();
        QCOMPARE(wanted.count(), 1);
    }

    void readOutTellsTheNearestPoint()
    {
        Fixture f;
        QSignalSpy changed(&f.view, &ChartView::readOutChanged);
        f.hover(f.view.pixelOf(1, 4, 6.02 * 4));
        QCOMPARE(f.note(), u"scheme 1 · bits 4 · SQNR 24.08 dB"_s);
        f.hover(f.view.pixelOf(2, 3.5, 0.5));
        QVERIFY2(f.note().startsWith(u"row 0.5000 · column 3.500 · x 0"_s), qPrintable(f.note()));
        f.view.setReadOut([](double, double) { return u"told by the view"_s; });
        f.hover(f.view.pixelOf(0, 1, 10));
        QCOMPARE(f.note(), u"told by the view"_s);
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(f.view.canvas(), &leave);
        QCOMPARE(f.note(), QString());
        QVERIFY(changed.count() >= 4);
    }

    void clicksTellKeysOrPlaces()
    {
        Fixture f;
        QSignalSpy points(&f.view, &ChartView::pointClicked);
        QSignalSpy places(&f.view, &ChartView::clicked);
        QTest::mouseClick(f.view.canvas(), Qt::LeftButton, {}, f.view.pixelOf(1, 6, 6.02 * 6 - 3).toPoint());
        QCOMPARE(points.count(), 1);
        QCOMPARE(points[0][0].value<std::size_t>(), 1u);
        QCOMPARE(points[0][2].value<std::size_t>(), 106u);
        QTest::mouseClick(f.view.canvas(), Qt::LeftButton, {}, f.view.pixelOf(0, 1, 10).toPoint());
        QCOMPARE(places.count(), 1);
        QVERIFY(std::abs(places[0][1].toPointF().x() - 1) < 0.05);
    }

    void tableHoldsTheRows()
    {
        Fixture f;
        f.view.showTable();
        auto* twin = f.view.findChild<TableTwin*>();
        QVERIFY(twin && twin->isVisible());
        auto* table = twin->findChild<QTableView*>();
        QAbstractItemModelTester tester(table->model(),
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        const Json& rows = f.view.chart()->rows;
        QCOMPARE(table->model()->rowCount(), static_cast<int>(rows.size()));
        QCOMPARE(table->model()->headerData(1, Qt::Horizontal).toString(), u"count"_s);
        for (int row = 0; row < table->model()->rowCount(); ++row)
            for (int column = 0; column < 2; ++column)
                QCOMPARE(table->model()->index(row, column).data(Qt::EditRole).toString().toDouble(),
                         rows[static_cast<std::size_t>(row)][column ? "count" : "x"].get<double>());
        table->sortByColumn(1, Qt::DescendingOrder);
        QCOMPARE(table->model()->index(0, 1).data(Qt::EditRole).toString(), u"4000.0"_s);
        QTest::mouseClick(twin->findChild<QPushButton*>(u"tableTwinCopy"_s), Qt::LeftButton);
        QVERIFY(QApplication::clipboard()->text().startsWith(u"x\tcount\n0.0\t4000.0\n"_s));
        // It follows its chart.
        Chart next = testing::everything();
        next.rows = Json::array({{{"x", 1}}});
        f.view.setChart(std::make_shared<const Chart>(next));
        QCOMPARE(table->model()->rowCount(), 1);
    }

    void copiesAreDataAndPicture()
    {
        Fixture f;
        f.action("copyData")->trigger();
        const QStringList lines = QApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 97);
        QCOMPARE(lines[0], u"x\tcount"_s);
        f.action("copyImage")->trigger();
        const QImage image = QApplication::clipboard()->image();
        QCOMPARE(image.width(), 2 * f.view.canvas()->width());
    }

    void statesAreDrawn()
    {
        Fixture f;
        const QImage fresh = f.view.canvas()->toPixmap().toImage();
        f.view.setStale(true);
        QVERIFY(f.note().startsWith(u"≈"_s));
        QVERIFY(f.view.canvas()->toPixmap().toImage() != fresh);
        f.view.setChart(f.view.chart());
        QVERIFY(f.note().isEmpty());
        QCOMPARE(f.view.canvas()->toPixmap().toImage(), fresh);
        Chart none;
        none.title = u"Nothing"_s;
        none.message = u"No samples were given"_s;
        f.view.setChart(std::make_shared<const Chart>(none));
        QCOMPARE(f.view.canvas()->accessibleDescription(), none.message);
        const QImage said = f.view.canvas()->toPixmap().toImage();
        f.view.setChart(nullptr);
        f.view.setMessage(u"Open a network"_s);
        const QImage message = f.view.canvas()->toPixmap().toImage();
        QVERIFY(message != said);
        f.view.setMessage({});
        QVERIFY(f.view.canvas()->toPixmap().toImage() != message);
        QVERIFY(!f.action("copyData")->isEnabled());
        f.view.copyImage();
        f.view.showTable();
        QVERIFY(!f.view.findChild<TableTwin*>());
    }

    void themeAndFontAreFollowed()
    {
        Fixture f;
        f.view.setPalette(makePalette(true));
        f.settle();
        QCOMPARE(f.view.canvas()->toPixmap().toImage().pixelColor(1, 1), themeColors(true).base);
        QFont large = f.view.font();
        large.setPointSizeF(large.pointSizeF() * 2);
        const int left = f.view.canvas()->axisRects().at(0)->left();
        f.view.setFont(large);
        f.view.setLineScale(3);
        f.settle();
        QVERIFY(f.view.canvas()->axisRects().at(0)->left() > left + 8);
    }

    void markIsDrawnOnItsOwnLayer()
    {
        Fixture f;
        QSignalSpy replots(&f.view, &ChartView::replotted);
        const QImage before = f.view.canvas()->grab().toImage();
        f.view.setMark(0.4);
        QCOMPARE(replots.count(), 0);
        const QImage after = f.view.canvas()->grab().toImage();
        const QPoint at = f.view.pixelOf(0, 0.4, 3000).toPoint();
        QVERIFY(before.pixelColor(at) != after.pixelColor(at));
        QCOMPARE(after.pixelColor(at), themeColors(f.view.palette()).text);
        f.view.setMark(std::nullopt);
        QCOMPARE(f.view.canvas()->grab().toImage(), before);
    }

    void menuComesByKeyAndByClick()
    {
        Fixture f;
        QTest::mouseClick(f.view.canvas(), Qt::RightButton, {}, f.view.pixelOf(0, 1, 10).toPoint());
        auto* menu = f.view.findChild<QMenu*>();
        QVERIFY(menu && menu->isVisible());
        QCOMPARE(menu->actions().size(), 9);
        menu->close();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QContextMenuEvent key(QContextMenuEvent::Keyboard, {}, {});
        QApplication::sendEvent(f.view.canvas(), &key);
        QVERIFY(f.view.findChild<QMenu*>());
        QCOMPARE(f.view.canvas()->accessibleName(), u"Everything a chart can show"_s);
        QVERIFY(f.view.canvas()->accessibleDescription().contains(u"values: 96 points"_s));
    }
};

QTEST_MAIN(TestChartView)
#include "tst_chartview.moc"
