// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/onnxreader.h"

#include "core/formats/onnx/graphwalker.h"
#include "core/formats/onnx/modelfile.h"
#include "core/formats/utf8.h"

namespace quantoscope {

std::shared_ptr<const Network> readOnnx(const std::filesystem::path& path, std::stop_token stop,
                                        const ProgressFn& progress)
{
    const ModelFile file = parseModel(path, stop, progress);
    return networkOf(file.model, path, file.bytes, stop);
}

std::shared_ptr<const Network> networkOf(const std::shared_ptr<const onnx::ModelProto>& model,
                                         const std::filesystem::path& path, std::uint64_t bytes,
                                         const std::stop_token& stop)
{
    auto network = std::make_shared<Network>();
    network->format = "onnx";
    network->path = path.string();
    network->producer = validUtf8(model->producer_name());
    if (!model->producer_version().empty())
        network->producer += " " + validUtf8(model->producer_version());

    TensorDecoder decoder(model, path.parent_path());
    // Chains of constants copy a weight a few times at most.
    ConstantFolder folder(8 * bytes + (std::uint64_t{64} << 20));
    GraphWalker walker(*network, decoder, folder, stop);
    walker.visit(model->graph());
    walker.nameLayers();
    for (const auto& function : model->functions())
        network->skipped.push_back(
            {validUtf8(function.name()), "a function of the model; layers inside are not listed"});
    network->fileBytes = bytes + decoder.externalBytes();
    return network;
}

} // namespace quantoscope
