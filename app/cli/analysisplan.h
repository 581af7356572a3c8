// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <string>
#include <vector>

namespace quantoscope {

/// Scheme options of `analyze` as they were given.
struct SchemeOptions
{
    std::vector<std::string> schemes; ///< each --scheme
    std::string bits;                 ///< --bits A..B
    std::string schemesFile;          ///< --schemes F.json
};

/// Which scheme each layer gets: one settings value per run over the network, widths crossed with schemes.
/// Without any scheme bits=8,granularity=channel.
/// Throws UsageError, Error(SchemeText), and Error for a scheme file that cannot be used or names a layer that
/// `network` does not have.
std::vector<AnalysisSettings> analysisPlan(const SchemeOptions& options, const Network& network);

/// What can be said without the network: throws for wrong usage before a file is opened.
void checkUsage(const SchemeOptions& options);

} // namespace quantoscope
