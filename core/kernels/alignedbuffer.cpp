// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/alignedbuffer.h"

#include <cstring>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace quantoscope {

namespace {

constexpr std::size_t cacheLine = 64;
constexpr std::size_t hugePage = std::size_t{1} << 21;

std::align_val_t alignmentOf(std::size_t bytes)
{
    return std::align_val_t{bytes >= hugePage ? hugePage : cacheLine};
}

} // namespace

void* AlignedMemory::allocate(std::size_t bytes)
{
    void* memory = ::operator new(bytes, alignmentOf(bytes));
#if defined(__linux__)
    // Asked for before the first touch; where the system declines, small pages do.
    if (bytes >= hugePage)
        madvise(memory, bytes / hugePage * hugePage, MADV_HUGEPAGE);
#endif
    return std::memset(memory, 0, bytes);
}

void AlignedMemory::release(void* memory, std::size_t bytes) noexcept
{
    ::operator delete(memory, alignmentOf(bytes));
}

} // namespace quantoscope
