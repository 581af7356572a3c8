// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/support/memory.h"

#include <fstream>
#include <string>

namespace quantoscope {

namespace {

/// A line "KEY:  123 kB" of a file that Linux makes up.
std::optional<std::uint64_t> kilobytesIn(const char* file, const std::string& key)
{
    std::ifstream stream(file);
    std::string word;
    while (stream >> word) {
        std::uint64_t kilobytes = 0;
        if (word == key && stream >> kilobytes)
            return kilobytes << 10;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::uint64_t> availableMemory() { return kilobytesIn("/proc/meminfo", "MemAvailable:"); }

std::optional<std::uint64_t> peakMemory() { return kilobytesIn("/proc/self/status", "VmHWM:"); }

} // namespace quantoscope
