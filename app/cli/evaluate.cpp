// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/evaluation/judgedruns.h"

#include "app/cli/againsttable.h"
#include "app/cli/analysisplan.h"
#include "app/cli/commands.h"
#include "app/cli/dimensions.h"
#include "app/cli/evaluatedata.h"
#include "app/cli/evaluatetable.h"
#include "app/cli/failif.h"
#include "app/cli/isachoice.h"
#include "app/cli/networkinput.h"
#include "app/cli/outputfile.h"
#include "app/cli/text.h"
#include "core/report/againstrows.h"
#include "core/report/csv.h"
#include "core/report/evaluationrows.h"
#include "core/report/hardware.h"
#include "core/report/judgingrows.h"
#include "core/support/error.h"
#include "core/support/sha256.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <memory>
#include <ostream>
#include <regex>

namespace quantoscope {

namespace {

struct EvaluateArguments
{
    std::string file;
    SchemeOptions schemes;
    DataArguments data;
    std::string mode;
    std::string engine = "fake";
    std::string isa;
    std::string exclude;
    std::string output;
    std::string dynamicRange = "sample";
    std::string foldBatchNorm = "on";
    std::optional<double> smoothQuant;
    std::string against;
    std::string csv;
    std::vector<std::string> failIf;
    std::vector<std::string> dimensions;
    int repeat = 1;
    int batch = 16;
    int threads = 1;
    int timedRuns = 50;
    bool equalize = false;
    bool biasCorrection = false;
    bool json = false;
};

/// The mode that was asked for, or what the scheme and the data at hand allow.
QuantizationMode modeOf(const EvaluateArguments& arguments, const AnalysisSettings& settings,
                        bool hasCalibration)
{
    if (arguments.mode == "weight-only")
        return QuantizationMode::WeightOnly;
    if (arguments.mode == "static")
        return QuantizationMode::Static;
    if (arguments.mode == "dynamic")
        return QuantizationMode::Dynamic;
    const bool activations = settings.scheme.act
                             || std::any_of(settings.overrides.begin(), settings.overrides.end(),
                                            [](const auto& entry) { return entry.second.act.has_value(); });
    if (!activations)
        return QuantizationMode::WeightOnly;
    return hasCalibration ? QuantizationMode::Static : QuantizationMode::Dynamic;
}

/// A mode that is asked for by name is about activations: 8 bits with a zero point where a scheme says nothing about them.
void addActivations(AnalysisSettings& settings)
{
    const auto add = [](Scheme& scheme) {
        if (!scheme.act)
            scheme.act.emplace();
    };
    add(settings.scheme);
    for (auto& [layer, scheme] : settings.overrides)
        add(scheme);
}

void checkArguments(const EvaluateArguments& arguments)
{
    const FailIf thresholds(arguments.failIf);
    if (arguments.against.empty())
        thresholds.checkKeys(Json::array({evaluationKeys()}));
    checkUsage(arguments.schemes);
    if (arguments.schemes.schemes.size() > 1)
        throw UsageError(
            "evaluate runs one scheme at a time; give layers schemes of their own with --schemes.");
    if (arguments.batch < 1 || arguments.batch > 65536)
        throw UsageError("--batch must be 1 to 65536.");
    if (arguments.threads < 1 || arguments.threads > threadCount())
        throw UsageError("--threads must be 1 to " + std::to_string(threadCount()) + " on this machine.");
    if (arguments.repeat < 1 || arguments.repeat > 1000)
        throw UsageError("--repeat must be 1 to 1000.");
    if (arguments.timedRuns < 0 || arguments.timedRuns > 10000)
        throw UsageError("--timed-runs must be 0 to 10000.");
    const bool ownScheme = !arguments.mode.empty() || arguments.equalize || arguments.biasCorrection
                           || arguments.smoothQuant || !arguments.exclude.empty() || arguments.repeat > 1;
    if (!arguments.against.empty() && ownScheme)
        throw UsageError("--against judges a file as it is: --mode, --exclude, --repeat and steps of our own "
                         "quantization do not apply.");
    if (arguments.smoothQuant && !(*arguments.smoothQuant >= 0 && *arguments.smoothQuant <= 1))
        throw UsageError("--smoothquant takes an α of 0 to 1.");
    try {
        const std::regex expression(arguments.exclude, std::regex::ECMAScript);
    } catch (const std::regex_error& error) {
        throw UsageError("--exclude '" + arguments.exclude
                         + "' is no ECMAScript expression: " + error.what());
    }
}

EvaluationSettings settingsOf(const EvaluateArguments& arguments, const Network& network, bool hasCalibration)
{
    SchemeOptions schemes = arguments.schemes;
    if (schemes.schemes.empty() && schemes.schemesFile.empty())
        schemes.schemes = {"int8-per-channel"};
    EvaluationSettings settings;
    settings.ptq.schemes = analysisPlan(schemes, network).front();
    settings.ptq.mode = modeOf(arguments, settings.ptq.schemes, hasCalibration);
    if (arguments.mode == "static" || arguments.mode == "dynamic")
        addActivations(settings.ptq.schemes);
    settings.ptq.exclude = arguments.exclude;
    settings.ptq.dynamicRange =
        arguments.dynamicRange == "tensor" ? DynamicRange::Tensor : DynamicRange::Sample;
    settings.ptq.equalize = arguments.equalize;
    settings.ptq.smoothQuant = arguments.smoothQuant;
    settings.ptq.biasCorrection = arguments.biasCorrection;
    settings.ptq.seed = arguments.data.seed;
    settings.ptq.threads = arguments.threads;
    settings.engine = arguments.engine == "integer" ? Engine::Integer : Engine::Fake;
    settings.isa = wantedIsa(arguments.isa);
    settings.batch = static_cast<std::size_t>(arguments.batch);
    settings.threads = arguments.threads;
    settings.output = arguments.output;
    settings.timedRuns = static_cast<std::size_t>(arguments.timedRuns);
    settings.seed = arguments.data.seed;
    return settings;
}

/// Thresholds on figures of layers look at all of them, others at those of the network.
int checkThresholds(const std::vector<std::string>& texts, const Json& answer, std::ostream& err)
{
    Json summary = answer["quantized"];
    summary["layer"] = "the network";
    for (const auto& [key, value] : answer.items())
        if (value.is_number() || value.is_null())
            summary[key] = value;
    const Json& layers = answer["layers"];
    int status = exitDone;
    for (const std::string& text : texts) {
        const std::string key = text.substr(0, text.find_first_of("<>= "));
        const bool ofLayers = !layers.empty() && layers[0].contains(key);
        status = std::max(status, FailIf({text}).check(ofLayers ? layers : Json::array({summary}), err));
    }
    return status;
}

Json metaOf(const NetworkInput& input, const EvaluateArguments& arguments, const OpenedData& data,
            const Evaluation& evaluation, const Job& job)
{
    std::vector<Scheme> schemes{evaluation.settings.ptq.schemes.scheme};
    for (const auto& [name, scheme] : evaluation.settings.ptq.schemes.overrides)
        schemes.push_back(scheme);
    Provenance provenance = provenanceOf(job, schemes);
    describeInput(provenance, input, job);
    provenance.engine = nameOf(evaluation.settings.engine);
    provenance.samples = evaluation.judgement.samples;
    provenance.seeds.push_back(arguments.data.seed);
    Json meta = metaJson(provenance);
    describeData(meta, arguments.data, data, job.stop);
    meta["modelChanges"] = evaluation.model->changes;
    return meta;
}

using Figures = std::vector<std::pair<std::string, std::vector<double>>>;

/// What is repeated: figures of one number.
void collect(Figures& figures, const Judgement& judgement)
{
    const auto add = [&](const std::string& key, double value) {
        for (auto& [name, values] : figures)
            if (name == key)
                return values.push_back(value);
        figures.push_back({key, {value}});
    };
    add("outputSqnrDb", judgement.outputs[judgement.judged].error.sqnrDb);
    if (judgement.kl)
        add("klSoftmax", judgement.kl->mean);
    if (!judgement.answers)
        return;
    add("agreement", judgement.answers->agreement.value());
    if (judgement.answers->labelled)
        add("accuracy", judgement.answers->accuracyAfter.value());
}

/// The first evaluation, with what redrawing the calibration samples does to its figures.
Evaluation evaluateRepeatedly(const std::shared_ptr<const RunModel>& model,
                              const EvaluateArguments& arguments, const EvaluationSettings& settings,
                              const OpenedData& opened, Job& job)
{
    ProgressLine progress(job);
    Evaluation first =
        evaluate(model, settings, opened.data(arguments.data, 0), job.stop, progress.function());
    if (arguments.repeat < 2)
        return first;
    Figures figures;
    collect(figures, first.judgement);
    EvaluationSettings again = settings;
    again.timedRuns = 0;
    again.exactness = false;
    for (int draw = 1; draw < arguments.repeat; ++draw)
        collect(figures, evaluate(model, again, opened.data(arguments.data, static_cast<std::size_t>(draw)),
                                  job.stop, progress.function())
                             .judgement);
    for (const auto& [key, values] : figures)
        first.judgement.repeated.push_back({key, repeatStats(values)});
    return first;
}

/// Redrawing takes a choice: half of the samples unless said otherwise.
void settleRepeat(EvaluateArguments& arguments, const OpenedData& opened)
{
    if (arguments.repeat < 2)
        return;
    if (!opened.calibration)
        throw UsageError("--repeat redraws the calibration samples: give --calibration.");
    if (arguments.data.calibrationSamples == 0)
        arguments.data.calibrationSamples = std::max<std::size_t>(1, opened.calibration->count() / 2);
}

/// A file that somebody quantized, layer by layer beside the float one.
int runAgainst(const EvaluateArguments& arguments, const NetworkInput& input,
               const std::shared_ptr<const RunModel>& model, const OpenedData& opened, Job& job)
{
    const EvaluationSettings settings = settingsOf(arguments, *model->network, false);
    LoadOptions load;
    load.foldBatchNorm = false;
    load.dimensions = dimensionsIn(arguments.dimensions);
    const std::shared_ptr<const RunModel> quantized = loadRunModel(arguments.against, load, job.stop);
    const EvaluationData data = opened.data(arguments.data, 0);
    AgainstSettings against;
    against.scheme = settings.ptq.schemes.scheme;
    against.run.threads = settings.threads;
    against.run.batch = settings.batch;
    ProgressLine progress(job);
    Evaluation evaluation;
    evaluation.model = model;
    evaluation.settings = settings;
    evaluation.judgement = judgedFile(model, quantized, settings, data, job.stop, progress.function());
    const AgainstReport report = compareWithQuantized(model, quantized, *data.inputs, data.order, against,
                                                      job.stop, progress.function());

    Json answer;
    answer["against"] = arguments.against;
    addJudgement(answer, evaluation.judgement);
    answer.update(againstJson(report));
    answer["meta"] = metaOf(input, arguments, opened, evaluation, job);
    answer["meta"]["engine"] = "onnxruntime";
    answer["meta"]["against"] = arguments.against;
    answer["meta"]["againstSha256"] = sha256OfFile(arguments.against, job.stop);
    if (!arguments.csv.empty())
        writeOutput(arguments.csv, csvText(answer["layers"], answer["meta"]));
    if (arguments.json) {
        job.out << toText(answer);
    } else {
        job.out << summaryOf(input) << "\nagainst " << arguments.against << "\n\n";
        for (const std::string& note : opened.notes)
            job.out << note << '\n';
        printJudgement(job.out, evaluation.judgement);
        job.out << '\n';
        printAgainst(job.out, report);
    }
    return checkThresholds(arguments.failIf, answer, job.err);
}

int runEvaluate(EvaluateArguments arguments, Job& job)
{
    checkArguments(arguments);
    if (!arguments.csv.empty())
        requireWritable(arguments.csv);
    const NetworkInput input = openInput(arguments.file, job);
    if (input.network->format != "onnx")
        throw Error(ErrorCode::Unsupported,
                    "'" + input.given + "' is no network that can be run: evaluate takes .onnx files.",
                    input.given);
    LoadOptions load;
    load.foldBatchNorm = arguments.foldBatchNorm == "on";
    load.dimensions = dimensionsIn(arguments.dimensions);
    const std::shared_ptr<const RunModel> model = loadRunModel(input.path, load, job.stop);
    const OpenedData opened = openData(arguments.data, input, model, job);
    if (!arguments.against.empty())
        return runAgainst(arguments, input, model, opened, job);
    settleRepeat(arguments, opened);
    const EvaluationSettings settings = settingsOf(arguments, *model->network, opened.calibration != nullptr);
    Evaluation evaluation = evaluateRepeatedly(model, arguments, settings, opened, job);
    evaluation.notes.insert(evaluation.notes.begin(), opened.notes.begin(), opened.notes.end());

    Json answer = evaluationJson(evaluation);
    answer["calibrationSamples"] = opened.data(arguments.data, 0).calibrationOrder.size();
    answer["meta"] = metaOf(input, arguments, opened, evaluation, job);
    if (!arguments.csv.empty())
        writeOutput(arguments.csv, csvText(answer["layers"], answer["meta"]));
    if (arguments.json) {
        job.out << toText(answer);
    } else {
        job.out << summaryOf(input) << '\n' << opened.inputs->description() << '\n';
        printEvaluation(job.out, evaluation);
    }
    return checkThresholds(arguments.failIf, answer, job.err);
}

/// Takes what is a whole number of at least so much.
CLI::Validator wholeNumber(std::uint64_t least)
{
    const auto check = [least](const std::string& text) {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool taken = error == std::errc() && end == text.data() + text.size() && value >= least;
        return taken ? std::string()
                     : "'" + text + "' is not a whole number of at least " + std::to_string(least);
    };
    return {check, ""};
}

} // namespace

void addEvaluate(CLI::App& parent, Command& command)
{
    const auto arguments = std::make_shared<EvaluateArguments>();
    CLI::App* app = parent.add_subcommand("evaluate", "What quantization does to a whole network on samples");
    app->add_option("FILE", arguments->file, ".onnx or `sample`")->required();
    app->add_option("--inputs", arguments->data.inputs,
                    ".npy, .npz, a folder of images or synth:…; `sample` brings its own");
    app->add_option("--labels", arguments->data.labels,
                    ".npy, .npz, a CSV `file,label`, or a folder a class");
    app->add_option("--calibration", arguments->data.calibration,
                    "Samples that set static ranges, as --inputs");
    app->add_option("--tokens", arguments->data.tokens,
                    "Token ids [samples, time], .npy: perplexity and KLD");
    app->add_option(
        "--preprocess", arguments->data.preprocess,
        "Of images: KEY=VALUE,… (size, layout, color, scale, mean, std, resize) or a JSON file; of arrays "
        "scale, mean and std");
    app->add_option("--input-value", arguments->data.constants,
                    "NAME=VALUE of an input that is the same for every sample; repeatable")
        ->allow_extra_args(false);
    app->add_option("--scheme", arguments->schemes.schemes, "PRESET[,key=value…] or key=value[,…]")
        ->allow_extra_args(false);
    app->add_option("--schemes", arguments->schemes.schemesFile,
                    "A JSON file {\"default\": SCHEME, \"layers\": {NAME: SCHEME}}");
    app->add_option(
           "--mode", arguments->mode,
           "weight-only, static or dynamic; default by the scheme's activations and the calibration samples")
        ->check(CLI::IsMember({"weight-only", "static", "dynamic"}));
    app->add_option("--engine", arguments->engine, "fake (floats, default) or integer (our kernels)")
        ->check(CLI::IsMember({"fake", "integer"}));
    app->add_option("--exclude", arguments->exclude, "Layers whose name matches this expression stay float");
    app->add_option("--dynamic-range", arguments->dynamicRange, "A range for each sample, or for the tensor")
        ->check(CLI::IsMember({"sample", "tensor"}));
    app->add_option("--output", arguments->output, "The output that answers; default the first");
    app->add_option("--samples", arguments->data.samples, "Only the first N samples")->check(wholeNumber(1));
    app->add_option("--calibration-samples", arguments->data.calibrationSamples,
                    "Calibrate with N samples drawn by the seed; default all, with --repeat half")
        ->check(wholeNumber(1));
    app->add_option("--repeat", arguments->repeat, "Draw the calibration samples anew K times");
    app->add_option("--seed", arguments->data.seed, "Of draws and intervals")->check(wholeNumber(0));
    app->add_option("--batch", arguments->batch, "Samples run at once");
    app->add_option("--threads", arguments->threads, "Threads of the networks");
    app->add_option("--isa", arguments->isa, "Instruction set of the integer kernels");
    app->add_option("--dim", arguments->dimensions, "NAME=SIZE of an open dimension; repeatable")
        ->allow_extra_args(false);
    app->add_option("--timed-runs", arguments->timedRuns, "Inferences timed by each engine; 0: none")
        ->check(wholeNumber(0));
    app->add_flag("--equalize", arguments->equalize, "Cross-layer equalization first");
    app->add_flag("--bias-correction", arguments->biasCorrection, "Take the mean error out of the biases");
    app->add_option("--smoothquant", arguments->smoothQuant,
                    "Move outliers from activations to weights, α 0 to 1");
    app->add_option("--fold-batchnorm", arguments->foldBatchNorm, "on (default) or off")
        ->check(CLI::IsMember({"on", "off"}));
    app->add_option("--against", arguments->against,
                    "An already quantized .onnx of the same network: where it went wrong, and why");
    app->add_option("--csv", arguments->csv, "Also write the layers to a CSV file");
    addFailIf(*app, arguments->failIf);
    app->add_flag("--json", arguments->json, "Print JSON only");
    app->callback(
        [arguments, &command] { command = [arguments](Job& job) { return runEvaluate(*arguments, job); }; });
}

} // namespace quantoscope
