// SPDX-License-Identifier: GPL-3.0-or-later
// Networks on integer kernels against the same networks on quantized floats, which ONNX Runtime computes.
#include "onnxbuilder.h"
#include "quantizednetworks.h"

#include "core/kernels/layer/activationform.h"
#include "core/runtime/integer/integeroperators.h"
#include "core/runtime/integer/integersession.h"
#include "core/support/parallelfor.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <thread>

using namespace quantoscope;
using namespace quantizednetworks;

class TestIntegerSession : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void layersEqualQuantizedFloats_data();
    void layersEqualQuantizedFloats();
    void sizesMayChange();
    void clampsAreFused_data();
    void clampsAreFused();
    void whatIsReadTwiceStays();
    void sharedWeightsRunAtEachNode();
    void whatHasNoKernelStaysFloat_data();
    void whatHasNoKernelStaysFloat();
    void integersPassBetweenConvolutions_data();
    void integersPassBetweenConvolutions();
    void integersPassThroughTransposedConvolutions();
    void integersStayWhereFloatsAreRead();
    void wrongInputsNameTheLayer();
    void threadsChangeNothing();
};

namespace {

using Attributes = std::vector<std::pair<std::string, onnxbuilder::Dims>>;

std::vector<float> gaussian(std::int64_t count, unsigned seed, float mean = 0.1f)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(mean, 1);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values)
        value = normal(random);
    return values;
}

Tensor tensorOf(const Shape& shape, unsigned seed = 1)
{
    return tensorFromFloats(shape, gaussian(static_cast<std::int64_t>(*elementCount(shape)), seed));
}

/// A graph from "x", whose dimensions are open, to "y".
class Builder
{
public:
    explicit Builder(std::size_t rank)
    {
        m_model.set_ir_version(8);
        m_model.add_opset_import()->set_version(17);
        m_model.mutable_graph()->set_name("g");
        value(*m_model.mutable_graph()->add_input(), "x", rank);
        m_model.mutable_graph()->add_output()->set_name("y");
    }
    Builder& constant(const std::string& name, const Shape& shape, unsigned seed = 7)
    {
        onnxbuilder::addFloats(graph(), name, shape, gaussian(onnxbuilder::product(shape), seed, 0.02f));
        return *this;
    }
    Builder& scalar(const std::string& name, float number)
    {
        onnxbuilder::addFloats(graph(), name, {}, {number});
        return *this;
    }
    onnx::NodeProto& add(const std::string& op, const std::vector<std::string>& inputs,
                         const std::string& output, const Attributes& attributes = {})
    {
        auto& made = onnxbuilder::addNode(graph(), op, inputs, {output}, "node_" + output);
        for (const auto& [name, numbers] : attributes) {
            const bool single = name == "group" || name == "transA" || name == "transB";
            if (single)
                onnxbuilder::setInt(made, name, numbers.front());
            else
                onnxbuilder::setInts(made, name, numbers);
        }
        return made;
    }
    Builder& node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output,
                  const Attributes& attributes = {})
    {
        add(op, inputs, output, attributes);
        return *this;
    }
    Builder& output(const std::string& name)
    {
        graph().add_output()->set_name(name);
        return *this;
    }
    std::shared_ptr<const RunModel> done() const
    {
        RunModel none(std::make_shared<onnx::ModelProto>());
        none.file = "test.onnx";
        none.network = std::make_shared<Network>();
        return runModelOf(m_model, none);
    }
    onnx::GraphProto& graph() { return *m_model.mutable_graph(); }

private:
    static void value(onnx::ValueInfoProto& info, const char* name, std::size_t rank)
    {
        info.set_name(name);
        auto& tensor = *info.mutable_type()->mutable_tensor_type();
        tensor.set_elem_type(onnx::TensorProto::FLOAT);
        for (std::size_t i = 0; i < rank; ++i)
            tensor.mutable_shape()->add_dim()->set_dim_param("d" + std::to_string(i));
    }

    onnx::ModelProto m_model;
};

Tensor runOf(const EditedModel& edited, const Tensor& x, const std::string& name = "y", int threads = 1)
{
    return valuesOfRun(edited.model, {{"x", x}}, {}, edited.operators, threads).at(name);
}

