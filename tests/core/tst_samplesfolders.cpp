// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/npy.h"
#include "core/samples/imagefolder.h"
#include "core/samples/labels.h"
#include "core/samples/opensamples.h"
#include "core/samples/preprocessing.h"
#include "core/support/error.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace quantoscope;

class TestSamplesFolders : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void textAndJsonSayTheSame();
    void preprocessingMistakes_data();
    void preprocessingMistakes();
    void formula();
    void layoutsAndColours_data();
    void layoutsAndColours();
    void fits_data();
    void fits();
    void inputsThatImagesDoNotFit_data();
    void inputsThatImagesDoNotFit();
    void foldersAreSorted();
    void foldersOfClasses();
    void byteInputs();
    void imagesEqualTheirArray();
    void arraysAreScaled();
    void foldersThatAreNone_data();
    void foldersThatAreNone();
    void corruptImageIsNamed();
    void csvLabels_data();
    void csvLabels();
    void csvMistakes_data();
    void csvMistakes();
    void otherLabelFiles();
    void labelsAreChecked();

private:
    std::string path(const char* name) const
    {
        return m_folder.filePath(QString::fromLatin1(name)).toStdString();
    }
    void copyImage(const char* from, const char* to) const
    {
        const QString target = m_folder.filePath(QString::fromLatin1(to));
        QVERIFY(QDir().mkpath(QFileInfo(target).path()));
        QVERIFY(QFile::copy(QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/tests/data/images/")
                                + QString::fromLatin1(from),
                            target));
    }
    std::string write(const char* name, const QByteArray& bytes) const
    {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write");
        return path(name);
    }
    QTemporaryDir m_folder;
};

namespace {

std::vector<float> floats(const Tensor& tensor)
{
    std::vector<float> values(tensor.size());
    readFloats(tensor, 0, values);
    return values;
}

Tensor readOne(const SampleSource& source, std::vector<std::size_t> indices)
{
    return source.read(indices).at(0).tensor;
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

const InputSpec anySize = {"in", DType::F32, {-1, 3, -1, -1}};

/// 2×2: red, green, blue, grey 100.
const Image four = {2, 2, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 100, 100, 100}};

std::vector<float> inputFor(const char* text, const Shape& shape, const Image& image = four)
{
    return preprocessed(image, fittedTo(parsePreprocessing(text), {"in", DType::F32, shape}));
}

} // namespace

void TestSamplesFolders::initTestCase()
{
    copyImage("rgb.png", "flat/b.png");
    copyImage("color.jpg", "flat/a.JPG");
    copyImage("gray.png", "flat/c.jpeg"); // told by content
    write("flat/notes.txt", "no image");
    write("flat/.hidden.png", "no image");
    copyImage("rgb.png", "classes/cat/2.png");
    copyImage("gray.png", "classes/cat/1.png");
    copyImage("rgb.png", "classes/ant/9.png");
    QVERIFY(QDir(m_folder.path()).mkpath("classes/bee"));
    QVERIFY(QDir(m_folder.path()).mkpath("empty/inside"));
    copyImage("rgb.png", "mixed/a.png");
    copyImage("rgb.png", "mixed/class/a.png");
    copyImage("rgb.png", "corrupt/a.png");
    QFile image(m_folder.filePath("corrupt/a.png"));
    QVERIFY(image.open(QIODevice::ReadOnly));
    write("corrupt/b.png", image.readAll().chopped(100));
}

