// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openfile.h"
#include "core/formats/synth/exactmath.h"
#include "core/formats/synth/synth.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

using namespace quantoscope;

class TestSynth : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void moments_data();
    void moments();
    void numbersNeverChange();
    void neighbouringSeedsAreUnrelated();
    void fractions();
    void channels();
    void scaleAndOffset();
    void mistakes_data();
    void mistakes();
    void elementaryFunctions();
    void normalQuantileMatchesReference_data();
    void normalQuantileMatchesReference();
    void cancelled();
};

namespace {

std::vector<float> valuesFor(const std::string& text)
{
    const auto network = openNetwork(text);
    const auto values = valuesOf(network->weights.at(0));
    return {values.values.begin(), values.values.end()};
}

} // namespace

void TestSynth::moments_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<double>("mean");
    QTest::addColumn<double>("variance");
    QTest::addColumn<double>("kurtosis"); // fourth central moment / variance²; 0: infinite or not tested
    const auto row = [](const char* kind, double mean, double variance, double kurtosis) {
        QTest::newRow(kind) << QString::fromUtf8(kind) << mean << variance << kurtosis;
    };
    const double pi = std::numbers::pi;
    row("uniform", 0, 1.0 / 3, 1.8);
    row("gauss", 0, 1, 3);
    row("laplace", 0, 2, 6);
    row("student-t:5", 0, 5.0 / 3, 0);
    row("student-t:30", 0, 30.0 / 28, 3 + 6.0 / 26);
    // max(0, z): E x = 1/√(2π), E x² = 1/2, E x⁴ = 3/2; central moments from these.
    const double m = 1 / std::sqrt(2 * pi);
    const double v = 0.5 - m * m;
    const double third = 2 * m; // E x³ = ½ E|z|³ = √(2/π)
    row("relu", m, v, (1.5 - 4 * m * third + 6 * m * m * 0.5 - 3 * m * m * m * m) / (v * v));
    const double e = std::exp(0.0625);
    row("lognormal:0.25", std::exp(0.03125), (e - 1) * e, 0);
    row("bimodal:4", 0, 5, (3 + 6 * 4 + 16) / 25.0); // z ± 2: E x⁴ = 3 + 6·4 + 16
    row("outliers:0.01:20σ", 0, 0.99 + 4, (0.99 * 3 + 0.01 * 160000) / (4.99 * 4.99));
    row("outlier-channels:4:20", 0, (508 + 4 * 400) / 512.0, 0);
    row("dead-channel", 0, 511.0 / 512, 3 * 512.0 / 511);
    row("mixture:0.1:5", 0, 0.9 + 2.5, 3 * (0.9 + 62.5) / (3.4 * 3.4));
}

void TestSynth::moments()
{
    QFETCH(QString, kind);
    QFETCH(double, mean);
    QFETCH(double, variance);
    QFETCH(double, kurtosis);
    const auto values = valuesFor("synth:" + kind.toStdString() + ",shape=512x2048,seed=3");
    const auto n = static_cast<double>(values.size());
    double sum = 0;
    for (const float value : values)
        sum += static_cast<double>(value);
    const double measuredMean = sum / n;
    double second = 0;
    double fourth = 0;
    double eighth = 0;
    for (const float value : values) {
        const double square = std::pow(static_cast<double>(value) - measuredMean, 2);
        second += square / n;
        fourth += square * square / n;
        eighth += std::pow(square, 4) / n;
    }
    // Five standard errors: of the mean √(σ²/n), of the second moment √((m4 - m2²)/n), of the fourth
    // √((m8 - m4²)/n), with the moments of the sample itself.
    QVERIFY2(std::abs(measuredMean - mean) < 5 * std::sqrt(second / n),
             qPrintable(QString::number(measuredMean)));
    QVERIFY2(std::abs(second - variance) < 5 * std::sqrt((fourth - second * second) / n),
             qPrintable(QString::number(second)));
    const double fourthError = 5 * std::sqrt((eighth - fourth * fourth) / n);
    if (kurtosis > 0)
        QVERIFY2(std::abs(fourth - kurtosis * variance * variance)
                     < fourthError + 10 * kurtosis * variance * std::sqrt((fourth - second * second) / n),
                 qPrintable(QString::number(fourth / second / second)));
}

