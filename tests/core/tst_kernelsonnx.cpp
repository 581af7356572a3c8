// SPDX-License-Identifier: GPL-3.0-or-later
// The integer cases of ONNX's own node tests (Debian's libonnx-testdata) by our kernels.
#include "tests/core/kernelsides.h"

#include "core/kernels/input/quantizerows.h"

#include <QFile>
#include <QTest>

#include <onnx/onnx_pb.h>

#include <cmath>

using namespace kernelsides;

namespace {

const QString folder = QStringLiteral("/usr/share/libonnx-testdata/data/node/");

/// A stored tensor: integers, or floats.
struct Stored
{
    std::vector<std::size_t> shape;
    Side ints;
    std::vector<float> floats;
};

Stored storedIn(const QString& path)
{
    QFile file(path);
    Stored stored;
    onnx::TensorProto proto;
    if (!file.open(QIODevice::ReadOnly) || !proto.ParseFromString(file.readAll().toStdString()))
        return stored;
    for (const std::int64_t size : proto.dims())
        stored.shape.push_back(static_cast<std::size_t>(size));
    const std::string& raw = proto.raw_data();
    const auto read = [&]<typename T>(T, auto& values) {
        for (std::size_t at = 0; at + sizeof(T) <= raw.size(); at += sizeof(T)) {
            T value;
            std::memcpy(&value, raw.data() + at, sizeof value);
            values.push_back(value);
        }
    };
    stored.ints.isSigned = proto.data_type() == onnx::TensorProto::INT8;
    switch (proto.data_type()) {
    case onnx::TensorProto::FLOAT:
        read(float{}, stored.floats);
        break;
    case onnx::TensorProto::INT8:
        read(std::int8_t{}, stored.ints.values);
        break;
    case onnx::TensorProto::UINT8:
        read(std::uint8_t{}, stored.ints.values);
        break;
    default:
        read(std::int32_t{}, stored.ints.values);
    }
    return stored;
}

/// One case: inputs in order, and what must come out.
struct Case
{
    explicit Case(const QString& name)
    {
        const QString data = folder + name + "/test_data_set_0/";
        for (int i = 0; QFile::exists(data + QString("input_%1.pb").arg(i)); ++i)
            inputs.push_back(storedIn(data + QString("input_%1.pb").arg(i)));
        for (int i = 0; QFile::exists(data + QString("output_%1.pb").arg(i)); ++i)
            outputs.push_back(storedIn(data + QString("output_%1.pb").arg(i)));
    }
    /// An input with the zero point that another one holds; 0 where there is none.
    Side side(std::size_t index, std::size_t zero) const
    {
        Side result = inputs.at(index).ints;
        if (zero < inputs.size())
            result.zero = inputs[zero].ints.values;
        return result;
    }

    std::vector<Stored> inputs;
    std::vector<Stored> outputs;
};

ConvGeometry geometryOf(const Stored& x, const Stored& w, std::int64_t pad)
{
    const auto size = [](const Stored& stored, std::size_t axis) {
        return static_cast<std::int64_t>(stored.shape.at(axis));
    };
    return {size(x, 1),
            size(w, 0),
            size(x, 1) / size(w, 1),
            {size(x, 2), size(w, 2), 1, 1, pad, pad},
            {size(x, 3), size(w, 3), 1, 1, pad, pad}};
}

} // namespace

class TestKernelsOnnx : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!QFile::exists(folder))
            QSKIP("libonnx-testdata is not installed");
    }
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void matMulInteger();
    void convInteger_data();
    void convInteger();
    void qLinearMatMul_data();
    void qLinearMatMul();
    void qLinearConv();
    void dynamicQuantizeLinear_data();
    void dynamicQuantizeLinear();
};

void TestKernelsOnnx::matMulInteger()
{
    const Case test("test_matmulinteger");
    const auto& a = test.inputs.at(0).shape;
    const auto& b = test.inputs.at(1).shape;
    for (const Isa isa : availableIsas())
        QCOMPARE(MatrixProduct(isa, a.at(0), a.at(1), b.at(1), test.side(0, 2), test.side(1, 3)).sums(),
                 test.outputs.at(0).ints.values);
}

void TestKernelsOnnx::convInteger_data()
{
    QTest::addColumn<int>("pad");
    QTest::newRow("test_convinteger_with_padding") << 1;
    QTest::newRow("test_convinteger_without_padding") << 0;
}

