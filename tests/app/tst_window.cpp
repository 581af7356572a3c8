// SPDX-License-Identifier: GPL-3.0-or-later
// The window driven as a person would: mouse and keyboard on the real window with the real session.
#include "app/maincontroller.h"
#include "tests/ui/testnetwork.h"
#include "ui/mainwindow.h"
#include "ui/models/layertablemodel.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/layersdock.h"
#include "ui/views/noticebar.h"
#include "ui/views/schemepanel.h"
#include "ui/views/valuesview.h"

#include <QAccessible>
#include <QComboBox>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QStatusBar>
#include <QStyleOptionSlider>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Network> load(const std::string& file, std::stop_token stop, const ProgressFn&)
{
    if (file == "slow") {
        while (!stop.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        throw Cancelled{};
    }
    if (file.find("broken") != std::string::npos)
        throw Error(ErrorCode::FileFormat, "broken.onnx ends in the middle of tensor conv1.", file);
    if (file == "empty")
        return testing::oneLayer({}, {0, 4});
    if (file == "one")
        return testing::oneLayer({0.25f}, {1});
    if (file == "stored") {
        auto network = std::make_shared<Network>(*testing::oneLayer({}, {0}));
        Weight& weight = network->weights.front();
        const auto codes = std::make_shared<const std::vector<std::int8_t>>(
            std::vector<std::int8_t>{-100, -3, 0, 5, 90, 127});
        weight.data = {
            .dtype = DType::I8, .shape = {2, 3}, .bytes = std::as_bytes(std::span(*codes)), .owner = codes};
        weight.stored.emplace();
        weight.stored->op = "DequantizeLinear";
        weight.stored->scales = {0.02f};
        return network;
    }
    if (file == "nothing")
        return std::make_shared<const Network>();
    return testing::smallNetwork();
}

struct Fixture
{
    QTemporaryDir folder;
    SettingsStore settings{folder.filePath(u"settings.ini"_s)};
    MainWindow window;
    MainController controller{window, settings, load};

    explicit Fixture(bool opened = true)
    {
        window.show();
        if (opened) {
            controller.open(u"small"_s);
            settle();
        }
    }
    Session& session() { return controller.session(); }
    QString scheme() { return QString::fromStdString(toText(session().scheme())); }
    void settle()
    {
        QTest::qWait(1);
        QTRY_VERIFY_WITH_TIMEOUT(!controller.isBusy(), 20000);
        QTest::qWait(1);
    }
    template <class T>
    T* find(const char* name)
    {
        return window.findChild<T*>(QString::fromLatin1(name));
    }
};

void drag(QWidget* handle, int by, Qt::KeyboardModifiers modifiers = {}, bool release = true)
{
    const QPoint start(handle->width() / 2, handle->height() / 2);
    QTest::mousePress(handle, Qt::LeftButton, modifiers, start);
    for (int step = 1; step <= 10; ++step) {
        // The handle moves under the mouse: positions are fixed on the screen.
        const QPoint global = handle->parentWidget()->mapToGlobal(QPoint(0, start.y()));
        Q_UNUSED(global);
        QMouseEvent move(QEvent::MouseMove, QPointF(start.x() + by / 10.0, start.y()),
                         handle->mapToGlobal(QPointF(start.x() + by / 10.0, start.y())), Qt::NoButton,
                         Qt::LeftButton, modifiers);
        QCoreApplication::sendEvent(handle, &move);
        QTest::qWait(2);
    }
    if (release)
        QTest::mouseRelease(handle, Qt::LeftButton, modifiers, start);
}

} // namespace

