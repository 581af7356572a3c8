// SPDX-License-Identifier: GPL-3.0-or-later
// Observers, fake quantization and a network trained with it, as PyTorch computes them (tests/data/torch).
#include "ptqdata.h"

#include "core/analysis/layeranalysis.h"
#include "core/quant/quantize.h"
#include "core/quant/ranges/observer.h"
#include "core/runtime/integer/integersession.h"

#include <QRegularExpression>

#include <bit>
#include <map>

using namespace quantoscope;

namespace {

const std::string folder = QUANTOSCOPE_SOURCE_DIR "/tests/data/torch/";

using Arrays = std::map<std::string, Tensor>;

Arrays arraysOf(const char* file)
{
    Arrays arrays;
    for (NamedTensor& entry : readNpz(folder + file))
        arrays.emplace(entry.name, std::move(entry.tensor));
    return arrays;
}

std::vector<float> floats(const Arrays& arrays, const std::string& name)
{
    return ptqdata::floats(arrays.at(name));
}

/// Units in the last place between two positive floats.
int ulps(float a, float b) { return std::abs(std::bit_cast<int>(a) - std::bit_cast<int>(b)); }

/// Fake quantization of [channels][…] by given parameters.
void compareFake(const std::vector<float>& in, const std::vector<float>& expected, CodeRange codes,
                 const std::vector<float>& scales, const std::vector<float>& zeros)
{
    const std::size_t each = in.size() / scales.size();
    ParamSets params;
    params.scheme = parseScheme("bits=8,grid=zero-point,scaling=reciprocal");
    params.codes = codes;
    params.layout = {scales.size(), each, each};
    for (std::size_t c = 0; c < scales.size(); ++c)
        params.sets.push_back({scales[c], 0, static_cast<std::int32_t>(zeros[c]), 0, {}});
    const std::vector<float> values =
        quantize(ChannelMajor{in, scales.size(), each, 0, nullptr}, params).values;
    QCOMPARE(values.size(), expected.size());
    for (std::size_t i = 0; i < in.size(); ++i)
        QVERIFY2(std::bit_cast<std::uint32_t>(values[i]) == std::bit_cast<std::uint32_t>(expected[i]),
                 qPrintable(QStringLiteral("%1 (element %2) becomes %3, not %4")
                                .arg(double(in[i]))
                                .arg(i)
                                .arg(double(values[i]))
                                .arg(double(expected[i]))));
}

/// What the file stores for an activation: scale and zero point of 8 bits without sign.
struct Stored
{
    double scale = 0;
    double zero = 0;
    explicit Stored(const std::vector<float>& pair) : scale(pair.at(0)), zero(pair.at(1)) {}
    int code(float value) const
    {
        return static_cast<int>(std::clamp(std::nearbyint(double(value) / scale) + zero, 0.0, 255.0));
    }
};

/// The float network with the scales of the trained one.
QuantizedNetwork storedNetwork(const std::shared_ptr<const RunModel>& model, const Arrays& stored)
{
    QuantizedNetwork result{model, {}, DynamicRange::Sample};
    const std::array names = {"first", "second", "last"};
    for (const Layer& layer : model->network->layers) {
        const std::string name = names.at(layer.id.index);
        const Stored input(floats(stored, name + "_input"));
        QuantizedLayer quantized;
        quantized.layer = layer.id;
        quantized.scheme = parseScheme("torch-per-channel,act.codes=unsigned");
        quantized.scheme.act->range = {RangeRule::Kind::Manual, -input.zero * input.scale,
                                       (255 - input.zero) * input.scale};
        const SetParams made = makeParams(schemeOf(*quantized.scheme.act),
                                          {static_cast<float>(-input.zero * input.scale),
                                           static_cast<float>((255 - input.zero) * input.scale)});
        // The ends are floats, so the scale comes back within their rounding.
        if (made.zeroPoint != static_cast<std::int32_t>(input.zero)
            || ulps(made.scale, static_cast<float>(input.scale)) > 1)
            qFatal("the stored range does not come back");
        ParamSets params = *LayerData(model->network, layer.id).params(quantized.scheme);
        const std::vector<float> scales = floats(stored, name + "_weight");
        if (params.sets.size() != scales.size())
            qFatal("another number of channels");
        for (std::size_t c = 0; c < scales.size(); ++c)
            params.sets[c].scale = scales[c];
        quantized.params = std::make_shared<const ParamSets>(std::move(params));
        result.layers.push_back(std::move(quantized));
    }
    return result;
}

std::vector<float> outputsOf(const EditedModel& edited, const Tensor& x, const SessionOptions& options = {})
{
    NetworkSession session(edited.model, options, edited.operators);
    return ptqdata::floats(session.run(std::vector<InputValue>{{"", x}}).front());
}

} // namespace