/// The largest difference as a share of the largest value; infinite for other shapes.
double differenceOf(const Tensor& a, const Tensor& b)
{
    if (a.shape != b.shape)
        return INFINITY;
    const FloatArray x = floatsOf(a);
    const FloatArray y = floatsOf(b);
    double largest = 1e-30;
    double difference = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
        largest = std::max(largest, double(std::abs(x.values[i])));
        difference = std::max(difference, double(std::abs(x.values[i] - y.values[i])));
    }
    return difference / largest;
}

bool allReplaced(const EditedModel& edited)
{
    return std::all_of(edited.replacements.begin(), edited.replacements.end(),
                       [](const Replacement& each) { return each.replaced; });
}

int countOf(const EditedModel& edited, const std::string& op)
{
    const auto& nodes = edited.model->proto.graph().node();
    return static_cast<int>(std::count_if(nodes.begin(), nodes.end(),
                                          [&](const onnx::NodeProto& node) { return node.op_type() == op; }));
}

/// Sums in another order and with other roundings; codes are the same.
constexpr double roundings = 3e-6;

struct Case
{
    std::string name;
    Shape x;
    std::shared_ptr<const RunModel> model;
};

std::vector<Case> convCases()
{
    std::vector<Case> cases;
    const auto conv = [&](const std::string& name, const Shape& x, const Shape& w,
                          const Attributes& attributes) {
        Builder builder(x.size());
        builder.constant("w", w).constant("b", {w[0]}).node("Conv", {"x", "w", "b"}, "y", attributes);
        cases.push_back({name, x, builder.done()});
    };
    conv("a dense convolution", {2, 5, 9, 8}, {6, 5, 3, 3}, {{"pads", {1, 1, 1, 1}}});
    conv("strides, dilations and uneven pads", {1, 4, 13, 12}, {7, 4, 3, 2},
         {{"strides", {2, 1}}, {"dilations", {1, 3}}, {"pads", {0, 2, 1, 1}}});
    conv("a convolution in groups", {2, 6, 7, 7}, {8, 3, 3, 3}, {{"group", {2}}});
    conv("a depthwise convolution", {2, 6, 7, 7}, {6, 1, 3, 3}, {{"group", {6}}, {"pads", {1, 1, 1, 1}}});
    conv("a pointwise convolution", {1, 20, 6, 5}, {33, 20, 1, 1}, {});
    conv("a convolution over one axis", {3, 5, 17}, {4, 5, 4}, {{"strides", {2}}, {"pads", {1, 0}}});
    Builder same(4);
    same.constant("w", {4, 3, 4, 3});
    auto& node = same.add("Conv", {"x", "w"}, "y", {{"strides", {2, 2}}});
    auto& attribute = *node.add_attribute();
    attribute.set_name("auto_pad");
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s("SAME_UPPER");
    cases.push_back({"padding as the output demands", {1, 3, 9, 8}, same.done()});
    return cases;
}

std::vector<Case> transposeCases()
{
    std::vector<Case> cases;
    const auto transposed = [&](const std::string& name, const Shape& x, const Shape& w,
                                const Attributes& attributes, const std::string& autoPad = "") {
        std::int64_t groups = 1;
        for (const auto& [attribute, numbers] : attributes)
            groups = attribute == "group" ? numbers.front() : groups;
        Builder builder(x.size());
        builder.constant("w", w).constant("b", {w[1] * groups});
        auto& node = builder.add("ConvTranspose", {"x", "w", "b"}, "y", attributes);
        if (!autoPad.empty()) {
            auto& attribute = *node.add_attribute();
            attribute.set_name("auto_pad");
            attribute.set_type(onnx::AttributeProto::STRING);
            attribute.set_s(autoPad);
        }
        cases.push_back({name, x, builder.done()});
    };
    transposed("a transposed convolution without overlap", {2, 5, 9, 8}, {5, 6, 2, 2}, {{"strides", {2, 2}}});
    transposed("a transposed convolution whose taps overlap", {1, 7, 6, 5}, {7, 9, 4, 3},
               {{"strides", {2, 1}}, {"pads", {1, 0, 2, 1}}, {"output_padding", {1, 0}}});
    transposed("a transposed convolution with gaps", {2, 4, 5, 6}, {4, 3, 2, 2},
               {{"strides", {3, 4}}, {"dilations", {2, 3}}, {"output_padding", {2, 1}}});
    transposed("a transposed convolution in groups", {3, 6, 5, 7}, {6, 4, 3, 3},
               {{"group", {2}}, {"strides", {2, 2}}, {"pads", {1, 1, 1, 1}}});
    transposed("a transposed convolution over one axis", {2, 5, 11}, {5, 4, 3}, {{"strides", {2}}});
    transposed("a transposed convolution to twice the size, the odd element behind", {1, 3, 5, 4},
               {3, 4, 3, 3}, {{"strides", {2, 2}}}, "SAME_UPPER");
    transposed("a transposed convolution to twice the size, the odd element in front", {1, 3, 5, 4},
               {3, 4, 3, 3}, {{"strides", {2, 2}}}, "SAME_LOWER");
    return cases;
}

