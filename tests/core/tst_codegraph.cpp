// SPDX-License-Identifier: GPL-3.0-or-later
// Sums and pools on the integers that pass between layers: their loops against plain formulas, and networks against themselves.
#include "onnxbuilder.h"
#include "quantizednetworks.h"

#include "core/kernels/codes/imagepool.h"
#include "core/kernels/codes/imagesum.h"
#include "core/kernels/layer/activationform.h"
#include "core/runtime/integer/integersession.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <random>

using namespace quantoscope;
using namespace quantizednetworks;

class TestCodeGraph : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void sumsEqualTheFormula_data();
    void sumsEqualTheFormula();
    void sizesOfOneAreRepeated();
    void whatIsNoNumberCountsAsZero();
    void poolsTakeTheLargest_data();
    void poolsTakeTheLargest();
    void graphsPassIntegers_data();
    void graphsPassIntegers();
    void graphsStayWhereFloatsAreWanted_data();
    void graphsStayWhereFloatsAreWanted();
    void wrongSizesAreRefused();
    void wholeNetworksStayAsGood_data();
    void wholeNetworksStayAsGood();
};

namespace {

RowRule ruleOf(float scale, int zero, int low = -128, int high = 127)
{
    QuantizeRule rule;
    rule.scale = scale;
    rule.zeroPoint = zero;
    rule.low = low;
    rule.high = high;
    return affineRule(rule);
}

std::vector<std::int8_t> codesOf(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> any(-128, 127);
    std::vector<std::int8_t> codes(count);
    for (std::int8_t& code : codes)
        code = static_cast<std::int8_t>(any(random));
    return codes;
}

std::vector<float> realsOf(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, 2);
    std::vector<float> values(count);
    for (float& value : values)
        value = normal(random);
    return values;
}

/// One addend with its values, and the number that it adds to a channel of a pixel.
struct Side
{
    std::optional<RowRule> rule;
    std::size_t channels;
    std::vector<std::int8_t> codes;
    std::vector<float> reals;

    Side(std::optional<RowRule> of, std::size_t pixels, std::size_t width, unsigned seed)
        : rule(of), channels(width), codes(codesOf(pixels * width, seed)),
          reals(realsOf(pixels * width, seed + 1))
    {
    }
    Images images(const std::array<std::size_t, 3>& sizes) const
    {
        return {rule ? codes.data() : nullptr, rule ? nullptr : reals.data(), sizes, channels};
    }
    float at(std::size_t pixel, std::size_t channel, float step) const
    {
        if (channel >= channels)
            return 0;
        const std::size_t i = pixel * channels + channel;
        if (!rule)
            return static_cast<float>(1.0 / double(step)) * reals[i];
        return static_cast<float>(double(rule->terms.scale) / double(step))
               * static_cast<float>(codes[i] - rule->terms.zero);
    }
};

int codeOf(float t, const RowRule& next, int low, int high)
{
    const double real = std::isnan(t) ? 0.0 : double(t);
    const int zero = next.quantize.zeroPoint;
    // Ties to even by hand: far values are cut first.
    const double cut = std::clamp(real, -1000.0, 1000.0);
    double whole = std::floor(cut + 0.5);
    if (whole - cut == 0.5 && std::fmod(whole, 2.0) != 0)
        whole -= 1;
    return std::clamp(static_cast<int>(whole) + zero, low, high);
}

} // namespace

void TestCodeGraph::sumsEqualTheFormula_data()
{
    QTest::addColumn<int>("kinds");
    QTest::addColumn<int>("channelsA");
    QTest::addColumn<int>("channelsB");
    QTest::addColumn<int>("images");
    const char* const kinds[] = {"reals and reals", "codes and reals", "reals and codes", "codes and codes"};
    for (int kind = 0; kind < 4; ++kind)
        for (const auto& [a, b] : {std::pair{1, 1}, {17, 17}, {28, 24}, {24, 28}, {64, 64}, {100, 3}})
            for (const int images : {1, 3})
                QTest::addRow("%s, %d and %d channels, %d images", kinds[kind], a, b, images)
                    << kind << a << b << images;
}

