// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/matching.h"

#include "core/analysis/against/weightpair.h"
#include "core/support/progress.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

namespace quantoscope {

namespace {

constexpr double alike = 0.6; // random weights reach 0.3
constexpr double alikeWithName = 0.3;

using Size = std::pair<std::int64_t, std::int64_t>; ///< outputs, weights

Size sizeOf(const Network& network, const Layer& layer)
{
    const Tensor& data = network.weightOf(layer).data;
    const auto axis = static_cast<std::size_t>(std::max(layer.channelAxis, 0));
    const std::int64_t outputs = axis < data.shape.size() && data.shape.size() > 1 ? data.shape[axis] : 1;
    return {outputs, static_cast<std::int64_t>(data.size())};
}

/// Layers of one size in both files.
struct Candidates
{
    std::vector<std::uint32_t> original;
    std::vector<std::uint32_t> quantized;
};

class Matcher
{
public:
    Matcher(const Network& original, const Network& quantized, std::stop_token stop)
        : m_original(original), m_quantized(quantized), m_stop(std::move(stop))
    {
        m_result.layers.resize(original.layers.size());
    }

    void match(Candidates& left)
    {
        if (left.original.size() == left.quantized.size())
            byPosition(left, alike);
        byName(left, alikeWithName);
        byCorrelation(left);
        byName(left, 0);
        if (left.original.size() == left.quantized.size())
            byPosition(left, 0);
        explain(left);
    }

    void explainMissing(const Candidates& left)
    {
        for (const std::uint32_t i : left.original)
            m_result.layers[i].reason = "no layer of the quantized file has weights of that size";
        for (const std::uint32_t j : left.quantized)
            m_result.unmatched.push_back(
                {m_quantized.layers[j].name, "no layer of the float file has weights of that size"});
    }

    Matching result() { return std::move(m_result); }

private:
    const WeightLikeness& like(std::uint32_t i, std::uint32_t j)
    {
        throwIfStopped(m_stop);
        const auto [at, isNew] = m_likeness.try_emplace({i, j});
        if (isNew)
            at->second = likeness(weightsByOutput(m_original, m_original.layers[i]),
                                  weightsByOutput(m_quantized, m_quantized.layers[j]));
        return at->second;
    }

    void pair(std::uint32_t i, std::uint32_t j, const char* by)
    {
        m_result.layers[i] = {LayerId{j}, by, like(i, j).cosine, {}};
    }

    void removeMatched(Candidates& left, const std::vector<std::uint32_t>& taken)
    {
        std::erase_if(left.original,
                      [&](std::uint32_t i) { return m_result.layers[i].quantized.has_value(); });
        std::erase_if(left.quantized, [&](std::uint32_t j) {
            return std::find(taken.begin(), taken.end(), j) != taken.end();
        });
    }

    void byPosition(Candidates& left, double least)
    {
        std::vector<std::uint32_t> taken;
        for (std::size_t k = 0; k < left.original.size(); ++k)
            if (like(left.original[k], left.quantized[k]).best() >= least) {
                pair(left.original[k], left.quantized[k], "position");
                taken.push_back(left.quantized[k]);
            }
        removeMatched(left, taken);
    }

    void byName(Candidates& left, double least)
    {
        std::map<std::string, std::uint32_t> names;
        for (const std::uint32_t j : left.quantized)
            names.emplace(plainName(m_quantized.layers[j].name), j);
        std::vector<std::uint32_t> taken;
        for (const std::uint32_t i : left.original) {
            const auto found = names.find(plainName(m_original.layers[i].name));
            if (found == names.end() || like(i, found->second).best() < least)
                continue;
            pair(i, found->second, "name");
            taken.push_back(found->second);
            names.erase(found);
        }
        removeMatched(left, taken);
    }

    void byCorrelation(Candidates& left)
    {
        struct Choice
        {
            double value;
            std::uint32_t i, j;
        };
        std::vector<Choice> choices;
        for (const std::uint32_t i : left.original)
            for (const std::uint32_t j : left.quantized)
                if (const double value = like(i, j).best(); value >= alike)
                    choices.push_back({value, i, j});
        std::stable_sort(choices.begin(), choices.end(),
                         [](const Choice& a, const Choice& b) { return a.value > b.value; });
        std::vector<std::uint32_t> taken;
        for (const Choice& choice : choices) {
            if (m_result.layers[choice.i].quantized
                || std::find(taken.begin(), taken.end(), choice.j) != taken.end())
                continue;
            pair(choice.i, choice.j, "correlation");
            taken.push_back(choice.j);
        }
        removeMatched(left, taken);
    }

    void explain(const Candidates& left)
    {
        for (const std::uint32_t i : left.original) {
            double best = 0;
            for (const std::uint32_t j : left.quantized)
                best = std::max(best, like(i, j).best());
            char text[120];
            std::snprintf(
                text, sizeof text,
                "it resembles none of the %zu layers of its size that are left (likeness %.2f at most)",
                left.quantized.size(), best);
            m_result.layers[i].reason =
                left.quantized.empty() ? "the quantized file has fewer layers of its size" : text;
        }
        for (const std::uint32_t j : left.quantized)
            m_result.unmatched.push_back(
                {m_quantized.layers[j].name, "it resembles no layer of its size that is left"});
    }

    const Network& m_original;
    const Network& m_quantized;
    std::stop_token m_stop;
    std::map<std::pair<std::uint32_t, std::uint32_t>, WeightLikeness> m_likeness;
    Matching m_result;
};

} // namespace

std::string plainName(std::string_view name)
{
    static constexpr std::array endings = {
        "_quantized", "_quant", "_QuantizeLinear", "_DequantizeLinear", "_Q4",    "_Q8",
        "_q4",        "_q8",    "_MatMulNBits",    "_Output",           "_output"};
    name =
        name.substr(name.find_first_not_of('/') == std::string_view::npos ? 0 : name.find_first_not_of('/'));
    bool cut = true;
    while (cut) {
        cut = false;
        for (const std::string_view ending : endings)
            if (name.size() > ending.size() && name.ends_with(ending)) {
                name.remove_suffix(ending.size());
                cut = true;
            }
    }
    return std::string(name);
}

Matching matchLayers(const Network& original, const Network& quantized, std::stop_token stop)
{
    std::map<Size, Candidates> bySize;
    for (const Layer& layer : original.layers)
        bySize[sizeOf(original, layer)].original.push_back(layer.id.index);
    for (const Layer& layer : quantized.layers)
        bySize[sizeOf(quantized, layer)].quantized.push_back(layer.id.index);
    Matcher matcher(original, quantized, std::move(stop));
    for (auto& [size, candidates] : bySize) {
        if (candidates.original.empty() || candidates.quantized.empty())
            matcher.explainMissing(candidates);
        else
            matcher.match(candidates);
    }
    return matcher.result();
}

} // namespace quantoscope
