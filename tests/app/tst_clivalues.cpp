// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/npy.h"
#include "core/metrics/errormetrics.h"
#include "tests/app/clirunner.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;

using Doubles = QList<double>;

namespace {

constexpr const char* exampleValues = "1.1,2.4,-0.3,0.8";

Doubles numbers(const Json& list)
{
    Doubles result;
    for (const Json& item : list)
        result.append(item.is_null() ? qQNaN() : item.get<double>());
    return result;
}

} // namespace

class TestCliValues : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void workedExamples_data();
    void workedExamples();
    void errorParts_data();
    void errorParts();
    void everyMetricIsThere();
    void zeroPointIsNullWithoutOne_data();
    void zeroPointIsNullWithoutOne();
    void severalSetsGiveLists();
    void memoryOrder();
    void notANumber();
    void missingNumbersHaveReasons();
    void steps();
    void stepsFollowEachOther_data();
    void stepsFollowEachOther();
    void comparison();
    void comparisonWithTheScheme();
    void packedBytes_data();
    void packedBytes();
    void peopleReadTheSameNumbers();
    void metaSaysHow();
    void thresholds_data();
    void thresholds();
    void emptyArray();
};

void TestCliValues::workedExamples_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<Doubles>("codes");
    QTest::addColumn<Doubles>("values");
    QTest::addColumn<double>("scale");
    QTest::addColumn<double>("tolerance"); // half a unit of the last digit the facts give
    QTest::newRow("A: symmetric") << "bits=3,range=manual:-2:2" << Doubles{2, 3, 0, 1}
                                  << Doubles{1.333333, 2, 0, 0.666667} << 4.0 / 6 << 1e-6;
    QTest::newRow("B: offset") << "bits=3,grid=offset,range=manual:-0.5:2" << Doubles{4, 7, 1, 4}
                               << Doubles{0.928571, 2, -0.142857, 0.928571} << 2.5 / 7 << 1e-6;
    QTest::newRow("mid-rise") << "bits=3,grid=mid-rise,range=manual:-2:2" << Doubles{5, 7, 3, 5}
                              << Doubles{0.857, 2, -0.286, 0.857} << 4.0 / 7 << 5e-4;
    QTest::newRow("symmetric-full") << "bits=3,grid=symmetric-full,range=manual:-2:2" << Doubles{2, 3, -1, 1}
                                    << Doubles{1.143, 1.714, -0.571, 0.571} << 4.0 / 7 << 5e-4;
    QTest::newRow("symmetric-full-neg") << "bits=3,grid=symmetric-full-neg,range=manual:-2:2"
                                        << Doubles{2, 3, -1, 2} << Doubles{1, 1.5, -0.5, 1} << 0.5 << 5e-4;
    QTest::newRow("zero-point") << "bits=3,grid=zero-point,range=manual:-0.5:2" << Doubles{4, 7, 0, 3}
                                << Doubles{1.071, 2.143, -0.357, 0.714} << 2.5 / 7 << 5e-4;
}

void TestCliValues::workedExamples()
{
    QFETCH(QString, scheme);
    QFETCH(Doubles, codes);
    QFETCH(Doubles, values);
    QFETCH(double, scale);
    QFETCH(double, tolerance);
    const CliAnswer answer = runJson({"values", "--values", exampleValues, "--scheme", scheme.toStdString()});
    QCOMPARE(answer.status, 0);
    QCOMPARE(answer.err, std::string());
    const Json json = answer.json();
    COMPARE_JSON(json["shape"], Json::array({4}));
    QCOMPARE(json["scheme"].get<std::string>(), scheme.toStdString());
    QCOMPARE(numbers(json["codes"]), codes);
    // The scale is stored as float32: half a unit in its last place is 2^-24 of it.
    QVERIFY(std::abs(json["scale"].get<double>() - scale) <= scale * 0x1p-24);
    const Doubles got = numbers(json["values"]);
    QCOMPARE(got.size(), values.size());
    for (qsizetype i = 0; i < got.size(); ++i)
        QVERIFY2(std::abs(got[i] - values[i]) <= tolerance, qPrintable(QString::number(got[i], 'g', 9)));
}