std::vector<Case> productCases()
{
    std::vector<Case> cases;
    const auto product = [&](const std::string& name, const Shape& x, const Shape& w, const std::string& op,
                             const std::vector<std::string>& inputs, const Attributes& attributes = {}) {
        Builder builder(x.size());
        builder.constant("w", w)
            .constant("b", {inputs.size() > 2
                                ? (attributes.size() > 0 && attributes[0].first == "transB" ? w[0] : w[1])
                                : 1})
            .node(op, inputs, "y", attributes);
        cases.push_back({name, x, builder.done()});
    };
    product("a matrix times a weight", {5, 24}, {24, 17}, "MatMul", {"x", "w"});
    product("a stack of matrices times a weight", {2, 3, 5, 24}, {24, 17}, "MatMul", {"x", "w"});
    product("a vector times a weight", {24}, {24, 17}, "MatMul", {"x", "w"});
    product("a weight times a stack of matrices", {3, 24, 5}, {17, 24}, "MatMul", {"w", "x"});
    product("Gemm", {5, 24}, {24, 17}, "Gemm", {"x", "w", "b"});
    product("Gemm with a transposed weight", {5, 24}, {17, 24}, "Gemm", {"x", "w", "b"}, {{"transB", {1}}});
    Builder scaled(2);
    scaled.constant("w", {24, 17}).constant("b", {1, 17});
    auto& node = scaled.add("Gemm", {"x", "w", "b"}, "y");
    for (const auto& [name, number] : {std::pair{"alpha", 0.5f}, std::pair{"beta", -3.0f}}) {
        auto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::FLOAT);
        attribute.set_f(number);
    }
    cases.push_back({"Gemm with alpha and beta", {5, 24}, scaled.done()});
    return cases;
}

const std::vector<Case>& allCases()
{
    static const std::vector<Case> cases = [] {
        std::vector<Case> all = convCases();
        for (Case& each : transposeCases())
            all.push_back(std::move(each));
        for (Case& each : productCases())
            all.push_back(std::move(each));
        return all;
    }();
    return cases;
}

} // namespace

void TestIntegerSession::layersEqualQuantizedFloats_data()
{
    QTest::addColumn<std::size_t>("which");
    QTest::addColumn<QString>("scheme");
    for (std::size_t i = 0; i < allCases().size(); ++i)
        for (const char* scheme :
             {"bits=8,granularity=channel,act.bits=8",
              "bits=4,granularity=channel,act.bits=8,act.range=dynamic",
              "bits=3,grid=zero-point,act.bits=5,act.grid=symmetric",
              "bits=12,granularity=channel,act.bits=16",
              "bits=4,granularity=group:8,act.bits=8,act.range=dynamic", "bits=4,granularity=group:8",
              "bits=8,act.bits=8,act.granularity=row,act.range=dynamic",
              "binary,act.format=binary,act.range=dynamic", "nf4", "ternary,act.bits=8"})
            QTest::addRow("%s, %s", allCases()[i].name.c_str(), scheme) << i << QString(scheme);
}

