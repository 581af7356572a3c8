// SPDX-License-Identifier: GPL-3.0-or-later
// Charts of the window as files.
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/dialogs/exportdialog.h"
#include "ui/export/chartexport.h"
#include "ui/mainwindow.h"
#include "ui/plots/chartview.h"
#include "ui/views/mapview.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QGuiApplication>
#include <QLabel>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

class TestExportWindow : public QObject
{
    Q_OBJECT

private slots:
    void everyFormatIsWritten();
    void problemsStayInTheDialog();
    void keyExportsTheChartInSight();
    void citationsAgree();

private:
    ExportDialog* openDialog(MainWindow& window, MainController& controller);
};

ExportDialog* TestExportWindow::openDialog(MainWindow& window, MainController& controller)
{
    window.show();
    controller.open(u"synth:gauss,shape=16x24,seed=2"_s);
    auto* map = window.findChild<MapView*>();
    window.showTab(map);
    [&] { QTRY_VERIFY_WITH_TIMEOUT(map->chart()->chart() != nullptr, 20000); }();
    emit map->chart()->exportRequested(map->chart()->shownChart());
    return window.findChild<ExportDialog*>();
}

void TestExportWindow::everyFormatIsWritten()
{
    QTemporaryDir scratch;
    SettingsStore settings(scratch.filePath(u"settings.ini"_s));
    MainWindow window;
    MainController controller(window, settings, openNetwork);
    const QByteArray starts[] = {"<?xml", "\x89PNG", "%PDF", "# {", "{"};
    const char* const extensions[] = {"svg", "png", "pdf", "csv", "json"};
    for (int i = 0; i < 5; ++i) {
        ExportDialog* dialog = openDialog(window, controller);
        QVERIFY(dialog);
        const QString path = scratch.filePath(u"map."_s + QString::fromLatin1(extensions[i]));
        emit dialog->saveRequested(path);
        QTRY_VERIFY(QFile::exists(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        QVERIFY2(bytes.startsWith(starts[i]), bytes.left(20).constData());
        if (i != 2)
            QVERIFY(bytes.contains("bits=4") || i == 1);
        QTRY_VERIFY(!window.findChild<ExportDialog*>());
    }
}

void TestExportWindow::problemsStayInTheDialog()
{
    QTemporaryDir scratch;
    SettingsStore settings(scratch.filePath(u"settings.ini"_s));
    MainWindow window;
    MainController controller(window, settings, openNetwork);
    ExportDialog* dialog = openDialog(window, controller);
    QVERIFY(dialog);
    dialog->findChild<QComboBox*>(u"exportTheme"_s)->setCurrentIndex(1);
    auto* problem = dialog->findChild<QLabel*>(u"exportProblem"_s);
    for (const QString& path : {scratch.filePath(u"map.doc"_s), scratch.filePath(u"missing/map.svg"_s)}) {
        dialog->setProblem({});
        emit dialog->saveRequested(path);
        QTRY_VERIFY(!problem->text().isEmpty());
        QVERIFY(dialog->isVisible());
    }
    QCOMPARE(dialog->settings().theme, ExportTheme::Dark);
}

void TestExportWindow::keyExportsTheChartInSight()
{
    QTemporaryDir scratch;
    SettingsStore settings(scratch.filePath(u"settings.ini"_s));
    MainWindow window;
    MainController controller(window, settings, openNetwork);
    window.show();
    QTest::keyClick(&window, Qt::Key_E, Qt::ControlModifier);
    QVERIFY(!window.findChild<ExportDialog*>()); // nothing is open
    openDialog(window, controller)->reject();
    QTRY_VERIFY(!window.findChild<ExportDialog*>());
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    QTest::keyClick(&window, Qt::Key_E, Qt::ControlModifier);
    auto* dialog = window.findChild<ExportDialog*>();
    QVERIFY(dialog);
    const QString path = scratch.filePath(u"shown.json"_s);
    emit dialog->saveRequested(path);
    QTRY_VERIFY(QFile::exists(path));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const Json json = Json::parse(file.readAll().toStdString());
    const auto shown = window.findChild<MapView*>()->chart()->shownChart();
    QVERIFY(!shown->rows.empty() && json["rows"] == shown->rows);
}

void TestExportWindow::citationsAgree()
{
    MainWindow window;
    for (QAction* action : window.findChildren<QAction*>())
        if (action->text() == u"Copy &Citation"_s)
            action->trigger();
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY(copied.startsWith(u"@software{"_s));
    QFile file(QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/CITATION.cff"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString cff = QString::fromUtf8(file.readAll());
    const auto field = [&](const char16_t* name) {
        const QRegularExpression expression(u'^' + QString::fromUtf16(name) + u": \"?([^\"\n]+)"_s,
                                            QRegularExpression::MultilineOption);
        return expression.match(cff).captured(1);
    };
    for (const char16_t* name : {u"title", u"version", u"license"}) {
        QVERIFY(!field(name).isEmpty());
        QVERIFY2(copied.contains(u'{' + field(name) + u'}'), qPrintable(copied));
    }
}

QTEST_MAIN(TestExportWindow)
#include "tst_exportwindow.moc"
