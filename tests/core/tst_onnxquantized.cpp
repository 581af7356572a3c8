// SPDX-License-Identifier: GPL-3.0-or-later
// Weights that files hold as codes: expected values are computed by hand from real = (code - zero)·scale.
#include "onnxbuilder.h"

#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace onnxbuilder;

namespace {

constexpr int u8 = 2;
constexpr int i8 = 3;
constexpr int i32 = 6;
constexpr int u4 = 21;
constexpr int i4 = 22;
constexpr int u2 = 25;

} // namespace

class TestOnnxQuantized : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void dequantizePerTensor_data();
    void dequantizePerTensor();
    void dequantizePerAxisThenTranspose();
    void dequantizeInBlocks();
    void dequantizeFloat8();
    void packedCodes_data();
    void packedCodes();
    void quantizedOperators_data();
    void quantizedOperators();
    void integerOperatorsWithoutScale();
    void dynamicQuantizationFindsItsScale();
    void quantizedBiasIsDequantized();
    void matMulNBits_data();
    void matMulNBits();
    void parametersThatDoNotFit_data();
    void parametersThatDoNotFit();

private:
    QString path() const { return m_folder.filePath(QStringLiteral("q.onnx")); }
    QTemporaryDir m_folder;
};

using F = std::vector<float>;

void TestOnnxQuantized::dequantizePerTensor_data()
{
    QTest::addColumn<QString>("domain");
    QTest::newRow("standard") << "";
    QTest::newRow("ONNX Runtime's own operator") << "com.microsoft";
}

void TestOnnxQuantized::dequantizePerTensor()
{
    QFETCH(QString, domain);
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor<std::uint8_t>(graph, "wq", u8, {2, 2}, {0, 128, 130, 255});
    addFloats(graph, "s", {}, {0.5f});
    addTensor<std::uint8_t>(graph, "z", u8, {}, {128});
    addNode(graph, "DequantizeLinear", {"wq", "s", "z"}, {"w"}).set_domain(domain.toStdString());
    addNode(graph, "MatMul", {"x", "w"}, {"y"}, "node");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QCOMPARE(weightValues(*network, 0), (F{-64, 0, 1, 63.5}));
    const Weight& weight = network->weights[0];
    QCOMPARE(weight.name, std::string("wq"));
    QVERIFY(weight.data.dtype == DType::U8);
    QCOMPARE(weight.stored->description(), std::string("uint8 per tensor, zero point 128"));
    QCOMPARE(weight.stored->axis, -1);
    QCOMPARE(network->parameters, 1u); // the scale: codes are no floats
}

void TestOnnxQuantized::dequantizePerAxisThenTranspose()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor<std::int8_t>(graph, "wq", i8, {2, 3}, {1, 2, 3, -1, -2, -3});
    addFloats(graph, "s", {2}, {1.0f, 10.0f});
    addTensor<std::int8_t>(graph, "z", i8, {2}, {0, 0});
    setInt(addNode(graph, "DequantizeLinear", {"wq", "s", "z"}, {"w"}), "axis", 0);
    addNode(graph, "Transpose", {"w"}, {"t"});
    addNode(graph, "MatMul", {"x", "t"}, {"y"}, "node");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(weightValues(*network, 0), (F{1, -10, 2, -20, 3, -30}));
    QCOMPARE(network->weights[0].stored->axis, 1);
    QCOMPARE(network->weights[0].stored->description(), std::string("int8 per channel (axis 1), symmetric"));
}

