// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/clirunner.h"

#include "core/kernels/isa.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;

/// `bench`: what its rows say. No test depends on how fast the machine is.
class TestCliBench : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { qputenv("XDG_CACHE_HOME", m_cache.path().toLocal8Bit()); }
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }
    void rowsOfTheSample();
    void schemesOfOneLayer();
    void everyInstructionSet();
    void threadsAndBatch();
    void layersWithoutKernel();
    void tableForPeople();
    void badUsage_data();
    void badUsage();

private:
    QTemporaryDir m_cache;
};

namespace {

const std::string synth = "synth:gauss,shape=48x96,seed=3";

Json rowsOf(const std::vector<std::string>& command) { return runJson(command).json()["rows"]; }

void verifyTimes(const Json& row)
{
    for (const char* key : {"medianNs", "hotNs", "quartile1Ns", "quartile3Ns", "gops", "rooflineShare",
                            "bytesRead", "weightBytes", "speedupVsFp32"})
        QVERIFY2(row[key].get<double>() > 0, key);
    QCOMPARE(row["medianNs"].get<double>(), row["hotNs"].get<double>());
    QVERIFY(row["quartile1Ns"].get<double>() <= row["hotNs"].get<double>());
    QVERIFY(row["quartile3Ns"].get<double>() >= row["hotNs"].get<double>());
    QVERIFY(row["coldNs"].is_number() || !row["coldNsReason"].get<std::string>().empty());
    QVERIFY(row["parts"].contains("multiplyNs"));
    QVERIFY(row["noisy"].is_boolean());
    // gops = 2 · multiply-accumulates a nanosecond.
    QCOMPARE(row["gops"].get<double>(), 2 * row["macs"].get<double>() / row["hotNs"].get<double>());
}

} // namespace

void TestCliBench::rowsOfTheSample()
{
    const Json json = runJson({"bench", "sample", "--scheme", "int8-per-channel"}).json();
    QVERIFY(json["rows"].size() >= 10);
    for (const Json& row : json["rows"]) {
        verifyTimes(row);
        QCOMPARE(row["exact"].get<bool>(), true);
        QCOMPARE(row["scheme"].get<std::string>(), std::string("bits=8,granularity=channel,act.bits=8"));
        QVERIFY(!row["fp32Peer"].get<std::string>().empty());
    }
    QVERIFY(json["machine"]["int8Gmacs"].get<double>() > 0);
    QVERIFY(json.contains("meta"));
}

void TestCliBench::schemesOfOneLayer()
{
    const Json rows = rowsOf({"bench", synth, "--scheme", "bits=8,act=8", "--scheme",
                              "bits=4,granularity=group:32,act=8", "--scheme", "binary,act.format=binary",
                              "--scheme", "ternary,act=8", "--scheme", "nf4", "--scheme", "bits=12,act=16"});
    // Ternary weights run twice: as two-bit codes and by masked additions.
    QCOMPARE(rows.size(), std::size_t{7});
    for (const Json& row : rows)
        verifyTimes(row);
    QVERIFY(rows[4]["kernel"].get<std::string>().find("masked") != std::string::npos);
    QCOMPARE(rows[3]["scheme"].get<std::string>(), rows[4]["scheme"].get<std::string>());
    QVERIFY(rows[5]["exact"].is_null());
    QVERIFY(!rows[5]["exactReason"].get<std::string>().empty());
    // 8 bits take a byte, 4 bits half of one and a scale a group; nothing is padded at 48 × 96 but panels to 64 outputs.
    QVERIFY(rows[1]["weightBytes"].get<double>() < rows[0]["weightBytes"].get<double>());
}

void TestCliBench::everyInstructionSet()
{
    for (const Isa isa : availableIsas()) {
        const Json rows =
            rowsOf({"bench", synth, "--scheme", "bits=5,act=8", "--isa", std::string(nameOf(isa))});
        QCOMPARE(rows[0]["isa"].get<std::string>(), std::string(nameOf(isa)));
        QCOMPARE(rows[0]["exact"].get<bool>(), true);
    }
    // The setting, and the option over it.
    qputenv("QUANTOSCOPE_ISA", "scalar");
    QCOMPARE(rowsOf({"bench", synth, "--scheme", "bits=5,act=8"})[0]["isa"].get<std::string>(),
             std::string("scalar"));
    QCOMPARE(runJson({"machine"}).json()["widths"][0]["isa"].get<std::string>(), std::string("scalar"));
    const std::string best(nameOf(bestIsa()));
    QCOMPARE(rowsOf({"bench", synth, "--scheme", "bits=5,act=8", "--isa", best})[0]["isa"].get<std::string>(),
             best);
    qputenv("QUANTOSCOPE_ISA", "nonsense");
    QCOMPARE(runCli({"bench", synth}).status, 2);
    qunsetenv("QUANTOSCOPE_ISA");
}

