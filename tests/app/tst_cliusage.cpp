// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/clirunner.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;

/// Bad input of every kind: exit status, one sentence that names the place, nothing on standard output.
class TestCliUsage : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void badInput_data();
    void badInput();
    void helpAndVersion();
    void subCommandWords_data();
    void subCommandWords();
    void stopBeforeWork();
    void brokenOutput();

private:
    QString file(const char* name) const { return m_folder.filePath(QLatin1String(name)); }
    void write(const char* name, const QByteArray& bytes) const;
    QTemporaryDir m_folder;
};

void TestCliUsage::write(const char* name, const QByteArray& bytes) const
{
    QFile made(file(name));
    QVERIFY(made.open(QIODevice::WriteOnly));
    made.write(bytes);
}

void TestCliUsage::initTestCase()
{
    write("empty.onnx", {});
    write("empty.npy", {});
    write("text.onnx", "this is no network\n");
    write("text.dat", "this is no network\n");
    QFile sample(QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/resources/sample/digits.onnx"));
    QVERIFY(sample.open(QIODevice::ReadOnly));
    write("short.onnx", sample.read(5000));
    write("broken.json", "{\"default\": ");
    write("list.json", "[]");
    write("unknown.json", R"({"layers": {"conv11": "bits=4"}})");
    write("scheme.json", R"({"layers": {"conv1": "bitz=4"}})");
    write("key.json", R"({"defaults": "bits=4"})");
    write("number.json", R"({"default": 4})");
}

void TestCliUsage::badInput_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("status");
    QTest::addColumn<QStringList>("named"); // what the sentence must say

    const auto row = [](const char* name, const QStringList& arguments, int status,
                        const QStringList& named) { QTest::newRow(name) << arguments << status << named; };
    row("an empty network", {"analyze", file("empty.onnx")}, 1, {"empty.onnx", "empty"});
    row("an empty array", {"values", "--npy", file("empty.npy"), "--scheme", "bits=4"}, 1, {"empty.npy"});
    row("no such file", {"info", file("none.onnx")}, 1, {"none.onnx"});
    row("no such array", {"values", "--npy", file("none.npy"), "--scheme", "bits=4"}, 1, {"none.npy"});
    row("a folder", {"info", m_folder.path()}, 1, {m_folder.path()});
    row("a truncated network", {"analyze", file("short.onnx")}, 1, {"short.onnx"});
    row("text called .onnx", {"info", file("text.onnx")}, 1, {"text.onnx"});
    row("an unknown format", {"info", file("text.dat")}, 1, {"text.dat", ".onnx"});
    row("a bad made-up network", {"info", "synth:gaus,shape=4"}, 1, {"gaus"});

    row("no sub-command", {}, 2, {"sub-command"});
    row("an unknown sub-command", {"analzye", "sample"}, 2, {"'analzye'", "'analyze'"});
    row("an unknown option", {"analyze", "sample", "--schme", "bits=4"}, 2, {"'--schme'", "'--scheme'"});
    row("a file too much", {"analyze", "sample", "extra"}, 2, {"'extra'"});
    row("no file", {"analyze"}, 2, {"FILE"});
    row("an option without its value", {"analyze", "sample", "--scheme"}, 2, {"--scheme"});

    row("a misspelt scheme key", {"analyze", "sample", "--scheme", "bitz=4"}, 2,
        {"position 1", "'bitz'", "'bits'"});
    row("a misspelt preset", {"analyze", "sample", "--scheme", "int8-per-chanel"}, 2, {"'int8-per-channel'"});
    row("a scheme value in the middle", {"levels", "--scheme", "bits=4,grid=ofset"}, 2,
        {"position 13", "'offset'"});
    row("too many bits", {"analyze", "sample", "--scheme", "bits=99"}, 2, {"99", "16"});
    row("symmetric at one bit", {"analyze", "sample", "--scheme", "bits=1"}, 2,
        {"format=binary", "grid=mid-rise"});
    row("a key twice", {"analyze", "sample", "--scheme", "bits=4,bits=5"}, 2, {"twice"});
    row("scheme and scheme file", {"analyze", "sample", "--scheme", "bits=4", "--schemes", "x.json"}, 2,
        {"--schemes"});
    row("a scheme that fits no layer", {"analyze", "sample", "--scheme", "granularity=channel:7"}, 1,
        {"channel:7"});

    row("an open parenthesis", {"analyze", "sample", "--layers", "con(v"}, 2, {"--layers", "position 4"});
    row("an open repetition", {"analyze", "sample", "--exclude", "ab{3"}, 2, {"--exclude", "position 3"});
    row("an open class", {"analyze", "sample", "--layers", "[a-"}, 2, {"position 1"});
    row("no layer left", {"analyze", "sample", "--layers", "nothing"}, 1, {"--layers", "conv1"});

    row("bits downwards", {"analyze", "sample", "--bits", "8..2"}, 2, {"--bits", "8..2"});
    row("zero bits", {"analyze", "sample", "--bits", "0..4"}, 2, {"--bits", "position 1"});
    row("bits that are no numbers", {"analyze", "sample", "--bits", "2..x"}, 2, {"position 4", "'x'"});

    row("a threshold of nothing", {"analyze", "sample", "--fail-if", "sqnr<45"}, 2, {"'sqnr'", "'sqnrDb'"});
    row("a threshold without comparison", {"analyze", "sample", "--fail-if", "sqnrDb=45"}, 2, {"KEY<NUM"});
    row("a threshold without number", {"analyze", "sample", "--fail-if", "sqnrDb<x"}, 2, {"sqnrDb<x"});

    row("a scheme file that is no JSON", {"analyze", "sample", "--schemes", file("broken.json")}, 1,
        {"broken.json", "byte 13"});
    row("a scheme file that is a list", {"analyze", "sample", "--schemes", file("list.json")}, 1,
        {"list.json"});
    row("a scheme for an unknown layer", {"analyze", "sample", "--schemes", file("unknown.json")}, 1,
        {"unknown.json", "'conv11'", "'conv1'"});
    row("a bad scheme in a file", {"analyze", "sample", "--schemes", file("scheme.json")}, 2,
        {"scheme.json", "'conv1'", "'bitz'"});
    row("an unknown key in a scheme file", {"analyze", "sample", "--schemes", file("key.json")}, 1,
        {"\"defaults\"", "\"default\""});
    row("a number for a scheme", {"analyze", "sample", "--schemes", file("number.json")}, 1,
        {"number.json", "\"default\""});

    row("no values", {"values", "--scheme", "bits=4"}, 2, {"--values"});
    row("both values and array", {"values", "--values", "1", "--npy", "x", "--scheme", "bits=4"}, 2,
        {"--npy"});
    row("no scheme", {"values", "--values", "1"}, 2, {"--scheme"});
    row("a word among the values", {"values", "--values", "1,two", "--scheme", "bits=4"}, 2,
        {"position 3", "'two'"});
    row("an empty value", {"values", "--values", "1,,2", "--scheme", "bits=4"}, 2, {"position 3"});
    row("beyond float32", {"values", "--values", "1e50", "--scheme", "bits=4"}, 2, {"float32"});
    row("a bad scheme to compare with",
        {"values", "--values", "1", "--scheme", "bits=4", "--compare", "bits=4;bitz=3"}, 2, {"'bitz'"});
    row("packed bytes into a folder",
        {"values", "--values", "1", "--scheme", "bits=4", "--packed-out", m_folder.path()}, 1,
        {m_folder.path()});
    row("packed bytes into no folder",
        {"values", "--values", "1", "--scheme", "bits=4", "--packed-out", file("no/x")}, 1, {file("no/x")});

    row("levels of nothing", {"levels"}, 2, {"--scheme", "--table"});
    row("levels of both", {"levels", "--scheme", "bits=4", "--table"}, 2, {"--table"});
    row("a range downwards", {"levels", "--scheme", "bits=4", "--range", "3:1"}, 2, {"3:1"});
    row("a range of one number", {"levels", "--scheme", "bits=4", "--range", "3"}, 2, {"LO:HI"});
    row("a range of words", {"levels", "--scheme", "bits=4", "--range", "0:x"}, 2, {"position 3"});
    row("an endless range", {"levels", "--scheme", "bits=4", "--range", "0:inf"}, 2, {"finite"});
}

