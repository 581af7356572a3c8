// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/npy.h"
#include "core/metrics/errormetrics.h"
#include "tests/app/clirunner.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <map>
#include <set>

using namespace quantoscope;

namespace {

constexpr const char* smallNetwork = "synth:gauss,shape=16x32,seed=3";

void writeText(const QString& path, const QByteArray& text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

} // namespace

class TestCliAnalyze : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void infoOfTheSample();
    void infoOfArrays();
    void rowsAndTotals();
    void totalsAreWeighted();
    void bitsAreCrossedWithSchemes();
    void oneBitBecomesBinary();
    void fewerBitsAreSmaller();
    void layersAreChosen_data();
    void layersAreChosen();
    void schemesFile();
    void layerThatDoesNotFit();
    void csvHoldsTheSameNumbers();
    void peopleReadTheSameNumbers();
    void thresholds();
    void sameRunSameBytes();
    void inputsAreCapturedFromSamples();
};

void TestCliAnalyze::infoOfTheSample()
{
    const CliAnswer answer = runJson({"info", "sample"});
    QCOMPARE(answer.status, 0);
    const Json json = answer.json();
    QCOMPARE(json["format"].get<std::string>(), std::string("onnx"));
    QVERIFY(json["params"].get<int>() > 0);
    QVERIFY(json["bytes"].get<int>() > 0);
    QVERIFY(json["skipped"].is_array());
    QCOMPARE(json["meta"]["modelSha256"].get<std::string>().size(), std::size_t{64});
    for (const Json& layer : json["layers"]) {
        std::int64_t elements = 1;
        for (const Json& dimension : layer["shape"])
            elements *= dimension.get<std::int64_t>();
        QCOMPARE(layer["params"].get<std::int64_t>(), elements);
        QVERIFY(layer["min"].get<double>() <= layer["mean"].get<double>());
        QVERIFY(layer["mean"].get<double>() <= layer["max"].get<double>());
        QVERIFY(layer["stored"].is_null());
        for (const char* key : {"name", "kind", "weight", "dtype"})
            QVERIFY2(layer[key].is_string(), key);
        for (const char* key : {"std", "channelAxis", "kurtosis", "absmaxPerSigma", "channelRangeRatio"})
            QVERIFY2(layer[key].is_number(), key);
    }
}

void TestCliAnalyze::infoOfArrays()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("w.npz")).toStdString();
    const float nan = std::nanf("");
    writeNpz(path,
             {{"a", tensorFromFloats({2, 2}, {1, -1, 3, nan})}, {"b", tensorFromFloats({3}, {2, 2, 2})}});
    const Json layers = runJson({"info", path}).json()["layers"];
    QCOMPARE(layers.size(), std::size_t{2});
    QCOMPARE(layers[0]["kind"].get<std::string>(), std::string("array"));
    QCOMPARE(layers[0]["nanCount"].get<int>(), 1);
    QCOMPARE(layers[0]["mean"].get<double>(), 1.0);
    QCOMPARE(layers[0]["channelRangeRatio"].get<double>(), 3.0);
    QVERIFY(layers[1]["kurtosis"].is_null());
    QCOMPARE(layers[1]["kurtosisReason"].get<std::string>(), std::string("constant"));
    QVERIFY(runCli({"info", path}).out.find("1 NaN") != std::string::npos);
}

