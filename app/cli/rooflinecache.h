// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace quantoscope {

/// Where the limits of this machine are kept: quantoscope/roofline.json below $XDG_CACHE_HOME, or ~/.cache.
std::filesystem::path rooflineCacheFile();

} // namespace quantoscope
