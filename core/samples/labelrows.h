// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace quantoscope {

/// The CSV of readLabels(). A first row whose second field is no integer is a header.
std::vector<std::int64_t> labelsFromCsv(const std::filesystem::path& path,
                                        std::span<const std::string> sampleNames);

} // namespace quantoscope
