// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// The one of `names` with the smallest edit distance to a name that is not among them, or "" when none is near (more
/// than 2 edits and more than a third of the name).
std::string nearestName(std::string_view name, const std::vector<std::string_view>& names);

} // namespace quantoscope
