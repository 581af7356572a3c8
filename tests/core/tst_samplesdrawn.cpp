// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openfile.h"
#include "core/formats/synth/counterrandom.h"
#include "core/samples/arraysource.h"
#include "core/samples/opensamples.h"
#include "core/samples/subset.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <QTest>

#include <algorithm>
#include <numeric>
#include <set>

using namespace quantoscope;

class TestSamplesDrawn : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void madeUpSamples();
    void madeUpSamplesAreArraysOfTheirOwnSeed();
    void madeUpMistakes_data();
    void madeUpMistakes();
    void drawsNeverChange();
    void drawsAreFair();
    void drawsAllOrNothing();
    void subsets();
    void overlaps();
    void overlapIsCancelled();
};

namespace {

std::vector<float> floats(const Tensor& tensor)
{
    std::vector<float> values(tensor.size());
    readFloats(tensor, 0, values);
    return values;
}

std::vector<InputValue> readAll(const SampleSource& source, std::vector<std::size_t> indices)
{
    return source.read(indices);
}

/// Samples of one number each.
std::shared_ptr<const SampleSource> numbers(std::vector<float> values)
{
    ArraySourceOptions options;
    options.description = "numbers";
    options.labels.emplace();
    for (const float value : values)
        options.labels->push_back(static_cast<std::int64_t>(value));
    Shape shape = {static_cast<std::int64_t>(values.size())};
    return arraySource({{"x", tensorFromFloats(std::move(shape), std::move(values)), false}}, options);
}

SampleOptions silero()
{
    SampleOptions options;
    options.inputs = {
        {"input", DType::F32, {-1, 576}}, {"state", DType::F32, {2, -1, 128}}, {"sr", DType::I64, {}}};
    options.constants = {"state=0", "sr=16000"};
    return options;
}

} // namespace

void TestSamplesDrawn::madeUpSamples()
{
    const auto source = openSamples("synth:gauss,seed=3", silero());
    QVERIFY(source->isSynthetic());
    QCOMPARE(source->description(),
             std::string("synthetic: gauss,seed=3, 100 samples; state = 0, sr = 16000"));
    QCOMPARE(source->count(), 100u);
    std::vector<std::size_t> all(100);
    std::iota(all.begin(), all.end(), std::size_t{0});
    const auto values = source->read(all);
    QCOMPARE(values.size(), 3u);
    QCOMPARE(values[0].tensor.shape, (Shape{100, 576}));
    const auto drawn = floats(values[0].tensor);
    double sum = 0;
    double squares = 0;
    for (const float value : drawn) {
        sum += value;
        squares += double(value) * value;
    }
    // Five standard deviations of the mean and of the variance of n normal numbers: 1/√n and √(2/n).
    const auto n = static_cast<double>(drawn.size());
    QVERIFY(std::abs(sum / n) < 5 / std::sqrt(n));
    QVERIFY(std::abs(squares / n - 1) < 5 * std::sqrt(2 / n));
    QVERIFY(source->hash(0) != source->hash(1));
    QVERIFY(openSamples("synth:gauss,seed=4", silero())->hash(0) != source->hash(0));
    QCOMPARE(openSamples("synth:gauss,seed=3", silero())->hash(7), source->hash(7));
}

void TestSamplesDrawn::madeUpSamplesAreArraysOfTheirOwnSeed()
{
    SampleOptions options;
    options.inputs = {{"a", DType::F32, {-1, 2, 3}}, {"b", DType::F32, {-1, 2, -1}}};
    const auto source = openSamples("synth:outlier-channels:1:50,shape=2x4,scale=2", options);
    const auto values = readAll(*source, {5, 2});
    QCOMPARE(values[1].tensor.shape, (Shape{2, 2, 4}));
    const std::string seed = std::to_string(CounterRandom(1, 1).bits(2));
    const auto wanted = openNetwork("synth:outlier-channels:1:50,shape=2x4,scale=2,seed=" + seed);
    const auto got = floats(values[1].tensor);
    QCOMPARE(std::vector<float>(got.begin() + 8, got.end()), floats(wanted->weights.at(0).data));
    QCOMPARE(floats(readAll(*source, {2})[1].tensor), floats(wanted->weights.at(0).data));
}

