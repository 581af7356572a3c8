// SPDX-License-Identifier: GPL-3.0-or-later
#define DENSE_KERNELS denseKernelsAvx2
#include "core/quant/algorithms/densekernels-inl.h"
