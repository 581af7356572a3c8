// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/npy.h"
#include "core/samples/image.h"
#include "core/samples/resize.h"
#include "core/support/error.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace quantoscope;

class TestSamplesImages : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { m_expected = readNpz(std::string(folder) + "expected.npz"); }
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void decoded_data();
    void decoded();
    void resizedAsPillowDoes_data();
    void resizedAsPillowDoes();
    void constantStaysConstant_data();
    void constantStaysConstant();
    void rampStaysRamp();
    void massIsPreserved();
    void channelsConvert();
    void hostileFiles_data();
    void hostileFiles();
    void everyTruncationIsFound_data();
    void everyTruncationIsFound();
    void everyDamageIsFoundOrHarmless_data();
    void everyDamageIsFoundOrHarmless();

private:
    static constexpr const char* folder = QUANTOSCOPE_SOURCE_DIR "/tests/data/images/";

    std::vector<std::uint8_t> expected(const std::string& name, Shape& shape) const
    {
        for (const NamedTensor& array : m_expected)
            if (array.name == name) {
                shape = array.tensor.shape;
                const auto* data = reinterpret_cast<const std::uint8_t*>(array.tensor.bytes.data());
                return {data, data + array.tensor.bytes.size()};
            }
        return {};
    }

    std::vector<NamedTensor> m_expected;
    QTemporaryDir m_folder;
};

namespace {

QByteArray bytesOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

Image decodeAny(const QByteArray& bytes)
{
    const auto data = std::as_bytes(std::span(bytes.data(), static_cast<std::size_t>(bytes.size())));
    return bytes.startsWith("\x89PNG") ? decodePng(data) : decodeJpeg(data);
}

Image filled(std::size_t width, std::size_t height, std::size_t channels, std::uint8_t value)
{
    return {width, height, channels, std::vector<std::uint8_t>(width * height * channels, value)};
}

} // namespace

void TestSamplesImages::decoded_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("array");
    QTest::newRow("colour") << "rgb.png"
                            << "rgb";
    QTest::newRow("interlaced") << "interlaced.png"
                                << "rgb";
    QTest::newRow("grey") << "gray.png"
                          << "gray";
    QTest::newRow("sixteen bits to the nearest of eight") << "gray16.png"
                                                          << "gray16";
    QTest::newRow("alpha over white") << "rgba.png"
                                      << "rgba";
    QTest::newRow("palette") << "palette.png"
                             << "palette";
    QTest::newRow("JPEG") << "color.jpg"
                          << "color_jpg";
    QTest::newRow("progressive grey JPEG") << "gray.jpg"
                                           << "gray_jpg";
}

void TestSamplesImages::decoded()
{
    QFETCH(QString, file);
    QFETCH(QString, array);
    const Image image = readImage(folder + file.toStdString());
    Shape shape;
    const auto pixels = expected(array.toStdString(), shape);
    QCOMPARE(image.height, std::size_t{17});
    QCOMPARE(image.width, std::size_t{23});
    QCOMPARE(image.channels, shape.size() == 3 ? std::size_t{3} : std::size_t{1});
    QCOMPARE(image.pixels, pixels);
}

void TestSamplesImages::resizedAsPillowDoes_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::newRow("same size") << 23 << 17;
    QTest::newRow("twice as large") << 46 << 34;
    QTest::newRow("a third") << 7 << 5;
    QTest::newRow("only narrower") << 10 << 17;
    QTest::newRow("only higher") << 23 << 40;
    QTest::newRow("one pixel") << 1 << 1;
    QTest::newRow("wider and flatter") << 64 << 3;
}

void TestSamplesImages::resizedAsPillowDoes()
{
    QFETCH(int, width);
    QFETCH(int, height);
    const Image image = resized(readImage(std::string(folder) + "rgb.png"), static_cast<std::size_t>(width),
                                static_cast<std::size_t>(height));
    Shape shape;
    const auto pixels = expected(QStringLiteral("resized_%1x%2").arg(width).arg(height).toStdString(), shape);
    QCOMPARE(shape, (Shape{height, width, 3}));
    QCOMPARE(image.pixels, pixels);
}

void TestSamplesImages::constantStaysConstant_data()
{
    QTest::addColumn<int>("value");
    for (const int value : {0, 1, 127, 128, 254, 255})
        QTest::addRow("%d", value) << value;
}

void TestSamplesImages::constantStaysConstant()
{
    QFETCH(int, value);
    const auto byte = static_cast<std::uint8_t>(value);
    const Image image = filled(1000, 37, 1, byte);
    for (const auto& [width, height] :
         {std::pair<std::size_t, std::size_t>{1, 1}, {3, 5}, {999, 36}, {1001, 500}})
        QCOMPARE(resized(image, width, height).pixels, filled(width, height, 1, byte).pixels);
}

