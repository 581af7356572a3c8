// SPDX-License-Identifier: GPL-3.0-or-later
// Formats, algorithms and activations on the command line.
#include "core/formats/numpy/npy.h"
#include "core/quant/formats.h"
#include "core/quant/presets.h"
#include "tests/app/clirunner.h"
#include "tests/support/reference.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;

namespace {

constexpr const char* synth = "synth:gauss,shape=16x256,seed=1";

/// A .npy of float32 in the folder; its path.
std::string writeFloats(const QTemporaryDir& folder, const char* name, const std::vector<float>& values,
                        Shape shape)
{
    Tensor tensor;
    tensor.dtype = DType::F32;
    tensor.shape = std::move(shape);
    tensor.bytes = std::as_bytes(std::span(values));
    const std::string path = folder.filePath(QString::fromLatin1(name)).toStdString();
    writeNpy(path, tensor);
    return path;
}

QByteArray readAll(const std::string& path)
{
    QFile file(QString::fromStdString(path));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestCliFormats : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void everyPresetAnalyzes()
    {
        QTemporaryDir folder;
        const std::string inputs = writeFloats(folder, "x.npy", reference::gauss(8 * 256, 4, 3.0f), {8, 256});
        for (const Preset& preset : presets()) {
            const CliAnswer answer =
                runJson({"analyze", synth, "--layer-inputs", inputs, "--scheme", std::string(preset.name)});
            QVERIFY2(answer.status == 0, answer.err.c_str());
            const Json row = answer.json()["rows"][0];
            QCOMPARE(row["scheme"].get<std::string>(), std::string(preset.scheme));
            QVERIFY(row["mse"].get<double>() > 0);
            QVERIFY(row["localSqnrDb"].is_number());
            QCOMPARE(row.contains("actSqnrDb"), preset.scheme.find("act.") != std::string_view::npos);
        }
    }

    /// A null says why, for every format.
    void nullsHaveReasons()
    {
        for (const FormatInfo& info : formats()) {
            const Json row = runJson({"analyze", synth, "--scheme",
                                      "format=" + std::string(info.name) + (info.bits == 0 ? ",bits=4" : "")})
                                 .json()["rows"][0];
            for (const auto& [key, value] : row.items()) {
                if (!value.is_null() || key.ends_with("Reason"))
                    continue;
                QVERIFY2(row.contains(key + "Reason"), key.c_str());
                QVERIFY2(!row[key + "Reason"].get<std::string>().empty(), key.c_str());
            }
        }
    }

    void packedBytes_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<QByteArray>("hex"); // the first block or all bytes
        // Highest nibble first: -1 → 0, 0 → 7, 1 → 15; the odd one ends with a zero nibble.
        QTest::newRow("nf4") << "format=nf4" << QByteArray("07f0");
        // q + 1 in two bits, lowest first: 0, 1, 2.
        QTest::newRow("ternary") << "ternary" << QByteArray("24");
        QTest::newRow("binary") << "binary" << QByteArray("06");
        QTest::newRow("e4m3") << "format=e4m3,range=manual:-448:448" << QByteArray("b80038");
    }
    void packedBytes()
    {
        QFETCH(QString, scheme);
        QFETCH(QByteArray, hex);
        QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("codes.bin")).toStdString();
        const CliAnswer answer =
            runCli({"values", "--values=-1,0,1", "--scheme", scheme.toStdString(), "--packed-out", path});
        QVERIFY2(answer.status == 0, answer.err.c_str());
        QCOMPARE(readAll(path).toHex(), hex);
    }

    /// The first block bytes of the published golden values.
    void packedBlocks_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<QByteArray>("hex");
        QTest::addColumn<int>("bytes");
        QTest::newRow("q4_0") << "ggml-q4_0" << QByteArray("90b8ac679a5689b0689b578ab679a5689b57") << 144;
        QTest::newRow("q8_0") << "ggml-q8_0"
                              << QByteArray(
                                     "9928c809da1aeb7ffdce0edf1ff03102d313e425f63607d818e92afbcc0cdd1eef2f")
                              << 272;
        QTest::newRow("mxfp4") << "mxfp4" << QByteArray("7fac319b4209b620ac310ac219a3209b31") << 136;
    }
    void packedBlocks()
    {
        QFETCH(QString, scheme);
        QFETCH(QByteArray, hex);
        QFETCH(int, bytes);
        std::vector<float> x(256);
        for (int i = 0; i < 256; ++i)
            x[std::size_t(i)] = float(37 * i % 64 - 32) / 16;
        x[5] += 3;
        QTemporaryDir folder;
        const std::string input = writeFloats(folder, "x.npy", x, {256});
        const std::string path = folder.filePath(QStringLiteral("blocks.bin")).toStdString();
        const CliAnswer answer =
            runCli({"values", "--npy", input, "--scheme", scheme.toStdString(), "--packed-out", path});
        QVERIFY2(answer.status == 0, answer.err.c_str());
        QCOMPARE(readAll(path).size(), qsizetype(bytes));
        QVERIFY2(readAll(path).toHex().startsWith(hex), readAll(path).left(34).toHex().constData());
    }

    void unevenLevels()
    {
        const Json json = runJson({"levels", "--scheme", "format=e2m1", "--range", "-6:6"}).json();
        COMPARE_JSON(json["levels"],
                     Json::parse("[-6.0,-4.0,-3.0,-2.0,-1.5,-1.0,-0.5,0.0,0.5,1.0,1.5,2.0,3.0,4.0,6.0]"));
        QVERIFY(json["step"].is_null() && json["stepReason"].is_string());
        QCOMPARE(json["zeroExact"].get<bool>(), true);
        QCOMPARE(runJson({"levels", "--scheme", "ggml-q4_0"}).json()["bytesPerBillion"].get<std::int64_t>(),
                 562500000);
        const Json ternary = runJson({"levels", "--scheme", "ternary"}).json();
        COMPARE_JSON(ternary["levels"], Json::parse("[-1.0,0.0,1.0]"));
        QCOMPARE(ternary["step"].get<double>(), 1.0);
        QCOMPARE(runCli({"levels", "--scheme", "format=kmeans,bits=3"}).status,
                 1); // it has none without data
    }

    void wrongUse_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("says");
        const QStringList analyze = {QStringLiteral("analyze"), QString::fromLatin1(synth),
                                     QStringLiteral("--scheme")};
        const auto scheme = [&](const char* text) {
            return analyze + QStringList{QString::fromLatin1(text)};
        };
        QTest::newRow("outliers without inputs") << scheme("bnb-int8") << 1 << "--layer-inputs";
        QTest::newRow("gptq without inputs") << scheme("bits=4,algorithm=gptq") << 1 << "--layer-inputs";
        QTest::newRow("blocks that do not fit")
            << QStringList{"analyze", "synth:gauss,shape=4x100,seed=1", "--scheme", "ggml-q4_k"} << 1
            << "group:N";
        QTest::newRow("widths of a format with one")
            << scheme("nf4") + QStringList{"--bits", "2..4"} << 2 << "one width";
        QTest::newRow("nine bits of a fitted book") << scheme("format=kmeans,bits=9") << 2 << "1 to 8";
        QTest::newRow("bits of a format with its own")
            << scheme("format=nf4,bits=5") << 2 << "leave 'bits' out";
        QTest::newRow("rounding of blocks") << scheme("format=q4_0,rounding=floor") << 2 << "does not apply";
        QTest::newRow("a format that is nearly right") << scheme("format=q4k") << 2 << "q4_k";
        QTest::newRow("nested scales of integers") << scheme("bits=4,scale=double") << 2 << "nf4";
        QTest::newRow("entropy of a book") << scheme("format=nf4,range=entropy") << 2 << "range=mse";
        QTest::newRow("act twice") << scheme("act.bits=4,act=8") << 2 << "short for";
        QTest::newRow("activations in groups") << scheme("act.granularity=group:8") << 2 << "row";
        QTest::newRow("weights by row") << scheme("granularity=row") << 2 << "act.granularity";
        QTest::newRow("a threshold below zero") << scheme("outliers=-1") << 2 << "above 0";
    }
    void wrongUse()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QString, says);
        std::vector<std::string> list;
        for (const QString& argument : arguments)
            list.push_back(argument.toStdString());
        const CliAnswer answer = runCli(list);
        QCOMPARE(answer.status, status);
        QVERIFY2(QString::fromStdString(answer.err).contains(says), answer.err.c_str());
    }

    void layerInputs()
    {
        QTemporaryDir folder;
        const std::vector<float> x = reference::gauss(64 * 256, 4);
        const std::string inputs = writeFloats(folder, "x.npy", x, {64, 256});
        const Json gptq = runJson({"analyze", synth, "--layer-inputs", inputs, "--scheme",
                                   "bits=3,granularity=channel,algorithm=gptq"})
                              .json();
        const Json row = gptq["rows"][0];
        QVERIFY(row["algorithmError"].get<double>() < row["algorithmNearestError"].get<double>());
        QCOMPARE(row["inputSamples"].get<int>(), 64);
        QCOMPARE(gptq["meta"]["data"].get<std::string>(), inputs);
        const Json nearest =
            runJson({"analyze", synth, "--layer-inputs", inputs, "--scheme", "bits=3,granularity=channel"})
                .json()["rows"][0];
        QVERIFY(row["localSqnrDb"].get<double>() > nearest["localSqnrDb"].get<double>());
        QVERIFY(!nearest.contains("algorithmError"));

        const std::string narrow = writeFloats(folder, "narrow.npy", x, {256, 64});
        const CliAnswer wrong =
            runCli({"analyze", synth, "--layer-inputs", narrow, "--scheme", "bits=4,algorithm=awq"});
        QCOMPARE(wrong.status, 1);
        QVERIFY2(wrong.err.find("64") != std::string::npos && wrong.err.find("256") != std::string::npos,
                 wrong.err.c_str());
        const std::string flat = writeFloats(folder, "flat.npy", x, {64 * 256});
        QCOMPARE(
            runCli({"analyze", synth, "--layer-inputs", flat, "--scheme", "bits=4,algorithm=awq"}).status, 1);
        QCOMPARE(runCli({"analyze", synth, "--layer-inputs", "nowhere.npy"}).status, 1);
    }

    void sameInt8DifferentTools()
    {
        const CliAnswer people =
            runCli({"analyze", synth, "--scheme", "onnx-int8", "--scheme", "torch-qint8"});
        QVERIFY(people.out.find("torch-qint8") != std::string::npos);
        const Json rows =
            runJson({"analyze", synth, "--scheme", "onnx-int8", "--scheme", "torch-qint8"}).json()["rows"];
        QCOMPARE(rows[0]["codesDiffer"].get<int>(), 0);
        QVERIFY(rows[1]["codesDiffer"].get<int>() > 0);
        // Half a code wider: 127.5 steps instead of 127.
        QVERIFY(std::abs(rows[0]["scale"].get<double>() / rows[1]["scale"].get<double>() - 127.5 / 127)
                < 1e-6);
        const Json values =
            runJson({"values", "--values", "1,2,-3", "--compare", "onnx-int8;torch-qint8"}).json()["rows"];
        QCOMPARE(values[1]["name"].get<std::string>(), std::string("torch-qint8"));
    }

    void references()
    {
        const Json json = runJson({"values", "--values", "0.1,0.5,-1,0.7", "--scheme", "bits=4"}).json();
        std::map<std::string, Json> lines;
        for (const Json& line : json["references"])
            lines[line["key"]] = line;
        QVERIFY(std::abs(lines["uniformDb"]["sqnrDb"].get<double>() - 22.92) < 0.005);
        QVERIFY(std::abs(lines["gaussUniformDb"]["sqnrDb"].get<double>() - 18.90) < 0.005);
        QVERIFY(lines["float16Db"]["sqnrDb"].get<double>() > 60);
        const Json book =
            runJson({"values", "--values", "0.1,0.5,-1", "--scheme", "nf4"}).json()["references"][0];
        QVERIFY(book["sqnrDb"].is_null() && !book["sqnrDbReason"].get<std::string>().empty());
    }
};

QTEST_APPLESS_MAIN(TestCliFormats)
#include "tst_cliformats.moc"
