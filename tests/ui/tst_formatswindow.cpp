// SPDX-License-Identifier: GPL-3.0-or-later
// Every format and every preset in the real window, on the sample.
#include "app/maincontroller.h"
#include "app/sample.h"
#include "core/formats/openfile.h"
#include "core/quant/formats.h"
#include "ui/mainwindow.h"
#include "ui/models/layertablemodel.h"
#include "ui/models/schemechoices.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/detailcharts.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/layersdock.h"
#include "ui/views/valuesview.h"

#include <QComboBox>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QSlider>
#include <QSpinBox>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

constexpr LayerId depthwise{3}; ///< 48 channels of 9 values: too short for blocks
constexpr LayerId linear{9};    ///< 10 × 128

struct Fixture
{
    QTemporaryDir folder;
    SettingsStore settings{folder.filePath(u"settings.ini"_s)};
    MainWindow window;
    MainController controller{window, settings, openNetwork};

    explicit Fixture(LayerId layer = linear)
    {
        window.resize(1280, 800);
        window.show();
        controller.openSample();
        settle();
        session().setCurrentLayer(layer);
        settle();
    }
    Session& session() { return controller.session(); }
    std::string scheme() { return toText(session().scheme()); }
    void edit(const char* text)
    {
        session().editScheme(parseScheme(text));
        settle();
    }
    void settle()
    {
        QTest::qWait(1);
        QTRY_VERIFY_WITH_TIMEOUT(!controller.isBusy(), 60000);
        QTest::qWait(1);
    }
    template <class T>
    T* find(const char* name)
    {
        return window.findChild<T*>(QString::fromLatin1(name));
    }
    bool isShown(const char* name) { return find<QWidget>(name)->isVisible(); }
    bool handlesAreShown() { return isShown("lowerClipHandle") && isShown("upperClipHandle"); }
};

} // namespace

class TestFormatsWindow : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<Fixture> m_shared; ///< for the tests that go through all choices

