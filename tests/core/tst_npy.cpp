// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/npy.h"
#include "core/formats/numpy/zipfile.h"
#include "core/formats/openfile.h"
#include "core/support/error.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;

class TestNpy : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void elementTypes_data();
    void elementTypes();
    void fortranOrder();
    void versions_data();
    void versions();
    void badFiles_data();
    void badFiles();
    void writtenFilesComeBack_data();
    void writtenFilesComeBack();
    void writtenHeadersAreAligned();
    void archivesComeBack();
    void readsArchivesOfNumPy();
    void badArchives();
    void bombIsRefused();
    void networksOfArrays();
    void unknownFilesAreRefused();
    void failedWritesLeaveNothing();

private:
    QString path(const QString& name = QStringLiteral("ä 배열.npy")) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

namespace {

void writeBytes(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

QByteArray npyBytes(const QByteArray& dictionary, const QByteArray& data, int major = 1)
{
    QByteArray bytes("\x93NUMPY", 6);
    bytes += static_cast<char>(major);
    bytes += '\0';
    for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
        bytes += static_cast<char>(dictionary.size() >> (8 * i));
    return bytes + dictionary + data;
}

QByteArray header(const char* type, const char* shape, const char* order = "False")
{
    return QByteArray("{'descr': '") + type + "', 'fortran_order': " + order + ", 'shape': " + shape
           + ", }\n";
}

QVector<float> floats(const Tensor& tensor)
{
    QVector<float> values(static_cast<qsizetype>(tensor.size()));
    readFloats(tensor, 0, {values.data(), tensor.size()});
    return values;
}

template <class Call>
QString errorOf(Call call)
{
    try {
        call();
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace

void TestNpy::elementTypes_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QVector<float>>("expected");
    QTest::addColumn<QString>("dtype");
    using V = QVector<float>;
    const auto row = [](const char* type, const char* hex, V expected, const char* dtype) {
        QTest::newRow(type) << QByteArray(type) << QByteArray::fromHex(hex) << expected
                            << QString::fromLatin1(dtype);
    };
    // Bytes as numpy.array([1, -2], type).tobytes() gives them; unsigned: [1, 2].
    row("<f2", "003c00c0", V{1, -2}, "f16");
    row(">f2", "3c00c000", V{1, -2}, "f16");
    row("<f4", "0000803f000000c0", V{1, -2}, "f32");
    row(">f4", "3f800000c0000000", V{1, -2}, "f32");
    row("<f8", "000000000000f03f00000000000000c0", V{1, -2}, "f64");
    row(">f8", "3ff0000000000000c000000000000000", V{1, -2}, "f64");
    row("|i1", "01fe", V{1, -2}, "i8");
    row("<i1", "01fe", V{1, -2}, "i8");
    row("|u1", "0102", V{1, 2}, "u8");
    row("<i2", "0100feff", V{1, -2}, "i16");
    row(">i2", "0001fffe", V{1, -2}, "i16");
    row("<u2", "01000200", V{1, 2}, "u16");
    row("<i4", "01000000feffffff", V{1, -2}, "i32");
    row(">u4", "0000000100000002", V{1, 2}, "u32");
    row("<i8", "0100000000000000feffffffffffffff", V{1, -2}, "i64");
    row(">i8", "0000000000000001fffffffffffffffe", V{1, -2}, "i64");
    row("|b1", "0100", V{1, 0}, "bool");
}

void TestNpy::elementTypes()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, data);
    writeBytes(path(), npyBytes(header(type, "(2,)"), data));
    const Tensor tensor = readNpy(path().toStdString());
    QTEST(floats(tensor), "expected");
    QTEST(QString::fromStdString(std::string(nameOf(tensor.dtype))), "dtype");
    QCOMPARE(tensor.shape, (Shape{2}));
}

void TestNpy::fortranOrder()
{
    // numpy.asfortranarray([[0, 1, 2], [3, 4, 5]]) stores the columns.
    writeBytes(path(), npyBytes(header("|u1", "(2, 3)", "True"), QByteArray::fromHex("000301040205")));
    QCOMPARE(floats(readNpy(path().toStdString())), (QVector<float>{0, 1, 2, 3, 4, 5}));
    writeBytes(path(), npyBytes(header(">i2", "(2, 2)", "True"), QByteArray::fromHex("0000000200010003")));
    QCOMPARE(floats(readNpy(path().toStdString())), (QVector<float>{0, 1, 2, 3}));
}

void TestNpy::versions_data()
{
    QTest::addColumn<int>("major");
    QTest::addColumn<QByteArray>("dictionary");
    QTest::newRow("1.0") << 1 << header("|u1", "(2,)");
    QTest::newRow("2.0") << 2 << header("|u1", "(2,)");
    QTest::newRow("3.0") << 3 << header("|u1", "(2,)");
    QTest::newRow("other key order and spacing")
        << 1 << QByteArray("{ \"shape\":(2 , ),'fortran_order' : False , 'descr':'|u1'}  \n");
}

void TestNpy::versions()
{
    QFETCH(int, major);
    QFETCH(QByteArray, dictionary);
    writeBytes(path(), npyBytes(dictionary, QByteArray("\x07\x09"), major));
    QCOMPARE(floats(readNpy(path().toStdString())), (QVector<float>{7, 9}));
}

void TestNpy::badFiles_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("reason");
    const QByteArray two("\x07\x09");
    const auto row = [](const char* name, const QByteArray& bytes, const char* reason) {
        QTest::newRow(name) << bytes << QString::fromLatin1(reason);
    };
    row("empty", {}, "empty");
    row("text", "hello, no array", "NumPy header");
    row("only the magic", QByteArray("\x93NUMPY", 6), "NumPy header");
    row("version 4", npyBytes(header("|u1", "(2,)"), two, 4), "version 4.0");
    row("header longer than the file", QByteArray("\x93NUMPY\x01\x00\xff\xff{", 11), "cut off");
    row("huge header", QByteArray("\x93NUMPY\x02\x00\xff\xff\xff\xff{", 13), "cut off");
    row("too few bytes", npyBytes(header("<f4", "(2,)"), two), "take 8 bytes, but the file holds 2");
    row("too many bytes", npyBytes(header("|u1", "(1,)"), two), "take 1 bytes, but the file holds 2");
    row("huge shape", npyBytes(header("<f8", "(1000000000, 1000000000)"), two), "too large");
    row("large shape", npyBytes(header("<f8", "(1000000000,)"), two), "8000000000 bytes");
    row("negative shape", npyBytes(header("|u1", "(-2,)"), two), "shape");
    row("overflowing shape", npyBytes(header("|u1", "(99999999999999999999,)"), two), "shape");
    row("objects", npyBytes(header("|O", "(2,)"), two), "'|O'");
    row("complex", npyBytes(header("<c8", "(2,)"), two), "'<c8'");
    row("no byte order", npyBytes(header("|f4", "(2,)"), QByteArray(8, '\0')), "'|f4'");
    row("64-bit unsigned", npyBytes(header("<u8", "(2,)"), QByteArray(16, '\0')), "'<u8'");
    row("records", npyBytes("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", two),
        "records");
    row("no descr", npyBytes("{'fortran_order': False, 'shape': (2,), }\n", two), "dictionary");
    row("key twice", npyBytes("{'shape': (2,), 'shape': (2,), }\n", two), "'shape'");
    row("unknown key", npyBytes("{'code': 'x', }\n", two), "'code'");
    row("not closed", npyBytes("{'descr': '|u1'", two), "expected");
    row("behind the end", npyBytes(header("|u1", "(2,)").trimmed() + "import os", two), "dictionary");
    row("no dictionary", npyBytes("(2,)", two), "'{' expected");
    row("unclosed text", npyBytes("{'descr: 1}", two), "quoted");
    row("order is a number", npyBytes(header("|u1", "(2,)", "0"), two), "True or False");
}