void TestIntegerSession::layersEqualQuantizedFloats()
{
    QFETCH(std::size_t, which);
    QFETCH(QString, scheme);
    const Case& each = allCases()[which];
    const bool turned = each.name.starts_with("a weight times");
    if (turned && scheme.contains("dynamic"))
        return; // whatHasNoKernelStaysFloat
    if (each.name.starts_with("a transposed") && scheme.contains("group:8,act"))
        return; // likewise
    for (const DynamicRange range : {DynamicRange::Sample, DynamicRange::Tensor}) {
        const Tensor x = tensorOf(each.x);
        QuantizedNetwork network = quantizedBy(each.model, scheme.toStdString(), {{"x", x}});
        network.dynamicRange = range;
        const EditedModel integer = integerQuantized(network);
        QVERIFY2(allReplaced(integer), integer.replacements[0].reason.c_str());
        const EditedModel fake = fakeQuantized(network);
        const double difference = differenceOf(runOf(fake, x), runOf(integer, x));
        QVERIFY2(difference < roundings,
                 qPrintable(QString("%1: %2").arg(integer.replacements[0].kernel.c_str()).arg(difference)));
        // Weights lie with the operators.
        QCOMPARE(integer.model->proto.graph().initializer_size(),
                 0
                     + (each.model->proto.graph().node(0).input_size() == 2
                                && each.model->proto.graph().initializer_size() == 2
                            ? 1
                            : 0));
    }
}

void TestIntegerSession::sizesMayChange()
{
    for (const char* name : {"a dense convolution", "a transposed convolution without overlap"}) {
        const Case& each = *std::find_if(allCases().begin(), allCases().end(),
                                         [&](const Case& other) { return other.name == name; });
        for (const char* scheme :
             {"bits=8,granularity=channel,act.bits=8", "bits=12,act.bits=10,act.range=dynamic"}) {
            const QuantizedNetwork network = quantizedBy(each.model, scheme, {{"x", tensorOf(each.x)}});
            const EditedModel integer = integerQuantized(network);
            const EditedModel fake = fakeQuantized(network);
            NetworkSession session(integer.model, {}, integer.operators);
            for (const Shape& shape :
                 {Shape{1, 5, 9, 8}, Shape{3, 5, 20, 4}, Shape{1, 5, 9, 8}, Shape{2, 5, 1, 1}}) {
                const Tensor x = tensorOf(shape, 9);
                const std::vector<InputValue> inputs = {{"x", x}};
                QVERIFY(differenceOf(runOf(fake, x), session.run(inputs).front()) < roundings);
            }
        }
    }
}

void TestIntegerSession::clampsAreFused_data()
{
    QTest::addColumn<QString>("op");
    QTest::addColumn<bool>("gemm");
    for (const char* op : {"Relu", "Clip to [0, 6]", "Clip below", "Clip the other way round"})
        for (const bool gemm : {false, true})
            QTest::addRow("%s behind %s", op, gemm ? "Gemm" : "Conv") << QString(op) << gemm;
}

void TestIntegerSession::clampsAreFused()
{
    QFETCH(QString, op);
    QFETCH(bool, gemm);
    Builder builder(gemm ? 2 : 4);
    builder.constant("w", gemm ? Shape{5, 6} : Shape{6, 5, 3, 3}).scalar("zero", 0).scalar("six", 2);
    builder.node(gemm ? "Gemm" : "Conv", {"x", "w"}, "h");
    if (op == "Relu")
        builder.node("Relu", {"h"}, "y");
    else if (op == "Clip below")
        builder.node("Clip", {"h", "zero"}, "y");
    else if (op == "Clip to [0, 6]")
        builder.node("Clip", {"h", "zero", "six"}, "y");
    else
        builder.node("Clip", {"h", "six", "zero"}, "y");
    const auto model = builder.done();
    const Tensor x = tensorOf(gemm ? Shape{9, 5} : Shape{2, 5, 9, 8});
    const QuantizedNetwork network = quantizedBy(model, "bits=8,granularity=channel,act.bits=8", {{"x", x}});
    const EditedModel integer = integerQuantized(network);
    QVERIFY(allReplaced(integer));
    QCOMPARE(integer.model->proto.graph().node_size(), op == "Clip the other way round" ? 2 : 1);
    QVERIFY(differenceOf(runOf(fakeQuantized(network), x), runOf(integer, x)) < roundings);
}

