// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace quantoscope::ggml {

/// What turns the codes of one group of a block into values.
struct Steps
{
    float scale = 0;
    float offset = 0; ///< of affine formats alone
};

/// How a family of formats does that.
struct CodeValues
{
    int center = 0;                      ///< subtracted from the code
    bool affine = false;                 ///< the offset is added
    const std::int8_t* levels = nullptr; ///< of the sixteen codes, in place of the code itself
};

/// Values of the stored codes of groups of 16, 32 or 256, one after the other.
void valuesOfGroups(const std::uint8_t* codes, std::size_t groups, std::size_t length, const Steps* steps,
                    const CodeValues& kind, float* values);

} // namespace quantoscope::ggml
