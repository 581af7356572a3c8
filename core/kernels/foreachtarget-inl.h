// SPDX-License-Identifier: GPL-3.0-or-later
// Compiles the including file once per instruction set of isa.h: define HWY_TARGET_INCLUDE first. Kernels are chosen by Isa, not
// by Highway's dispatch: after `#if HWY_ONCE` name them N_AVX2::f and so on, each under `#if HWY_TARGETS & HWY_AVX2`.
// No include guard: the file is read once per target.

// SSE4 stands for every SSE4.2 processor, also those without AES; the engine uses no such instruction.
#ifndef HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLE_PCLMUL_AES
#endif
// Newer compilers would get Highway's emulated vectors in place of its scalars.
#ifndef HWY_BROKEN_EMU128
#define HWY_BROKEN_EMU128 1
#endif
// On aarch64 NEON is the baseline: the scalar kernels are asked for, SVE has none here.
#if defined(__aarch64__)
#ifndef HWY_COMPILE_ALL_ATTAINABLE
#define HWY_COMPILE_ALL_ATTAINABLE
#endif
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif
#elif !defined(HWY_DISABLED_TARGETS)
#define HWY_DISABLED_TARGETS HWY_SSSE3
#endif

#include <hwy/foreach_target.h>