void TestCliAnalyze::rowsAndTotals()
{
    const Json json = runJson({"analyze", "sample"}).json();
    const Json info = runJson({"info", "sample"}).json();
    QCOMPARE(json["rows"].size(), info["layers"].size());
    std::uint64_t params = 0;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < json["rows"].size(); ++i) {
        const Json& row = json["rows"][i];
        COMPARE_JSON(row["layer"], info["layers"][i]["name"]);
        QCOMPARE(row["scheme"].get<std::string>(), std::string("bits=8,granularity=channel"));
        QCOMPARE(row["bits"].get<int>(), 8);
        for (const MetricDefinition& definition : metricDefinitions())
            QVERIFY2(row.contains(std::string(definition.key)), definition.key.data());
        const auto elements = info["layers"][i]["params"].get<std::uint64_t>();
        // One byte a weight and a 4-byte scale an output channel.
        const auto axis = info["layers"][i]["channelAxis"].get<std::size_t>();
        const auto channels = info["layers"][i]["shape"][axis].get<std::uint64_t>();
        QCOMPARE(row["bytes"].get<std::uint64_t>(), elements + 4 * channels);
        QCOMPARE(row["bitsPerWeight"].get<double>(),
                 8.0 * double(elements + 4 * channels) / double(elements));
        params += elements;
        bytes += row["bytes"].get<std::uint64_t>();
    }
    const Json& totals = json["totals"];
    QCOMPARE(totals["params"].get<std::uint64_t>(), params);
    QCOMPARE(totals["bytes"].get<std::uint64_t>(), bytes);
    QCOMPARE(totals["fp32Bytes"].get<std::uint64_t>(), 4 * params);
    QCOMPARE(totals["bitsPerWeight"].get<double>(), 8.0 * double(bytes) / double(params));
}

void TestCliAnalyze::totalsAreWeighted()
{
    const Json json = runJson({"analyze", "sample", "--bits", "4"}).json();
    double error = 0;
    double elements = 0;
    for (const Json& row : json["rows"]) {
        error += row["mse"].get<double>() * row["elements"].get<double>();
        elements += row["elements"].get<double>();
    }
    const double mse = json["totals"]["mse"].get<double>();
    QVERIFY(std::abs(mse - error / elements) <= 1e-12 * mse);
}

void TestCliAnalyze::bitsAreCrossedWithSchemes()
{
    const Json json = runJson({"analyze", smallNetwork, "--scheme", "grid=zero-point", "--scheme",
                               "int4-group-32", "--bits", "3..5"})
                          .json();
    std::set<std::string> schemes;
    for (const Json& row : json["rows"])
        schemes.insert(row["scheme"]);
    const std::set<std::string> expected = {"bits=3,grid=zero-point",      "bits=4,grid=zero-point",
                                            "bits=5,grid=zero-point",      "bits=3,granularity=group:32",
                                            "bits=4,granularity=group:32", "bits=5,granularity=group:32"};
    QVERIFY(schemes == expected);
    QCOMPARE(json["totals"].size(), std::size_t{6});
    QVERIFY(json["totals"][0]["scheme"] == "bits=3,grid=zero-point");
    COMPARE_JSON(json["meta"]["seeds"], Json::array({3}));
    QVERIFY(json["meta"]["modelSha256"].is_null());
}

void TestCliAnalyze::oneBitBecomesBinary()
{
    const Json json = runJson({"analyze", smallNetwork, "--bits", "1..2"}).json();
    QCOMPARE(json["rows"][0]["scheme"].get<std::string>(), std::string("format=binary,granularity=channel"));
    QCOMPARE(json["rows"][0]["bits"].get<int>(), 1);
    QCOMPARE(json["rows"][1]["scheme"].get<std::string>(), std::string("bits=2,granularity=channel"));
    const Json rise = runJson({"analyze", smallNetwork, "--scheme", "grid=mid-rise", "--bits", "1"}).json();
    QCOMPARE(rise["rows"][0]["scheme"].get<std::string>(), std::string("bits=1,grid=mid-rise"));
}

void TestCliAnalyze::fewerBitsAreSmaller()
{
    const Json json = runJson({"analyze", "sample", "--bits", "1..16"}).json();
    QCOMPARE(json["totals"].size(), std::size_t{16});
    std::uint64_t before = 0;
    for (const Json& totals : json["totals"]) {
        QVERIFY(totals["bytes"].get<std::uint64_t>() > before);
        before = totals["bytes"].get<std::uint64_t>();
    }
}

void TestCliAnalyze::layersAreChosen_data()
{
    QTest::addColumn<QString>("include");
    QTest::addColumn<QString>("exclude");
    QTest::addColumn<QStringList>("names");
    QTest::newRow("part of a name") << "fc"
                                    << "" << QStringList{"fc1", "fc2"};
    QTest::newRow("exclude") << ""
                             << "^fc" << QStringList{"conv.a", "conv.b"};
    QTest::newRow("both") << "1|a$"
                          << "conv" << QStringList{"fc1"};
    QTest::newRow("ECMAScript class") << "\\d"
                                      << "" << QStringList{"fc1", "fc2"};
}

