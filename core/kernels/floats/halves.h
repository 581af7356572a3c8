// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace quantoscope {

// Patterns of IEEE binary16 and of bfloat16 (the upper half of binary32). To float exact; from float to the nearest, ties to even,
// beyond the largest to infinity, NaN to a quiet NaN. Functions, not inlines: files that are compiled for several instruction sets
// share them.
float floatOfHalf(std::uint16_t pattern);
float floatOfBrain(std::uint16_t pattern);
std::uint16_t halfOfFloat(float value);
std::uint16_t brainOfFloat(float value);

} // namespace quantoscope
