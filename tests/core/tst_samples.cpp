// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/arraysource.h"
#include "core/samples/constantinputs.h"
#include "core/samples/numpysamples.h"
#include "core/samples/opensamples.h"
#include "core/support/error.h"

#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <numeric>

using namespace quantoscope;

class TestSamples : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void readsSamplesInAnyOrder();
    void arraysGoToInputsByName();
    void singleArrayGoesToTheOnlyInputItFits();
    void oneArrayOfSeveral();
    void scalarsAndConstantsGoToEverySample();
    void missingInputsAreFilledAndNamed();
    void constantsFollowTheBatch();
    void constantTypes_data();
    void constantTypes();
    void bundledDigits();
    void hashesFollowTheBytes();
    void mistakes_data();
    void mistakes();

private:
    std::string path(const char* name) const
    {
        return m_folder.filePath(QString::fromLatin1(name)).toStdString();
    }
    std::string write(const char* name, const std::vector<NamedTensor>& arrays) const
    {
        writeNpz(path(name), arrays);
        return path(name);
    }
    QTemporaryDir m_folder;
};

namespace {

template <class Number>
Tensor tensor(DType dtype, Shape shape, std::vector<Number> values)
{
    auto held = std::make_shared<std::vector<Number>>(std::move(values));
    return {dtype, std::move(shape), std::as_bytes(std::span(*held)), held};
}

Tensor counted(DType dtype, Shape shape)
{
    std::vector<std::uint8_t> values(*elementCount(shape) * static_cast<std::size_t>(bitsOf(dtype)) / 8);
    std::iota(values.begin(), values.end(), std::uint8_t{0});
    return tensor(dtype, std::move(shape), std::move(values));
}

Tensor labels(std::vector<std::int64_t> values)
{
    Shape shape = {static_cast<std::int64_t>(values.size())};
    return tensor(DType::I64, std::move(shape), std::move(values));
}

std::vector<float> floats(const Tensor& tensor)
{
    std::vector<float> values(tensor.size());
    readFloats(tensor, 0, values);
    return values;
}

std::vector<InputValue> readAll(const SampleSource& source, std::vector<std::size_t> indices)
{
    return source.read(indices);
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

SampleOptions optionsFor(std::vector<InputSpec> inputs)
{
    SampleOptions options;
    options.inputs = std::move(inputs);
    return options;
}

const std::string digits = QUANTOSCOPE_SOURCE_DIR "/resources/sample/digits.npz";

} // namespace

void TestSamples::readsSamplesInAnyOrder()
{
    writeNpy(path("a.npy"), counted(DType::U8, {5, 2}));
    const auto source = openSamples(path("a.npy"), {});
    QCOMPARE(source->count(), 5u);
    QCOMPARE(source->description(), std::string("a.npy, 5 samples"));
    QVERIFY(!source->isSynthetic());
    QVERIFY(!source->labels());
    const auto values = readAll(*source, {4, 0, 4});
    QCOMPARE(values.size(), 1u);
    QCOMPARE(values[0].name, std::string());
    QCOMPARE(values[0].tensor.dtype, DType::U8);
    QCOMPARE(values[0].tensor.shape, (Shape{3, 2}));
    QCOMPARE(floats(values[0].tensor), (std::vector<float>{8, 9, 0, 1, 8, 9}));
    QCOMPARE(floats(readAll(*source, {2, 3})[0].tensor), (std::vector<float>{4, 5, 6, 7}));
    QCOMPARE(readAll(*source, {})[0].tensor.shape, (Shape{0, 2}));
}

void TestSamples::arraysGoToInputsByName()
{
    // "y" is an input here and so no labels.
    const auto file = write("b.npz", {{"y", counted(DType::U8, {3, 2})},
                                      {"x", counted(DType::F32, {3, 1})},
                                      {"labels", labels({2, 0, 1})}});
    const auto source =
        openSamples(file, optionsFor({{"x", DType::F32, {-1, 1}}, {"y", DType::U8, {-1, 2}}}));
    const auto values = readAll(*source, {1});
    QCOMPARE(values.size(), 2u);
    QCOMPARE(values[0].name, std::string("y"));
    QCOMPARE(floats(values[0].tensor), (std::vector<float>{2, 3}));
    QCOMPARE(*source->labels(), (std::vector<std::int64_t>{2, 0, 1}));
}

void TestSamples::singleArrayGoesToTheOnlyInputItFits()
{
    writeNpy(path("c.npy"), counted(DType::U8, {3, 4}));
    const auto source = openSamples(
        path("c.npy"),
        optionsFor({{"state", DType::F32, {2, -1, 8}}, {"in", DType::F32, {-1, 4}}, {"sr", DType::I64, {}}}));
    const auto values = readAll(*source, {0, 2});
    QCOMPARE(values[0].name, std::string("in"));
    QCOMPARE(values[1].tensor.shape, (Shape{2, 2, 8}));
}

void TestSamples::oneArrayOfSeveral()
{
    const auto file = write("d.npz", {{"x_a", counted(DType::U8, {2, 3})},
                                      {"x_b", counted(DType::U8, {4, 3})},
                                      {"y_a", labels({7, 8})},
                                      {"y_c", labels({1})}});
    const auto a = openSamples(file + ":x_a", {});
    QCOMPARE(a->count(), 2u);
    QCOMPARE(*a->labels(), (std::vector<std::int64_t>{7, 8}));
    QCOMPARE(a->description(), std::string("d.npz:x_a, 2 samples"));
    const auto b = openSamples(file + ":x_b", {});
    QCOMPARE(b->count(), 4u);
    QVERIFY(!b->labels());
    SampleOptions options;
    options.labels = file + ":y_a";
    QCOMPARE(*openSamples(file + ":x_a", options)->labels(), (std::vector<std::int64_t>{7, 8}));
}

void TestSamples::scalarsAndConstantsGoToEverySample()
{
    const auto file = write("e.npz", {{"x", counted(DType::U8, {3, 2})},
                                      {"rate", tensor<std::int64_t>(DType::I64, {}, {16000})},
                                      {"mask", counted(DType::U8, {7})}});
    SampleOptions options;
    options.constantArrays = {"mask"};
    const auto values = readAll(*openSamples(file, options), {2, 0});
    QCOMPARE(values[0].tensor.shape, (Shape{2, 2}));
    QCOMPARE(values[1].tensor.shape, Shape());
    QCOMPARE(floats(values[1].tensor), std::vector<float>{16000});
    QCOMPARE(values[2].tensor.shape, Shape{7});
}

void TestSamples::missingInputsAreFilledAndNamed()
{
    const auto file = write("f.npz", {{"in", counted(DType::U8, {3, 2})}});
    SampleOptions options =
        optionsFor({{"in", DType::F32, {-1, 2}}, {"state", DType::F32, {2, -1, 4}}, {"sr", DType::I64, {}}});
    options.constants = {"sr=16000"};
    const auto source = openSamples(file, options);
    QCOMPARE(source->description(), std::string("f.npz, 3 samples; sr = 16000, state = 0"));
    const auto values = readAll(*source, {0});
    QCOMPARE(values[1].name, std::string("sr"));
    QCOMPARE(values[1].tensor.dtype, DType::I64);
    QCOMPARE(floats(values[1].tensor), std::vector<float>{16000});
    QCOMPARE(values[2].tensor.shape, (Shape{2, 1, 4}));
    QCOMPARE(floats(values[2].tensor), std::vector<float>(8, 0.0f));
}

void TestSamples::constantsFollowTheBatch()
{
    const auto inner = arraySource({{"x", counted(DType::U8, {4, 2}), false}}, {"x", {}, {}});
    const auto source = withConstants(inner, {{{"h", DType::F32, {1, -1, 3}}, "1.5"}});
    QCOMPARE(floats(readAll(*source, {0, 1})[1].tensor), std::vector<float>(6, 1.5f));
    QCOMPARE(readAll(*source, {0, 1, 2})[1].tensor.shape, (Shape{1, 3, 3}));
    QCOMPARE(source->hash(1), inner->hash(1));
}

void TestSamples::constantTypes_data()
{
    QTest::addColumn<int>("dtype");
    QTest::addColumn<QString>("value");
    QTest::addColumn<bool>("fits");
    const auto row = [](DType dtype, const char* value, bool fits) {
        QTest::addRow("%s %s", std::string(nameOf(dtype)).c_str(), value)
            << static_cast<int>(dtype) << QString::fromLatin1(value) << fits;
    };
    row(DType::F32, "-0.5", true);
    row(DType::F32, "nan", false);
    row(DType::F32, "1e99", false);
    row(DType::F64, "1e99", true);
    row(DType::F16, "0.5", true);
    row(DType::F16, "0.1", false);
    row(DType::BF16, "16", true);
    row(DType::I64, "9223372036854775807", true);
    row(DType::I64, "1.5", false);
    row(DType::I64, "", false);
    row(DType::U8, "255", true);
    row(DType::U8, "256", false);
    row(DType::U8, "-1", false);
    row(DType::Bool, "1", true);
    row(DType::Bool, "2", false);
}

void TestSamples::constantTypes()
{
    QFETCH(int, dtype);
    QFETCH(QString, value);
    QFETCH(bool, fits);
    const std::vector<InputSpec> inputs = {{"c", static_cast<DType>(dtype), {1}}};
    const std::vector<std::string> texts = {"c=" + value.toStdString()};
    const QString error = errorOf([&] {
        const auto source =
            withConstants(arraySource({{"x", counted(DType::U8, {1, 1}), false}}, {"x", {}, {}}),
                          parseConstants(texts, inputs));
        QCOMPARE(floats(readAll(*source, {0})[1].tensor)[0], value.toFloat());
    });
    if (!fits)
        QVERIFY2(error.contains("is no value of type"), qPrintable(error));
    else if (value.toDouble() < 1e30)
        QCOMPARE(error, QString());
}

void TestSamples::bundledDigits()
{
    SampleOptions options = optionsFor({{"input", DType::F32, {-1, 1, 28, 28}}});
    options.digits = digits;
    const auto test = openSamples("sample", options);
    QCOMPARE(test->count(), 1000u);
    QCOMPARE(test->description(), std::string("digits.npz:x_test, 1,000 samples"));
    const auto raw = readNpz(digits);
    const auto value = readAll(*test, {17});
    QCOMPARE(value[0].name, std::string("input"));
    QCOMPARE(value[0].tensor.shape, (Shape{1, 1, 28, 28}));
    const auto got = floats(value[0].tensor);
    for (const NamedTensor& array : raw)
        if (array.name == "x_test")
            for (std::size_t i = 0; i < got.size(); ++i)
                QCOMPARE(got[i],
                         static_cast<float>(std::to_integer<int>(array.tensor.bytes[17 * 784 + i])) / 255.0f);
    std::vector<int> each(10);
    const auto labels = test->labels();
    for (const std::int64_t label : *labels)
        ++each.at(static_cast<std::size_t>(label));
    QCOMPARE(each, std::vector<int>(10, 100));
    options.calibration = true;
    const auto calibration = openSamples("sample", options);
    QCOMPARE(calibration->count(), 200u);
    QVERIFY(!calibration->labels());
}

void TestSamples::hashesFollowTheBytes()
{
    writeNpy(path("g.npy"), counted(DType::U8, {4, 2}));
    const auto alone = openSamples(path("g.npy"), {});
    const auto named = openSamples(write("g.npz", {{"x", counted(DType::U8, {4, 2})}}), {});
    const auto wide = openSamples(write("h.npz", {{"x", counted(DType::U8, {4, 2, 1})}}), {});
    const auto typed = openSamples(write("i.npz", {{"x", counted(DType::I8, {4, 2})}}), {});
    QCOMPARE(alone->hash(3), named->hash(3));
    QVERIFY(alone->hash(3) != alone->hash(2));
    QVERIFY(alone->hash(3) != wide->hash(3));
    QVERIFY(alone->hash(3) != typed->hash(3));
    // Constants beside the samples are not part of them.
    const auto with = openSamples(write("j.npz", {{"x", counted(DType::U8, {4, 2})},
                                                  {"sr", tensor<std::int64_t>(DType::I64, {}, {8})}}),
                                  {});
    QCOMPARE(alone->hash(3), with->hash(3));
}

void TestSamples::mistakes_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QStringList>("constants");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char* name, const std::string& file, const char* reason,
                        QStringList constants = {}) {
        QTest::newRow(name) << QString::fromStdString(file) << constants << QString::fromUtf8(reason);
    };
    const Tensor x = counted(DType::U8, {3, 2});
    row("not there", path("none.npy"), "none.npy");
    row("a folder called .npy", (QDir(m_folder.path()).mkdir("folder.npy"), path("folder.npy")),
        "there is no .png");
    row("another kind", path("a.txt"), "a .npy, a .npz");
    row("counts differ", write("m1.npz", {{"x", x}, {"z", counted(DType::U8, {4})}}),
        "'z' holds 4 samples, but 'x' holds 3");
    row("no samples", write("m2.npz", {{"x", counted(DType::U8, {0, 2})}}), "holds no samples");
    row("no elements", write("m2b.npz", {{"x", counted(DType::U8, {3, 2, 0})}}), "has shape 3×2×0");
    row("only a scalar", write("m3.npz", {{"x", tensor<float>(DType::F32, {}, {1})}}), "has shape scalar");
    row("only labels", write("m4.npz", {{"y", labels({1})}}), "no array of samples");
    row("two labels", write("m5.npz", {{"x", x}, {"y", labels({1, 2, 3})}, {"label", labels({1, 2, 3})}}),
        "more than one array of labels");
    row("label count", write("m6.npz", {{"x", x}, {"y", labels({1, 2})}}), "2 labels for 3 samples");
    row("negative label", write("m7.npz", {{"x", x}, {"y", labels({1, -2, 0})}}), "label -2 of sample 1");
    row("float labels", write("m8.npz", {{"x", x}, {"y", tensor<float>(DType::F32, {3}, {1, 2, 3})}}),
        "classes are integers");
    row("labels in rows", write("m9.npz", {{"x", x}, {"y", counted(DType::I64, {3, 2})}}),
        "their shape is 3×2");
    row("shape", write("m10.npz", {{"x", counted(DType::U8, {3, 5})}}),
        "array 'x' has shape 3×5, but input 'x' takes ?×2; axis 0");
    row("rank", write("m11.npz", {{"x", counted(DType::U8, {3})}}), "has shape 3, but input 'x' takes ?×2");
    row("strange names", write("m12.npz", {{"a", x}, {"b", x}}),
        "no input of the network is named 'a', 'b'; its inputs are 'x' ?×2, 'z' ?");
    row("two for one", write("m13.npz", {{"x", x}, {"b", x}}), "is named 'b'");
    row("no such entry", path("m1.npz") + ":q", "no array 'q'");
    row("fits none", write("m14.npz", {{"q", counted(DType::U8, {3, 9})}}), "fits no input");
    row("unknown constant", path("m13.npz"), "did you mean 'x'?", {"y=1"});
    row("no value", path("m13.npz"), "NAME=VALUE is expected", {"x"});
    row("constant twice", path("m13.npz"), "given twice", {"x=1", "x=2"});
    row("every input constant", path("m13.npz"), "Every input", {"x=1", "z=2"});
    QFile damaged(m_folder.filePath("damaged.npz"));
    QFile whole(QString::fromStdString(path("m1.npz")));
    QVERIFY(damaged.open(QIODevice::WriteOnly) && whole.open(QIODevice::ReadOnly));
    damaged.write(whole.readAll().chopped(40));
    row("truncated", path("damaged.npz"), "damaged.npz");
    row("damaged text of made-up values", "synth:gaus", "did you mean 'gauss'?");
}

void TestSamples::mistakes()
{
    QFETCH(QString, file);
    QFETCH(QStringList, constants);
    QFETCH(QString, reason);
    SampleOptions options = optionsFor({{"x", DType::F32, {-1, 2}}, {"z", DType::F32, {-1}}});
    for (const QString& one : constants)
        options.constants.push_back(one.toStdString());
    const QString error = errorOf([&] { (void)openSamples(file.toStdString(), options); });
    QVERIFY2(error.contains(reason), qPrintable(error));
}

QTEST_GUILESS_MAIN(TestSamples)
#include "tst_samples.moc"