void TestSamplesFolders::textAndJsonSayTheSame()
{
    const auto file =
        write("how.json", R"({"size": [320, 48], "layout": "nchw", "color": "bgr", "scale": "1/255",
        "mean": [0.5, 0.25, 1], "std": 0.5, "resize": "pad", "pad": 7})");
    const Preprocessing text = parsePreprocessing(
        "size=320x48,layout=nchw,color=bgr,scale=1/255,mean=0.5:0.25:1,std=0.5,resize=pad,pad=7");
    QVERIFY(parsePreprocessing(file) == text);
    QCOMPARE(text.width, 320u);
    QCOMPARE(text.height, 48u);
    QCOMPARE(text.scale, 1.0 / 255);
    QCOMPARE(text.mean, (std::vector<double>{0.5, 0.25, 1}));
    QVERIFY(text.fit == ImageFit::Pad && text.pad == 7 && text.colour == ImageColour::Bgr);
    QVERIFY(parsePreprocessing("") == Preprocessing());
}

void TestSamplesFolders::preprocessingMistakes_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char* text, const char* reason) {
        QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(reason);
    };
    row("sise=1x1", "did you mean 'size'?");
    row("quantize=yes", "known: size");
    row("size=1x1,size=2x2", "given twice");
    row("size", "no key=value");
    row("size=320", "WIDTHxHEIGHT");
    row("size=0x4", "WIDTHxHEIGHT");
    row("size=99999999999999999999x4", "WIDTHxHEIGHT");
    row("size=40000x40", "at most 32768");
    row("layout=hwcn", "none of nchw, nhwc");
    row("color=cmyk", "none of rgb");
    row("resize=bicubic", "none of stretch");
    row("mean=a", "no number");
    row("mean=nan", "no number");
    row("mean=", "no number");
    row("scale=1/0", "no number");
    row("std=1:0:1", "divide by 0");
    row("pad=256", "0 to 255");
    const auto json = [&](const char* name, const QByteArray& bytes, const char* reason) {
        QTest::newRow(bytes.left(40).constData())
            << QString::fromStdString(write(name, bytes)) << QString::fromUtf8(reason);
    };
    json("1.json", "{", "no JSON object");
    json("2.json", "[1]", "no JSON object");
    json("3.json", R"({"mean": {"a": 1}})", "no number, text or array");
    json("4.json", R"({"mean": ["a"]})", "something else than numbers");
    json("5.json", R"({"std": 0})", "divide by 0");
    json("6.json", R"({"meen": 0})", "did you mean 'mean'?");
    json("7.json", QByteArray(100000, '['), "no JSON object");
    row("/nowhere/how.json", "/nowhere/how.json");
}

void TestSamplesFolders::preprocessingMistakes()
{
    QFETCH(QString, text);
    QFETCH(QString, reason);
    const QString error = errorOf([&] { (void)parsePreprocessing(text.toStdString()); });
    QVERIFY2(error.contains(reason), qPrintable(error));
}

void TestSamplesFolders::formula()
{
    // The recognizer's (v/255 - 0.5)/0.5 in its usual form, and per channel in the order of the output.
    QCOMPARE(inputFor("mean=127.5,std=127.5", {1, 3, 2, 2}),
             (std::vector<float>{1, -1, -1, -27.5f / 127.5f, -1, 1, -1, -27.5f / 127.5f, -1, -1, 1,
                                 -27.5f / 127.5f}));
    const auto values = inputFor("scale=1/255,mean=0.1:0.2:0.3,std=1:2:4,color=bgr", {1, 3, 2, 2});
    QCOMPARE(values[0], float((0 - 0.1) / 1));     // blue of red
    QCOMPARE(values[4 + 1], float((1 - 0.2) / 2)); // green of green
    QCOMPARE(values[8 + 0], float((1 - 0.3) / 4)); // red of red
    for (int v = 0; v < 256; ++v)                  // scale=1/255 is the division by 255
        QCOMPARE(inputFor("scale=1/255,size=1x1", {1, 1, 1, 1}, {1, 1, 1, {std::uint8_t(v)}})[0],
                 float(v) / 255.0f);
}

