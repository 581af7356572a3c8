// SPDX-License-Identifier: GPL-3.0-or-later
// Real networks on integer kernels against the same networks on floats that were quantized.
#include "networkvalues.h"

#include "core/analysis/evaluation/evaluation.h"
#include "core/analysis/exactness/exactness.h"
#include "core/runtime/integer/integersession.h"
#include "core/samples/constantinputs.h"
#include "core/samples/synthsource.h"
#include "core/support/error.h"

#include <onnx/onnx_pb.h>

#include <QTest>

#include <cmath>
#include <map>

using namespace quantoscope;
using networkvalues::modelPath;

namespace {

struct KnownNetwork
{
    const char* name;
    const char* file;  ///< "": the sample
    const char* synth; ///< inputs of the size and range that it is made for
    std::vector<std::string> constants = {};
};

const KnownNetwork networks[] = {
    {"digits", "", "synth:uniform,scale=0.5,offset=0.5"},
    {"text recognition", "ch_PP-OCRv4_rec_infer.onnx", "synth:uniform,shape=3x48x320"},
    {"text direction", "ch_ppocr_mobile_v2.0_cls_infer.onnx", "synth:uniform,shape=3x48x192"},
    {"faces", "face_detection_front_128x128_barracuda.onnx", "synth:uniform"},
    {"lines", "mlsd_320x320_tiny.onnx", "synth:uniform,scale=127.5,offset=127.5"},
    {"speech", "silero_vad_16k_op15.onnx", "synth:gauss,scale=0.1,shape=576", {"state=0", "sr=16000"}},
    {"sound embedding", "embedding_model.onnx", "synth:gauss"},
};

struct Loaded
{
    std::shared_ptr<const RunModel> model;
    std::shared_ptr<const SampleSource> samples;
};

Loaded loaded(const KnownNetwork& network, std::size_t count)
{
    const std::string path = *network.file ? modelPath(QString::fromLatin1(network.file)).toStdString()
                                           : networkvalues::samplePath;
    Loaded result{loadRunModel(path), nullptr};
    std::vector<InputSpec> inputs;
    const NetworkSession session(result.model, {});
    for (const GraphValue& input : session.inputs())
        inputs.push_back({input.name, input.dtype, input.shape});
    const auto constants = parseConstants(network.constants, inputs);
    std::erase_if(inputs, [&](const InputSpec& input) {
        return std::any_of(constants.begin(), constants.end(),
                           [&](const ConstantInput& constant) { return constant.input.name == input.name; });
    });
    result.samples = synthSource(network.synth, inputs, count);
    if (!constants.empty())
        result.samples = withConstants(result.samples, constants);
    return result;
}

SampleOrder firstOnes(std::size_t count)
{
    SampleOrder order(count);
    for (std::size_t i = 0; i < count; ++i)
        order[i] = i;
    return order;
}

QuantizedNetwork quantized(const Loaded& network, const std::string& scheme, QuantizationMode mode)
{
    PtqSettings settings;
    settings.schemes.scheme = parseScheme(scheme);
    settings.mode = mode;
    return quantizeNetwork(network.model, settings, network.samples.get(),
                           firstOnes(network.samples->count()))
        .network;
}

double sqnrDb(const std::vector<Tensor>& reference, const std::vector<Tensor>& others)
{
    PairSums sums;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        if (reference[i].dtype != DType::F32)
            continue;
        const FloatArray x = floatsOf(reference[i]);
        const FloatArray y = floatsOf(others[i]);
        for (std::size_t k = 0; k < x.values.size(); ++k)
            sums.add(x.values[k], y.values[k]);
    }
    return sums.noise > 0 ? sums.sqnrDb() : INFINITY;
}

} // namespace

Q_DECLARE_METATYPE(QuantizationMode)

