// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/attributes.h"

#include "core/formats/utf8.h"

#include <charconv>

namespace quantoscope {

namespace {

std::string toText(std::int64_t value) { return std::to_string(value); }

std::string toText(float value)
{
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
}

template <class List>
std::string listText(const List& list)
{
    constexpr int shown = 32;
    std::string text;
    for (int i = 0; i < list.size() && i < shown; ++i)
        text += (i > 0 ? "," : "") + toText(list.Get(i));
    return list.size() > shown ? text + ",…" : text;
}

} // namespace

const onnx::AttributeProto* findAttribute(const onnx::NodeProto& node, std::string_view name)
{
    for (const auto& attribute : node.attribute())
        if (attribute.name() == name)
            return &attribute;
    return nullptr;
}

std::int64_t intAttribute(const onnx::NodeProto& node, std::string_view name, std::int64_t fallback)
{
    const auto* attribute = findAttribute(node, name);
    return attribute && attribute->has_i() ? attribute->i() : fallback;
}

std::optional<std::vector<std::int64_t>> intsAttribute(const onnx::NodeProto& node, std::string_view name)
{
    const auto* attribute = findAttribute(node, name);
    if (!attribute)
        return std::nullopt;
    return std::vector<std::int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::map<std::string, std::string> attributesAsText(const onnx::NodeProto& node)
{
    std::map<std::string, std::string> texts;
    for (const auto& attribute : node.attribute()) {
        std::string text;
        if (attribute.has_i())
            text = toText(attribute.i());
        else if (attribute.has_f())
            text = toText(attribute.f());
        else if (attribute.has_s())
            text = validUtf8(attribute.s());
        else if (attribute.ints_size() > 0)
            text = listText(attribute.ints());
        else if (attribute.floats_size() > 0)
            text = listText(attribute.floats());
        else
            continue;
        texts.emplace(validUtf8(attribute.name()), std::move(text));
    }
    return texts;
}

} // namespace quantoscope
