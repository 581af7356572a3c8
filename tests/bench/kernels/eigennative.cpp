// SPDX-License-Identifier: GPL-3.0-or-later
#define QUANTOSCOPE_EIGEN_MATMUL eigenMatMulNative
#include "tests/bench/kernels/eigenmatmul-inl.h"