void TestOnnxQuantized::dequantizeInBlocks()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    // [5, 2] in blocks of 2 along axis 0: scales [3, 2], the last block holds one row.
    addTensor<std::int8_t>(graph, "wq", i8, {5, 2}, {1, 1, 2, 2, 3, 3, 4, 4, 5, 5});
    addFloats(graph, "s", {3, 2}, {1, 2, 10, 20, 100, 200});
    addTensor<std::int8_t>(graph, "z", i8, {3, 2}, {0, 0, 1, 1, 0, 5});
    auto& node = addNode(graph, "DequantizeLinear", {"wq", "s", "z"}, {"w"});
    setInt(node, "axis", 0);
    setInt(node, "block_size", 2);
    addNode(graph, "MatMul", {"x", "w"}, {"y"});
    addTensor<std::int8_t>(graph, "wq2", i8, {5, 2}, {1, 1, 2, 2, 3, 3, 4, 4, 5, 5});
    auto& other = addNode(graph, "DequantizeLinear", {"wq2", "s", "z"}, {"w2"});
    setInt(other, "axis", 0);
    setInt(other, "block_size", 2);
    addNode(graph, "Transpose", {"w2"}, {"t"});
    addNode(graph, "MatMul", {"x", "t"}, {"y2"});
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 2u);
    QCOMPARE(weightValues(*network, 0), (F{1, 2, 2, 4, 20, 40, 30, 60, 500, 0}));
    QCOMPARE(weightValues(*network, 1), (F{1, 2, 20, 30, 500, 2, 4, 40, 60, 0}));
    QCOMPARE(network->weights[0].stored->description(),
             std::string("int8 per block of 2 along axis 0, zero points"));
}

void TestOnnxQuantized::dequantizeFloat8()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor<std::uint8_t>(graph, "wq", 17, {2, 1}, {0x38, 0xC0}); // e4m3: 1, -2
    addFloats(graph, "s", {1}, {0.25f});
    addNode(graph, "DequantizeLinear", {"wq", "s"}, {"w"});
    addNode(graph, "MatMul", {"x", "w"}, {"y"});
    const auto network = writeAndRead(path(), model);
    QCOMPARE(weightValues(*network, 0), (F{0.25f, -0.5f}));
    QCOMPARE(network->weights[0].stored->description(), std::string("float8 per tensor"));
}

void TestOnnxQuantized::packedCodes_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QVector<int>>("bytes");
    QTest::addColumn<QVector<float>>("expected");
    using B = QVector<int>;
    using V = QVector<float>;
    QTest::newRow("uint4, low nibble first") << u4 << B{0x21, 0x0F} << V{1, 2, 15};
    QTest::newRow("int4, two's complement") << i4 << B{0x87, 0x0F} << V{7, -8, -1};
    QTest::newRow("uint2, low bits first") << u2 << B{0b00111001} << V{1, 2, 3};
}

