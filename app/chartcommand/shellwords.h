// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// The words of a command as a POSIX shell splits them: blanks, '…', "…" and backslashes; nothing is expanded. What shellQuoted()
/// wrote comes back. Throws Error(InvalidArgument) where a quote stays open.
std::vector<std::string> shellWords(std::string_view command);

} // namespace quantoscope
