// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/csv.h"
#include "core/report/hardware.h"
#include "core/report/layerrows.h"
#include "core/report/metricvalues.h"
#include "core/report/provenance.h"
#include "core/runtime/ortversion.h"
#include "core/support/progress.h"
#include "core/support/sha256.h"

#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <limits>

using namespace quantoscope;

class TestReport : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void sha256KnownAnswers_data();
    void sha256KnownAnswers();
    void sha256Stops();
    void numbersReadBackTheSame_data();
    void numbersReadBackTheSame();
    void notANumberIsNullWithReason();
    void textOfJson();
    void badUtf8IsReplaced();
    void metricsOfEveryDefinition();
    void totalsOfNothing();
    void csv();
    void shellQuoting_data();
    void shellQuoting();
    void meta();
    void hardware();
};

void TestReport::sha256KnownAnswers_data()
{
    // FIPS 180-4 examples: NIST's example values for SHA-256, and the million times 'a'.
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("digest");
    QTest::newRow("nothing") << QByteArray()
                             << "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    QTest::newRow("abc") << QByteArray("abc")
                         << "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    QTest::newRow("two blocks") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                                << "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
    QTest::newRow("a million a") << QByteArray(1'000'000, 'a')
                                 << "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
}

void TestReport::sha256KnownAnswers()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, digest);
    const auto bytes = std::as_bytes(std::span(text.constData(), std::size_t(text.size())));
    QCOMPARE(QString::fromStdString(sha256(bytes)), digest);
}

void TestReport::sha256Stops()
{
    std::stop_source source;
    source.request_stop();
    const std::vector<std::byte> bytes(10);
    QVERIFY_EXCEPTION_THROWN(sha256(bytes, source.get_token()), Cancelled);
}

void TestReport::numbersReadBackTheSame_data()
{
    QTest::addColumn<double>("value");
    for (const double value : {0.1, 1.0 / 3, double(2.0f / 3), 1e300, 5e-324, -1.5, 123456789.0})
        QTest::addRow("%.17g", value) << value;
}

void TestReport::numbersReadBackTheSame()
{
    QFETCH(double, value);
    const std::string text = jsonNumber(value).dump();
    QCOMPARE(Json::parse(text).get<double>(), value);
    QCOMPARE(QByteArray::fromStdString(text).toDouble(), value);
}

void TestReport::notANumberIsNullWithReason()
{
    Json json;
    setNumber(json, "a", std::nan(""), "why");
    setNumber(json, "b", std::numeric_limits<double>::infinity(), "big");
    setNumber(json, "c", -0.0, "never");
    QCOMPARE(json.dump(), std::string(R"({"a":null,"aReason":"why","b":null,"bReason":"big","c":0.0})"));
}

void TestReport::textOfJson()
{
    Json json;
    json["z"] = {1, 2.5, nullptr};
    json["a"] = Json::array({Json{{"k", "v\"\n"}}});
    json["e"] = Json::array();
    const std::string text = toText(json);
    QCOMPARE(text, std::string("{\n  \"z\": [1,2.5,null],\n  \"a\": [\n    {\n      \"k\": \"v\\\"\\n\"\n"
                               "    }\n  ],\n  \"e\": []\n}\n"));
    QVERIFY(Json::parse(text) == json);
}

void TestReport::badUtf8IsReplaced()
{
    Json json;
    json["name"] = "a\xff";
    QCOMPARE(Json::parse(toText(json))["name"].get<std::string>(), std::string("a\xef\xbf\xbd"));
}

void TestReport::metricsOfEveryDefinition()
{
    ErrorMetrics metrics = errorMetrics(ErrorSums{}, {}, 8);
    Json json;
    addMetrics(json, metrics);
    for (const MetricDefinition& definition : metricDefinitions()) {
        const std::string key(definition.key);
        QVERIFY2(json.contains(key), key.c_str());
        if (definition.value != nullptr)
            QCOMPARE(json[key + "Reason"].get<std::string>(), std::string("no finite elements"));
        else
            QVERIFY(json[key].is_number());
    }
}

void TestReport::totalsOfNothing()
{
    const Json json = totalsJson(totalsOf({}));
    QCOMPARE(json["bytes"].get<int>(), 0);
    QVERIFY(json["sqnrDb"].is_null());
    QCOMPARE(json["bitsPerWeightReason"].get<std::string>(), std::string("no elements"));
}

void TestReport::csv()
{
    Json first;
    first["name"] = "a,\"b\"";
    first["x"] = 0.1;
    first["n"] = nullptr;
    Json second;
    second["name"] = "plain";
    second["y"] = 3;
    Json meta;
    meta["v"] = "1";
    QCOMPARE(csvText(Json::array({first, second}), meta),
             std::string("# {\"v\":\"1\"}\nname,x,n,y\n\"a,\"\"b\"\"\",0.1,,\nplain,,,3\n"));
}

void TestReport::shellQuoting_data()
{
    QTest::addColumn<QString>("argument");
    for (const char* text : {"plain-1.5,k=v", "", "two words", "it's", "a;b|c>d", "$HOME`x`\\", "* ?", "é\n"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

void TestReport::shellQuoting()
{
    QFETCH(QString, argument);
    QProcess shell;
    const QString quoted = QString::fromStdString(shellQuoted(argument.toStdString()));
    shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QStringLiteral("printf %s ") + quoted});
    QVERIFY(shell.waitForFinished());
    QCOMPARE(QString::fromUtf8(shell.readAllStandardOutput()), argument);
}

void TestReport::meta()
{
    Provenance provenance;
    provenance.command = "quantoscope x";
    provenance.schemes = {"bits=4"};
    provenance.samples = 10;
    const Json json = metaJson(provenance);
    QCOMPARE(json["command"].get<std::string>(), provenance.command);
    QCOMPARE(json["samples"].get<int>(), 10);
    QVERIFY(json["model"].is_null());
    QVERIFY(QRegularExpression(QStringLiteral(R"(^\d+\.\d+\.\d+$)"))
                .match(QString::fromStdString(json["version"]))
                .hasMatch());
    QVERIFY(QRegularExpression(QStringLiteral("^([0-9a-f]{12}(-dirty)?|unknown)$"))
                .match(QString::fromStdString(json["commit"]))
                .hasMatch());
    QVERIFY(QString::fromStdString(onnxRuntimeVersion()).startsWith(QStringLiteral("1.")));
    QVERIFY(!json.contains("date"));
    qputenv("SOURCE_DATE_EPOCH", "nonsense");
    QVERIFY(!metaJson(provenance).contains("date"));
    qunsetenv("SOURCE_DATE_EPOCH");
}

void TestReport::hardware()
{
    const std::vector<InstructionSet> sets = instructionSets();
    QCOMPARE(std::count_if(sets.begin(), sets.end(), [](const InstructionSet& set) { return set.used; }), 1);
    QVERIFY(threadCount() >= 1);
    QVERIFY(!cpuName().empty());
}

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
