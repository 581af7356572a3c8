// SPDX-License-Identifier: GPL-3.0-or-later
// The Values tab in the real window: charts, modes, the best limit, B, linked hover.
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/focusbus.h"
#include "ui/mainwindow.h"
#include "ui/plots/chartview.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/detailcharts.h"
#include "ui/views/valuesview.h"

#include <QCheckBox>
#include <QComboBox>
#include <QElapsedTimer>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace quantoscope;
using namespace Qt::StringLiterals;

class TestValuesWindow : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void everyChartIsShownForEveryKindOfScheme_data();
    void everyChartIsShownForEveryKindOfScheme();
    void hiddenTabsDoNoWork();
    void allWidthsComeOnDemand();
    void snapToBestIsOneStep();
    void dragMovesTheMarkOfTheClipCurve();
    void threeModesOfManySets();
    void bIsDrawnDashed();
    void hoverIsLinked();
    void zoomingRefinesTheStaircase();
    void keysActOnTheChartWithTheFocus();

private:
    void edit(const char* scheme);
    void settle();
    ValuesView& view() { return *m_window->valuesView(); }
    DetailCharts& details() { return *view().details(); }
    const Chart& detail() { return *details().chartView()->chart(); }
    const ChartPanel& histogram() { return view().histogram()->chartView()->chart()->panels.at(0); }

    std::unique_ptr<QTemporaryDir> m_scratch;
    std::unique_ptr<SettingsStore> m_settings;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<MainController> m_controller;
};

void TestValuesWindow::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!.*propagateSizeHints).*$"_s));
    m_scratch = std::make_unique<QTemporaryDir>();
    m_settings = std::make_unique<SettingsStore>(m_scratch->filePath(u"settings.ini"_s));
    m_window = std::make_unique<MainWindow>();
    m_controller = std::make_unique<MainController>(*m_window, *m_settings, openNetwork);
    m_window->resize(1280, 800);
    m_window->show();
    m_controller->open(u"synth:gauss,shape=16x64"_s);
    settle();
    edit("bits=4");
}

void TestValuesWindow::cleanup()
{
    m_controller.reset();
    m_window.reset();
}

void TestValuesWindow::settle()
{
    QElapsedTimer patience;
    patience.start();
    for (int quiet = 0; quiet < 3; quiet = m_controller->isBusy() ? 0 : quiet + 1) {
        QTest::qWait(2);
        QVERIFY(patience.elapsed() < 20000);
    }
}

void TestValuesWindow::edit(const char* scheme)
{
    m_controller->session().editScheme(parseScheme(scheme));
    settle();
}

void TestValuesWindow::everyChartIsShownForEveryKindOfScheme_data()
{
    QTest::addColumn<QString>("scheme");
    for (const char* text : {"bits=3,grid=zero-point,granularity=channel", "format=binary",
                             "format=kmeans,bits=2,granularity=channel"})
        QTest::newRow(text) << QString::fromLatin1(text);
}
void TestValuesWindow::everyChartIsShownForEveryKindOfScheme()
{
    QFETCH(QString, scheme);
    edit(scheme.toLatin1().constData());
    auto* kinds = m_window->findChild<QComboBox*>(u"detailKind"_s);
    QCOMPARE(kinds->count(), 6);
    for (int i = 0; i < kinds->count(); ++i) {
        kinds->setCurrentIndex(i);
        settle();
        // Data with a table twin, or a sentence that says why not; never a chart that still waits.
        QVERIFY2(!detail().message.contains(u"Computing"_s), qPrintable(kinds->itemText(i)));
        QVERIFY2(detail().message.isEmpty() != detail().rows.empty(), qPrintable(kinds->itemText(i)));
        QVERIFY(!details().grab().isNull());
    }
}

