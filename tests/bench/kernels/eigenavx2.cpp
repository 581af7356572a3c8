// SPDX-License-Identifier: GPL-3.0-or-later
#define QUANTOSCOPE_EIGEN_MATMUL eigenMatMulAvx2
#include "tests/bench/kernels/eigenmatmul-inl.h"
