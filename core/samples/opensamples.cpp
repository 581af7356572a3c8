// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/opensamples.h"

#include "core/samples/constantinputs.h"
#include "core/samples/imagefolder.h"
#include "core/samples/numpysamples.h"
#include "core/samples/preprocessing.h"
#include "core/samples/synthsource.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Samples with labels from elsewhere.
class Labelled final : public SampleSource
{
public:
    Labelled(std::shared_ptr<const SampleSource> source, std::vector<std::int64_t> labels)
        : m_source(std::move(source)), m_labels(std::move(labels))
    {
    }

    std::size_t count() const override { return m_source->count(); }
    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        return m_source->read(indices);
    }
    std::array<std::uint8_t, 32> hash(std::size_t index) const override { return m_source->hash(index); }
    std::string description() const override { return m_source->description(); }
    bool isSynthetic() const override { return m_source->isSynthetic(); }
    std::optional<std::vector<std::int64_t>> labels() const override { return m_labels; }

private:
    std::shared_ptr<const SampleSource> m_source;
    std::vector<std::int64_t> m_labels;
};

bool isNamed(const std::vector<InputSpec>& inputs, const std::string& name)
{
    return std::any_of(inputs.begin(), inputs.end(), [&](const InputSpec& one) { return one.name == name; });
}

/// The input that images are for.
InputSpec imageInput(const std::string& text, std::span<const InputSpec> inputs)
{
    if (inputs.size() <= 1)
        return inputs.empty() ? InputSpec{} : inputs.front();
    const auto isImage = [](const InputSpec& input) { return input.shape.size() == 4; };
    if (std::count_if(inputs.begin(), inputs.end(), isImage) != 1)
        throw Error(
            ErrorCode::InvalidArgument,
            "'" + text
                + "': the network has not one input of rank 4 that images could be for; give the others"
                  " as NAME=VALUE, or arrays as a .npz.",
            text);
    return *std::find_if(inputs.begin(), inputs.end(), isImage);
}

/// What of the preprocessing an array can take: it is no image that could be resized.
std::optional<ArrayScaling> arrayScaling(const std::string& text)
{
    if (text.empty())
        return std::nullopt;
    const Preprocessing how = parsePreprocessing(text);
    Preprocessing rest;
    rest.scale = how.scale;
    rest.mean = how.mean;
    rest.std = how.std;
    if (how != rest || how.mean.size() > 1 || how.std.size() > 1)
        throw Error(ErrorCode::InvalidArgument,
                    "Preprocessing '" + text
                        + "': arrays take scale, mean and std, one number each; the rest is for images.",
                    text);
    return ArrayScaling{how.scale, how.mean.empty() ? 0 : how.mean[0], how.std.empty() ? 1 : how.std[0]};
}

void refusePreprocessing(const std::string& text, const SampleOptions& options)
{
    if (!options.preprocess.empty())
        throw Error(ErrorCode::InvalidArgument,
                    "'" + text + "' takes no preprocessing; that is for images and arrays.", text);
}

/// Without labels and constants. `inputs`: those that it may fill.
std::shared_ptr<const SampleSource> bareSamples(const std::string& text, std::span<const InputSpec> inputs,
                                                const SampleOptions& options)
{
    if (text == "sample" || text.starts_with("synth:"))
        refusePreprocessing(text, options);
    if (text == "sample")
        return options.calibration ? sampleCalibrationSet(options.digits, inputs)
                                   : sampleTestSet(options.digits, inputs);
    if (text.starts_with("synth:"))
        return synthSource(text, inputs, options.syntheticCount);
    std::error_code ignored;
    if (std::filesystem::is_directory(text, ignored)) {
        ImageFolder folder = listImages(text); // what it lacks is said first
        return imageSource(std::move(folder), parsePreprocessing(options.preprocess),
                           imageInput(text, inputs));
    }
    const FileEntry from = fileEntryOf(text);
    const std::string extension = extensionOf(from.file);
    if (extension == ".npy" || extension == ".npz") {
        NumpyOptions numpy;
        numpy.scaling = arrayScaling(options.preprocess);
        numpy.constants = {options.constantArrays.begin(), options.constantArrays.end()};
        return numpySamples(from, inputs, numpy);
    }
    throw Error(ErrorCode::FileFormat,
                "Cannot open '" + text
                    + "' as samples: a .npy, a .npz, a folder of images, synth:… or sample is expected.",
                text);
}

std::vector<std::string> imageNames(const std::string& text)
{
    std::error_code ignored;
    return std::filesystem::is_directory(text, ignored) ? listImages(text).names : std::vector<std::string>();
}

} // namespace

std::shared_ptr<const SampleSource> openSamples(const std::string& text, const SampleOptions& options)
{
    std::vector<ConstantInput> constants = parseConstants(options.constants, options.inputs);
    std::vector<InputSpec> open;
    for (const InputSpec& input : options.inputs)
        if (std::none_of(constants.begin(), constants.end(),
                         [&](const ConstantInput& one) { return one.input.name == input.name; }))
            open.push_back(input);
    if (open.empty() && !options.inputs.empty())
        throw Error(ErrorCode::InvalidArgument,
                    "Every input of the network is given as NAME=VALUE; leave one for '" + text + "'.", text);
    std::shared_ptr<const SampleSource> source = bareSamples(text, open, options);
    if (!options.labels.empty())
        source =
            std::make_shared<Labelled>(source, readLabels(options.labels, source->count(), imageNames(text)));

    const std::size_t first = 0;
    std::vector<InputSpec> filled;
    for (const InputValue& value : source->read(std::span(&first, 1)))
        filled.push_back({value.name, value.tensor.dtype, value.tensor.shape});
    for (const InputSpec& input : open)
        if (!isNamed(filled, input.name))
            constants.push_back({input});
    return withConstants(std::move(source), std::move(constants));
}

} // namespace quantoscope
