// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"
#include "core/runtime/model/runmodel.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quantoscope {

/// How one layer of a network runs quantized.
struct QuantizedLayer
{
    LayerId layer;
    /// With act as it is used: static ranges are manual:LO:HI of calibration (granularity tensor), dynamic ones `dynamic`.
    Scheme scheme;
    /// Of the weight arranged with its output channel (or the scheme's axis) in front; null: the layer stays float.
    std::shared_ptr<const ParamSets> params;
    std::string reason;             ///< why it stays float
    std::vector<float> bias;        ///< instead of the file's; empty: the file's
    std::optional<float> signScale; ///< α of static binary activations
    std::optional<Interval> output; ///< of the float layer's output on the calibration samples
};

/// What a dynamic range of granularity tensor covers: each sample of a batch by itself, or the whole tensor as ONNX Runtime's
/// DynamicQuantizeLinear does (then answers depend on the batch). Granularity row: each token (row of a product), each image.
enum class DynamicRange { Sample, Tensor };

/// A network with a decision for each of its layers, in its order. Immutable, shared.
struct QuantizedNetwork
{
    std::shared_ptr<const RunModel> model;
    std::vector<QuantizedLayer> layers;
    DynamicRange dynamicRange = DynamicRange::Sample;
};

/// Whether a layer was replaced in a session, by what, or why not.
struct Replacement
{
    LayerId layer;
    bool replaced = false;
    std::string kernel; ///< "vpdpbusd 12×32, 4-bit weights"; "" for fake quantization
    std::string reason; ///< why not
};

} // namespace quantoscope
