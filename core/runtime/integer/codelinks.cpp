// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/codelinks.h"

#include "core/formats/onnx/attributes.h"
#include "core/runtime/integer/codecandidates.h"
#include "core/runtime/integer/integeroperators.h"

#include <algorithm>

namespace quantoscope {

namespace {

bool isSame(const RowRule& a, const RowRule& b)
{
    return a.quantize == b.quantize && a.terms.scale == b.terms.scale && a.terms.offset == b.terms.offset
           && a.terms.zero == b.terms.zero;
}

/// An addend is not quantized elsewhere: with fewer than 8 bits that would cost the network what nobody asked for.
bool isFine(const RowRule& rule) { return rule.quantize.high - rule.quantize.low >= 254; }

/// What those who read a value want of it.
struct Wish
{
    bool fits = true; ///< all of them take integers
    const RowRule* rule = nullptr;
    bool sumsAlone = true;

    void add(const RowRule* wanted)
    {
        fits = fits && (rule == nullptr || wanted == nullptr || isSame(*rule, *wanted));
        rule = rule == nullptr ? wanted : rule;
        sumsAlone = false;
    }
};

class Linker
{
public:
    Linker(onnx::ModelProto& model, ModelEdit& edit, std::span<const PutNode> layers,
           const KnownConstants& constants, Isa isa)
        : m_model(model), m_edit(edit), m_readers(model), m_isa(isa),
          m_candidates(codeCandidates(model, edit, m_readers, layers, constants))
    {
        for (CodeCandidate& candidate : m_candidates) {
            m_byNode.emplace(candidate.node, &candidate);
            m_byValue.emplace(candidate.value(), &candidate);
        }
    }

    std::vector<std::unique_ptr<CodeOperator>> run()
    {
        do {
            for (auto it = m_candidates.rbegin(); it != m_candidates.rend(); ++it)
                it->form = formOf(*it);
        } while (drop());
        for (CodeCandidate& candidate : m_candidates)
            apply(candidate);
        m_edit.removeUnused();
        return std::move(m_operators);
    }

private:
    using Kind = CodeCandidate::Kind;

    Wish wishFor(const std::string& value) const
    {
        Wish wish;
        const std::vector<onnx::NodeProto*> readers = m_readers.all(value);
        wish.fits = !readers.empty();
        for (const onnx::NodeProto* const node : readers)
            addWish(*node, wish);
        return wish;
    }

    void addWish(const onnx::NodeProto& node, Wish& wish) const
    {
        const auto found = m_byNode.find(&node);
        if (found == m_byNode.end()) { // perhaps it appends zeros
            const Wish behind = isAppending(node) ? wishFor(node.output(0)) : Wish{false, nullptr, false};
            wish.fits = wish.fits && behind.fits && behind.sumsAlone;
            return;
        }
        const CodeCandidate& reader = *found->second;
        switch (reader.kind) {
        case Kind::Layer:
            wish.fits = wish.fits && reader.layer->kernel().codeRule() != nullptr;
            return wish.add(reader.layer->kernel().codeRule());
        case Kind::Sum:
            wish.fits = wish.fits && reader.alive;
            return;
        case Kind::Pool:
            wish.fits = wish.fits && reader.alive;
            return wish.add(reader.form.rule);
        }
    }

    bool isAppending(const onnx::NodeProto& node) const
    {
        const auto appends = [&](const CodeCandidate& sum) {
            return sum.kind == Kind::Sum
                   && std::any_of(
                       sum.inputs.begin(), sum.inputs.end(),
                       [&](const CodeCandidate::Input& input) { return input.appending == &node; });
        };
        return std::any_of(m_candidates.begin(), m_candidates.end(), appends);
    }

    /// Readers come first. A pool without a rule takes that of its input.
    CodeForm formOf(const CodeCandidate& candidate) const
    {
        const Wish wish = wishFor(candidate.value());
        if (!candidate.alive)
            return {};
        if (!wish.fits)
            return {CodeForm::Kind::Floats,
                    candidate.kind == Kind::Pool ? commonRule(candidate.value()) : nullptr};
        const bool hasRule = wish.rule != nullptr;
        switch (candidate.kind) {
        case Kind::Layer:
            if (hasRule && candidate.layer->canWriteCodes(*wish.rule))
                return {CodeForm::Kind::Codes, wish.rule};
            return !hasRule && wish.sumsAlone && candidate.layer->canWritePixels()
                       ? CodeForm{CodeForm::Kind::Reals, nullptr}
                       : CodeForm{};
        case Kind::Sum:
            return hasRule && isPlainRule(*wish.rule) ? CodeForm{CodeForm::Kind::Codes, wish.rule}
                                                      : CodeForm{};
        case Kind::Pool:
            break;
        }
        return {CodeForm::Kind::Codes, wish.rule};
    }

    /// The one static rule by which all readers of floats quantize them, flattened or not; or null.
    const RowRule* commonRule(const std::string& value) const
    {
        const RowRule* common = nullptr;
        for (const onnx::NodeProto* const node : m_readers.all(value)) {
            const auto found = m_byNode.find(node);
            const bool isLayer = found != m_byNode.end() && found->second->kind == Kind::Layer;
            const bool reshapes = node->op_type() == "Flatten" && node->domain().empty();
            const RowRule* const rule = isLayer    ? found->second->layer->kernel().staticRule()
                                        : reshapes ? commonRule(node->output(0))
                                                   : nullptr;
            if (rule == nullptr || (common != nullptr && !isSame(*common, *rule)))
                return nullptr;
            common = rule;
        }
        return common;
    }

