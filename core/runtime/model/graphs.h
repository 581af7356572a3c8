// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <onnx/onnx_pb.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace quantoscope {

/// Calls `visit` for the graph and for every graph inside it (bodies of If, Loop and Scan), outer ones first.
void forEachGraph(onnx::GraphProto& graph, const std::function<void(onnx::GraphProto&)>& visit);
void forEachGraph(const onnx::GraphProto& graph, const std::function<void(const onnx::GraphProto&)>& visit);

/// How often values are read, by name: once for every input position of a node and every graph output, in bodies too.
std::unordered_map<std::string, int> countUses(const onnx::GraphProto& graph);

/// Removes the entries for which `gone` says so; the others keep their order. O(entries).
template <class Field, class Predicate>
void removeIf(Field& field, const Predicate& gone)
{
    int kept = 0;
    for (int i = 0; i < field.size(); ++i)
        if (!gone(field.Get(i)))
            field.SwapElements(i, kept++);
    field.DeleteSubrange(kept, field.size() - kept);
}

/// What people call a node: its name, or its operator and first output.
std::string labelOf(const onnx::NodeProto& node);

} // namespace quantoscope
