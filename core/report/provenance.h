// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quantoscope {

std::string programVersion(); ///< "0.1.0"
std::string programCommit();  ///< 12 hexadecimal digits, "-dirty" behind changed sources; or "unknown"

/// What a reader of a number needs to make it again. Everything about program and machine is filled in
/// by metaJson itself.
struct Provenance
{
    std::string command;              ///< complete, quoted for a shell
    std::vector<std::string> schemes; ///< canonical texts, presets expanded
    std::vector<std::uint64_t> seeds;
    std::string engine; ///< "fake" (simulated in float), "integer"; empty: none ran
    std::string model;  ///< path as given; empty: none
    std::string modelSha256;
    std::string data;
    std::string dataSha256;
    std::optional<std::uint64_t> samples; ///< inputs run through the network, in their stored order
};

/// The `meta` object. A date is in it only when SOURCE_DATE_EPOCH asks for one.
Json metaJson(const Provenance& provenance);

/// One argument as a POSIX shell reads it back.
std::string shellQuoted(const std::string& argument);

} // namespace quantoscope
