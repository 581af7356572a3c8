// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/arraysource.h"
#include "core/samples/inputspec.h"
#include "core/samples/labels.h"

#include <optional>
#include <set>
#include <span>

namespace quantoscope {

struct NumpyOptions
{
    std::set<std::string> constants; ///< arrays that are given whole to every sample
    std::optional<ArrayScaling> scaling;
};

/// Samples out of a .npy or .npz file; axis 0 counts the samples, arrays of rank 0 go to every sample. `inputs`: those of
/// the network that the file may fill, or none when they are not known.
///
/// Which array is for which input: all by name, when every array has the name of an input; otherwise there has to be a
/// single array, which goes to the only input that its shape fits (FILE.npz:ENTRY takes one array out of several).
/// Labels are the array that isLabelName(); beside an ENTRY x_WORD only y_WORD, label_WORD, labels_WORD and the bare words.
/// Types are left as they are: a u8 image of a network for f32 is 0…255 unless scaling says otherwise.
/// Throws Error naming file and array: unreadable, no array for an input, wrong shape, counts that differ, no samples.
std::shared_ptr<const SampleSource> numpySamples(const FileEntry& from, std::span<const InputSpec> inputs,
                                                 const NumpyOptions& options = {});

/// The bundled digits (resources/sample/digits.npz): pixel / 255 as f32 [N,1,28,28] and, of the test set, the digit.
/// `inputs` as above.
std::shared_ptr<const SampleSource> sampleTestSet(const std::filesystem::path& digits,
                                                  std::span<const InputSpec> inputs = {});
std::shared_ptr<const SampleSource> sampleCalibrationSet(const std::filesystem::path& digits,
                                                         std::span<const InputSpec> inputs = {});

} // namespace quantoscope
