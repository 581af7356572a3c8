// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/analysisplan.h"
#include "app/cli/benchtable.h"
#include "app/cli/commands.h"
#include "app/cli/dimensions.h"
#include "app/cli/failif.h"
#include "app/cli/isachoice.h"
#include "app/cli/layerselection.h"
#include "app/cli/networkinput.h"
#include "app/cli/outputfile.h"
#include "app/cli/rooflinecache.h"
#include "app/cli/text.h"
#include "core/report/benchrows.h"
#include "core/report/csv.h"
#include "core/report/hardware.h"
#include "core/report/rooflinefile.h"
#include "core/runtime/valueshapes.h"
#include "core/support/error.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

namespace quantoscope {

namespace {

struct BenchArguments
{
    std::string file;
    SchemeOptions schemes;
    std::string layers;
    std::string exclude;
    std::string csv;
    std::string isa;
    std::vector<std::string> dimensions;
    std::vector<std::string> failIf;
    int batch = 1;
    int threads = 1;
    bool saturating = false;
    bool json = false;
};

BenchOptions optionsOf(const BenchArguments& arguments)
{
    if (arguments.batch < 1 || arguments.batch > 65536)
        throw UsageError("--batch must be 1 to 65536.");
    if (arguments.threads < 1 || arguments.threads > threadCount())
        throw UsageError("--threads must be 1 to " + std::to_string(threadCount()) + " on this machine.");
    BenchOptions options;
    options.batch = static_cast<std::size_t>(arguments.batch);
    options.threads = arguments.threads;
    options.saturating = arguments.saturating;
    options.isa = wantedIsa(arguments.isa);
    return options;
}

bool isConvolution(const Layer& layer)
{
    return layer.kind == LayerKind::Conv || layer.kind == LayerKind::DepthwiseConv;
}

/// Of the inputs of these layers; empty, and why, where ONNX Runtime cannot tell: convolutions then say so, products run on.
ValueShapes shapesFor(const NetworkInput& input, const std::vector<const Layer*>& layers,
                      const BenchArguments& arguments, Job& job)
{
    const std::map<std::string, std::int64_t> dimensions = dimensionsIn(arguments.dimensions);
    if (input.network->format != "onnx")
        return {};
    std::vector<std::string> names;
    for (const Layer* layer : layers)
        if (!layer->input.empty())
            names.push_back(layer->input);
    try {
        return valueShapes(input.path, names, dimensions, job.stop);
    } catch (const Error& error) {
        if (std::any_of(layers.begin(), layers.end(),
                        [](const Layer* layer) { return isConvolution(*layer); }))
            job.err << "The sizes of the layers' inputs are unknown: " << error.what() << '\n';
        return {};
    }
}

std::vector<Scheme> schemesFor(const std::vector<AnalysisSettings>& plan, const Layer& layer)
{
    std::vector<Scheme> schemes;
    for (const AnalysisSettings& settings : plan)
        schemes.push_back(schemeFor(settings, layer.name));
    return schemes;
}

Json metaOf(const NetworkInput& input, const std::vector<LayerTiming>& timings, const Job& job)
{
    std::vector<Scheme> schemes;
    for (const LayerTiming& timing : timings)
        if (std::find(schemes.begin(), schemes.end(), timing.scheme) == schemes.end())
            schemes.push_back(timing.scheme);
    Provenance provenance = provenanceOf(job, schemes);
    describeInput(provenance, input, job);
    return metaJson(provenance);
}

/// A key that no row will have is wrong usage: said before the work, on a row like those to come.
void checkFailIf(const FailIf& failIf)
{
    LayerTiming timing;
    timing.exact = true;
    for (const char* part : {"quantize", "pack", "multiply", "terms", "requantize"})
        timing.parts.push_back({part, 0});
    failIf.checkKeys(Json::array({benchRow(Layer{}, timing)}));
}

void printSetup(std::ostream& out, const NetworkInput& input, const ValueShapes& shapes,
                const BenchOptions& options)
{
    out << summaryOf(input) << "\nOn " << cpuName() << ", " << nameOf(options.isa) << ", " << options.threads
        << (options.threads == 1 ? " thread" : " threads") << ", batch " << options.batch;
    for (std::size_t i = 0; i < shapes.assumed.size(); ++i)
        out << (i == 0 ? "; open dimensions taken as " : ", ") << shapes.assumed[i];
    out << "\n\n";
}

int runBench(const BenchArguments& arguments, Job& job)
{
    const FailIf failIf(arguments.failIf);
    checkFailIf(failIf);
    checkUsage(arguments.schemes);
    const BenchOptions options = optionsOf(arguments);
    const NetworkInput input = openInput(arguments.file, job);
    const std::vector<const Layer*> layers =
        selectLayers(*input.network, arguments.layers, arguments.exclude);
    SchemeOptions schemes = arguments.schemes;
    if (schemes.schemes.empty() && schemes.schemesFile.empty())
        schemes.schemes = {"int8-per-channel"};
    const std::vector<AnalysisSettings> plan = analysisPlan(schemes, *input.network);
    const ValueShapes shapes = shapesFor(input, layers, arguments, job);
    const RooflineFigures limits =
        rooflineOfThisMachine(rooflineCacheFile(), options.isa, threadCount(), false, job.stop);

    std::vector<LayerTiming> timings;
    {
        ProgressLine progress(job);
        for (const Layer* layer : layers) {
            LayerData data(input.network, layer->id);
            progress.show("Timing " + nameText(layer->name, 40), timings.size(), layers.size() * plan.size());
            benchLayer(
                *input.network, *layer, data, schemesFor(plan, *layer), shapes.shapes, limits, options,
                [&](const LayerTiming& timing) {
                    timings.push_back(timing);
                    progress.show("Timing " + nameText(layer->name, 40), timings.size(),
                                  layers.size() * plan.size());
                },
                job.stop);
        }
    }
    if (std::all_of(timings.begin(), timings.end(),
                    [](const LayerTiming& timing) { return !timing.issue.empty(); }))
        throw Error(ErrorCode::Unsupported, timings.front().issue);

    Json rows = Json::array();
    for (const LayerTiming& timing : timings)
        rows.push_back(benchRow(input.network->layer(timing.layer), timing));
    const Json meta = arguments.json || !arguments.csv.empty() ? metaOf(input, timings, job) : Json();
    if (!arguments.csv.empty())
        writeOutput(arguments.csv, csvText(rows, meta));
    if (arguments.json) {
        Json answer;
        answer["rows"] = rows;
        answer["machine"] = toJson(limits);
        answer["assumedDimensions"] = shapes.assumed;
        answer["batch"] = options.batch;
        answer["meta"] = meta;
        job.out << toText(answer);
    } else {
        printSetup(job.out, input, shapes, options);
        printTimings(job.out, *input.network, timings);
    }
    return failIf.check(rows, job.err);
}

} // namespace

void addBench(CLI::App& parent, Command& command)
{
    const auto arguments = std::make_shared<BenchArguments>();
    CLI::App* app = parent.add_subcommand(
        "bench", "Measured kernel time of every layer under each scheme, peers beside it");
    app->add_option("FILE", arguments->file, ".onnx, .npy, .npz, `sample` or synth:KIND,shape=…,seed=…")
        ->required();
    app->add_option("--scheme", arguments->schemes.schemes,
                    "PRESET[,key=value…] or key=value[,…]; repeatable, default int8-per-channel; without "
                    "act=… activations stay float")
        ->allow_extra_args(false);
    app->add_option("--bits", arguments->schemes.bits, "A..B, both included: every scheme at each width");
    app->add_option("--schemes", arguments->schemes.schemesFile,
                    "A JSON file {\"default\": SCHEME, \"layers\": {NAME: SCHEME}}");
    app->add_option("--layers", arguments->layers, "Only layers whose name matches this expression");
    app->add_option("--exclude", arguments->exclude, "Not the layers whose name matches this expression");
    app->add_option("--batch", arguments->batch, "Samples in one run (default 1)");
    app->add_option("--threads", arguments->threads, "Threads of kernels and peers (default 1)");
    app->add_option(
        "--isa", arguments->isa,
        "avx512-vnni, avx512, avx2, sse4, neon or scalar; default $QUANTOSCOPE_ISA or the best here");
    app->add_option("--dim", arguments->dimensions,
                    "NAME=SIZE for an open dimension of the network's inputs; repeatable")
        ->allow_extra_args(false);
    app->add_flag("--saturating", arguments->saturating,
                  "Also 8-bit products as other runtimes do them on AVX2: pairs that saturate at int16");
    app->add_option("--csv", arguments->csv, "Also write the rows to a CSV file");
    addFailIf(*app, arguments->failIf);
    app->add_flag("--json", arguments->json, "Print JSON only");
    app->callback(
        [arguments, &command] { command = [arguments](Job& job) { return runBench(*arguments, job); }; });
}

} // namespace quantoscope
