// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions on disk, models that move or change, recent files, and the command line of a setup.
#include "app/commandtext.h"
#include "app/maincontroller.h"
#include "app/setupjson.h"
#include "tests/ui/testnetwork.h"
#include "ui/mainwindow.h"
#include "ui/views/noticebar.h"

#include <QJsonDocument>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Network> load(const std::string& file, std::stop_token, const ProgressFn&)
{
    if (!QFileInfo::exists(QString::fromStdString(file)))
        throw Error(ErrorCode::FileNotFound, "no such file", file);
    return testing::smallNetwork();
}

Setup richSetup()
{
    Setup setup;
    setup.settings = {parseScheme("bits=4,range=manual:-0.1:0.30000000000000004"),
                      {{"uneven", parseScheme("format=nf4,granularity=group:64")}}};
    setup.pins = {{u"ä \"name\""_s, {parseScheme("int8-per-channel"), {}}},
                  {{}, {parseScheme("format=ternary"), {{"conv1", parseScheme("bits=2")}}}}};
    setup.b = 1;
    return setup;
}

struct Fixture
{
    QTemporaryDir folder;
    SettingsStore settings{folder.filePath(u"settings.ini"_s)};
    MainWindow window;
    MainController controller{window, settings, load};
    QString model = file(u"model.npz"_s, "weights");

    Fixture() { window.show(); }
    QString path(const QString& name) { return folder.filePath(name); }
    QString file(const QString& name, const QByteArray& contents)
    {
        QFile out(path(name));
        if (out.open(QIODevice::WriteOnly))
            out.write(contents);
        return path(name);
    }
    void open(const QString& what)
    {
        controller.open(what);
        QTest::qWait(1);
        QTRY_VERIFY_WITH_TIMEOUT(!controller.isBusy(), 20000);
        QTest::qWait(1);
    }
    void save(const QString& to)
    {
        emit window.saveAsRequested(to);
        QTRY_COMPARE(controller.files().sessionPath(), to);
    }
    QString error() { return bar("errorBar")->isVisible() ? bar("errorBar")->text() : QString(); }
    NoticeBar* bar(const char* name) { return window.findChild<NoticeBar*>(QString::fromLatin1(name)); }
    Session& session() { return controller.session(); }
};

} // namespace

