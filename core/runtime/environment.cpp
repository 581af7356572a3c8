// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/environment.h"

#include "core/support/error.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

namespace quantoscope {

namespace {

int poolThreads() { return std::max(2, static_cast<int>(std::thread::hardware_concurrency())); }

} // namespace

std::shared_ptr<Ort::Env> environment()
{
    // Never destroyed: ONNX Runtime refuses a second environment while the first is still on its way out.
    static const auto* const shared = [] {
        Ort::ThreadingOptions threading;
        threading.SetGlobalIntraOpNumThreads(poolThreads());
        threading.SetGlobalInterOpNumThreads(1);
        threading.SetGlobalSpinControl(0);
        // What is wrong comes as an exception; nothing is printed.
        return new std::shared_ptr<Ort::Env>(
            std::make_shared<Ort::Env>(threading, ORT_LOGGING_LEVEL_FATAL, "quantoscope"));
    }();
    return *shared;
}

Ort::SessionOptions sessionOptions(int threads)
{
    if (threads < 1)
        throw Error(ErrorCode::InvalidArgument,
                    "ONNX Runtime was to use " + std::to_string(threads) + " threads; at least 1 is needed.");
    Ort::SessionOptions options;
    if (threads == poolThreads()) {
        options.DisablePerSessionThreads();
        return options;
    }
    options.SetIntraOpNumThreads(threads); // 1: the calling thread and no pool
    options.SetInterOpNumThreads(1);
    options.AddConfigEntry("session.intra_op.allow_spinning", "0");
    return options;
}

} // namespace quantoscope
