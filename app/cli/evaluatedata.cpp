// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/evaluatedata.h"

#include "app/cli/text.h"
#include "app/sample.h"
#include "core/formats/numpy/npy.h"
#include "core/samples/opensamples.h"
#include "core/samples/subset.h"
#include "core/support/error.h"
#include "core/support/sha256.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

namespace quantoscope {

namespace {

constexpr std::string_view bundled = "sample";

std::vector<InputSpec> inputsOf(std::shared_ptr<const RunModel> model)
{
    std::vector<InputSpec> specs;
    const NetworkSession session(std::move(model), {});
    for (const GraphValue& input : session.inputs())
        specs.push_back({input.name, input.dtype, input.shape});
    return specs;
}

/// Token ids [samples, time] of a .npy.
std::vector<std::vector<std::int64_t>> readTokens(const std::string& file, std::size_t samples)
{
    const Tensor tensor = readNpy(file);
    if (tensor.shape.size() != 2 || !isInteger(tensor.dtype)
        || static_cast<std::size_t>(tensor.shape[0]) != samples)
        throw Error(ErrorCode::InvalidArgument,
                    "'" + file + "' holds " + toText(tensor.shape)
                        + " values; token ids are integers [samples, time] for " + std::to_string(samples)
                        + " samples.",
                    file);
    const FloatArray values = floatsOf(tensor);
    const auto time = static_cast<std::size_t>(tensor.shape[1]);
    std::vector<std::vector<std::int64_t>> tokens(samples);
    for (std::size_t i = 0; i < samples; ++i) {
        for (const float value : values.values.subspan(i * time, time)) {
            if (value < 0)
                throw Error(ErrorCode::InvalidArgument,
                            "'" + file + "' holds a negative token id for sample " + std::to_string(i) + ".",
                            file);
            tokens[i].push_back(static_cast<std::int64_t>(value));
        }
    }
    return tokens;
}

SampleOptions optionsFor(const DataArguments& arguments, std::vector<InputSpec> inputs)
{
    SampleOptions options;
    options.inputs = std::move(inputs);
    options.constants = arguments.constants;
    options.preprocess = arguments.preprocess;
    options.syntheticCount = arguments.samples > 0 ? arguments.samples : 100;
    options.digits = sampleNetworkPath().parent_path() / "digits.npz";
    return options;
}

void noteOverlap(OpenedData& opened, const std::stop_token& stop)
{
    if (!opened.calibration)
        return;
    const Overlap overlap = overlapOf(*opened.inputs, *opened.calibration, stop);
    if (overlap.count == 0)
        return;
    opened.notes.push_back("Warning: " + countText(overlap.count) + " of " + countText(opened.inputs->count())
                           + " samples also calibrate the network, sample "
                           + std::to_string(overlap.firstPairs.front().first) + " as "
                           + std::to_string(overlap.firstPairs.front().second)
                           + ": the result is better than it would be on new data.");
}

} // namespace

OpenedData openData(const DataArguments& arguments, const NetworkInput& network,
                    std::shared_ptr<const RunModel> model, Job& job)
{
    const bool isSample = network.given == bundled;
    const std::string inputs = arguments.inputs.empty() && isSample ? std::string(bundled) : arguments.inputs;
    if (inputs.empty())
        throw UsageError("Give the samples to judge on with --inputs (.npy, .npz, a folder of images or "
                         "synth:gauss).");
    const std::string calibration =
        arguments.calibration.empty() && inputs == bundled ? std::string(bundled) : arguments.calibration;

    OpenedData opened;
    SampleOptions options = optionsFor(arguments, inputsOf(std::move(model)));
    options.labels = arguments.labels;
    opened.inputs = openSamples(inputs, options);
    opened.labels = opened.inputs->labels();
    if (!calibration.empty()) {
        options.labels.clear();
        options.calibration = true;
        opened.calibration = openSamples(calibration, options);
    }
    if (!arguments.tokens.empty())
        opened.tokens = readTokens(arguments.tokens, opened.inputs->count());
    const std::size_t count =
        arguments.samples == 0 ? opened.inputs->count() : std::min(arguments.samples, opened.inputs->count());
    opened.order.resize(count);
    std::iota(opened.order.begin(), opened.order.end(), std::size_t{0});
    if (opened.inputs->isSynthetic())
        opened.notes.push_back("The samples are made up (" + opened.inputs->description()
                               + "): the figures say nothing about real data.");
    noteOverlap(opened, job.stop);
    return opened;
}

EvaluationData OpenedData::data(const DataArguments& arguments, std::size_t draw) const
{
    EvaluationData data;
    data.inputs = inputs.get();
    data.order = order;
    data.labels = labels;
    data.tokens = tokens;
    data.calibration = calibration.get();
    if (!calibration)
        return data;
    const std::size_t all = calibration->count();
    const std::size_t wanted =
        arguments.calibrationSamples == 0 ? all : std::min(arguments.calibrationSamples, all);
    data.calibrationOrder.resize(all);
    std::iota(data.calibrationOrder.begin(), data.calibrationOrder.end(), std::size_t{0});
    if (wanted < all) {
        data.calibrationOrder = drawIndices(all, wanted, arguments.seed + draw);
        std::sort(data.calibrationOrder.begin(), data.calibrationOrder.end());
    }
    return data;
}

void describeData(Json& meta, const DataArguments& arguments, const OpenedData& opened, std::stop_token stop)
{
    const auto describe = [&](const std::string& key, const std::string& given, const std::string& text) {
        meta[key] = text;
        if (std::filesystem::is_regular_file(given))
            meta[key + "Sha256"] = sha256OfFile(given, stop);
    };
    describe("inputs", arguments.inputs, opened.inputs->description());
    if (!arguments.labels.empty())
        describe("labels", arguments.labels, arguments.labels);
    if (opened.calibration)
        describe("calibration", arguments.calibration, opened.calibration->description());
}

} // namespace quantoscope
