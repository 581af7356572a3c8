// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/numbers/numbers.h"
#include "ui/charts/chart.h"

namespace quantoscope {

/// x above, Q(x) below on one axis with the levels between: where each number goes. `revealed`: Q(x) is shown too.
Chart numbersChart(const NumbersPicture& picture, bool revealed);

} // namespace quantoscope
