// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/calibration.h"

namespace quantoscope {

/// SmoothQuant: s_j = max|X_j|^α / max|W_j|^(1-α) for every input feature j, the weights multiplied by s, what they are multiplied with
/// divided by it: the same network but for float32 rounding, with the large activations of few features moved into the weights.
/// Layers that read the same value share s (max|W_j| over all of them). Features that are 0 throughout, in values or weights,
/// keep s = 1; s is limited to [1e-5, 1e5]. The division goes into what makes the value where these layers alone read it
/// (foldFactors), else into a Mul node in front of the layers. Convolutions, channel by channel, only where it can go there.
/// Only plans whose activations are quantized take part. Returns the edited model; `notes` say what became of each layer.
/// Throws Error as featureMagnitudes(), Cancelled. Source: Xiao et al., arXiv 2211.10438, section 4, equation 4.
std::shared_ptr<const RunModel> smoothed(const Calibration& calibration, const std::vector<LayerPlan>& plans,
                                         double alpha, std::vector<std::string>& notes);

} // namespace quantoscope