    /// A sum or pool that has no integers to read or to write stays as it was, and what that changes is found anew.
    bool drop()
    {
        bool dropped = false;
        for (CodeCandidate& candidate : m_candidates) {
            if (candidate.kind == Kind::Layer || !candidate.alive)
                continue;
            if (candidate.kind == Kind::Pool && candidate.form.rule == nullptr)
                candidate.form.rule = formOfInput(candidate, 0).rule;
            candidate.alive = candidate.form.isOfCodes() && canRead(candidate);
            if (!candidate.alive)
                candidate.form = {};
            dropped = dropped || !candidate.alive;
        }
        return dropped;
    }

    const CodeForm& formOfInput(const CodeCandidate& candidate, std::size_t input) const
    {
        return m_byValue.at(candidate.inputs[input].value)->form;
    }

    bool canRead(const CodeCandidate& candidate) const
    {
        for (std::size_t i = 0; i < candidate.inputs.size(); ++i) {
            const CodeForm& form = formOfInput(candidate, i);
            const bool isCodes = form.kind == CodeForm::Kind::Codes && form.rule != nullptr;
            if (candidate.kind == Kind::Pool
                    ? !isCodes || !isPlainRule(*form.rule)
                          || (candidate.form.rule != nullptr && !isSame(*candidate.form.rule, *form.rule))
                    : !(isCodes && isPlainRule(*form.rule) && isFine(*form.rule))
                          && form.kind != CodeForm::Kind::Reals)
                return false;
        }
        return true;
    }

    void apply(const CodeCandidate& candidate)
    {
        if (candidate.kind == Kind::Pool && candidate.alive)
            putPool(candidate);
        if (candidate.form.kind == CodeForm::Kind::Floats)
            return;
        forgetType(candidate.value());
        if (candidate.kind == Kind::Sum)
            applySum(candidate);
        else if (candidate.kind == Kind::Layer && candidate.form.kind == CodeForm::Kind::Codes)
            candidate.layer->writeCodes(*candidate.form.rule);
        else if (candidate.kind == Kind::Layer)
            candidate.layer->writePixels();
        if (candidate.form.kind != CodeForm::Kind::Codes)
            return;
        for (const onnx::NodeProto* const node : m_readers.all(candidate.value()))
            if (const auto found = m_byNode.find(node);
                found != m_byNode.end() && found->second->kind == Kind::Layer)
                found->second->layer->readCodes();
    }

    void putPool(const CodeCandidate& candidate)
    {
        const bool toReals = candidate.form.kind == CodeForm::Kind::Floats;
        put(candidate, {candidate.inputs[0].value},
            makePoolOperator(candidate.node->name(), candidate.poolY, candidate.poolX,
                             toReals ? std::optional(*candidate.form.rule) : std::nullopt, m_isa));
    }

    void applySum(const CodeCandidate& candidate)
    {
        const auto sideOf = [&](std::size_t input) {
            const RowRule* const rule = formOfInput(candidate, input).rule;
            return SumSide{rule == nullptr ? std::nullopt : std::optional(*rule),
                           candidate.inputs[input].zeros};
        };
        const std::size_t first = sideOf(0).rule ? 0 : 1;
        put(candidate, {candidate.inputs[first].value, candidate.inputs[1 - first].value},
            makeSumOperator(candidate.node->name(), sideOf(first), sideOf(1 - first), *candidate.form.rule,
                            candidate.clamp.low, candidate.clamp.high, m_isa));
    }

    void put(const CodeCandidate& candidate, const std::vector<std::string>& inputs,
             std::unique_ptr<CodeOperator> made)
    {
        onnx::NodeProto& node = candidate.last();
        for (int i = 0; i < node.input_size(); ++i)
            m_edit.setInput(node, i, {});
        node.clear_input();
        for (const std::string& input : inputs)
            node.add_input(input);
        node.clear_attribute();
        node.set_domain(integerDomain);
        node.set_op_type(made->op());
        addAttribute(node, integerIndex, static_cast<std::int64_t>(m_operators.size()));
        m_operators.push_back(std::move(made));
    }

    /// What the file says about a value that is no longer as it was.
    void forgetType(const std::string& value)
    {
        auto& infos = *m_model.mutable_graph()->mutable_value_info();
        for (int i = infos.size() - 1; i >= 0; --i)
            if (infos.Get(i).name() == value)
                infos.DeleteSubrange(i, 1);
    }

    onnx::ModelProto& m_model;
    ModelEdit& m_edit;
    Readers m_readers;
    Isa m_isa;
    std::vector<CodeCandidate> m_candidates; ///< in the order of the graph
    std::map<const onnx::NodeProto*, CodeCandidate*> m_byNode;
    std::map<std::string, CodeCandidate*> m_byValue;
    std::vector<std::unique_ptr<CodeOperator>> m_operators;
};

} // namespace

std::vector<std::unique_ptr<CodeOperator>> linkByCodes(onnx::ModelProto& model, ModelEdit& edit,
                                                       std::span<const PutNode> layers,
                                                       const KnownConstants& constants, Isa isa)
{
    return Linker(model, edit, layers, constants, isa).run();
}

} // namespace quantoscope
