// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace onnx {
class ModelProto;
}

namespace quantoscope {

struct LoadOptions
{
    std::map<std::string, std::int64_t> dimensions; ///< sizes for open dimensions by name; others stay open
    bool foldBatchNorm =
        true; ///< BatchNormalization behind a Conv, Gemm or ConvTranspose into its weight and bias
};

/// An ONNX network ready to be edited and run: what Constant nodes held are initializers, in bodies of If, Loop and Scan too, and no
/// initializer is a graph input; batch norm is folded where asked. `network` was read from this very model: its weights are those that
/// run (folded ones included). Immutable and shared; editors copy `proto`. Weights exist once: the network's tensors are views into
/// the message (or into mapped external data) and keep it alive.
struct RunModel
{
    explicit RunModel(std::shared_ptr<const onnx::ModelProto> model) : held(std::move(model)), proto(*held) {}

    std::shared_ptr<const onnx::ModelProto> held; ///< owns `proto`, together with the network
    const onnx::ModelProto& proto;
    std::string file;             ///< as given, for messages
    std::filesystem::path folder; ///< where external data lie
    std::shared_ptr<const Network> network;
    std::vector<std::string> changes; ///< "BatchNormalization 'bn1' folded into 'conv1'", …
};

/// Throws Error as readOnnx() does, InvalidArgument for a size below 1 or a dimension that the file does not have, FileFormat for
/// external data that cannot be read, and Cancelled.
std::shared_ptr<const RunModel> loadRunModel(const std::filesystem::path& file,
                                             const LoadOptions& options = {}, std::stop_token stop = {});

/// The network of an edited model. Throws Error, Cancelled.
std::shared_ptr<const RunModel> runModelOf(onnx::ModelProto proto, const RunModel& from,
                                           std::stop_token stop = {});

} // namespace quantoscope
