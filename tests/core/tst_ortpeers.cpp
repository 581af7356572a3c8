// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/peers/ortpeers.h"
#include "core/support/error.h"

#include <QTest>

#include <cstring>
#include <random>

using namespace quantoscope;

namespace {

template <typename T>
std::vector<T> randomCodes(std::size_t count, int low, int high, unsigned seed)
{
    std::mt19937 engine(seed);
    std::uniform_int_distribution<int> any(low, high);
    std::vector<T> values(count);
    for (T& value : values)
        value = static_cast<T>(any(engine));
    return values;
}

template <typename T>
Tensor matrix(std::int64_t rows, std::int64_t columns, const std::vector<T>& values)
{
    return tensorFrom<T>({rows, columns}, values);
}

template <typename T>
Tensor scalar(T value)
{
    return tensorFrom<T>({}, std::span<const T>(&value, 1));
}

} // namespace

class TestOrtPeers : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void matMulIntegerEqualsItsDefinition_data();
    void matMulIntegerEqualsItsDefinition();
    void matMulNBitsReadsCodesFromTheLowestBits_data();
    void matMulNBitsReadsCodesFromTheLowestBits();
    void floatMatricesAndDynamicQuantization();
    void convolutions();
    void inputsMayChangeBetweenRuns();
    void saysWhatIsRefused();
};

void TestOrtPeers::matMulIntegerEqualsItsDefinition_data()
{
    QTest::addColumn<int>("threads");
    for (const int threads : {1, 2, 3})
        QTest::addRow("%d threads", threads) << threads;
}

void TestOrtPeers::matMulIntegerEqualsItsDefinition()
{
    QFETCH(int, threads);
    constexpr int m = 5, k = 37, n = 19;
    const auto a = randomCodes<std::uint8_t>(m * k, 0, 255, 1);
    const auto b = randomCodes<std::int8_t>(k * n, -128, 127, 2);
    const OrtPeer peer(ortMatMulInteger(matrix(m, k, a), matrix(k, n, b), scalar<std::uint8_t>(130),
                                        scalar<std::int8_t>(-3)),
                       threads);
    std::vector<std::int32_t> expected(m * n);
    for (int row = 0; row < m; ++row)
        for (int column = 0; column < n; ++column)
            for (int i = 0; i < k; ++i)
                expected[row * n + column] += (a[row * k + i] - 130) * (b[i * n + column] + 3);
    QCOMPARE(peer.output().shape, (Shape{m, n}));
    QCOMPARE(valuesOf<std::int32_t>(peer.output()), expected);
}

void TestOrtPeers::matMulNBitsReadsCodesFromTheLowestBits_data()
{
    QTest::addColumn<int>("bits");
    for (const int bits : {2, 4, 8})
        QTest::addRow("%d bits", bits) << bits;
}

void TestOrtPeers::matMulNBitsReadsCodesFromTheLowestBits()
{
    QFETCH(int, bits);
    constexpr int m = 3, k = 64, n = 6, block = 32;
    const auto codes = randomCodes<std::uint8_t>(n * k, 0, (1 << bits) - 1, 3);
    std::vector<std::uint8_t> packed(n * k * bits / 8);
    for (int i = 0; i < n * k; ++i)
        packed[i * bits / 8] |= static_cast<std::uint8_t>(codes[i] << (i * bits % 8));
    std::vector<float> scales(n * k / block);
    for (std::size_t i = 0; i < scales.size(); ++i)
        scales[i] = 0.5f + 0.25f * static_cast<float>(i % 3);
    const auto x = randomCodes<std::int8_t>(m * k, -9, 9, 4);
    const std::vector<float> floats(x.begin(), x.end());
    const BlockWeights weights{tensorFrom<std::uint8_t>({n, k / block, block * bits / 8}, packed),
                               tensorFrom<float>({n, k / block}, scales),
                               n,
                               k,
                               bits,
                               block};
    const OrtPeer exact(ortMatMulNBits(matrix(m, k, floats), weights, 0));
    const OrtPeer quantized(ortMatMulNBits(matrix(m, k, floats), weights, 4));
    const auto fromFloats = valuesOf<float>(exact.output());
    const auto fromCodes = valuesOf<float>(quantized.output());
    for (int row = 0; row < m; ++row)
        for (int column = 0; column < n; ++column) {
            double sum = 0;
            double most = 0;
            for (int i = 0; i < k; ++i) {
                const double weight = scales[(column * k + i) / block]
                                      * static_cast<double>(codes[column * k + i] - (1 << (bits - 1)));
                sum += weight * x[row * k + i];
                most += std::abs(weight);
            }
            QCOMPARE(fromFloats[row * n + column], static_cast<float>(sum)); // small numbers: exact
            // A block's largest activation is at most 9: half a step is 9/254, and the scale's own rounding.
            QVERIFY(std::abs(fromCodes[row * n + column] - sum) <= 0.036 * most + 1e-3);
        }
}

