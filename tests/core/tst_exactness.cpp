// SPDX-License-Identifier: GPL-3.0-or-later
#include "onnxbuilder.h"
#include "quantizednetworks.h"

#include "core/analysis/exactness/exactness.h"
#include "core/formats/numpy/npy.h"
#include "core/runtime/integer/integersession.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace quantoscope;
using namespace quantizednetworks;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

/// The calibration digits of the sample.
class Digits : public SampleSource
{
public:
    Digits()
    {
        for (const NamedTensor& entry : readNpz(sourcePath("resources/sample/digits.npz")))
            if (entry.name == "x_calib")
                m_pixels = entry.tensor;
    }
    std::size_t count() const override { return 200; }
    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        std::vector<float> pixels(indices.size() * 784);
        for (std::size_t i = 0; i < indices.size(); ++i)
            readFloats(m_pixels, indices[i] * 784, std::span(pixels).subspan(i * 784, 784));
        for (float& pixel : pixels)
            pixel /= 255;
        return {{"", tensorFromFloats({static_cast<std::int64_t>(indices.size()), 1, 28, 28}, pixels)}};
    }
    std::array<std::uint8_t, 32> hash(std::size_t) const override { return {}; }
    std::string description() const override { return "digits"; }

private:
    Tensor m_pixels;
};

/// One batch of made-up images.
class Images : public SampleSource
{
public:
    explicit Images(const Shape& shape) : m_shape(shape) {}
    std::size_t count() const override { return 8; }
    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        Shape shape = m_shape;
        shape.insert(shape.begin(), static_cast<std::int64_t>(indices.size()));
        std::vector<float> values;
        for (const std::size_t index : indices)
            for (std::size_t i = 0; i < *elementCount(m_shape); ++i)
                values.push_back(static_cast<float>(std::sin(1.0 + 0.7 * double(i) + 3.1 * double(index))));
        return {{"x", tensorFromFloats(shape, values)}};
    }
    std::array<std::uint8_t, 32> hash(std::size_t) const override { return {}; }
    std::string description() const override { return "images"; }

private:
    Shape m_shape;
};

std::vector<float> waves(std::int64_t count)
{
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i)
        values.push_back(static_cast<float>(std::cos(0.3 + 1.9 * double(i))));
    return values;
}

/// A transposed convolution in two groups, a Clip to [-1, 1.5], and another transposed convolution.
std::shared_ptr<const RunModel> transposedModel()
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(17);
    auto& graph = *model.mutable_graph();
    graph.set_name("g");
    auto& input = *graph.add_input();
    input.set_name("x");
    auto& tensor = *input.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    for (const char* name : {"n", "c", "h", "w"})
        tensor.mutable_shape()->add_dim()->set_dim_param(name);
    graph.add_output()->set_name("y");
    onnxbuilder::addFloats(graph, "w1", {6, 4, 3, 2}, waves(6 * 4 * 6));
    onnxbuilder::addFloats(graph, "b1", {8}, waves(8));
    onnxbuilder::addFloats(graph, "w2", {8, 3, 2, 2}, waves(8 * 3 * 4));
    onnxbuilder::addFloats(graph, "low", {}, {-1});
    onnxbuilder::addFloats(graph, "high", {}, {1.5f});
    auto& first = onnxbuilder::addNode(graph, "ConvTranspose", {"x", "w1", "b1"}, {"h"}, "first");
    onnxbuilder::setInts(first, "strides", {2, 1});
    onnxbuilder::setInts(first, "pads", {1, 0, 0, 1});
    onnxbuilder::setInts(first, "output_padding", {1, 0});
    onnxbuilder::setInt(first, "group", 2);
    onnxbuilder::addNode(graph, "Clip", {"h", "low", "high"}, {"c"}, "clip");
    auto& second = onnxbuilder::addNode(graph, "ConvTranspose", {"c", "w2"}, {"y"}, "second");
    onnxbuilder::setInts(second, "strides", {2, 2});
    RunModel none(std::make_shared<onnx::ModelProto>());
    none.file = "test.onnx";
    none.network = std::make_shared<Network>();
    return runModelOf(model, none);
}

} // namespace