void TestCodeGraph::sumsEqualTheFormula()
{
    QFETCH(int, kinds);
    QFETCH(int, channelsA);
    QFETCH(int, channelsB);
    QFETCH(int, images);
    const std::array<std::size_t, 3> sizes = {std::size_t(images), 5, 7};
    const std::size_t pixels = sizes[0] * 35;
    using Rule = std::optional<RowRule>;
    const Side a((kinds & 1) != 0 ? Rule(ruleOf(0.03f, -7)) : Rule(), pixels, std::size_t(channelsA), 1);
    const Side b((kinds & 2) != 0 ? Rule(ruleOf(0.011f, 100)) : Rule(), pixels, std::size_t(channelsB), 5);
    const RowRule next = ruleOf(0.025f, -20, -128, 120);
    const auto channels = std::size_t(std::max(channelsA, channelsB));
    for (const bool relu : {false, true}) {
        std::vector<std::vector<std::int8_t>> all;
        for (const Isa isa : availableIsas()) {
            all.emplace_back(pixels * channels + 1, std::int8_t(77));
            ImageSum(a.rule, b.rule, next, 0, relu ? INFINITY : 0, isa)
                .run(a.images(sizes), b.images(sizes), all.back().data());
            QCOMPARE(all.back().back(), std::int8_t(77)); // nothing behind the end
            for (std::size_t i = 0; i < pixels * channels; ++i) {
                const float t =
                    a.at(i / channels, i % channels, 0.025f) + b.at(i / channels, i % channels, 0.025f);
                QCOMPARE(int(all.back()[i]), codeOf(t, next, relu ? -20 : -128, 120));
            }
        }
    }
}

void TestCodeGraph::sizesOfOneAreRepeated()
{
    const RowRule rule = ruleOf(0.02f, 3);
    const std::array<std::size_t, 3> large = {3, 4, 5};
    const Side a(rule, 60, 17, 1);
    for (const std::array<std::size_t, 3> small :
         {std::array<std::size_t, 3>{1, 4, 5}, {3, 1, 5}, {3, 4, 1}, {1, 1, 1}}) {
        const Side b(std::nullopt, small[0] * small[1] * small[2], 17, 9);
        std::vector<std::int8_t> out(60 * 17);
        ImageSum(rule, std::nullopt, rule, 0, 0, bestIsa()).run(a.images(large), b.images(small), out.data());
        for (std::size_t pixel = 0; pixel < 60; ++pixel) {
            const std::size_t n = small[0] == 1 ? 0 : pixel / 20;
            const std::size_t y = small[1] == 1 ? 0 : pixel / 5 % 4;
            const std::size_t x = small[2] == 1 ? 0 : pixel % 5;
            const std::size_t other = (n * small[1] + y) * small[2] + x;
            for (std::size_t c = 0; c < 17; ++c)
                QCOMPARE(int(out[pixel * 17 + c]),
                         codeOf(a.at(pixel, c, 0.02f) + b.at(other, c, 0.02f), rule, -128, 127));
        }
    }
    QVERIFY(!ImageSum::sizesOf({1, 4, 5}, {1, 3, 5}));
}

void TestCodeGraph::whatIsNoNumberCountsAsZero()
{
    const float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> a = {NAN, infinity, -infinity, infinity, 1, 3e38f};
    const std::vector<float> b = {1, -infinity, 0, 5, NAN, 3e38f};
    for (const Isa isa : availableIsas()) {
        std::vector<std::int8_t> out(6);
        ImageSum(std::nullopt, std::nullopt, ruleOf(0.5f, 4), 0, 0, isa)
            .run({nullptr, a.data(), {1, 1, 1}, 6}, {nullptr, b.data(), {1, 1, 1}, 6}, out.data());
        QCOMPARE(out, (std::vector<std::int8_t>{4, 4, -128, 127, 4, 127}));
    }
}

void TestCodeGraph::poolsTakeTheLargest_data()
{
    QTest::addColumn<int>("kernel");
    QTest::addColumn<int>("stride");
    QTest::addColumn<int>("padBegin");
    QTest::addColumn<int>("padEnd");
    QTest::addColumn<int>("channels");
    for (const int channels : {1, 17, 28, 64, 100}) {
        QTest::addRow("halves, %d channels", channels) << 2 << 2 << 0 << 0 << channels;
        QTest::addRow("padded on both sides, %d channels", channels) << 3 << 1 << 1 << 1 << channels;
        QTest::addRow("uneven padding, %d channels", channels) << 3 << 2 << 0 << 2 << channels;
        QTest::addRow("as large as the image, %d channels", channels) << 7 << 3 << 2 << 1 << channels;
    }
}

