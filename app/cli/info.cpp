// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include "app/cli/networkinput.h"
#include "app/cli/text.h"
#include "core/analysis/layeranalysis.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace quantoscope {

namespace {

struct LayerInfo
{
    const Layer* layer = nullptr;
    const Weight* weight = nullptr;
    std::uint64_t params = 0;
    ValueStats stats;
};

std::vector<LayerInfo> readLayers(const NetworkInput& input, Job& job)
{
    const Network& network = *input.network;
    ProgressLine progress(job);
    std::vector<LayerInfo> layers;
    for (const Layer& layer : network.layers) {
        throwIfStopped(job.stop);
        progress.show("Measuring", layers.size(), network.layers.size());
        LayerData data(input.network, layer.id);
        layers.push_back({&layer, &network.weightOf(layer), data.size(), data.stats()});
    }
    return layers;
}

Json layerJson(const LayerInfo& info)
{
    const ValueStats& stats = info.stats;
    const bool empty = stats.extremes.finite == 0;
    const std::string_view reason = empty ? "no finite elements" : "constant";
    const double nan = std::nan("");
    Json json;
    json["name"] = info.layer->name;
    json["kind"] = nameOf(info.layer->kind);
    json["op"] = info.layer->op;
    json["weight"] = info.weight->name;
    json["shape"] = info.weight->data.shape;
    json["dtype"] = nameOf(info.weight->data.dtype);
    json["channelAxis"] = info.layer->channelAxis;
    json["params"] = info.params;
    setNumber(json, "min", empty ? nan : static_cast<double>(stats.extremes.min), reason);
    setNumber(json, "max", empty ? nan : static_cast<double>(stats.extremes.max), reason);
    setNumber(json, "mean", stats.mean, reason);
    setNumber(json, "std", stats.std, reason);
    setNumber(json, "kurtosis", stats.kurtosis, reason);
    setNumber(json, "absmaxPerSigma", stats.absmaxPerSigma, reason);
    setNumber(json, "channelRangeRatio", stats.channelRangeRatio,
              empty ? reason : "fewer than two channels that are not all zero");
    json["nanCount"] = stats.extremes.nan;
    json["infCount"] = stats.extremes.inf;
    json["stored"] = info.weight->stored ? Json(info.weight->stored->description()) : Json(nullptr);
    return json;
}

Json infoJson(const NetworkInput& input, const std::vector<LayerInfo>& layers, const Job& job)
{
    const Network& network = *input.network;
    Json json;
    json["format"] = network.format;
    json["producer"] = network.producer.empty() ? Json(nullptr) : Json(network.producer);
    json["params"] = network.parameters;
    json["bytes"] = network.fileBytes;
    json["layers"] = Json::array();
    for (const LayerInfo& layer : layers)
        json["layers"].push_back(layerJson(layer));
    json["skipped"] = Json::array();
    for (const Skipped& skipped : network.skipped) {
        Json row;
        row["name"] = skipped.name;
        row["reason"] = skipped.reason;
        json["skipped"].push_back(std::move(row));
    }
    Provenance provenance = provenanceOf(job, {});
    describeInput(provenance, input, job);
    json["meta"] = metaJson(provenance);
    return json;
}

void printLayers(std::ostream& out, const std::vector<LayerInfo>& layers)
{
    TextTable table;
    table.addColumn("layer", TextTable::Align::Elided);
    table.addColumn("kind", TextTable::Align::Left);
    table.addColumn("shape", TextTable::Align::Left);
    table.addColumn("dtype", TextTable::Align::Left);
    for (const char* title : {"params", "min", "max", "std", "max|x|/σ"})
        table.addColumn(title);
    for (const LayerInfo& info : layers) {
        const ValueStats& stats = info.stats;
        table.addRow({info.layer->name, std::string(nameOf(info.layer->kind)),
                      toText(info.weight->data.shape), std::string(nameOf(info.weight->data.dtype)),
                      countText(info.params), numberText(static_cast<double>(stats.extremes.min), 3),
                      numberText(static_cast<double>(stats.extremes.max), 3), numberText(stats.std, 3),
                      numberText(stats.absmaxPerSigma, 3)});
    }
    table.print(out);
    for (const LayerInfo& info : layers) {
        const std::string name = nameText(info.layer->name, 60);
        if (info.weight->stored)
            out << name << ": stored as " << info.weight->stored->description() << '\n';
        if (const auto& e = info.stats.extremes; e.nan + e.inf > 0)
            out << name << ": " << countText(e.nan) << " NaN and " << countText(e.inf)
                << " infinite values, left out of every number\n";
    }
}

int runInfo(const std::string& file, bool json, Job& job)
{
    const NetworkInput input = openInput(file, job);
    const std::vector<LayerInfo> layers = readLayers(input, job);
    if (json) {
        job.out << toText(infoJson(input, layers, job));
        return exitDone;
    }
    job.out << summaryOf(input) << "\n\n";
    if (!layers.empty())
        printLayers(job.out, layers);
    for (const Skipped& skipped : input.network->skipped)
        job.out << "skipped " << nameText(skipped.name, 60) << ": " << nameText(skipped.reason, 300) << '\n';
    return exitDone;
}

} // namespace

void addInfo(CLI::App& parent, Command& command)
{
    const auto file = std::make_shared<std::string>();
    const auto json = std::make_shared<bool>(false);
    CLI::App* app = parent.add_subcommand("info", "What a file holds: layers, shapes, value statistics");
    app->add_option("FILE", *file, ".onnx, .npy, .npz, `sample` or synth:KIND,shape=…,seed=…")->required();
    app->add_flag("--json", *json, "Print JSON only");
    app->callback(
        [file, json, &command] { command = [file, json](Job& job) { return runInfo(*file, *json, job); }; });
}

} // namespace quantoscope