void TestCliUsage::badInput()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, status);
    QFETCH(QStringList, named);
    std::vector<std::string> command;
    for (const QString& argument : arguments)
        command.push_back(argument.toStdString());
    // With JSON asked for and without: the same status, and nothing but the sentence.
    for (const CliAnswer& answer : {runCli(command), command.empty() ? runCli(command) : runJson(command)}) {
        const QString said = QString::fromStdString(answer.err);
        QVERIFY2(answer.status == status, qPrintable(QString::number(answer.status) + u' ' + said));
        QCOMPARE(answer.out, std::string());
        QVERIFY2(said.startsWith(QStringLiteral("quantoscope: ")), qPrintable(said));
        for (const QString& word : named)
            QVERIFY2(said.contains(word), qPrintable(said));
        const bool hint = said.endsWith(QStringLiteral("Run with --help for more.\n"));
        QCOMPARE(said.count(u'\n'), hint ? 2 : 1);
        if (arguments.contains(QStringLiteral("--scheme")) && arguments.last() == u"--scheme")
            break; // --json would be taken for its value
    }
}

void TestCliUsage::helpAndVersion()
{
    const CliAnswer help = runCli({"--help"});
    QCOMPARE(help.status, 0);
    for (const char* word : {"values", "levels", "presets", "machine", "info", "analyze", "bench"})
        QVERIFY2(help.out.find(word) != std::string::npos, word);
    const CliAnswer analyze = runCli({"analyze", "--help"});
    QCOMPARE(analyze.status, 0);
    QVERIFY(analyze.out.find("--fail-if") != std::string::npos);
    const CliAnswer version = runCli({"--version"});
    QCOMPARE(version.status, 0);
    QVERIFY(version.out.starts_with("quantoscope "));
}

