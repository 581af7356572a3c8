// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace quantoscope {

/// --dim NAME=SIZE: sizes for open dimensions of a network. Throws UsageError for a text that does not parse.
std::map<std::string, std::int64_t> dimensionsIn(const std::vector<std::string>& texts);

} // namespace quantoscope
