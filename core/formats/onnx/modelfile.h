// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"
#include "core/support/progress.h"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>

namespace quantoscope {

/// Deepest nesting of messages that is parsed. A subgraph is three messages deep (graph, node,
/// attribute), so about 65 subgraphs may nest; real files nest three or four.
inline constexpr int onnxRecursionLimit = 200;

struct ModelFile
{
    std::shared_ptr<onnx::ModelProto> model; ///< nobody else holds it
    std::uint64_t bytes = 0;
};

/// Parses the file from a stream of blocks, so its bytes are in memory once. Throws as readOnnx does.
ModelFile parseModel(const std::filesystem::path& path, const std::stop_token& stop,
                     const ProgressFn& progress);

/// The network of a parsed model: its tensors are views into the message and keep it alive. `path`: of the file it came
/// from, for external data and messages; `bytes`: the file's. Throws Error, Cancelled.
std::shared_ptr<const Network> networkOf(const std::shared_ptr<const onnx::ModelProto>& model,
                                         const std::filesystem::path& path, std::uint64_t bytes,
                                         const std::stop_token& stop);

} // namespace quantoscope