void TestIntegerSession::whatIsReadTwiceStays()
{
    for (const bool asOutput : {false, true}) {
        Builder builder(4);
        builder.constant("w", {6, 5, 3, 3}).node("Conv", {"x", "w"}, "h").node("Relu", {"h"}, "r");
        builder.node("Add", {"r", asOutput ? "r" : "h"}, "y");
        if (asOutput)
            builder.output("h");
        const auto model = builder.done();
        const Tensor x = tensorOf({2, 5, 9, 8});
        const QuantizedNetwork network = quantizedBy(model, "bits=8,act.bits=8", {{"x", x}});
        const EditedModel integer = integerQuantized(network);
        QVERIFY(allReplaced(integer));
        QCOMPARE(countOf(integer, "Relu"), 1);
        QVERIFY(differenceOf(runOf(fakeQuantized(network), x), runOf(integer, x)) < roundings);
    }
}

void TestIntegerSession::sharedWeightsRunAtEachNode()
{
    Builder builder(2);
    builder.constant("w", {12, 12})
        .node("MatMul", {"x", "w"}, "h")
        .node("Relu", {"h"}, "r")
        .node("MatMul", {"r", "w"}, "y");
    const auto model = builder.done();
    QCOMPARE(model->network->layers.size(), std::size_t{1});
    const Tensor x = tensorOf({4, 12});
    const QuantizedNetwork network = quantizedBy(model, "bits=8,act.bits=8,act.range=dynamic", {{"x", x}});
    const EditedModel integer = integerQuantized(network);
    QVERIFY(allReplaced(integer));
    QCOMPARE(countOf(integer, "QuantizedLayer"), 2);
    QVERIFY(differenceOf(runOf(fakeQuantized(network), x), runOf(integer, x)) < roundings);
}

void TestIntegerSession::whatHasNoKernelStaysFloat_data()
{
    QTest::addColumn<QString>("op");
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("why");
    QTest::addRow("levels that are no integers") << "Conv"
                                                 << "nf4,act.bits=8"
                                                 << "multiplied as floats";
    QTest::addRow("scales along the inputs") << "MatMul"
                                             << "bits=8,granularity=channel:0,act.bits=8"
                                             << "along the inputs";
    QTest::addRow("transposed convolutions in groups of inputs") << "ConvTranspose"
                                                                 << "bits=8,granularity=group:5,act.bits=8"
                                                                 << "lie across its sums";
    QTest::addRow("ranges of rows that are columns")
        << "Left"
        << "bits=8,act.bits=8,act.granularity=row,act.range=dynamic"
        << "columns of its data";
    QTest::addRow("a bias that is computed") << "Bias"
                                             << "bits=8,act.bits=8"
                                             << "no constant";
}

void TestIntegerSession::whatHasNoKernelStaysFloat()
{
    QFETCH(QString, op);
    QFETCH(QString, scheme);
    QFETCH(QString, why);
    const bool images = op.startsWith("Conv");
    Builder builder(images ? 4 : 2);
    builder.constant("w", images ? Shape{5, 5, 3, 3} : Shape{5, 5});
    if (op == "Left")
        builder.node("MatMul", {"w", "x"}, "y");
    else if (op == "Bias")
        builder.node("Relu", {"x"}, "b").node("Gemm", {"x", "w", "b"}, "y");
    else
        builder.node(op.toStdString(), {"x", "w"}, "y");
    const auto model = builder.done();
    const Tensor x = tensorOf(images ? Shape{2, 5, 9, 8} : Shape{5, 5});
    const QuantizedNetwork network = quantizedBy(model, scheme.toStdString(), {{"x", x}});
    const EditedModel integer = integerQuantized(network);
    QVERIFY(!integer.replacements[0].replaced);
    QVERIFY2(QString::fromStdString(integer.replacements[0].reason).contains(why),
             integer.replacements[0].reason.c_str());
    QVERIFY(differenceOf(runOf({model, {}, {}}, x), runOf(integer, x)) == 0);
}