void TestOnnxQuantized::packedCodes()
{
    QFETCH(int, type);
    QFETCH(QVector<int>, bytes);
    QFETCH(QVector<float>, expected);
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor(graph, "wq", type, {3, 1}, std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
    addFloats(graph, "s", {}, {1.0f});
    addNode(graph, "DequantizeLinear", {"wq", "s"}, {"w"});
    addNode(graph, "Transpose", {"w"}, {"t"});
    addNode(graph, "MatMul", {"x", "t"}, {"y"});
    const auto network = writeAndRead(path(), model);
    QCOMPARE(weightValues(*network, 0), F(expected.begin(), expected.end()));
    QCOMPARE(network->weights[0].data.shape, (Shape{1, 3}));
}

void TestOnnxQuantized::quantizedOperators_data()
{
    QTest::addColumn<QString>("op");
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QVector<qint64>>("dims");
    QTest::addColumn<QStringList>("inputs"); // w, s, z stand for the weight and its parameters
    QTest::addColumn<int>("sets");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("axis");
    using V = QVector<qint64>;
    const QStringList linear = {"x", "xs", "xz", "w", "s", "z", "ys", "yz"};
    QTest::newRow("QLinearConv") << "QLinearConv"
                                 << "" << V{2, 3, 1, 1} << linear << 2 << "conv" << 0;
    QTest::newRow("QLinearMatMul per column") << "QLinearMatMul"
                                              << "" << V{3, 2} << linear << 2 << "matmul" << 1;
    QTest::newRow("QLinearMatMul per tensor") << "QLinearMatMul"
                                              << "" << V{3, 2} << linear << 1 << "matmul" << 1;
    QTest::newRow("QLinearMatMul, constant first")
        << "QLinearMatMul"
        << "" << V{2, 3} << QStringList{"w", "s", "z", "x", "xs", "xz", "ys", "yz"} << 2 << "matmul" << 0;
    QTest::newRow("QGemm") << "QGemm"
                           << "com.microsoft" << V{3, 2}
                           << QStringList{"x", "xs", "xz", "w", "s", "z", "", "ys", "yz"} << 2 << "gemm" << 1;
    QTest::newRow("DynamicQuantizeMatMul")
        << "DynamicQuantizeMatMul"
        << "com.microsoft" << V{3, 2} << QStringList{"x", "w", "s", "z"} << 2 << "matmul" << 1;
}

void TestOnnxQuantized::quantizedOperators()
{
    QFETCH(QString, op);
    QFETCH(QString, domain);
    QFETCH(QVector<qint64>, dims);
    QFETCH(QStringList, inputs);
    QFETCH(int, sets);
    QFETCH(int, axis);
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    const Dims shape(dims.begin(), dims.end());
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(product(shape)));
    std::iota(codes.begin(), codes.end(), std::uint8_t{1});
    addTensor(graph, "w", u8, shape, codes);
    addFloats(graph, "s", {sets}, sets == 1 ? F{0.5f} : F{0.5f, 2.0f});
    addTensor<std::uint8_t>(graph, "z", u8, {sets},
                            sets == 1 ? std::vector<std::uint8_t>{1} : std::vector<std::uint8_t>{1, 3});
    for (const char* const scale : {"xs", "ys"})
        addFloats(graph, scale, {}, {0.1f});
    for (const char* const zero : {"xz", "yz"})
        addTensor<std::uint8_t>(graph, zero, u8, {}, {0});
    std::vector<std::string> names;
    for (const QString& input : inputs)
        names.push_back(input.toStdString());
    addNode(graph, op.toStdString(), names, {"y"}, "node").set_domain(domain.toStdString());

    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QTEST(QString::fromStdString(std::string(nameOf(network->layers[0].kind))), "kind");
    QCOMPARE(network->layers[0].channelAxis, axis);
    QCOMPARE(network->weights[0].stored->op, op.toStdString());
    QCOMPARE(network->weights[0].stored->axis, sets == 1 ? -1 : axis);
    const bool columns = shape.size() == 2 && axis == 1;
    F expected;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const bool second = sets == 2 && (columns ? i % 2 == 1 : i >= codes.size() / 2);
        expected.push_back(second ? 2.0f * (static_cast<float>(codes[i]) - 3)
                                  : 0.5f * (static_cast<float>(codes[i]) - 1));
    }
    QCOMPARE(weightValues(*network, 0), expected);
}

void TestOnnxQuantized::integerOperatorsWithoutScale()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor<std::uint8_t>(graph, "w", u8, {2, 2}, {0, 1, 2, 3});
    addTensor<std::uint8_t>(graph, "z", u8, {2}, {1, 2});
    addTensor<std::int8_t>(graph, "k", i8, {1, 1, 1, 2}, {-5, 5});
    addNode(graph, "MatMulInteger", {"x", "w", "", "z"}, {"y"}, "product");
    addNode(graph, "ConvInteger", {"x", "k"}, {"y2"}, "convolution");
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 2u);
    QCOMPARE(weightValues(*network, 0), (F{-1, -1, 1, 1}));
    QCOMPARE(weightValues(*network, 1), (F{-5, 5}));
    QCOMPARE(network->weights[1].stored->description(), std::string("int8 codes without a scale, symmetric"));
    QVERIFY(network->layers[1].kind == LayerKind::Conv);
}

