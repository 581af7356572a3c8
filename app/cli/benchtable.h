// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/bench/layerbench.h"

#include <iosfwd>
#include <span>

namespace quantoscope {

/// Timings for people, then what each kernel spends its time on, the peers, and what was not timed and why.
void printTimings(std::ostream& out, const Network& network, std::span<const LayerTiming> timings);

} // namespace quantoscope