void TestCliBench::threadsAndBatch()
{
    const Json json = runJson({"bench", synth, "--scheme", "bits=8,act=8", "--batch", "7"}).json();
    QCOMPARE(json["rows"][0]["rows"].get<int>(), 7);
    QCOMPARE(json["rows"][0]["macs"].get<double>(), 7.0 * 48 * 96);
    QCOMPARE(json["batch"].get<int>(), 7);
    QCOMPARE(json["rows"][0]["threads"].get<int>(), 1);
}

void TestCliBench::layersWithoutKernel()
{
    const Json rows = rowsOf({"bench", synth, "--scheme", "bits=8,act=8", "--scheme", "nf4,act=8"});
    QCOMPARE(rows.size(), std::size_t{2});
    QVERIFY(rows[1]["hotNs"].is_null());
    QVERIFY(rows[1]["issue"].get<std::string>().find("integers") != std::string::npos);
    QCOMPARE(rows[1]["hotNsReason"].get<std::string>(), rows[1]["issue"].get<std::string>());
    // Nothing at all to time is a failure that says why.
    const CliAnswer answer = runCli({"bench", synth, "--scheme", "nf4,act=8"});
    QCOMPARE(answer.status, 1);
    QVERIFY(answer.err.find("integers") != std::string::npos);
}

void TestCliBench::tableForPeople()
{
    const Json rows = rowsOf({"bench", synth, "--scheme", "bits=8,act=8", "--saturating"});
    QCOMPARE(rows.size(), std::size_t{2});
    QVERIFY(rows[1]["kernel"].get<std::string>().find("saturate") != std::string::npos);
    QVERIFY(rows[1]["exactReason"].get<std::string>().find("pairs saturated") != std::string::npos);
    const CliAnswer answer = runCli({"bench", synth, "--scheme", "bits=8,act=8", "--scheme", "bits=4,act=8"});
    QCOMPARE(answer.status, 0);
    for (const char* word :
         {"hot µs", "cold µs", "vs fp32", "vs ORT", "Stages", "multiply", "exact", "ONNX Runtime"})
        QVERIFY2(answer.out.find(word) != std::string::npos, word);
    QCOMPARE(runCli({"bench", synth, "--scheme", "bits=8,act=8", "--fail-if", "gops>0"}).status, 3);
    QCOMPARE(runCli({"bench", synth, "--scheme", "bits=8,act=8", "--fail-if", "gops<0"}).status, 0);
}

void TestCliBench::badUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("word");
    QTest::newRow("an unknown instruction set") << QStringList{"--isa", "avx513"} << "avx512";
    QTest::newRow("an instruction set that is not here") << QStringList{"--isa", "neon"} << "neon";
    QTest::newRow("no threads") << QStringList{"--threads", "0"} << "--threads";
    QTest::newRow("too many threads") << QStringList{"--threads", "100000"} << "--threads";
    QTest::newRow("no samples") << QStringList{"--batch", "0"} << "--batch";
    QTest::newRow("a dimension without size") << QStringList{"--dim", "width"} << "NAME=SIZE";
    QTest::newRow("a negative dimension") << QStringList{"--dim", "width=-3"} << "NAME=SIZE";
    QTest::newRow("a threshold of nothing") << QStringList{"--fail-if", "hotns<3"} << "hotNs";
    QTest::newRow("a bad scheme") << QStringList{"--scheme", "bitz=4"} << "bits";
}

void TestCliBench::badUsage()
{
    if (isAvailable(Isa::Neon))
        QSKIP("an Arm processor");
    QFETCH(QStringList, arguments);
    QFETCH(QString, word);
    std::vector<std::string> command = {"bench", synth};
    for (const QString& argument : arguments)
        command.push_back(argument.toStdString());
    const CliAnswer answer = runCli(command);
    QCOMPARE(answer.status, 2);
    QVERIFY2(QString::fromStdString(answer.err).contains(word), answer.err.c_str());
    QVERIFY(answer.out.empty());
}

QTEST_APPLESS_MAIN(TestCliBench)
#include "tst_clibench.moc"
