// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace quantoscope {

/// Calls `body(i)` once for each i in [0, count), on all threads of the shared pool. Checks `stop`
/// before each call and throws Cancelled; an exception of `body` is rethrown here. The split never
/// depends on the number of threads: results are combined by index by the caller.
void parallelFor(std::size_t count, const std::function<void(std::size_t)>& body, std::stop_token stop = {});

/// Calls `body`, in which parallelFor() has at most so many threads (≥ 1), the calling one among them. Others that use the pool
/// meanwhile do not notice; 1 means no other thread at all. Exceptions go through.
void onThreads(int threads, const std::function<void()>& body);

/// Limits the pool for the life of the object (benchmarks and tests: 1 = single-threaded).
class ThreadLimit
{
public:
    explicit ThreadLimit(int threads);
    ~ThreadLimit();
    ThreadLimit(const ThreadLimit&) = delete;
    ThreadLimit& operator=(const ThreadLimit&) = delete;

private:
    void* m_control;
};

} // namespace quantoscope
