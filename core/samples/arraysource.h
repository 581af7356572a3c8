// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/samplesource.h"

#include <memory>

namespace quantoscope {

struct SampleArray
{
    std::string name; ///< of the input; "" as InputValue says
    Tensor tensor;
    bool isConstant = false; ///< no stack of samples: given to every sample whole
};

/// v' = (v·scale - mean)/std in double, rounded once to f32, of every element of every stacked array.
struct ArrayScaling
{
    double scale = 1;
    double mean = 0;
    double std = 1;
    bool operator==(const ArrayScaling&) const = default;
};

struct ArraySourceOptions
{
    std::string description; ///< the count is added
    std::optional<ArrayScaling> scaling;
    std::optional<std::vector<std::int64_t>> labels;
};

/// Samples out of arrays: axis 0 of each is the axis of samples. Arrays of rank 0 are constant whatever `isConstant` says.
/// Types are handed over as they are (f32 with scaling). Throws Error(InvalidArgument) naming the array where the counts
/// of arrays or labels differ, where there is no stacked array or no sample.
std::shared_ptr<const SampleSource> arraySource(std::vector<SampleArray> arrays,
                                                const ArraySourceOptions& options);

/// Hashes one sample's arrays: each one's type, shape without the axis of samples, and bytes. `values`: stacks of one
/// sample. In the order of names, which are not part of the hash.
std::array<std::uint8_t, 32> hashOfSample(std::vector<InputValue> values);

/// "1,000 samples".
std::string sampleCountText(std::size_t count);

} // namespace quantoscope
