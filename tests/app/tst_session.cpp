// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sample.h"
#include "app/session.h"
#include "app/settingsstore.h"
#include "core/quant/formats.h"
#include "tests/ui/testnetwork.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

class TestSession : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void settersAreIdempotent()
    {
        Session session(parseScheme("bits=4"));
        QSignalSpy layer(&session, &Session::currentLayerChanged);
        QSignalSpy scheme(&session, &Session::schemeChanged);
        session.setNetwork(testing::smallNetwork());
        session.setCurrentLayer(LayerId{1});
        session.setCurrentLayer(LayerId{1});
        QCOMPARE(layer.size(), 1);
        session.editBits(4);
        QCOMPARE(scheme.size(), 0);
        session.editBits(99);
        QCOMPARE(session.scheme().bits, 16);
    }

    void oneBitAndBackKeepsTheRest()
    {
        const Scheme start = parseScheme("bits=4,range=percentile:99.5,rounding=floor,granularity=channel");
        Session session(start);
        session.editBits(1);
        QCOMPARE(toText(session.scheme()), std::string("format=binary,granularity=channel"));
        QCOMPARE(session.widthless().range, start.range);
        session.editBits(4);
        QVERIFY(session.scheme() == start);
    }

    void formatsOfOneWidthStayOrBecomeIntegers()
    {
        for (const FormatInfo& info : formats()) {
            Scheme start;
            start.format = info.format;
            start.bits = info.bits != 0 ? info.bits : 4;
            Session session(start);
            session.stepBits(1);
            QCOMPARE(session.scheme() == start, info.bits != 0 && info.format != Format::Binary);
            session.editBits(3);
            QCOMPARE(session.scheme().bits, 3);
            QCOMPARE(session.scheme().format, info.format == Format::KMeans ? Format::KMeans : Format::Int);
            session.editRange({RangeRule::Kind::Percentile, 99, 0});
            validate(session.scheme());
            QVERIFY(!session.history().undoText().isEmpty());
            session.undo();
            session.undo();
        }
    }

    void theSizeOfBlocksIsThatOfTheIntegers()
    {
        Session session(parseScheme("format=q4_k,act.bits=8"));
        QCOMPARE(toText(session.widthless()), std::string("bits=16,granularity=group:256,act.bits=8"));
        session.editBits(5);
        QCOMPARE(toText(session.scheme()), std::string("bits=5,granularity=group:256,act.bits=8"));
        QCOMPARE(session.history().undoText(), u"INT5 symmetric per group of 256"_s);
    }

    void kMeansEndsAtEightBits()
    {
        Session session(parseScheme("format=kmeans,bits=8"));
        session.stepBits(1);
        QCOMPARE(session.scheme().bits, 8);
        session.editBits(0);
        QCOMPARE(toText(session.scheme()), std::string("format=kmeans,bits=1"));
    }

    void changesOfOneFieldAreNamed()
    {
        Session session(parseScheme("format=ternary"));
        session.editScheme(parseScheme("format=ternary,threshold=mse"));
        QCOMPARE(session.history().undoText(), u"threshold Least squared error"_s);
        session.editScheme(parseScheme("format=ternary,threshold=mse,scale=f16"));
        QCOMPARE(session.history().undoText(), u"scale type float16"_s);
        session.editScheme(parseScheme("format=nf4,granularity=group:64"));
        QCOMPARE(session.history().undoText(), u"NF4 per group of 64"_s);
    }

    void errorCurveIgnoresTheWidth()
    {
        Session session(parseScheme("bits=4,range=ratio:0.5"));
        const Scheme before = session.widthless();
        session.editBits(9);
        QVERIFY(session.widthless() == before);
        session.editBits(1);
        QVERIFY(session.widthless() == before);
    }

    void otherSetsForgetTheChosenOne()
    {
        Session session(parseScheme("bits=4,granularity=channel"));
        session.setNetwork(testing::smallNetwork());
        session.setCurrentLayer(LayerId{0});
        session.setChosenSet(3);
        session.editScheme(parseScheme("bits=4,granularity=group:8"));
        QVERIFY(!session.chosenSet());
    }

    void resultsOfAnotherNetworkAreDropped()
    {
        Session session(parseScheme("bits=4"));
        session.setNetwork(testing::smallNetwork());
        const auto other = testing::oneLayer({1, 2}, {2});
        session.setResult(std::make_shared<const AnalysisResult>(
            analyze(other, {.scheme = session.scheme(), .overrides = {}})));
        QVERIFY(!session.result());
    }

    void aDragIsOneStep()
    {
        Session session(parseScheme("bits=4"));
        session.beginGesture();
        for (int i = 1; i <= 20; ++i)
            session.editRange({RangeRule::Kind::Manual, -1.0 / i, 1.0 / i});
        session.endGesture();
        QVERIFY(session.history().undoText().contains(u"manual"_s));
        session.undo();
        QCOMPARE(toText(session.scheme()), std::string("bits=4"));
        QVERIFY(!session.history().canUndo());
        session.redo();
        QCOMPARE(session.scheme().range.b, 0.05);
    }

    void aCancelledDragLeavesNothing()
    {
        Session session(parseScheme("bits=4"));
        session.editBits(5);
        session.beginGesture();
        session.editRange({RangeRule::Kind::Manual, -1, 1});
        session.editRange({RangeRule::Kind::Manual, -2, 2});
        session.cancelGesture();
        QCOMPARE(toText(session.scheme()), std::string("bits=5"));
        QVERIFY(!session.history().canRedo());
    }

    void quickBitStepsMergeAndNameTheWholeWay()
    {
        Session session(parseScheme("bits=8"));
        session.editBits(7);
        session.editBits(6);
        QCOMPARE(session.history().undoText(), u"bit width 8 → 6"_s);
        session.editScheme(parseScheme("bits=6,grid=offset"));
        QCOMPARE(session.history().undoText(), u"grid Asymmetric, real offset"_s);
        session.undo();
        session.undo();
        QCOMPARE(session.scheme().bits, 8);
    }

    void ownSchemesOfLayers()
    {
        Session session(parseScheme("bits=8"));
        session.setNetwork(testing::smallNetwork());
        session.setCurrentLayer(LayerId{1});
        session.setScope(Scope::Layer);
        session.editBits(4);
        QCOMPARE(session.scheme().bits, 4);
        QVERIFY(session.isOverridden());
        QCOMPARE(session.settings().scheme.bits, 8);
        QCOMPARE(session.undoText(), u"bit width 8 → 4 on uneven"_s);
        session.setCurrentLayer(LayerId{0});
        QCOMPARE(session.scheme().bits, 8);
        session.setScope(Scope::Kind); // conv1 and broken
        session.editScheme(parseScheme("bits=3"));
        QCOMPARE(session.settings().overrides.size(), std::size_t(3));
        QCOMPARE(session.undoText(), u"bit width 8 → 3 on 2 layer(s)"_s);
        session.setScope(Scope::All);
        session.setCurrentLayer(LayerId{1});
        session.editBits(5); // the default, and this layer follows it again; others keep theirs
        QVERIFY(!session.isOverridden());
        QCOMPARE(session.settings().overrides.size(), std::size_t(2));
        session.applyScheme(Scope::All);
        QVERIFY(session.settings().overrides.empty());
        session.undo();
        QCOMPARE(session.settings().overrides.size(), std::size_t(2));
        session.undo();
        session.undo();
        QCOMPARE(session.settings().overrides.size(), std::size_t(1));
        QCOMPARE(session.scheme().bits, 4);
        session.clearOverride();
        QCOMPARE(session.scheme().bits, 8);
    }

    void ownSchemesOfLayersThatAreNotThereAreForgotten()
    {
        Session session(parseScheme("bits=8"));
        session.setNetwork(testing::smallNetwork());
        session.setCurrentLayer(LayerId{1});
        session.setScope(Scope::Layer);
        session.editBits(4);
        session.pinAsB();
        session.setNetwork(testing::oneLayer({1, 2}, {2}));
        QVERIFY(session.settings().overrides.empty());
        QVERIFY(session.setup().pins.front().settings.overrides.empty());
        QVERIFY(!session.history().canUndo());
    }

    void pinsAreUndone()
    {
        Session session(parseScheme("bits=8"));
        QSignalSpy pins(&session, &Session::pinsChanged);
        QSignalSpy schemes(&session, &Session::schemeChanged);
        QVERIFY(session.pinAsB());
        QCOMPARE(session.undoText(), u"pin INT8 symmetric per tensor as B"_s);
        session.editBits(4);
        QVERIFY(session.pinAsB());
        QCOMPARE(session.setup().b, std::optional<std::size_t>(1));
        session.setB(0);
        session.swapAB();
        QCOMPARE(session.scheme().bits, 8);
        QCOMPARE(session.setup().pins[0].settings.scheme.bits, 4);
        QCOMPARE(session.undoText(), u"swap A and B"_s);
        session.renamePin(0, u" best "_s);
        QCOMPARE(pinName(session.setup().pins[0]), u"best"_s);
        session.removePin(0);
        QVERIFY(!session.setup().pinB());
        const Setup last = session.setup();
        int steps = 0;
        while (session.history().canUndo()) {
            session.undo();
            ++steps;
        }
        QCOMPARE(session.setup(), (Setup{{parseScheme("bits=8"), {}}, {}, {}}));
        while (steps-- > 0)
            session.redo();
        QCOMPARE(session.setup(), last);
        QVERIFY(pins.size() > 10 && schemes.size() >= 4);
    }

    void pinsEndAtSix()
    {
        Session session(parseScheme("bits=8"));
        for (int bits = 2; bits < 8; ++bits) {
            session.editBits(bits);
            QVERIFY(session.pinAsB());
        }
        session.editBits(9);
        QVERIFY(!session.pinAsB());
        session.editBits(3); // pinned already: that pin is B
        QVERIFY(session.pinAsB());
        QCOMPARE(session.setup().b, std::optional<std::size_t>(1));
        QCOMPARE(session.setup().pins.size(), Setup::maxPins);
    }

    void resultsUnderBAreOfB()
    {
        Session session(parseScheme("bits=4"));
        session.setNetwork(testing::smallNetwork());
        session.pinAsB();
        session.editBits(8);
        const auto result = [&](int bits) {
            return std::make_shared<const AnalysisResult>(
                analyze(session.network(), {parseScheme("bits=" + std::to_string(bits)), {}}));
        };
        session.setResultB(result(5));
        QVERIFY(!session.resultB());
        session.setResultB(result(4));
        QVERIFY(session.resultB());
        session.setResult(result(8));
        session.swapAB();
        QCOMPARE(session.resultB()->settings.scheme.bits, 8);
        QCOMPARE(session.result()->settings.scheme.bits, 4);
        session.setB(std::nullopt);
        QVERIFY(!session.resultB());
    }

    void preferencesSurvive()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(u"settings.ini"_s);
        Preferences written;
        written.theme = ThemeMode::Dark;
        written.scheme = parseScheme("bits=3,grid=offset,range=percentile:99.9");
        written.hintDismissed = true;
        written.windowState = "state";
        SettingsStore(file).save(written);
        const Preferences read = SettingsStore(file).load();
        QCOMPARE(read.theme, ThemeMode::Dark);
        QVERIFY(read.scheme == written.scheme);
        QVERIFY(read.hintDismissed);
        QCOMPARE(read.windowState, written.windowState);
    }

    void nonsenseReadsAsDefaults_data()
    {
        QTest::addColumn<QByteArray>("contents");
        QTest::newRow("not an ini file") << QByteArray("\x00\xff[[[==", 7);
        QTest::newRow("another version") << QByteArray("[General]\nversion=99\nscheme=bits=2\n");
        QTest::newRow("a scheme nobody knows")
            << QByteArray("[General]\nversion=1\nscheme=\"bits=77,grid=round\"\ntheme=pink\n");
    }
    void nonsenseReadsAsDefaults()
    {
        QFETCH(QByteArray, contents);
        QTemporaryDir folder;
        QFile file(folder.filePath(u"settings.ini"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(contents);
        file.close();
        const Preferences read = SettingsStore(file.fileName()).load();
        QCOMPARE(toText(read.scheme), std::string("bits=4"));
        QCOMPARE(read.theme, ThemeMode::System);
    }

    void theSampleIsThere() { QVERIFY(std::filesystem::exists(sampleNetworkPath())); }
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
