// SPDX-License-Identifier: GPL-3.0-or-later
// Real networks that registry packages ship: counts, damage, memory and time.
#include "core/formats/onnx/onnxreader.h"
#include "core/support/error.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <map>
#include <unistd.h>

using namespace quantoscope;

class TestOnnxNetworks : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void counts_data();
    void counts();
    void truncatedFilesFailCleanly();
    void memoryIsHeldOnce();
    void operatorExamplesOpen();
};

namespace {

QString modelPath(const QString& name)
{
    const QString folder =
        qEnvironmentVariable("QUANTOSCOPE_MODELS", QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/.cache/models"));
    return folder + QLatin1Char('/') + name;
}

#define REQUIRE_MODEL(path)                                                                                  \
    if (!QFile::exists(path))                                                                                \
    QFAIL(qPrintable(QStringLiteral("%1 is missing: run ./dev deps").arg(path)))

constexpr const char* ocrName = "ch_PP-OCRv4_rec_infer.onnx";

std::size_t residentBytes()
{
    std::ifstream stream("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    stream >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

void TestOnnxNetworks::counts_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("layers");
    QTest::addColumn<quint64>("convolutionAndMatMulWeights");
    QTest::addColumn<quint64>("parameters");
    const auto row = [](const char* name, const char* file, const char* layers, quint64 weights,
                        quint64 parameters) {
        QTest::newRow(name) << QString::fromLatin1(file) << QString::fromLatin1(layers) << weights
                            << parameters;
    };
    // Counted independently with the onnx Python package.
    row("text recognition: all weights in Constant nodes", ocrName, "conv 24, depthwise-conv 14, matmul 9",
        2669672, 2690296);
    row("text direction", "ch_ppocr_mobile_v2.0_cls_infer.onnx", "conv 42, depthwise-conv 11, matmul 1",
        124072, 133664);
    row("face detection", "face_detection_front_128x128_barracuda.onnx", "conv 21, depthwise-conv 16", 99202,
        100412);
    row("line segments", "mlsd_320x320_tiny.onnx", "conv 31, depthwise-conv 10", 608864, 614228);
    row("speech: LSTM weights behind constant chains in If bodies", "silero_vad_16k_op15.onnx",
        "conv 6, lstm 2", 177152, 309635);
    row("speech embedding", "embedding_model.onnx", "conv 20", 326808, 328129);
}

void TestOnnxNetworks::counts()
{
    QFETCH(QString, file);
    REQUIRE_MODEL(modelPath(file));
    const auto network = readOnnx(modelPath(file).toStdString());
    std::map<std::string, int> kinds;
    quint64 weights = 0;
    for (const Layer& layer : network->layers) {
        ++kinds[std::string(nameOf(layer.kind))];
        if (layer.kind != LayerKind::Lstm)
            weights += network->weightOf(layer).data.size();
        QVERIFY(!layer.name.empty());
        QVERIFY(network->findLayer(layer.name) == layer.id); // names are unique
    }
    QStringList texts;
    for (const auto& [kind, count] : kinds)
        texts << QStringLiteral("%1 %2").arg(QString::fromStdString(kind)).arg(count);
    QTEST(texts.join(QStringLiteral(", ")), "layers");
    QTEST(weights, "convolutionAndMatMulWeights");
    QTEST(static_cast<quint64>(network->parameters), "parameters");
    QVERIFY(network->skipped.empty());
    QCOMPARE(network->fileBytes, static_cast<std::uint64_t>(QFile(modelPath(file)).size()));
}

void TestOnnxNetworks::truncatedFilesFailCleanly()
{
    REQUIRE_MODEL(modelPath(QString::fromLatin1(ocrName)));
    QFile source(modelPath(QString::fromLatin1(ocrName)));
    QVERIFY(source.open(QIODevice::ReadOnly));
    const QByteArray whole = source.readAll();
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("cut.onnx"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(whole), whole.size());
    file.close();
    for (int part = 49; part >= 0; --part) {
        const auto length = whole.size() * part / 50;
        QVERIFY(QFile::resize(path, length));
        try {
            (void)readOnnx(path.toStdString());
            QFAIL("a truncated file opened");
        } catch (const Error& error) {
            QVERIFY2(QString::fromUtf8(error.what()).contains(QString::number(length) + " bytes"),
                     error.what());
        }
    }
}

void TestOnnxNetworks::memoryIsHeldOnce()
{
#if defined(__SANITIZE_ADDRESS__)
    QSKIP("the sanitizer keeps freed memory");
#endif
    const QString path = modelPath(QString::fromLatin1(ocrName));
    REQUIRE_MODEL(path);
    (void)readOnnx(modelPath(QStringLiteral("mlsd_320x320_tiny.onnx")).toStdString());
    const std::size_t before = residentBytes();
    const auto network = readOnnx(path.toStdString());
    const double grown = static_cast<double>(residentBytes() - before);
    const double ratio = grown / static_cast<double>(network->fileBytes);
    // 1.0 for the bytes themselves, the rest is the graph and the reader's block.
    QVERIFY2(ratio < 1.3, qPrintable(QString::number(ratio)));
}

void TestOnnxNetworks::operatorExamplesOpen()
{
    const QDir folder(QStringLiteral("/usr/share/libonnx-testdata/data/node"));
    if (!folder.exists())
        QFAIL("the package libonnx-testdata is missing: run ./dev deps");
    int opened = 0;
    for (const QString& name : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const QString path = folder.filePath(name + QStringLiteral("/model.onnx"));
        if (!QFile::exists(path))
            continue;
        const auto network = readOnnx(path.toStdString());
        QCOMPARE(network->format, std::string("onnx"));
        for (const Weight& weight : network->weights)
            QCOMPARE(valuesOf(weight).values.size(), weight.data.size());
        ++opened;
    }
    QVERIFY2(opened > 900, qPrintable(QString::number(opened)));
}

QTEST_APPLESS_MAIN(TestOnnxNetworks)
#include "tst_onnxnetworks.moc"