void TestOnnxQuantized::dynamicQuantizationFindsItsScale()
{
    // As ONNX Runtime's dynamic quantization writes it: the weight's scale is multiplied in behind.
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor<std::int8_t>(graph, "w", i8, {2, 2}, {1, 2, 3, 4});
    addFloats(graph, "w_scale", {2}, {0.5f, 2.0f});
    addNode(graph, "DynamicQuantizeLinear", {"x"}, {"xq", "xs", "xz"});
    addNode(graph, "MatMulInteger", {"xq", "w", "xz"}, {"acc"}, "node");
    setInt(addNode(graph, "Cast", {"acc"}, {"accf"}), "to", 1);
    addNode(graph, "Mul", {"xs", "w_scale"}, {"s"});
    addNode(graph, "Mul", {"accf", "s"}, {"y"});
    const auto network = writeAndRead(path(), model);
    QCOMPARE(network->layers.size(), 1u);
    QCOMPARE(weightValues(*network, 0), (F{0.5f, 4, 1.5f, 8}));
    QCOMPARE(network->weights[0].stored->axis, 1);
}

void TestOnnxQuantized::quantizedBiasIsDequantized()
{
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor<std::int8_t>(graph, "wq", i8, {2, 1, 1}, {1, 2});
    addTensor<std::int32_t>(graph, "bq", i32, {2}, {100, -200});
    addFloats(graph, "s", {}, {0.5f});
    addNode(graph, "DequantizeLinear", {"wq", "s"}, {"w"});
    addNode(graph, "DequantizeLinear", {"bq", "s"}, {"b"});
    addNode(graph, "Conv", {"x", "w", "b"}, {"y"});
    const auto network = writeAndRead(path(), model);
    F bias(2);
    readFloats(network->layers.at(0).bias.value(), 0, bias);
    QCOMPARE(bias, (F{50, -100}));
}

void TestOnnxQuantized::matMulNBits_data()
{
    QTest::addColumn<int>("bits");
    QTest::addColumn<int>("columns");
    QTest::addColumn<bool>("zeroPoints");
    QTest::newRow("4 bits, whole blocks") << 4 << 32 << false;
    QTest::newRow("4 bits, zero points") << 4 << 32 << true;
    QTest::newRow("4 bits, the last block is short") << 4 << 21 << true;
    QTest::newRow("8 bits, the last block is short") << 8 << 21 << false;
    QTest::newRow("2 bits, the last block is short") << 2 << 21 << true;
}

void TestOnnxQuantized::matMulNBits()
{
    QFETCH(int, bits);
    QFETCH(int, columns);
    QFETCH(bool, zeroPoints);
    constexpr int rows = 3;
    constexpr int block = 16;
    const int blocks = (columns + block - 1) / block;
    const auto code = [&](int row, int column) { return (row * 5 + column * 3) % (1 << bits); };
    const auto zeroPoint = [&](int row, int b) { return (row + 2 * b + 1) % (1 << bits); };
    std::vector<std::uint8_t> blob(static_cast<std::size_t>(rows * blocks * block * bits / 8));
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            const int bit = (row * blocks * block + column) * bits;
            blob[static_cast<std::size_t>(bit / 8)] |=
                static_cast<std::uint8_t>(code(row, column) << (bit % 8));
        }
    F scales;
    std::vector<std::uint8_t> packedZeros(static_cast<std::size_t>(rows * ((blocks * bits + 7) / 8)));
    for (int row = 0; row < rows; ++row)
        for (int b = 0; b < blocks; ++b) {
            scales.push_back(0.25f * static_cast<float>(row + 1) + static_cast<float>(b));
            const int bit = row * ((blocks * bits + 7) / 8) * 8 + b * bits;
            packedZeros[static_cast<std::size_t>(bit / 8)] |=
                static_cast<std::uint8_t>(zeroPoint(row, b) << (bit % 8));
        }

    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor(graph, "B", u8, {rows, blocks, block * bits / 8}, blob);
    addFloats(graph, "scales", {rows * blocks}, scales);
    addTensor(graph, "zeros", u8, {static_cast<std::int64_t>(packedZeros.size())}, packedZeros);
    auto& node =
        addNode(graph, "MatMulNBits", {"x", "B", "scales", zeroPoints ? "zeros" : ""}, {"y"}, "node");
    node.set_domain("com.microsoft");
    setInt(node, "K", columns);
    setInt(node, "N", rows);
    setInt(node, "bits", bits);
    setInt(node, "block_size", block);
    const auto network = writeAndRead(path(), model);
    QVERIFY2(network->skipped.empty(), network->skipped.empty() ? "" : network->skipped[0].reason.c_str());
    QCOMPARE(network->weights.at(0).data.shape, (Shape{rows, columns}));
    QCOMPARE(network->layers[0].channelAxis, 0);
    F expected;
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            const int zero = zeroPoints ? zeroPoint(row, column / block) : 1 << (bits - 1);
            expected.push_back(scales[static_cast<std::size_t>(row * blocks + column / block)]
                               * static_cast<float>(code(row, column) - zero));
        }
    QCOMPARE(weightValues(*network, 0), expected);
}