class TestFiles : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u"^(?!This plugin does not support propagateSizeHints).*"_s));
    }

    void whatIsWrittenIsRead()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"a.quantoscope"_s);
        SessionFile session{u"synth:gauss,shape=4x4"_s, {}, richSetup(), {}, "uneven", u"map"_s, 3};
        session.scenes = {{u"first"_s, richSetup(), "conv1", u"values"_s, std::nullopt},
                          {u"second"_s, {}, "", {}, 7}};
        writeSessionFile(path, session);
        QVERIFY(readSessionFile(path) == session);
    }

    void damagedSessionsAreRefused()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"a.quantoscope"_s);
        SessionFile session{u"sample"_s, {}, richSetup(), {}, "", u"map"_s, {}};
        writeSessionFile(path, session);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray whole = file.readAll();
        file.close();
        const auto refused = [&](const QByteArray& contents) {
            QFile out(path);
            if (!out.open(QIODevice::WriteOnly))
                return false;
            out.write(contents);
            out.close();
            try {
                readSessionFile(path);
            } catch (const Error& error) {
                return std::string_view(error.what()).size() > 10;
            }
            return false;
        };
        for (qsizetype length = 0; length < whole.size() - 2; length += 7)
            QVERIFY2(refused(whole.left(length)), qPrintable(QString::number(length)));
        QVERIFY(refused(QByteArray(whole).replace("\"quantoscopeSession\": 1", "\"quantoscopeSession\": 2")));
        QVERIFY(
            refused(QByteArray(whole).replace("\"quantoscopeSession\": 1", "\"quantoscopeSession\": \"x\"")));
        QVERIFY(refused(QByteArray(whole).replace("\"b\": 1", "\"b\": 9")));
        QVERIFY(refused(QByteArray(whole).replace("format=nf4", "format=nf5")));
        QVERIFY(refused("[1, 2]"));
        QVERIFY(refused("{\"quantoscopeSession\": 1}"));
        QVERIFY(!refused(whole));
        QVERIFY_EXCEPTION_THROWN(readSessionFile(folder.filePath(u"none.quantoscope"_s)), Error);
        QVERIFY_EXCEPTION_THROWN(writeSessionFile(u"/nowhere/at/all.quantoscope"_s, session), Error);
    }

    void aSessionComesBack()
    {
        Fixture f;
        f.open(f.model);
        f.session().restoreSetup(richSetup());
        f.session().setCurrentLayer(LayerId{1});
        f.save(f.path(u"a.quantoscope"_s));
        QVERIFY(f.window.windowTitle().contains(u"a[*]"_s));
        f.open(f.model); // another file: the session is left
        QVERIFY(f.controller.files().sessionPath().isEmpty());
        f.session().restoreSetup({});
        f.open(f.path(u"a.quantoscope"_s));
        QCOMPARE(f.session().setup(), richSetup());
        QCOMPARE(f.session().currentLayer(), std::optional(LayerId{1}));
        QVERIFY(!f.controller.files().isModified());
        QTRY_VERIFY(!f.controller.files().isBusy());
        QVERIFY2(f.error().isEmpty(), qPrintable(f.error()));
        f.session().editBits(7);
        QVERIFY(f.window.isWindowModified());
        f.session().undo();
        QVERIFY(!f.window.isWindowModified());
    }

    void aSessionMovesWithItsModel()
    {
        Fixture f;
        f.open(f.model);
        f.save(f.path(u"a.quantoscope"_s));
        QVERIFY(QDir(f.folder.path()).mkdir(u"other"_s));
        for (const QString& name : {u"a.quantoscope"_s, u"model.npz"_s})
            QVERIFY(QFile::rename(f.path(name), f.path(u"other/"_s + name)));
        f.open(f.path(u"other/a.quantoscope"_s));
        QCOMPARE(f.controller.files().model(), f.path(u"other/model.npz"_s));
    }

    void aModelThatIsGoneIsAskedFor()
    {
        Fixture f;
        f.open(f.model);
        f.session().editBits(3);
        f.save(f.path(u"a.quantoscope"_s));
        f.open(f.model);
        const auto before = f.session().network();
        QVERIFY(QFile::remove(f.model));
        f.open(f.path(u"a.quantoscope"_s));
        QVERIFY(f.bar("noticeBar")->isVisible());
        QVERIFY(f.bar("noticeBar")->text().contains(u"model.npz"_s));
        QCOMPARE(f.session().network(), before); // what was open stays
    }

    void anotherModelInItsPlaceIsSaid()
    {
        Fixture f;
        f.open(f.model);
        f.save(f.path(u"a.quantoscope"_s));
        f.file(u"model.npz"_s, "other weights");
        f.open(f.path(u"a.quantoscope"_s));
        QTRY_VERIFY(f.error().contains(u"not the file"_s));
    }

    void aChangedModelIsReloaded()
    {
        Fixture f;
        f.open(f.model);
        f.session().editBits(3);
        const auto before = f.session().network();
        f.file(u"model.npz"_s, "other weights");
        QTRY_VERIFY(f.bar("noticeBar")->isVisible());
        emit f.bar("noticeBar")->actionTriggered();
        QTRY_VERIFY(f.session().network() != before);
        QCOMPARE(f.session().scheme().bits, 3);
        QTRY_VERIFY(!f.controller.isBusy());
    }

    void aDamagedSessionLeavesWhatIsOpen()
    {
        Fixture f;
        f.open(f.model);
        const auto before = f.session().network();
        f.open(f.file(u"bad.quantoscope"_s, "{\"quantoscopeSession\": 1, "));
        QVERIFY(f.error().contains(u"session"_s));
        QCOMPARE(f.session().network(), before);
    }

    void recentFilesAreKept()
    {
        Fixture f;
        f.open(f.model);
        const QString second = f.file(u"second.npz"_s, "2");
        f.open(second);
        f.open(f.model);
        QVERIFY(QFile::remove(second));
        auto* menu = f.window.findChild<QMenu*>(u"recentMenu"_s);
        emit menu->aboutToShow();
        QCOMPARE(menu->actions().size(), 2);
        QCOMPARE(menu->actions()[0]->text(), u"model.npz"_s);
        QMenu* missing = menu->actions()[1]->menu();
        QVERIFY(missing);
        missing->actions().back()->trigger();
        emit menu->aboutToShow();
        QCOMPARE(menu->actions().size(), 1);
        f.window.close();
        QCOMPARE(f.settings.load().recent, QStringList{f.model});
    }

    void theCommandLineMakesTheSameSettings()
    {
        const AnalysisSettings plain{parseScheme("bits=4,granularity=channel"), {}};
        QCOMPARE(analyzeCommand(u"my file.npz"_s, plain),
                 u"quantoscope analyze 'my file.npz' --scheme bits=4,granularity=channel"_s);
        const AnalysisSettings own = richSetup().settings;
        const QString command = analyzeCommand(u"sample"_s, own);
        QVERIFY(command.endsWith(u"\nquantoscope analyze sample --schemes schemes.json\n"_s));
        const QString json = command.section(u'\n', 1).section(u"SCHEMES\n"_s, 0, 0);
        QVERIFY(settingsFromJson(QJsonDocument::fromJson(json.toUtf8()).object(), u"x"_s) == own);
        RunRequest request;
        request.inputs = u"sample"_s;
        request.mode = QuantizationMode::WeightOnly;
        QCOMPARE(evaluateCommand(u"sample"_s, plain, request),
                 u"quantoscope evaluate sample --mode weight-only --scheme bits=4,granularity=channel"_s);
    }
};

QTEST_MAIN(TestFiles)
#include "tst_files.moc"
