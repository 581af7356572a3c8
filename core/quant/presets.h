// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <span>

namespace quantoscope {

struct Preset
{
    std::string_view name;   ///< e.g. "int8-per-channel"
    std::string_view scheme; ///< scheme text without presets
    std::string_view source; ///< where the convention is defined, one line
};

/// Every preset that scheme text knows, in the order shown to people.
std::span<const Preset> presets();

} // namespace quantoscope
