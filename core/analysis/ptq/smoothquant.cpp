// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/smoothquant.h"

#include "core/analysis/ptq/factorfold.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Layers that read the same value in the same way.
struct Readers
{
    ProductInput input;
    std::vector<const LayerPlan*> plans;
    std::vector<float> largest; ///< |X_j|
};

/// The weight of one node with its input features: index of the feature for every element.
class InputWeight
{
public:
    InputWeight(const Layer& layer, const ProductInput& input, FloatConstant constant)
        : m_input(input), m_constant(std::move(constant))
    {
        const Shape& shape = m_constant.shape;
        // The one of the last two axes (of a convolution: the second) that is no output channel.
        const auto last = shape.size() - 1;
        m_axis = input.images ? 1 : static_cast<std::size_t>(layer.channelAxis) == last ? last - 1 : last;
        for (std::size_t i = m_axis + 1; i < shape.size(); ++i)
            m_inner *= static_cast<std::size_t>(shape[i]);
    }

    std::size_t featureOf(std::size_t element) const
    {
        const auto perGroup = static_cast<std::size_t>(m_constant.shape[m_axis]);
        const std::size_t own = element / m_inner % perGroup;
        if (m_input.groups == 1)
            return own;
        const std::size_t outputsPerGroup = static_cast<std::size_t>(m_constant.shape[0]) / m_input.groups;
        return element / m_inner / perGroup / outputsPerGroup * perGroup + own;
    }

    void raise(std::span<float> largest) const
    {
        for (std::size_t i = 0; i < m_constant.values.size(); ++i) {
            const float x = std::abs(m_constant.values[i]);
            float& top = largest[featureOf(i)];
            if (x > top && std::isfinite(x))
                top = x;
        }
    }

    const FloatConstant& multiplied(std::span<const float> factors)
    {
        for (std::size_t i = 0; i < m_constant.values.size(); ++i)
            m_constant.values[i] *= factors[featureOf(i)];
        return m_constant;
    }

private:
    const ProductInput& m_input;
    FloatConstant m_constant;
    std::size_t m_axis = 0;
    std::size_t m_inner = 1;
};

class Smoother
{
public:
    Smoother(const Calibration& calibration, double alpha, std::vector<std::string>& notes)
        : m_calibration(calibration), m_alpha(alpha), m_graph(calibration.model), m_notes(notes)
    {
    }

    std::shared_ptr<const RunModel> run(const std::vector<LayerPlan>& plans)
    {
        std::vector<Readers> groups = groupsOf(plans);
        std::vector<const LayerPlan*> first;
        for (const Readers& group : groups)
            first.push_back(group.plans.front());
        if (first.empty())
            return m_calibration.model;
        const auto largest = featureMagnitudes(m_calibration, first);
        for (std::size_t i = 0; i < groups.size(); ++i) {
            throwIfStopped(m_calibration.stop);
            groups[i].largest = largest[i];
            smooth(groups[i]);
        }
        return m_graph.finish(m_calibration.stop);
    }

private:
    void note(const LayerPlan& plan, const std::string& sentence)
    {
        m_notes.push_back("'" + m_calibration.layer(plan).name + "': " + sentence + ".");
    }

    onnx::NodeProto* nodeOf(const LayerPlan& plan) const
    {
        return m_graph.producer(m_calibration.layer(plan).uses.front().output);
    }

    std::string whyNot(const LayerPlan& plan)
    {
        const Layer& layer = m_calibration.layer(plan);
        if (!plan.inputsReason.empty())
            return plan.inputsReason;
        if (layer.uses.size() != 1 || plan.inputs.size() != 1)
            return "several nodes use its weight";
        const ProductInput& input = plan.inputs.front();
        if (input.transposed || (!input.images && input.axisFromEnd != 1))
            return "its features are not the last axis of its input";
        const auto* node = nodeOf(plan);
        const std::string& weight = node->input(layer.uses.front().slot);
        const auto constant = m_graph.constant(weight);
        if (!constant || m_graph.readers(weight) != 1)
            return "its weight is not stored as float32 for it alone";
        if (constant->shape.size() < 2
            || constant->shape != m_calibration.model->network->weightOf(layer).data.shape)
            return "its weight is no matrix";
        return {};
    }

