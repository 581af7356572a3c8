// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/layer/activationform.h"
#include "core/kernels/layer/layerkernel.h"

namespace quantoscope {

/// The float input of a layer and its packed integers, quantized anew at each run as a runtime would. Code: int8 or int16.
template <typename Code>
class QuantizedRows
{
public:
    QuantizedRows(Isa isa, LayerWork& work, std::stop_token stop)
        : m_isa(isa), m_form(*work.act, work.rowsAreWindows),
          m_input(std::move(work.input)), m_floats{m_input.data(), work.rows, depthOf(work)},
          m_rules(m_form.rules(m_floats, m_given, stop)), m_codes(m_input.size()), m_terms(work.rows)
    {
        quantize();
    }
    QuantizedRows(const QuantizedRows&) = delete;
    QuantizedRows& operator=(const QuantizedRows&) = delete;

    void quantize() { quantizeRows(m_isa, m_floats, m_rules, m_codes.data(), m_terms); }

    std::span<float> values() { return m_input; }
    const FloatRows& floats() const { return m_floats; }
    const ActivationRules& rules() const { return m_rules; }
    std::span<const Code> codes() const { return m_codes.span(); }
    std::span<RowTerms> terms() { return m_terms; }
    std::int32_t factor() const { return m_form.factor(); }
    int bits() const { return m_form.bits(); }
    std::size_t rows() const { return m_floats.rows; }
    std::size_t depth() const { return m_floats.depth; }

private:
    static std::size_t depthOf(const LayerWork& work)
    {
        return work.conv ? work.conv->inputSize() : work.weights.perChannel;
    }

    Isa m_isa;
    ActivationForm m_form;
    std::vector<float> m_input;
    FloatRows m_floats;
    std::vector<RowRule> m_given;
    ActivationRules m_rules;
    AlignedBuffer<Code> m_codes;
    std::vector<RowTerms> m_terms;
};

} // namespace quantoscope