void TestSamplesFolders::layoutsAndColours_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QVector<int>>("shape");
    QTest::addColumn<QVector<float>>("wanted");
    using Ints = QVector<int>;
    using Floats = QVector<float>;
    const Floats nchw = {255, 0, 0, 100, 0, 255, 0, 100, 0, 0, 255, 100};
    const Floats nhwc = {255, 0, 0, 0, 255, 0, 0, 0, 255, 100, 100, 100};
    QTest::newRow("channels found on axis 1") << "" << Ints{-1, 3, 2, 2} << nchw;
    QTest::newRow("channels found on axis 3") << "" << Ints{1, 2, 2, 3} << nhwc;
    QTest::newRow("open sides") << "size=2x2" << Ints{-1, 3, -1, -1} << nchw;
    QTest::newRow("everything open") << "size=2x2,layout=nhwc" << Ints{-1, -1, -1, -1} << nhwc;
    QTest::newRow("bgr") << "color=bgr" << Ints{1, 2, 2, 3}
                         << Floats{0, 0, 255, 0, 255, 0, 255, 0, 0, 100, 100, 100};
    // BT.601: 0.299, 0.587, 0.114 of 255.
    QTest::newRow("grey input") << "" << Ints{1, 1, 2, 2} << Floats{76, 150, 29, 100};
    QTest::newRow("a fourth channel of ones")
        << "color=rgb1,scale=1/255" << Ints{1, 2, 2, 4}
        << Floats{1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 100 / 255.f, 100 / 255.f, 100 / 255.f, 1};
}

void TestSamplesFolders::layoutsAndColours()
{
    QFETCH(QString, text);
    QFETCH(QVector<int>, shape);
    QFETCH(QVector<float>, wanted);
    const Shape dims(shape.begin(), shape.end());
    QCOMPARE(inputFor(text.toUtf8().constData(), dims), std::vector<float>(wanted.begin(), wanted.end()));
}

void TestSamplesFolders::fits_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QVector<float>>("wanted");
    using Floats = QVector<float>;
    // A row of 4 pixels into 2×2.
    QTest::newRow("stretch") << "" << Floats{27, 63, 27, 63};
    QTest::newRow("crop takes the middle") << "resize=crop" << Floats{40, 50, 40, 50};
    QTest::newRow("pad leaves the rest") << "resize=pad,pad=9" << Floats{27, 63, 9, 9};
}

void TestSamplesFolders::fits()
{
    QFETCH(QString, text);
    QFETCH(QVector<float>, wanted);
    // Stretched to half: weights 3/4·… of pixels 0, 1, 2 = (0.75, 0.75, 0.25)/1.75: (15 + 30 + 12.5)/1.75.
    const Image row{4, 1, 1, {20, 40, 50, 70}};
    if (text == "resize=crop") {
        // The middle 1×1 of a 4×1 image is pixel 1.
        QCOMPARE(inputFor("resize=crop", {1, 1, 2, 2}, row), (std::vector<float>{40, 40, 40, 40}));
        const Image two{4, 2, 1, {20, 40, 50, 70, 20, 40, 50, 70}};
        QCOMPARE(inputFor("resize=crop", {1, 1, 2, 2}, two),
                 std::vector<float>(wanted.begin(), wanted.end()));
        return;
    }
    const auto got = inputFor(text.toUtf8().constData(), {1, 1, 2, 2}, row);
    const float first = std::round((0.75f * 20 + 0.75f * 40 + 0.25f * 50) / 1.75f);
    const float second = std::round((0.25f * 40 + 0.75f * 50 + 0.75f * 70) / 1.75f);
    QCOMPARE(got[0], first);
    QCOMPARE(got[1], second);
    QCOMPARE(got[2], wanted[2] == 9 ? 9 : first);
}