void TestSamplesImages::rampStaysRamp()
{
    // 256 values 0…255 to 64: pixel i covers c = 4i + 2 evenly, whose mean is 4i + 1.5; the ends have half a triangle.
    Image ramp = filled(256, 1, 1, 0);
    for (std::size_t x = 0; x < 256; ++x)
        ramp.pixels[x] = static_cast<std::uint8_t>(x);
    const Image small = resized(ramp, 64, 1);
    for (std::size_t i = 1; i < 63; ++i)
        QCOMPARE(int(small.pixels[i]), int(4 * i + 2)); // 4i + 1.5 rounded up
}

void TestSamplesImages::massIsPreserved()
{
    // One white line of 1000 in a reduction by 10: its light, 255, is spread over at most 2 pixels of weight 10 each.
    for (const std::size_t at : {15, 100, 444, 980}) {
        Image line = filled(1000, 1, 1, 0);
        line.pixels[at] = 255;
        double sum = 0;
        for (const std::uint8_t value : resized(line, 100, 1).pixels)
            sum += 10.0 * value;
        QVERIFY2(std::abs(sum - 255) <= 10,
                 qPrintable(QString::number(sum))); // two roundings of 1/2, times 10
    }
}

void TestSamplesImages::channelsConvert()
{
    Shape shape;
    const Image colour = readImage(std::string(folder) + "rgb.png");
    QCOMPARE(withChannels(colour, 1).pixels, expected("gray", shape));
    const Image grey{2, 1, 1, {7, 9}};
    QCOMPARE(withChannels(grey, 3).pixels, (std::vector<std::uint8_t>{7, 7, 7, 9, 9, 9}));
    QCOMPARE(withChannels(grey, 1).pixels, grey.pixels);
}

void TestSamplesImages::hostileFiles_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("reason");
    const QString from = QString::fromLatin1(folder);
    QTest::newRow("empty") << QByteArray() << "empty";
    QTest::newRow("text") << QByteArray("no image") << "neither a PNG nor a JPEG";
    QTest::newRow("huge PNG") << bytesOf(from + "huge.png") << "2000000000×2000000000 pixels are more than";
    QTest::newRow("CMYK") << bytesOf(from + "cmyk.jpg") << "CMYK";
    QByteArray wide = bytesOf(from + "color.jpg");
    const qsizetype frame = wide.indexOf("\xFF\xC0");
    QVERIFY(frame > 0);
    wide.replace(frame + 5, 4, QByteArray("\xEA\x60\xEA\x60"));
    QTest::newRow("huge JPEG") << wide << "60000×60000";
    QByteArray flat = bytesOf(from + "color.jpg");
    flat.replace(frame + 5, 4, QByteArray(4, '\0'));
    QTest::newRow("JPEG without pixels") << flat << "damaged";
    QTest::newRow("only the start of a PNG") << QByteArray("\x89PNG") << "damaged";
    QTest::newRow("only the start of a JPEG") << QByteArray("\xFF\xD8") << "its size is 0×0";
}

void TestSamplesImages::hostileFiles()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, reason);
    const QString path = m_folder.filePath(QStringLiteral("hostile.png"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
    file.close();
    try {
        (void)readImage(path.toStdString());
        QFAIL("no error");
    } catch (const Error& error) {
        const QString text = QString::fromUtf8(error.what());
        QVERIFY2(text.contains(reason) && text.contains("hostile.png"), error.what());
    }
}

void TestSamplesImages::everyTruncationIsFound_data()
{
    QTest::addColumn<QString>("file");
    for (const char* name : {"rgb.png", "palette.png", "interlaced.png", "color.jpg", "gray.jpg"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestSamplesImages::everyTruncationIsFound()
{
    QFETCH(QString, file);
    const QByteArray whole = bytesOf(QString::fromLatin1(folder) + file);
    (void)decodeAny(whole);
    for (qsizetype size = 4; size < whole.size(); ++size) {
        try {
            (void)decodeAny(whole.left(size));
        } catch (const Error&) {
            continue;
        }
        // All pixels of a JPEG may be there before its two-byte end mark.
        QVERIFY2(file.endsWith(".jpg") && size >= whole.size() - 4, qPrintable(QString::number(size)));
    }
}

void TestSamplesImages::everyDamageIsFoundOrHarmless_data() { everyTruncationIsFound_data(); }

void TestSamplesImages::everyDamageIsFoundOrHarmless()
{
    QFETCH(QString, file);
    const QByteArray whole = bytesOf(QString::fromLatin1(folder) + file);
    for (qsizetype at = 0; at < whole.size(); ++at)
        for (const int flip : {0x01, 0x80, 0xff}) {
            QByteArray damaged = whole;
            damaged[at] = static_cast<char>(damaged[at] ^ flip);
            try {
                const Image image = decodeAny(damaged);
                QCOMPARE(image.pixels.size(), image.width * image.height * image.channels);
            } catch (const Error&) {
            }
        }
}

QTEST_GUILESS_MAIN(TestSamplesImages)
#include "tst_samplesimages.moc"
