// SPDX-License-Identifier: GPL-3.0-or-later
#define DENSE_KERNELS denseKernelsAvx512
#include "core/quant/algorithms/densekernels-inl.h"
