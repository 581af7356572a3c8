// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"
#include "core/report/provenance.h"

#include <map>
#include <stop_token>
#include <string>

namespace quantoscope {

/// --layer-inputs: a .npy matrix [samples, inFeatures] for every layer, or a .npz whose arrays are named after layers.
class Calibration
{
public:
    Calibration() = default;
    /// "" reads nothing. Throws Error naming the file.
    explicit Calibration(const std::string& file);

    /// Gives `data` the inputs of its layer, if there are any.
    void apply(LayerData& data, const std::string& layer) const;
    /// Adds the file and its SHA-256.
    void describe(Provenance& provenance, std::stop_token stop) const;

private:
    struct Matrix
    {
        FloatArray values;
        Shape shape;
    };
    std::string m_file;
    std::map<std::string, Matrix> m_byLayer; ///< under "" the one for all
};

} // namespace quantoscope
