// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/json.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace quantoscope;

/// The built executable as other programs meet it.
class TestCliProcess : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void exitStatus_data();
    void exitStatus();
    void withoutDisplay();
    void interrupt_data();
    void interrupt();
    void readerThatGoesAway();
    void fullDisk();
};

namespace {

const QString program = QStringLiteral(QUANTOSCOPE_EXECUTABLE);

} // namespace

void TestCliProcess::exitStatus_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("status");
    QTest::newRow("done") << QStringList{"values", "--values", "-1,2", "--scheme", "bits=4"} << 0;
    QTest::newRow("failed") << QStringList{"info", "/nonexistent.onnx"} << 1;
    QTest::newRow("wrong usage") << QStringList{"analyze", "sample", "--scheme", "bitz=4"} << 2;
    QTest::newRow("threshold") << QStringList{"analyze", "sample", "--fail-if", "bits<9"} << 3;
    QTest::newRow("help") << QStringList{"--help"} << 0;
}

void TestCliProcess::exitStatus()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, status);
    QProcess process;
    process.start(program, arguments);
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), status);
}

void TestCliProcess::withoutDisplay()
{
    QProcess process;
    QProcessEnvironment environment;
    environment.insert(QStringLiteral("PATH"), QStringLiteral("/usr/bin:/bin"));
    process.setProcessEnvironment(environment); // no DISPLAY, no QT_QPA_PLATFORM, no HOME
    process.start(program, {"analyze", "sample", "--json"});
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 0);
    QCOMPARE(process.readAllStandardError(), QByteArray());
    const Json json = Json::parse(process.readAllStandardOutput().toStdString());
    QVERIFY(json["rows"].size() > 1);

    process.start(program, QStringList()); // the window has nowhere to go
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(process.readAllStandardError().contains("no display"));
}

/// Whether the process has come as far as handling that signal itself.
static bool handlesSignal(qint64 pid, int signal)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(pid));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    const QByteArray text = status.readAll();
    const qsizetype at = text.indexOf("SigCgt:");
    return at >= 0 && (text.mid(at + 7, 18).trimmed().toULongLong(nullptr, 16) >> (signal - 1) & 1);
}

void TestCliProcess::interrupt_data()
{
    QTest::addColumn<int>("signal");
    QTest::addColumn<int>("afterMs");
    QTest::newRow("Ctrl-C while reading") << SIGINT << 20;
    QTest::newRow("Ctrl-C while measuring") << SIGINT << 900;
    QTest::newRow("SIGTERM") << SIGTERM << 300;
}

void TestCliProcess::interrupt()
{
    QFETCH(int, signal);
    QFETCH(int, afterMs);
    QTemporaryDir folder;
    QProcess process;
    process.setWorkingDirectory(folder.path());
    process.start(program, {"analyze", "synth:gauss,shape=8192x8192,seed=1", "--scheme",
                            "range=percentile:99.9", "--bits", "1..16", "--csv", "out.csv"});
    QVERIFY(process.waitForStarted());
    QTRY_VERIFY(handlesSignal(process.processId(), signal));
    QTest::qWait(afterMs);
    QCOMPARE(process.state(), QProcess::Running);
    QElapsedTimer timer;
    timer.start();
    ::kill(static_cast<pid_t>(process.processId()), signal);
    QVERIFY(process.waitForFinished());
    const qint64 took = timer.elapsed();
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    QCOMPARE(process.readAllStandardOutput(), QByteArray());
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList());
    // 200 ms are promised on a machine that does nothing else; here other tests run beside this one.
    QVERIFY2(took < 1000, qPrintable(QString::number(took)));
}

void TestCliProcess::readerThatGoesAway()
{
    QProcess process;
    process.start(
        QStringLiteral("/bin/sh"),
        {"-c",
         QStringLiteral("'%1' levels --scheme bits=16 --json | head -c 10; echo; echo done").arg(program)});
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(process.readAllStandardOutput().endsWith("done\n"));
    QCOMPARE(process.readAllStandardError(), QByteArray());
}

void TestCliProcess::fullDisk()
{
    QProcess process;
    process.setStandardOutputFile(QStringLiteral("/dev/full"));
    process.start(program, {"presets"});
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(process.readAllStandardError().contains("standard output"));
}

QTEST_GUILESS_MAIN(TestCliProcess)
#include "tst_cliprocess.moc"
