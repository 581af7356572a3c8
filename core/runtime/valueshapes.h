// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/shape.h"

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace quantoscope {

/// Dimensions that a file leaves open and what was taken for them: "input[3] = 224".
struct ValueShapes
{
    std::map<std::string, Shape> shapes; ///< of the values asked for; those that depend on data are missing
    std::vector<std::string> assumed;
};

/// Shapes of named values of an ONNX network, by ONNX Runtime's own inference on graph inputs whose open dimensions are filled in:
/// by name from `dimensions` ("width" → 320), else 1 for the first, 3 for the channels of an image, 224 for its height and width, and
/// 64 for others. Nothing is run. Names that are no values of the main graph are left out.
/// Throws Error(FileUnreadable, FileFormat, Unsupported) naming the file, and Cancelled.
ValueShapes valueShapes(const std::filesystem::path& file, const std::vector<std::string>& names,
                        const std::map<std::string, std::int64_t>& dimensions, std::stop_token stop = {});

} // namespace quantoscope
