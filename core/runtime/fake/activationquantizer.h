// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/activationform.h"
#include "core/runtime/quantizednetwork.h"

#include <optional>
#include <span>
#include <vector>

namespace quantoscope {

/// How the input of a layer is quantized. A sample is one index of the first axis; a row is a stretch of the last axis (products)
/// or a whole sample (images).
struct ActivationRule
{
    ActivationScheme act;
    std::optional<float> signScale; ///< α of binary activations; nothing: of the values at hand
    DynamicRange dynamicRange = DynamicRange::Sample;
    bool rowsAreSamples = false;
    /// Marked features stay float, rounded to binary16, and no range sees them (LLM.int8()). A feature is an index of the last
    /// axis, of the second where rows are samples. Empty: none.
    std::vector<std::uint8_t> halfFeatures;
    bool operator==(const ActivationRule&) const = default;
};

/// Activations to the nearest levels of their scheme, by the engine's arithmetic: what quantize() makes of the same values.
///   range manual       the same parameters for all values
///   any other range    that of the values at hand (dynamic: smallest and largest) of each row (granularity row), of each
///                      sample, or of the whole tensor, as dynamicRange says; so are the scales of binary and ternary formats
///   blocks             runs of a row, in memory order
///   stochastic         drawn by the position in the sample, or in the tensor: the same whatever the batch
/// NaN and infinities: integers and signs take NaN as 0 (sign: -) and end at the outermost levels, as kernels do; the other
/// formats make NaN of both. Ranges leave them out. Immutable, any thread; the same for any number of threads.
class ActivationQuantizer
{
public:
    /// Throws Error(SchemeText) for a scheme that contradicts itself.
    explicit ActivationQuantizer(ActivationRule rule, Isa isa = bestIsa());

    const ActivationRule& rule() const { return m_rule; }

    /// out[i] is the level of in[i]; both of that shape, row-major, apart from each other.
    /// Throws Error(SchemeMismatch) where rows are no whole number of blocks or features are not those of halfFeatures; Cancelled.
    void run(const Shape& shape, std::span<const float> in, std::span<float> out,
             std::stop_token stop = {}) const;

private:
    struct Cut;
    void quantize(const Cut& cut, std::span<const float> in, std::span<float> out,
                  const std::stop_token& stop) const;
    void byForm(const Cut& cut, std::span<const float> in, std::span<float> out,
                const std::stop_token& stop) const;
    void bySigns(std::span<const float> in, std::span<float> out, const std::stop_token& stop) const;
    void byEngine(std::size_t rows, std::span<const float> in, std::span<float> out,
                  const std::stop_token& stop) const;
    QuantizeRule ruleFor(std::span<const float> values, const std::stop_token& stop) const;
    void convert(const QuantizeRule& rule, std::span<const float> in, std::span<float> out) const;

    ActivationRule m_rule;
    Isa m_isa;
    Scheme m_scheme;                      ///< of the activations as of an array of rows
    std::optional<ActivationForm> m_form; ///< integers, not rounded by chance
    std::optional<QuantizeRule> m_static;
};

} // namespace quantoscope