void TestSynth::numbersNeverChange()
{
    // Any build must give the same bits. All but student-t and lognormal also came out of a second
    // implementation of the description at readSynth, written in Python.
    const auto hash = [](const char* text) {
        const auto values = valuesFor(text);
        quint64 sum = 0xcbf29ce484222325u; // FNV-1a over the bits
        for (const float value : values) {
            quint32 bits = 0;
            std::memcpy(&bits, &value, sizeof bits);
            sum = (sum ^ bits) * 0x100000001b3u;
        }
        return QString::number(sum, 16);
    };
    QCOMPARE(hash("synth:uniform"), QStringLiteral("6df9b923fb8a5719"));
    QCOMPARE(hash("synth:gauss"), QStringLiteral("5c66401b58fc94c0"));
    QCOMPARE(hash("synth:laplace"), QStringLiteral("a191490aacc80db4"));
    QCOMPARE(hash("synth:student-t:3.5"), QStringLiteral("347e58aec3925b71"));
    QCOMPARE(hash("synth:lognormal:1.5,seed=18446744073709551615"), QStringLiteral("d1fe0d432b89b3db"));
    {
        const ThreadLimit single(1);
        QCOMPARE(hash("synth:mixture,shape=1000x301"), QStringLiteral("b88cbff040108086"));
    }
    QCOMPARE(hash("synth:mixture,shape=1000x301"), QStringLiteral("b88cbff040108086"));
    // Element i depends on seed and i alone.
    const auto little = valuesFor("synth:outliers,shape=100");
    const auto large = valuesFor("synth:outliers,shape=50x50");
    QVERIFY(std::equal(little.begin(), little.end(), large.begin()));
}

void TestSynth::neighbouringSeedsAreUnrelated()
{
    const auto a = valuesFor("synth:gauss,shape=100000,seed=1");
    const auto b = valuesFor("synth:gauss,shape=100000,seed=2");
    double sameIndex = 0;
    double nextIndex = 0;
    for (std::size_t i = 0; i + 1 < a.size(); ++i) {
        sameIndex += static_cast<double>(a[i] * b[i]);
        nextIndex += static_cast<double>(a[i] * a[i + 1]);
    }
    // Sums of 1e5 products of independent standard normal values: standard deviation √1e5 = 316.
    QVERIFY(std::abs(sameIndex) < 5 * 316);
    QVERIFY(std::abs(nextIndex) < 5 * 316);
}

void TestSynth::fractions()
{
    const auto values = valuesFor("synth:outliers:0.02:30,shape=500000");
    const auto outliers =
        std::count_if(values.begin(), values.end(), [](float value) { return std::abs(value) == 30.0f; });
    // Binomial: 10000 ± 5·√(500000·0.02·0.98) = 495.
    QVERIFY2(std::abs(outliers - 10000) < 495, qPrintable(QString::number(outliers)));
    for (const float value : valuesFor("synth:constant:-2.5,shape=3x3"))
        QCOMPARE(value, -2.5f);
}

void TestSynth::channels()
{
    const auto dead = valuesFor("synth:dead-channel,shape=5x10");
    for (std::size_t i = 0; i < dead.size(); ++i)
        QCOMPARE(dead[i] == 0, i / 10 == 2);
    const auto plain = valuesFor("synth:gauss,shape=8x100");
    const auto loud = valuesFor("synth:outlier-channels:2:10,shape=8x100");
    for (std::size_t i = 0; i < loud.size(); ++i) {
        const bool outlier = i / 100 == 3 || i / 100 == 7; // ⌊(c+1)·2/8⌋ > ⌊c·2/8⌋
        QVERIFY(std::abs(loud[i] - (outlier ? 10 : 1) * plain[i]) <= 1e-6f * std::abs(loud[i]));
    }
    QCOMPARE(valuesFor("synth:outlier-channels:100:2,shape=4").size(), 4u);
}

void TestSynth::scaleAndOffset()
{
    const auto plain = valuesFor("synth:uniform,shape=1000");
    const auto moved = valuesFor("synth:uniform,shape=1000,scale=0.5,offset=-8");
    for (std::size_t i = 0; i < plain.size(); ++i)
        QVERIFY(std::abs(moved[i] - (0.5f * plain[i] - 8)) <= 1e-6f); // two roundings near 8
    const auto network = openNetwork("synth:gauss");
    QCOMPARE(network->format, std::string("synth"));
    QCOMPARE(network->layers.at(0).name, std::string("synth:gauss"));
    QCOMPARE(network->weights.at(0).data.shape, (Shape{64, 256}));
    QCOMPARE(network->parameters, 16384u);
}

