// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/execute/networksession.h"
#include "core/runtime/integer/integersession.h"
#include "core/runtime/qdq/qdqsession.h"
#include "tests/bench/kernels/suites.h"
#include "tests/core/quantizednetworks.h"

#include <filesystem>
#include <random>

namespace quantoscope::bench {

namespace {

constexpr const char* scheme = "bits=8,granularity=channel,act.bits=8";

/// Every input of a network with sizes that are left open as 1.
std::vector<InputValue> gaussianInputs(const std::shared_ptr<const RunModel>& model)
{
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<InputValue> inputs;
    const NetworkSession session(model, {});
    for (const GraphValue& value : session.inputs()) {
        Shape shape = value.shape;
        for (std::int64_t& size : shape)
            size = std::max<std::int64_t>(size, 1);
        std::vector<float> numbers(*elementCount(shape));
        for (float& number : numbers)
            number = normal(random);
        inputs.push_back({value.name, tensorFromFloats(shape, numbers)});
    }
    return inputs;
}

std::function<void()> runs(const std::shared_ptr<const RunModel>& model,
                           const std::vector<InputValue>& inputs,
                           std::shared_ptr<CustomOperators> operators = {})
{
    SessionOptions options;
    options.optimization = Optimization::Deployed;
    options.quantizedFusions = true;
    const auto session = std::make_shared<NetworkSession>(model, options, std::move(operators));
    return [session, inputs] { session->run(inputs); };
}

Scene networkScene(const std::string& name, const std::string& path)
{
    const std::string row = "networks: " + name + ", static int8, ";
    Scene scene;
    scene.rows = {{row + "ONNX Runtime float", "ours", {"ONNX Runtime float"}, 1.5, By::Time},
                  {row + "ONNX Runtime QDQ", "ours", {"ONNX Runtime QDQ"}, 1, By::Time}};
    scene.make = [path](Contenders& contenders) {
        if (!std::filesystem::exists(path))
            return;
        const auto model = loadRunModel(path);
        const std::vector<InputValue> inputs = gaussianInputs(model);
        const QuantizedNetwork quantized = quantizednetworks::quantizedBy(model, scheme, inputs);
        contenders.add("ours", 0, 0, [&] {
            const EditedModel edited = integerQuantized(quantized, bestIsa(), {}, LayerLinks::Codes);
            return runs(edited.model, inputs, edited.operators);
        });
        contenders.add("ONNX Runtime float", 0, 0, [&] { return runs(model, inputs); });
        contenders.add("ONNX Runtime QDQ", 0, 0, [&] { return runs(qdqQuantized(quantized).model, inputs); });
    };
    return scene;
}

} // namespace

std::vector<Scene> networkScenes()
{
    const std::string source = QUANTOSCOPE_SOURCE_DIR;
    return {networkScene("sample", source + "/resources/sample/digits.onnx"),
            networkScene("BlazeFace", source + "/.cache/models/face_detection_front_128x128_barracuda.onnx")};
}

} // namespace quantoscope::bench