void TestCodeGraph::poolsTakeTheLargest()
{
    QFETCH(int, kernel);
    QFETCH(int, stride);
    QFETCH(int, padBegin);
    QFETCH(int, padEnd);
    QFETCH(int, channels);
    const PoolAxis y{6, std::size_t(kernel), std::size_t(stride), std::size_t(padBegin), std::size_t(padEnd)};
    PoolAxis x = y;
    x.input = 7;
    const std::vector<std::int8_t> codes = codesOf(3 * 42 * std::size_t(channels), 3);
    const int height = (6 + padBegin + padEnd - kernel) / stride + 1;
    const int width = (7 + padBegin + padEnd - kernel) / stride + 1;
    QCOMPARE(int(y.output()), height);
    for (const Isa isa : availableIsas()) {
        std::vector<std::int8_t> out(std::size_t(3 * height * width * channels) + 1, 55);
        poolLargest(isa, codes.data(), 3, y, x, std::size_t(channels), out.data());
        QCOMPARE(out.back(), std::int8_t(55));
        std::size_t at = 0;
        for (int n = 0; n < 3; ++n)
            for (int oy = 0; oy < height; ++oy)
                for (int ox = 0; ox < width; ++ox)
                    for (int c = 0; c < channels; ++c, ++at) {
                        int most = -1000;
                        for (int iy = oy * stride - padBegin; iy < oy * stride - padBegin + kernel; ++iy)
                            for (int ix = ox * stride - padBegin; ix < ox * stride - padBegin + kernel; ++ix)
                                if (iy >= 0 && iy < 6 && ix >= 0 && ix < 7)
                                    most = std::max(
                                        most,
                                        int(codes[std::size_t(((n * 6 + iy) * 7 + ix) * channels + c)]));
                        QCOMPARE(int(out[at]), most);
                    }
    }
}

namespace {

using Attributes = std::vector<std::pair<std::string, onnxbuilder::Dims>>;

/// A graph from "x" [n][5][y][x] to "y".
class Graph
{
public:
    Graph()
    {
        m_model.set_ir_version(8);
        m_model.add_opset_import()->set_version(17);
        m_model.mutable_graph()->set_name("g");
        auto& x = *graph().add_input();
        x.set_name("x");
        auto& tensor = *x.mutable_type()->mutable_tensor_type();
        tensor.set_elem_type(onnx::TensorProto::FLOAT);
        for (const char* dimension : {"n", "c", "h", "w"})
            tensor.mutable_shape()->add_dim()->set_dim_param(dimension);
        graph().add_output()->set_name("y");
    }
    Graph& conv(const std::string& input, const std::string& output, std::int64_t from, std::int64_t to,
                const Attributes& attributes = {})
    {
        const bool depthwise = !attributes.empty() && attributes.front().first == "group";
        const std::int64_t kernel = depthwise ? 3 : 1;
        const Shape shape = {to, depthwise ? 1 : from, kernel, kernel};
        std::vector<float> weight = realsOf(std::size_t(onnxbuilder::product(shape)), ++m_seed);
        std::vector<float> bias = realsOf(std::size_t(to), ++m_seed);
        for (float& value : weight)
            value *= 0.3f;
        onnxbuilder::addFloats(graph(), output + ".w", shape, weight);
        onnxbuilder::addFloats(graph(), output + ".b", {to}, bias);
        return node("Conv", {input, output + ".w", output + ".b"}, output, attributes);
    }
    Graph& product(const std::string& input, const std::string& output, std::int64_t from, std::int64_t to)
    {
        const Shape shape = {from, to};
        onnxbuilder::addFloats(graph(), output + ".w", shape,
                               realsOf(std::size_t(onnxbuilder::product(shape)), ++m_seed));
        return node("MatMul", {input, output + ".w"}, output);
    }
    Graph& depthwise(const std::string& input, const std::string& output, std::int64_t channels)
    {
        return conv(input, output, channels, channels, {{"group", {channels}}, {"pads", {1, 1, 1, 1}}});
    }
    Graph& node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output,
                const Attributes& attributes = {})
    {
        auto& made = onnxbuilder::addNode(graph(), op, inputs, {output}, "node_" + output);
        for (const auto& [name, numbers] : attributes) {
            if (name == "group" || name == "axis" || name == "ceil_mode")
                onnxbuilder::setInt(made, name, numbers.front());
            else
                onnxbuilder::setInts(made, name, numbers);
        }
        return *this;
    }
    Graph& zeros(const std::string& name, const Shape& shape, float value = 0)
    {
        onnxbuilder::addFloats(graph(), name, shape,
                               std::vector<float>(std::size_t(onnxbuilder::product(shape)), value));
        return *this;
    }
    Graph& output(const std::string& name)
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
    onnx::ModelProto m_model;
    unsigned m_seed = 3;
};

