// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <iosfwd>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// Whether the first argument asks for the command line instead of the window: a sub-command, --help,
/// --version, or a bare word that names no file.
bool isSubCommand(std::string_view firstArgument);

/// The command line as a program: standard streams, Ctrl-C, progress on a terminal. `argv` as main() got it.
/// Returns the exit status: 0 done, 1 failed, 2 wrong usage, 3 a --fail-if threshold crossed, 130 interrupted.
int runCommandLine(int argc, char** argv);

/// The same on given streams, without signal handling; `arguments` start with the sub-command.
int runCommandLine(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
                   std::stop_token stop = {}, bool showProgress = false);

} // namespace quantoscope