void TestCliValues::errorParts_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<double>("mse");
    QTest::addColumn<double>("clipping");
    QTest::addColumn<double>("rounding");
    QTest::addColumn<double>("sqnr");
    QTest::newRow("A") << "bits=3,range=manual:-2:2" << 0.080556 << 0.04 << 0.040556 << 13.78;
    QTest::newRow("B, offset") << "bits=3,grid=offset,range=manual:-0.5:2" << 0.057653 << 0.04 << 0.017653
                               << 15.24;
    QTest::newRow("B, zero-point") << "bits=3,grid=zero-point,range=manual:-0.5:2" << 0.019388 << 0.016531
                                   << 0.002857 << 19.97;
}

void TestCliValues::errorParts()
{
    QFETCH(QString, scheme);
    QFETCH(double, mse);
    QFETCH(double, clipping);
    QFETCH(double, rounding);
    QFETCH(double, sqnr);
    const Json json = runJson({"values", "--values", exampleValues, "--scheme", scheme.toStdString()}).json();
    // Half a unit of the last digit the facts give, and what float32 values add to it.
    constexpr double digits = 5.5e-7;
    QVERIFY(std::abs(json["mse"].get<double>() - mse) <= digits);
    QVERIFY(std::abs(json["clippingMse"].get<double>() - clipping) <= digits);
    QVERIFY(std::abs(json["roundingMse"].get<double>() - rounding) <= digits);
    QVERIFY(std::abs(json["sqnrDb"].get<double>() - sqnr) <= 5e-3);
    QCOMPARE(json["clippedFraction"].get<double>(), 0.25);
}

void TestCliValues::everyMetricIsThere()
{
    const Json json = runJson({"values", "--values", exampleValues, "--scheme", "bits=3"}).json();
    for (const MetricDefinition& definition : metricDefinitions())
        QVERIFY2(json.contains(std::string(definition.key)), definition.key.data());
    for (const char* key : {"shape", "scale", "zeroPoint", "lo", "hi", "levels", "codes", "values",
                            "nanCount", "infCount", "meta"})
        QVERIFY2(json.contains(key), key);
    QCOMPARE(json["levels"].get<int>(), 7);
    QCOMPARE(json["lo"].get<double>(), static_cast<double>(-2.4f));
}

void TestCliValues::zeroPointIsNullWithoutOne_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("zeroPoint");
    QTest::addColumn<bool>("hasOffset");
    for (const char* grid :
         {"symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed", "symmetric-wide"})
        QTest::addRow("%s", grid) << QStringLiteral("bits=3,grid=") + QLatin1String(grid) << "0" << false;
    QTest::newRow("zero-point") << "bits=3,grid=zero-point,range=manual:-0.5:2"
                                << "1" << false;
    QTest::newRow("mid-rise") << "bits=3,grid=mid-rise"
                              << "null" << true;
    QTest::newRow("offset") << "bits=3,grid=offset"
                            << "null" << true;
    QTest::newRow("binary") << "format=binary"
                            << "null" << true;
}

void TestCliValues::zeroPointIsNullWithoutOne()
{
    QFETCH(QString, scheme);
    QFETCH(QString, zeroPoint);
    QFETCH(bool, hasOffset);
    const Json json = runJson({"values", "--values", exampleValues, "--scheme", scheme.toStdString()}).json();
    QCOMPARE(QString::fromStdString(json["zeroPoint"].dump()), zeroPoint);
    QCOMPARE(json["offset"].is_number(), hasOffset);
}

void TestCliValues::severalSetsGiveLists()
{
    const Json json =
        runJson({"values", "--values", "1,-2,4,-8,16", "--scheme", "bits=4,granularity=group:2"}).json();
    QCOMPARE(numbers(json["scale"]),
             (Doubles{double(float(2.0 / 7)), double(float(8.0 / 7)), double(float(16.0 / 7))}));
    QCOMPARE(numbers(json["zeroPoint"]), (Doubles{0, 0, 0}));
    QCOMPARE(numbers(json["lo"]), (Doubles{-2, -8, -16}));
    QCOMPARE(numbers(json["hi"]), (Doubles{2, 8, 16}));
}

