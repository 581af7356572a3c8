// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"
#include "core/quant/scheme.h"
#include "ui/charts/chart.h"

#include <functional>
#include <memory>
#include <span>
#include <stop_token>

namespace quantoscope {

/// What a chart on the command line is made of.
struct ChartRequest
{
    std::shared_ptr<const Network> network;
    LayerId layer;
    std::vector<Scheme> schemes; ///< one at least
    std::stop_token stop;
};

/// One value of `--kind`: the same function as the tab's in the window.
struct ChartKind
{
    std::string name;
    std::string title;
    std::size_t schemes = 1;                        ///< how many it compares at most
    std::function<Chart(const ChartRequest&)> make; ///< throws Error, Cancelled
};

/// All of them, in the order of the tabs.
std::span<const ChartKind> chartKinds();

} // namespace quantoscope
