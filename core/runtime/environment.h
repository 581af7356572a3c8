// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <onnxruntime_cxx_api.h>

#include <memory>

namespace quantoscope {

/// ONNX Runtime has one environment in a process, whose pool of threads is made with it: it lives as long as the process.
/// Its threads wait without spinning, which would take processors from whatever is timed beside them. Thread-safe.
std::shared_ptr<Ort::Env> environment();

/// Options of a session that runs on so many threads (≥ 1): the calling one alone, all of the environment's pool, or, for another
/// number, a pool of its own. Operators of ours share the session's threads. Throws Error(InvalidArgument) for fewer than 1.
Ort::SessionOptions sessionOptions(int threads);

} // namespace quantoscope