void TestCliValues::memoryOrder()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("a.npy")).toStdString();
    writeNpy(path, tensorFromFloats({2, 3}, {1, 10, 100, 7, 70, 700}));
    const std::vector<std::string> command = {"values", "--npy", path, "--scheme",
                                              "bits=4,granularity=channel:1"};
    const Json json = runJson(command).json();
    COMPARE_JSON(json["shape"], Json::array({2, 3}));
    QCOMPARE(numbers(json["hi"]), (Doubles{7, 70, 700}));
    QCOMPARE(numbers(json["scale"]), (Doubles{1, 10, 100}));
    QCOMPARE(numbers(json["codes"]), (Doubles{1, 1, 1, 7, 7, 7}));
    QCOMPARE(numbers(json["values"]), (Doubles{1, 10, 100, 7, 70, 700}));
    QCOMPARE(json["meta"]["dataSha256"].get<std::string>().size(), std::size_t{64});
    const Json rows = runJson({"values", "--npy", path, "--scheme", "bits=4,granularity=channel"}).json();
    QCOMPARE(numbers(rows["hi"]), (Doubles{100, 700}));
}

void TestCliValues::notANumber()
{
    const Json json = runJson({"values", "--values", "-2,nan,1,inf,-inf", "--scheme", "bits=2"}).json();
    QCOMPARE(json["codes"].dump(), std::string("[-1,null,0,null,null]"));
    QVERIFY(json["values"][1].is_null());
    QVERIFY(json["values"][3].is_null());
    QCOMPARE(json["nanCount"].get<int>(), 1);
    QCOMPARE(json["infCount"].get<int>(), 2);
    QCOMPARE(json["elements"].get<int>(), 2);
    QCOMPARE(json["mse"].get<double>(), 0.5); // of -2 → -2 and 1 → 0
    const CliAnswer people = runCli({"values", "--values", "-2,nan,1", "--scheme", "bits=2", "--steps"});
    QCOMPARE(people.status, 0);
    QVERIFY(people.out.find("Left out: 1 NaN") != std::string::npos);
}

void TestCliValues::missingNumbersHaveReasons()
{
    const Json exact = runJson({"values", "--values", "1,-1", "--scheme", "bits=2"}).json();
    QVERIFY(exact["sqnrDb"].is_null());
    QCOMPARE(exact["sqnrDbReason"].get<std::string>(), std::string("exact"));
    const Json silent = runJson({"values", "--values", "0,0", "--scheme", "bits=2"}).json();
    QCOMPARE(silent["sqnrDbReason"].get<std::string>(), std::string("zero signal"));
    const Json none = runJson({"values", "--values", "nan", "--scheme", "bits=2"}).json();
    QCOMPARE(none["mseReason"].get<std::string>(), std::string("no finite elements"));
    for (const Json& json : {exact, silent, none}) {
        for (const auto& [key, value] : json.items()) {
            const bool isMetric = std::ranges::any_of(
                metricDefinitions(), [&key = key](const MetricDefinition& d) { return d.key == key; });
            if (isMetric)
                QVERIFY2(value.is_null() == json.contains(key + "Reason"), key.c_str());
        }
    }
}

void TestCliValues::steps()
{
    const Json json = runJson({"values", "--values", exampleValues, "--scheme",
                               "bits=3,grid=zero-point,range=manual:-0.5:2", "--steps"})
                          .json();
    QCOMPARE(json["steps"].size(), std::size_t{4});
    const Json& second = json["steps"][1]; // 2.4, above the highest level 6·s
    const double scale = json["scale"].get<double>();
    QCOMPARE(second["x"].get<double>(), static_cast<double>(2.4f));
    QCOMPARE(second["clipped"].get<double>(), static_cast<double>(6 * static_cast<float>(scale)));
    QCOMPARE(second["scaled"].get<double>(), static_cast<double>(2.4f / static_cast<float>(scale)));
    QCOMPARE(second["rounded"].get<double>(), 7.0);
    QCOMPARE(second["shifted"].get<double>(), 8.0);
    QCOMPARE(second["code"].get<int>(), 7);
    COMPARE_JSON(second["value"], json["values"][1]);
    QCOMPARE(second["error"].get<double>(), json["values"][1].get<double>() - static_cast<double>(2.4f));
}

void TestCliValues::stepsFollowEachOther_data()
{
    QTest::addColumn<QString>("scheme");
    for (const char* scheme :
         {"bits=3", "bits=3,grid=zero-point", "bits=4,grid=mid-rise", "bits=2,grid=offset,rounding=floor",
          "bits=3,grid=symmetric-signed,rounding=half-away", "bits=4,rounding=stochastic:5",
          "bits=8,grid=symmetric,codes=unsigned", "bits=3,range=manual:-0.01:0.01"})
        QTest::newRow(scheme) << scheme;
}

