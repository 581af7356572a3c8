// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/kernels/eigenpeers.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace quantoscope::bench {

/// "oneDNN 2.6.3", or nothing where the benchmarks were built without it: all functions below are then empty.
std::string dnnlVersion();

/// Products c [m][n] = a [m][k] · b [k][n] with constant b in the library's own packed order; one function for each copy of b,
/// which share everything else. They multiply on `threads` threads, one call at a time.
std::vector<std::function<void()>> dnnlMatMul(std::span<const float> a, std::span<const float> b,
                                              const MatrixSizes& sizes, int threads, std::size_t copies = 1);
/// uint8 · int8 → int32
std::vector<std::function<void()>> dnnlMatMul(std::span<const std::uint8_t> a, std::span<const std::int8_t> b,
                                              const MatrixSizes& sizes, int threads, std::size_t copies = 1);

/// Float32 convolution of one image [c][h][w] kept in the order that the library likes best.
struct DnnlConv
{
    std::int64_t channels = 1;
    std::int64_t outputs = 1;
    std::int64_t side = 1; ///< of the image and of the result
    std::int64_t kernel = 1;
    std::int64_t pad = 0;
    std::int64_t groups = 1;
};
std::function<void()> dnnlConv(const DnnlConv& conv, int threads);

} // namespace quantoscope::bench