class TestExactness : public QObject
{
    Q_OBJECT

private slots:
    void everyClassIsFoundWherePlanted_data()
    {
        QTest::addColumn<float>("fake");
        QTest::addColumn<float>("integer");
        QTest::addColumn<double>("exact");
        QTest::addColumn<int>("place"); // in ExactnessCounts
        QTest::newRow("the same value") << 10.2f << 10.2f << 10.2 << 0;
        QTest::newRow("another value of the same code") << 10.2f << 9.7f << 10.0 << 0;
        QTest::newRow("both beyond the last code") << 300.0f << 400.0f << 350.0 << 0;
        QTest::newRow("neighbours and the exact value on the tie") << 10.49f << 10.51f << 10.5 << 1;
        QTest::newRow("neighbours and the exact value just inside of ε") << 10.49f << 10.51f << 10.5009 << 1;
        QTest::newRow("neighbours and the exact value just outside of ε") << 10.49f << 10.51f << 10.5011 << 2;
        QTest::newRow("neighbours far from a tie") << 10.1f << 11.1f << 10.1 << 2;
        QTest::newRow("two codes apart") << 10.0f << 12.0f << 10.0 << 3;
        QTest::newRow("ends of the grid") << 0.0f << 255.0f << 0.0 << 3;
        QTest::newRow("one beyond the last code, clamped to the other's") << 255.4f << 255.6f << 255.5 << 4;
        QTest::newRow("one below the first code") << -3.0f << 5.0f << 5.0 << 4;
        QTest::newRow("one infinite") << inf << 5.0f << 5.0 << 4;
        QTest::newRow("both infinite on one side") << inf << inf << 5.0 << 0;
        QTest::newRow("one is no number") << std::nanf("") << 5.0f << 5.0 << 3;
        QTest::newRow("both are no number") << std::nanf("") << std::nanf("") << 5.0 << 0;
    }
    void everyClassIsFoundWherePlanted()
    {
        QFETCH(float, fake);
        QFETCH(float, integer);
        QFETCH(double, exact);
        QFETCH(int, place);
        const OutputCodes codes{1.0, 0};
        // Among neighbours that agree, so that a class is not all there is.
        const std::vector<float> a{1, 2, fake, 3};
        const std::vector<float> b{1, 2, integer, 3};
        const auto result = compareCodes(a, b, codes, [&](std::size_t i) {
            return i == 2 ? ExactValue{exact, 0.001} : ExactValue{};
        });
        ExactnessCounts expected{3, 0, 0, 0, 0};
        std::uint64_t* const places[] = {&expected.identical, &expected.nearTie, &expected.oneOff,
                                         &expected.further, &expected.saturated};
        ++*places[place];
        QCOMPARE(result.counts, expected);
        QCOMPARE(result.counts.total(), std::uint64_t{4});
        // Without exact values nothing is called near a tie.
        const auto blind = compareCodes(a, b, codes);
        QCOMPARE(blind.counts.nearTie, std::uint64_t{0});
        QCOMPARE(blind.counts.oneOff, expected.nearTie + expected.oneOff);
    }

    void scaleAndZeroPointMoveTheTies()
    {
        const OutputCodes codes = outputCodes({-1.0f, 1.55f}); // 255 steps of 0.01, zero at 100
        QVERIFY(std::abs(codes.scale - 0.01) < 1e-9);
        QCOMPARE(codes.zeroPoint, 100);
        const std::vector<float> a{0.0149f};
        const std::vector<float> b{0.0151f};
        const auto at = [&](double value) {
            return compareCodes(a, b, codes, [&](std::size_t) { return ExactValue{value, 1e-5}; }).counts;
        };
        QCOMPARE(at(0.015).nearTie, std::uint64_t{1});
        QCOMPARE(at(-0.005).nearTie, std::uint64_t{1});
        QCOMPARE(at(0.0152).oneOff, std::uint64_t{1});
    }

