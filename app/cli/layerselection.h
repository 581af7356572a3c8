// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

namespace quantoscope {

/// Layers whose name matches `include` (all when empty) and not `exclude`: ECMAScript, partial match. Throws
/// UsageError naming option and position of a bad expression, Error(InvalidArgument) when nothing is left.
std::vector<const Layer*> selectLayers(const Network& network, const std::string& include,
                                       const std::string& exclude);

} // namespace quantoscope
