// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/constantinputs.h"

#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& text, const std::string& reason)
{
    throw Error(ErrorCode::InvalidArgument, "'" + text + "': " + reason, text);
}

template <class Number>
std::optional<std::vector<std::byte>> numberBytes(std::string_view text)
{
    Number number{};
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc() || result.ptr != end)
        return std::nullopt;
    if constexpr (std::is_floating_point_v<Number>)
        if (!std::isfinite(number))
            return std::nullopt;
    const auto bytes = std::as_bytes(std::span(&number, 1));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
}

/// Half precision that the value has exactly: 0, 1, 16 … are all that constants need.
std::optional<std::vector<std::byte>> halfBytes(std::string_view text, float (*toFloat)(std::uint16_t))
{
    float wanted = 0;
    const auto parsed = numberBytes<float>(text);
    if (!parsed)
        return std::nullopt;
    std::memcpy(&wanted, parsed->data(), sizeof wanted);
    for (unsigned bits = 0; bits <= 0xffff; ++bits)
        if (toFloat(static_cast<std::uint16_t>(bits)) == wanted)
            return std::vector<std::byte>{static_cast<std::byte>(bits), static_cast<std::byte>(bits >> 8)};
    return std::nullopt;
}

/// One element's bytes; nothing when the text is no value of the type.
std::optional<std::vector<std::byte>> elementBytes(DType dtype, std::string_view text)
{
    switch (dtype) {
    case DType::F64:
        return numberBytes<double>(text);
    case DType::F32:
        return numberBytes<float>(text);
    case DType::F16:
        return halfBytes(text, floatFromHalf);
    case DType::BF16:
        return halfBytes(text, floatFromBfloat16);
    case DType::I8:
        return numberBytes<std::int8_t>(text);
    case DType::U8:
        return numberBytes<std::uint8_t>(text);
    case DType::I16:
        return numberBytes<std::int16_t>(text);
    case DType::U16:
        return numberBytes<std::uint16_t>(text);
    case DType::I32:
        return numberBytes<std::int32_t>(text);
    case DType::U32:
        return numberBytes<std::uint32_t>(text);
    case DType::I64:
        return numberBytes<std::int64_t>(text);
    case DType::Bool:
        return text == "0" || text == "1" ? numberBytes<std::uint8_t>(text) : std::nullopt;
    default:
        throw Error(ErrorCode::Unsupported,
                    "An input of type " + std::string(nameOf(dtype)) + " cannot be made constant.");
    }
}

/// A constant ready to be repeated.
struct Prepared
{
    InputSpec input;
    std::string value;
    std::vector<std::byte> element;
};

Tensor tensorOf(const Prepared& constant, std::size_t samples)
{
    constexpr std::size_t most = std::size_t{1} << 30;
    Shape shape = constant.input.shape;
    for (std::int64_t& dim : shape)
        dim = dim < 0 ? static_cast<std::int64_t>(samples) : dim;
    const auto elements = elementCount(shape);
    if (!elements || *elements > most / constant.element.size())
        throw Error(ErrorCode::Unsupported,
                    "Input '" + constant.input.name + "' of shape " + openText(constant.input.shape)
                        + " is too large to be filled with " + constant.value + ".",
                    constant.input.name);
    auto held = std::make_shared<std::vector<std::byte>>();
    held->reserve(*elements * constant.element.size());
    for (std::size_t i = 0; i < *elements; ++i)
        held->insert(held->end(), constant.element.begin(), constant.element.end());
    return {constant.input.dtype, std::move(shape), *held, held};
}

class WithConstants final : public SampleSource
{
public:
    WithConstants(std::shared_ptr<const SampleSource> source, std::vector<Prepared> constants)
        : m_source(std::move(source)), m_constants(std::move(constants))
    {
    }

    std::size_t count() const override { return m_source->count(); }

    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        std::vector<InputValue> values = m_source->read(indices);
        for (const Prepared& constant : m_constants)
            values.push_back({constant.input.name, tensorOf(constant, indices.size())});
        return values;
    }

    std::array<std::uint8_t, 32> hash(std::size_t index) const override { return m_source->hash(index); }

    std::string description() const override
    {
        std::string text = m_source->description();
        for (const Prepared& constant : m_constants)
            text += (&constant == &m_constants.front() ? "; " : ", ") + constant.input.name + " = "
                    + constant.value;
        return text;
    }

    bool isSynthetic() const override { return m_source->isSynthetic(); }
    std::optional<std::vector<std::int64_t>> labels() const override { return m_source->labels(); }

private:
    std::shared_ptr<const SampleSource> m_source;
    std::vector<Prepared> m_constants;
};

} // namespace

std::vector<ConstantInput> parseConstants(std::span<const std::string> texts,
                                          std::span<const InputSpec> inputs)
{
    std::vector<ConstantInput> constants;
    for (const std::string& text : texts) {
        const std::size_t equals = text.rfind('=');
        if (equals == std::string::npos)
            reject(text, "NAME=VALUE is expected, a network input and a number.");
        const std::string name = text.substr(0, equals);
        const auto input = std::find_if(inputs.begin(), inputs.end(),
                                        [&](const InputSpec& one) { return one.name == name; });
        if (input == inputs.end()) {
            std::vector<std::string_view> names;
            std::string all;
            for (const InputSpec& one : inputs) {
                names.push_back(one.name);
                all += (all.empty() ? "'" : ", '") + one.name + "'";
            }
            const std::string near = nearestName(name, names);
            reject(text, "the network has no input '" + name + "'; "
                             + (near.empty() ? "its inputs: " + all + "." : "did you mean '" + near + "'?"));
        }
        for (const ConstantInput& earlier : constants)
            if (earlier.input.name == name)
                reject(text, "'" + name + "' is given twice.");
        const std::string value = text.substr(equals + 1);
        if (!elementBytes(input->dtype, value))
            reject(text, "'" + value + "' is no value of type " + std::string(nameOf(input->dtype)) + ".");
        constants.push_back({*input, value});
    }
    return constants;
}

std::shared_ptr<const SampleSource> withConstants(std::shared_ptr<const SampleSource> source,
                                                  std::vector<ConstantInput> constants)
{
    if (constants.empty())
        return source;
    std::vector<Prepared> prepared;
    for (ConstantInput& constant : constants) {
        auto element = elementBytes(constant.input.dtype, constant.value);
        if (!element)
            reject(constant.value, "no value of type " + std::string(nameOf(constant.input.dtype)) + ".");
        prepared.push_back({std::move(constant.input), std::move(constant.value), std::move(*element)});
        (void)tensorOf(prepared.back(), 1); // too large is said now
    }
    return std::make_shared<WithConstants>(std::move(source), std::move(prepared));
}

} // namespace quantoscope