void TestCliAnalyze::layersAreChosen()
{
    QFETCH(QString, include);
    QFETCH(QString, exclude);
    QFETCH(QStringList, names);
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("w.npz")).toStdString();
    const Tensor tensor = tensorFromFloats({2, 2}, {1, -2, 3, 4});
    writeNpz(path, {{"conv.a", tensor}, {"conv.b", tensor}, {"fc1", tensor}, {"fc2", tensor}});
    const Json rows =
        runJson({"analyze", path, "--layers", include.toStdString(), "--exclude", exclude.toStdString()})
            .json()["rows"];
    QStringList got;
    for (const Json& row : rows)
        got.append(QString::fromStdString(row["layer"]));
    QCOMPARE(got, names);
}

void TestCliAnalyze::schemesFile()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("s.json"));
    writeText(file, R"({"default": "bits=4", "layers": {"conv1": "int8-per-channel", "head": "binary"}})");
    const Json json = runJson({"analyze", "sample", "--schemes", file.toStdString()}).json();
    std::map<std::string, std::string> schemes;
    for (const Json& row : json["rows"])
        schemes[row["layer"]] = row["scheme"];
    QCOMPARE(schemes["conv1"], std::string("bits=8,granularity=channel,act.bits=8"));
    QCOMPARE(schemes["head"], std::string("format=binary"));
    QCOMPARE(schemes["fc1"], std::string("bits=4"));
    QCOMPARE(json["meta"]["schemes"].size(), std::size_t{3});
}

void TestCliAnalyze::layerThatDoesNotFit()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("w.npz")).toStdString();
    writeNpz(path, {{"flat", tensorFromFloats({2, 2}, {1, 2, 3, 4})},
                    {"deep", tensorFromFloats({1, 2, 2}, {1, 2, 3, 4})}});
    const std::vector<std::string> command = {"analyze", path, "--scheme", "granularity=channel:2"};
    const CliAnswer answer = runJson(command);
    QCOMPARE(answer.status, 0);
    const Json json = answer.json();
    QVERIFY(json["rows"][0]["sqnrDb"].is_null());
    QVERIFY(!json["rows"][0]["issue"].get<std::string>().empty());
    COMPARE_JSON(json["rows"][0]["sqnrDbReason"], json["rows"][0]["issue"]);
    for (const std::string key : {"bytes", "bitsPerWeight"}) {
        QVERIFY2(json["rows"][0].contains(key) && json["rows"][0][key].is_null(), key.c_str());
        COMPARE_JSON(json["rows"][0][key + "Reason"], json["rows"][0]["issue"]);
    }
    QVERIFY(json["rows"][1]["mse"].is_number());
    QCOMPARE(json["totals"]["params"].get<int>(), 4);
    QVERIFY(runCli(command).out.find("flat: ") != std::string::npos);
    // Null crosses.
    QCOMPARE(runJson({"analyze", path, "--scheme", "granularity=channel:2", "--fail-if", "mse>1e9"}).status,
             3);
}

void TestCliAnalyze::csvHoldsTheSameNumbers()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("rows.csv"));
    const Json json = runJson({"analyze", "sample", "--bits", "4", "--csv", path.toStdString()}).json();
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = file.readAll().split('\n');
    QCOMPARE(lines.size(), qsizetype(json["rows"].size()) + 3); // meta, header, rows, end
    QVERIFY(lines[0].startsWith("# {"));
    COMPARE_JSON(Json::parse(lines[0].mid(2).toStdString()), json["meta"]);
    const auto column = lines[1].split(',').indexOf("mse");
    QVERIFY(column > 0);
    // The scheme has a comma and is quoted: split behind it.
    const QByteArray row = QByteArray(lines[2]).replace("\"bits=4,granularity=channel\"", "scheme");
    QCOMPARE(row.split(',')[column].toDouble(), json["rows"][0]["mse"].get<double>());
}

