// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/synthsource.h"

#include "core/formats/synth/counterrandom.h"
#include "core/formats/synth/synth.h"
#include "core/samples/arraysource.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

struct MadeUp
{
    std::string name;
    Shape shape; ///< of one sample
    std::uint64_t stream = 0;
};

[[noreturn]] void reject(const std::string& text, const std::string& reason)
{
    throw Error(ErrorCode::InvalidArgument, "'" + text + "': " + reason + ".", text);
}

class SynthSource final : public SampleSource
{
public:
    SynthSource(std::string text, SynthSpec spec, std::vector<MadeUp> inputs, std::size_t count)
        : m_text(std::move(text)), m_spec(spec), m_inputs(std::move(inputs)), m_count(count)
    {
    }

    std::size_t count() const override { return m_count; }

    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        std::vector<InputValue> values;
        for (const MadeUp& input : m_inputs)
            values.push_back({input.name, stackOf(input, indices)});
        return values;
    }

    std::array<std::uint8_t, 32> hash(std::size_t index) const override
    {
        return hashOfSample(read(std::span(&index, 1)));
    }

    std::string description() const override
    {
        const bool named = m_text.find(",seed=") != std::string::npos;
        return "synthetic: " + m_text.substr(m_text.find(':') + 1)
               + (named ? "" : ",seed=" + std::to_string(m_spec.seed)) + ", " + sampleCountText(m_count);
    }

    bool isSynthetic() const override { return true; }

private:
    Tensor stackOf(const MadeUp& input, std::span<const std::size_t> indices) const
    {
        SynthSpec spec = m_spec;
        // A sample of rank 0 is an array of one element.
        spec.shape = input.shape.empty() ? Shape{1} : input.shape;
        std::vector<float> stack;
        stack.reserve(*elementCount(spec.shape) * indices.size());
        for (const std::size_t index : indices) {
            spec.seed = CounterRandom(m_spec.seed, input.stream).bits(index);
            const std::vector<float> sample = synthValues(spec);
            stack.insert(stack.end(), sample.begin(), sample.end());
        }
        Shape shape = input.shape;
        shape.insert(shape.begin(), static_cast<std::int64_t>(indices.size()));
        return tensorFromFloats(std::move(shape), std::move(stack));
    }

    std::string m_text;
    SynthSpec m_spec;
    std::vector<MadeUp> m_inputs;
    std::size_t m_count;
};

/// Without axis 0, open dimensions taken from `given` where it fits.
Shape sampleShape(const InputSpec& input, const std::optional<Shape>& given, const std::string& text)
{
    Shape shape(input.shape.begin() + 1, input.shape.end());
    const auto open = std::find_if(shape.begin(), shape.end(), [](std::int64_t dim) { return dim < 0; });
    if (given && fits(*given, shape))
        return *given;
    if (open != shape.end())
        reject(text, "axis " + std::to_string(open - shape.begin() + 1) + " of input '" + input.name + "' ("
                         + openText(input.shape) + ") is open; set it with shape=, as in "
                         + "synth:gauss,shape=3x224x224, where the axis of samples is left out, or give the "
                           "input one value "
                         + "everywhere, as " + input.name + "=0");
    return shape;
}

} // namespace

bool canBeMadeUp(const InputSpec& input)
{
    return !input.shape.empty() && (input.dtype == DType::F32 || input.dtype == DType::F64);
}

std::shared_ptr<const SampleSource> synthSource(const std::string& text, std::span<const InputSpec> inputs,
                                                std::size_t count)
{
    constexpr std::size_t most = std::size_t{1} << 28;
    const SynthSpec spec = parseSynth(text);
    const auto given = text.find(",shape=") != std::string::npos ? std::optional(spec.shape) : std::nullopt;
    std::vector<MadeUp> made;
    bool used = false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!canBeMadeUp(inputs[i]))
            continue;
        Shape shape = sampleShape(inputs[i], given, text);
        used = used || shape == given;
        const auto elements = elementCount(shape);
        if (!elements || *elements == 0 || *elements > most)
            reject(text, "input '" + inputs[i].name + "' of shape " + openText(inputs[i].shape)
                             + " has no elements or more than 2^28 in one sample");
        made.push_back({inputs[i].name, std::move(shape), i});
    }
    if (made.empty())
        reject(text, "the network has no input of type f32 that could be filled with made-up values");
    if (given && !used)
        reject(text, "shape " + toText(*given) + " fits no input; the first is '"
                         + inputs[made.front().stream].name + "' of shape "
                         + openText(inputs[made.front().stream].shape)
                         + ", whose first axis is left out here");
    if (count == 0)
        reject(text, "no samples are asked for");
    return std::make_shared<SynthSource>(text, spec, std::move(made), count);
}

} // namespace quantoscope
