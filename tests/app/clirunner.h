// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/commandline.h"
#include "core/report/json.h"

#include <sstream>

/// The command line run in this process.
struct CliAnswer
{
    int status = -1;
    std::string out;
    std::string err;

    /// Null where standard output holds anything but one JSON value.
    quantoscope::Json json() const { return quantoscope::Json::parse(out, nullptr, false); }
};

inline CliAnswer runCli(const std::vector<std::string>& arguments)
{
    std::ostringstream out;
    std::ostringstream err;
    CliAnswer answer;
    answer.status = quantoscope::runCommandLine(arguments, out, err);
    answer.out = out.str();
    answer.err = err.str();
    return answer;
}

inline CliAnswer runJson(std::vector<std::string> arguments)
{
    arguments.push_back("--json");
    return runCli(arguments);
}

/// Compares two JSON values by their text, so that a failure prints both.
#define COMPARE_JSON(actual, expected)                                                                       \
    QCOMPARE(QString::fromStdString(quantoscope::Json(actual).dump()),                                       \
             QString::fromStdString(quantoscope::Json(expected).dump()))
