// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>

namespace quantoscope {

/// 64 lower-case hexadecimal digits (FIPS 180-4). Throws Cancelled.
std::string sha256(std::span<const std::byte> bytes, std::stop_token stop = {});

/// Of a file's bytes. Throws Error as MappedFile::open.
std::string sha256OfFile(const std::filesystem::path& path, std::stop_token stop = {});

} // namespace quantoscope
