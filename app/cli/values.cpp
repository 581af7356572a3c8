// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include "app/cli/comparison.h"
#include "app/cli/failif.h"
#include "app/cli/outputfile.h"
#include "app/cli/quantizedtensor.h"
#include "app/cli/textinput.h"
#include "app/cli/valuestable.h"
#include "core/formats/numpy/npy.h"
#include "core/quant/elements/packing.h"
#include "core/quant/formats.h"
#include "core/quant/parameterize.h"
#include "core/report/metricvalues.h"
#include "core/support/sha256.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace quantoscope {

namespace {

struct ValuesOptions
{
    std::string values;
    std::string npy;
    std::string scheme;
    std::string compare;
    std::string packedOut;
    std::vector<std::string> failIf;
    bool steps = false;
    bool json = false;
};

struct Input
{
    FloatArray floats;
    Shape shape;
};

Input readInput(const ValuesOptions& options)
{
    if (options.values.empty() == options.npy.empty())
        throw UsageError("Give either --values 1.1,2.4,… or --npy FILE.");
    if (!options.npy.empty()) {
        const Tensor tensor = readNpy(options.npy);
        return {floatsOf(tensor), tensor.shape};
    }
    const auto held = std::make_shared<const std::vector<float>>(parseValues(options.values));
    return {{*held, held}, {static_cast<std::int64_t>(held->size())}};
}

/// --compare S1;S2 is the list itself; with a single scheme there --scheme is what it is compared with.
struct SchemeList
{
    Scheme main;
    std::vector<std::string> compared; ///< as given; empty without --compare
};

SchemeList schemesOf(const ValuesOptions& options)
{
    if (options.scheme.empty() && options.compare.empty())
        throw UsageError("Give a scheme, for example --scheme bits=8.");
    SchemeList list;
    if (!options.compare.empty()) {
        for (const std::string_view text : splitText(options.compare, ';')) {
            list.compared.emplace_back(trimmed(text));
            parseScheme(list.compared.back());
        }
    }
    list.main = parseScheme(options.scheme.empty() ? list.compared.front() : options.scheme);
    if (list.compared.size() == 1 && !options.scheme.empty())
        list.compared.insert(list.compared.begin(), options.scheme);
    return list;
}

std::vector<ComparisonRow> compare(LayerData& data, const SchemeList& schemes, std::stop_token stop)
{
    std::vector<ComparisonRow> rows;
    std::vector<std::int32_t> first;
    for (const std::string& text : schemes.compared) {
        ComparisonRow row{text, data.report(parseScheme(text), stop), 0};
        std::vector<std::int32_t> codes = codesInMemory(data, row.report);
        if (rows.empty())
            first = std::move(codes);
        else
            row.codesDiffer = codesThatDiffer(first, codes);
        rows.push_back(std::move(row));
    }
    return rows;
}

Json stepsJson(const QuantizedTensor& tensor, std::span<const float> x)
{
    Json steps = Json::array();
    for (std::size_t i = 0; i < x.size(); ++i) {
        Json row;
        row["x"] = jsonNumber(static_cast<double>(x[i]));
        if (!tensor.finite[i]) {
            for (const char* key : {"clipped", "scaled", "rounded", "shifted", "code", "value", "error"})
                row[key] = nullptr;
            steps.push_back(std::move(row));
            continue;
        }
        const QuantizationStep step = quantizationStep(tensor, i, x[i]);
        row["clipped"] = jsonNumber(static_cast<double>(step.clipped));
        row["scaled"] = jsonNumber(static_cast<double>(step.scaled));
        row["rounded"] = jsonNumber(step.rounded);
        row["shifted"] = jsonNumber(step.shifted);
        row["code"] = step.code;
        row["value"] = jsonNumber(static_cast<double>(step.value));
        row["error"] = jsonNumber(step.error);
        steps.push_back(std::move(row));
    }
    return steps;
}

void addElements(Json& json, const QuantizedTensor& tensor)
{
    Json codes = Json::array();
    Json values = Json::array();
    for (std::size_t i = 0; i < tensor.codes.size(); ++i) {
        codes.push_back(tensor.finite[i] ? Json(tensor.codes[i]) : Json(nullptr));
        values.push_back(jsonNumber(static_cast<double>(tensor.values[i])));
    }
    json["codes"] = std::move(codes);
    json["values"] = std::move(values);
}

Json tensorJson(const QuantizedTensor& tensor, const Shape& shape)
{
    Json json;
    json["shape"] = shape;
    json["scheme"] = toText(tensor.report.scheme);
    json["bits"] = tensor.report.scheme.bits;
    addParams(json, *tensor.report.params);
    addElements(json, tensor);
    addMetrics(json, tensor.report.metrics);
    json["levels"] = tensor.report.metrics.levels;
    json["references"] = referencesJson(tensor.references);
    json["bytes"] = tensor.report.bytes;
    json["fp32Bytes"] = tensor.report.fp32Bytes;
    setNumber(json, "bitsPerWeight", tensor.report.bitsPerWeight, "no elements");
    return json;
}

/// As the format stores them: blocks whole, four-bit books high nibble first, ternary as q + 1, else one bit stream.
std::vector<std::byte> packedBytes(const QuantizedTensor& tensor, LayerData& data)
{
    const Scheme& scheme = tensor.report.scheme;
    switch (scheme.format) {
    case Format::Nf4:
    case Format::Fp4:
    case Format::Af4:
        return packHighNibbleFirst(tensor.codes);
    case Format::Ternary:
        return packTernary(tensor.codes);
    default:
        break;
    }
    if (infoOf(scheme.format).family == Family::Blocks)
        return packBlocks(data.arranged(scheme), scheme);
    return packCodes(tensor.codes, scheme.bits);
}

Json metaOf(const Job& job, const ValuesOptions& options, const SchemeList& schemes)
{
    std::vector<Scheme> all = {schemes.main};
    for (const std::string& text : schemes.compared)
        all.push_back(parseScheme(text));
    Provenance provenance = provenanceOf(job, all);
    if (!options.npy.empty()) {
        provenance.data = options.npy;
        provenance.dataSha256 = sha256OfFile(options.npy, job.stop);
    }
    return metaJson(provenance);
}

int runValues(const ValuesOptions& options, Job& job)
{
    const FailIf failIf(options.failIf);
    const SchemeList schemes = schemesOf(options);
    const Input input = readInput(options);
    const std::span<const float> x = input.floats.values;
    LayerData data(input.floats, input.shape, 0);

    const QuantizedTensor tensor = quantizeTensor(data, schemes.main, job.stop);
    const std::vector<ComparisonRow> compared = compare(data, schemes, job.stop);
    Json json = tensorJson(tensor, input.shape);
    if (!compared.empty())
        json["rows"] = comparisonJson(compared);
    if (!options.packedOut.empty()) {
        const std::vector<std::byte> packed = packedBytes(tensor, data);
        writeOutput(options.packedOut, std::span<const std::byte>(packed));
        json["packedOut"] = options.packedOut;
        json["packedBytes"] = packed.size();
    }
    const int status = failIf.check(json.contains("rows") ? json["rows"] : Json::array({json}), job.err);

    if (options.json) {
        if (options.steps)
            json["steps"] = stepsJson(tensor, x);
        json["meta"] = metaOf(job, options, schemes);
        job.out << toText(json);
        return status;
    }
    printTensor(job.out, tensor, x, input.shape);
    if (options.steps)
        printSteps(job.out, tensor, x);
    if (!compared.empty()) {
        job.out << "\nThe same values under " << compared.size() << " schemes\n";
        printComparison(job.out, compared);
    }
    if (!options.packedOut.empty())
        job.out << "\nPacked codes: " << json["packedBytes"] << " bytes in " << options.packedOut << '\n';
    return status;
}

} // namespace

void addValues(CLI::App& parent, Command& command)
{
    const auto options = std::make_shared<ValuesOptions>();
    CLI::App* app = parent.add_subcommand("values", "Quantize the numbers given, element by element");
    app->add_option("--values", options->values, "The numbers, separated by commas; nan and inf are taken");
    app->add_option("--npy", options->npy, "A NumPy array instead");
    app->add_option("--scheme", options->scheme, "How to quantize: PRESET[,key=value…] or key=value[,…]");
    app->add_option("--compare", options->compare,
                    "S1;S2;…: the same numbers under several schemes, codes compared with the first; "
                    "a single one is compared with --scheme");
    app->add_flag("--steps", options->steps, "Show every intermediate of every element");
    app->add_option("--packed-out", options->packedOut,
                    "Write the packed codes: one bit stream, lowest bit first, padded to a byte");
    addFailIf(*app, options->failIf);
    app->add_flag("--json", options->json, "Print JSON only");
    app->callback(
        [options, &command] { command = [options](Job& job) { return runValues(*options, job); }; });
}

} // namespace quantoscope
