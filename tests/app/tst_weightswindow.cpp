// SPDX-License-Identifier: GPL-3.0-or-later
// The Map and Channels tabs in the real window.
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/charts/chart.h"
#include "ui/mainwindow.h"
#include "ui/plots/chartview.h"
#include "ui/views/channelsview.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/mapview.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QRegularExpression>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

#include <cmath>

using namespace quantoscope;
using namespace Qt::StringLiterals;

class TestWeightsWindow : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void hiddenTabsDoNoWork();
    void mapFollowsSchemeModeAndLayer();
    void zoomingGivesFinerCells();
    void readOutFollowsThePointer();
    void channelsAreOrdered();
    void equalizationIsShownOrRefused();
    void arrangementsThatDoNotFitSaySo();

private:
    void open(const QString& given);
    void settle();
    const ChartImage& image() const { return m_map->chart()->chart()->panels.at(1).images.at(0); }

    std::unique_ptr<QTemporaryDir> m_scratch;
    std::unique_ptr<SettingsStore> m_settings;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<MainController> m_controller;
    MapView* m_map = nullptr;
    ChannelsView* m_channels = nullptr;
};

void TestWeightsWindow::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!.*propagateSizeHints).*$"_s));
    m_scratch = std::make_unique<QTemporaryDir>();
    m_settings = std::make_unique<SettingsStore>(m_scratch->filePath(u"settings.ini"_s));
    m_window = std::make_unique<MainWindow>();
    m_controller = std::make_unique<MainController>(*m_window, *m_settings, openNetwork);
    m_map = m_window->findChild<MapView*>();
    m_channels = m_window->findChild<ChannelsView*>();
    QVERIFY(m_map && m_channels);
    m_window->resize(1280, 800);
    m_window->show();
}

void TestWeightsWindow::cleanup()
{
    m_controller.reset();
    m_window.reset();
}

void TestWeightsWindow::settle()
{
    QTest::qWait(20);
    QTRY_VERIFY_WITH_TIMEOUT(!m_controller->isBusy(), 20000);
    QTest::qWait(30);
    QTRY_VERIFY_WITH_TIMEOUT(!m_controller->isBusy(), 20000);
}

void TestWeightsWindow::open(const QString& given)
{
    m_controller->open(given);
    settle();
    QVERIFY(m_controller->session().currentLayer());
}

void TestWeightsWindow::hiddenTabsDoNoWork()
{
    open(u"synth:gauss,shape=64x64,seed=2"_s);
    QVERIFY(!m_map->chart()->chart());
    QVERIFY(!m_channels->chart()->chart());
    m_window->showTab(m_map);
    settle();
    QVERIFY(m_map->chart()->chart());
    QVERIFY(!m_channels->chart()->chart());
}

void TestWeightsWindow::mapFollowsSchemeModeAndLayer()
{
    open(u"synth:gauss,shape=64x96,seed=2"_s);
    m_window->showTab(m_map);
    settle();
    QCOMPARE(image().rows, 64u);
    QCOMPARE(image().columns, 96u);
    auto* mode = m_map->findChild<QComboBox*>(u"mapMode"_s);
    const double values = image().hi;
    mode->setCurrentIndex(mode->findData(static_cast<int>(MapMode::Error)));
    settle();
    const double at4 = image().hi;
    QVERIFY(at4 > 0 && at4 < values);
    m_controller->session().editBits(8);
    settle();
    // Half a step each: 16 times finer, the largest error of that many values nearly reaches it.
    QVERIFY(image().hi < at4 / 10);
    mode->setCurrentIndex(mode->findData(static_cast<int>(MapMode::Rounding)));
    settle();
    QVERIFY(!m_map->chart()->chart());
    mode->setCurrentIndex(0);
    settle();
    QCOMPARE(image().hi, values);
}

