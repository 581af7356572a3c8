// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/ortversion.h"

#include <onnxruntime_c_api.h>

namespace quantoscope {

std::string onnxRuntimeVersion() { return OrtGetApiBase()->GetVersionString(); }

} // namespace quantoscope
