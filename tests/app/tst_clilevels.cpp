// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/clirunner.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;

class TestCliLevels : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void grids_data();
    void grids();
    void ranges_data();
    void ranges();
    void table_data();
    void table();
    void tableExamples_data();
    void tableExamples();
    void tableFitsTheTerminal();
    void presets();
    void machine();
};

void TestCliLevels::grids_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<int>("count");
    QTest::addColumn<double>("lowest"); // for L = 2; zero-point, offset: -0.5 … 2
    QTest::addColumn<double>("highest");
    QTest::addColumn<double>("step");
    QTest::addColumn<bool>("zeroExact");
    const QString bits = QStringLiteral("bits=3,grid=");
    QTest::newRow("symmetric") << bits + "symmetric" << 7 << -2.0 << 2.0 << 4.0 / 6 << true;
    QTest::newRow("symmetric-full") << bits + "symmetric-full" << 8 << -2.0 * 8 / 7 << 2.0 * 6 / 7 << 4.0 / 7
                                    << true;
    QTest::newRow("symmetric-full-neg") << bits + "symmetric-full-neg" << 8 << -2.0 << 1.5 << 0.5 << true;
    QTest::newRow("symmetric-signed") << bits + "symmetric-signed" << 8 << -1.5 << 2.0 << 0.5 << true;
    QTest::newRow("symmetric-wide") << bits + "symmetric-wide" << 8 << -2.0 - 2.0 / 3 << 2.0 << 2.0 / 3
                                    << true;
    QTest::newRow("mid-rise") << bits + "mid-rise" << 8 << -2.0 << 2.0 << 4.0 / 7 << false;
    QTest::newRow("offset") << bits + "offset" << 8 << -0.5 << 2.0 << 2.5 / 7 << false;
    QTest::newRow("zero-point") << bits + "zero-point" << 8 << -2.5 / 7 << 15.0 / 7 << 2.5 / 7 << true;
    QTest::newRow("binary") << "format=binary" << 2 << -2.0 << 2.0 << 4.0 << false;
}

void TestCliLevels::grids()
{
    QFETCH(QString, scheme);
    QFETCH(int, count);
    QFETCH(double, lowest);
    QFETCH(double, highest);
    QFETCH(double, step);
    QFETCH(bool, zeroExact);
    const CliAnswer answer = runJson({"levels", "--scheme", scheme.toStdString(), "--range", "-0.5:2"});
    QCOMPARE(answer.status, 0);
    const Json json = answer.json();
    QCOMPARE(json["count"].get<int>(), count);
    QCOMPARE(json["levels"].size(), std::size_t(count));
    constexpr double rounding = 3e-7; // scale and level rounded to float32 each, |level| < 2.7
    QVERIFY(std::abs(json["lowestLevel"].get<double>() - lowest) <= rounding);
    QVERIFY(std::abs(json["highestLevel"].get<double>() - highest) <= rounding);
    QVERIFY(std::abs(json["step"].get<double>() - step) <= rounding);
    QCOMPARE(json["zeroExact"].get<bool>(), zeroExact);
    const double first = json["levels"].front().get<double>();
    const double last = json["levels"].back().get<double>();
    QCOMPARE(std::min(first, last), json["lowestLevel"].get<double>());
    QCOMPARE(std::max(first, last), json["highestLevel"].get<double>());
    QCOMPARE(json["bytesPerBillion"].get<std::int64_t>(),
             std::int64_t{125'000'000} * (scheme == QStringLiteral("format=binary") ? 1 : 3));
}

void TestCliLevels::ranges_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<double>("lo");
    QTest::addColumn<double>("hi");
    const QString grid = QStringLiteral("bits=4,grid=offset");
    QTest::newRow("default") << QStringList{"--scheme", grid} << -1.0 << 1.0;
    QTest::newRow("a manual range of the scheme")
        << QStringList{"--scheme", grid + ",range=manual:-0.5:2"} << -0.5 << 2.0;
    QTest::newRow("--range wins") << QStringList{"--scheme", grid + ",range=manual:-0.5:2", "--range", "0:4"}
                                  << 0.0 << 4.0;
    QTest::newRow("symmetric takes the larger magnitude")
        << QStringList{"--scheme", "bits=4", "--range", "-3:2"} << -3.0 << 3.0;
    QTest::newRow("zero is forced in")
        << QStringList{"--scheme", "bits=4,grid=zero-point", "--range", "1:2"} << 0.0 << 2.0;
}