void TestWeightsWindow::zoomingGivesFinerCells()
{
    open(u"synth:gauss,shape=1600x1600,seed=2"_s);
    m_window->showTab(m_map);
    settle();
    const double cell = (image().right - image().left) / double(image().columns);
    QVERIFY(cell >= 2);
    auto* canvas = m_map->chart()->focusProxy();
    QVERIFY(canvas);
    const QPointF centre = m_map->chart()->pixelOf(1, 800, 800);
    for (int i = 0; i < 24; ++i) {
        QWheelEvent wheel(centre, canvas->mapToGlobal(centre), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(canvas, &wheel);
        QWheelEvent vertical(centre, canvas->mapToGlobal(centre), {}, {0, 120}, Qt::NoButton,
                             Qt::ShiftModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(canvas, &vertical);
    }
    settle();
    QCOMPARE((image().right - image().left) / double(image().columns), 1.0);
    QVERIFY(image().right - image().left < 1600);
    m_map->chart()->fit();
    settle();
    QCOMPARE(image().right, 1600.0);
}

void TestWeightsWindow::readOutFollowsThePointer()
{
    open(u"synth:gauss,shape=16x16,seed=2"_s);
    m_window->showTab(m_map);
    settle();
    emit m_map->chart()->hovered(1, QPointF(3.5, 7.5));
    auto* cell = m_map->findChild<QWidget*>(u"mapCell"_s);
    QVERIFY(cell);
    const QString text = qobject_cast<ElidedLabel*>(cell)->text();
    QVERIFY2(text.contains(u"channel 7, 3"_s), qPrintable(text));
    auto* status = m_window->findChild<QLabel*>(u"hoverReadOut"_s);
    QCOMPARE(status->text(), text);
    emit m_map->chart()->hovered(0, std::nullopt);
    QVERIFY(status->text().isEmpty());
}

void TestWeightsWindow::channelsAreOrdered()
{
    open(u"synth:outlier-channels:2:8,shape=32x64,seed=2"_s);
    m_window->showTab(m_channels);
    settle();
    auto* order = m_channels->findChild<QComboBox*>(u"channelOrder"_s);
    order->setCurrentIndex(order->findData(static_cast<int>(ChannelOrder::Range)));
    settle();
    const ChartSeries& all = m_channels->chart()->chart()->panels.at(0).series.at(0);
    QCOMPARE(all.keys.size(), 32u);
    for (std::size_t i = 1; i < all.y.size(); ++i)
        QVERIFY(std::max(all.y[i - 1], -all.y2[i - 1]) >= std::max(all.y[i], -all.y2[i]));
    m_controller->session().editScheme(parseScheme("bits=4,granularity=channel"));
    settle();
    emit m_channels->chart()->pointClicked(0, 0, 5);
    settle();
    QCOMPARE(m_controller->session().chosenSet(), std::optional<std::size_t>(5));
}

void TestWeightsWindow::equalizationIsShownOrRefused()
{
    open(u"synth:gauss,shape=16x16,seed=2"_s);
    m_window->showTab(m_channels);
    auto* box = m_channels->findChild<QCheckBox*>();
    box->setChecked(true);
    settle();
    QCOMPARE(m_channels->chart()->chart()->panels.at(0).series.size(), 4u);
    m_controller->openSample();
    settle();
    const auto layer = m_controller->session().network()->findLayer("block2.depthwise");
    QVERIFY(layer);
    m_controller->session().setCurrentLayer(layer);
    settle();
    QCOMPARE(m_channels->chart()->chart()->panels.at(0).series.size(), 5u);
}

void TestWeightsWindow::arrangementsThatDoNotFitSaySo()
{
    open(u"synth:gauss,shape=8x40,seed=2"_s);
    m_window->showTab(m_channels);
    m_controller->session().editScheme(parseScheme("ggml-q4_0"));
    settle();
    // 40 values are no whole number of blocks of 32: ranges stand, levels and errors do not.
    QCOMPARE(m_channels->chart()->chart()->panels.size(), 1u);
    m_window->showTab(m_map);
    settle();
    QVERIFY(m_map->chart()->chart());
}

QTEST_MAIN(TestWeightsWindow)
#include "tst_weightswindow.moc"
