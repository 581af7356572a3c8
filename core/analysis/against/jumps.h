// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/against.h"

namespace quantoscope {

/// Drops, jumps, suspicious layers and outputs, and the first jump, once errors and causes are known.
void judgeLayers(AgainstReport& report);

} // namespace quantoscope
