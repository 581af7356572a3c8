// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/layer/activationform.h"
#include "core/kernels/layer/layerkernel.h"
#include "core/support/error.h"

namespace quantoscope {

/// The float input of a layer and its packed integers, quantized anew at each run as a runtime would. The kernel's own input is
/// taken at first; take() turns to that of a call. Code: int8 or int16.
template <typename Code>
class QuantizedRows
{
public:
    QuantizedRows(Isa isa, LayerWork& work, std::stop_token stop)
        : m_isa(isa), m_form(*work.act), m_depth(work.rowSize()), m_input(std::move(work.input)),
          m_static(m_form.staticRules({m_input.data(), work.rows, m_depth}, stop))
    {
        m_own.x = m_input.data();
        m_own.rows = work.rows;
        m_own.rowsPerRange = work.rowsAreWindows ? std::max<std::size_t>(work.rows, 1) : 1;
        takeOwn();
        quantize();
    }
    QuantizedRows(const QuantizedRows&) = delete;
    QuantizedRows& operator=(const QuantizedRows&) = delete;

    void takeOwn() { take(m_own, m_depth, {}); }

    /// The values of a call, `depth` a row or image, and the rules for them; they are not quantized yet.
    void take(const LayerCall& call, std::size_t depth, std::stop_token stop)
    {
        if (call.rowsPerRange == 0 || (!call.ranges.empty() && call.ranges.size() != call.rangeCount()))
            throw Error(ErrorCode::InvalidArgument, "A layer of " + std::to_string(call.rows)
                                                        + " rows takes a range for each "
                                                        + std::to_string(call.rowsPerRange) + ", not "
                                                        + std::to_string(call.ranges.size()) + ".");
        m_floats = {call.x, call.rows, depth};
        if (m_form.isDynamic())
            m_rules = m_form.dynamicRules(m_isa, m_floats, call, m_given, stop);
        else
            m_rules.given = m_static;
    }

    /// To codes() and terms().
    void quantize(std::stop_token stop = {})
    {
        const std::size_t count = m_floats.rows * m_floats.depth;
        if (m_codes.size() < count)
            m_codes = AlignedBuffer<Code>(count);
        m_terms.resize(m_floats.rows);
        quantizeRows(m_isa, m_floats, m_rules, m_codes.data(), m_terms, stop);
    }

    /// The one static rule of all rows, or null.
    const RowRule* staticRule() const { return m_static.size() == 1 ? m_static.data() : nullptr; }
    const LayerCall& own() const { return m_own; }
    std::span<float> values() { return m_input; }
    const FloatRows& floats() const { return m_floats; }
    const ActivationRules& rules() const { return m_rules; }
    std::span<const Code> codes() const { return {m_codes.data(), m_floats.rows * m_floats.depth}; }
    std::span<RowTerms> terms() { return m_terms; }
    std::int32_t factor() const { return m_form.factor(); }
    int bits() const { return m_form.bits(); }
    std::size_t rows() const { return m_floats.rows; }
    std::size_t depth() const { return m_floats.depth; }

private:
    Isa m_isa;
    ActivationForm m_form;
    std::size_t m_depth;
    std::vector<float> m_input;
    std::vector<RowRule> m_static; ///< empty: dynamic
    LayerCall m_own;
    FloatRows m_floats;
    std::vector<RowRule> m_given;
    ActivationRules m_rules;
    AlignedBuffer<Code> m_codes;
    std::vector<RowTerms> m_terms;
};

} // namespace quantoscope
