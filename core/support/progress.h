// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace quantoscope {

enum class Stage { Reading, Analyzing, Sweeping, Capturing };

/// Called from the thread that does the work, about once per layer: `done` of `total` steps.
using ProgressFn = std::function<void(Stage, std::size_t done, std::size_t total)>;

/// Thrown when the stop token was set. Not an Error: being cancelled is an ordinary outcome.
struct Cancelled
{
};

/// Long work calls this at least every few milliseconds.
inline void throwIfStopped(const std::stop_token& stop)
{
    if (stop.stop_requested())
        throw Cancelled{};
}

} // namespace quantoscope
