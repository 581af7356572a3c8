// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/clirunner.h"

#include "core/formats/numpy/npy.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace quantoscope;

namespace {

/// Few samples, no timing: quick.
std::vector<std::string> quick(std::vector<std::string> more)
{
    std::vector<std::string> arguments{"evaluate", "sample", "--samples", "40", "--timed-runs", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

Tensor floats(Shape shape, float value)
{
    return tensorFromFloats(shape, std::vector<float>(*elementCount(shape), value));
}

Tensor integers(Shape shape, std::int64_t value)
{
    auto values = std::make_shared<std::vector<std::int64_t>>(*elementCount(shape), value);
    return {DType::I64, shape, std::as_bytes(std::span(*values)), values};
}

void writeText(const std::string& path, const char* text)
{
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) > 0);
}

} // namespace

class TestCliEvaluate : public QObject
{
    Q_OBJECT
private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void everyKeyOfTheContract()
    {
        const CliAnswer answer =
            runJson({"evaluate", "sample", "--samples", "40", "--timed-runs", "3", "--engine", "integer"});
        QVERIFY2(answer.status == 0, answer.err.c_str());
        const Json json = answer.json();
        for (const char* key :
             {"fp32", "quantized", "lost", "gained", "mcnemarP", "agreement", "outputSqnrDb", "cosine",
              "klSoftmax", "samples", "timeNs", "peakBytes", "layers", "replaced", "exactness", "meta"})
            QVERIFY2(json.contains(key), key);
        for (const char* side : {"fp32", "quantized"})
            for (const char* key : {"accuracy", "top5", "accuracyCi95"})
                QVERIFY2(json[side].contains(key), key);
        for (const char* key : {"fp32", "ort", "ours"})
            QVERIFY2(json["timeNs"][key].get<double>() > 0, key);
        QCOMPARE(json["layers"].size(), std::size_t{10});
        for (const Json& layer : json["layers"]) {
            QVERIFY(layer["localSqnrDb"].get<double>() > 20);
            QVERIFY(layer["accumulatedSqnrDb"].get<double>() > 20);
        }
        for (const Json& layer : json["replaced"])
            QVERIFY(layer["replaced"].get<bool>() && !layer["kernel"].get<std::string>().empty());
        for (const Json& layer : json["exactness"]) // of one range and one rounding: nothing but ties differ
            if (!layer["layer"].is_null())
                QCOMPARE(layer["oneOff"].get<int>() + layer["further"].get<int>()
                             + layer["saturated"].get<int>(),
                         0);
        QCOMPARE(json["meta"]["engine"].get<std::string>(), std::string("integer"));
        COMPARE_JSON(json["meta"]["samples"], 40);
    }