class TestWholeNetworks : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void integersAreTheFakeLayers_data();
    void integersAreTheFakeLayers();
    void codesBetweenLayersAreNoWorse_data();
    void codesBetweenLayersAreNoWorse();
    void speechIsEvaluatedInEveryMode_data();
    void speechIsEvaluatedInEveryMode();
};

void TestWholeNetworks::integersAreTheFakeLayers_data()
{
    QTest::addColumn<int>("network");
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QuantizationMode>("mode");
    for (std::size_t i = 0; i < std::size(networks); ++i) {
        const auto row = [&](const char* name, const char* scheme, QuantizationMode mode) {
            QTest::addRow("%s, %s", networks[i].name, name) << int(i) << QString::fromLatin1(scheme) << mode;
        };
        row("8 bits per channel, static", "int8-per-channel", QuantizationMode::Static);
        row("4 bits per channel, dynamic", "bits=4,granularity=channel,act=8,act.range=dynamic",
            QuantizationMode::Dynamic);
        row("12 bits, static", "bits=12,granularity=channel,act=12", QuantizationMode::Static);
        if (i == 0)
            row("binary times binary", "format=binary,granularity=channel,act.format=binary",
                QuantizationMode::Static);
    }
}

void TestWholeNetworks::integersAreTheFakeLayers()
{
    QFETCH(int, network);
    QFETCH(QString, scheme);
    QFETCH(QuantizationMode, mode);
    const KnownNetwork& known = networks[network];
    if (*known.file)
        REQUIRE_MODEL(modelPath(QString::fromLatin1(known.file)));
    const Loaded given = loaded(known, 2);
    const QuantizedNetwork plan = quantized(given, scheme.toStdString(), mode);
    const EditedModel fake = fakeQuantized(plan);
    const EditedModel integer = integerQuantized(plan);
    const ExactnessReport report =
        exactness(plan, fake, integer, *given.samples, firstOnes(given.samples->count()), bestIsa());

    const std::vector<Layer>& layers = plan.model->network->layers;
    QCOMPARE(integer.replacements.size(), layers.size());
    QCOMPARE(report.layers.size(), layers.size());
    ExactnessCounts all;
    std::size_t replaced = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Replacement& replacement = integer.replacements[i];
        const LayerExactness& entry = report.layers[i];
        const std::string& name = layers[i].name;
        QVERIFY2(replacement.replaced != !replacement.reason.empty(), name.c_str());
        QVERIFY2(replacement.replaced == !replacement.kernel.empty(), name.c_str());
        QVERIFY2(entry.reason.empty() == (entry.counts.total() > 0), name.c_str());
        QVERIFY2(!replacement.replaced || entry.reason.empty(), (name + ": " + entry.reason).c_str());
        replaced += replacement.replaced;
        const ExactnessCounts& counts = entry.counts;
        if (counts.oneOff + counts.further + counts.saturated > 0)
            qInfo(
                "%s: %llu identical, %llu near a tie, %llu one off, %llu further, %llu saturated; worst %lld",
                name.c_str(), (unsigned long long)counts.identical, (unsigned long long)counts.nearTie,
                (unsigned long long)counts.oneOff, (unsigned long long)counts.further,
                (unsigned long long)counts.saturated, (long long)entry.worst);
        // Both paths multiply the same levels: nothing but roundings of float32 lies between them, whatever the scheme, so that codes differ
        // at ties alone, at the ends of the codes too. The order of the fake path's sums, which ε leaves out, may count one in a million.
        QVERIFY2(counts.oneOff + counts.saturated <= counts.total() / 1'000'000, name.c_str());
        QCOMPARE(counts.further, std::uint64_t{0});
        all += entry.counts;
    }
    QVERIFY(replaced > 0);
    qInfo("%s %s: %zu of %zu layers replaced; %llu identical, %llu near a tie, %llu one off, "
          "%llu saturated in one; end to end "
          "%.4f identical, worst %lld",
          known.name, qPrintable(scheme), replaced, layers.size(), (unsigned long long)all.identical,
          (unsigned long long)all.nearTie, (unsigned long long)all.oneOff, (unsigned long long)all.saturated,
          double(report.endToEnd.identical) / double(report.endToEnd.total()),
          (long long)report.worstEndToEnd);
}

