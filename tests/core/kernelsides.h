// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"
#include "core/kernels/product/intproduct.h"

#include <cstdint>
#include <span>
#include <vector>

/// ONNX's integer operators by our kernels: tensors of uint8 or int8 become codes and packed integers.
namespace kernelsides {

using namespace quantoscope;
using Ints = std::vector<std::int32_t>;

/// Codes of a tensor with their zero points: one, or one an output.
struct Side
{
    Ints values;
    bool isSigned = false;
    Ints zero = {0};

    std::int32_t zeroOf(std::size_t index) const { return zero[zero.size() == 1 ? 0 : index]; }
};

/// Weights are unsigned codes: int8 is moved by 128. `values` are [outputs][depth].
inline CodeMatrix weightsOf(const Side& side, std::size_t outputs, std::size_t depth)
{
    const std::int32_t shift = side.isSigned ? 128 : 0;
    CodeMatrix weights;
    weights.outputs = outputs;
    weights.depth = {depth, depth == 0 ? 1 : depth};
    weights.bits = 8;
    for (const std::int32_t value : side.values)
        weights.codes.push_back(static_cast<std::uint16_t>(value + shift));
    for (std::size_t n = 0; n < outputs; ++n)
        weights.zero.push_back(side.zeroOf(n) + shift);
    weights.scale.assign(outputs, 1);
    return weights;
}

/// Activations are int8: uint8 is moved by -128.
inline std::vector<std::int8_t> packedOf(const Side& side)
{
    std::vector<std::int8_t> packed;
    for (const std::int32_t value : side.values)
        packed.push_back(static_cast<std::int8_t>(value - (side.isSigned ? 0 : 128)));
    return packed;
}
inline RowTerms termsOf(const Side& side)
{
    RowTerms terms;
    terms.zero = side.zero[0] - (side.isSigned ? 0 : 128);
    return terms;
}

/// [k][n] → [n][k]
inline Ints transposed(const Ints& values, std::size_t k, std::size_t n)
{
    Ints result(values.size());
    for (std::size_t i = 0; i < k; ++i)
        for (std::size_t j = 0; j < n; ++j)
            result[j * k + i] = values[i * n + j];
    return result;
}

struct MatrixProduct
{
    PackedWeights weights;
    PackedActivations input;
    std::size_t rows = 0;

    /// a [m][k], b [k][n].
    MatrixProduct(Isa isa, std::size_t m, std::size_t k, std::size_t n, const Side& a, const Side& b)
        : rows(m)
    {
        const CodeMatrix matrix = weightsOf({transposed(b.values, k, n), b.isSigned, b.zero}, n, k);
        weights = packWeights(matrix, isa);
        const std::vector<RowTerms> terms(m, termsOf(a));
        packActivations(packedOf(a).data(), terms, matrix.depth, isa, input);
    }
    std::size_t outputs() const { return weights.planes.outputs; }

    Ints sums() const
    {
        Ints out(rows * outputs());
        multiplyInt32(weights, input, out.data());
        return out;
    }
    Ints requantized(const QuantizedOutput& rule) const;
};

/// What a requantized result holds: uint8 where codes may pass 127.
inline Ints intsOf(std::span<const std::int8_t> codes, bool isUnsigned)
{
    Ints values;
    for (const std::int8_t code : codes)
        values.push_back(isUnsigned ? static_cast<std::uint8_t>(code) : code);
    return values;
}

inline Ints MatrixProduct::requantized(const QuantizedOutput& rule) const
{
    std::vector<std::int8_t> out(rows * outputs());
    multiplyInt8(weights, input, rule, out.data());
    return intsOf(out, rule.high > 127);
}

/// ONNX Runtime's rule: the sum times a float32 multiplier, half to even.
struct FloatRule
{
    std::vector<float> multipliers; ///< [outputs]: scale x · scale w / scale y, in float32
    Ints bias;                      ///< [outputs] or empty
    std::int32_t zero = 0;
    bool isSigned = false;

    static FloatRule make(float x, const std::vector<float>& w, float y, std::size_t outputs)
    {
        FloatRule rule;
        for (std::size_t n = 0; n < outputs; ++n)
            rule.multipliers.push_back(x * w[w.size() == 1 ? 0 : n] / y);
        return rule;
    }
    QuantizedOutput output() const
    {
        QuantizedOutput result;
        result.rule = Requantization::Float;
        result.bias = bias.empty() ? nullptr : bias.data();
        result.floatMultipliers = multipliers.data();
        result.zeroPoint = zero;
        result.low = isSigned ? -128 : 0;
        result.high = isSigned ? 127 : 255;
        return result;
    }
};

struct Convolution
{
    PackedConv packed;
    std::vector<std::int8_t> image;
    std::vector<RowTerms> terms;
    std::size_t images = 1;

    Convolution(Isa isa, const ConvGeometry& geometry, std::size_t count, const Side& x, const Side& w)
        : packed(packConv(weightsOf(w, static_cast<std::size_t>(geometry.outputs),
                                    static_cast<std::size_t>(geometry.depth())),
                          geometry, isa)),
          image(packedOf(x)), terms{termsOf(x)}, images(count)
    {
    }

    template <typename To>
    void run(To to) const
    {
        ConvScratch scratch;
        convolve(packed, {image, images, ImageLayout::Nchw, 1, terms}, {std::move(to), ImageLayout::Nchw},
                 scratch);
    }
    Ints sums() const
    {
        Ints out(images * packed.geometry.outputSize());
        run(ConvSums{out});
        return out;
    }
    Ints requantized(const QuantizedOutput& rule) const
    {
        std::vector<std::int8_t> out(images * packed.geometry.outputSize());
        run(ConvCodes{out, rule});
        return intsOf(out, rule.high > 127);
    }
};

} // namespace kernelsides
