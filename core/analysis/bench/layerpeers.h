// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/layerkernel.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace quantoscope {

/// Something else that computes a layer, timed beside our kernel.
struct LayerPeer
{
    std::string name;           ///< "ONNX Runtime MatMul, float32", …
    bool codesInAndOut = false; ///< nothing is quantized, nothing becomes float
    std::function<void()> run;
};

/// The peers of one layer, made when they are first asked for and kept: weights are packed once, as ours are.
class LayerPeers
{
public:
    /// `work` outlives the peers; `threads` as our kernels use.
    LayerPeers(const LayerWork& work, Isa isa, int threads);

    /// float32: ONNX Runtime's MatMul, Conv or ConvTranspose, and our own float panels where the layer is a matrix product.
    std::vector<const LayerPeer*> floats();

    /// What ONNX Runtime offers for a layer under this scheme: MatMulNBits for 2, 4 and 8 bits in groups of 16 to 256 (activations
    /// int8 in blocks, or float for weights alone), QLinearConv (uint8 codes in and out),
    /// DynamicQuantizeMatMul otherwise. Null, and why, where it has no integer operator for such a layer.
    const LayerPeer* onnxRuntime(const Scheme& scheme, std::string& reason);

private:
    const LayerPeer* kept(const std::string& name, const std::function<std::function<void()>()>& make,
                          bool codesInAndOut = false);
    std::function<void()> floatProduct();
    std::function<void()> floatConvolution();
    std::function<void()> floatTransposed();
    std::function<void()> ownFloats();
    std::function<void()> dynamicProduct();
    std::function<void()> quantizedConvolution();
    std::function<void()> blockProduct(int bits, std::int64_t group, bool floatActivations);

    const LayerWork& m_work;
    Isa m_isa;
    int m_threads;
    std::map<std::string, LayerPeer> m_peers;
};

} // namespace quantoscope