class TestTorch : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void observersAfterEveryBatch_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<int>("scaleUlps");
        const auto add = [](const QString& kind, const QString& rule) {
            // PyTorch adds and divides in float32 where the engine rounds once; the largest magnitude, halved steps
            // included, is exact up to that division.
            const int average = rule.isEmpty() ? 0 : 8;
            QTest::newRow(qPrintable(kind + "_qint8_symmetric")) << "torch-qint8" + rule << average;
            QTest::newRow(qPrintable(kind + "_quint8_symmetric"))
                << "torch-qint8,codes=unsigned" + rule << average;
            QTest::newRow(qPrintable(kind + "_qint8_affine"))
                << "torch-quint8,codes=signed" + rule << average + 1;
            QTest::newRow(qPrintable(kind + "_quint8_affine")) << "torch-quint8" + rule << average + 1;
        };
        add("minmax", "");
        // Three roundings to float32 a batch, eight batches, for the one of the engine: some ulp.
        add("moving", ",range=ema:0.01");
        add("channel", "");
    }
    void observersAfterEveryBatch()
    {
        QFETCH(QString, scheme);
        QFETCH(int, scaleUlps);
        static const Arrays arrays = arraysOf("observers.npz");
        const std::string name = QTest::currentDataTag();
        const Scheme parsed = parseScheme(scheme.toStdString());
        const Shape shape = arrays.at("batches").shape;
        const std::vector<float> values = floats(arrays, "batches");
        const std::vector<float> scales = floats(arrays, name + "_scale");
        const std::vector<float> zeros = floats(arrays, name + "_zero");
        const std::size_t batches = static_cast<std::size_t>(shape[0]);
        const std::size_t sets = name.starts_with("channel") ? static_cast<std::size_t>(shape[1]) : 1;
        QCOMPARE(scales.size(), batches * sets);
        std::vector<RangeObserver> observers(sets, RangeObserver(parsed));
        const std::size_t each = values.size() / batches / sets;
        for (std::size_t i = 0; i < batches * sets; ++i) {
            RangeObserver& observer = observers[i % sets];
            observer.add(std::span(values).subspan(i * each, each));
            const SetParams params = makeParams(parsed, observer.range());
            QCOMPARE(params.zeroPoint, static_cast<std::int32_t>(zeros[i]));
            QVERIFY2(ulps(params.scale, scales[i]) <= scaleUlps,
                     qPrintable(QStringLiteral("batch %1: scale %2 ulp off")
                                    .arg(i / sets)
                                    .arg(ulps(params.scale, scales[i]))));
        }
    }

    void fakeQuantizationOfATensor()
    {
        const Arrays arrays = arraysOf("fakequant.npz");
        for (int i = 0; i < 9; ++i) {
            const std::string name = "tensor" + std::to_string(i);
            const std::vector<float> given = floats(arrays, name);
            compareFake(floats(arrays, name + "_in"), floats(arrays, name + "_out"),
                        {static_cast<int>(given[2]), static_cast<int>(given[3])}, {given[0]}, {given[1]});
        }
    }

    void fakeQuantizationOfChannels()
    {
        const Arrays arrays = arraysOf("fakequant.npz");
        for (const std::string name : {"channel_symmetric", "channel_affine"}) {
            const std::vector<float> ends = floats(arrays, name);
            compareFake(floats(arrays, name + "_in"), floats(arrays, name + "_out"),
                        {static_cast<int>(ends[0]), static_cast<int>(ends[1])},
                        floats(arrays, name + "_scale"), floats(arrays, name + "_zero"));
        }
    }

    void trainedNetwork_data()
    {
        QTest::addColumn<QString>("engine");
        // Of 144. As floats between layers only sums within some 1e-6 of a tie differ: hardly one. Integers handed from layer to layer
        // may each differ by 1 (nextcodes.h; ONNX Runtime also rounds biases to integers): a tenth. A wrong zero point or range
        // moves most outputs.
        QTest::addColumn<int>("mostOff");
        QTest::newRow("quantized floats") << "fake" << 1;
        QTest::newRow("integers, floats between layers") << "integer" << 1;
        QTest::newRow("integers between layers") << "codes" << 14;
        QTest::newRow("ONNX Runtime on the file, as written") << "ort" << 1;
        QTest::newRow("ONNX Runtime on the file, integer operators") << "ort-fused" << 14;
    }
    /// Weights and scales of a network trained with fake quantization give PyTorch's outputs within one step of its output
    /// quantizer: float32 sums in another order can carry a value across a tie, by one step.
    void trainedNetwork()
    {
        QFETCH(QString, engine);
        QFETCH(int, mostOff);
        const Arrays stored = arraysOf("qat.npz");
        std::vector<float> outputs;
        if (engine.startsWith("ort")) {
            SessionOptions options;
            options.quantizedFusions = engine == "ort-fused";
            options.optimization = options.quantizedFusions ? Optimization::Deployed : Optimization::Off;
            outputs = outputsOf({loadRunModel(folder + "qat_qdq.onnx"), {}, {}}, stored.at("x"), options);
        } else {
            const QuantizedNetwork network = storedNetwork(loadRunModel(folder + "qat_float.onnx"), stored);
            const EditedModel edited =
                engine == "fake"
                    ? fakeQuantized(network)
                    : integerQuantized(network, bestIsa(), {},
                                       engine == "codes" ? LayerLinks::Codes : LayerLinks::Floats);
            for (const Replacement& replacement : edited.replacements)
                QVERIFY2(replacement.replaced, replacement.reason.c_str());
            outputs = outputsOf(edited, stored.at("x"));
        }
        const Stored output(floats(stored, "output"));
        const std::vector<float> expected = floats(stored, "y");
        QCOMPARE(outputs.size(), expected.size());
        int off = 0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const int steps = std::abs(output.code(outputs[i]) - output.code(expected[i]));
            QVERIFY2(steps <= 1, qPrintable(QStringLiteral("output %1 is %2 steps off").arg(i).arg(steps)));
            off += steps;
        }
        QVERIFY2(off <= mostOff, qPrintable(QStringLiteral("%1 outputs are one step off").arg(off)));
    }
};

QTEST_APPLESS_MAIN(TestTorch)
#include "tst_torch.moc"