void TestSamplesFolders::inputsThatImagesDoNotFit_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QVector<int>>("shape");
    QTest::addColumn<QString>("reason");
    using Ints = QVector<int>;
    QTest::newRow("rank 2") << "" << Ints{-1, 10} << "images need an input [N,C,H,W]";
    QTest::newRow("seven channels") << "" << Ints{1, 7, 9, 9} << "neither axis 1 nor axis 3";
    QTest::newRow("four channels") << "" << Ints{1, 4, 9, 9} << "color=rgb1";
    QTest::newRow("grey for three") << "color=gray,layout=nchw" << Ints{1, 3, 9, 9}
                                    << "it has 3 channels, but the images 1";
    QTest::newRow("another size") << "size=8x9" << Ints{1, 3, 9, 9} << "its width is 9, but 8 is asked for";
    QTest::newRow("size not known") << "" << Ints{1, 3, 9, -1} << "its width is open; set it with size=";
    QTest::newRow("two means") << "mean=1:2" << Ints{1, 3, 9, 9} << "mean has 2 numbers";
    QTest::newRow("no pixels") << "" << Ints{1, 3, 0, 9} << "9×0";
}

void TestSamplesFolders::inputsThatImagesDoNotFit()
{
    QFETCH(QString, text);
    QFETCH(QVector<int>, shape);
    QFETCH(QString, reason);
    const QString error =
        errorOf([&] { (void)inputFor(text.toUtf8().constData(), Shape(shape.begin(), shape.end())); });
    QVERIFY2(error.contains(reason), qPrintable(error));
}

void TestSamplesFolders::foldersAreSorted()
{
    const ImageFolder folder = listImages(path("flat"));
    QCOMPARE(folder.names, (std::vector<std::string>{"a.JPG", "b.png", "c.jpeg"}));
    QVERIFY(folder.classes.empty());
    SampleOptions options;
    options.inputs = {{"in", DType::F32, {-1, 3, 17, 23}}, {"sr", DType::I64, {}}};
    const auto source = openSamples(path("flat"), options);
    QCOMPARE(source->description(), std::string("flat/, 3 samples; sr = 0"));
    QCOMPARE(openSamples(path("flat/"), options)->description(), source->description());
    const std::vector<std::size_t> order = {2, 1};
    const auto values = source->read(order);
    QCOMPARE(values[0].name, std::string("in"));
    QCOMPARE(values[0].tensor.shape, (Shape{2, 3, 17, 23}));
    const auto got = floats(values[0].tensor);
    const Image grey = readImage(path("flat/c.jpeg"));
    const Image colour = readImage(path("flat/b.png"));
    for (std::size_t i = 0; i < 17 * 23; ++i)
        for (std::size_t c = 0; c < 3; ++c) {
            QCOMPARE(got[c * 391 + i], float(grey.pixels[i]));
            QCOMPARE(got[(3 + c) * 391 + i], float(colour.pixels[3 * i + c]));
        }
    QVERIFY(!source->labels());
}

void TestSamplesFolders::foldersOfClasses()
{
    const ImageFolder folder = listImages(path("classes"));
    QCOMPARE(folder.names, (std::vector<std::string>{"ant/9.png", "cat/1.png", "cat/2.png"}));
    // "bee" is empty and still class 1.
    QCOMPARE(folder.classes, (std::vector<std::int64_t>{0, 2, 2}));
    SampleOptions options;
    options.preprocess = "size=4x4";
    QCOMPARE(*openSamples(path("classes"), options)->labels(), folder.classes);
    options.labels = write("classes.csv", "cat/2.png,5\nant/9.png,3\ncat/1.png,4\n");
    QCOMPARE(*openSamples(path("classes"), options)->labels(), (std::vector<std::int64_t>{3, 4, 5}));
}

void TestSamplesFolders::byteInputs()
{
    SampleOptions options;
    options.inputs = {{"in", DType::U8, {1, 17, 23, 3}}};
    const Tensor bytes = readOne(*openSamples(path("flat"), options), {1});
    QCOMPARE(bytes.dtype, DType::U8);
    const Image image = readImage(path("flat/b.png"));
    QVERIFY(std::equal(image.pixels.begin(), image.pixels.end(),
                       reinterpret_cast<const std::uint8_t*>(bytes.bytes.data())));
    options.preprocess = "scale=1/255";
    QVERIFY(errorOf([&] { (void)openSamples(path("flat"), options); }).contains("takes bytes"));
}