Tensor inputOf(std::int64_t images)
{
    return tensorFromFloats({images, 5, 8, 6}, realsOf(std::size_t(images) * 240, 77));
}

int countOf(const EditedModel& edited, const std::string& op)
{
    const auto& nodes = edited.model->proto.graph().node();
    return static_cast<int>(std::count_if(nodes.begin(), nodes.end(), [&](const onnx::NodeProto& node) {
        return QString::fromStdString(node.op_type()).startsWith(QString::fromStdString(op));
    }));
}

double sqnrOf(const std::map<std::string, Tensor>& real, const std::map<std::string, Tensor>& other)
{
    double signal = 0;
    double noise = 0;
    for (const auto& [name, tensor] : real) {
        const FloatArray x = floatsOf(tensor);
        const FloatArray y = floatsOf(other.at(name));
        if (x.values.size() != y.values.size())
            return -INFINITY;
        for (std::size_t i = 0; i < x.values.size(); ++i) {
            signal += double(x.values[i]) * double(x.values[i]);
            noise += std::pow(double(x.values[i]) - double(y.values[i]), 2);
        }
    }
    return 10 * std::log10(signal / noise);
}

const char* const scheme8 = "bits=8,granularity=channel,act.bits=8";

struct Pass
{
    QString name;
    std::function<void(Graph&, std::int64_t)> build; ///< for so many images
    int sums, pools;
    int reshapes = 0;
};

std::vector<Pass> passes()
{
    std::vector<Pass> all;
    // A residual that a layer reads as well, and a branch that the sum alone reads.
    const auto begin = [](Graph& graph, std::int64_t channels) {
        graph.conv("x", "a", 5, channels).node("Relu", {"a"}, "r").depthwise("r", "d", channels);
    };
    for (const std::int64_t channels : {1, 17, 24})
        all.push_back({QString("%1 channels").arg(channels),
                       [=](Graph& graph, std::int64_t) {
                           begin(graph, channels);
                           graph.conv("d", "p", channels, channels)
                               .node("Add", {"p", "r"}, "s")
                               .node("Relu", {"s"}, "t")
                               .conv("t", "y", channels, 3);
                       },
                       1, 0});
    all.push_back({"zeros behind the channels of an addend",
                   [=](Graph& graph, std::int64_t images) {
                       begin(graph, 24);
                       graph.zeros("z", {images, 4, 8, 6})
                           .node("Concat", {"r", "z"}, "wide", {{"axis", {1}}})
                           .conv("d", "p", 24, 28)
                           .node("Add", {"p", "wide"}, "s")
                           .conv("s", "y", 28, 3);
                   },
                   1, 0});
    all.push_back({"a pool on the way to a sum",
                   [=](Graph& graph, std::int64_t) {
                       begin(graph, 17);
                       graph.node("MaxPool", {"r"}, "m", {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}})
                           .conv("d", "p", 17, 17, {{"strides", {2, 2}}})
                           .node("Add", {"m", "p"}, "s")
                           .conv("s", "y", 17, 3);
                   },
                   1, 1});
    all.push_back({"a pool between layers",
                   [=](Graph& graph, std::int64_t) {
                       graph.conv("x", "a", 5, 28)
                           .node("MaxPool", {"a"}, "m", {{"kernel_shape", {3, 3}}, {"pads", {1, 1, 1, 1}}})
                           .conv("m", "y", 28, 3);
                   },
                   0, 1});
    all.push_back({"a pool and a product behind a sum",
                   [=](Graph& graph, std::int64_t) {
                       begin(graph, 17);
                       graph.conv("d", "p", 17, 17)
                           .node("Add", {"r", "p"}, "s")
                           .node("MaxPool", {"s"}, "m", {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}})
                           .node("Flatten", {"m"}, "f", {{"axis", {1}}})
                           .product("f", "y", 204, 11);
                   },
                   1, 1, 1});
    all.push_back({"two branches that the sum alone reads",
                   [=](Graph& graph, std::int64_t) {
                       graph.conv("x", "a", 5, 17)
                           .conv("x", "b", 5, 17)
                           .node("Add", {"a", "b"}, "s")
                           .conv("s", "y", 17, 3);
                   },
                   1, 0});
    all.push_back({"a sum of sums",
                   [=](Graph& graph, std::int64_t) {
                       begin(graph, 17);
                       graph.conv("d", "p", 17, 17)
                           .node("Add", {"p", "r"}, "s")
                           .depthwise("s", "e", 17)
                           .conv("e", "q", 17, 17)
                           .node("Add", {"s", "q"}, "t")
                           .conv("t", "y", 17, 3);
                   },
                   2, 0});
    all.push_back({"a value added to itself",
                   [=](Graph& graph, std::int64_t) {
                       graph.conv("x", "a", 5, 9).node("Add", {"a", "a"}, "s").conv("s", "y", 9, 3);
                   },
                   1, 0});
    return all;
}

} // namespace