void TestNpy::badFiles()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, reason);
    writeBytes(path(), bytes);
    const QString error = errorOf([&] { (void)readNpy(path().toStdString()); });
    QVERIFY2(error.contains(reason), qPrintable(error));
    QVERIFY2(error.contains(path()), qPrintable(error));
}

void TestNpy::writtenFilesComeBack_data()
{
    QTest::addColumn<QVector<qint64>>("dims");
    using V = QVector<qint64>;
    QTest::newRow("scalar") << V{};
    QTest::newRow("one axis") << V{5};
    QTest::newRow("three axes") << V{2, 3, 4};
    QTest::newRow("no elements") << V{0, 3};
}

void TestNpy::writtenFilesComeBack()
{
    QFETCH(QVector<qint64>, dims);
    const Shape shape(dims.begin(), dims.end());
    std::vector<float> values(*elementCount(shape));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = 0.5f * static_cast<float>(i) - 3;
    writeNpy(path().toStdString(), tensorFromFloats(shape, values));
    const Tensor tensor = readNpy(path().toStdString());
    QCOMPARE(tensor.shape, shape);
    QCOMPARE(floats(tensor), QVector<float>(values.begin(), values.end()));
}

void TestNpy::writtenHeadersAreAligned()
{
    // Byte for byte what numpy.save writes for a float32 array of shape (2, 3).
    const std::string text = npyHeaderText(DType::F32, {2, 3});
    QCOMPARE(text.size() % 64, 0u);
    QCOMPARE(
        QByteArray::fromStdString(text),
        npyBytes(
            QByteArray("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }").leftJustified(117, ' ')
                + '\n',
            {}));
    QVERIFY(errorOf([] { (void)npyHeaderText(DType::BF16, {1}); }).contains(QLatin1String("bf16")));
}

