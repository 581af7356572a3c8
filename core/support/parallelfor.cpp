// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/support/parallelfor.h"

#include "core/support/progress.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#ifdef __SANITIZE_THREAD__
#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>
#endif

namespace quantoscope {

#ifdef __SANITIZE_THREAD__
// The pool's library is not built with the thread sanitizer, which sees nothing of the order it gives and would blame every
// part or, told to overlook the library, none. Plain threads stand in for it: races among parts are then found.
namespace {

thread_local std::size_t threadsAllowed = 0; // 0: as many as the pool has

} // namespace

void parallelFor(std::size_t count, const std::function<void(std::size_t)>& body, std::stop_token stop)
{
    using tbb::global_control;
    const std::size_t pool = global_control::active_value(global_control::max_allowed_parallelism);
    const std::size_t threads = threadsAllowed ? std::min(threadsAllowed, pool) : pool;
    std::atomic<std::size_t> next = 0;
    std::vector<std::exception_ptr> failures(std::min(threads, count));
    const auto work = [&](std::size_t thread) {
        try {
            for (std::size_t i = next++; i < count; i = next++) {
                throwIfStopped(stop);
                body(i);
            }
        } catch (...) {
            next = count;
            failures[thread] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> others;
        for (std::size_t thread = 1; thread < failures.size(); ++thread)
            others.emplace_back(work, thread);
        if (count)
            work(0);
    }
    for (const std::exception_ptr& failure : failures) {
        if (failure)
            std::rethrow_exception(failure);
    }
    throwIfStopped(stop);
}

void onThreads(int threads, const std::function<void()>& body)
{
    struct Restore
    {
        std::size_t before = threadsAllowed;
        ~Restore() { threadsAllowed = before; }
    } const restore;
    threadsAllowed = static_cast<std::size_t>(threads);
    body();
}

#else

void parallelFor(std::size_t count, const std::function<void(std::size_t)>& body, std::stop_token stop)
{
    if (count <= 1 || tbb::this_task_arena::max_concurrency() == 1) {
        for (std::size_t i = 0; i < count; ++i) {
            throwIfStopped(stop);
            body(i);
        }
        return throwIfStopped(stop);
    }
    tbb::task_group_context context;
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, count, 1),
        [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t i = range.begin(); i != range.end(); ++i) {
                throwIfStopped(stop);
                body(i);
            }
        },
        tbb::simple_partitioner(), context);
    throwIfStopped(stop);
}

void onThreads(int threads, const std::function<void()>& body)
{
    tbb::task_arena arena(threads);
    arena.execute(body);
}

#endif

ThreadLimit::ThreadLimit(int threads)
    : m_control(new tbb::global_control(tbb::global_control::max_allowed_parallelism,
                                        static_cast<std::size_t>(threads)))
{
}

ThreadLimit::~ThreadLimit() { delete static_cast<tbb::global_control*>(m_control); }

} // namespace quantoscope
