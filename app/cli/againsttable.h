// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/against.h"

#include <iosfwd>

namespace quantoscope {

/// The layers of both files side by side, the first jump, what is probably wrong and why, what was not matched.
void printAgainst(std::ostream& out, const AgainstReport& report);

} // namespace quantoscope