void TestOrtPeers::floatMatricesAndDynamicQuantization()
{
    constexpr int m = 4, k = 8, n = 3;
    const auto a = randomCodes<std::int8_t>(m * k, -7, 7, 5);
    const auto b = randomCodes<std::int8_t>(k * n, -7, 7, 6);
    const std::vector<float> x(a.begin(), a.end());
    const std::vector<float> y(b.begin(), b.end());
    const OrtPeer floats(ortMatMul(matrix(m, k, x), matrix(k, n, y)));
    const std::vector<float> scale(1, 1.0f);
    const OrtPeer dynamic(ortDynamicQuantizeMatMul(matrix(m, k, x), matrix(k, n, b), scale));
    const auto exact = valuesOf<float>(floats.output());
    const auto quantized = valuesOf<float>(dynamic.output());
    for (int i = 0; i < m * n; ++i) {
        double sum = 0;
        for (int j = 0; j < k; ++j)
            sum += a[i / n * k + j] * b[j * n + i % n];
        QCOMPARE(exact[i], static_cast<float>(sum));
        // A step is at most 14/255; K weights of at most 7 see half a step each.
        QVERIFY(std::abs(quantized[i] - sum) <= 14.0 / 255 / 2 * k * 7 + 1e-3);
    }
}

void TestOrtPeers::convolutions()
{
    // One output of two taps with a step of two on one channel: 2·1 - 1·3 and 2·5 - 1·7.
    ConvAttributes attributes;
    attributes.strides = {1, 2};
    const std::vector<float> x = {1, 3, 5, 7};
    const std::vector<float> w = {2, -1};
    const OrtPeer floats(
        ortConv(tensorFrom<float>({1, 1, 1, 4}, x), tensorFrom<float>({1, 1, 1, 2}, w), attributes));
    QCOMPARE(floats.output().shape, (Shape{1, 1, 1, 2}));
    QCOMPARE(valuesOf<float>(floats.output()), (std::vector<float>{-1, 3}));

    const std::vector<std::uint8_t> codes = {11, 13, 15, 17};
    const std::vector<std::int8_t> taps = {2, -1};
    const OrtQuantized image{tensorFrom<std::uint8_t>({1, 1, 1, 4}, codes), {0.5f}, {10}};
    const OrtQuantized weights{tensorFrom<std::int8_t>({1, 1, 1, 2}, taps), {2.0f}, {0}};
    const OrtPeer integers(ortConvInteger(image, weights, attributes));
    QCOMPARE(valuesOf<std::int32_t>(integers.output()), (std::vector<std::int32_t>{-1, 3}));
    // (-1 + 8)·0.5·2 / 0.25 + 20 and (3 + 8)·4 + 20
    const std::vector<std::int32_t> bias = {8};
    const OrtPeer requantized(ortQLinearConv(image, weights, bias, {DType::U8, 0.25f, 20}, attributes));
    QCOMPARE(valuesOf<std::uint8_t>(requantized.output()), (std::vector<std::uint8_t>{48, 64}));

    const OrtQuantized row{tensorFrom<std::uint8_t>({1, 2}, std::span(codes).first(2)), {0.5f}, {10}};
    const OrtQuantized column{tensorFrom<std::int8_t>({2, 1}, taps), {2.0f}, {0}};
    const OrtPeer product(ortQLinearMatMul(row, column, {DType::U8, 0.25f, 20}));
    QCOMPARE(valuesOf<std::uint8_t>(product.output()), std::vector<std::uint8_t>{16});
}

void TestOrtPeers::inputsMayChangeBetweenRuns()
{
    const std::vector<float> x = {-1, 0.26f};
    OrtPeer peer(ortQuantizeLinear(tensorFrom<float>({2}, x), {DType::I8, 0.5f, 3}));
    QCOMPARE(valuesOf<std::int8_t>(peer.output()), (std::vector<std::int8_t>{1, 4}));
    const float other = 100;
    std::memcpy(peer.input(0).data(), &other, sizeof other);
    OrtPeer moved = std::move(peer);
    moved.run();
    QCOMPARE(valuesOf<std::int8_t>(moved.output()), (std::vector<std::int8_t>{127, 4}));
}

void TestOrtPeers::saysWhatIsRefused()
{
    const std::vector<float> x(6);
    const OrtNode unfit = ortMatMul(matrix(2, 3, x), matrix(2, 3, x));
    try {
        const OrtPeer peer(unfit);
        QFAIL("2×3 times 2×3");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::Unsupported);
        QVERIFY(std::strstr(error.what(), "MatMul"));
    }
    QVERIFY_EXCEPTION_THROWN(OrtPeer(OrtNode{"NoSuchOperator", "", {}, {}, {DType::F32}}), Error);
    QVERIFY_EXCEPTION_THROWN(OrtPeer(ortMatMul(matrix(2, 3, x), matrix(3, 2, x)), 0), Error);
    QVERIFY_EXCEPTION_THROWN(matrix(2, 2, x), Error);
    QVERIFY_EXCEPTION_THROWN(valuesOf<std::int8_t>(matrix(2, 3, x)), Error);
    QVERIFY_EXCEPTION_THROWN(ortQuantizeLinear(matrix(2, 3, x), {DType::U8, 1, -1}), Error);
}

QTEST_GUILESS_MAIN(TestOrtPeers)
#include "tst_ortpeers.moc"