    void integersAreTheFakeLayersButForTies_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::newRow("static, a scale a channel") << "int8-per-channel";
        QTest::newRow("static, a scale a tensor") << "bits=8,act=8";
        QTest::newRow("static, four bits") << "bits=4,granularity=channel,act=4";
        QTest::newRow("dynamic") << "bits=8,granularity=channel,act=8,act.range=dynamic";
        QTest::newRow("weights alone") << "bits=4,granularity=channel,act=none";
    }
    void integersAreTheFakeLayersButForTies()
    {
        QFETCH(QString, scheme);
        const auto model = loadRunModel(sourcePath("resources/sample/digits.onnx"));
        const Digits digits;
        const SampleOrder order{3, 14, 159, 26, 5, 35};
        const QuantizedNetwork network = quantizedBy(model, scheme.toStdString(), digits.read(order));
        const ExactnessReport report =
            exactness(network, fakeQuantized(network), integerQuantized(network), digits, order, bestIsa());
        QCOMPARE(report.samples, order.size());
        QCOMPARE(report.layers.size(), model->network->layers.size());
        ExactnessCounts all;
        for (const LayerExactness& layer : report.layers) {
            QVERIFY2(layer.reason.empty(), layer.reason.c_str());
            QVERIFY(layer.counts.total() > 0 && layer.calibrated);
            QCOMPARE(layer.counts.further, std::uint64_t{0});
            all += layer.counts;
        }
        qInfo("%s: %llu identical, %llu near a tie, %llu else, %llu saturated in one; end to end %llu of "
              "%llu identical, worst %lld",
              qPrintable(scheme), (unsigned long long)all.identical, (unsigned long long)all.nearTie,
              (unsigned long long)all.oneOff, (unsigned long long)all.saturated,
              (unsigned long long)report.endToEnd.identical, (unsigned long long)report.endToEnd.total(),
              (long long)report.worstEndToEnd);
        // Float32 sums of up to 1,000 terms move a code in 10,000 at most.
        QVERIFY(all.identical >= all.total() - all.total() / 10000 - 1);
        QCOMPARE(report.endToEnd.total(), std::uint64_t{60});
        QVERIFY(report.worstEndToEnd <= 2);
    }

    void transposedConvolutionsAndTheirClampsAreCompared()
    {
        const auto model = transposedModel();
        const Images images({6, 5, 4});
        const SampleOrder order{0, 1, 2, 3};
        for (const char* scheme : {"bits=8,granularity=channel,act=8", "bits=4,act=6,act.grid=symmetric"}) {
            const QuantizedNetwork network = quantizedBy(model, scheme, images.read(order));
            const ExactnessReport report = exactness(network, fakeQuantized(network),
                                                     integerQuantized(network), images, order, bestIsa());
            QCOMPARE(report.layers.size(), std::size_t{2});
            for (const LayerExactness& layer : report.layers) {
                QVERIFY2(layer.reason.empty(), layer.reason.c_str());
                QVERIFY(layer.counts.identical + layer.counts.nearTie == layer.counts.total());
            }
            QCOMPARE(report.layers[0].counts.total(), std::uint64_t{4 * 8 * 11 * 4});
            // Codes end where the clamp does.
            QVERIFY(std::abs(report.layers[0].codes.scale - 2.5 / 255) < 1e-6);
        }
    }

    /// The fake path clamps otherwise than the kernel: at half the largest value in place of not at all.
    void aWrongClampIsSeen()
    {
        const auto model = loadRunModel(sourcePath("resources/sample/digits.onnx"));
        const Digits digits;
        const SampleOrder order{1, 2};
        const QuantizedNetwork network = quantizedBy(model, "int8-per-channel", digits.read(order));
        EditedModel fake = fakeQuantized(network);
        const EditedModel integer = integerQuantized(network);
        const ExactnessReport right = exactness(network, fake, integer, digits, order, bestIsa());
        const ExactnessCounts& all = right.layers.front().counts;
        QCOMPARE(all.identical, all.total());
        QCOMPARE(right.layers.front().codes.zeroPoint, 0); // behind a ReLU nothing is negative

        onnx::ModelProto proto = fake.model->proto;
        const std::string& output = model->network->layers.front().uses.front().output;
        bool changed = false;
        for (auto& node : *proto.mutable_graph()->mutable_node()) {
            if (node.op_type() != "Relu" || node.input(0) != output)
                continue;
            node.set_op_type("Clip");
            node.add_input("wrong_low");
            node.add_input("wrong_high");
            changed = true;
        }
        QVERIFY(changed);
        onnxbuilder::addFloats(*proto.mutable_graph(), "wrong_low", {}, {0});
        onnxbuilder::addFloats(*proto.mutable_graph(), "wrong_high", {},
                               {network.layers.front().output->hi / 2});
        fake.model = runModelOf(std::move(proto), *fake.model);
        const ExactnessReport wrong = exactness(network, fake, integer, digits, order, bestIsa());
        QVERIFY(wrong.layers.front().counts.further > 0);
        QVERIFY(wrong.layers.front().worst > 100);
    }

    /// A kernel that is off by a step must be seen: the integer path gets another bias than the fake one.
    void anErrorOfTheKernelIsSeen()
    {
        const auto model = loadRunModel(sourcePath("resources/sample/digits.onnx"));
        const Digits digits;
        const SampleOrder order{1, 2};
        QuantizedNetwork network = quantizedBy(model, "int8-per-channel", digits.read(order));
        const EditedModel fake = fakeQuantized(network);
        QuantizedLayer& first = network.layers.front();
        const float step = static_cast<float>(outputCodes(*first.output).scale);
        const FloatArray bias = floatsOf(*model->network->layers.front().bias);
        for (const float value : bias.values)
            first.bias.push_back(value + 3 * step);
        const ExactnessReport report =
            exactness(network, fake, integerQuantized(network), digits, order, bestIsa());
        const ExactnessCounts& counts = report.layers.front().counts;
        QVERIFY2(counts.further > counts.total() / 4,
                 qPrintable(QString::number(counts.further))); // others are cut off by the ReLU
        QVERIFY(report.layers.front().worst >= 3);
    }
};

QTEST_APPLESS_MAIN(TestExactness)
#include "tst_exactness.moc"
