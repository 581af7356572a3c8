// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/provenance.h"

#include "core/report/hardware.h"
#include "core/runtime/ortversion.h"

#include "commit.h"

#include <charconv>
#include <cstdlib>
#include <ctime>

namespace quantoscope {

namespace {

Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// "2026-01-31T12:00:00Z", or "" when SOURCE_DATE_EPOCH is not a number of seconds.
std::string sourceDate()
{
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    if (text == nullptr)
        return {};
    const std::string_view digits(text);
    long long seconds = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), seconds);
    if (error != std::errc{} || end != digits.end())
        return {};
    const std::time_t time = static_cast<std::time_t>(seconds);
    std::tm utc{};
    if (gmtime_r(&time, &utc) == nullptr)
        return {};
    char buffer[32];
    const std::size_t length = std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return {buffer, length};
}

} // namespace

std::string programVersion() { return QUANTOSCOPE_VERSION; }

std::string programCommit() { return QUANTOSCOPE_COMMIT; }

Json metaJson(const Provenance& provenance)
{
    Json meta;
    meta["program"] = "quantoscope";
    meta["version"] = programVersion();
    meta["commit"] = programCommit();
    meta["command"] = provenance.command;
    meta["schemes"] = provenance.schemes;
    meta["seeds"] = provenance.seeds;
    meta["model"] = textOrNull(provenance.model);
    meta["modelSha256"] = textOrNull(provenance.modelSha256);
    meta["data"] = textOrNull(provenance.data);
    meta["dataSha256"] = textOrNull(provenance.dataSha256);
    meta["samples"] = provenance.samples ? Json(*provenance.samples) : Json(nullptr);
    meta["sampleOrder"] = provenance.samples ? Json("as stored") : Json(nullptr);
    meta["engine"] = textOrNull(provenance.engine);
    meta["onnxRuntime"] = onnxRuntimeVersion();
    meta["instructionSet"] = usedInstructionSet().name;
    meta["threads"] = threadCount();
    meta["cpu"] = cpuName();
    if (const std::string date = sourceDate(); !date.empty())
        meta["date"] = date;
    return meta;
}

std::string shellQuoted(const std::string& argument)
{
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_./,:=+@%";
    if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos)
        return argument;
    std::string quoted = "'";
    for (const char c : argument)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + '\'';
}

} // namespace quantoscope