void TestCliValues::stepsFollowEachOther()
{
    QFETCH(QString, scheme);
    const Json json = runJson({"values", "--values", "1.1,2.4,-0.3,0.8,-7,0,3e30", "--scheme",
                               scheme.toStdString(), "--steps"})
                          .json();
    const double zero = json["zeroPoint"].is_null() ? 0 : json["zeroPoint"].get<double>();
    int lowest = 1 << 20;
    int highest = -lowest;
    for (const Json& code : json["codes"]) {
        lowest = std::min(lowest, code.get<int>());
        highest = std::max(highest, code.get<int>());
    }
    for (std::size_t i = 0; i < json["steps"].size(); ++i) {
        const Json& step = json["steps"][i];
        QVERIFY(std::abs(step["rounded"].get<double>() - step["scaled"].get<double>()) <= 1.0);
        QCOMPARE(step["shifted"].get<double>(), step["rounded"].get<double>() + zero);
        COMPARE_JSON(step["code"], json["codes"][i]);
        COMPARE_JSON(step["value"], json["values"][i]);
        const double shifted = step["shifted"].get<double>();
        const double code = step["code"].get<double>();
        QVERIFY(shifted == code || (shifted > code && code == highest) || (shifted < code && code == lowest));
    }
}

void TestCliValues::comparison()
{
    const Json json =
        runJson({"values", "--values", exampleValues, "--scheme", "bits=3,range=manual:-2:2", "--compare",
                 "bits=3,range=manual:-2:2;bits=3,grid=symmetric-full,range=manual:-2:2;"
                 "bits=3,grid=mid-rise,range=manual:-2:2"})
            .json();
    const Json& rows = json["rows"];
    QCOMPARE(rows.size(), std::size_t{3});
    QCOMPARE(rows[0]["codesDiffer"].get<int>(), 0);
    QCOMPARE(rows[1]["codesDiffer"].get<int>(), 1); // 2 3 0 1 against 2 3 -1 1
    QCOMPARE(rows[2]["codesDiffer"].get<int>(), 4);
    COMPARE_JSON(rows[0]["mse"], json["mse"]);
    QVERIFY(rows[2]["zeroPoint"].is_null());
    QCOMPARE(rows[1]["scheme"].get<std::string>(),
             std::string("bits=3,grid=symmetric-full,range=manual:-2:2"));
    QCOMPARE(json["meta"]["schemes"].size(), std::size_t{3});
}

void TestCliValues::comparisonWithTheScheme()
{
    const Json json =
        runJson({"values", "--values", "1,2,4", "--scheme", "bits=4", "--compare", "bits=2"}).json();
    QCOMPARE(json["rows"].size(), std::size_t{2});
    QCOMPARE(json["rows"][0]["scheme"].get<std::string>(), std::string("bits=4"));
    QCOMPARE(json["rows"][1]["codesDiffer"].get<int>(), 3); // 2 4 7 against 0 0 1
    const Json alone = runJson({"values", "--values", "1,2,4", "--compare", "bits=4;bits=2"}).json();
    QCOMPARE(alone["rows"].size(), std::size_t{2});
    QCOMPARE(alone["scheme"].get<std::string>(), std::string("bits=4"));
}

void TestCliValues::packedBytes_data()
{
    QTest::addColumn<QString>("values");
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QByteArray>("bytes");
    // Codes 1, -1, 7: two's complement nibbles, the first in the low half.
    QTest::newRow("4 bits, signed") << "1,-1,7"
                                    << "bits=4" << QByteArray("\xf1\x07", 2);
    // Codes 2, 3, 0, 1: 010 011 000 001 from the lowest bit up.
    QTest::newRow("3 bits cross a byte")
        << exampleValues << "bits=3,range=manual:-2:2" << QByteArray("\x1a\x02", 2);
    QTest::newRow("binary, 1 is x ≥ 0") << "1,-1,0,2,-3,1,1,1,-1"
                                        << "format=binary" << QByteArray("\xed\x00", 2);
    QTest::newRow("unsigned 8 bits") << "0,255,128"
                                     << "bits=8,grid=zero-point" << QByteArray("\x00\xff\x80", 3);
}

