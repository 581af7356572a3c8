// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/json.h"

namespace quantoscope {

/// RFC 4180 with "\n" line ends: first a line "# " with `meta` as one-line JSON, then a header and a line per row of
/// `rows` (an array of flat objects). Columns are the keys in order of first appearance; null and missing
/// are empty. Numbers as in JSON, never localized.
std::string csvText(const Json& rows, const Json& meta);

} // namespace quantoscope
