// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/inputspec.h"
#include "core/samples/samplesource.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace quantoscope {

struct SampleOptions
{
    std::vector<InputSpec> inputs; ///< of the network; none: not known, nothing is checked against them
    std::string labels; ///< as readLabels() takes them; "": those that the samples bring along, if any
    std::vector<std::string> constants;      ///< `NAME=VALUE` for inputs that are the same for every sample
    std::vector<std::string> constantArrays; ///< arrays of a .npz that every sample gets whole
    std::string
        preprocess; ///< of images, as parsePreprocessing() takes it; of arrays only scale, mean and std, one number
    std::size_t syntheticCount = 100;
    std::filesystem::path digits; ///< resources/sample/digits.npz, for "sample"
    bool calibration = false;     ///< "sample" means its calibration digits
};

/// Samples from a text, for the command line and the window: a .npy or .npz (numpysamples.h; FILE.npz:ENTRY for one array
/// of several), a folder of images (imagefolder.h; for the only input of rank 4), `synth:…` (synthsource.h) or `sample` (the bundled digits). Inputs that neither the samples nor
/// `constants` give are filled with zeros; description() says so. Throws Error saying what can be opened and what the
/// readers say.
std::shared_ptr<const SampleSource> openSamples(const std::string& text, const SampleOptions& options);

} // namespace quantoscope