void TestSamplesFolders::imagesEqualTheirArray()
{
    const auto folder = imageSource(listImages(path("flat")), parsePreprocessing("size=9x7,mean=3"), anySize);
    const std::vector<std::size_t> all = {0, 1, 2};
    writeNpy(path("flat.npy"), folder->read(all)[0].tensor);
    const auto array = openSamples(path("flat.npy"), {});
    for (const std::size_t i : all)
        QCOMPARE(array->hash(i), folder->hash(i));
}

void TestSamplesFolders::arraysAreScaled()
{
    SampleOptions options;
    options.preprocess = "scale=2,mean=10,std=4";
    writeNpy(path("v.npy"), tensorFromFloats({3, 1}, {5, 7, -1}));
    const auto source = openSamples(path("v.npy"), options);
    QCOMPARE(floats(readOne(*source, {0, 1, 2})), (std::vector<float>{0, 1, -3}));
    options.preprocess = "size=3x3";
    QVERIFY(errorOf([&] { (void)openSamples(path("v.npy"), options); }).contains("arrays take"));
    options.preprocess = "mean=1:2:3";
    QVERIFY(errorOf([&] { (void)openSamples(path("v.npy"), options); }).contains("one number each"));
    options.preprocess = "mean=1";
    QVERIFY(errorOf([&] { (void)openSamples("synth:gauss", options); }).contains("no preprocessing"));
}

void TestSamplesFolders::foldersThatAreNone_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("reason");
    QTest::newRow("empty") << "empty"
                           << "no .png";
    QTest::newRow("images beside classes") << "mixed"
                                           << "put every image into the folder of its class";
    QTest::newRow("not there") << "nowhere"
                               << "a folder of images";
    QTest::newRow("a file") << "flat/notes.txt"
                            << "a folder of images";
}

void TestSamplesFolders::foldersThatAreNone()
{
    QFETCH(QString, folder);
    QFETCH(QString, reason);
    SampleOptions options;
    options.inputs = {anySize};
    const QString error =
        errorOf([&] { (void)openSamples(m_folder.filePath(folder).toStdString(), options); });
    QVERIFY2(error.contains(reason) && error.contains(folder), qPrintable(error));
    QVERIFY(!errorOf([&] { (void)listImages(path("nowhere")); }).isEmpty());
}

void TestSamplesFolders::corruptImageIsNamed()
{
    SampleOptions options;
    options.preprocess = "size=4x4";
    const auto source = openSamples(path("corrupt"), options);
    QCOMPARE(source->count(), 2u);
    const QString error = errorOf([&] { (void)readOne(*source, {0, 1}); });
    QVERIFY2(error.contains("corrupt/b.png") && error.contains("damaged"), qPrintable(error));
}

void TestSamplesFolders::csvLabels_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArray quoted = "file,label\n\"a,\"\"x\"\".png\",2\nb.png,0\nc d.png,1\n";
    QTest::newRow("header, quotes, blanks") << quoted;
    QTest::newRow("no header, another order") << QByteArray("c d.png,1\nb.png,0\n\"a,\"\"x\"\".png\",2");
    QTest::newRow("Windows line ends and byte order mark")
        << "\xEF\xBB\xBF" + QByteArray(quoted).replace("\n", "\r\n");
    QTest::newRow("empty lines, blanks around numbers")
        << QByteArray("\n\"b.png\", 0 \n\n\"a,\"\"x\"\".png\",\"2\"\nc d.png,1\n\n");
}

