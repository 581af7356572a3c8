// SPDX-License-Identifier: GPL-3.0-or-later
#include "networkvalues.h"
#include "ptqdata.h"

#include "core/analysis/ptq/equalizenetwork.h"

#include <QTemporaryDir>

using namespace quantoscope;
using namespace ptqdata;

namespace {

constexpr double rounding = 2e-5; ///< of the largest output: float32 sums in another order of magnitudes

/// The same network with every weight moved by half a unit in its last place, up or down: what one more rounding may cost.
std::shared_ptr<const RunModel> roundedAgain(const RunModel& model)
{
    onnx::ModelProto proto = model.proto;
    std::mt19937 generator(11);
    for (auto& tensor : *proto.mutable_graph()->mutable_initializer()) {
        if (tensor.data_type() != onnx::TensorProto::FLOAT || tensor.dims_size() < 2
            || !tensor.has_raw_data())
            continue;
        std::string& bytes = *tensor.mutable_raw_data();
        for (std::size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
            float value = 0;
            std::memcpy(&value, bytes.data() + at, sizeof value);
            value = generator() % 2 == 0 ? std::nextafter(value, 1e30f) : value;
            std::memcpy(bytes.data() + at, &value, sizeof value);
        }
    }
    return runModelOf(std::move(proto), model);
}

PtqSettings smoothing(double alpha)
{
    PtqSettings settings = settingsOf("int8-per-tensor");
    settings.smoothQuant = alpha;
    return settings;
}

bool anyNote(const PtqResult& result, const char* text)
{
    return std::any_of(result.notes.begin(), result.notes.end(),
                       [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

int countOf(const RunModel& model, const std::string& op)
{
    int count = 0;
    for (const auto& node : model.proto.graph().node())
        count += node.op_type() == op ? 1 : 0;
    return count;
}

/// x → LayerNormalization → { query, key } and, through `between`, → last → y.
onnx::ModelProto attentionLike()
{
    onnx::ModelProto model = modelOf({2, 5, 8});
    addGauss(model, "scale", {8}, 1);
    addGauss(model, "shift", {8}, 2);
    addGauss(model, "wq", {8, 8}, 3);
    addGauss(model, "wk", {8, 8}, 4);
    addGauss(model, "wl", {8, 3}, 5);
    addNode(model, "LayerNormalization", {"x", "scale", "shift"}, "n");
    addNode(model, "MatMul", {"n", "wq"}, "q").set_name("query");
    addNode(model, "MatMul", {"n", "wk"}, "k").set_name("key");
    addNode(model, "Softmax", {"k"}, "s");
    addNode(model, "Mul", {"q", "s"}, "m");
    addNode(model, "MatMul", {"m", "wl"}, "y").set_name("last");
    return model;
}

} // namespace

class TestPtqEdits : public QObject
{
    Q_OBJECT

private slots:
    void editsKeepTheFloatNetwork_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<std::vector<std::int64_t>>("input");
        QTest::addColumn<bool>("equalize");
        using Ints = std::vector<std::int64_t>;
        const auto rows = [](const char* name, const char* file, const Ints& input) {
            QTest::addRow("%s, equalized", name) << QString::fromLatin1(file) << input << true;
            QTest::addRow("%s, smoothed", name) << QString::fromLatin1(file) << input << false;
        };
        rows("BlazeFace", "face_detection_front_128x128_barracuda.onnx", {2, 128, 128, 3});
        rows("M-LSD", "mlsd_320x320_tiny.onnx", {1, 320, 320, 4});
        rows("PaddleOCR recognition", "ch_PP-OCRv4_rec_infer.onnx", {2, 3, 48, 160});
        rows("embedding", "embedding_model.onnx", {2, 76, 32, 1});
        rows("sample", "", {});
    }
    void editsKeepTheFloatNetwork()
    {
        QFETCH(QString, file);
        QFETCH(std::vector<std::int64_t>, input);
        QFETCH(bool, equalize);
        std::shared_ptr<const RunModel> model = bundled();
        Stack samples = digits();
        if (!file.isEmpty()) {
            const QString path = networkvalues::modelPath(file);
            REQUIRE_MODEL(path);
            model = loadRunModel(path.toStdString());
            samples = Stack(gaussTensor(input, 7));
        }
        const SampleOrder order = firstOnes(std::min<std::size_t>(2, samples.count()));
        PtqSettings settings = settingsOf("int8-per-tensor");
        settings.equalize = equalize;
        if (!equalize)
            settings.smoothQuant = 0.5;
        const PtqResult result = quantizeNetwork(model, settings, &samples, order);
        // The embedding network has a Max behind every layer.
        const bool none = equalize && file.startsWith(QStringLiteral("embedding"));
        QVERIFY(anyNote(result, none ? "no layers" : equalize ? "Equalized" : "smoothed"));
        QCOMPARE(result.network.model->network->layers.size(), model->network->layers.size());
        for (std::size_t i = 0; i < model->network->layers.size(); ++i)
            QCOMPARE(result.network.model->network->layers[i].name, model->network->layers[i].name);
        // A network of many layers makes more of a rounding than a shallow one does: it sets its own measure.
        const auto again = roundedAgain(*model);
        for (const auto& output : model->proto.graph().output()) {
            const auto before = valuesOn(model, samples, order, output.name());
            const auto after = valuesOn(result.network.model, samples, order, output.name());
            const double gap = relativeGap(before, after);
            const double own = relativeGap(before, valuesOn(again, samples, order, output.name()));
            QVERIFY2(gap < std::max(rounding, 8 * own),
                     qPrintable(QStringLiteral("%1, one rounding: %2").arg(gap).arg(own)));
        }
    }

    void equalizedRangesMeet()
    {
        const auto model = bundled();
        std::vector<std::string> notes;
        const auto edited = equalized(model, notes, {});
        QVERIFY(edited != model);
        // Per-tensor weights at 4 bits: channels that had small ranges are no longer lost.
        const Stack samples = digits();
        const auto reference = valuesOn(model, samples, firstOnes(50), "logits");
        const auto sqnr = [&](bool equalize) {
            PtqSettings settings = settingsOf("bits=5,granularity=tensor", QuantizationMode::WeightOnly);
            settings.equalize = equalize;
            const PtqResult result = quantizeNetwork(model, settings, nullptr, {});
            const EditedModel fake = fakeQuantized(result.network);
            return sqnrDb(reference, valuesOn(fake.model, samples, firstOnes(50), "logits", fake.operators));
        };
        const double before = sqnr(false);
        const double after = sqnr(true);
        QVERIFY2(after > before + 1, qPrintable(QStringLiteral("%1 → %2 dB").arg(before).arg(after)));
    }

    void boundsOfClipBecomeThoseOfChannels()
    {
        onnx::ModelProto proto = modelOf({4, 3, 6, 6});
        addGauss(proto, "w1", {5, 3, 3, 3}, 1);
        addGauss(proto, "b1", {5}, 2);
        addGauss(proto, "w2", {5, 1, 3, 3}, 3, 9);
        onnxbuilder::addFloats(*proto.mutable_graph(), "zero", {}, {0.0f});
        onnxbuilder::addFloats(*proto.mutable_graph(), "six", {}, {1.5f});
        addNode(proto, "Conv", {"x", "w1", "b1"}, "a");
        addNode(proto, "Clip", {"a", "zero", "six"}, "c");
        onnxbuilder::setInt(addNode(proto, "Conv", {"c", "w2"}, "d"), "group", 5);
        addNode(proto, "Relu", {"d"}, "e");
        onnxbuilder::setInts(addNode(proto, "MaxPool", {"e"}, "p"), "kernel_shape", {1, 1});
        addNode(proto, "Flatten", {"p"}, "f");
        // 5 channels of 2 × 2 positions
        onnxbuilder::addFloats(*proto.mutable_graph(), "w4", {20, 4}, gauss(80, 6));
        addNode(proto, "Gemm", {"f", "w4"}, "y");
        QTemporaryDir folder;
        const auto model = loaded(proto, folder.path());
        std::vector<std::string> notes;
        const auto edited = equalized(model, notes, {});
        QCOMPARE(notes.size(), std::size_t{1});
        QVERIFY2(notes.front().find("'aNode' → 'dNode' → 'yNode'") != std::string::npos,
                 notes.front().c_str());
        QCOMPARE(countOf(*edited, "Clip"), 0);
        QCOMPARE(countOf(*edited, "Min"), 1);
        const Stack samples(gaussTensor({4, 3, 6, 6}, 8));
        const auto before = valuesOn(model, samples, firstOnes(4), "y");
        QVERIFY(relativeGap(before, valuesOn(edited, samples, firstOnes(4), "y")) < rounding);
    }

    void branchesEndChains()
    {
        onnx::ModelProto proto = modelOf({4, 6});
        addGauss(proto, "w1", {6, 8}, 1);
        addGauss(proto, "w2", {8, 8}, 2);
        addNode(proto, "MatMul", {"x", "w1"}, "h");
        addNode(proto, "Relu", {"h"}, "r");
        addNode(proto, "MatMul", {"r", "w2"}, "z");
        addNode(proto, "Add", {"z", "r"}, "y");
        QTemporaryDir folder;
        const auto model = loaded(proto, folder.path());
        std::vector<std::string> notes;
        QCOMPARE(equalized(model, notes, {}), model);
        QVERIFY(notes.front().find("no layers") != std::string::npos);
    }

    void factorsAreThoseOfSmoothQuant()
    {
        QTemporaryDir folder;
        const auto model = loaded(attentionLike(), folder.path());
        std::vector<float> values = gauss(16 * 40, 9);
        const Stack samples(tensorFromFloats({16, 5, 8}, values));
        const PtqResult result = quantizeNetwork(model, smoothing(0.25), &samples, firstOnes(16));
        const auto& edited = result.network.model;
        // query and key share what LayerNormalization gives: folded; "last" gets a product in front of it.
        QVERIFY(anyNote(result, "'query': smoothed, factors folded"));
        QVERIFY(anyNote(result, "'last': smoothed, by a product"));
        QCOMPARE(countOf(*edited, "Mul"), 2);
        const auto n = valuesOn(model, samples, firstOnes(16), "n");
        const auto smooth = valuesOn(edited, samples, firstOnes(16), "n");
        const auto weights = [&](const RunModel& of, const char* name) {
            return floats(of.network->weightOf(of.network->layer(of.network->findLayer(name).value())).data);
        };
        const auto wq = weights(*model, "query");
        const auto wk = weights(*model, "key");
        for (std::size_t j = 0; j < 8; ++j) {
            double x = 0;
            double w = 0;
            for (std::size_t i = j; i < n.size(); i += 8)
                x = std::max(x, std::abs(static_cast<double>(n[i])));
            for (std::size_t o = 0; o < 8; ++o)
                w = std::max({w, std::abs(static_cast<double>(wq[j * 8 + o])),
                              std::abs(static_cast<double>(wk[j * 8 + o]))});
            const double s = std::pow(x, 0.25) / std::pow(w, 0.75);
            for (std::size_t o = 0; o < 8; ++o) {
                const double made = static_cast<double>(weights(*edited, "query")[j * 8 + o]);
                QVERIFY(std::abs(made / static_cast<double>(wq[j * 8 + o]) / s - 1) < 1e-5);
            }
            QVERIFY(std::abs(static_cast<double>(smooth[j]) * s - static_cast<double>(n[j]))
                    < 1e-5 * std::max(1.0, x));
        }
        const auto before = valuesOn(model, samples, firstOnes(16), "y");
        QVERIFY(relativeGap(before, valuesOn(edited, samples, firstOnes(16), "y")) < rounding);
    }

    void smoothingHelpsWhereFewFeaturesAreLarge()
    {
        onnx::ModelProto proto = modelOf({4, 16});
        addGauss(proto, "w", {16, 12}, 1);
        addNode(proto, "MatMul", {"x", "w"}, "y").set_name("product");
        QTemporaryDir folder;
        const auto model = loaded(proto, folder.path());
        std::vector<float> values = gauss(200 * 16, 2);
        for (std::size_t row = 0; row < 200; ++row)
            values[row * 16 + 3] *= 80;
        const Stack samples(tensorFromFloats({200, 16}, values));
        const auto reference = valuesOn(model, samples, firstOnes(200), "y");
        const auto sqnr = [&](std::optional<double> alpha) {
            PtqSettings settings = settingsOf("int8-per-channel");
            settings.smoothQuant = alpha;
            const PtqResult result = quantizeNetwork(model, settings, &samples, firstOnes(200));
            const EditedModel fake = fakeQuantized(result.network);
            return sqnrDb(reference, valuesOn(fake.model, samples, firstOnes(200), "y", fake.operators));
        };
        QVERIFY(sqnr(0.5) > sqnr(std::nullopt) + 3);
    }
};

QTEST_GUILESS_MAIN(TestPtqEdits)
#include "tst_ptqedits.moc"
