// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/layersite.h"

#include "core/runtime/execute/networksession.h"

#include <span>

namespace quantoscope {

/// One layer of a float network by itself, with any input, weight and bias. Not for several threads.
class LayerRunner
{
public:
    /// Throws Error(Unsupported) where the layer cannot run alone (recurrent ones, tables, inputs made at run time).
    LayerRunner(const GraphView& view, const LayerSite& site, const Layer& layer, Shape weightShape);

    bool hasBias() const { return m_hasBias; }
    /// `weight` in the file's order; `bias` empty: none. The node's own operator in ONNX Runtime.
    std::vector<float> run(const Tensor& input, std::span<const float> weight, std::span<const float> bias,
                           const std::stop_token& stop);

private:
    std::shared_ptr<const RunModel> m_model;
    std::unique_ptr<NetworkSession> m_session;
    Shape m_weightShape;
    bool m_hasBias = false;
};

} // namespace quantoscope
