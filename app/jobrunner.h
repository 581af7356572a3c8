// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/support/error.h"
#include "core/support/progress.h"

#include <QFutureWatcher>
#include <QPromise>
#include <QString>
#include <QThreadPool>
#include <QtConcurrent>

#include <functional>
#include <memory>
#include <stop_token>
#include <variant>

namespace quantoscope {

/// An engine error as a value that crosses threads.
struct JobError
{
    ErrorCode code = ErrorCode::InvalidArgument;
    QString message;
    QString context;
};

/// Runs one job at a time off the GUI thread; the latest request wins. A newer start() stops the older job,
/// whose result is dropped. Handlers are called on the thread that owns the runner, and only for the latest
/// job. The destructor stops the job and waits for it. Not a QObject, so that it can be a template: the
/// runners around it give it signals.
template <class T>
class JobRunner
{
public:
    using Result = std::shared_ptr<const T>;
    using Job = std::function<Result(const std::stop_token&, const ProgressFn&)>;
    struct Handlers
    {
        std::function<void(const Result&)> succeeded;
        std::function<void(const JobError&)> failed;
        std::function<void()> cancelled;
        std::function<void(Stage, int permille)> progressed;
    };

    explicit JobRunner(Handlers handlers) : m_handlers(std::move(handlers))
    {
        m_pool.setMaxThreadCount(1);
        QObject::connect(&m_watcher, &QFutureWatcherBase::finished, &m_watcher, [this] { deliver(); });
        QObject::connect(&m_watcher, &QFutureWatcherBase::progressValueChanged, &m_watcher,
                         [this](int permille) {
                             const auto stage = static_cast<Stage>(m_watcher.progressText().toInt());
                             if (m_handlers.progressed && permille > 0)
                                 m_handlers.progressed(stage, permille);
                         });
    }

    ~JobRunner()
    {
        m_stop.request_stop();
        m_watcher.disconnect();
        m_watcher.cancel();
        m_pool.waitForDone();
    }

    JobRunner(const JobRunner&) = delete;
    JobRunner& operator=(const JobRunner&) = delete;

    void start(Job job)
    {
        m_stop.request_stop();
        m_stop = std::stop_source();
        m_running = true;
        m_watcher.setFuture(QtConcurrent::run(
            &m_pool, [job = std::move(job), stop = m_stop.get_token()](QPromise<Outcome>& promise) {
                promise.setProgressRange(0, 1000);
                promise.addResult(outcomeOf(job, stop, promise));
            }));
    }

    /// Asks the job to stop; `cancelled` follows when it has.
    void cancel() { m_stop.request_stop(); }
    bool isRunning() const { return m_running; }

private:
    using Outcome = std::variant<Result, Cancelled, JobError>;

    /// The boundary where the engine's exceptions end.
    static Outcome outcomeOf(const Job& job, const std::stop_token& stop, QPromise<Outcome>& promise)
    {
        const ProgressFn progress = [&promise](Stage stage, std::size_t done, std::size_t total) {
            if (total > 0)
                promise.setProgressValueAndText(static_cast<int>(done * 1000 / total),
                                                QString::number(static_cast<int>(stage)));
        };
        try {
            throwIfStopped(stop);
            return job(stop, progress);
        } catch (const Cancelled&) {
            return Cancelled{};
        } catch (const Error& error) {
            return JobError{error.code(), QString::fromUtf8(error.what()),
                            QString::fromStdString(error.context())};
        } catch (const std::exception& error) {
            return JobError{ErrorCode::Unsupported, QString::fromUtf8(error.what()), {}};
        }
    }

    void deliver()
    {
        const auto future = m_watcher.future();
        if (future.resultCount() == 0)
            return;
        m_running = false;
        const Outcome outcome = future.result();
        if (const auto* result = std::get_if<Result>(&outcome))
            m_handlers.succeeded(*result);
        else if (const auto* error = std::get_if<JobError>(&outcome))
            m_handlers.failed(*error);
        else
            m_handlers.cancelled();
    }

    Handlers m_handlers;
    QThreadPool m_pool;
    QFutureWatcher<Outcome> m_watcher;
    std::stop_source m_stop;
    bool m_running = false;
};

} // namespace quantoscope
