// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codes/codeloops.h"

namespace quantoscope {

/// Plain loops: what defines every bit of the others.
const CodeLoops& scalarCodeLoops();

} // namespace quantoscope