void TestValuesWindow::hiddenTabsDoNoWork()
{
    auto* tabs = m_window->findChild<QTabWidget*>(u"centreTabs"_s);
    tabs->setCurrentIndex(1);
    settle();
    const auto* before = details().chartView()->chart().get();
    details().setKind(DetailCharts::Kind::Occupancy);
    edit("bits=2");
    QVERIFY(detail().message.contains(u"Computing"_s));
    QVERIFY(details().chartView()->chart().get() != before);
    tabs->setCurrentIndex(0);
    settle();
    QCOMPARE(detail().rows.size(), std::size_t(3));
}

void TestValuesWindow::allWidthsComeOnDemand()
{
    details().setKind(DetailCharts::Kind::ClipCurve);
    settle();
    const std::size_t one = detail().rows.size();
    QVERIFY(one >= 48);
    QCheckBox* all = m_window->findChild<QCheckBox*>(u"allWidthsCheck"_s);
    QVERIFY(all->isVisible());
    all->setChecked(true);
    settle();
    QVERIFY(detail().rows.size() >= 7 * 48);
    details().setKind(DetailCharts::Kind::StepError);
    QVERIFY(!all->isVisible());
}

void TestValuesWindow::snapToBestIsOneStep()
{
    for (const char* scheme : {"bits=3", "bits=3,granularity=channel"}) {
        edit(scheme);
        auto* snap = m_window->findChild<QPushButton*>(u"snapButton"_s);
        QVERIFY2(snap->isEnabled(), scheme);
        QCOMPARE(histogram().rules.size(), std::size_t(4)); // the limits, and the best ones
        const double before = m_controller->session().picture()->detail.report.metrics.mse;
        QTest::mouseClick(snap, Qt::LeftButton);
        settle();
        const RangeRule rule = m_controller->session().scheme().range;
        QCOMPARE(rule.kind, RangeRule::Kind::Ratio);
        const double after = m_controller->session().picture()->detail.report.metrics.mse;
        QVERIFY(after < before);
        QVERIFY(!snap->isEnabled());
        // Nothing nearby is better.
        LayerCache cache;
        const auto data = cache.get(m_controller->session().network(), LayerId{0});
        for (const double factor : {0.9, 1.1}) {
            Scheme near = m_controller->session().scheme();
            near.range.a *= factor;
            QVERIFY(data->report(near).metrics.mse >= after);
        }
        m_controller->session().undo();
        settle();
        QCOMPARE(toText(m_controller->session().scheme()), std::string(scheme));
        QVERIFY(snap->isEnabled());
    }
}

void TestValuesWindow::dragMovesTheMarkOfTheClipCurve()
{
    details().setKind(DetailCharts::Kind::ClipCurve);
    settle();
    const auto now = [this] {
        for (const ChartSeries& series : detail().panels.at(0).series)
            if (series.name == u"now"_s)
                return std::pair(series.x.at(0), series.y.at(0));
        return std::pair(0.0, 0.0);
    };
    QCOMPARE(now().first, 1.0);
    QWidget* upper = m_window->findChild<QWidget*>(u"upperClipHandle"_s);
    const QPoint middle = upper->rect().center();
    QTest::mousePress(upper, Qt::LeftButton, {}, middle);
    QTest::mouseMove(upper, middle - QPoint(80, 0));
    QTest::mouseRelease(upper, Qt::LeftButton, {}, middle - QPoint(80, 0));
    settle();
    QVERIFY(now().first < 0.9);
    QCOMPARE(now().second, m_controller->session().picture()->detail.report.metrics.mse);
}

void TestValuesWindow::threeModesOfManySets()
{
    edit("bits=3,granularity=channel");
    auto* axis = m_window->findChild<QComboBox*>(u"setAxis"_s);
    auto* set = m_window->findChild<QSpinBox*>(u"setSpin"_s);
    QVERIFY(axis->isVisible() && set->isVisible());
    QVERIFY(m_controller->session().picture()->detail.normalized);
    axis->setCurrentIndex(1);
    emit axis->activated(1);
    settle();
    QVERIFY(m_controller->session().picture()->detail.setEnds);
    QCOMPARE(histogram().zones.size(), std::size_t(4));
    QVERIFY(!m_window->findChild<QWidget*>(u"upperClipHandle"_s)->isVisible());
    set->setValue(3);
    settle();
    QVERIFY(!axis->isVisible());
    QCOMPARE(m_controller->session().picture()->detail.set, std::optional<std::size_t>(2));
    set->setValue(0);
    axis->setCurrentIndex(0);
    emit axis->activated(0);
    settle();
    QVERIFY(m_controller->session().picture()->detail.normalized);
    edit("bits=3");
    QVERIFY(!axis->isVisible() && !set->isVisible());
}

