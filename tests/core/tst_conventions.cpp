// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"
#include "core/formats/numpy/npy.h"
#include "core/quant/elements/elementformat.h"
#include "core/quant/presets.h"
#include "core/support/error.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>
#include <cmath>

using namespace quantoscope;

namespace {

const QString folder = QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/tests/data/conventions/");
constexpr const char* recipes[] = {"torch", "onnx", "integers", "books"};

std::map<std::string, Tensor> arraysOf(const QString& name)
{
    std::map<std::string, Tensor> arrays;
    for (NamedTensor& entry : readNpz((folder + name + QStringLiteral(".npz")).toStdString()))
        arrays.emplace(entry.name, std::move(entry.tensor));
    return arrays;
}

std::vector<float> floats(const Tensor& tensor)
{
    const FloatArray array = floatsOf(tensor);
    return {array.values.begin(), array.values.end()};
}

/// What one tool made of one input. Codes are whole numbers, exact as floats.
struct Fixture
{
    QString scheme, input, note;
    bool isActivation = false;
    bool given = false; ///< scale and zero point are inputs, not results
    int scaleUlps = 0;
    double tolerance = 0; ///< of the values, in units of the largest magnitude of the input
    std::vector<float> scale, zero, offset, codes, values;
};

const std::map<std::string, Tensor>& inputs()
{
    static const std::map<std::string, Tensor> arrays = arraysOf(QStringLiteral("inputs"));
    return arrays;
}

std::vector<Fixture> fixturesOf(const QString& recipe)
{
    QFile file(folder + recipe + QStringLiteral(".json"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    std::map<std::string, std::vector<float>> numbers;
    for (const auto& [name, tensor] : arraysOf(recipe))
        numbers[name] = floats(tensor);
    std::map<std::string, std::size_t> at;
    const auto take = [&](const std::string& name, std::size_t count) {
        const auto begin = numbers.at(name).begin() + std::ptrdiff_t(at[name]);
        at[name] += count;
        return std::vector<float>(begin, begin + std::ptrdiff_t(count));
    };
    std::vector<Fixture> fixtures;
    for (const QJsonValue& entry : QJsonDocument::fromJson(file.readAll()).array()) {
        const QJsonObject object = entry.toObject();
        const auto text = [&](const char* key) { return object[QLatin1String(key)].toString(); };
        const auto has = [&](const char* key) { return object[QLatin1String(key)].toBool(); };
        Fixture fixture;
        fixture.scheme = text("scheme");
        fixture.input = text("input");
        fixture.note = text("note");
        fixture.isActivation = text("part") == QStringLiteral("act");
        fixture.given = has("given");
        fixture.scaleUlps = object[QStringLiteral("scaleUlps")].toInt();
        fixture.tolerance = object[QStringLiteral("tolerance")].toDouble();
        const auto sets = std::size_t(object[QStringLiteral("sets")].toInt());
        fixture.scale = take("scale", sets);
        if (has("zero"))
            fixture.zero = take("zero", sets);
        if (has("offset"))
            fixture.offset = take("offset", sets);
        const std::size_t count = inputs().at(fixture.input.toStdString()).size();
        fixture.codes = take("codes", count);
        fixture.values = take("values", count);
        fixtures.push_back(std::move(fixture));
    }
    return fixtures;
}

const std::vector<Fixture>& fixtures()
{
    static const std::vector<Fixture> all = [] {
        std::vector<Fixture> joined;
        for (const char* recipe : recipes)
            for (Fixture& fixture : fixturesOf(QString::fromLatin1(recipe)))
                joined.push_back(std::move(fixture));
        return joined;
    }();
    return all;
}

/// The scheme of the weights without what needs activations, or that of the activations of one call.
Scheme schemeOf(const Fixture& fixture)
{
    Scheme scheme = parseScheme(fixture.scheme.toStdString());
    if (fixture.isActivation)
        scheme = quantoscope::schemeOf(*scheme.act);
    if (scheme.range.kind == RangeRule::Kind::Dynamic)
        scheme.range = {};
    scheme.outliers.reset();
    return scheme;
}

float ulpOf(float x) { return std::nextafter(std::abs(x), INFINITY) - std::abs(x); }

/// Both numbers and where they are; the answer of a comparison that failed.
QString differing(const char* what, std::size_t index, double ours, double theirs)
{
    return QStringLiteral("%1 of %2: %3, the tool %4")
        .arg(QLatin1String(what))
        .arg(index)
        .arg(ours, 0, 'g', 9)
        .arg(theirs, 0, 'g', 9);
}

/// A scale that is off by an ulp may move an element across a tie that it lies upon, but for the ulp.
bool besideTie(const Fixture& fixture, std::size_t set, const SetParams& params, float x)
{
    const double t = std::abs(double(x)) / std::abs(double(params.scale));
    return params.scale != fixture.scale[set] && std::abs(t - std::floor(t) - 0.5) <= t * 0x1p-22;
}

/// What differs first, or nothing.
QString difference(const Fixture& fixture)
{
    const Tensor& input = inputs().at(fixture.input.toStdString());
    const std::vector<float> x = floats(input);
    const Scheme scheme = ::schemeOf(fixture);
    LayerData data(floatsOf(input), input.shape, 0);
    ParamSets params = *data.params(scheme);
    if (params.sets.size() != fixture.scale.size())
        return differing("sets", 0, double(params.sets.size()), double(fixture.scale.size()));
    if (fixture.given) {
        params.sets[0].scale = fixture.scale[0];
        params.sets[0].zeroPoint = int(fixture.zero[0]);
    }
    const QuantizedValues result = quantize(data.arranged(scheme), params);
    const double largest = std::abs(double(
        *std::max_element(x.begin(), x.end(), [](float a, float b) { return std::abs(a) < std::abs(b); })));
    for (std::size_t s = 0; s < params.sets.size(); ++s) {
        const SetParams& set = params.sets[s];
        const std::size_t begin = params.layout.begin(s);
        const std::size_t end = begin + params.layout.size(s);
        const auto [low, high] = std::minmax_element(&x[begin], &x[begin] + (end - begin));
        // Without a range every tool has a scale, a zero point and a code of its own; the value counts.
        const bool empty = fixture.offset.empty() ? *low == 0 && *high == 0 : *low == *high;
        if (!empty) {
            if (std::abs(set.scale - fixture.scale[s]) > float(fixture.scaleUlps) * ulpOf(fixture.scale[s]))
                return differing("scale", s, set.scale, fixture.scale[s]);
            if (!fixture.zero.empty() && float(set.zeroPoint) != fixture.zero[s])
                return differing("zero point", s, set.zeroPoint, fixture.zero[s]);
            if (!fixture.offset.empty() && std::abs(set.offset - fixture.offset[s]) > 4 * ulpOf(set.offset))
                return differing("offset", s, set.offset, fixture.offset[s]);
        }
        for (std::size_t i = begin; i < end; ++i) {
            if (std::abs(float(result.codes[i]) - fixture.codes[i]) == 1 && besideTie(fixture, s, set, x[i]))
                continue;
            if (!empty && float(result.codes[i]) != fixture.codes[i])
                return differing("code", i, result.codes[i], fixture.codes[i])
                       + QStringLiteral(" (x = %1)").arg(double(x[i]), 0, 'g', 9);
            if (!(std::abs(double(result.values[i]) - double(fixture.values[i]))
                  <= fixture.tolerance * largest))
                return differing("value", i, result.values[i], fixture.values[i])
                       + QStringLiteral(" (x = %1)").arg(double(x[i]), 0, 'g', 9);
        }
    }
    return {};
}

/// Rows that differ, and why. An entry whose rows agree fails the test: it is out of date.
struct KnownDifference
{
    const char* scheme;
    bool isActivation;
    const char* inputs; ///< with commas at both ends
    const char* why;
};
constexpr KnownDifference knownDifferences[] = {
    {"gemmlowp-uint8", false, ",ties of 254,ties of 14,",
     "the tool divides in double for the zero point, which is half-way but for the rounding of the scale"},
    {"gemmlowp-uint8", true, ",ties of 254,ties of 14,", "zero point, as for weights"},
    {"nncf-int8", false, ",constant,rows,",
     "equal positive values v: the tool has scale v / 128 and code 127, ours -v / 128 and -128"},
    {"torch-qint8-127", false, ",small,",
     "the observer's smallest scale is 2^-12, reached below absmax 0.031"},
    {"torch-per-channel", true, ",ties of 15,",
     "the tool multiplies by the reciprocal; schemes of activations cannot say that"},
    {"tflite-int8", true, ",ties of 254,ties of 255,ties of 14,",
     "the tool rounds the zero point in double and with the lowest code added before"},
};

const char* whyItDiffers(const Fixture& fixture)
{
    for (const KnownDifference& known : knownDifferences)
        if (fixture.scheme == QLatin1String(known.scheme) && fixture.isActivation == known.isActivation
            && QString::fromLatin1(known.inputs).contains(u',' + fixture.input + u','))
            return known.why;
    return nullptr;
}

} // namespace

/// Presets against what the tools that they are named after make of the same numbers.
class TestConventions : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void everyPresetOfTheListExists_data()
    {
        QTest::addColumn<QString>("name");
        const char* names = "int8-per-tensor int8-per-channel int4-group-32 int4-group-128 binary ternary "
                            "onnx-int8 onnx-uint8 "
                            "onnx-int4-block ort-matmulnbits ort-dynamic torch-qint8 torch-quint8 "
                            "torch-qint8-127 torch-per-channel "
                            "torch-dynamic torchao-int4 tflite-int8 tflite-int16x8 tflite-dynamic bnb-nf4 "
                            "nf4 bnb-fp4 bnb-int8 hf-8bit "
                            "hf-4bit qlora gemmlowp-uint8 nncf-int8 aimet-int8 quanto-int8 mxfp4 nvfp4 "
                            "trt-int8-entropy ggml-q4_0 "
                            "ggml-q4_1 ggml-q5_0 ggml-q5_1 ggml-q8_0 ggml-q2_k ggml-q3_k ggml-q4_k ggml-q5_k "
                            "ggml-q6_k ggml-iq4_nl "
                            "ggml-iq4_xs ggml-tq1_0 ggml-tq2_0";
        for (const QByteArray& name : QByteArray(names).split(' '))
            QTest::newRow(name.constData()) << QString::fromLatin1(name);
    }
    void everyPresetOfTheListExists()
    {
        QFETCH(QString, name);
        const Scheme scheme = parseScheme(name.toStdString());
        QVERIFY(parseScheme(toText(scheme)) == scheme);
    }

    void toolsAgree_data()
    {
        QTest::addColumn<int>("index");
        QVERIFY(fixtures().size() > 600);
        for (std::size_t i = 0; i < fixtures().size(); ++i) {
            const Fixture& fixture = fixtures()[i];
            QTest::addRow("%s%s on %s%s%s", qPrintable(fixture.scheme),
                          fixture.isActivation ? " activations" : "", qPrintable(fixture.input),
                          fixture.given ? ": " : "", fixture.given ? qPrintable(fixture.note) : "")
                << int(i);
        }
    }
    void toolsAgree()
    {
        QFETCH(int, index);
        const Fixture& fixture = fixtures()[std::size_t(index)];
        QString found;
        try {
            found = difference(fixture);
        } catch (const Error& error) {
            found = QString::fromUtf8(error.what());
        }
        if (const char* why = whyItDiffers(fixture))
            QEXPECT_FAIL("", why, Continue);
        QVERIFY2(found.isEmpty(), qPrintable(found));
    }

    /// Numbers that PyTorch 1.13.1 printed for the golden input.
    void goldenInput_data()
    {
        QTest::addColumn<float>("scale");
        QTest::addColumn<int>("zeroPoint");
        QTest::addColumn<double>("mse");
        QTest::newRow("torch-quint8") << 0.0257352944f << 78 << 5.40658439e-05;
        QTest::newRow("torch-qint8") << 0.0357843153f << 0 << 1.0722634e-04;
        QTest::newRow("torch-qint8,codes=unsigned") << 0.0357843153f << 128 << 1.0722634e-04;
        QTest::newRow("torch-qint8-127") << 0.0359251983f << 0 << 1.05518273e-04;
    }
    void goldenInput()
    {
        QFETCH(float, scale);
        QFETCH(int, zeroPoint);
        QFETCH(double, mse);
        LayerData data(floatsOf(inputs().at("golden")), {256}, -1);
        const LayerReport report = data.report(parseScheme(QTest::currentDataTag()));
        QVERIFY(report.params->sets[0].scale == scale);
        QCOMPARE(report.params->sets[0].zeroPoint, zeroPoint);
        // PyTorch takes the mean in float32.
        QVERIFY(std::abs(report.metrics.mse / mse - 1) < 1e-6);
    }

    /// PyTorch's casts to half types: the same bits, but that it lets them overflow where we clip.
    void floatCasts_data()
    {
        QTest::addColumn<float>("maximum");
        QTest::newRow("fp16") << 65504.0f;
        QTest::newRow("bf16") << 0x1.fep127f;
    }
    void floatCasts()
    {
        QFETCH(float, maximum);
        const std::string name = QTest::currentDataTag();
        const auto arrays = arraysOf(QStringLiteral("torch"));
        const std::vector<float> x = floats(arrays.at("cast_input"));
        const std::vector<float> bits = floats(arrays.at("cast_" + name)); // as signed 16-bit numbers
        const ElementFormat& format = *findElementFormat(name);
        int overflows = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::uint32_t expected = std::uint16_t(std::int16_t(bits[i]));
            if (std::isinf(format.decode(expected))) {
                QCOMPARE(format.decode(format.encode(x[i])), std::copysign(maximum, x[i]));
                ++overflows;
            } else {
                QCOMPARE(format.encode(x[i]), expected);
            }
        }
        QVERIFY(overflows > 0);
        LayerData data({x, nullptr}, {std::int64_t(x.size())}, -1);
        const Scheme scheme = parseScheme("format=" + name);
        try {
            const QuantizedValues result = quantize(data.arranged(scheme), *data.params(scheme));
            for (std::size_t i = 0; i < x.size(); ++i)
                QCOMPARE(result.values[i], format.decode(format.encode(x[i])));
        } catch (const Error& error) {
            QFAIL(error.what());
        }
    }

