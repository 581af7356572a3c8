// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/networkinput.h"
#include "core/analysis/layeranalysis.h"
#include "core/report/provenance.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace quantoscope {

/// Where the inputs of layers come from: a file of them, or samples that run through the network.
struct InputArguments
{
    std::string
        layerInputs; ///< a .npy matrix [samples, inFeatures] for every layer, or a .npz whose arrays are named after layers
    std::string samples; ///< as `evaluate --inputs`
    std::vector<std::string> constants;
    std::vector<std::string> dimensions;
    std::size_t rows = 2048; ///< drawn of each layer's inputs
    std::uint64_t seed = 0;
};

/// What layers are fed, as far as it is known.
class GivenInputs
{
public:
    /// Reads, or runs the network and captures. Throws UsageError where both are given, Error naming file or input, Cancelled.
    GivenInputs(const InputArguments& arguments, const NetworkInput& network, Job& job);

    /// Gives `data` the inputs of its layer, if there are any.
    void apply(LayerData& data, const std::string& layer) const;
    /// Adds file or samples and their SHA-256.
    void describe(Provenance& provenance, std::stop_token stop) const;
    /// Those of the layers whose inputs could not be captured, and why: sentences.
    std::vector<std::string> notes(const std::vector<const Layer*>& layers) const;

private:
    void read();
    void capture(const NetworkInput& network, Job& job);

    struct Matrix
    {
        FloatArray values;
        Shape shape;
    };
    InputArguments m_arguments;
    std::map<std::string, Matrix> m_byLayer;      ///< under "" the one for all
    std::map<std::string, std::string> m_reasons; ///< by layer
    std::uint64_t m_samples = 0;                  ///< run through the network
};

} // namespace quantoscope