void TestIntegerSession::integersPassBetweenConvolutions_data()
{
    QTest::addColumn<QString>("scheme");
    for (const char* scheme :
         {"bits=8,granularity=channel,act.bits=8", "bits=4,granularity=channel,act.bits=6",
          "bits=8,act.bits=8,act.grid=symmetric", "bits=5,grid=zero-point,act.bits=8"})
        QTest::addRow("%s", scheme) << QString(scheme);
}

/// The values between are the codes of what the layers would give out as floats, but for ties.
void TestIntegerSession::integersPassBetweenConvolutions()
{
    QFETCH(QString, scheme);
    Builder builder(4);
    builder.constant("w1", {12, 5, 3, 3}, 3)
        .constant("b1", {12})
        .constant("w2", {12, 1, 3, 3}, 4)
        .constant("w3", {7, 12, 1, 1}, 5);
    builder.node("Conv", {"x", "w1", "b1"}, "h1", {{"pads", {1, 1, 1, 1}}}).node("Relu", {"h1"}, "r1");
    builder.node("Conv", {"r1", "w2"}, "h2", {{"group", {12}}, {"pads", {1, 1, 1, 1}}})
        .node("Conv", {"h2", "w3"}, "y");
    const auto model = builder.done();
    for (const std::int64_t images : {1, 3}) {
        const Tensor x = tensorOf({images, 5, 11, 10});
        const QuantizedNetwork network = quantizedBy(model, scheme.toStdString(), {{"x", x}});
        const EditedModel floats = integerQuantized(network);
        const EditedModel codes = integerQuantized(network, bestIsa(), {}, LayerLinks::Codes);
        QVERIFY(allReplaced(codes));
        QCOMPARE(countOf(codes, integerOp(false, true)), 1);
        QCOMPARE(countOf(codes, integerOp(true, true)), 1);
        QCOMPARE(countOf(codes, integerOp(true, false)), 1);
        const Tensor between = valuesOfRun(codes.model, {{"x", x}}, {"r1"}, codes.operators).at("r1");
        const Tensor real = valuesOfRun(floats.model, {{"x", x}}, {"r1"}, floats.operators).at("r1");
        QCOMPARE(between.dtype, DType::I8);
        QCOMPARE(between.shape, (Shape{images, 11, 10, 12}));
        const RowRule rule = ActivationForm(*network.layers[1].scheme.act)
                                 .ruleFor({float(network.layers[1].scheme.act->range.a),
                                           float(network.layers[1].scheme.act->range.b)});
        const FloatArray reals = floatsOf(real);
        int off = 0;
        for (std::size_t n = 0, at = 0; n < std::size_t(images); ++n)
            for (std::size_t pixel = 0; pixel < 110; ++pixel)
                for (std::size_t c = 0; c < 12; ++c, ++at) {
                    const int expected =
                        packedInteger(rule.quantize, reals.values[(n * 12 + c) * 110 + pixel]);
                    const int code = static_cast<std::int8_t>(between.bytes[at]);
                    QVERIFY(std::abs(code - expected) <= 1);
                    off += code != expected ? 1 : 0;
                }
        // The bias is rounded to a step of the sums.
        QVERIFY2(off <= 1320 * images * 3 / 100, qPrintable(QString::number(off)));
        // A few codes a step off, of which 6 bits have 63.
        QVERIFY(differenceOf(runOf(floats, x), runOf(codes, x)) < 0.06);
    }
}

