// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/networkinput.h"
#include "core/analysis/evaluation/evaluation.h"

#include <memory>
#include <optional>

namespace quantoscope {

/// Which samples, as they were given.
struct DataArguments
{
    std::string inputs;
    std::string labels;
    std::string calibration;
    std::string tokens;
    std::vector<std::string> constants; ///< NAME=VALUE
    std::string preprocess;             ///< of images, and scale of arrays
    std::size_t samples = 0;            ///< the first of them; 0: all
    std::size_t calibrationSamples = 0; ///< drawn by the seed; 0: all
    std::uint64_t seed = 0;
};

/// Samples that are open; EvaluationData points into it.
struct OpenedData
{
    std::shared_ptr<const SampleSource> inputs;
    std::shared_ptr<const SampleSource> calibration; ///< null: none
    std::optional<std::vector<std::int64_t>> labels;
    std::vector<std::vector<std::int64_t>> tokens;
    SampleOrder order;
    std::vector<std::string> notes; ///< synthetic samples, samples that calibrate and judge

    /// `draw`: the how-manieth subset of the calibration samples.
    EvaluationData data(const DataArguments& arguments, std::size_t draw) const;
};

/// Opens what the arguments name; `sample` brings its own. Throws UsageError where nothing is named, Error naming file and row.
OpenedData openData(const DataArguments& arguments, const NetworkInput& network,
                    std::shared_ptr<const RunModel> model, Job& job);

/// Inputs, labels and calibration with their SHA-256.
void describeData(Json& meta, const DataArguments& arguments, const OpenedData& opened, std::stop_token stop);

} // namespace quantoscope
