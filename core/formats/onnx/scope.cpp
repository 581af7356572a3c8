// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/scope.h"

#include <algorithm>
#include <iterator>

namespace quantoscope {

void mergeFrontier(Frontier& into, const Frontier& other)
{
    if (other.empty())
        return;
    Frontier merged;
    std::set_union(into.begin(), into.end(), other.begin(), other.end(),
                   std::back_inserter(merged));
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

} // namespace quantoscope
