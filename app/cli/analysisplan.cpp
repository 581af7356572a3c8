// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/analysisplan.h"

#include "app/cli/job.h"
#include "app/cli/textinput.h"
#include "core/report/json.h"
#include "core/support/error.h"
#include "core/support/mappedfile.h"
#include "core/support/nearestname.h"

#include <algorithm>
#include <set>

namespace quantoscope {

namespace {

constexpr std::string_view defaultScheme = "bits=8,granularity=channel";

[[noreturn]] void badFile(const std::string& file, const std::string& message)
{
    throw Error(ErrorCode::FileFormat, "Scheme file '" + file + "': " + message + ".", file);
}

Json readJson(const std::string& file)
{
    const auto mapped = MappedFile::open(file);
    const auto bytes = mapped->bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        badFile(file, "byte " + std::to_string(error.byte)
                          + " is not JSON of the form "
                            "{\"default\": SCHEME, \"layers\": {NAME: SCHEME}}");
    }
}

Scheme schemeIn(const std::string& file, const std::string& where, const Json& value)
{
    if (!value.is_string())
        badFile(file, where + " is no scheme text");
    try {
        return parseScheme(value.get<std::string>());
    } catch (const Error& error) {
        throw Error(error.code(), "Scheme file '" + file + "', " + where + ": " + error.what(), file);
    }
}

/// Nearest by the names of layers, among all of them.
void checkLayerName(const std::string& file, const std::string& name, const Network& network)
{
    if (network.findLayer(name))
        return;
    std::vector<std::string_view> names;
    for (const Layer& layer : network.layers)
        names.push_back(layer.name);
    const std::string nearest = nearestName(name, names);
    std::string hint;
    if (!nearest.empty())
        hint = "; did you mean '" + nearest + "'?";
    else if (!names.empty())
        hint = "; the first layer is called '" + std::string(names.front()) + "'";
    throw Error(ErrorCode::SchemeMismatch,
                "Scheme file '" + file + "': '" + network.path + "' has no layer '" + name + "'"
                    + (hint.empty() ? "." : hint + (hint.ends_with('?') ? "" : ".")),
                file);
}

AnalysisSettings readSchemesFile(const std::string& file, const Network& network)
{
    const Json json = readJson(file);
    if (!json.is_object())
        badFile(file, "it is no object");
    AnalysisSettings settings{parseScheme(defaultScheme), {}};
    for (const auto& [key, value] : json.items()) {
        if (key == "default") {
            settings.scheme = schemeIn(file, "\"default\"", value);
        } else if (key == "layers" && value.is_object()) {
            for (const auto& [name, scheme] : value.items()) {
                checkLayerName(file, name, network);
                settings.overrides[name] = schemeIn(file, "layer '" + name + "'", scheme);
            }
        } else if (key == "layers") {
            badFile(file, "\"layers\" is no object of layer names");
        } else if (key != "meta") {
            badFile(file, "unknown key \"" + key + "\"; known: \"default\", \"layers\"");
        }
    }
    return settings;
}

AnalysisSettings atWidth(AnalysisSettings settings, int bits)
{
    settings.scheme = withBits(settings.scheme, bits);
    for (auto& [name, scheme] : settings.overrides)
        scheme = withBits(scheme, bits);
    return settings;
}

} // namespace

void checkUsage(const SchemeOptions& options)
{
    if (!options.schemesFile.empty() && !options.schemes.empty())
        throw UsageError("Give either --scheme or --schemes.");
    const BitRange bits = options.bits.empty() ? BitRange{1, 0} : parseBits(options.bits);
    for (const std::string& text : options.schemes) {
        const Scheme scheme = parseScheme(text);
        for (int width = bits.first; width <= bits.last; ++width)
            validate(withBits(scheme, width));
    }
}

std::vector<AnalysisSettings> analysisPlan(const SchemeOptions& options, const Network& network)
{
    std::vector<AnalysisSettings> bases;
    for (const std::string& text : options.schemes)
        bases.push_back({parseScheme(text), {}});
    if (!options.schemesFile.empty())
        bases.push_back(readSchemesFile(options.schemesFile, network));
    if (bases.empty())
        bases.push_back({parseScheme(defaultScheme), {}});
    if (options.bits.empty())
        return bases;
    const BitRange bits = parseBits(options.bits);
    std::vector<AnalysisSettings> plan;
    for (const AnalysisSettings& base : bases) {
        for (int width = bits.first; width <= bits.last; ++width)
            plan.push_back(atWidth(base, width));
    }
    return plan;
}

} // namespace quantoscope
