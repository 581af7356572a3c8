// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>

namespace quantoscope {

/// Smallest and largest finite value, both 0 where there is none; a zero is +0.
struct FiniteRange
{
    float lo = 0;
    float hi = 0;
    std::size_t finite = 0;
    std::size_t nonFinite = 0;
    /// Of both together.
    void merge(const FiniteRange& other);
};

/// The range of `count` neighbours, aligned or not; the same on every instruction set. Thread-safe.
using FindRange = FiniteRange (*)(const float* x, std::size_t count);
FindRange rangeFinder(Isa isa);

} // namespace quantoscope