    /// MSE and largest error of the blocks that the reference encoders of ggml make of the golden input.
    void ggmlBlocks_data()
    {
        QTest::addColumn<double>("mse");
        QTest::addColumn<double>("maxError");
        QTest::newRow("ggml-q4_0") << 0.00882935524 << 0.28125;
        QTest::newRow("ggml-q8_0") << 2.97075458e-05 << 0.0172424316;
        QTest::newRow("ggml-q4_k") << 0.00600211896 << 0.18031311;
        QTest::newRow("ggml-q6_k") << 0.000177160047 << 0.0703125;
        QTest::newRow("ggml-tq2_0") << 1.32444763 << 2.0;
        QTest::newRow("mxfp4") << 0.0212402344 << 0.5625;
    }
    void ggmlBlocks()
    {
        QFETCH(double, mse);
        QFETCH(double, maxError);
        const Tensor& golden = inputs().at("golden");
        const std::vector<float> x = floats(golden);
        LayerData data(floatsOf(golden), {1, 256}, 0);
        const Scheme scheme = parseScheme(QTest::currentDataTag());
        try {
            const QuantizedValues result = quantize(data.arranged(scheme), *data.params(scheme));
            double sum = 0, largest = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double error = double(result.values[i]) - double(x[i]);
                sum += error * error;
                largest = std::max(largest, std::abs(error));
            }
            // Nine printed digits; the engine squares errors in float32.
            QVERIFY(std::abs(sum / 256 / mse - 1) < 6e-9);
            QVERIFY(std::abs(largest / maxError - 1) < 6e-9);
            QVERIFY(std::abs(data.report(scheme).metrics.mse / mse - 1) < 1e-6);
        } catch (const Error& error) {
            QFAIL(error.what());
        }
    }
};

QTEST_APPLESS_MAIN(TestConventions)
#include "tst_conventions.moc"
