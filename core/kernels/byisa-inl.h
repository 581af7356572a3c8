// SPDX-License-Identifier: GPL-3.0-or-later
// Behind `#if HWY_ONCE` of a file that foreachtarget-inl.h compiles for every instruction set.
#pragma once

#include "core/kernels/isa.h"

#if HWY_TARGETS & HWY_AVX3
#define QUANTOSCOPE_RETURN_ON_AVX512(isa, expression)                                                        \
    if ((isa) == quantoscope::Isa::Avx512 || (isa) == quantoscope::Isa::Avx512Vnni)                          \
        return N_AVX3::expression;
#else
#define QUANTOSCOPE_RETURN_ON_AVX512(isa, expression)
#endif
#if HWY_TARGETS & HWY_AVX2
#define QUANTOSCOPE_RETURN_ON_AVX2(isa, expression)                                                          \
    if ((isa) == quantoscope::Isa::Avx2)                                                                     \
        return N_AVX2::expression;
#else
#define QUANTOSCOPE_RETURN_ON_AVX2(isa, expression)
#endif
#if HWY_TARGETS & HWY_SSE4
#define QUANTOSCOPE_RETURN_ON_SSE4(isa, expression)                                                          \
    if ((isa) == quantoscope::Isa::Sse4)                                                                     \
        return N_SSE4::expression;
#else
#define QUANTOSCOPE_RETURN_ON_SSE4(isa, expression)
#endif
#if HWY_TARGETS & HWY_NEON
#define QUANTOSCOPE_RETURN_ON_NEON(isa, expression)                                                          \
    if ((isa) == quantoscope::Isa::Neon)                                                                     \
        return N_NEON::expression;
#else
#define QUANTOSCOPE_RETURN_ON_NEON(isa, expression)
#endif

/// Returns `expression` of the target's namespace that serves `isa`; Scalar falls through. Code of a target runs after its isa was
/// asked for and never before: no static of a function may be initialized by it at run time.
#define QUANTOSCOPE_RETURN_BY_ISA(isa, expression)                                                           \
    QUANTOSCOPE_RETURN_ON_AVX512(isa, expression)                                                            \
    QUANTOSCOPE_RETURN_ON_AVX2(isa, expression)                                                              \
    QUANTOSCOPE_RETURN_ON_SSE4(isa, expression)                                                              \
    QUANTOSCOPE_RETURN_ON_NEON(isa, expression)
