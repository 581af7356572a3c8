// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

// Option texts. Each throws UsageError that names option, piece and position.

/// "1.1, -2.4,nan,inf" as float32, each rounded once to nearest-even.
std::vector<float> parseValues(std::string_view text);

/// "LO:HI", finite, LO < HI.
Interval parseRange(std::string_view text);

struct BitRange
{
    int first = 0;
    int last = 0;
};
/// "A..B" (inclusive) or a single width, within 1 … 16.
BitRange parseBits(std::string_view text);

/// The pieces between separators; positions follow from their place in `text`.
std::vector<std::string_view> splitText(std::string_view text, char separator);

/// Without blanks on both sides.
std::string_view trimmed(std::string_view text);

std::optional<double> parseDouble(std::string_view text);

} // namespace quantoscope
