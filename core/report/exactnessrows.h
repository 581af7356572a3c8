// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/exactness/exactness.h"
#include "core/report/json.h"

namespace quantoscope {

/// One object a layer, identical nearTie oneOff further saturated worst calibrated scale zeroPoint or reason, and one of layer null for the
/// outputs end to end.
Json exactnessJson(const ExactnessReport& report, const Network& network);

} // namespace quantoscope