void TestNpy::archivesComeBack()
{
    const QString file = path(QStringLiteral("b.npz"));
    writeNpz(file.toStdString(),
             {{"weights/ä", tensorFromFloats({2, 2}, {1, 2, 3, 4})}, {"b", tensorFromFloats({}, {7})}});
    const auto arrays = readNpz(file.toStdString());
    QCOMPARE(arrays.size(), 2u);
    QCOMPARE(arrays[0].name, std::string("weights/ä"));
    QCOMPARE(floats(arrays[0].tensor), (QVector<float>{1, 2, 3, 4}));
    QCOMPARE(floats(arrays[1].tensor), (QVector<float>{7}));
    QCOMPARE(QDir(m_folder.path()).entryList({QStringLiteral("*part*")}).size(), 0);
}

void TestNpy::readsArchivesOfNumPy()
{
    const QString file = QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/tests/data/numpy_compressed.npz");
    const auto arrays = readNpz(file.toStdString());
    QCOMPARE(arrays.size(), 3u);
    QCOMPARE(arrays[0].name, std::string("a"));
    QCOMPARE(arrays[0].tensor.shape, (Shape{2, 3}));
    QCOMPARE(floats(arrays[0].tensor), (QVector<float>{0, 1, 2, 3, 4, 5}));
    QCOMPARE(floats(arrays[1].tensor), (QVector<float>{0, 2, 4, 1, 3, 5})); // Fortran order
    QCOMPARE(floats(arrays[2].tensor), QVector<float>(1000, 0.5f));
}

void TestNpy::badArchives()
{
    const QString file = path(QStringLiteral("bad.npz"));
    writeBytes(file, {});
    QVERIFY(errorOf([&] { (void)readNpz(file.toStdString()); }).contains(QLatin1String("empty")));
    writeBytes(file, "this is no zip archive at all");
    QVERIFY(errorOf([&] { (void)readNpz(file.toStdString()); }).contains(QLatin1String("zip")));
    QVERIFY(errorOf([&] { (void)openNetwork(file.toStdString()); }).contains(QLatin1String("zip")));

    writeNpz(file.toStdString(), {{"a", tensorFromFloats({64}, std::vector<float>(64, 1.5f))}});
    QFile source(file);
    QVERIFY(source.open(QIODevice::ReadOnly));
    const QByteArray whole = source.readAll();
    source.close();
    for (int length = 0; length < whole.size(); length += 5) {
        writeBytes(file, whole.left(length));
        QVERIFY(!errorOf([&] { (void)readNpz(file.toStdString()); }).isEmpty());
    }
    QByteArray changed = whole;
    changed[300] = static_cast<char>(changed[300] ^ 1);
    writeBytes(file, changed);
    QVERIFY(errorOf([&] { (void)readNpz(file.toStdString()); }).contains(QLatin1String("'a'")));
    for (int at = 0; at < whole.size(); ++at) {
        changed = whole;
        changed[at] = static_cast<char>(~changed[at]);
        writeBytes(file, changed);
        (void)errorOf([&] { (void)openNetwork(file.toStdString()); });
    }
}

