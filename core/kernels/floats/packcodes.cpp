// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/floats/packcodes.h"

namespace quantoscope {

void packEight(int bits, const std::uint8_t* bytes, std::uint8_t* packed)
{
    int position = 0;
    for (int width = 8; width >= 1; width /= 2) {
        if ((bits & width) == 0)
            continue;
        const int perByte = 8 / width;
        for (int v = 0; v < width; ++v) {
            for (std::size_t n = 0; n < floatColumns; ++n) {
                unsigned byte = 0;
                for (int f = 0; f < perByte; ++f) {
                    const auto step = static_cast<std::size_t>(v * perByte + f);
                    const unsigned code = bytes[step * floatColumns + n];
                    byte |= (code >> position & ((1U << width) - 1)) << (f * width);
                }
                packed[n] = static_cast<std::uint8_t>(byte);
            }
            packed += floatColumns;
        }
        position += width;
    }
}

} // namespace quantoscope