void TestKernelsOnnx::convInteger()
{
    QFETCH(int, pad);
    const Case test(QTest::currentDataTag());
    const ConvGeometry geometry = geometryOf(test.inputs.at(0), test.inputs.at(1), pad);
    for (const Isa isa : availableIsas())
        QCOMPARE(Convolution(isa, geometry, 1, test.side(0, 2), test.side(1, 3)).sums(),
                 test.outputs.at(0).ints.values);
}

void TestKernelsOnnx::qLinearMatMul_data()
{
    QTest::addColumn<QString>("name");
    for (const char* const name : {"test_qlinearmatmul_2D", "test_qlinearmatmul_3D"})
        QTest::newRow(name) << QString(name);
}

void TestKernelsOnnx::qLinearMatMul()
{
    QFETCH(QString, name);
    // a, scale, zero, b, scale, zero, scale of y, zero of y
    const Case test(name);
    const auto& shape = test.inputs.at(0).shape;
    const std::size_t m = shape.at(shape.size() - 2), k = shape.back(), n = test.inputs.at(3).shape.back();
    const std::size_t batches = test.inputs[0].ints.values.size() / (m * k);
    FloatRule rule = FloatRule::make(test.inputs[1].floats.at(0), test.inputs[4].floats,
                                     test.inputs.at(6).floats.at(0), n);
    rule.zero = test.inputs.at(7).ints.values.at(0);
    rule.isSigned = test.inputs[7].ints.isSigned;
    const auto part = [](Side side, std::size_t index, std::size_t size) {
        const auto first = side.values.begin() + static_cast<std::ptrdiff_t>(index * size);
        side.values = Ints(first, first + static_cast<std::ptrdiff_t>(size));
        return side;
    };
    for (const Isa isa : availableIsas()) {
        Ints codes;
        for (std::size_t batch = 0; batch < batches; ++batch) {
            const MatrixProduct product(isa, m, k, n, part(test.side(0, 2), batch, m * k),
                                        part(test.side(3, 5), batch, k * n));
            for (const std::int32_t code : product.requantized(rule.output()))
                codes.push_back(code);
        }
        QCOMPARE(codes, test.outputs.at(0).ints.values);
    }
}

void TestKernelsOnnx::qLinearConv()
{
    // x, scale, zero, w, scale, zero, scale of y, zero of y
    const Case test("test_qlinearconv");
    const ConvGeometry geometry = geometryOf(test.inputs.at(0), test.inputs.at(3), 0);
    FloatRule rule =
        FloatRule::make(test.inputs[1].floats.at(0), test.inputs.at(4).floats, test.inputs.at(6).floats.at(0),
                        static_cast<std::size_t>(geometry.outputs));
    rule.zero = test.inputs.at(7).ints.values.at(0);
    for (const Isa isa : availableIsas())
        QCOMPARE(Convolution(isa, geometry, 1, test.side(0, 2), test.side(3, 5)).requantized(rule.output()),
                 test.outputs.at(0).ints.values);
}

void TestKernelsOnnx::dynamicQuantizeLinear_data()
{
    QTest::addColumn<QString>("name");
    for (const char* const name : {"test_dynamicquantizelinear", "test_dynamicquantizelinear_max_adjusted",
                                   "test_dynamicquantizelinear_min_adjusted"})
        QTest::newRow(name) << QString(name);
}

void TestKernelsOnnx::dynamicQuantizeLinear()
{
    QFETCH(QString, name);
    const Case test(name);
    const std::vector<float>& x = test.inputs.at(0).floats;
    const float scale = test.outputs.at(1).floats.at(0);
    const std::int32_t zero = test.outputs.at(2).ints.values.at(0);
    for (const Isa isa : availableIsas()) {
        // The range with zero in it over 255 steps, as the operator defines it.
        const FiniteRange range = rangeOf(isa, {x.data(), 1, x.size()});
        const float low = std::min(range.lo, 0.0f);
        const float high = std::max(range.hi, 0.0f);
        QCOMPARE((high - low) / 255, scale);
        QCOMPARE(static_cast<std::int32_t>(std::nearbyint(-low / scale)), zero);
        QuantizeRule rule;
        rule.scale = scale;
        rule.zeroPoint = zero - 128;
        const RowRule row = affineRule(rule);
        std::vector<std::int8_t> packed(x.size());
        RowTerms terms;
        quantizeRows(isa, {x.data(), 1, x.size()}, {{&row, 1}, {}, false}, packed.data(), {&terms, 1});
        Ints codes;
        for (const std::int8_t code : packed)
            codes.push_back(code + 128);
        QCOMPARE(codes, test.outputs.at(0).ints.values);
    }
}

QTEST_GUILESS_MAIN(TestKernelsOnnx)
#include "tst_kernelsonnx.moc"
