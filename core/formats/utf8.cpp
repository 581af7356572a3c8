// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/utf8.h"

#include <cstddef>

namespace quantoscope {

namespace {

unsigned byteAt(std::string_view text, std::size_t i)
{
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

bool isTail(unsigned byte) { return (byte & 0xc0) == 0x80; }

/// Length of the valid sequence at `i`, 0 when there is none (Unicode 15, table 3-7).
std::size_t sequenceLength(std::string_view text, std::size_t i)
{
    const unsigned first = byteAt(text, i);
    const unsigned second = byteAt(text, i + 1);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return isTail(second) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second > 0x9f;
        return isTail(second) && !overlong && !surrogate && isTail(byteAt(text, i + 2)) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool overlong = first == 0xf0 && second < 0x90;
        const bool beyond = first == 0xf4 && second > 0x8f;
        return isTail(second) && !overlong && !beyond && isTail(byteAt(text, i + 2))
                       && isTail(byteAt(text, i + 3))
                   ? 4
                   : 0;
    }
    return 0;
}

} // namespace

std::string validUtf8(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size();) {
        const std::size_t length = sequenceLength(bytes, i);
        if (length > 0) {
            text += bytes.substr(i, length);
            i += length;
            continue;
        }
        const unsigned byte = byteAt(bytes, i++);
        text += "\\x";
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

} // namespace quantoscope
