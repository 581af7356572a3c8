// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobrunner.h"

#include <QTest>

#include <atomic>
#include <chrono>
#include <thread>

using namespace quantoscope;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// Counts what the handlers hear.
struct Heard
{
    std::vector<int> results;
    std::vector<JobError> errors;
    int cancelled = 0;
    int lastPermille = 0;

    JobRunner<int>::Handlers handlers()
    {
        return {.succeeded = [this](const auto& r) { results.push_back(*r); },
                .failed = [this](const JobError& e) { errors.push_back(e); },
                .cancelled = [this] { ++cancelled; },
                .progressed = [this](Stage, int permille) { lastPermille = permille; }};
    }
};

/// Works until it is stopped.
JobRunner<int>::Job endless(std::atomic<int>* ended = nullptr)
{
    return [ended](const std::stop_token& stop, const ProgressFn&) -> JobRunner<int>::Result {
        while (!stop.stop_requested())
            std::this_thread::sleep_for(1ms);
        if (ended)
            ++*ended;
        throw Cancelled{};
    };
}

JobRunner<int>::Job answer(int value)
{
    return [value](const std::stop_token&, const ProgressFn&) { return std::make_shared<const int>(value); };
}

} // namespace

class TestJobRunner : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void deliversTheResult()
    {
        Heard heard;
        JobRunner<int> runner(heard.handlers());
        runner.start(answer(42));
        QVERIFY(runner.isRunning());
        QTRY_COMPARE(heard.results, std::vector<int>{42});
        QVERIFY(!runner.isRunning());
    }

    void reportsProgress()
    {
        Heard heard;
        JobRunner<int> runner(heard.handlers());
        runner.start([](const std::stop_token&, const ProgressFn& progress) {
            progress(Stage::Analyzing, 10, 10);
            return std::make_shared<const int>(1);
        });
        QTRY_COMPARE(heard.results.size(), 1u);
        QCOMPARE(heard.lastPermille, 1000);
    }

    void cancelIsAnOrdinaryOutcome()
    {
        Heard heard;
        JobRunner<int> runner(heard.handlers());
        runner.start(endless());
        runner.cancel();
        QTRY_COMPARE(heard.cancelled, 1);
        QVERIFY(heard.results.empty() && heard.errors.empty());
        runner.start(answer(7));
        QTRY_COMPARE(heard.results, std::vector<int>{7});
    }

    void engineErrorsArriveAsValues()
    {
        Heard heard;
        JobRunner<int> runner(heard.handlers());
        runner.start([](const std::stop_token&, const ProgressFn&) -> JobRunner<int>::Result {
            throw Error(ErrorCode::FileFormat, "broken at byte 12", "model.onnx");
        });
        QTRY_COMPARE(heard.errors.size(), 1u);
        QCOMPARE(heard.errors.front().message, u"broken at byte 12"_s);
        QCOMPARE(heard.errors.front().context, u"model.onnx"_s);
        runner.start([](const std::stop_token&, const ProgressFn&) -> JobRunner<int>::Result {
            throw std::bad_alloc();
        });
        QTRY_COMPARE(heard.errors.size(), 2u);
    }

    void latestWins()
    {
        Heard heard;
        std::atomic<int> ended = 0;
        JobRunner<int> runner(heard.handlers());
        runner.start(endless(&ended));
        for (int i = 0; i < 200; ++i)
            runner.start(answer(i));
        QTRY_COMPARE(heard.results.size(), 1u);
        QCOMPARE(heard.results.front(), 199);
        QTest::qWait(30);
        QCOMPARE(heard.results.size(), 1u);
        QCOMPARE(heard.cancelled, 0);
        // Stopped before it began or while it ran; never left behind.
        QVERIFY(ended.load() <= 1);
    }

    void destructionStopsAndWaits()
    {
        Heard heard;
        std::atomic<int> ended = 0;
        std::atomic<bool> began = false;
        {
            JobRunner<int> runner(heard.handlers());
            runner.start([&](const std::stop_token& stop, const ProgressFn& progress) {
                began = true;
                return endless(&ended)(stop, progress);
            });
            while (!began)
                std::this_thread::sleep_for(1ms);
        }
        QCOMPARE(ended.load(), 1);
        QTest::qWait(10);
        QVERIFY(heard.results.empty() && heard.errors.empty());
        QCOMPARE(heard.cancelled, 0);
    }
};

QTEST_GUILESS_MAIN(TestJobRunner)
#include "tst_jobrunner.moc"