void TestCodeGraph::graphsPassIntegers_data()
{
    QTest::addColumn<int>("which");
    QTest::addColumn<int>("images");
    const std::vector<Pass> all = passes();
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const int images : {1, 3})
            QTest::addRow("%s, %d images", qPrintable(all[i].name), images) << int(i) << images;
}

void TestCodeGraph::graphsPassIntegers()
{
    QFETCH(int, which);
    QFETCH(int, images);
    const Pass pass = passes()[std::size_t(which)];
    Graph graph;
    pass.build(graph, images);
    const auto model = graph.done();
    const std::vector<InputValue> inputs = {{"x", inputOf(images)}};
    const QuantizedNetwork network = quantizedBy(model, scheme8, inputs);
    const auto real = valuesOfRun(model, inputs);
    const EditedModel floats = integerQuantized(network);
    const double before = sqnrOf(real, valuesOfRun(floats.model, inputs, {}, floats.operators));
    std::optional<FloatArray> first;
    for (const Isa isa : availableIsas()) {
        const EditedModel codes = integerQuantized(network, isa, {}, LayerLinks::Codes);
        QCOMPARE(countOf(codes, "SumOf"), pass.sums);
        QCOMPARE(countOf(codes, "MaxPoolOfCodes"), pass.pools);
        QCOMPARE(codes.model->proto.graph().node_size(),
                 int(network.layers.size()) + pass.sums + pass.pools + pass.reshapes);
        const auto values = valuesOfRun(codes.model, inputs, {}, codes.operators);
        const double after = sqnrOf(real, values);
        QVERIFY2(after > 25 && after > before - 8, qPrintable(QString("%1 after %2").arg(after).arg(before)));
        const FloatArray y = floatsOf(values.at("y"));
        if (!first)
            first = y;
        QVERIFY(std::equal(y.values.begin(), y.values.end(), first->values.begin(), first->values.end()));
    }
}

void TestCodeGraph::graphsStayWhereFloatsAreWanted_data()
{
    QTest::addColumn<QString>("why");
    for (const char* why :
         {"an addend is an output", "the sum is an output", "a float node reads the sum",
          "a float node reads an addend", "an addend is no image of a layer", "what is appended is not zero",
          "a pool is rounded up", "an addend has few bits", "ranges are dynamic",
          "products behind a pool want other integers", "two layers want other integers"})
        QTest::addRow("%s", why) << QString(why);
}