void TestValuesWindow::bIsDrawnDashed()
{
    m_controller->session().pinAsB();
    edit("bits=2");
    settle();
    QVERIFY(m_controller->session().pictureB());
    QCOMPARE(histogram().levels.size(), std::size_t(2));
    QCOMPARE(histogram().levels.at(1).count, std::size_t(15));
    QCOMPARE(view().staircase()->chart()->panels.at(0).series.back().ink, Ink::SchemeB);
    bool found = false;
    for (const ChartSeries& series : detail().panels.at(0).series)
        found = found || (series.ink == Ink::SchemeB && series.stroke == Stroke::Dashed);
    QVERIFY(found);
    m_window->setShowingB(true);
    QCOMPARE(histogram().levels.size(), std::size_t(1));
    m_window->setShowingB(false);
    m_controller->session().setB(std::nullopt);
    settle();
    QCOMPARE(histogram().levels.size(), std::size_t(1));
}

void TestValuesWindow::hoverIsLinked()
{
    details().setKind(DetailCharts::Kind::Occupancy);
    settle();
    emit view().histogram()->hovered(0.0);
    QCOMPARE(m_window->focusBus()->hover().code, std::optional<int>(0));
    QCOMPARE(m_window->focusBus()->hover().value, std::optional<double>(0.0));
    emit details().codeHovered(3);
    const double level = double(m_controller->session().picture()->detail.grid.valueOf(3));
    QCOMPARE(m_window->focusBus()->hover().value, std::optional<double>(level));
    emit view().histogram()->clicked(level);
    emit view().histogram()->hovered(std::nullopt);
    QCOMPARE(m_window->focusBus()->shown().code, std::optional<int>(3));
    emit m_window->cancelRequested(); // Esc
    QVERIFY(m_window->focusBus()->shown().isEmpty());
}

void TestValuesWindow::zoomingRefinesTheStaircase()
{
    edit("bits=10");
    const auto shown = [this] { return view().staircase()->chart(); };
    const auto whole = shown();
    auto* canvas = view().staircase()->findChild<QWidget*>(u"staircaseCanvas"_s);
    const QPointF at = view().staircase()->pixelOf(0, 0, 0);
    for (int i = 0; i < 12; ++i) {
        QWheelEvent event(at, canvas->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(canvas, &event);
    }
    QTest::qWait(50);
    const auto& x = shown()->panels.at(0).series.at(1).x;
    QVERIFY(x.back() - x.front() < whole->panels.at(0).series.at(1).x.back());
    QCOMPARE(shown()->panels.at(0).x.hi, whole->panels.at(0).x.hi);
    view().fit();
    QTest::qWait(50);
    QCOMPARE(shown()->panels.at(0).series.at(1).x.size(), whole->panels.at(0).series.at(1).x.size());
}

void TestValuesWindow::keysActOnTheChartWithTheFocus()
{
    m_window->activateWindow();
    ChartView* chart = view().histogram()->chartView();
    chart->setFocus();
    auto* canvas = chart->findChild<QWidget*>(u"histogramCanvas"_s);
    const bool log = chart->shownChart()->panels.at(0).y.log;
    QTest::keyClick(canvas, Qt::Key_L);
    QCOMPARE(chart->shownChart()->panels.at(0).y.log, !log);
    QTest::keyClick(canvas, Qt::Key_L);
    QCOMPARE(chart->shownChart()->panels.at(0).y.log, log);
}

QTEST_MAIN(TestValuesWindow)
#include "tst_valueswindow.moc"