void TestCliValues::packedBytes()
{
    QFETCH(QString, values);
    QFETCH(QString, scheme);
    QFETCH(QByteArray, bytes);
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("packed.bin"));
    const CliAnswer answer = runJson({"values", "--values", values.toStdString(), "--scheme",
                                      scheme.toStdString(), "--packed-out", path.toStdString()});
    QCOMPARE(answer.status, 0);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll().toHex(), bytes.toHex());
    QCOMPARE(answer.json()["packedBytes"].get<int>(), int(bytes.size()));
}

void TestCliValues::peopleReadTheSameNumbers()
{
    const std::string scheme = "bits=3,range=manual:-2:2";
    const Json json = runJson({"values", "--values", exampleValues, "--scheme", scheme}).json();
    const CliAnswer people = runCli({"values", "--values", exampleValues, "--scheme", scheme});
    QCOMPARE(people.status, 0);
    const QString text = QString::fromStdString(people.out);
    QVERIFY(text.contains(QStringLiteral("quantized with bits=3,range=manual:-2:2")));
    for (const char* key : {"mse", "sqnrDb", "rmse", "cosine", "maxError"}) {
        const QString shown = QString::number(json[key].get<double>(), 'g', 6);
        QVERIFY2(text.contains(shown), qPrintable(QLatin1String(key) + u' ' + shown));
    }
    for (const QString& line : text.split(u'\n'))
        QVERIFY2(line.size() <= 100, qPrintable(line));
}

void TestCliValues::metaSaysHow()
{
    const Json meta =
        runJson({"values", "--values", "1,2", "--scheme", "int8-per-channel,rounding=stochastic:9"})
            .json()["meta"];
    COMPARE_JSON(meta["schemes"],
                 Json::array({"bits=8,granularity=channel,rounding=stochastic:9,act.bits=8"}));
    COMPARE_JSON(meta["seeds"], Json::array({9}));
    QCOMPARE(meta["command"].get<std::string>(),
             std::string("quantoscope values --values 1,2 --scheme "
                         "int8-per-channel,rounding=stochastic:9 --json"));
    for (const char* key : {"version", "commit", "engine", "onnxRuntime", "instructionSet", "cpu"})
        QVERIFY2(!meta[key].get<std::string>().empty(), key);
    QVERIFY(meta["threads"].get<int>() >= 1);
    QVERIFY(!meta.contains("date"));
}

void TestCliValues::thresholds_data()
{
    QTest::addColumn<QString>("threshold");
    QTest::addColumn<int>("status");
    QTest::newRow("not crossed") << "sqnrDb<13" << 0;
    QTest::newRow("crossed") << "sqnrDb<14" << 3;
    QTest::newRow("above") << "maxError > 0.39" << 3;
    QTest::newRow("equal counts for <=") << "levelsUsed<=4" << 3;
    QTest::newRow("equal does not count for <") << "levelsUsed<4" << 0;
    QTest::newRow("a negative limit") << "meanError<-1" << 0;
}

void TestCliValues::thresholds()
{
    QFETCH(QString, threshold);
    QFETCH(int, status);
    const CliAnswer answer = runJson({"values", "--values", exampleValues, "--scheme",
                                      "bits=3,range=manual:-2:2", "--fail-if", threshold.toStdString()});
    QCOMPARE(answer.status, status);
    QVERIFY(answer.json().is_object());
    QCOMPARE(answer.err.empty(), status == 0);
    // A missing number crosses every threshold.
    QCOMPARE(runCli({"values", "--values", "1,-1", "--scheme", "bits=2", "--fail-if", "sqnrDb<1"}).status, 3);
}

void TestCliValues::emptyArray()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("empty.npy")).toStdString();
    writeNpy(path, tensorFromFloats({0, 3}, {}));
    const CliAnswer answer = runJson({"values", "--npy", path, "--scheme", "bits=4", "--steps"});
    QCOMPARE(answer.status, 0);
    COMPARE_JSON(answer.json()["codes"], Json::array());
    QCOMPARE(runCli({"values", "--npy", path, "--scheme", "bits=4,granularity=channel", "--steps"}).status,
             0);
}

QTEST_APPLESS_MAIN(TestCliValues)
#include "tst_clivalues.moc"
