// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commandline.h"

#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "core/quant/scheme.h"
#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <CLI/CLI.hpp>

#include <array>
#include <csignal>
#include <filesystem>
#include <iostream>

#include <unistd.h>

namespace quantoscope {

namespace {

constexpr std::array<std::string_view, 8> subCommands = {"values", "levels",  "presets", "machine",
                                                         "info",   "analyze", "bench",   "evaluate"};

using ExtraCommands = std::span<const ExtraCommand>;

std::vector<std::string_view> knownWords(ExtraCommands more)
{
    std::vector<std::string_view> words(subCommands.begin(), subCommands.end());
    for (const ExtraCommand& extra : more)
        words.push_back(extra.name);
    return words;
}

void addCommands(CLI::App& app, Command& command, ExtraCommands more)
{
    addInfo(app, command);
    addAnalyze(app, command);
    addBench(app, command);
    addEvaluate(app, command);
    addValues(app, command);
    addLevels(app, command);
    addPresets(app, command);
    addMachine(app, command);
    for (const ExtraCommand& extra : more)
        extra.add(app, command);
}

std::string commandText(const std::vector<std::string>& arguments)
{
    std::string text = "quantoscope";
    for (const std::string& argument : arguments)
        text += ' ' + shellQuoted(argument);
    return text;
}

/// The nearest option of the sub-command to what it did not know.
std::string unknownOption(CLI::App& app, const std::string& unknown)
{
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands()) {
        for (const CLI::Option* option : sub->get_options()) {
            if (!option->get_lnames().empty())
                names.push_back("--" + option->get_lnames().front());
        }
    }
    const std::string nearest = nearestName(unknown, {names.begin(), names.end()});
    return (unknown.starts_with('-') ? "Unknown option '" : "Unexpected argument '") + unknown + "'"
           + (nearest.empty() ? "." : "; did you mean '" + nearest + "'?");
}

std::string usageMessage(CLI::App& app, const CLI::ParseError& error,
                         const std::vector<std::string>& arguments, ExtraCommands more)
{
    const std::vector<std::string_view> known = knownWords(more);
    if (arguments.empty())
        return "Give a sub-command.";
    const std::string& first = arguments.front();
    if (!first.starts_with('-') && std::find(known.begin(), known.end(), first) == known.end()) {
        const std::string nearest = nearestName(first, known);
        return "Unknown sub-command '" + first + "'"
               + (nearest.empty() ? "." : "; did you mean '" + nearest + "'?");
    }
    const std::vector<std::string> rest = app.remaining(true);
    // Words behind an unknown option are probably its value: the option is what to name.
    const auto option =
        std::find_if(rest.begin(), rest.end(), [](const std::string& text) { return text.starts_with('-'); });
    if (option != rest.end())
        return unknownOption(app, *option);
    return rest.empty() ? error.what() : unknownOption(app, rest.front());
}

int statusOf(const Error& error) { return error.code() == ErrorCode::SchemeText ? exitUsage : exitFailed; }

/// Everything that ends a command early becomes one sentence and an exit status here.
int runGuarded(const Command& command, Job& job)
{
    const auto say = [&job](std::string_view sentence) { job.err << "quantoscope: " << sentence << '\n'; };
    try {
        const int status = command(job);
        job.out.flush();
        if (!job.out)
            throw Error(ErrorCode::WriteFailed, "Cannot write to standard output.");
        return status;
    } catch (const UsageError& error) {
        say(error.what());
        return exitUsage;
    } catch (const Error& error) {
        say(error.what());
        return statusOf(error);
    } catch (const Cancelled&) {
        say("interrupted");
        return exitInterrupted;
    } catch (const std::bad_alloc&) {
        say("Not enough memory.");
    } catch (const std::exception& error) {
        say(error.what());
    }
    return exitFailed;
}

} // namespace

bool isSubCommand(std::string_view firstArgument, ExtraCommands more)
{
    for (const std::string_view word : {"--help", "-h", "--version"}) {
        if (firstArgument == word)
            return true;
    }
    const std::vector<std::string_view> known = knownWords(more);
    if (std::find(known.begin(), known.end(), firstArgument) != known.end())
        return true;
    // What can be no file to open is a mistyped sub-command: the command line says so.
    if (firstArgument.empty() || firstArgument == "sample"
        || firstArgument.find_first_of("./-:") != std::string_view::npos)
        return false;
    std::error_code ignored;
    return !std::filesystem::exists(firstArgument, ignored);
}

int runCommandLine(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
                   std::stop_token stop, bool showProgress, ExtraCommands more, const std::string& as)
{
    CLI::App app("Quantoscope shows what quantization does to a neural network.\n"
                 "Without a sub-command it opens its window: quantoscope [FILE]",
                 "quantoscope");
    app.set_version_flag("--version", "quantoscope " + programVersion() + " (" + programCommit() + ")");
    app.require_subcommand(1);
    app.get_formatter()->column_width(28);
    Command command;
    addCommands(app, command, more);
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::Success& wanted) { // --help, --version
        app.exit(wanted, out, err);
        return exitDone;
    } catch (const CLI::ParseError& error) {
        err << "quantoscope: " << usageMessage(app, error, arguments, more)
            << "\nRun with --help for more.\n";
        return exitUsage;
    }
    Job job{out, err, std::move(stop), showProgress, as.empty() ? commandText(arguments) : as};
    return runGuarded(command, job);
}

int runCommandLine(int argc, char** argv, ExtraCommands more)
{
    // Programs started from others may have inherited this ignored; a reader that went away ends us quietly.
    std::signal(SIGPIPE, SIG_DFL);
    const InterruptWatcher watcher;
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    return runCommandLine(arguments, std::cout, std::cerr, watcher.token(), ::isatty(STDERR_FILENO) == 1,
                          more);
}

} // namespace quantoscope
