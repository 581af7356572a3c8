// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/execute/inputvalues.h"

#include "core/formats/utf8.h"
#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& sentence, const std::string& context)
{
    throw Error(ErrorCode::InvalidArgument, sentence, context);
}

std::string quoted(const std::string& name) { return "'" + validUtf8(name) + "'"; }

bool fits(const Shape& given, const Shape& wanted)
{
    return std::equal(given.begin(), given.end(), wanted.begin(), wanted.end(),
                      [](std::int64_t size, std::int64_t demand) { return demand < 0 || size == demand; });
}

/// Bytes that are aligned for their type: nothing promises that of a file's.
Tensor aligned(const Tensor& tensor)
{
    if (reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % alignof(std::max_align_t) == 0)
        return tensor;
    auto held = std::make_shared<std::vector<std::byte>>(tensor.bytes.begin(), tensor.bytes.end());
    return {tensor.dtype, tensor.shape, *held, held};
}

Tensor fitted(const InputValue& given, const GraphInput& input, const std::string& file)
{
    const Tensor& tensor = given.tensor;
    const GraphValue& wanted = input.value;
    const std::string what = "Input " + quoted(wanted.name) + " of '" + file + "' takes "
                             + (input.hasShape ? describe(wanted.dtype, wanted.shape)
                                               : std::string(nameOf(wanted.dtype)) + " of any shape")
                             + " but was given " + describe(tensor.dtype, tensor.shape);
    const auto elements = elementCount(tensor.shape);
    if (!elements || packedBytes(tensor.dtype, *elements) != tensor.bytes.size())
        reject(what + " in " + std::to_string(tensor.bytes.size()) + " bytes.", wanted.name);
    if (input.hasShape && !fits(tensor.shape, wanted.shape))
        reject(what + ".", wanted.name);
    try {
        return aligned(converted(tensor, wanted.dtype));
    } catch (const Error& error) {
        reject(what + ": " + error.what() + ".", wanted.name);
    }
}

using Places = std::vector<const InputValue*>;

std::size_t placeOf(const InputValue& value, const std::vector<GraphInput>& inputs, const std::string& file)
{
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].value.name == value.name)
            return i;
        names.push_back(inputs[i].value.name);
    }
    std::string known;
    for (const auto name : names)
        known += (known.empty() ? "" : ", ") + quoted(std::string(name));
    const std::string near = nearestName(value.name, names);
    reject("'" + file + "' has no input " + quoted(value.name) + "; it has "
               + (known.empty() ? "none" : known)
               + (near.empty() ? "." : ". Was " + quoted(near) + " meant?"),
           value.name);
}

Places placed(std::span<const InputValue> given, const std::vector<GraphInput>& inputs,
              const std::string& file)
{
    Places places(inputs.size(), nullptr);
    for (const InputValue& value : given) {
        if (value.name.empty())
            continue;
        const std::size_t place = placeOf(value, inputs, file);
        if (places[place])
            reject("Input " + quoted(value.name) + " of '" + file + "' was given twice.", value.name);
        places[place] = &value;
    }
    for (const InputValue& value : given) {
        if (!value.name.empty())
            continue;
        const auto open = std::count(places.begin(), places.end(), nullptr);
        if (open != 1)
            reject("An array without a name was given to '" + file + "', where " + std::to_string(open)
                       + " inputs wait for a value: name the arrays.",
                   file);
        *std::find(places.begin(), places.end(), nullptr) = &value;
    }
    return places;
}

} // namespace

std::string describe(DType type, const Shape& shape)
{
    std::string text(nameOf(type));
    if (shape.empty())
        return text + " scalar";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i == 0 ? " " : "×") + (shape[i] < 0 ? std::string("?") : std::to_string(shape[i]));
    return text;
}

std::vector<Tensor> matchedInputs(std::span<const InputValue> given, const std::vector<GraphInput>& inputs,
                                  const std::string& file)
{
    const Places places = placed(given, inputs, file);
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!places[i])
            reject("Input " + quoted(inputs[i].value.name) + " of '" + file + "' has no value; it takes "
                       + describe(inputs[i].value.dtype, inputs[i].value.shape) + ".",
                   inputs[i].value.name);
        tensors.push_back(fitted(*places[i], inputs[i], file));
    }
    return tensors;
}

} // namespace quantoscope
