// SPDX-License-Identifier: GPL-3.0-or-later
// parallelFor on one thread, where oneTBB is not to be had for the target.
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

namespace quantoscope {

void parallelFor(std::size_t count, const std::function<void(std::size_t)>& body, std::stop_token stop)
{
    for (std::size_t i = 0; i < count; ++i) {
        throwIfStopped(stop);
        body(i);
    }
    throwIfStopped(stop);
}

ThreadLimit::ThreadLimit(int) : m_control(nullptr) {}

ThreadLimit::~ThreadLimit() = default;

} // namespace quantoscope