void TestSamplesDrawn::madeUpMistakes_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("reason");
    QTest::newRow("open dimension") << "synth:gauss"
                                    << "axis 2 of input 'x' (?×3×?) is open";
    QTest::newRow("shape of another rank") << "synth:gauss,shape=3x4x5"
                                           << "is open";
    QTest::newRow("shape against a fixed length") << "synth:gauss,shape=2x4"
                                                  << "is open";
    QTest::newRow("unknown kind") << "synth:gaus,shape=3x4"
                                  << "did you mean 'gauss'?";
    QTest::newRow("no kind") << "synth:"
                             << "unknown kind";
    QTest::newRow("too large") << "synth:gauss,shape=3x999999999"
                               << "2^28";
}

void TestSamplesDrawn::madeUpMistakes()
{
    QFETCH(QString, text);
    QFETCH(QString, reason);
    SampleOptions options;
    options.inputs = {{"x", DType::F32, {-1, 3, -1}}};
    try {
        (void)openSamples(text.toStdString(), options);
        QFAIL("no error");
    } catch (const Error& error) {
        QVERIFY2(QString::fromUtf8(error.what()).contains(reason), error.what());
    }
    options.inputs = {{"ids", DType::I64, {-1, 3}}};
    QVERIFY_EXCEPTION_THROWN((void)openSamples("synth:gauss", options), Error);
}

void TestSamplesDrawn::drawsNeverChange()
{
    // Computed by a Python program of the same definition.
    QCOMPARE(drawIndices(10, 10, 1), (std::vector<std::size_t>{8, 7, 2, 0, 9, 5, 4, 3, 6, 1}));
    QCOMPARE(drawIndices(1000, 5, 42), (std::vector<std::size_t>{668, 922, 64, 838, 489}));
}

void TestSamplesDrawn::drawsAreFair()
{
    // Each of 6 ordered pairs out of 3 is expected 1,000 times; χ² of 5 degrees of freedom stays below 20.5 in 999 of 1,000.
    std::vector<int> seen(9);
    for (std::uint64_t seed = 0; seed < 6000; ++seed) {
        const auto drawn = drawIndices(3, 2, seed);
        ++seen[drawn[0] * 3 + drawn[1]];
    }
    double chi = 0;
    for (const std::size_t pair : {1, 2, 3, 5, 6, 7})
        chi += (seen[pair] - 1000.0) * (seen[pair] - 1000.0) / 1000.0;
    QCOMPARE(seen[0] + seen[4] + seen[8], 0);
    QVERIFY2(chi < 20.5, qPrintable(QString::number(chi)));
}

void TestSamplesDrawn::drawsAllOrNothing()
{
    QVERIFY(drawIndices(0, 0, 1).empty());
    QVERIFY(drawIndices(5, 0, 1).empty());
    const auto all = drawIndices(500, 500, 9);
    QCOMPARE(std::set<std::size_t>(all.begin(), all.end()).size(), 500u);
    QVERIFY_EXCEPTION_THROWN((void)drawIndices(5, 6, 1), Error);
}

void TestSamplesDrawn::subsets()
{
    const auto source = subsetOf(numbers({10, 11, 12, 13}), {3, 1, 3});
    QCOMPARE(source->count(), 3u);
    QCOMPARE(floats(readAll(*source, {2, 1})[0].tensor), (std::vector<float>{13, 11}));
    QCOMPARE(*source->labels(), (std::vector<std::int64_t>{13, 11, 13}));
    QCOMPARE(source->hash(0), numbers({13})->hash(0));
    QCOMPARE(source->description(), std::string("numbers, 4 samples, of these 3 samples"));
}

void TestSamplesDrawn::overlaps()
{
    const auto calibration = numbers({1, 2, 3, 3, 4});
    const Overlap overlap = overlapOf(*numbers({9, 3, 8, 1, 3}), *calibration, {}, 2);
    QCOMPARE(overlap.count, 3u);
    using Pair = std::pair<std::size_t, std::size_t>;
    QVERIFY((overlap.firstPairs == std::vector<Pair>{{1, 2}, {3, 0}}));
    QCOMPARE(overlapOf(*numbers({7}), *calibration).count, 0u);
    SampleOptions options;
    options.digits = QUANTOSCOPE_SOURCE_DIR "/resources/sample/digits.npz";
    const auto test = openSamples("sample", options);
    options.calibration = true;
    QCOMPARE(overlapOf(*test, *openSamples("sample", options)).count, 0u);
}

void TestSamplesDrawn::overlapIsCancelled()
{
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_EXCEPTION_THROWN((void)overlapOf(*numbers({1}), *numbers({1}), stop.get_token()), Cancelled);
}

QTEST_GUILESS_MAIN(TestSamplesDrawn)
#include "tst_samplesdrawn.moc"
