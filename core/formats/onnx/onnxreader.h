// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"
#include "core/support/progress.h"

#include <filesystem>
#include <memory>
#include <stop_token>

namespace quantoscope {

/// Opens an .onnx file: every weight of a layer, wherever the file keeps it (initializers, Constant
/// nodes, simple chains of constants, bodies of If, Loop and Scan, external data in the file's folder),
/// float or already quantized. What cannot be used is listed in Network::skipped with the reason.
/// Weights are views into the parsed file, held once. Progress: bytes parsed of the file's bytes.
/// Throws Error (FileNotFound, FileUnreadable; FileFormat when the file is no ONNX model, damaged,
/// truncated or 2 GiB and more) and Cancelled. Thread-safe. Source: the ONNX specification, IR version 12.
std::shared_ptr<const Network> readOnnx(const std::filesystem::path& path, std::stop_token stop = {},
                                        const ProgressFn& progress = {});

} // namespace quantoscope
