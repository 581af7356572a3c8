// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace quantoscope {

/// Names in files may be any bytes; ours are valid UTF-8. Each byte that is not part of a valid sequence
/// becomes the four characters `\xHH`.
std::string validUtf8(std::string_view bytes);

} // namespace quantoscope
