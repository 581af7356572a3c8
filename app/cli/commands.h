// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/job.h"

#include <functional>

namespace CLI {
class App;
}

namespace quantoscope {

/// Runs the sub-command that was parsed; returns the exit status.
using Command = std::function<int(Job&)>;

// Each adds its sub-command with its options to `parent`; parsing it sets `command`.
void addValues(CLI::App& parent, Command& command);
void addLevels(CLI::App& parent, Command& command);
void addPresets(CLI::App& parent, Command& command);
void addMachine(CLI::App& parent, Command& command);
void addInfo(CLI::App& parent, Command& command);
void addAnalyze(CLI::App& parent, Command& command);
void addBench(CLI::App& parent, Command& command);
void addEvaluate(CLI::App& parent, Command& command);

} // namespace quantoscope