    void modesAndEngines_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<QString>("engine");
        for (const char* mode : {"weight-only", "static", "dynamic"})
            for (const char* engine : {"fake", "integer"})
                QTest::addRow("%s, %s", mode, engine) << QString(mode) << QString(engine);
    }
    void modesAndEngines()
    {
        QFETCH(QString, mode);
        QFETCH(QString, engine);
        const CliAnswer answer =
            runJson(quick({"--mode", mode.toStdString(), "--engine", engine.toStdString()}));
        QVERIFY2(answer.status == 0, answer.err.c_str());
        const Json json = answer.json();
        QCOMPARE(json["mode"].get<std::string>(), mode.toStdString());
        QCOMPARE(json["engine"].get<std::string>(), engine.toStdString());
        // 8 bits: each layer above 30 dB alone, ten of them in a row above 30 together in all our runs of this network.
        QVERIFY(json["outputSqnrDb"].get<double>() > 30);
        QVERIFY(json["agreement"].get<double>() > 0.97);
        COMPARE_JSON(json["timeNs"]["fp32"], nullptr);
        QVERIFY(json["timeNs"].contains("fp32Reason"));
    }

    /// A mode asked for by name quantizes activations whether or not the scheme says how.
    void schemesWithoutActivationsGetThoseOfTheMode()
    {
        const auto sqnr = [&](const char* mode, const char* scheme) {
            const Json json = runJson({"evaluate", "sample", "--samples", "50", "--timed-runs", "0",
                                       "--scheme", scheme, "--mode", mode, "--json"})
                                  .json();
            return json["outputSqnrDb"].get<double>();
        };
        const double weights = sqnr("weight-only", "bits=8");
        for (const char* mode : {"static", "dynamic"}) {
            QVERIFY(sqnr(mode, "bits=8") != weights);
            QCOMPARE(sqnr(mode, "bits=8"), sqnr(mode, "bits=8,act=8"));
            QVERIFY(sqnr(mode, "bits=8,act=4") < sqnr(mode, "bits=8"));
        }
        QCOMPARE(sqnr("weight-only", "bits=8,act=4"), weights);
    }

    void sameAnswerTwiceAndOnTwoThreads()
    {
        Json first = runJson(quick({"--engine", "integer"})).json();
        Json again = runJson(quick({"--engine", "integer"})).json();
        for (Json* json : {&first, &again})
            json->erase("peakBytes");
        COMPARE_JSON(first, again);
    }

    void batchesDoNotChangeStaticAnswers()
    {
        const Json one = runJson(quick({"--batch", "1"})).json();
        const Json many = runJson(quick({"--batch", "16"})).json();
        COMPARE_JSON(one["layers"][0]["actHi"], many["layers"][0]["actHi"]);
        COMPARE_JSON(one["quantized"], many["quantized"]);
        QVERIFY(std::abs(one["outputSqnrDb"].get<double>() - many["outputSqnrDb"].get<double>()) < 0.01);
    }

    void layersAreLeftOutAndHaveSchemesOfTheirOwn()
    {
        QTemporaryDir folder;
        const std::string file = folder.filePath("schemes.json").toStdString();
        QFile schemes(QString::fromStdString(file));
        QVERIFY(schemes.open(QIODevice::WriteOnly));
        schemes.write(
            R"({"default": "bits=8,granularity=channel", "layers": {"fc1": "bits=2,granularity=channel"}})");
        schemes.close();
        const Json json = runJson(quick({"--schemes", file, "--exclude", "^block"})).json();
        double worst = 1000;
        std::string name;
        for (const Json& layer : json["layers"]) {
            QCOMPARE(layer["quantized"].get<bool>(), !layer["layer"].get<std::string>().starts_with("block"));
            if (layer["localSqnrDb"].is_null())
                continue;
            if (layer["localSqnrDb"].get<double>() < worst)
                name = layer["layer"].get<std::string>();
            worst = std::min(worst, layer["localSqnrDb"].get<double>());
        }
        QCOMPARE(name, std::string("fc1"));
    }

    void csvHoldsTheLayers()
    {
        QTemporaryDir folder;
        const std::string file = folder.filePath("layers.csv").toStdString();
        QCOMPARE(runCli(quick({"--csv", file})).status, 0);
        QFile csv(QString::fromStdString(file));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        const QByteArray text = csv.readAll();
        QVERIFY(text.contains("localSqnrDb") && text.contains("block3.depthwise"));
    }

    void thresholds()
    {
        QCOMPARE(runCli(quick({"--fail-if", "agreement<0.5"})).status, 0);
        const CliAnswer network = runCli(quick({"--fail-if", "outputSqnrDb<100"}));
        QCOMPARE(network.status, 3);
        QVERIFY(network.err.find("the network") != std::string::npos);
        const CliAnswer layers = runCli(quick({"--fail-if", "localSqnrDb<100"}));
        QCOMPARE(layers.status, 3);
        QVERIFY(layers.err.find("10 of 10") != std::string::npos);
        const CliAnswer unknown = runJson(quick({"--fail-if", "outputSqnr<100"}));
        QCOMPARE(unknown.status, 2);
        QVERIFY(unknown.out.empty());
        QVERIFY(unknown.err.find("outputSqnrDb") != std::string::npos);
    }

    void calibrationIsDrawnAnew()
    {
        const Json json = runJson(quick({"--repeat", "3"})).json();
        COMPARE_JSON(json["calibrationSamples"], 100);
        COMPARE_JSON(json["repeated"]["outputSqnrDb"]["runs"], 3);
        QVERIFY(json["repeated"]["outputSqnrDb"]["sd"].get<double>() > 0);
    }

    void samplesThatCalibrateAreNamed()
    {
        QTemporaryDir folder;
        const std::string file = folder.filePath("x.npy").toStdString();
        writeNpy(file, floats({3, 1, 28, 28}, 0.25f));
        const Json json =
            runJson({"evaluate", "sample", "--inputs", file, "--calibration", file, "--timed-runs", "0"})
                .json();
        QVERIFY(json["notes"][0].get<std::string>().starts_with("Warning: 3 of 3 samples also calibrate"));
        COMPARE_JSON(json["quantized"]["accuracy"], nullptr); // no labels
        QVERIFY(json["quantized"].contains("accuracyReason"));
    }

    void madeUpSamplesSayThatTheyProveNothing()
    {
        const Json json = runJson({"evaluate", "sample", "--inputs", "synth:uniform", "--samples", "4",
                                   "--mode", "dynamic", "--timed-runs", "0"})
                              .json();
        QVERIFY(json["notes"][0].get<std::string>().find("made up") != std::string::npos);
    }

    void badInput_data()
    {
        QTest::addColumn<QString>("options");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const char* options, int status, const char* says) {
            QTest::newRow(name) << QString(options) << status << QString(says);
        };
        row("images of another size", "--inputs small.npy", 1, "28");
        row("no such file", "--inputs nothing.npy", 1, "nothing.npy");
        row("more labels than samples", "--inputs x.npy --labels y5.npy", 1, "5");
        row("a class that the network does not have", "--inputs x.npy --labels y77.npy", 1, "77");
        row("inputs that are not finite", "--inputs nan.npy --calibration nan.npy --mode static", 1, "conv1");
        row("static without calibration", "--inputs x.npy --mode static", 1, "calibration");
        row("no samples", "--inputs none.npy", 1, "none.npy");
        row("an output that is none", "--output logit", 1, "logits");
        row("a mode that is none", "--mode eager", 2, "eager");
        row("an expression that does not parse", "--exclude (", 2, "exclude");
        row("redrawing what is not there", "--inputs x.npy --mode dynamic --repeat 3", 2, "--calibration");
        row("no repetition", "--repeat 0", 2, "--repeat");
        row("rows for static ranges", "--scheme int8-per-channel,act.granularity=row", 1, "row");
        row("a scheme that does not parse", "--scheme bits=99", 2, "99");
        row("two schemes", "--scheme bits=8 --scheme bits=4", 2, "--schemes");
        row("steps of our own on another's file", "--against x.onnx --equalize", 2, "--against");
        row("fewer samples than one", "--samples 0", 2, "--samples");
        row("a negative count of samples", "--samples=-1", 2, "'-1'");
        row("a negative count of timed runs", "--timed-runs=-1", 2, "--timed-runs");
        row("no calibration samples", "--calibration-samples 0", 2, "--calibration-samples");
        row("a seed that is no number", "--seed x", 2, "'x'");
        row("too large a batch", "--batch 70000", 2, "65536");
        row("an α beyond 1", "--smoothquant 2", 2, "--smoothquant");
        row("a dimension that is none", "--dim zz=3", 1, "'N'");
        row("an input that is none", "--input-value inptu=1", 1, "'input'");
        row("too few axes", "--inputs flat.npy", 1, "4×28");
        row("a type that is none", "--inputs words.npy", 1, "words.npy");
        row("half a file", "--inputs half.npy", 1, "half.npy");
        row("a negative class", "--inputs x.npy --labels negative.npy", 1, "-1");
        row("classes of two axes", "--inputs x.npy --labels flat.npy", 1, "one class");
        row("inputs without a finite output", "--inputs nan.npy", 1, "sample 0");
        row("tokens of another shape", "--tokens y5.npy", 1, "token ids");
        row("a folder that is not there", "--csv /nonexistent/a.csv", 1, "/nonexistent");
        row("a quantized file that is not there", "--against nothing.onnx", 1, "nothing.onnx");
    }
    void badInput()
    {
        QFETCH(QString, options);
        QFETCH(int, status);
        QFETCH(QString, says);
        QTemporaryDir folder;
        const auto path = [&](const char* name) { return folder.filePath(name).toStdString(); };
        writeNpy(path("x.npy"), floats({4, 1, 28, 28}, 0.5f));
        writeNpy(path("small.npy"), floats({4, 1, 8, 8}, 0.5f));
        writeNpy(path("nan.npy"), floats({2, 1, 28, 28}, std::nanf("")));
        writeNpy(path("none.npy"), floats({0, 1, 28, 28}, 0));
        writeNpy(path("flat.npy"), floats({4, 28}, 0.5f));
        writeNpy(path("negative.npy"), integers({4}, -1));
        writeText(path("words.npy"), "{'descr': '<U1'}");
        writeText(path("half.npy"), "\x93NUMPY\x01");
        writeNpy(path("y5.npy"), integers({5}, 1));
        writeNpy(path("y77.npy"), integers({4}, 77));
        std::vector<std::string> arguments = quick({});
        for (const QString& word : options.split(' ')) {
            const bool isFile = word.endsWith(".npy");
            arguments.push_back((isFile ? folder.filePath(word) : word).toStdString());
        }
        const CliAnswer answer = runJson(arguments);
        QVERIFY2(answer.status == status,
                 qPrintable(QString::number(answer.status) + ": " + answer.err.c_str()));
        QVERIFY2(QString::fromStdString(answer.err).contains(says), answer.err.c_str());
        QVERIFY(answer.out.empty());
    }
};

QTEST_GUILESS_MAIN(TestCliEvaluate)
#include "tst_clievaluate.moc"