class TestWindow : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QApplication::setEffectEnabled(Qt::UI_AnimateMenu, false); }
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u"^(?!This plugin does not support propagateSizeHints).*"_s));
    }

    void startsAtTheWorstLayerWithSomethingBad()
    {
        Fixture f;
        QCOMPARE(f.session().currentLayer(), std::optional(LayerId{1}));
        QCOMPARE(f.scheme(), u"bits=4"_s);
        QVERIFY(f.session().picture());
        QVERIFY(f.session().sweep());
        QVERIFY(f.window.statusBar()->findChild<QLabel*>()->text().contains(u"uneven · 16×32"_s));
    }

    void sliderByMouse()
    {
        Fixture f;
        auto* slider = f.find<QSlider>("bitsSlider");
        QStyleOptionSlider option;
        option.initFrom(slider);
        option.orientation = Qt::Horizontal;
        option.minimum = option.sliderPosition = slider->minimum();
        option.maximum = slider->maximum();
        option.sliderPosition = option.sliderValue = slider->value();
        const QRect handle =
            slider->style()->subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, slider);
        QTest::mousePress(slider, Qt::LeftButton, {}, handle.center());
        for (int x = handle.center().x(); x < slider->width() - 2; x += 8)
            QTest::mouseMove(slider, {x, handle.center().y()});
        QTest::mouseMove(slider, {slider->width() - 1, handle.center().y()});
        QTest::mouseRelease(slider, Qt::LeftButton, {}, {slider->width() - 1, handle.center().y()});
        f.settle();
        QCOMPARE(f.session().scheme().bits, 16);
        QCOMPARE(f.session().picture()->scheme().bits, 16);
        QCOMPARE(f.find<QSpinBox>("bitsSpin")->value(), 16);
    }

    void bracketKeysChangeTheBits()
    {
        Fixture f;
        f.window.activateWindow();
        f.window.layersDock()->table()->setFocus();
        QTest::keyClick(f.window.layersDock()->table(), Qt::Key_BracketLeft);
        QCOMPARE(f.session().scheme().bits, 3);
        QTest::keyClick(f.window.layersDock()->table(), Qt::Key_BracketRight);
        QTest::keyClick(f.window.layersDock()->table(), Qt::Key_BracketRight);
        QCOMPARE(f.session().scheme().bits, 5);
    }

    void lettersInTheFilterAreText()
    {
        Fixture f;
        f.window.activateWindow();
        QTest::keyClick(&f.window, Qt::Key_F, Qt::ControlModifier);
        auto* filter = f.find<QLineEdit>("layerFilter");
        QTRY_VERIFY(filter->hasFocus());
        QTest::keyClicks(filter, u"w["_s);
        QCOMPARE(filter->text(), u"w["_s);
        QCOMPARE(f.session().scheme().bits, 4);
    }

    void oneBitSaysBinary()
    {
        Fixture f;
        f.find<QSlider>("bitsSlider")->setValue(1);
        f.settle();
        QCOMPARE(f.scheme(), u"format=binary"_s);
        QVERIFY(f.find<QLabel>("formatExplanation")->text().contains(u"at 1 bit"_s));
        QVERIFY(!f.find<QWidget>("upperClipHandle")->isVisible());
    }

    void refusedGridSpringsBack()
    {
        Fixture f;
        f.session().editScheme(parseScheme("bits=4,range=manual:-1:1"));
        auto* lo = f.window.findChild<QDoubleSpinBox*>(u"rangeLoSpin"_s);
        lo->setValue(3);
        QCOMPARE(f.scheme(), u"bits=4,range=manual:-1:1"_s);
        QCOMPARE(lo->value(), -1.0);
        QVERIFY(f.find<QLabel>("schemeNote")->text().contains(u"LO < HI"_s));
    }

    void clipHandleDragMirrors()
    {
        Fixture f;
        HistogramPlot* plot = f.window.valuesView()->histogram();
        QWidget* upper = f.find<QWidget>("upperClipHandle");
        QWidget* lower = f.find<QWidget>("lowerClipHandle");
        QVERIFY(upper->isVisible() && lower->isVisible());
        const int before = lower->x();
        const double limit = plot->limits().hi;
        drag(upper, -100);
        f.settle();
        const RangeRule rule = f.session().scheme().range;
        QCOMPARE(rule.kind, RangeRule::Kind::Manual);
        QVERIFY2(rule.b < limit, "the limit moved inwards");
        QCOMPARE(rule.a, -rule.b);
        QVERIFY(lower->x() > before);
        QVERIFY(f.session().picture()->detail.shown.clippedFraction > 0);
        QCOMPARE(plot->columnOf(rule.b), plot->columnOf(plot->limits().hi));
        f.session().undo();
        QCOMPARE(f.scheme(), u"bits=4"_s);
    }

    void escapeCancelsTheDrag()
    {
        Fixture f;
        QWidget* upper = f.find<QWidget>("upperClipHandle");
        upper->setFocus();
        drag(upper, -60, {}, false);
        QVERIFY(f.scheme() != u"bits=4"_s);
        QTest::keyClick(upper, Qt::Key_Escape);
        QTest::mouseRelease(upper, Qt::LeftButton);
        f.settle();
        QCOMPARE(f.scheme(), u"bits=4"_s);
        QVERIFY(!f.session().history().canUndo());
    }

    void doubleClickGoesBackToMinMax()
    {
        Fixture f;
        f.session().editRange({RangeRule::Kind::Manual, -1, 1});
        f.settle();
        QTest::mouseDClick(f.find<QWidget>("upperClipHandle"), Qt::LeftButton);
        QCOMPARE(f.scheme(), u"bits=4"_s);
    }

    void keysMoveAHandle()
    {
        Fixture f;
        QWidget* lower = f.find<QWidget>("lowerClipHandle");
        lower->setFocus();
        const double before = f.window.valuesView()->histogram()->limits().lo;
        QTest::keyClick(lower, Qt::Key_Right, Qt::ShiftModifier);
        f.settle();
        const double after = f.session().scheme().range.a;
        QVERIFY(after > before);
        QTest::keyClick(lower, Qt::Key_Right);
        f.settle();
        QVERIFY(f.session().scheme().range.a > after);
        QTest::keyClick(f.find<QWidget>("upperClipHandle"), Qt::Key_End);
        f.settle();
        QCOMPARE(f.session().scheme().range.b, 40.0);
    }

    void channelsAreChosen()
    {
        Fixture f;
        f.session().editScheme(parseScheme("bits=4,granularity=channel"));
        f.settle();
        QVERIFY(f.session().picture()->detail.normalized);
        auto* chooser = f.find<QSpinBox>("setSpin");
        QVERIFY(chooser->isVisible());
        chooser->setValue(4);
        f.settle();
        QCOMPARE(f.session().picture()->detail.set, std::optional<std::size_t>(3));
        QVERIFY(!f.session().picture()->detail.normalized);
        drag(f.find<QWidget>("upperClipHandle"), -40);
        f.settle();
        QCOMPARE(f.session().scheme().range.kind, RangeRule::Kind::Ratio);
        QVERIFY(f.session().scheme().range.a < 1);
        QCOMPARE(f.session().chosenSet(), std::optional<std::size_t>(3));
        chooser->setValue(0);
        f.settle();
        QVERIFY(f.session().picture()->detail.normalized);
    }

    void normalizedDragKeepsItsAxis()
    {
        Fixture f;
        f.session().editScheme(parseScheme("bits=4,granularity=channel"));
        f.settle();
        drag(f.find<QWidget>("upperClipHandle"), -60);
        f.settle();
        const RangeRule rule = f.session().scheme().range;
        QCOMPARE(rule.kind, RangeRule::Kind::Ratio);
        QVERIFY(rule.a > 0 && rule.a < 1);
        // After the drag the limits are the ends of the codes again.
        QCOMPARE(f.window.valuesView()->histogram()->limits().hi, 7.0);
    }

    void hoverReadsOut()
    {
        Fixture f;
        HistogramPlot* plot = f.window.valuesView()->histogram();
        emit plot->hovered(0.0);
        QVERIFY(f.find<QLabel>("hoverReadOut")->text().contains(u"q 0"_s));
        emit plot->hovered(std::nullopt);
        QVERIFY(f.find<QLabel>("hoverReadOut")->text().isEmpty());
    }

    void filterSortAndWorst()
    {
        Fixture f;
        f.window.activateWindow();
        QTableView* table = f.window.layersDock()->table();
        auto* filter = f.find<QLineEdit>("layerFilter");
        filter->setText(u"conv"_s);
        QCOMPARE(table->model()->rowCount(), 2);
        table->setFocus();
        QTest::keyClick(table, Qt::Key_W);
        QCOMPARE(f.session().currentLayer(), std::optional(LayerId{1}));
        QVERIFY(filter->text().isEmpty()); // the worst one was filtered out
        table->sortByColumn(LayerTableModel::Sqnr, Qt::DescendingOrder);
        QCOMPARE(table->model()->index(2, 0).data().toString(), u"uneven"_s);
        QTest::keyClick(&f.window, Qt::Key_Up, Qt::AltModifier);
        f.settle();
        QVERIFY(f.session().currentLayer() != std::optional(LayerId{1}));
        QVERIFY(f.session().picture()->layer == *f.session().currentLayer());
    }

    void edgeTensorsGetASentence_data()
    {
        QTest::addColumn<int>("layer");
        QTest::addColumn<QString>("part");
        QTest::newRow("all zero") << 2 << u"All values are 0"_s;
        QTest::newRow("constant") << 3 << u"the same: 0.5"_s;
        QTest::newRow("NaN and Inf") << 4 << u"1 NaN and 1 infinite"_s;
    }
    void edgeTensorsGetASentence()
    {
        QFETCH(int, layer);
        QFETCH(QString, part);
        Fixture f;
        f.session().setCurrentLayer(LayerId{static_cast<std::uint32_t>(layer)});
        f.settle();
        auto* sentence = f.find<QLabel>("edgeSentence");
        QVERIFY(sentence->isVisible());
        QVERIFY2(sentence->text().contains(part), qPrintable(sentence->text()));
        for (const char* scheme :
             {"format=binary", "bits=4,granularity=channel", "bits=2,grid=zero-point,range=percentile:99",
              "format=binary,granularity=channel", "bits=16,grid=symmetric-signed"}) {
            f.session().editScheme(parseScheme(scheme));
            f.settle();
            QVERIFY(f.session().picture());
        }
    }

    void smallestTensorsAreShown_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("part");
        QTest::newRow("empty") << u"empty"_s << u"empty"_s;
        QTest::newRow("a single value") << u"one"_s << u"All values are the same"_s;
        QTest::newRow("stored as codes") << u"stored"_s << u"Stored quantized: "_s;
    }
    void smallestTensorsAreShown()
    {
        QFETCH(QString, file);
        QFETCH(QString, part);
        Fixture f(false);
        f.controller.open(file);
        f.settle();
        for (const char* scheme : {"bits=4", "format=binary", "bits=4,granularity=channel",
                                   "bits=8,grid=zero-point,granularity=group:2"}) {
            f.session().editScheme(parseScheme(scheme));
            f.settle();
        }
        QVERIFY2(f.find<QLabel>("edgeSentence")->text().contains(part),
                 qPrintable(f.find<QLabel>("edgeSentence")->text()));
    }

    void theWheelLeavesUnfocusedControlsAlone()
    {
        Fixture f;
        auto* slider = f.find<QSlider>("bitsSlider");
        f.window.layersDock()->table()->setFocus();
        QWheelEvent wheel(QPointF(5, 5), slider->mapToGlobal(QPointF(5, 5)), {}, QPoint(0, 120), Qt::NoButton,
                          {}, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(slider, &wheel);
        QCOMPARE(f.session().scheme().bits, 4);
    }

    void openErrorIsShownInline()
    {
        Fixture f;
        const auto before = f.session().network();
        f.controller.open(u"broken.onnx"_s);
        f.settle();
        auto* bar = f.find<NoticeBar>("errorBar");
        QVERIFY(bar->isVisible());
        QVERIFY(bar->text().contains(u"tensor conv1"_s));
        QCOMPARE(f.session().network(), before);
        f.controller.open(u"small"_s);
        f.settle();
        QVERIFY(!bar->isVisible());
    }

    void aFileWithoutWeightsSaysSo()
    {
        Fixture f;
        f.controller.open(u"nothing"_s);
        f.settle();
        QVERIFY(!f.session().picture());
        QVERIFY(!f.session().currentLayer());
    }

    void openingCanBeCancelled()
    {
        Fixture f;
        f.controller.open(u"slow"_s);
        auto* cancel = f.find<QPushButton>("cancelButton");
        QTRY_VERIFY(cancel->isVisible());
        QTest::mouseClick(cancel, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!f.controller.isBusy(), 200);
        QVERIFY(!cancel->isVisible());
    }

    void closingWhileWorkingIsSafe()
    {
        Fixture f(false);
        f.controller.open(u"slow"_s);
        f.window.close();
    }

    void aDroppedFileOpens()
    {
        Fixture f;
        QSignalSpy opened(&f.window, &MainWindow::openRequested);
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(u"/tmp/broken-drop.onnx"_s)});
        QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&f.window, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&f.window, &drop);
        QCOMPARE(opened.size(), 1);
        f.settle();
        QVERIFY(f.find<NoticeBar>("errorBar")->isVisible());
    }

    void pinSwapAndHeldSpace()
    {
        Fixture f;
        f.window.activateWindow();
        QTableView* table = f.window.layersDock()->table();
        table->setFocus();
        QTest::keyClick(table, Qt::Key_P);
        QCOMPARE(f.session().setup().pins.size(), std::size_t(1));
        QTest::keyClick(table, Qt::Key_BracketRight);
        f.settle();
        QVERIFY(f.session().pictureB());
        QCOMPARE(f.session().pictureB()->scheme().bits, 4);
        auto* other = f.find<QWidget>("sqnrCardB");
        QVERIFY(other->isVisible());
        QVERIFY2(f.find<QWidget>("sqnrCard")->accessibleDescription().contains(u"worse"_s),
                 qPrintable(f.find<QWidget>("sqnrCard")->accessibleDescription()));
        const QString a = f.find<QWidget>("sqnrCard")->accessibleDescription().section(u';', 0, 0);
        QTest::keyPress(table, Qt::Key_Space);
        QVERIFY(!other->isVisible());
        QVERIFY(f.find<QWidget>("sqnrCard")->accessibleDescription() != a);
        QTest::keyRelease(table, Qt::Key_Space);
        QVERIFY(f.find<QWidget>("sqnrCard")->accessibleDescription().startsWith(a));
        QTest::keyClick(table, Qt::Key_X);
        f.settle();
        QCOMPARE(f.session().scheme().bits, 4);
        QCOMPARE(f.session().pictureB()->scheme().bits, 5);
        QVERIFY(f.find<QWidget>("sqnrCard")->accessibleDescription().contains(u"better"_s));
        f.session().setCurrentLayer(LayerId{0});
        f.settle();
        QCOMPARE(f.session().pictureB()->layer, LayerId{0});
        QCOMPARE(f.session().resultB()->settings.scheme.bits, 5);
        QTest::keyClick(&f.window, Qt::Key_Z, Qt::ControlModifier);
        QTest::keyClick(&f.window, Qt::Key_Z, Qt::ControlModifier);
        QTest::keyClick(&f.window, Qt::Key_Z, Qt::ControlModifier);
        f.settle();
        QVERIFY(f.session().setup().pins.empty());
        QVERIFY(!f.find<QWidget>("sqnrCardB")->isVisible());
    }

    void aLayerGetsItsOwnScheme()
    {
        Fixture f;
        auto* scope = f.find<QComboBox>("scopeCombo");
        scope->setCurrentIndex(2);
        emit scope->activated(2);
        f.find<QSpinBox>("bitsSpin")->setValue(7);
        f.settle();
        QVERIFY(f.session().isOverridden());
        QCOMPARE(f.session().result()->layers[1].scheme.bits, 7);
        QCOMPARE(f.session().result()->layers[0].scheme.bits, 4);
        QTableView* table = f.window.layersDock()->table();
        QCOMPARE(table->model()->index(1, LayerTableModel::Bits).data().toString(), u"◆ 7"_s);
        f.session().setCurrentLayer(LayerId{0});
        f.settle();
        QCOMPARE(f.find<QSpinBox>("bitsSpin")->value(), 4);
        QVERIFY(!f.find<QPushButton>("overrideReset")->isVisible());
        f.session().setCurrentLayer(LayerId{1});
        QTest::mouseClick(f.find<QPushButton>("overrideReset"), Qt::LeftButton);
        f.settle();
        QVERIFY(!f.session().isOverridden());
        QCOMPARE(f.find<QSpinBox>("bitsSpin")->value(), 4);
    }

    void columnsAreChosen()
    {
        Fixture f;
        LayersDock* dock = f.window.layersDock();
        dock->chooseColumns(std::set<int>{LayerTableModel::Name, LayerTableModel::Parameters,
                                          LayerTableModel::Kind, LayerTableModel::ShapeColumn,
                                          LayerTableModel::Sqnr});
        QVERIFY(!dock->table()->isColumnHidden(LayerTableModel::Kind));
        QVERIFY(dock->table()->isColumnHidden(LayerTableModel::Bits));
        dock->chooseColumns(std::nullopt);
        QVERIFY(!dock->table()->isColumnHidden(LayerTableModel::Bits));
        QVERIFY(dock->width() <= 310);
    }

    void themesSwitch()
    {
        Fixture f;
        emit f.window.themeChosen(ThemeMode::Dark);
        QCOMPARE(QApplication::palette().color(QPalette::Window), QColor(0x1E2227));
        emit f.window.themeChosen(ThemeMode::Light);
        QCOMPARE(QApplication::palette().color(QPalette::Window), QColor(0xF6F7F9));
    }

    void everyFocusableWidgetHasAName()
    {
        Fixture f;
        f.session().editScheme(
            parseScheme("bits=4,granularity=group:8,range=manual:-1:1,rounding=stochastic:3"));
        f.settle();
        f.window.showError(u"An error"_s);
        f.window.setHintVisible(true);
        QStringList nameless;
        int checked = 0;
        for (QWidget* widget : f.window.findChildren<QWidget*>()) {
            if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus)
                || widget->objectName() == u"qt_spinbox_lineedit"_s)
                continue;
            ++checked;
            auto* accessible = QAccessible::queryAccessibleInterface(widget);
            if (!accessible || accessible->text(QAccessible::Name).isEmpty())
                nameless << QString::fromLatin1(widget->metaObject()->className()) + u' '
                                + widget->objectName();
        }
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u", "_s)));
        QVERIFY(checked > 12);
    }

    void restoresWhatWasSaved()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(u"settings.ini"_s);
        {
            SettingsStore settings(file);
            MainWindow window;
            MainController controller(window, settings, load);
            window.show();
            controller.session().editScheme(parseScheme("bits=6,grid=offset"));
            emit window.themeChosen(ThemeMode::Dark);
            window.close();
        }
        SettingsStore settings(file);
        MainWindow window;
        MainController controller(window, settings, load);
        QCOMPARE(toText(controller.session().scheme()), std::string("bits=6,grid=offset"));
        QCOMPARE(QApplication::palette().color(QPalette::Window), QColor(0x1E2227));
    }

    void aBadWindowStateIsSurvived()
    {
        QTemporaryDir folder;
        Preferences bad;
        bad.geometry = QByteArray("garbage\0\1\2", 10);
        bad.windowState = QByteArray(200, '\xff');
        SettingsStore settings(folder.filePath(u"settings.ini"_s));
        settings.save(bad);
        MainWindow window;
        MainController controller(window, settings, load);
        window.show();
        QVERIFY(window.layersDock()->isVisible());
    }

    void fastSlidingEndsAtTheLastWidth()
    {
        Fixture f;
        auto* slider = f.find<QSlider>("bitsSlider");
        for (int round = 0; round < 10; ++round) {
            for (int bits = 1; bits <= 16; ++bits)
                slider->setValue(bits);
            slider->setValue(3 + round);
        }
        f.settle();
        QCOMPARE(f.session().picture()->scheme().bits, 12);
        QCOMPARE(f.session().result()->settings.scheme.bits, 12);
    }
};

QTEST_MAIN(TestWindow)
#include "tst_window.moc"