void TestIntegerSession::integersPassThroughTransposedConvolutions()
{
    Builder builder(4);
    builder.constant("w1", {12, 5, 3, 3}, 3)
        .constant("w2", {12, 6, 2, 2}, 4)
        .constant("b2", {6}, 8)
        .constant("w3", {6, 1, 2, 2}, 5);
    builder.node("Conv", {"x", "w1"}, "h1", {{"pads", {1, 1, 1, 1}}})
        .node("ConvTranspose", {"h1", "w2", "b2"}, "h2", {{"strides", {2, 2}}})
        .node("Relu", {"h2"}, "r2")
        .node("ConvTranspose", {"r2", "w3"}, "y", {{"strides", {2, 2}}});
    const Tensor x = tensorOf({2, 5, 9, 8});
    const QuantizedNetwork network =
        quantizedBy(builder.done(), "bits=8,granularity=channel,act.bits=8", {{"x", x}});
    const EditedModel codes = integerQuantized(network, bestIsa(), {}, LayerLinks::Codes);
    QVERIFY(allReplaced(codes));
    QCOMPARE(countOf(codes, integerOp(false, true)), 1);
    QCOMPARE(countOf(codes, integerOp(true, true)), 1);
    QCOMPARE(countOf(codes, integerOp(true, false)), 1);
    QCOMPARE(codes.model->proto.graph().node_size(), 3);
    const EditedModel floats = integerQuantized(network);
    QVERIFY(differenceOf(runOf(fakeQuantized(network), x), runOf(floats, x)) < 0.02);
    QVERIFY(differenceOf(runOf(floats, x), runOf(codes, x)) < 0.02);
}

void TestIntegerSession::integersStayWhereFloatsAreRead()
{
    for (const char* scheme :
         {"bits=8,act.bits=8,act.range=dynamic", "bits=8,granularity=channel,act.bits=8,act.grid=mid-rise",
          "bits=8,act.bits=12", "bits=8,act.bits=8"}) {
        Builder builder(4);
        builder.constant("w1", {12, 5, 3, 3}, 3)
            .constant("w2", {7, 12, 1, 1}, 5)
            .node("Conv", {"x", "w1"}, "h")
            .node("Conv", {"h", "w2"}, "y");
        if (std::string(scheme) == "bits=8,act.bits=8")
            builder.output("h");
        const auto model = builder.done();
        const Tensor x = tensorOf({1, 5, 11, 10});
        const QuantizedNetwork network = quantizedBy(model, scheme, {{"x", x}});
        const EditedModel codes = integerQuantized(network, bestIsa(), {}, LayerLinks::Codes);
        QCOMPARE(countOf(codes, "QuantizedLayer"), 2);
        QVERIFY(differenceOf(runOf(integerQuantized(network), x), runOf(codes, x)) == 0);
    }
}

void TestIntegerSession::wrongInputsNameTheLayer()
{
    const Case& each = allCases().front();
    const QuantizedNetwork network = quantizedBy(each.model, "bits=8,act.bits=8", {{"x", tensorOf(each.x)}});
    const EditedModel integer = integerQuantized(network);
    for (const Shape& shape : {Shape{1, 4, 9, 8}, Shape{1, 5, 0, 8}}) {
        try {
            runOf(integer, tensorOf(shape));
            QFAIL("it runs");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains("Layer 'node_y'"), error.what());
        }
    }
}

void TestIntegerSession::threadsChangeNothing()
{
    // One thread is the caller's, whatever others do meanwhile.
    onThreads(1, [] {
        const auto own = std::this_thread::get_id();
        std::atomic<int> others = 0;
        parallelFor(1000, [&](std::size_t) { others += std::this_thread::get_id() != own ? 1 : 0; });
        QCOMPARE(others.load(), 0);
    });
    QVERIFY_EXCEPTION_THROWN(onThreads(2, [] { throw Error(ErrorCode::Unsupported, "no"); }), Error);
    const Case& each = allCases()[4];
    const Tensor x = tensorOf({4, 20, 64, 64});
    const QuantizedNetwork network =
        quantizedBy(each.model, "bits=8,act.bits=8,act.range=dynamic", {{"x", x}});
    const EditedModel integer = integerQuantized(network);
    QVERIFY(differenceOf(runOf(integer, x, "y", 1), runOf(integer, x, "y", 2)) == 0);
    // Two sessions at once share the layer.
    std::thread other([&] {
        for (int i = 0; i < 4; ++i)
            runOf(integer, x);
    });
    const Tensor y = runOf(integer, x);
    other.join();
    QVERIFY(differenceOf(runOf(integer, x), y) == 0);
}

QTEST_GUILESS_MAIN(TestIntegerSession)
#include "tst_integersession.moc"
