// SPDX-License-Identifier: GPL-3.0-or-later
// Culprits planted in QDQ files of real networks, on made-up images.
#include "againstcases.h"

using namespace againstcases;

class TestAgainstNetworks : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void plantedCulprits_data();
    void plantedCulprits();
};

void TestAgainstNetworks::plantedCulprits_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("layer");
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<QString>("cause");
    const QString faces = QStringLiteral("face_detection_front_128x128_barracuda.onnx");
    const QString lines = QStringLiteral("mlsd_320x320_tiny.onnx");
    const auto row = [](const char* name, const QString& file, int layer, Fault fault, const char* cause) {
        QTest::newRow(name) << file << layer << fault << QString::fromLatin1(cause);
    };
    row("faces: nothing wrong", faces, -1, Fault::None, "");
    row("faces: clipped input range", faces, 11, Fault::ClippedRange, "clipped-activation");
    row("faces: one scale for uneven depthwise channels", faces, 17, Fault::PerTensorWeights,
        "per-tensor-weights");
    row("lines: nothing wrong", lines, -1, Fault::None, "");
    row("lines: one scale for uneven depthwise channels", lines, 7, Fault::PerTensorWeights,
        "per-tensor-weights");
    row("lines: input range too wide", lines, 12, Fault::WideRange, "wide-activation");
    row("lines: biases of dead channels overflow", lines, 6, Fault::BiasOverflow, "bias-clamped");
}

void TestAgainstNetworks::plantedCulprits()
{
    QFETCH(QString, file);
    QFETCH(int, layer);
    QFETCH(Fault, fault);
    QFETCH(QString, cause);
    if (!QFile::exists(pathOf(file)))
        QFAIL(qPrintable(QStringLiteral("%1 is missing: run ./dev deps").arg(pathOf(file))));
    const bool lines = file.startsWith(QLatin1String("mlsd"));
    checkPlanted(
        setUp(file, lines ? "synth:uniform,scale=127.5,offset=127.5" : "synth:uniform", lines ? 2 : 4), layer,
        fault, cause);
}

QTEST_APPLESS_MAIN(TestAgainstNetworks)
#include "tst_againstnetworks.moc"
