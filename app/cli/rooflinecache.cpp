// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/rooflinecache.h"

#include <cstdlib>

namespace quantoscope {

std::filesystem::path rooflineCacheFile()
{
    std::filesystem::path folder;
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
        folder = cache;
    else if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
        folder = std::filesystem::path(home) / ".cache";
    else
        folder = std::filesystem::temp_directory_path();
    return folder / "quantoscope" / "roofline.json";
}

} // namespace quantoscope
