// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace quantoscope {

/// The attribute of that name, or nullptr.
const onnx::AttributeProto* findAttribute(const onnx::NodeProto& node, std::string_view name);

std::int64_t intAttribute(const onnx::NodeProto& node, std::string_view name, std::int64_t fallback);
std::optional<std::vector<std::int64_t>> intsAttribute(const onnx::NodeProto& node, std::string_view name);

/// Every number, number list and text of the node: "strides" → "2,2". Long lists are cut at 32 entries.
std::map<std::string, std::string> attributesAsText(const onnx::NodeProto& node);

} // namespace quantoscope
