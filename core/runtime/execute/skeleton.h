// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/model/runmodel.h"
#include "core/tensor/tensor.h"

#include <string>
#include <vector>

namespace quantoscope {

/// A model without its big weights, as bytes for ONNX Runtime, and those weights: views into the model, which are handed over by
/// name. Swapping a weight this way is exact, whatever is optimized, and no weight is copied on the way.
struct Skeleton
{
    std::string bytes;
    std::vector<std::string> names;
    std::vector<Tensor> tensors;
};

/// Small tensors stay inside (ONNX Runtime reads shapes and axes from them), so do those in bodies and what lies in external files.
/// Initializers that nobody reads are left out. `observed` are further outputs. Throws Error(Unsupported) when what stays inside exceeds 2 GiB.
Skeleton skeletonOf(const RunModel& model, const std::vector<std::string>& observed);

} // namespace quantoscope
