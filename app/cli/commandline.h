// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace quantoscope {

struct Job;

/// A sub-command from outside of this room: `add` gives it to `parent` as those of commands.h do.
struct ExtraCommand
{
    std::string name;
    std::function<void(CLI::App& parent, std::function<int(Job&)>& command)> add;
};

/// Whether the first argument asks for the command line instead of the window: a sub-command, --help,
/// --version, or a bare word that names no file.
bool isSubCommand(std::string_view firstArgument, std::span<const ExtraCommand> more = {});

/// The command line as a program: standard streams, Ctrl-C, progress on a terminal. `argv` as main() got it.
/// Returns the exit status: 0 done, 1 failed, 2 wrong usage, 3 a --fail-if threshold crossed, 130 interrupted.
int runCommandLine(int argc, char** argv, std::span<const ExtraCommand> more = {});

/// The same on given streams, without signal handling; `arguments` start with the sub-command. `command`: what
/// `meta` says, where it is not these arguments.
int runCommandLine(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
                   std::stop_token stop = {}, bool showProgress = false,
                   std::span<const ExtraCommand> more = {}, const std::string& command = {});

} // namespace quantoscope
