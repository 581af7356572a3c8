// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace quantoscope {

/// Where the bundled network is: beside the installed program, else in the source tree it was built from.
/// The path may not exist when neither is there; opening it then says so.
std::filesystem::path sampleNetworkPath();

} // namespace quantoscope