void TestWholeNetworks::codesBetweenLayersAreNoWorse_data()
{
    QTest::addColumn<int>("network");
    for (std::size_t i = 0; i < std::size(networks); ++i)
        QTest::newRow(networks[i].name) << int(i);
}

/// Codes that pass between layers are one off now and then: less than what quantization changes.
void TestWholeNetworks::codesBetweenLayersAreNoWorse()
{
    QFETCH(int, network);
    const KnownNetwork& known = networks[network];
    if (*known.file)
        REQUIRE_MODEL(modelPath(QString::fromLatin1(known.file)));
    const Loaded given = loaded(known, 2);
    const QuantizedNetwork plan = quantized(given, "int8-per-channel", QuantizationMode::Static);
    const std::vector<InputValue> inputs = given.samples->read(std::vector<std::size_t>{0});
    const std::vector<Tensor> fp32 = NetworkSession(given.model, {}).run(inputs);
    const auto outputs = [&](LayerLinks links) {
        const EditedModel integer = integerQuantized(plan, bestIsa(), {}, links);
        return NetworkSession(integer.model, {}, integer.operators).run(inputs);
    };
    const std::vector<Tensor> floats = outputs(LayerLinks::Floats);
    const std::vector<Tensor> codes = outputs(LayerLinks::Codes);
    qInfo("floats %.2f dB, codes %.2f dB, between them %.2f dB", sqnrDb(fp32, floats), sqnrDb(fp32, codes),
          sqnrDb(floats, codes));
    // Some codes are one off, as they are where roundings differ; quantization moves all of them by up to half of one.
    QVERIFY(sqnrDb(floats, codes) > std::min(sqnrDb(fp32, floats), sqnrDb(fp32, codes)));
}

void TestWholeNetworks::speechIsEvaluatedInEveryMode_data()
{
    QTest::addColumn<QuantizationMode>("mode");
    QTest::addColumn<QString>("scheme");
    QTest::newRow("static") << QuantizationMode::Static << "int8-per-channel";
    QTest::newRow("dynamic") << QuantizationMode::Dynamic
                             << "bits=8,granularity=channel,act=8,act.range=dynamic";
    QTest::newRow("weights alone") << QuantizationMode::WeightOnly << "bits=8,granularity=channel";
}

void TestWholeNetworks::speechIsEvaluatedInEveryMode()
{
    QFETCH(QuantizationMode, mode);
    QFETCH(QString, scheme);
    const KnownNetwork& known = networks[5];
    REQUIRE_MODEL(modelPath(QString::fromLatin1(known.file)));
    const Loaded given = loaded(known, 5);
    for (const Engine engine : {Engine::Fake, Engine::Integer}) {
        EvaluationSettings settings;
        settings.ptq.schemes.scheme = parseScheme(scheme.toStdString());
        settings.ptq.mode = mode;
        settings.engine = engine;
        settings.timedRuns = 2;
        settings.batch = 2; // the last one is shorter
        EvaluationData data;
        data.inputs = data.calibration = given.samples.get();
        data.order = data.calibrationOrder = firstOnes(given.samples->count());
        const Evaluation result = evaluate(given.model, settings, data);
        QCOMPARE(result.judgement.samples, std::uint64_t{5});
        for (const OutputJudgement& output : result.judgement.outputs) {
            QCOMPARE(output.error.broken, std::uint64_t{0});
            QVERIFY2(output.error.sqnrDb > 0, output.name.c_str());
        }
        for (std::size_t i = 0; i < result.layers.size(); ++i)
            QVERIFY(result.layers[i].accumulated || !result.layers[i].reason.empty());
    }
}

QTEST_APPLESS_MAIN(TestWholeNetworks)
#include "tst_wholenetworks.moc"