void TestCliAnalyze::peopleReadTheSameNumbers()
{
    const Json json = runJson({"analyze", "sample"}).json();
    const CliAnswer people = runCli({"analyze", "sample"});
    QCOMPARE(people.status, 0);
    QCOMPARE(people.err, std::string());
    const QString text = QString::fromStdString(people.out);
    QVERIFY(text.contains(QStringLiteral("bits=8,granularity=channel")));
    for (const Json& row : json["rows"]) {
        const QString name = QString::fromStdString(row["layer"]);
        const QString sqnr = QString::number(row["sqnrDb"].get<double>(), 'g', 4);
        const QString mse = QString::number(row["mse"].get<double>(), 'g', 3);
        const QRegularExpression line(QStringLiteral("^%1 .* %2 .*%3 ")
                                          .arg(QRegularExpression::escape(name),
                                               QRegularExpression::escape(sqnr),
                                               QRegularExpression::escape(mse)),
                                      QRegularExpression::MultilineOption);
        QVERIFY2(text.contains(line), qPrintable(line.pattern()));
    }
    for (const QString& line : text.split(u'\n'))
        QVERIFY2(line.size() <= 100, qPrintable(line));
}

void TestCliAnalyze::thresholds()
{
    QCOMPARE(runCli({"analyze", smallNetwork, "--fail-if", "sqnrDb<20"}).status, 0);
    const CliAnswer crossed =
        runJson({"analyze", smallNetwork, "--bits", "2", "--fail-if", "sqnrDb<20", "--fail-if", "bytes>1e9"});
    QCOMPARE(crossed.status, 3);
    QVERIFY(crossed.json().is_object());
    QVERIFY(crossed.err.find("sqnrDb<20") != std::string::npos);
    QVERIFY(crossed.err.find("bytes>1e9") == std::string::npos);
}

void TestCliAnalyze::sameRunSameBytes()
{
    const std::vector<std::string> command = {"analyze", smallNetwork, "--scheme",
                                              "bits=4,rounding=stochastic:1"};
    QCOMPARE(runJson(command).out, runJson(command).out);
    qputenv("SOURCE_DATE_EPOCH", "86400");
    const Json meta = runJson(command).json()["meta"];
    qunsetenv("SOURCE_DATE_EPOCH");
    QCOMPARE(meta["date"].get<std::string>(), std::string("1970-01-02T00:00:00Z"));
}

void TestCliAnalyze::inputsAreCapturedFromSamples()
{
    const std::vector<std::string> command{"analyze", "sample", "--inputs", "sample", "--scheme"};
    const auto rowsOf = [&](const std::string& scheme) {
        std::vector<std::string> arguments = command;
        arguments.insert(arguments.end(),
                         {scheme, "--layers", "^(conv2|fc1|block1.depthwise)$", "--rows", "500"});
        const CliAnswer answer = runJson(arguments);
        const Json json = answer.json();
        return json.is_object() ? json : Json();
    };
    const Json nearest = rowsOf("bits=3,granularity=channel");
    const Json gptq = rowsOf("bits=3,granularity=channel,algorithm=gptq");
    QCOMPARE(nearest["rows"].size(), std::size_t{3});
    // A depthwise layer has no matrix of inputs: nearest rounding has no output error there, GPTQ an issue.
    COMPARE_JSON(nearest["notes"].size(), 1);
    QVERIFY(!nearest["rows"][0].contains("localSqnrDb"));
    QVERIFY(gptq["rows"][0].contains("issue"));
    for (const std::size_t row : {std::size_t{1}, std::size_t{2}}) {
        COMPARE_JSON(nearest["rows"][row]["inputSamples"], 500);
        // What GPTQ is for: the error of the output falls on the inputs that it looked at.
        QVERIFY(gptq["rows"][row]["localSqnrDb"].get<double>()
                > nearest["rows"][row]["localSqnrDb"].get<double>() + 3);
    }
    COMPARE_JSON(nearest["meta"]["samples"], 1000);
    const CliAnswer both =
        runCli({"analyze", "sample", "--inputs", "sample", "--layer-inputs", "nothing.npy"});
    QCOMPARE(both.status, 2);
}

QTEST_APPLESS_MAIN(TestCliAnalyze)
#include "tst_clianalyze.moc"
