// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace quantoscope {

/// One axis of a pool; padding holds no values. Padding is less than the kernel.
struct PoolAxis
{
    std::size_t input = 1;
    std::size_t kernel = 1;
    std::size_t stride = 1;
    std::size_t padBegin = 0;
    std::size_t padEnd = 0;

    /// 0 where the kernel does not fit.
    std::size_t output() const
    {
        const std::size_t padded = input + padBegin + padEnd;
        return padded < kernel ? 0 : (padded - kernel) / stride + 1;
    }
};

/// The largest code of each window and channel, images [image][y][x][channels]: exact wherever larger codes stand for larger
/// values. Parallel over output rows. Throws Cancelled.
void poolLargest(Isa isa, const std::int8_t* codes, std::size_t images, const PoolAxis& y, const PoolAxis& x,
                 std::size_t channels, std::int8_t* out, std::stop_token stop = {});

} // namespace quantoscope
