// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/chartcommand/chartkinds.h"

namespace quantoscope {

/// The charts of the Values tab. A second scheme is B.
std::vector<ChartKind> valueKinds();

} // namespace quantoscope
