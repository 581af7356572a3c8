// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/densekernels.h"

#include "core/support/vectortarget.h"

namespace quantoscope {

extern const DenseKernels denseKernelsBaseline;
extern const DenseKernels denseKernelsAvx2;
extern const DenseKernels denseKernelsAvx512;

const DenseKernels& denseKernels()
{
#if defined(__x86_64__)
    const std::string target = vectorTarget();
    if (target.starts_with("AVX3")) // AVX-512 F, BW, DQ, VL and more
        return denseKernelsAvx512;
    if (target == "AVX2")
        return denseKernelsAvx2;
#endif
    return denseKernelsBaseline;
}

} // namespace quantoscope