void TestSynth::mistakes_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("position");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char* text, int position, const char* reason) {
        QTest::newRow(text) << QString::fromUtf8(text) << position << QString::fromUtf8(reason);
    };
    row("synth:", 7, "unknown kind");
    row("synth:gaus", 7, "'gauss'?");
    row("synth:studentt:4", 7, "'student-t'?");
    row("synth:outlier-chanels", 7, "'outlier-channels'?");
    row("synth:gauss:1", 13, "takes 0");
    row("synth:student-t:x", 17, "not a number");
    row("synth:student-t:", 17, "not a number");
    row("synth:student-t:0", 17, "out of range");
    row("synth:student-t:nan", 17, "not a number");
    row("synth:student-t:inf", 17, "not a number");
    row("synth:outliers:2:3", 16, "out of range");
    row("synth:outlier-channels:2.5", 24, "number of channels");
    row("synth:gauss,shap=3", 13, "'shape'?");
    row("synth:gauss,", 13, "unknown key");
    row("synth:gauss,seed", 13, "unknown key");
    row("synth:gauss,seed=-1", 18, "seed");
    row("synth:gauss,seed=18446744073709551616", 18, "seed");
    row("synth:gauss,seed=1,seed=2", 20, "twice");
    row("synth:gauss,shape=0x3", 19, "shape");
    row("synth:gauss,shape=3x", 19, "shape");
    row("synth:gauss,shape=3,4", 21, "unknown key");
    row("synth:gauss,shape=1x1x1x1x1x1x1x1x1", 19, "8");
    row("synth:gauss,shape=268435457", 19, "2^28");
    row("synth:gauss,shape=99999999999x99999999999", 19, "2^28");
    row("synth:gauss,scale=1e999", 19, "not a number");
}

void TestSynth::mistakes()
{
    QFETCH(QString, text);
    QFETCH(int, position);
    QFETCH(QString, reason);
    try {
        (void)openNetwork(text.toStdString());
        QFAIL("accepted");
    } catch (const Error& error) {
        const QString message = QString::fromUtf8(error.what());
        QVERIFY(error.code() == ErrorCode::InvalidArgument);
        QVERIFY2(message.contains(QStringLiteral("position %1:").arg(position)), error.what());
        QVERIFY2(message.contains(reason), error.what());
    }
}

void TestSynth::elementaryFunctions()
{
    // The C library is accurate to about 1e-16 here; ours is allowed 1e-14.
    for (int i = 1; i < 20000; ++i) {
        const double x = i * 1e-3;
        QVERIFY(std::abs(exactmath::log(x) - std::log(x)) <= 1e-14 * std::abs(std::log(x)));
        const double y = 30 * x - 300;
        QVERIFY(std::abs(exactmath::exp(y) / std::exp(y) - 1) < 1e-14);
        QVERIFY(std::abs(exactmath::expMinusOne(x) / std::expm1(x) - 1) < 1e-14);
        const double turns = i / 20000.0;
        QVERIFY(std::abs(exactmath::cosTurns(turns) - std::cos(2 * std::numbers::pi * turns)) < 2e-15);
    }
}

void TestSynth::normalQuantileMatchesReference_data()
{
    QTest::addColumn<double>("p");
    QTest::addColumn<double>("expected");
    // statistics.NormalDist().inv_cdf(p) of Python 3.11.
    const auto row = [](const char* name, double p, double expected) {
        QTest::newRow(name) << p << expected;
    };
    row("far tail", 1e-300, -37.0470962993612);
    row("tail", 1e-16, -8.222082216130435);
    row("near tail", 1e-5, -4.2648907939228256);
    row("one percent", 0.01, -2.3263478740408408);
    row("border of the centre", 0.075, -1.4395314709384557);
    row("centre", 0.3, -0.5244005127080407);
    row("close to the median", 0.5001, 0.0002506628300880075);
    row("upper side", 0.999, 3.090232306167813);
}

void TestSynth::normalQuantileMatchesReference()
{
    QFETCH(double, p);
    QFETCH(double, expected);
    QVERIFY(std::abs(exactmath::normalQuantile(p) / expected - 1) < 1e-13);
}

void TestSynth::cancelled()
{
    std::stop_source source;
    source.request_stop();
    QVERIFY_EXCEPTION_THROWN(readSynth("synth:gauss,shape=4096x4096", source.get_token()), Cancelled);
}

QTEST_APPLESS_MAIN(TestSynth)
#include "tst_synth.moc"