void TestSamplesFolders::csvLabels()
{
    QFETCH(QByteArray, text);
    const std::vector<std::string> names = {"a,\"x\".png", "b.png", "c d.png"};
    QCOMPARE(readLabels(write("l.csv", text), 3, names), (std::vector<std::int64_t>{2, 0, 1}));
}

void TestSamplesFolders::csvMistakes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("reason");
    QTest::newRow("negative") << QByteArray("a,0\nb,-1\n") << "line 2: '-1' is no class";
    QTest::newRow("no number") << QByteArray("a,0\nb,cat\n") << "line 2: 'cat' is no class";
    QTest::newRow("too large") << QByteArray("a,0\nb,99999999999999999999\n") << "line 2";
    QTest::newRow("strange file") << QByteArray("file,label\na,0\nc,1\n") << "line 3: there is no sample 'c'";
    QTest::newRow("twice") << QByteArray("a,0\nb,1\na,0\n") << "line 3: 'a' has a label already";
    QTest::newRow("missing") << QByteArray("a,0\n") << "there is none for 'b'";
    QTest::newRow("empty") << QByteArray() << "there is none for 'a'";
    QTest::newRow("one field") << QByteArray("a,0\nb\n") << "line 2: two fields";
    QTest::newRow("three fields") << QByteArray("a,0,1\n") << "line 1: two fields";
    QTest::newRow("open quote") << QByteArray("a,0\n\"b,1\n") << "line 2: a quote is not closed";
    QTest::newRow("behind a quote") << QByteArray("\"a\"x,0\n") << "line 1: characters follow";
    QTest::newRow("a zero byte") << QByteArray("a,0\nb\0,1\n", 9) << "line 2";
}

void TestSamplesFolders::csvMistakes()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, reason);
    const std::vector<std::string> names = {"a", "b"};
    const std::string file = write("m.csv", text);
    const QString error = errorOf([&] { (void)readLabels(file, 2, names); });
    QVERIFY2(error.contains(reason) && error.contains("m.csv"), qPrintable(error));
    QVERIFY(errorOf([&] { (void)readLabels(file, 2); }).contains("give a .npy instead"));
}

void TestSamplesFolders::otherLabelFiles()
{
    const auto bytes = std::make_shared<std::vector<std::uint8_t>>(std::vector<std::uint8_t>{4, 200, 0});
    const Tensor column = {DType::U8, {3, 1}, std::as_bytes(std::span(*bytes)), bytes};
    writeNpy(path("l.npy"), column);
    const std::vector<std::int64_t> wanted = {4, 200, 0};
    QCOMPARE(readLabels(path("l.npy"), 3), wanted);
    QVERIFY(errorOf([&] { (void)readLabels(path("l.npy"), 4); }).contains("there are 3, but 4 samples"));
    writeNpz(path("only.npz"), {{"answers", column}});
    QCOMPARE(readLabels(path("only.npz"), 3), wanted);
    writeNpz(path("two.npz"), {{"labels_a", column}, {"y", column}});
    QVERIFY(errorOf([&] { (void)readLabels(path("two.npz"), 3); }).contains("say which as FILE.npz:NAME"));
    QCOMPARE(readLabels(path("two.npz") + ":y", 3), wanted);
    QVERIFY(errorOf([&] { (void)readLabels(path("two.npz") + ":z", 3); }).contains("no array 'z'"));
    QVERIFY(errorOf([&] { (void)readLabels(path("flat"), 3); }).contains("Cannot read labels"));
}

void TestSamplesFolders::labelsAreChecked()
{
    const std::vector<std::int64_t> labels = {0, 9, 10};
    checkLabels(labels, 11, "f.npy");
    const QString error = errorOf([&] { checkLabels(labels, 10, "f.npy"); });
    QVERIFY2(error.contains("label 10 of sample 2") && error.contains("f.npy")
                 && error.contains("10 classes"),
             qPrintable(error));
}

QTEST_GUILESS_MAIN(TestSamplesFolders)
#include "tst_samplesfolders.moc"
