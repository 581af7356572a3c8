// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/analyze.h"

#include "app/cli/analysisplan.h"
#include "app/cli/analyzetable.h"
#include "app/cli/commands.h"
#include "app/cli/comparison.h"
#include "app/cli/failif.h"
#include "app/cli/giveninputs.h"
#include "app/cli/layerselection.h"
#include "app/cli/networkinput.h"
#include "app/cli/outputfile.h"
#include "app/cli/text.h"
#include "core/report/csv.h"
#include "core/report/layerrows.h"
#include "core/support/error.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace quantoscope {

namespace {

struct AnalyzeOptions
{
    std::string file;
    SchemeOptions schemes;
    std::string layers;
    std::string exclude;
    std::string csv;
    InputArguments inputs;
    std::vector<std::string> failIf;
    bool json = false;
};

/// Several schemes as given, not one at several widths: whose codes differ is a question then.
bool comparesSchemes(const SchemeOptions& options)
{
    return options.schemes.size() > 1 && options.bits.empty();
}

LayerReport reportOf(LayerData& data, const Scheme& scheme, std::stop_token stop, const ProgressFn& progress)
{
    try {
        return data.report(scheme, stop, progress);
    } catch (const Error& error) {
        LayerReport report;
        report.layer = data.layer();
        report.scheme = scheme;
        report.fp32Bytes = data.size() * sizeof(float);
        report.issue = error.what();
        return report;
    }
}

/// Codes of each run that are not those of the first one that worked.
void compareCodes(LayerData& data, std::vector<AnalysisRun>& runs)
{
    std::vector<std::int32_t> first;
    for (AnalysisRun& run : runs) {
        std::optional<std::uint64_t>& differ = run.codesDiffer.emplace_back();
        const LayerReport& report = run.reports.back();
        if (!report.issue.empty())
            continue;
        std::vector<std::int32_t> codes = codesInMemory(data, report);
        differ = first.empty() ? 0 : codesThatDiffer(first, codes);
        if (first.empty())
            first = std::move(codes);
    }
}

/// Layer by layer, every scheme on it before the next: what one layer needs is made once.
std::vector<AnalysisRun> measure(const NetworkInput& input, const std::vector<const Layer*>& layers,
                                 const SchemeOptions& schemes, const GivenInputs& inputs, Job& job)
{
    const bool compared = comparesSchemes(schemes);
    std::vector<AnalysisRun> runs;
    for (const AnalysisSettings& settings : analysisPlan(schemes, *input.network))
        runs.push_back({settings, compared ? schemes.schemes[runs.size()] : std::string(), {}, {}, {}});
    ProgressLine progress(job);
    std::size_t done = 0;
    for (const Layer* layer : layers) {
        throwIfStopped(job.stop);
        LayerData data(input.network, layer->id);
        inputs.apply(data, layer->name);
        for (AnalysisRun& run : runs) {
            progress.show("Analyzing", done++, layers.size() * runs.size());
            const Scheme& scheme = schemeFor(run.settings, layer->name);
            const std::string what =
                std::string(nameOf(scheme.algorithm)) + " on " + nameText(layer->name, 40);
            run.reports.push_back(
                reportOf(data, scheme, job.stop, [&](Stage, std::size_t step, std::size_t steps) {
                    progress.show(what + ", step", step, steps);
                }));
        }
        if (compared)
            compareCodes(data, runs);
    }
    for (AnalysisRun& run : runs)
        run.totals = totalsOf(run.reports);
    return runs;
}

/// A scheme that fits some layers is worth an answer; one that fits none is not.
void throwIfNothingWorked(const std::vector<AnalysisRun>& runs)
{
    std::string issue;
    for (const AnalysisRun& run : runs) {
        for (const LayerReport& report : run.reports) {
            if (report.issue.empty())
                return;
            if (issue.empty())
                issue = report.issue;
        }
    }
    throw Error(ErrorCode::SchemeMismatch, issue);
}

Json rowsJson(const Network& network, const std::vector<AnalysisRun>& runs)
{
    Json rows = Json::array();
    for (const AnalysisRun& run : runs) {
        for (std::size_t i = 0; i < run.reports.size(); ++i) {
            Json row = layerRow(network.layer(run.reports[i].layer), run.reports[i]);
            if (!run.codesDiffer.empty())
                row["codesDiffer"] = run.codesDiffer[i] ? Json(*run.codesDiffer[i]) : Json(nullptr);
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

/// An object for one run, a list of such objects with their scheme for several.
Json allTotalsJson(const std::vector<AnalysisRun>& runs)
{
    Json list = Json::array();
    for (const AnalysisRun& run : runs) {
        Json totals;
        totals["scheme"] = toText(run.settings.scheme);
        totals["bits"] = run.settings.scheme.bits;
        totals.update(totalsJson(run.totals));
        list.push_back(std::move(totals));
    }
    return list.size() == 1 ? list[0] : list;
}

Json metaOf(const NetworkInput& input, const GivenInputs& inputs, const std::vector<AnalysisRun>& runs,
            const Job& job)
{
    std::vector<Scheme> schemes;
    for (const AnalysisRun& run : runs) {
        schemes.push_back(run.settings.scheme);
        for (const auto& [name, scheme] : run.settings.overrides)
            schemes.push_back(scheme);
    }
    Provenance provenance = provenanceOf(job, schemes);
    describeInput(provenance, input, job);
    inputs.describe(provenance, job.stop);
    return metaJson(provenance);
}

/// A key that no row will have is wrong usage: said before the work, on a row like those to come.
void checkFailIf(const FailIf& failIf)
{
    LayerReport report;
    report.params = std::make_shared<const ParamSets>();
    report.output.emplace().act.emplace();
    report.algorithm.emplace();
    Json row = layerRow(Layer{}, report);
    row["codesDiffer"] = 0;
    failIf.checkKeys(Json::array({row}));
}

int runAnalyze(const AnalyzeOptions& options, Job& job)
{
    const FailIf failIf(options.failIf);
    checkFailIf(failIf);
    checkUsage(options.schemes);
    const NetworkInput input = openInput(options.file, job);
    const GivenInputs inputs(options.inputs, input, job);
    const std::vector<const Layer*> layers = selectLayers(*input.network, options.layers, options.exclude);
    const std::vector<AnalysisRun> runs = measure(input, layers, options.schemes, inputs, job);
    throwIfNothingWorked(runs);

    const Json rows = rowsJson(*input.network, runs);
    const Json meta = options.json || !options.csv.empty() ? metaOf(input, inputs, runs, job) : Json();
    if (!options.csv.empty())
        writeOutput(options.csv, csvText(rows, meta));
    if (options.json) {
        Json answer;
        answer["rows"] = rows;
        answer["totals"] = allTotalsJson(runs);
        if (!options.inputs.samples.empty())
            answer["notes"] = inputs.notes(layers);
        answer["meta"] = meta;
        job.out << toText(answer);
    } else {
        job.out << summaryOf(input) << "\n\n";
        for (const std::string& note : inputs.notes(layers))
            job.out << note << '\n';
        printRuns(job.out, *input.network, runs);
        constexpr std::size_t layersCompared = 8;
        if (comparesSchemes(options.schemes) && layers.size() <= layersCompared)
            printComparisons(job.out, *input.network, runs);
    }
    return failIf.check(rows, job.err);
}

} // namespace

void addAnalyze(CLI::App& parent, Command& command)
{
    const auto options = std::make_shared<AnalyzeOptions>();
    CLI::App* app = parent.add_subcommand("analyze", "Error and size of every layer under each scheme");
    app->add_option("FILE", options->file, ".onnx, .npy, .npz, `sample` or synth:KIND,shape=…,seed=…")
        ->required();
    app->add_option("--scheme", options->schemes.schemes,
                    "PRESET[,key=value…] or key=value[,…]; repeatable, default bits=8,granularity=channel")
        ->allow_extra_args(false);
    app->add_option("--bits", options->schemes.bits, "A..B, both included: every scheme at each width");
    app->add_option("--schemes", options->schemes.schemesFile,
                    "A JSON file {\"default\": SCHEME, \"layers\": {NAME: SCHEME}}");
    app->add_option("--layers", options->layers, "Only layers whose name matches this expression");
    app->add_option("--exclude", options->exclude, "Not the layers whose name matches this expression");
    app->add_option(
        "--layer-inputs", options->inputs.layerInputs,
        "What the layers are fed, [samples, inFeatures]: a .npy for all of them, or a .npz with an array "
        "named after each layer");
    app->add_option("--inputs", options->inputs.samples,
                    "Samples to run the network on, as in `evaluate`: what the layers are fed is captured");
    app->add_option("--input-value", options->inputs.constants,
                    "NAME=VALUE of an input that is the same for every sample; repeatable")
        ->allow_extra_args(false);
    app->add_option("--dim", options->inputs.dimensions, "NAME=SIZE of an open dimension; repeatable")
        ->allow_extra_args(false);
    app->add_option("--rows", options->inputs.rows, "Rows drawn of what each layer is fed; default 2048")
        ->check(CLI::Range(1, 1 << 24));
    app->add_option("--seed", options->inputs.seed, "Of that draw");
    app->add_option("--csv", options->csv, "Also write the rows to a CSV file");
    addFailIf(*app, options->failIf);
    app->add_flag("--json", options->json, "Print JSON only");
    app->callback(
        [options, &command] { command = [options](Job& job) { return runAnalyze(*options, job); }; });
}

} // namespace quantoscope
