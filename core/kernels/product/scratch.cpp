// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/product/scratch.h"

#include "core/kernels/alignedbuffer.h"

namespace quantoscope {

std::byte* threadScratch(std::size_t bytes)
{
    thread_local AlignedBuffer<std::byte> buffer;
    if (buffer.size() < bytes)
        buffer = AlignedBuffer<std::byte>(bytes);
    return buffer.data();
}

} // namespace quantoscope