void TestCliLevels::ranges()
{
    QFETCH(QStringList, arguments);
    QFETCH(double, lo);
    QFETCH(double, hi);
    std::vector<std::string> command = {"levels"};
    for (const QString& argument : arguments)
        command.push_back(argument.toStdString());
    const Json json = runJson(command).json();
    QCOMPARE(json["lo"].get<double>(), lo);
    QCOMPARE(json["hi"].get<double>(), hi);
}

void TestCliLevels::table_data()
{
    QTest::addColumn<int>("row");
    QTest::addColumn<double>("bits");
    QTest::addColumn<QString>("grid");
    QTest::addColumn<qulonglong>("codes");
    QTest::addColumn<qulonglong>("levels");
    QTest::addColumn<qulonglong>("bytes");
    QTest::addColumn<QString>("whereMet");
    QTest::newRow("1") << 0 << 1.0 << "binary" << 2ull << 2ull << 125'000'000ull << "binary networks";
    QTest::newRow("1.58") << 1 << 1.58 << "ternary" << 3ull << 3ull << 250'000'000ull << "ternary networks";
    QTest::newRow("2") << 2 << 2.0 << "mid-rise" << 4ull << 4ull << 250'000'000ull
                       << "trials, the very smallest models";
    QTest::newRow("3") << 3 << 3.0 << "mid-rise" << 8ull << 8ull << 375'000'000ull
                       << "small chat models, experiments";
    QTest::newRow("4") << 4 << 4.0 << "symmetric" << 16ull << 15ull << 500'000'000ull
                       << "language models on a laptop (GGML formats)";
    QTest::newRow("5") << 5 << 5.0 << "mid-rise" << 32ull << 32ull << 625'000'000ull << "the careful choice";
    QTest::newRow("8") << 6 << 8.0 << "symmetric" << 256ull << 255ull << 1'000'000'000ull
                       << "INT8 inference, TFLite, ONNX";
    QTest::newRow("16") << 7 << 16.0 << "float16" << 65'536ull << 63'487ull << 2'000'000'000ull
                        << "FP16 inference on GPUs";
    QTest::newRow("32") << 8 << 32.0 << "float32" << 4'294'967'296ull << 4'278'190'079ull << 4'000'000'000ull
                        << "training";
}

void TestCliLevels::table()
{
    QFETCH(int, row);
    QFETCH(double, bits);
    QFETCH(QString, grid);
    QFETCH(qulonglong, codes);
    QFETCH(qulonglong, levels);
    QFETCH(qulonglong, bytes);
    QFETCH(QString, whereMet);
    const Json rows = runJson({"levels", "--table"}).json()["rows"];
    QCOMPARE(rows.size(), std::size_t{9});
    const Json& json = rows[std::size_t(row)];
    QCOMPARE(json["bits"].get<double>(), bits);
    QCOMPARE(QString::fromStdString(json["grid"]), grid);
    QCOMPARE(json["codes"].get<qulonglong>(), codes);
    QCOMPARE(json["levels"].get<qulonglong>(), levels);
    QCOMPARE(json["bytesPerBillion"].get<qulonglong>(), bytes);
    QCOMPARE(json["packedBytesPerBillion"].get<qulonglong>(),
             grid == QStringLiteral("ternary") ? 200'000'000ull : bytes);
    QCOMPARE(QString::fromStdString(json["whereMet"]), whereMet);
    if (!json["values"].is_null())
        QCOMPARE(json["values"].size(), std::size_t(levels));
}

