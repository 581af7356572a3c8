// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace quantoscope {

/// Version of the ONNX Runtime library that is loaded, e.g. "1.29.0".
std::string onnxRuntimeVersion();

} // namespace quantoscope
