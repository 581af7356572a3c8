// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/timing/measure.h"
#include "core/kernels/timing/roofline.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <QTest>

#include <numeric>

using namespace quantoscope;
using std::chrono::nanoseconds;

namespace {

/// Time stands still but where a candidate takes some.
struct FakeTime
{
    nanoseconds now{0};
    nanoseconds probe{1000};
    std::string calls; ///< one letter each, in order

    MeasureOptions options()
    {
        MeasureOptions options;
        options.clock = [this] { return now; };
        options.driftProbe = [this] { now += probe; };
        options.warmUp = nanoseconds(0);
        return options;
    }
    Candidate candidate(char letter, std::function<nanoseconds()> cost)
    {
        return {std::string(1, letter), [this, letter, cost = std::move(cost)] {
                    calls += letter;
                    now += cost();
                }};
    }
    Candidate candidate(char letter, nanoseconds cost)
    {
        return candidate(letter, [cost] { return cost; });
    }
};

constexpr nanoseconds millisecond{1'000'000};

/// n … 1: the r-th smallest is r.
Spread spreadOfFirst(std::size_t n)
{
    std::vector<double> samples(n);
    std::iota(samples.rbegin(), samples.rend(), 1.0);
    return spreadOf(samples);
}

} // namespace

class TestTiming : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void intervalHasTheRanksWorkedOutByHand_data();
    void intervalHasTheRanksWorkedOutByHand();
    void spreadIsThatOfHandWorkedSamples();
    void manySamplesKeepTheShare();
    void candidatesTakeTurns();
    void callsAreCalibratedToTheSample();
    void rotatesBeforeEachCall();
    void ratiosArePairedByRound();
    void noiseIsTheWidthOfTheInterval();
    void driftIsTheLargestChangeOfTheProbe();
    void budgetEndsTheRounds();
    void stopEndsWithinOneCall();
    void streamsEveryRound();
    void whatACandidateThrowsArrives();
    void refusesWhatCannotBeMeasured();
    void rooflineShareIsTheNearerLimit();
    void rooflineFiguresAreKeptByMachine();
    void measuringARooflineStops();
};

void TestTiming::intervalHasTheRanksWorkedOutByHand_data()
{
    QTest::addColumn<std::size_t>("samples");
    QTest::addColumn<std::size_t>("rank");
    // r: the largest with 2·(C(n,0) + … + C(n,r-1)) ≤ 0.05·2^n.
    QTest::newRow("0: none") << std::size_t{0} << std::size_t{0};
    QTest::newRow("1: itself") << std::size_t{1} << std::size_t{1};
    QTest::newRow("5: all, 2/32 is too much") << std::size_t{5} << std::size_t{1};
    QTest::newRow("6: 2/64 = 0.031") << std::size_t{6} << std::size_t{1};
    QTest::newRow("7: 2/128 = 0.016, next 16/128") << std::size_t{7} << std::size_t{1};
    QTest::newRow("8: 2/256 = 0.008, next 18/256 = 0.070") << std::size_t{8} << std::size_t{1};
    QTest::newRow("9: 20/512 = 0.039, next 92/512") << std::size_t{9} << std::size_t{2};
    QTest::newRow("15: 1152/32768 = 0.035, next 3882/32768 = 0.118") << std::size_t{15} << std::size_t{4};
    QTest::newRow("20: 43400/2^20 = 0.041, next 120920/2^20 = 0.115") << std::size_t{20} << std::size_t{6};
}

void TestTiming::intervalHasTheRanksWorkedOutByHand()
{
    QFETCH(std::size_t, samples);
    QFETCH(std::size_t, rank);
    QCOMPARE(medianIntervalRank(samples), rank);
    if (samples == 0)
        return;
    const Spread spread = spreadOfFirst(samples);
    QCOMPARE(spread.low95, static_cast<double>(rank));
    QCOMPARE(spread.high95, static_cast<double>(samples + 1 - rank));
    QCOMPARE(spread.median, static_cast<double>(samples + 1) / 2);
}

void TestTiming::spreadIsThatOfHandWorkedSamples()
{
    QCOMPARE(spreadOf({}), Spread{});
    QCOMPARE(spreadOf({3}), (Spread{3, 3, 3, 3, 3}));
    // Quartiles at places 0.75 and 2.25 of 0 … 3.
    QCOMPARE(spreadOf({40, 10, 30, 20}), (Spread{25, 10, 40, 17.5, 32.5}));
    // Places 1.5 and 4.5 of 0 … 6.
    QCOMPARE(spreadOf({7, 1, 6, 2, 5, 3, 4}), (Spread{4, 1, 7, 2.5, 5.5}));
}

void TestTiming::manySamplesKeepTheShare()
{
    // About n/2 - 0.98·√n; 2^-5000 is no double.
    const double rank = static_cast<double>(medianIntervalRank(5000));
    QVERIFY(std::abs(rank - (2500 - 0.98 * std::sqrt(5000.0))) <= 2);
}