void TestCliLevels::tableExamples_data()
{
    QTest::addColumn<int>("row");
    QTest::addColumn<QString>("text");
    QTest::newRow("1") << 0 << "-1, +1 times a scale";
    QTest::newRow("1.58") << 1 << "-1, 0, +1 times a scale (2 bits stored";
    QTest::newRow("2") << 2 << "-2.0, -0.67, 0.67, 2.0,";
    QTest::newRow("3") << 3 << "-2.0, -1.43, -0.86, -0.29, 0.29, 0.86, 1.43, 2.0,";
    QTest::newRow("4") << 4 << "-2.0, -1.71, -1.43, … 1.43, 1.71, 2.0, step 0.286";
    QTest::newRow("8") << 6 << "close to FP32";
    QTest::newRow("16") << 7 << "almost float";
    QTest::newRow("32") << 8 << "floating point itself";
}

void TestCliLevels::tableExamples()
{
    QFETCH(int, row);
    QFETCH(QString, text);
    const Json rows = runJson({"levels", "--table"}).json()["rows"];
    const QString example = QString::fromStdString(rows[std::size_t(row)]["example"]);
    QVERIFY2(example.startsWith(text), qPrintable(example));
    const CliAnswer people = runCli({"levels", "--table"});
    QVERIFY(QString::fromStdString(people.out).contains(text));
}

void TestCliLevels::tableFitsTheTerminal()
{
    const CliAnswer people = runCli({"levels", "--table"});
    for (const QString& line : QString::fromStdString(people.out).split(u'\n'))
        QVERIFY2(line.size() <= 100, qPrintable(line));
    QVERIFY(runCli({"levels", "--scheme", "bits=16"}).out.size() < 2000); // ends only
    QCOMPARE(runJson({"levels", "--scheme", "bits=16"}).json()["levels"].size(), std::size_t{65535});
}

void TestCliLevels::presets()
{
    const Json json = runJson({"presets"}).json();
    QVERIFY(json["presets"].size() >= 5);
    bool found = false;
    for (const Json& preset : json["presets"]) {
        QVERIFY(!preset["source"].get<std::string>().empty());
        // Each is accepted where a scheme is taken and means what it says.
        const Json levels = runJson({"levels", "--scheme", preset["name"]}).json();
        QCOMPARE(levels["scheme"].get<std::string>(), preset["scheme"].get<std::string>());
        found |= preset["name"] == "int8-per-channel";
    }
    QVERIFY(found);
    QVERIFY(json.contains("meta"));
    QVERIFY(runCli({"presets"}).out.find("int4-group-32") != std::string::npos);
}

void TestCliLevels::machine()
{
    const QTemporaryDir cache;
    qputenv("XDG_CACHE_HOME", cache.path().toLocal8Bit());
    const Json json = runJson({"machine"}).json();
    int used = 0;
    for (const Json& set : json["isa"])
        used += set["used"].get<bool>();
    QCOMPARE(used, 1);
    QVERIFY(json["threads"].get<int>() >= 1);
    COMPARE_JSON(json["instructionSet"], json["meta"]["instructionSet"]);
    for (int bits = 1; bits <= 16; ++bits) {
        bool found = false;
        for (const Json& width : json["widths"])
            found |= width["bits"] == bits && width["weights"] == std::to_string(bits) + "-bit";
        QVERIFY2(found, qPrintable(QString("%1 bits").arg(bits)));
    }
    const Json& roofline = json["roofline"];
    for (const char* key :
         {"readGBps", "readAllThreadsGBps", "int8Gmacs", "int16Gmacs", "binaryGmacs", "floatGmacs"})
        QVERIFY2(roofline[key].get<double>() > 0, key);
    for (const Json& row : json["documented"])
        QCOMPARE(row["measured"].get<bool>(), false);
    // Measured once: the second answer is the kept one.
    QVERIFY(QFile::exists(cache.filePath("quantoscope/roofline.json")));
    COMPARE_JSON(runJson({"machine"}).json()["roofline"], roofline);
    // A damaged file is measured over.
    QFile damaged(cache.filePath("quantoscope/roofline.json"));
    QVERIFY(damaged.open(QIODevice::WriteOnly));
    damaged.write("[{\"cpu\": 3}, ");
    damaged.close();
    QVERIFY(runJson({"machine"}).json()["roofline"]["int8Gmacs"].get<double>() > 0);
    QVERIFY(runCli({"machine"}).out.find(json["cpu"].get<std::string>()) != std::string::npos);
}

QTEST_APPLESS_MAIN(TestCliLevels)
#include "tst_clilevels.moc"
