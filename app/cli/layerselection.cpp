// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/layerselection.h"

#include "app/cli/job.h"
#include "core/support/error.h"

#include <optional>
#include <regex>

namespace quantoscope {

namespace {

std::optional<std::regex> compiled(const std::string& text)
{
    try {
        return std::regex(text, std::regex::ECMAScript);
    } catch (const std::regex_error&) {
        return std::nullopt;
    }
}

/// The library does not say where an expression goes wrong: right behind its longest beginning that is one.
std::size_t badPosition(const std::string& text)
{
    std::size_t length = text.size() - 1;
    while (length > 0 && !compiled(text.substr(0, length)))
        --length;
    return length + 1;
}

std::regex expression(const char* option, const std::string& text)
{
    constexpr std::size_t longest = 1000; // the library recurses once a parenthesis
    if (text.size() > longest)
        throw UsageError(std::string(option) + " is longer than " + std::to_string(longest) + " characters.");
    if (auto made = compiled(text))
        return *made;
    throw UsageError(std::string(option) + " '" + text + "' is no regular expression from position "
                     + std::to_string(badPosition(text)) + " on.");
}

} // namespace

std::vector<const Layer*> selectLayers(const Network& network, const std::string& include,
                                       const std::string& exclude)
{
    const std::regex wanted = expression("--layers", include);
    const std::regex unwanted = expression("--exclude", exclude);
    std::vector<const Layer*> layers;
    for (const Layer& layer : network.layers) {
        const bool in = include.empty() || std::regex_search(layer.name, wanted);
        const bool out = !exclude.empty() && std::regex_search(layer.name, unwanted);
        if (in && !out)
            layers.push_back(&layer);
    }
    if (layers.empty()) {
        if (network.layers.empty())
            throw Error(ErrorCode::InvalidArgument,
                        "'" + network.path
                            + "' holds no weights that can be quantized; `quantoscope info` "
                              "says what was skipped and why.",
                        network.path);
        throw Error(ErrorCode::InvalidArgument,
                    "--layers and --exclude leave none of the " + std::to_string(network.layers.size())
                        + " layers of '" + network.path + "'; the first is called '"
                        + network.layers.front().name + "'.",
                    network.path);
    }
    return layers;
}

} // namespace quantoscope
