// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace quantoscope {

/// The file appears whole or not at all, also on Ctrl-C; a device or pipe that exists is written to directly.
/// Throws Error(WriteFailed) naming the path.
void writeOutput(const std::filesystem::path& path, std::span<const std::byte> bytes);
void writeOutput(const std::filesystem::path& path, std::string_view text);

/// Before long work: throws Error(WriteFailed) naming the path where nothing could be written there now.
void requireWritable(const std::filesystem::path& path);

} // namespace quantoscope