void TestCliUsage::subCommandWords_data()
{
    QTest::addColumn<QString>("word");
    QTest::addColumn<bool>("isCommand");
    for (const char* word : {"values", "levels", "presets", "machine", "info", "analyze", "bench", "--help",
                             "-h", "--version", "analzye", "analyse", "frobnicate"})
        QTest::newRow(word) << word << true;
    for (const char* word :
         {"sample", "network.onnx", "./info", "/tmp/analyze", "-platform", "synth:gauss", ""})
        QTest::newRow(qPrintable(QStringLiteral("not '%1'").arg(QLatin1String(word)))) << word << false;
}

void TestCliUsage::subCommandWords()
{
    QFETCH(QString, word);
    QFETCH(bool, isCommand);
    QCOMPARE(isSubCommand(word.toStdString()), isCommand);
}

void TestCliUsage::stopBeforeWork()
{
    std::stop_source source;
    source.request_stop();
    std::ostringstream out;
    std::ostringstream err;
    QCOMPARE(runCommandLine({"analyze", "sample", "--json"}, out, err, source.get_token()), 130);
    QCOMPARE(out.str(), std::string());
}

void TestCliUsage::brokenOutput()
{
    std::ostringstream out;
    std::ostringstream err;
    out.setstate(std::ios::badbit);
    QCOMPARE(runCommandLine({"presets"}, out, err), 1);
    QVERIFY(err.str().find("standard output") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestCliUsage)
#include "tst_cliusage.moc"