private slots:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u"^(?!This plugin does not support propagateSizeHints).*"_s));
    }
    void cleanupTestCase() { m_shared.reset(); }

    void everyFormatIsShown_data()
    {
        QTest::addColumn<int>("format");
        for (const FormatInfo& info : formats())
            QTest::newRow(info.name.data()) << static_cast<int>(info.format);
    }
    void everyFormatIsShown()
    {
        QFETCH(int, format);
        if (!m_shared)
            m_shared = std::make_unique<Fixture>();
        Fixture& f = *m_shared;
        auto* combo = f.find<QComboBox>("formatCombo");
        combo->setCurrentIndex(combo->findData(format));
        f.settle();
        const Scheme& scheme = f.session().scheme();
        QCOMPARE(int(scheme.format), format);
        QVERIFY2(parseScheme(toText(scheme)) == scheme, toText(scheme).c_str());
        QCOMPARE(f.find<ElidedLabel>("schemeText")->text(), QString::fromStdString(toText(scheme)));

        const SchemeFields fields = fieldsOf(scheme.format);
        QCOMPARE(f.isShown("bitsSlider"), fields.bits);
        QCOMPARE(f.isShown("gridCombo"), fields.grid);
        QCOMPARE(f.isShown("granularityCombo"), fields.granularity);
        QCOMPARE(f.isShown("rangeCombo"), fields.range);
        QCOMPARE(f.isShown("roundingCombo"), fields.rounding);
        QCOMPARE(f.isShown("scaleTypeCombo"), fields.scaleType);
        QCOMPARE(f.isShown("thresholdCombo"), fields.threshold);
        QCOMPARE(f.isShown("exponentCombo"), fields.exponent);
        QCOMPARE(f.isShown("tensorScaleCheck"), fields.tensorScale);
        QCOMPARE(f.isShown("formatExplanation"), scheme.format != Format::Int);

        QVERIFY(f.session().picture());
        emit f.window.valuesView()->histogram()->hovered(0.1);
        if (f.session().picture()->setCount() > 1) {
            f.session().setChosenSet(1);
            f.settle();
            QVERIFY(f.session().picture()->detail.set);
            emit f.window.valuesView()->histogram()->hovered(0.1);
            QVERIFY(f.find<QLabel>("hoverReadOut")->text().contains(u"→"_s));
        }
        QVERIFY(!f.window.grab().isNull());
    }

    void everyPresetCanBeChosen()
    {
        if (!m_shared)
            m_shared = std::make_unique<Fixture>();
        Fixture& f = *m_shared;
        auto* combo = f.find<QComboBox>("presetCombo");
        int chosen = 0;
        for (int i = 1; i < combo->count(); ++i) {
            const QString text = combo->itemData(i).toString();
            if (text.isEmpty())
                continue; // a header or a line
            const bool usable = combo->model()->flags(combo->model()->index(i, 0)) & Qt::ItemIsEnabled;
            QCOMPARE(usable, !needsLayerInputs(parseScheme(text.toStdString())));
            if (!usable) {
                QVERIFY(combo->itemData(i, Qt::ToolTipRole).toString().contains(u"inputs"_s));
                continue;
            }
            combo->setCurrentIndex(i);
            emit combo->activated(i);
            f.settle();
            QCOMPARE(QString::fromStdString(f.scheme()), text);
            QCOMPARE(combo->currentIndex(), i);
            QVERIFY(f.session().picture());
            ++chosen;
        }
        QVERIFY(chosen > 40);
    }

    void aFormatThatDoesNotFitSaysSo()
    {
        Fixture f(depthwise);
        f.edit("format=q4_k");
        auto* sentence = f.find<QLabel>("edgeSentence");
        QVERIFY(sentence->isVisible());
        QVERIFY2(sentence->text().contains(u"blocks of 256"_s), qPrintable(sentence->text()));
        const QAbstractItemModel* rows = f.window.layersDock()->table()->model();
        QVERIFY(rows->index(int(depthwise.index), LayerTableModel::Sqnr)
                    .data(Qt::ToolTipRole)
                    .toString()
                    .contains(u"blocks of 256"_s));
        QVERIFY(!f.handlesAreShown());
        // The values stay in sight, and the sentence goes when the format fits again.
        QVERIFY(f.session().picture());
        f.edit("format=nf4,granularity=group:64");
        QVERIFY(!sentence->isVisible());
    }

    void oneWidthHasNoSliderButACurveToChooseFrom()
    {
        Fixture f;
        f.edit("format=nf4,granularity=group:64,act.bits=8");
        QVERIFY(!f.isShown("bitsSlider"));
        emit f.window.bitsStepped(1);
        QCOMPARE(f.scheme(), std::string("format=nf4,granularity=group:64,act.bits=8"));
        emit f.window.valuesView()->details()->bitsChosen(3);
        f.settle();
        QCOMPARE(f.scheme(), std::string("bits=3,granularity=group:64,act.bits=8"));
        f.session().undo();
        f.settle();
        QCOMPARE(f.session().scheme().format, Format::Nf4);
    }

    void clipHandlesAreForIntegersBooksAndFloats()
    {
        Fixture f;
        for (const char* movable : {"bits=4", "format=nf4", "format=e4m3,granularity=channel"}) {
            f.edit(movable);
            QVERIFY2(f.handlesAreShown(), movable);
        }
        for (const char* fixed : {"format=q8_0", "format=ternary", "format=kmeans,bits=3", "format=fp16",
                                  "format=mxfp4", "format=binary"}) {
            f.edit(fixed);
            QVERIFY2(!f.handlesAreShown(), fixed);
        }
    }

    void whatHasNoFieldStays()
    {
        Fixture f;
        f.edit("bits=4,algorithm=hqq,act.bits=8");
        auto* granularity = f.find<QComboBox>("granularityCombo");
        granularity->setCurrentIndex(granularity->findData(int(Granularity::Kind::Channel)));
        f.settle();
        QCOMPARE(f.scheme(), std::string("bits=4,granularity=channel,algorithm=hqq,act.bits=8"));
        auto* format = f.find<QComboBox>("formatCombo");
        format->setCurrentIndex(format->findData(int(Format::E4m3)));
        QCOMPARE(f.scheme(), std::string("format=e4m3,granularity=channel,act.bits=8"));
    }

    void rangesOfAScheme()
    {
        Fixture f;
        auto* range = f.find<QComboBox>("rangeCombo");
        for (const RangeRule::Kind kind : rangesOf(Format::Int)) {
            range->setCurrentIndex(range->findData(int(kind)));
            f.settle();
            QCOMPARE(f.session().scheme().range.kind, kind);
            QVERIFY(f.session().picture());
        }
        QCOMPARE(range->findData(int(RangeRule::Kind::Ema)), -1);
        QCOMPARE(range->findData(int(RangeRule::Kind::Dynamic)), -1);
        f.edit("bits=4,range=ema:0.1"); // from the command line or a file: shown all the same
        QCOMPARE(range->currentData().toInt(), int(RangeRule::Kind::Ema));
        f.edit("format=e4m3");
        QCOMPARE(range->findData(int(RangeRule::Kind::Entropy)), -1);
    }

    void theSchemeFitsWithoutScrolling()
    {
        Fixture f;
        for (const QScrollArea* area : f.window.findChildren<QScrollArea*>())
            QCOMPARE(area->verticalScrollBar()->maximum(), 0);
        for (const char* scheme :
             {"bits=4,range=sigma:3", "bits=4,granularity=group:32,range=percentile:99.9",
              "bits=8,grid=symmetric-full-neg,range=manual:-123.25:456.5,rounding=stochastic:123456",
              "format=nf4,granularity=group:64,scale=double", "format=nvfp4", "format=kmeans,bits=3"}) {
            f.edit(scheme);
            for (const QScrollArea* area : f.window.findChildren<QScrollArea*>())
                QVERIFY2(area->widget()->width() <= area->viewport()->width(), scheme);
        }
    }
};

QTEST_MAIN(TestFormatsWindow)
#include "tst_formatswindow.moc"
