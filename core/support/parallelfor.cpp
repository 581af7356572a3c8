// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/support/parallelfor.h"

#include "core/support/progress.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace quantoscope {

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

ThreadLimit::ThreadLimit(int threads)
    : m_control(new tbb::global_control(tbb::global_control::max_allowed_parallelism,
                                        static_cast<std::size_t>(threads)))
{
}

ThreadLimit::~ThreadLimit() { delete static_cast<tbb::global_control*>(m_control); }

} // namespace quantoscope
