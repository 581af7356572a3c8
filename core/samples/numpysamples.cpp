// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/numpysamples.h"

#include "core/formats/numpy/npy.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

const InputSpec* inputNamed(std::span<const InputSpec> inputs, std::string_view name)
{
    const auto found =
        std::find_if(inputs.begin(), inputs.end(), [&](const InputSpec& one) { return one.name == name; });
    return found == inputs.end() ? nullptr : &*found;
}

/// One file's arrays on their way to the network's inputs.
class Assignment
{
public:
    Assignment(const FileEntry& from, std::span<const InputSpec> inputs, const NumpyOptions& options)
        : m_from(from), m_inputs(inputs), m_options(options)
    {
        if (extensionOf(from.file) != ".npz")
            m_arrays.push_back({"", readNpy(from.file)});
        else
            for (NamedTensor& array : readNpz(from.file))
                (isLabel(array.name) ? m_labels : m_arrays).push_back(std::move(array));
    }

    std::shared_ptr<const SampleSource> source()
    {
        if (!m_from.entry.empty())
            keepEntry();
        if (m_arrays.empty())
            reject("it holds no array of samples");
        ArraySourceOptions options;
        options.description = m_from.file.filename().string();
        if (!m_from.entry.empty())
            options.description += ":" + m_from.entry;
        options.scaling = m_options.scaling;
        options.labels = labels();
        return arraySource(assigned(), options);
    }

private:
    [[noreturn]] void reject(const std::string& reason) const
    {
        throw Error(ErrorCode::InvalidArgument, "'" + m_from.file.string() + "': " + reason + ".",
                    m_from.file.string());
    }

    bool isLabel(const std::string& name) const { return isLabelName(name) && !inputNamed(m_inputs, name); }

    void keepEntry()
    {
        for (std::vector<NamedTensor>* from : {&m_arrays, &m_labels})
            for (const NamedTensor& array : *from)
                if (array.name == m_from.entry) {
                    NamedTensor kept{"", array.tensor};
                    m_arrays = {std::move(kept)};
                    dropForeignLabels();
                    return;
                }
        reject("there is no array '" + m_from.entry + "'; it holds " + namesOf(m_arrays));
    }

    /// Those of another part: y_test is nothing to x_calib.
    void dropForeignLabels()
    {
        const std::size_t dash = m_from.entry.find('_');
        const std::string part = dash == std::string::npos ? "" : m_from.entry.substr(dash);
        std::erase_if(m_labels, [&](const NamedTensor& array) {
            const std::size_t at = array.name.find('_');
            return array.name == m_from.entry || (at != std::string::npos && array.name.substr(at) != part);
        });
    }

    std::optional<std::vector<std::int64_t>> labels() const
    {
        if (m_labels.size() > 1)
            reject("it holds more than one array of labels, " + namesOf(m_labels)
                   + "; take one set of samples with FILE.npz:ENTRY, or rename them");
        if (m_labels.empty())
            return std::nullopt;
        return labelsOf(m_labels.front().tensor, m_from.file.string() + ":" + m_labels.front().name);
    }

    std::vector<SampleArray> assigned()
    {
        const bool single = m_arrays.size() == 1;
        const bool byName = std::all_of(m_arrays.begin(), m_arrays.end(), [&](const NamedTensor& array) {
            return inputNamed(m_inputs, array.name);
        });
        if (!m_inputs.empty() && !byName && !single)
            rejectNames();
        std::vector<SampleArray> result;
        for (NamedTensor& array : m_arrays) {
            const bool constant = m_options.constants.contains(array.name);
            if (m_inputs.empty()) {
                result.push_back({single ? "" : array.name, std::move(array.tensor), constant});
                continue;
            }
            const InputSpec& input = byName ? *inputNamed(m_inputs, array.name) : onlyFitting(array);
            checkShape(array, input, constant);
            result.push_back({input.name, std::move(array.tensor), constant});
        }
        return result;
    }

    /// The input that a single array of another name is for.
    const InputSpec& onlyFitting(const NamedTensor& array) const
    {
        if (m_inputs.size() == 1)
            return m_inputs.front();
        const InputSpec* found = nullptr;
        for (const InputSpec& input : m_inputs) {
            if (input.shape.empty() || !fits(array.tensor.shape, input.shape, 1))
                continue;
            if (found)
                reject("its array fits the inputs '" + found->name + "' and '" + input.name
                       + "'; store it in a .npz under the input's name");
            found = &input;
        }
        if (!found)
            reject("its array of shape " + toText(array.tensor.shape)
                   + " fits no input of the network: " + inputsText());
        return *found;
    }

    void checkShape(const NamedTensor& array, const InputSpec& input, bool constant) const
    {
        const Shape& shape = array.tensor.shape;
        if (fits(shape, input.shape, constant ? 0 : 1))
            return;
        const std::string name = array.name.empty() ? "its array" : "array '" + array.name + "'";
        reject(name + " has shape " + toText(shape) + ", but input '" + input.name + "' takes "
               + openText(input.shape)
               + (constant || input.shape.empty() ? "" : "; axis 0 counts the samples"));
    }

    [[noreturn]] void rejectNames() const
    {
        std::string strange;
        for (const NamedTensor& array : m_arrays)
            if (!inputNamed(m_inputs, array.name))
                strange += (strange.empty() ? "'" : ", '") + array.name + "'";
        reject("no input of the network is named " + strange + "; its inputs are " + inputsText()
               + "; name the arrays so, or take one with " + m_from.file.filename().string() + ":"
               + m_arrays.front().name);
    }

    std::string inputsText() const
    {
        std::string text;
        for (const InputSpec& input : m_inputs)
            text += (text.empty() ? "'" : ", '") + input.name + "' " + openText(input.shape);
        return text;
    }

    static std::string namesOf(const std::vector<NamedTensor>& arrays)
    {
        std::string text;
        for (const NamedTensor& array : arrays)
            text += (text.empty() ? "'" : ", '") + array.name + "'";
        return text.empty() ? "none" : text;
    }

    const FileEntry& m_from;
    std::span<const InputSpec> m_inputs;
    const NumpyOptions& m_options;
    std::vector<NamedTensor> m_arrays;
    std::vector<NamedTensor> m_labels;
};

NumpyOptions pixels()
{
    NumpyOptions options;
    options.scaling = ArrayScaling{1, 0, 255};
    return options;
}

} // namespace

std::shared_ptr<const SampleSource> numpySamples(const FileEntry& from, std::span<const InputSpec> inputs,
                                                 const NumpyOptions& options)
{
    return Assignment(from, inputs, options).source();
}

std::shared_ptr<const SampleSource> sampleTestSet(const std::filesystem::path& digits,
                                                  std::span<const InputSpec> inputs)
{
    return numpySamples({digits, "x_test"}, inputs, pixels());
}

std::shared_ptr<const SampleSource> sampleCalibrationSet(const std::filesystem::path& digits,
                                                         std::span<const InputSpec> inputs)
{
    return numpySamples({digits, "x_calib"}, inputs, pixels());
}

} // namespace quantoscope