    std::vector<Readers> groupsOf(const std::vector<LayerPlan>& plans)
    {
        std::vector<Readers> groups;
        for (const LayerPlan& plan : plans) {
            if (!plan.reason.empty() || !plan.scheme.act)
                continue;
            if (const std::string why = whyNot(plan); !why.empty()) {
                note(plan, "not smoothed: " + why);
                continue;
            }
            const ProductInput& input = plan.inputs.front();
            const auto same = std::find_if(groups.begin(), groups.end(), [&](const Readers& group) {
                return group.input.value == input.value && group.input.images == input.images;
            });
            if (same != groups.end())
                same->plans.push_back(&plan);
            else
                groups.push_back({input, {&plan}, {}});
        }
        return groups;
    }

    InputWeight weightOf(const LayerPlan& plan)
    {
        const Layer& layer = m_calibration.layer(plan);
        return {layer, plan.inputs.front(), *m_graph.constant(nodeOf(plan)->input(layer.uses.front().slot))};
    }

    std::vector<float> factorsOf(const Readers& group)
    {
        std::vector<float> weights(group.largest.size());
        for (const LayerPlan* plan : group.plans)
            weightOf(*plan).raise(weights);
        std::vector<float> factors;
        for (std::size_t j = 0; j < weights.size(); ++j) {
            const bool both = group.largest[j] > 0 && weights[j] > 0;
            const double s = std::pow(static_cast<double>(group.largest[j]), m_alpha)
                             / std::pow(static_cast<double>(weights[j]), 1 - m_alpha);
            factors.push_back(both ? static_cast<float>(std::clamp(s, 1e-5, 1e5)) : 1.0f);
        }
        return factors;
    }

    void smooth(const Readers& group)
    {
        const std::vector<float> factors = factorsOf(group);
        std::vector<float> inverse;
        for (const float s : factors)
            inverse.push_back(static_cast<float>(1 / static_cast<double>(s)));
        const ProductInput& input = group.input;
        const int fromEnd = input.images ? static_cast<int>(input.axes.size()) + 1 : 1;
        const bool folded =
            foldFactors(m_graph, input.value, static_cast<int>(group.plans.size()), fromEnd, inverse);
        for (const LayerPlan* plan : group.plans) {
            if (!folded && input.images) {
                note(*plan, "not smoothed: what makes its input cannot take the factors of its channels");
                continue;
            }
            InputWeight weight = weightOf(*plan);
            m_graph.setConstant(*nodeOf(*plan), m_calibration.layer(*plan).uses.front().slot,
                                weight.multiplied(factors));
            note(*plan, folded ? "smoothed, factors folded into what makes its input"
                               : "smoothed, by a product in front of it");
        }
        if (!folded && !input.images)
            divideInFront(group, inverse);
    }

    void divideInFront(const Readers& group, const std::vector<float>& inverse)
    {
        ModelEdit& edit = m_graph.edit();
        const std::string& value = group.input.value;
        const std::string constant =
            m_graph.addConstant(value + "#smoothing", {{static_cast<std::int64_t>(inverse.size())}, inverse});
        const std::string divided = edit.freshName(value + "#smoothed");
        onnx::NodeProto& product =
            edit.insertBefore({edit.nodeOf(m_calibration.layer(*group.plans.front()).uses.front().output)});
        product.set_op_type("Mul");
        product.add_input(value);
        product.add_input(constant);
        product.add_output(divided);
        for (const LayerPlan* plan : group.plans)
            edit.setInput(*nodeOf(*plan), 1 - m_calibration.layer(*plan).uses.front().slot, divided);
    }

    const Calibration& m_calibration;
    double m_alpha;
    FloatGraph m_graph;
    std::vector<std::string>& m_notes;
};

} // namespace

std::shared_ptr<const RunModel> smoothed(const Calibration& calibration, const std::vector<LayerPlan>& plans,
                                         double alpha, std::vector<std::string>& notes)
{
    return Smoother(calibration, alpha, notes).run(plans);
}

} // namespace quantoscope
