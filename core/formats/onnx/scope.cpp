// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/scope.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace quantoscope {

void mergeFrontier(Frontier& into, const Frontier& other)
{
    if (other.empty())
        return;
    Frontier merged;
    std::set_union(into.begin(), into.end(), other.begin(), other.end(), std::back_inserter(merged));
    if (merged.size() > frontierLimit)
        merged.erase(merged.begin(), merged.end() - frontierLimit);
    into = std::move(merged);
}

Value* Scope::find(const std::string& name)
{
    if (name.empty())
        return nullptr;
    for (Scope* scope = this; scope; scope = scope->m_outer) {
        const auto found = scope->m_values.find(name);
        if (found != scope->m_values.end())
            return &found->second;
    }
    return nullptr;
}

Value& Scope::define(const std::string& name) { return m_values[name]; }

const onnx::NodeProto* Scope::onlyConsumer(const std::string& name)
{
    indexNodes();
    const auto found = m_consumers.find(name);
    return found != m_consumers.end() ? found->second : nullptr;
}

const onnx::NodeProto* Scope::producer(const std::string& name)
{
    indexNodes();
    const auto found = m_producers.find(name);
    return found != m_producers.end() ? found->second : nullptr;
}

void Scope::indexNodes()
{
    if (std::exchange(m_indexed, true))
        return;
    for (const auto& node : m_graph.node()) {
        for (const std::string& output : node.output())
            m_producers.emplace(output, &node);
        for (const std::string& input : node.input())
            if (const auto [entry, isNew] = m_consumers.emplace(input, &node);
                !isNew && entry->second != &node)
                entry->second = nullptr;
    }
}

} // namespace quantoscope