void TestOnnxQuantized::parametersThatDoNotFit_data()
{
    QTest::addColumn<QVector<qint64>>("scaleDims");
    QTest::addColumn<QVector<qint64>>("zeroDims");
    QTest::addColumn<qint64>("axis");
    QTest::addColumn<qint64>("block");
    using V = QVector<qint64>;
    QTest::newRow("too many scales") << V{3} << V{} << qint64{0} << qint64{0};
    QTest::newRow("axis out of range") << V{2} << V{} << qint64{2} << qint64{0};
    QTest::newRow("huge axis") << V{2} << V{} << (qint64{1} << 62) << qint64{0};
    QTest::newRow("wrong number of zero points") << V{2} << V{3} << qint64{0} << qint64{0};
    QTest::newRow("negative block") << V{2} << V{} << qint64{0} << qint64{-4};
    QTest::newRow("block without matching scales") << V{2} << V{} << qint64{1} << qint64{3};
    QTest::newRow("huge block") << V{2, 2} << V{} << qint64{1} << std::numeric_limits<qint64>::max();
    QTest::newRow("no scales") << V{0} << V{} << qint64{1} << qint64{0};
}

void TestOnnxQuantized::parametersThatDoNotFit()
{
    QFETCH(QVector<qint64>, scaleDims);
    QFETCH(QVector<qint64>, zeroDims);
    QFETCH(qint64, axis);
    QFETCH(qint64, block);
    auto model = emptyModel();
    auto& graph = *model.mutable_graph();
    addTensor<std::int8_t>(graph, "wq", i8, {2, 4}, std::vector<std::int8_t>(8, 1));
    addFloats(graph, "s", {scaleDims.begin(), scaleDims.end()});
    const Dims zeros(zeroDims.begin(), zeroDims.end());
    addTensor<std::int8_t>(graph, "z", i8, zeros,
                           std::vector<std::int8_t>(static_cast<std::size_t>(product(zeros)), 0));
    auto& node = addNode(graph, "DequantizeLinear", {"wq", "s", "z"}, {"w"});
    setInt(node, "axis", axis);
    setInt(node, "block_size", block);
    addNode(graph, "MatMul", {"x", "w"}, {"y"}, "node");
    const auto network = writeAndRead(path(), model);
    QVERIFY(network->layers.empty());
    QCOMPARE(network->skipped.size(), 1u);
    QCOMPARE(network->skipped[0].name, std::string("node"));
}

QTEST_APPLESS_MAIN(TestOnnxQuantized)
#include "tst_onnxquantized.moc"