void TestCodeGraph::graphsStayWhereFloatsAreWanted()
{
    QFETCH(QString, why);
    Graph graph;
    graph.conv("x", "a", 5, 12).node("Relu", {"a"}, "r").depthwise("r", "d", 12);
    std::string residual = "r";
    std::int64_t width = 12;
    if (why == "what is appended is not zero") {
        width = 14;
        graph.zeros("z", {1, 2, 8, 6}, 0.5f).node("Concat", {"r", "z"}, "wide", {{"axis", {1}}});
        residual = "wide";
    }
    if (why == "an addend is no image of a layer") {
        graph.node("Sigmoid", {"r"}, "sigmoid");
        residual = "sigmoid";
    }
    if (why == "a pool is rounded up") {
        graph.node("MaxPool", {"r"}, "m", {{"kernel_shape", {1, 1}}, {"ceil_mode", {1}}});
        residual = "m";
    }
    graph.conv("d", "p", 12, width).node("Add", {"p", residual}, "s");
    if (why == "an addend is an output")
        graph.output("p");
    if (why == "the sum is an output")
        graph.output("s");
    if (why == "a float node reads the sum")
        graph.node("Sigmoid", {"s"}, "other").output("other");
    if (why == "a float node reads an addend")
        graph.node("Sigmoid", {"r"}, "other").output("other");
    if (why == "two layers want other integers")
        graph.conv("s", "other", width, 2).output("other");
    const bool pools = why == "products behind a pool want other integers";
    if (pools)
        graph.node("MaxPool", {"s"}, "m", {{"kernel_shape", {2, 2}}})
            .node("Flatten", {"m"}, "f", {{"axis", {1}}})
            .product("f", "other", 420, 3)
            .output("other")
            .product("f", "y", 420, 3);
    else
        graph.conv("s", "y", width, 3);
    const auto model = graph.done();
    const std::vector<InputValue> inputs = {{"x", inputOf(1)}};
    QuantizedNetwork network =
        quantizedBy(model,
                    why == "an addend has few bits"
                        ? "bits=8,granularity=channel,act.bits=7"
                        : std::string(scheme8) + (why == "ranges are dynamic" ? ",act.range=dynamic" : ""),
                    inputs);
    if (pools || why == "two layers want other integers")
        network.layers.back().scheme.act->range.b *= 1.5;
    const EditedModel floats = integerQuantized(network);
    const EditedModel codes = integerQuantized(network, bestIsa(), {}, LayerLinks::Codes);
    QCOMPARE(countOf(codes, "SumOf"), 0);
    QCOMPARE(countOf(codes, "Add"), 1);
    const auto before = valuesOfRun(floats.model, inputs, {}, floats.operators);
    QVERIFY(sqnrOf(before, valuesOfRun(codes.model, inputs, {}, codes.operators)) > 25);
}

void TestCodeGraph::wrongSizesAreRefused()
{
    Graph graph;
    graph.conv("x", "a", 5, 12)
        .depthwise("a", "d", 12)
        .zeros("z", {1, 2, 8, 6})
        .node("Concat", {"a", "z"}, "wide", {{"axis", {1}}})
        .conv("d", "p", 12, 14)
        .node("Add", {"p", "wide"}, "s")
        .conv("s", "y", 14, 3);
    const auto model = graph.done();
    const QuantizedNetwork network = quantizedBy(model, scheme8, {{"x", inputOf(1)}});
    const EditedModel codes = integerQuantized(network, bestIsa(), {}, LayerLinks::Codes);
    QCOMPARE(countOf(codes, "SumOf"), 1);
    try { // the zeros are those of one image
        valuesOfRun(codes.model, {{"x", inputOf(3)}}, {}, codes.operators);
        QFAIL("it runs");
    } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains("'node_s'"), error.what());
    }
}

void TestCodeGraph::wholeNetworksStayAsGood_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("sums");
    QTest::addColumn<int>("pools");
    QTest::addColumn<double>("mostLost"); ///< dB against the float network
    QTest::addRow("digits") << "resources/sample/digits.onnx" << 1 << 1 << 2.0;
    QTest::addRow("faces") << ".cache/models/face_detection_front_128x128_barracuda.onnx" << 16 << 3 << 2.0;
}

void TestCodeGraph::wholeNetworksStayAsGood()
{
    QFETCH(QString, file);
    QFETCH(int, sums);
    QFETCH(int, pools);
    QFETCH(double, mostLost);
    const std::string path = sourcePath(file.toStdString());
    if (!std::filesystem::exists(path))
        QSKIP("The network is not here.");
    const auto model = loadRunModel(path);
    std::vector<InputValue> inputs;
    if (sums == 1)
        inputs = digits(20);
    else
        inputs.push_back({"", tensorFromFloats({1, 128, 128, 3}, realsOf(128 * 128 * 3, 4))});
    const QuantizedNetwork network = quantizedBy(model, scheme8, inputs);
    const EditedModel codes = integerQuantized(network, bestIsa(), {}, LayerLinks::Codes);
    QCOMPARE(countOf(codes, "SumOf"), sums);
    QCOMPARE(countOf(codes, "MaxPoolOfCodes"), pools);
    const auto real = valuesOfRun(model, inputs);
    const EditedModel floats = integerQuantized(network);
    const double before = sqnrOf(real, valuesOfRun(floats.model, inputs, {}, floats.operators));
    const double after = sqnrOf(real, valuesOfRun(codes.model, inputs, {}, codes.operators));
    QVERIFY2(after > before - mostLost, qPrintable(QString("%1 after %2").arg(after).arg(before)));
}

QTEST_GUILESS_MAIN(TestCodeGraph)
#include "tst_codegraph.moc"
