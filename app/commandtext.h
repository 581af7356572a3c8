// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QString>

namespace quantoscope {

/// What makes the numbers on screen again on the command line, quoted for a POSIX shell. Layers with schemes of their own
/// are written to schemes.json first. `model`: as the CLI takes it.
QString analyzeCommand(const QString& model, const AnalysisSettings& settings);
/// The same of a run of the whole network.
QString evaluateCommand(const QString& model, const AnalysisSettings& settings, const RunRequest& request);

} // namespace quantoscope