void TestNpy::bombIsRefused()
{
    const QString file = path(QStringLiteral("bomb.npz"));
    writeNpz(file.toStdString(), {{"a", tensorFromFloats({64}, std::vector<float>(64, 1.5f))}});
    QFile source(file);
    QVERIFY(source.open(QIODevice::ReadOnly));
    const QByteArray whole = source.readAll();
    source.close();
    // The directory entry (PK 1 2) holds the unpacked size at byte 24: 3.75 GiB, then one byte too few.
    const auto sizeAt = whole.indexOf(QByteArray("PK\x01\x02")) + 24;
    for (const char* const hex : {"000000f0", "7f010000"}) {
        writeBytes(file, QByteArray(whole).replace(sizeAt, 4, QByteArray::fromHex(hex)));
        const QString error = errorOf([&] { (void)readNpz(file.toStdString()); });
        QVERIFY2(error.contains(QLatin1String("bytes")), qPrintable(error));
        const auto network = openNetwork(file.toStdString());
        QVERIFY(network->layers.empty());
        QCOMPARE(network->skipped.size(), 1u);
    }
}

void TestNpy::networksOfArrays()
{
    writeNpy(path().toStdString(), tensorFromFloats({2, 3}, {1, 2, 3, 4, 5, 6}));
    const auto single = openNetwork(path().toStdString());
    QCOMPARE(single->format, std::string("npy"));
    QCOMPARE(single->layers.size(), 1u);
    QCOMPARE(single->layers[0].name, std::string("ä 배열"));
    QVERIFY(single->layers[0].kind == LayerKind::Array);
    QCOMPARE(single->parameters, 6u);
    QCOMPARE(single->fileBytes, 128u + 24u);

    const QString file = path(QStringLiteral("many.npz"));
    const std::vector<std::int32_t> codes = {1, -2};
    const Tensor integers{DType::I32, {2}, std::as_bytes(std::span(codes)), nullptr};
    writeNpz(
        file.toStdString(),
        {{"w", tensorFromFloats({1, 2}, {1, 2})}, {"codes", integers}, {"none", tensorFromFloats({0}, {})}});
    const auto many = openNetwork(file.toStdString());
    QCOMPARE(many->format, std::string("npz"));
    QCOMPARE(many->layers.size(), 2u);
    QCOMPARE(many->skipped.size(), 1u);
    QCOMPARE(many->skipped[0].name, std::string("none"));
    QCOMPARE(many->layers[1].name, std::string("codes"));
    const auto values = valuesOf(many->weights[1]);
    QCOMPARE(std::vector<float>(values.values.begin(), values.values.end()), (std::vector<float>{1, -2}));
}

void TestNpy::unknownFilesAreRefused()
{
    const QString file = path(QStringLiteral("letter.txt"));
    writeBytes(file, "Dear network");
    const QString error = errorOf([&] { (void)openNetwork(file.toStdString()); });
    QVERIFY2(error.contains(QLatin1String(".onnx, .npy, .npz")), qPrintable(error));
    writeNpy(file.toStdString(), tensorFromFloats({1}, {1}));
    QCOMPARE(openNetwork(file.toStdString())->format, std::string("npy")); // by its first bytes
}

void TestNpy::failedWritesLeaveNothing()
{
    const QString folder = path(QStringLiteral("none/x.npy"));
    QVERIFY(errorOf([&] {
                writeNpy(folder.toStdString(), tensorFromFloats({1}, {1}));
            }).contains(QLatin1String("Cannot write")));
    const int files = static_cast<int>(QDir(m_folder.path()).entryList(QDir::Files).size());
    QVERIFY(!errorOf([&] {
                 writeNpz(path(QStringLiteral("u.npz")).toStdString(),
                          {{"a", Tensor{DType::BF16, {0}, {}, nullptr}}});
             }).isEmpty());
    QCOMPARE(static_cast<int>(QDir(m_folder.path()).entryList(QDir::Files).size()), files);
}

QTEST_APPLESS_MAIN(TestNpy)
#include "tst_npy.moc"