void TestTiming::candidatesTakeTurns()
{
    FakeTime time;
    const std::vector<Candidate> candidates = {time.candidate('a', millisecond),
                                               time.candidate('b', 2 * millisecond),
                                               time.candidate('c', 3 * millisecond)};
    MeasureOptions options = time.options();
    options.rounds = 3;
    const Measurement result = measure(candidates, options);
    QCOMPARE(time.calls, "abc" // warm-up: one call is a sample
                         "abcabcabc");
    QCOMPARE(result.rounds, std::size_t{3});
    QVERIFY(result.complete);
    QCOMPARE(result.timings[2].samples, (std::vector<double>{0.003, 0.003, 0.003}));
}

void TestTiming::callsAreCalibratedToTheSample()
{
    FakeTime time;
    const std::vector<Candidate> candidates = {time.candidate('a', nanoseconds(150'000)),
                                               time.candidate('b', nanoseconds(0))};
    MeasureOptions options = time.options();
    options.rounds = 1;
    options.threads = 2;
    const Measurement result = measure(candidates, options);
    QCOMPARE(result.timings[0].callsPerSample, std::size_t{4}); // 0.15, 0.3, 0.6 ms
    QCOMPARE(result.timings[0].samples, std::vector<double>{0.00015});
    QVERIFY(result.timings[1].callsPerSample > 1); // and it ends
    QCOMPARE(result.threads, 2);

    time.calls.clear();
    options.warmUp = nanoseconds(3'000'000);
    measure({candidates.data(), 1}, options);
    // 1 + 2 + 4 + 4 + 4 + 4 + 4 calls of warm-up are the first that make 3 ms, then one sample.
    QCOMPARE(time.calls.size(), std::size_t{23 + 4});
}

void TestTiming::rotatesBeforeEachCall()
{
    FakeTime time;
    Candidate candidate = time.candidate('a', nanoseconds(250'000));
    candidate.rotate = [&time] { time.calls += 'r'; };
    MeasureOptions options = time.options();
    options.rounds = 1;
    const Measurement result = measure({&candidate, 1}, options);
    QCOMPARE(time.calls, "ra"
                         "rara"
                         "rara");
    QVERIFY(result.timings[0].cold);
}

void TestTiming::ratiosArePairedByRound()
{
    // The machine halves its speed after every round: medians of times say nothing, pairs say 1.5.
    FakeTime time;
    int round = 0;
    const auto slower = [&](nanoseconds base) {
        return time.candidate('x', [&, base] { return base * (1 << round); });
    };
    const std::vector<Candidate> candidates = {slower(3 * millisecond), slower(2 * millisecond)};
    MeasureOptions options = time.options();
    options.rounds = 7;
    options.onRound = [&](const Measurement&) { ++round; };
    const Measurement result = measure(candidates, options);
    QCOMPARE(result.timings[1].speed, (Spread{1.5, 1.5, 1.5, 1.5, 1.5}));
    QCOMPARE(result.timings[0].speed.median, 1.0);
    QCOMPARE(pairedRatio(result.timings[1], result.timings[0]).high95, 2.0 / 3);
    QCOMPARE(result.timings[0].seconds.high95, 0.003 * 64);
    QVERIFY(result.timings[0].noisy);
}

void TestTiming::noiseIsTheWidthOfTheInterval()
{
    // Calls last 100 + 0 … 10 (then 12) units in the rounds.
    for (const auto& [most, noisy] : {std::pair{10, false}, std::pair{12, true}}) {
        FakeTime time;
        int call = -1; // the warm-up's
        const Candidate candidate = time.candidate('a', [&call, most = most] {
            return 10'000 * nanoseconds(100 + (call++ >= 0 ? call % 2 * most : 0));
        });
        MeasureOptions options = time.options();
        options.rounds = 7;
        const Measurement result = measure({&candidate, 1}, options);
        QCOMPARE(result.timings[0].noisy, noisy);
        options.rounds = 5;
        call = -1;
        QVERIFY(measure({&candidate, 1}, options).timings[0].noisy); // too few for an interval
    }
}

void TestTiming::driftIsTheLargestChangeOfTheProbe()
{
    FakeTime time;
    const Candidate candidate = time.candidate('a', millisecond);
    MeasureOptions options = time.options();
    options.rounds = 4;
    std::vector<double> drifts;
    options.onRound = [&](const Measurement& result) {
        drifts.push_back(result.frequencyDrift);
        time.probe = nanoseconds(result.rounds == 1 ? 800 : 1100);
    };
    measure({&candidate, 1}, options);
    QCOMPARE(drifts.size(), std::size_t{4});
    QCOMPARE(drifts[0], 0.0);
    QVERIFY(std::abs(drifts[1] - 0.2) < 1e-12);
    QCOMPARE(drifts[3], drifts[1]);
}

void TestTiming::budgetEndsTheRounds()
{
    FakeTime time;
    const Candidate candidate = time.candidate('a', 10 * millisecond);
    MeasureOptions options = time.options();
    options.rounds = 100;
    options.budget = 45 * millisecond; // warm-up 10 ms, rounds 10 ms and three probes
    const Measurement result = measure({&candidate, 1}, options);
    QCOMPARE(result.rounds, std::size_t{3});
    QVERIFY(!result.complete);
    options.budget = nanoseconds(0);
    QCOMPARE(measure({&candidate, 1}, options).rounds, std::size_t{1}); // never none
}

void TestTiming::stopEndsWithinOneCall()
{
    FakeTime time;
    std::stop_source stop;
    const auto stopAfter = [&](std::size_t calls) {
        return time.candidate('a', [&, calls] {
            if (time.calls.size() == calls)
                stop.request_stop();
            return nanoseconds(100'000);
        });
    };
    for (const std::size_t calls : {std::size_t{1}, std::size_t{3}, std::size_t{20}}) {
        time.calls.clear();
        stop = {};
        const Candidate candidate = stopAfter(calls);
        QVERIFY_EXCEPTION_THROWN(measure({&candidate, 1}, time.options(), stop.get_token()), Cancelled);
        QCOMPARE(time.calls.size(), calls);
    }
}

void TestTiming::streamsEveryRound()
{
    FakeTime time;
    const std::vector<Candidate> candidates = {time.candidate('a', millisecond),
                                               time.candidate('b', 4 * millisecond)};
    MeasureOptions options = time.options();
    options.rounds = 2;
    std::size_t rounds = 0;
    options.onRound = [&](const Measurement& result) {
        ++rounds;
        QCOMPARE(result.rounds, rounds);
        QCOMPARE(result.complete, rounds == 2);
        QCOMPARE(result.timings.size(), std::size_t{2});
        QCOMPARE(result.timings[1].samples.size(), rounds);
        QCOMPARE(result.timings[1].speed.median, 0.25);
    };
    measure(candidates, options);
    QCOMPARE(rounds, std::size_t{2});
}

void TestTiming::whatACandidateThrowsArrives()
{
    const Candidate candidate{"bad", [] { throw Error(ErrorCode::Unsupported, "No."); }};
    QVERIFY_EXCEPTION_THROWN(measure({&candidate, 1}, FakeTime().options()), Error);
}

void TestTiming::refusesWhatCannotBeMeasured()
{
    FakeTime time;
    const Candidate candidate = time.candidate('a', millisecond);
    MeasureOptions options = time.options();
    QVERIFY(measure({}, options).timings.empty());
    options.base = 1;
    QVERIFY_EXCEPTION_THROWN(measure({&candidate, 1}, options), Error);
    options = time.options();
    options.rounds = 0;
    QVERIFY_EXCEPTION_THROWN(measure({&candidate, 1}, options), Error);
    const Candidate none{"none", nullptr};
    QVERIFY_EXCEPTION_THROWN(measure({&none, 1}, time.options()), Error);
}

void TestTiming::rooflineShareIsTheNearerLimit()
{
    // 8 GB at 16 GB/s take 0.5 s, 30 GMAC at 100 GMAC/s 0.3 s.
    QCOMPARE(rooflineShare(1, 8e9, 30e9, 16e9, 100e9), 0.5);
    QCOMPARE(rooflineShare(1, 8e9, 80e9, 16e9, 100e9), 0.8);
    QCOMPARE(rooflineShare(0.25, 8e9, 0, 16e9, 100e9), 2.0); // from a cache
    QCOMPARE(rooflineShare(1, 8e9, 30e9, 0, 100e9), 0.3);
    QCOMPARE(rooflineShare(1, 8e9, 30e9, 0, 0), 0.0);
    QCOMPARE(rooflineShare(0, 8e9, 30e9, 16e9, 100e9), 0.0);
}

void TestTiming::rooflineFiguresAreKeptByMachine()
{
    RooflineCache cache;
    QVERIFY(!cache.find("A", Isa::Avx2, 1));
    RooflineFigures figures{"A", Isa::Avx2, 1, 1e9, 2e9, 3e9, 4e9, 5e9, 6e9};
    cache.put(figures);
    cache.put({"A", Isa::Avx2, 2});
    cache.put({"B", Isa::Avx2, 1});
    cache.put({"A", Isa::Sse4, 1});
    QCOMPARE(*cache.find("A", Isa::Avx2, 1), figures);
    figures.int8Peak = 7e9;
    cache.put(figures);
    QCOMPARE(cache.entries.size(), std::size_t{4});
    QCOMPARE(cache.find("A", Isa::Avx2, 1)->peak(Arithmetic::Int8), 7e9);
    QCOMPARE(figures.peak(Arithmetic::Int16), 4e9);
    QCOMPARE(figures.peak(Arithmetic::Binary), 5e9);
    QCOMPARE(figures.peak(Arithmetic::Float), 6e9);
}

void TestTiming::measuringARooflineStops()
{
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_EXCEPTION_THROWN(measureRoofline("A", Isa::Scalar, 1, stop.get_token()), Cancelled);
    QVERIFY_EXCEPTION_THROWN(measureRoofline("A", Isa::Scalar, 0), Error);
}

QTEST_GUILESS_MAIN(TestTiming)
#include "tst_timing.moc"
